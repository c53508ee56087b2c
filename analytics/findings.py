"""A finding: something about an extract that a person should know before believing a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from analytics.text import NO_TEXT, Text

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was seen, where, and in how many rows; the message never quotes a value of the data.

    Args:
        code: short stable key, such as `orphans` or `future_dates`.
        severity: `error` changes results, `warning` may, `info` does not.
        table: canonical table, or None for a whole file.
        column: canonical or original column, or None.
        rows: rows concerned.
        of: rows looked at, the denominator of `rows`.
        message: what was found and what was done about it.
        remedy: what to do.
    """

    code: str
    severity: Severity
    message: Text
    table: str | None = None
    column: str | None = None
    rows: int = 0
    of: int | None = None
    remedy: Text = NO_TEXT

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, both languages of every text."""
        return {
            "code": self.code, "severity": self.severity, "table": self.table,
            "column": self.column, "rows": self.rows, "of": self.of, "message": self.message.en,
            "message_zh": self.message.zh, "remedy": self.remedy.en, "remedy_zh": self.remedy.zh,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Finding:
        """The inverse of `as_dict`."""
        plain = {k: values[k] for k in ("code", "severity", "table", "column", "rows", "of")}
        return cls(**plain, message=Text(values["message"], values["message_zh"]),
                   remedy=Text(values["remedy"], values["remedy_zh"]))  # fmt: skip
