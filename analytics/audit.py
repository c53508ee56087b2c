"""The audit log: who let real ids out of a dataset, when, by which action, and how many rows.

It holds no data values. `who` is an owner's hash in the app and the account's name on the command
line; `subject` is a name a person gave (an audience, an analysis), never a customer.
"""

from __future__ import annotations

import getpass
from typing import Literal

import polars as pl

from analytics import clock
from analytics.state import State

Action = Literal["export_audience", "run_real_ids", "show_customer", "import", "keep",
                 "export_risk_list"]  # fmt: skip


def record(state: State, who: str, action: Action, subject: str, rows: int) -> None:
    """Add one line; called before the rows are handed out, so that a failed log stops them."""
    with state.write() as con:
        con.execute("INSERT INTO audit (at, who, action, subject, rows) VALUES (?, ?, ?, ?, ?)",
                    [clock.now().isoformat(timespec="seconds"), who, action, subject, rows])  # fmt: skip


def entries(state: State) -> pl.DataFrame:
    """The log, newest first: at (ISO, UTC), who, action, subject, rows."""
    schema = {"at": pl.String, "who": pl.String, "action": pl.String, "subject": pl.String,
              "rows": pl.Int64}  # fmt: skip
    with state.read() as con:
        found = con.execute("SELECT at, who, action, subject, rows FROM audit ORDER BY id DESC")
        return pl.DataFrame(found.fetchall(), schema=schema, orient="row")


def person() -> str:
    """The account that runs the command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "unknown"
