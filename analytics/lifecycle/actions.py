"""What every stage needs, whom it may be offered, and what happens anyway without it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import polars as pl

from analytics import statistics
from analytics.lifecycle.flows import Moves
from analytics.lifecycle.schemes import BEST_FIRST, SCHEMES, TITLES, Scheme
from analytics.text import Text

Array = np.ndarray
ACTIONS = {
    "activate": Text("Activate: first own transaction", "促激活：引导首笔交易"),
    "habit": Text("Build the habit", "养成习惯：促多次交易"),
    "keep": Text("Keep and deepen", "维系并深化"),
    "wake": Text("Wake up", "唤醒"),
    "win_back": Text("Win back", "赢回"),
}
# Stage -> the action, and the stages that count as its success.
NEXT = {
    "opened": ("activate", ("activated", "active")), "activated": ("habit", ("active",)),
    "active": ("keep", ("active",)), "dormant": ("wake", ("reactivated", "active")),
    "lost": ("win_back", ("reactivated", "active")), "reactivated": ("keep", ("active", "reactivated")),
    "novice": ("activate", ("growing", "active")), "growing": ("habit", ("active", "mature")),
    "acquisition": ("activate", ("activation", "retention")), "activation": ("habit", ("retention",)),
    "retention": ("keep", ("retention",)), "resurrection": ("keep", ("retention",)),
    "churn": ("win_back", ("resurrection", "retention")), "new": ("activate", ("growing", "mature")),
    "mature": ("keep", ("mature", "growing")), "declining": ("wake", ("mature", "growing")),
}  # fmt: skip


def goals() -> dict[str, Text]:
    """Every value of `moves_to` in words."""
    wanted = {_wanted(stage, scheme) for scheme in SCHEMES.values() for stage in scheme.names}
    return {", ".join(names): Text(" or ".join(TITLES[n].en for n in names),
                                   "、".join(TITLES[n].zh for n in names))
            for names in sorted(wanted) if names}  # fmt: skip


def _wanted(stage: str, scheme: Scheme) -> tuple[str, ...]:
    return tuple(name for name in NEXT[stage][1] if name in scheme.names)


def table(codes: Array, balance: list[Decimal] | None, contactable: Array, moved: Moves, scheme: Scheme
          ) -> pl.DataFrame:  # fmt: skip
    """One row per stage that has customers; see `LifecycleResult.actions`.

    Args:
        codes: where every customer stands, shape (customers,).
        balance: the stages' balances; None where no balance is known.
        contactable: whether a customer may be offered something, shape (customers,).
        moved: the flows.
        scheme: names of the stages.

    `moved_share` is the observed monthly share that moves on by itself, with its Wilson interval: an
    action earns only what comes on top, which its hold-out will show.
    """
    names = scheme.names
    customers, free = (
        np.bincount(one, minlength=len(names)) for one in (codes, codes[contactable])
    )
    rows = [(names[at], int(customers[at]), None if balance is None else balance[at], int(free[at]),
             *_anyway(names[at], moved, scheme)) for at in np.flatnonzero(customers)]  # fmt: skip
    order = {name: place for place, name in enumerate(BEST_FIRST)}
    return pl.DataFrame(rows, orient="row", schema={
        "stage": pl.String, "customers": pl.Int64, "balance": pl.Decimal(38, 4), "contactable": pl.Int64,
        "action": pl.String, "moves_to": pl.String, "moved_share": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    }).with_columns(
        share=pl.col("customers") / pl.col("customers").sum(),
        expected_moves=pl.col("contactable") * pl.col("moved_share"),
    ).sort(pl.col("stage").replace_strict(order, return_dtype=pl.Int32)).select(
        "stage", "action", "customers", "share", "balance", "contactable", "moves_to",
        "moved_share", "low", "high", "expected_moves")  # fmt: skip


def _anyway(stage: str, moved: Moves, scheme: Scheme) -> tuple[object, ...]:
    action, wanted = NEXT[stage][0], _wanted(stage, scheme)
    row = moved.pooled[scheme.names.index(stage)]
    n, x = int(row.sum()), int(sum(row[scheme.names.index(name)] for name in wanted))
    if not n:
        return action, ", ".join(wanted), None, None, None
    low, high = statistics.wilson(np.array([x]), np.array([n]))
    return action, ", ".join(wanted), x / n, float(low[0]), float(high[0])
