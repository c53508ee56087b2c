"""Next month's extract appended to a dataset: a new dataset results, the old one stays as it is.

The old rows come from the old file, the new ones from the extract; customers and accounts are
numbered again over both. A customer or account that the new extract describes again takes the new
description. Rows that are in both are counted (`overlap`); `duplicates="drop"` keeps one of each.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from analytics.dataset import FILE_NAME, Dataset
from analytics.ingest.accounting import ImportReport
from analytics.ingest.casts import quoted
from analytics.ingest.keys import OLD_FILE, Part
from analytics.ingest.mapping import FilePlan
from analytics.ingest.one import one_row
from analytics.ingest.pipeline import import_plans
from analytics.schema import TABLES, has_account


def _silent(step: str, done: float) -> None:
    """The default progress: nobody watches."""


def append(old: Path, plans: Sequence[FilePlan], new_folder: Path, name: str, *, duplicates: str = "keep", today: date,
           progress: Callable[[str, float], None] = _silent, cancel: threading.Event | None = None) -> ImportReport:  # fmt: skip
    """A new dataset of the old one's rows and the new files'.

    Args:
        old: folder of the dataset to append to; it is only read.
        plans: what `examine` returned for the new files.
        new_folder: where the new dataset will be.
        name: its name.
        duplicates: `keep`, or `drop` for rows that occur twice, in one extract or across both.
        today: the day of the import.
        progress: told (step, share done).
        cancel: when set, the import stops and leaves nothing behind.
    """
    new_folder.parent.mkdir(parents=True, exist_ok=True)
    copy = new_folder.parent / f".building-old-{new_folder.name}.duckdb"
    try:
        shutil.copyfile(old / FILE_NAME, copy)  # one process cannot hold the same file twice
        manifest = _manifest(copy)
        return import_plans(plans, new_folder, name, duplicates=duplicates, today=today, progress=progress, cancel=cancel,
                            before=lambda job: _stage_old(job, copy, manifest))  # fmt: skip
    finally:
        copy.unlink(missing_ok=True)


def _manifest(copy: Path) -> dict[str, Any]:
    data = Dataset(copy)
    data.close()
    return data.manifest


def _stage_old(job: Any, copy: Path, manifest: dict[str, Any]) -> None:
    job.con.execute(f"ATTACH {quoted(str(copy))} AS old (READ_ONLY)")
    for table in TABLES:
        described = manifest["tables"].get(table)
        if described is None:
            continue
        internal = job.internal(table, list(described["attributes"].values()))
        columns = _stage_old_table(job.con, table, described, internal)
        rows = one_row(job.con, f"SELECT count(*) FROM old_{table}")[0]
        job.carried[table] = described
        job.parts.setdefault(table, []).append(
            Part(
                f"old_{table}",
                tuple(columns),
                OLD_FILE if table in ("customers", "accounts") else -1,
                True,
                rows,
            )
        )
    holders = one_row(job.con, "SELECT count(*) FROM old.holders")[0]
    if holders:
        job.con.execute("""CREATE TEMP TABLE old_bridge AS SELECT a.account_id, c.customer_id, h.is_owner
            FROM old.holders h JOIN old.accounts a USING (account_key) JOIN old.customers c ON c.customer_key = h.customer_key""")
        job.old_bridge = "old_bridge"


def _stage_old_table(
    con: Any, table: str, described: dict[str, Any], internal: dict[str, str]
) -> list[str]:
    renamed = {a: internal[title] for a, title in described["attributes"].items()}
    plain = [c.name for c in TABLES[table].columns if c.name not in ("customer_id", "account_id")]
    columns = [f"t.{c}" for c in plain] + [f"t.{a} AS {b}" for a, b in renamed.items()]
    ids, joins = ["customer_id"], "LEFT JOIN old.customers c ON c.customer_key = t.customer_key"
    where = ""
    if table == "customers":
        columns, joins, where = ["t.customer_id", *columns], "", " WHERE t.listed"
    elif table == "accounts":
        columns, ids, where = (
            ["t.account_id", "c.customer_id", *columns],
            ["account_id", "customer_id"],
            " WHERE t.listed",
        )
    else:
        columns = ["c.customer_id", *columns]
        if has_account(table):
            columns, ids = ["a.account_id", *columns], ["account_id", *ids]
            joins += " LEFT JOIN old.accounts a ON a.account_key = t.account_key"
    con.execute(
        f"CREATE TEMP TABLE old_{table} AS SELECT {', '.join(columns)}, NULL::UTINYINT AS reason_ FROM old.{table} t {joins}{where}"
    )
    return [*ids, *plain, *renamed.values()]
