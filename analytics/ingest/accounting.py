"""What became of every record, in numbers: per file, per table, and as findings in words.

For every file and every table `rows_in = loaded + rejected + duplicates_removed`, always; the
check at the end raises rather than let a dataset with a hole be kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analytics.findings import Finding
from analytics.ingest.limits import REJECTS
from analytics.ingest.stage import Reject
from analytics.schema import TABLES
from analytics.text import Text, UserError


@dataclass(frozen=True)
class FileCount:
    """One file's records."""

    file: str
    table: str | None
    rows_in: int
    loaded: int
    rejected: int
    duplicates_removed: int
    skipped: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class ImportReport:
    """The result of an import: the contract of `import --json`, and where the dataset is."""

    dataset: str
    path: Path
    fingerprint: str
    tables: Mapping[str, Mapping[str, Any]]
    findings: tuple[Finding, ...]
    files: tuple[FileCount, ...]

    def as_dict(self) -> dict[str, Any]:
        """`{"dataset", "fingerprint", "tables", "findings", "files"}` in plain values."""
        return {"dataset": self.dataset, "fingerprint": self.fingerprint, "tables": {k: dict(v) for k, v in self.tables.items()},
                "findings": [f.as_dict() for f in self.findings], "files": [f.as_dict() for f in self.files]}  # fmt: skip


@dataclass
class TableCount:
    """One table's records over all its files."""

    duplicates: int = 0
    columns: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)


def table_counts(
    files: Iterable[FileCount], described: Mapping[str, TableCount]
) -> dict[str, dict[str, Any]]:
    """`manifest["tables"]`: sums over the files of each table."""
    out: dict[str, dict[str, Any]] = {}
    for one in files:
        if one.table is None:
            continue
        entry = out.setdefault(one.table, {"rows_in": 0, "loaded": 0, "rejected": 0, "duplicates": 0,
                                           "duplicates_removed": 0, "skipped": 0, "columns": [], "attributes": {}, "files": []})  # fmt: skip
        for key in ("rows_in", "loaded", "rejected", "duplicates_removed", "skipped"):
            entry[key] += getattr(one, key)
        entry["files"].append(one.file)
    for table, count in described.items():
        if table in out:
            out[table] |= {
                "duplicates": count.duplicates,
                "columns": count.columns,
                "attributes": count.attributes,
            }
    return out


def check(files: Iterable[FileCount]) -> None:
    """Raise if a record of any file is unaccounted for."""
    for one in files:
        if one.rows_in != one.loaded + one.rejected + one.duplicates_removed:
            raise UserError(Text(
                f"{one.file}: {one.rows_in:,} rows came in, but {one.loaded:,} loaded, {one.rejected:,} rejected and "
                f"{one.duplicates_removed:,} removed do not add up to it. Nothing was imported.",
                f"{one.file}：读入 {one.rows_in:,} 行，但载入 {one.loaded:,}、拒绝 {one.rejected:,}、去重 {one.duplicates_removed:,} "
                "之和与之不符。未导入任何数据。"), "accounting")  # fmt: skip


def reason_text(table: str, reason: str) -> Text:
    """A reject's reason for people.

    >>> reason_text("transactions", "bad_amount")("en")
    'unreadable: Amount (credit +, debit -)'
    """
    if reason in REJECTS:
        return REJECTS[reason]
    if reason == "duplicate_key":
        return Text("an id that came before, with other content", "编号重复且内容不同")
    kind, _, column = reason.partition("_")
    known = {c.name: c.title for c in TABLES[table].columns} if table in TABLES else {}
    title = known.get(column, Text(column, column))
    words = (
        Text("missing: {title}", "缺少：{title}")
        if kind == "missing"
        else Text("unreadable: {title}", "无法识别：{title}")
    )
    return words.fill(title=title)


def reject_findings(rejects: Iterable[Reject], rows_in: Mapping[str, int]) -> list[Finding]:
    """One finding per table and reason."""
    counts = Counter((r.table, r.reason) for r in rejects)
    return [
        Finding(code="rejected", severity="warning", table=table, column=_column(reason), rows=n, of=rows_in.get(table),
                message=Text("{n} rows rejected, {why}.", "{n}行被拒绝，{why}。").fill(n=n, why=reason_text(table, reason)),
                remedy=Text("Download the rejected rows, mend them and import again.", "下载被拒绝的行，修正后重新导入。"))
        for (table, reason), n in sorted(counts.items())
    ]  # fmt: skip


def _column(reason: str) -> str | None:
    kind, _, column = reason.partition("_")
    return column if kind in ("bad", "missing") else None
