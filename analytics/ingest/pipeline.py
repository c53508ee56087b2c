"""Files to a dataset: the functions that pages and the command line call.

`examine` looks at files, `import_plans` builds a dataset from the plans, `doctor` says what each
file is. A dataset appears whole or not at all: it is built in a hidden folder beside its place,
written through to the disk and renamed, so that neither `kill -9` nor a full disk nor a cancel
leaves half of one to be seen. What a crash leaves behind starts with `.building-` and may be deleted.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from analytics.dataset import FILE_NAME, connect
from analytics.findings import Finding
from analytics.ingest import accounting, bridge, casts
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
from analytics.ingest.examine import cancelled, examine
from analytics.ingest.keys import Part
from analytics.ingest.mapping import FilePlan
from analytics.ingest.notes import after_findings, plan_findings
from analytics.ingest.stage import Reject, Staged, row_text, stage
from analytics.schema import TABLES
from analytics.text import Text, UserError

__all__ = ["STEPS", "examine", "import_plans"]

BUILDING = ".building-"
IMPORT_MEMORY = os.environ.get("TIDEMARK_IMPORT_MEMORY", "1600MB")
STEPS = {
    "read": Text("Reading the files", "读取文件"), "cast": Text("Reading dates and amounts", "识别日期与金额"),
    "customers": Text("Numbering customers and accounts", "整理客户与账户"),
    **{t.name: Text("Writing: {t}", "写入：{t}").fill(t=t.title) for t in TABLES.values() if t.name not in ("customers", "accounts")},
    "check": Text("Checking that every row is accounted for", "核对每一行的去向"), "finish": Text("Writing through to the disk", "写入磁盘"),
}  # fmt: skip
Progress = Callable[[str, float], None]


def _silent(step: str, done: float) -> None:
    """The default progress: nobody watches."""


def import_plans(plans: Sequence[FilePlan], folder: Path, name: str, *, bridge_plans: Sequence[FilePlan] = (),
                 duplicates: str = "keep", today: date, progress: Progress = _silent,
                 cancel: threading.Event | None = None, before: Callable[..., Any] | None = None) -> ImportReport:  # fmt: skip
    """Build the dataset `folder/bank.duckdb` from plans; every row is accounted for or nothing is kept.

    Args:
        plans: what `examine` returned, as the user left it; plans without a table are left out.
        folder: where the dataset will be; must not hold one.
        name: the name the analyst gives it.
        bridge_plans: files that say who holds which account, besides those in `plans`.
        duplicates: `keep` (count exact duplicates) or `drop` (keep one of each).
        today: the day of the import; rows dated later are loaded, reported, and left out by default.
        progress: told (step, share done); steps are keys of `STEPS`.
        cancel: when set, the import stops and leaves nothing behind.
        before: extra staging step `(con) -> list of (table, Part, attributes)`; see `append`.

    Raises:
        UserError: `mapping`, `direction`, `nothing`, `exists`, `cancelled`, `disk`, `memory`, `accounting`.
    """
    chosen = [
        p
        for p in [*plans, *(replace(b, table=BRIDGE) for b in bridge_plans)]
        if p.table is not None
    ]
    _refuse_unready(chosen, folder, duplicates)
    cancel = cancel or threading.Event()
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = folder.parent / f"{BUILDING}{secrets.token_hex(6)}"
    building.mkdir(mode=0o700)
    try:
        with _in_words(cancel):
            report = _build(
                chosen,
                list(plans),
                building,
                folder,
                name,
                duplicates,
                today,
                progress,
                cancel,
                before,
            )
            progress("finish", 0.9)
            _publish(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    progress("finish", 1.0)
    return report


def _refuse_unready(plans: Sequence[FilePlan], folder: Path, duplicates: str) -> None:
    if not any(p.table != BRIDGE for p in plans):
        raise UserError(Text("None of the files fits a table; say what each is (--transactions FILE, --customers FILE, ...).",
                             "没有文件与任何表相符；请指明每个文件的类型（--transactions 文件、--customers 文件……）。"), "nothing")  # fmt: skip
    if duplicates not in ("keep", "drop"):
        raise UserError(
            Text("duplicates must be keep or drop.", "duplicates 应为 keep 或 drop。"), "duplicates"
        )
    if (folder / FILE_NAME).exists():
        raise UserError(Text("A dataset of this name exists already; delete it or choose another name.",
                             "同名数据集已存在；请先删除或换一个名称。"), "exists")  # fmt: skip
    for plan in plans:
        plan.check()
        for doubt in plan.doubts:
            if doubt.blocking:
                message = Text(
                    f"{plan.raw.name}: {doubt.message.en}", f"{plan.raw.name}：{doubt.message.zh}"
                )
                raise UserError(message, doubt.code)


@contextlib.contextmanager
def _in_words(cancel: threading.Event) -> Iterator[None]:
    """Faults of the machine as UserErrors; DuckDB's own texts may quote data and are not passed on."""
    try:
        yield
    except duckdb.InterruptException:
        raise cancelled() from None
    except duckdb.OutOfMemoryException:
        raise UserError(Text("The import needs more memory or temporary disk space than allowed; free some or split the files by month.",
                             "导入所需内存或临时磁盘空间超出限制；请释放空间或按月拆分文件。"), "memory") from None  # fmt: skip
    except (duckdb.IOException, OSError) as error:
        full = "space" in str(error).casefold() or getattr(error, "errno", None) == 28
        if not full:
            raise UserError(Text("The disk could not be written or a file could not be read; nothing was kept.",
                                 "磁盘写入或文件读取失败；未保留任何内容。"), "disk") from None  # fmt: skip
        raise UserError(Text("The disk is full; nothing was kept. Free some space and import again.",
                             "磁盘已满，未保留任何内容。请释放空间后重新导入。"), "disk") from None  # fmt: skip


@contextlib.contextmanager
def _interruptible(con: duckdb.DuckDBPyConnection, cancel: threading.Event) -> Iterator[None]:
    """While inside, setting `cancel` stops the running statement within a tenth of a second."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            if cancel.is_set():
                con.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
        if cancel.is_set():
            raise cancelled()
    finally:
        done.set()
        watcher.join()


def _build(plans: list[FilePlan], all_plans: list[FilePlan], building: Path, folder: Path, name: str, duplicates: str,
           today: date, progress: Progress, cancel: threading.Event, before: Callable[..., Any] | None) -> ImportReport:  # fmt: skip
    con = connect(building / FILE_NAME, read_only=False, keep_order=True, memory=IMPORT_MEMORY)
    try:
        with _interruptible(con, cancel):
            con.execute(casts.MACROS)
            job = _Job(con, plans, duplicates, progress, cancel)
            if before is not None:
                before(job)
            job.stage_all()
            job.write()
            progress("check", 0.0)
            return job.report(all_plans, folder, name, today)
    finally:
        con.close()


class _Job:
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
                self.parts.setdefault(table, []).append(Part(one.name, tuple(one.columns), number))
        self.bridge = bridge.create(self.con, [s for s in self.staged if s.plan.table == BRIDGE])
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
        self._check_loaded(tables)
        rejects: list[Reject] = [r for s in self.staged for r in s.rejects]
        found = self.findings + accounting.reject_findings(
            rejects, {t: v["rows_in"] for t, v in tables.items()}
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

    def _check_loaded(self, tables: dict[str, dict[str, Any]]) -> None:
        for table, counts in self.written.counts.items():
            said = tables.get(table, {}).get("loaded", 0) + sum(
                p.extra_rows for p in self.parts.get(table, [])
            )
            if said != counts.loaded:
                raise UserError(Text(f"{table}: {counts.loaded:,} rows were written, {said:,} are accounted for. Nothing was imported.",
                                     f"{table}：写入 {counts.loaded:,} 行，核对为 {said:,} 行。未导入任何数据。"), "accounting")  # fmt: skip


def _publish(building: Path, folder: Path) -> None:
    """Write everything through to the disk, then make it visible by one rename."""
    shutil.rmtree(building / "spill", ignore_errors=True)
    for path in [*building.iterdir(), building]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    os.chmod(building / FILE_NAME, 0o600)
    os.rename(building, folder)
