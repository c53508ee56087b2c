"""How a check asks one question and says its answer; shared by the checks of this package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analytics.dataset import Dataset
from analytics.findings import Finding, Severity
from analytics.schema import TABLES
from analytics.text import NO_TEXT, Text, count, share


def answer(data: Dataset, sql: str, **values: Any) -> Mapping[str, Any]:
    """The only row of a query, by column name; counts of an empty table are 0, not None."""
    row = data.query(sql, **values).row(0, named=True)
    return {name: 0 if value is None else value for name, value in row.items()}


def number(n: int) -> Text:
    """A count, written as each language writes it."""
    return Text(count(n, "en"), count(n, "zh"))


def finding(code: str, severity: Severity, path: str, rows: int, of: int | None, message: Text,
            remedy: Text = NO_TEXT, **values: object) -> Finding:  # fmt: skip
    """A finding about `table` or `table.column`; texts may say {rows}, {of}, {part} and {table}."""
    table, _, column = path.partition(".")
    known: dict[str, object] = {
        "rows": number(rows), "table": TABLES[table].title, "of": number(of or 0),
        "part": share(rows / of) if of else "", **values,
    }  # fmt: skip
    return Finding(code=code, severity=severity, table=table, column=column or None, rows=rows,
                   of=of, message=message.fill(**known), remedy=remedy.fill(**known))  # fmt: skip
