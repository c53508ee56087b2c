"""One import in progress: stage every file, write the tables, account for every row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from analytics.dataset import FILE_NAME
from analytics.findings import Finding
from analytics.ingest import accounting, bridge
from analytics.ingest.accounting import FileCount, ImportReport, TableCount
from analytics.ingest.aliases import BRIDGE
from analytics.ingest.build import (
    Written,
    fingerprint,
    last_full_day,
    main_currency,
    write_manifest,
    write_rejects,
    write_tables,
)
from analytics.ingest.examine import cancelled
from analytics.ingest.keys import OLD_FILE, Part
from analytics.ingest.mapping import FilePlan
from analytics.ingest.notes import after_findings, plan_findings
from analytics.ingest.one import one_row
from analytics.ingest.stage import Reject, Staged, row_text, stage
from analytics.schema import SQL_TYPES, TABLES
from analytics.text import Text, UserError

Progress = Callable[[str, float], None]


class Job:
    """One import in progress: staged files, then written tables, then the report."""

    def __init__(self, con: duckdb.DuckDBPyConnection, plans: list[FilePlan], duplicates: str, progress: Progress,
                 cancel: threading.Event) -> None:  # fmt: skip
        self.con, self.plans, self.progress, self.cancel = con, plans, progress, cancel
        self.drop = duplicates == "drop"
        self.titles: dict[str, list[str]] = {}  # table -> titles of attributes; a0 is the first
        self.parts: dict[str, list[Part]] = {}
        self.staged: list[Staged] = []
        self.findings: list[Finding] = []
        self.written = Written()
        self.bridge: str | None = None
        self.old_bridge: str | None = None  # holders of the dataset that is appended to
        self.carried: dict[str, dict[str, Any]] = {}  # its tables, as its manifest describes them

    def internal(self, table: str, titles: Sequence[str]) -> dict[str, str]:
        """title -> internal column name, the same for every file of a table."""
        known = self.titles.setdefault(table, [])
        known += [t for t in titles if t not in known]
        return {t: f"a{known.index(t)}" for t in titles}

    def stage_all(self) -> None:
        """Read and cast every file; afterwards each good row is in a staging table."""
        for number, plan in enumerate(self.plans):
            if self.cancel.is_set():
                raise cancelled()
            self.progress("cast", number / len(self.plans))
            table = plan.table or ""
            found, dropped = plan_findings(plan)
            self.findings += found
            kept = [] if table == BRIDGE else [h for h in plan.attributes() if h not in dropped]
            one = stage(self.con, plan, f"stage_{number}", self.internal(table, kept), dropped)
            self.staged.append(one)
            if table != BRIDGE:
                self.parts.setdefault(table, []).append(
                    Part(one.name, tuple(one.columns), number, coded=one.coded)
                )
        self.bridge = bridge.create(
            self.con, [s for s in self.staged if s.plan.table == BRIDGE], self.old_bridge
        )
        if self.bridge:
            self.findings += bridge.findings(self.con)

    def attributes(self) -> dict[str, list[str]]:
        """table -> internal attribute columns."""
        return {t: [f"a{i}" for i in range(len(titles))] for t, titles in self.titles.items()}

    def write(self) -> None:
        """Write the tables, and reject what the keyed tables could not hold twice."""
        self.written = write_tables(
            self.con, self.parts, self.attributes(), self.bridge, self.drop, self.progress
        )
        for table, repeats in self.written.repeats.items():
            for number, one in enumerate(self.staged):
                rows = [r.row for r in repeats if r.file == number and not r.equal]
                if one.plan.table == table and rows:
                    one.rejects += row_text(self.con, one.plan, rows, "duplicate_key")
                    one.loaded -= len(rows)

    def file_counts(self, all_plans: list[FilePlan]) -> list[FileCount]:
        """Every file's accounting, files left out included."""
        out = []
        for number, one in enumerate(self.staged):
            raw, table = one.plan.raw, one.plan.table
            counts = self.written.counts.get(table or "")
            removed = counts.removed_by_file.get(number, 0) if counts else 0
            out.append(
                FileCount(
                    raw.name,
                    table,
                    raw.rows_in,
                    one.loaded - removed,
                    len(one.rejects),
                    removed,
                    len(raw.skipped),
                )
            )
        left_out = [p for p in all_plans if p.table is None]
        return out + [
            FileCount(p.raw.name, None, p.raw.rows_in, 0, 0, 0, len(p.raw.skipped))
            for p in left_out
        ]

    def report(
        self, all_plans: list[FilePlan], folder: Path, name: str, today: date
    ) -> ImportReport:
        """Check the sums, write rejects and manifest, and say what was found."""
        files = self.file_counts(all_plans)
        accounting.check([f for f in files if f.table])
        tables = accounting.table_counts(files, self._described())
        self._carry(tables)
        self._check_loaded(tables)
        rejects: list[Reject] = [r for s in self.staged for r in s.rejects]
        found = (
            self.findings
            + self._overlaps()
            + accounting.reject_findings(rejects, {t: v["rows_in"] for t, v in tables.items()})
        )
        as_of = last_full_day(self.con, today)
        currency = main_currency(self.con) or next(
            (p.options.currency for p in self.plans if p.options.currency), None
        )
        found += after_findings(self.con, self.staged, tables, all_plans, as_of, today, currency)
        write_rejects(self.con, [(r.table, r.file, r.line, r.reason, r.text) for r in rejects])
        mark = fingerprint(self.written)
        zone = next((p.options.zone for p in self.plans if p.options.zone), None) or "Asia/Shanghai"
        write_manifest(self.con, {
            "name": name, "fingerprint": mark, "as_of": as_of.isoformat(), "imported_on": today.isoformat(),
            "currency": currency, "zone": zone, "tables": {t: v for t, v in tables.items() if t != BRIDGE},
            "bridge": tables.get(BRIDGE), "files": [f.as_dict() for f in files], "findings": [f.as_dict() for f in found]})  # fmt: skip
        return ImportReport(name, folder / FILE_NAME, mark, tables, tuple(found), tuple(files))

    def _described(self) -> dict[str, TableCount]:
        out = {}
        for table, parts in self.parts.items():
            known = [c.name for c in TABLES[table].columns]
            have = {c for p in parts for c in p.columns} | (
                {"customer_id"} if self.bridge and table == "accounts" else set()
            )
            out[table] = TableCount(self.written.counts[table].duplicates, [c for c in known if c in have],
                                    {f"a{i}": t for i, t in enumerate(self.titles.get(table, []))})  # fmt: skip
        return out

    def _carry(self, tables: dict[str, dict[str, Any]]) -> None:
        """Add the rows of the dataset that is appended to: they came in and were loaded before."""
        empty = {"rejected": 0, "duplicates": 0, "duplicates_removed": 0, "skipped": 0, "files": []}
        described = self._described()
        for table in self.carried:
            counts, extra = self.written.counts[table], sum(p.extra_rows for p in self.parts[table])
            lost = sum(1 for r in self.written.repeats.get(table, []) if r.file == OLD_FILE)
            n = extra - lost - counts.removed_by_file.get(-1, 0)
            entry = tables.setdefault(table, {"rows_in": 0, "loaded": 0} | empty)
            entry |= {"rows_in": entry["rows_in"] + n, "loaded": entry["loaded"] + n, "carried": n, "duplicates": counts.duplicates,
                      "columns": described[table].columns, "attributes": described[table].attributes}  # fmt: skip

    def _overlaps(self) -> list[Finding]:
        out: list[Finding] = []
        for table in self.carried:
            new = [s for s in self.staged if s.plan.table == table]
            if new and table not in ("customers", "accounts"):
                shared = set.intersection(
                    *(set(s.columns) for s in new), set(self.parts[table][0].columns)
                )
                out += overlap_findings(
                    self.con, table, [s.name for s in new], sorted(shared - {"extra_"})
                )
        return out

    def _check_loaded(self, tables: dict[str, dict[str, Any]]) -> None:
        for table, counts in self.written.counts.items():
            said = tables.get(table, {}).get("loaded", 0)
            if said != counts.loaded:
                raise UserError(Text(f"{table}: {counts.loaded:,} rows were written, {said:,} are accounted for. Nothing was imported.",
                                     f"{table}：写入 {counts.loaded:,} 行，核对为 {said:,} 行。未导入任何数据。"), "accounting")  # fmt: skip


def overlap_findings(
    con: duckdb.DuckDBPyConnection, table: str, new: Sequence[str], columns: Sequence[str]
) -> list[Finding]:
    """How many new rows the old dataset holds already, in every column that both have."""
    types = {c.name: SQL_TYPES[c.kind] for c in TABLES[table].columns}
    names = ", ".join(columns)
    typed = ", ".join(
        f"{c}::{types.get(c, 'VARCHAR')} AS {c}" for c in columns
    )  # an ENUM hashes otherwise
    fresh = " UNION ALL ".join(f"SELECT {typed} FROM {n} WHERE reason_ IS NULL" for n in new)
    n = one_row(
        con,
        f"SELECT count(*) FROM ({fresh}) WHERE hash({names}) IN (SELECT hash({names}) FROM old_{table})",
    )[0]
    if not n:
        return []
    return [Finding(code="overlap", severity="warning", table=table, rows=n,
                    message=Text("{n} rows of the new extract are in the dataset already.", "新数据中有{n}行已存在于原数据集中。").fill(n=n),
                    remedy=Text("Import with duplicates = drop to keep one of each.", "可选择去除重复后再导入。"))]  # fmt: skip
