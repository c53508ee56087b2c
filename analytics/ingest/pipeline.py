"""Files to a dataset: the functions that pages and the command line call.

`examine` looks at files, `import_plans` builds a dataset from the plans, `doctor` says what each
file is. A dataset appears whole or not at all: it is built in a hidden folder beside its place,
written through to the disk and renamed, so that neither `kill -9` nor a full disk nor a cancel
leaves half of one to be seen. What a crash leaves behind starts with `.building-` and may be deleted.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from analytics.dataset import FILE_NAME, connect
from analytics.ingest import casts
from analytics.ingest.accounting import ImportReport
from analytics.ingest.aliases import BRIDGE
from analytics.ingest.examine import examine
from analytics.ingest.guard import in_words, interruptible
from analytics.ingest.job import Job
from analytics.ingest.mapping import FilePlan
from analytics.schema import TABLES
from analytics.text import Text, UserError

__all__ = ["STEPS", "examine", "import_plans"]

BUILDING = ".building-"
IMPORT_MEMORY = os.environ.get("TIDEMARK_IMPORT_MEMORY", "2000MB")
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
        with in_words(cancel):
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


def _build(plans: list[FilePlan], all_plans: list[FilePlan], building: Path, folder: Path, name: str, duplicates: str,
           today: date, progress: Progress, cancel: threading.Event, before: Callable[..., Any] | None) -> ImportReport:  # fmt: skip
    con = connect(building / FILE_NAME, read_only=False, keep_order=True, memory=IMPORT_MEMORY)
    try:
        with interruptible(con, cancel):
            con.execute(casts.MACROS)
            job = Job(con, plans, duplicates, progress, cancel)
            if before is not None:
                before(job)
            job.stage_all()
            job.write()
            progress("check", 0.0)
            return job.report(all_plans, folder, name, today)
    finally:
        con.close()


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
