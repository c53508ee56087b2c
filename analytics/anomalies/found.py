"""What a rule hands back: the movements it flags, the tests it made, what chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies.ledger import Ledger

Array = np.ndarray
SCHEMA = {
    "kind": pl.String, "customer_key": pl.Int32, "account_key": pl.Int32, "second": pl.Int64,
    "amount": pl.Float64, "p": pl.Float64, "incident": pl.Int64, "value": pl.Float64,
    "usual": pl.Float64, "limit": pl.Float64, "count": pl.Int64, "window_h": pl.Int64, "driver": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """The flags of one rule.

    Args:
        flags: one row per flagged movement, columns of `SCHEMA`: `p` the tail probability of its
            incident, `value` what was measured, `usual` the baseline, `limit` what would not have
            been flagged, `count` and `window_h` where the rule counts in a window, `driver` the habit
            that sets a profile apart.
        tests: how many values were held against the threshold.
        by_chance: flagged incidents chance alone would give, under the rule's own tail.
        incidents: flagged incidents.
    """

    kind: str
    flags: pl.DataFrame
    tests: int
    by_chance: float

    @property
    def incidents(self) -> int:
        return self.flags["incident"].n_unique()


def rows(kind: str, ledger: Ledger, at: Array, p: Any, value: Any, usual: Any, limit: Any,
         incident: Any = None, count: Any = 0, window_h: Any = 0,
         driver: Sequence[str] | None = None) -> pl.DataFrame:  # fmt: skip
    """Flags of the movements at positions `at` of the ledger; scalars are repeated."""
    n = len(at)
    given = {"p": p, "value": value, "usual": usual, "limit": limit, "count": count,
             "window_h": window_h, "incident": np.arange(n) if incident is None else incident}  # fmt: skip
    return pl.DataFrame({
        "kind": pl.Series([kind] * n, dtype=pl.String), "customer_key": ledger.customer[at],
        "account_key": ledger.account[at], "second": ledger.second[at], "amount": ledger.amount[at],
        "driver": pl.Series(driver or [None] * n, dtype=pl.String),
        **{k: np.broadcast_to(np.asarray(v), (n,)) for k, v in given.items()},
    }).select(list(SCHEMA)).cast(SCHEMA)  # type: ignore[arg-type]  # fmt: skip


def nothing() -> pl.DataFrame:
    """No flag."""
    return pl.DataFrame(schema=SCHEMA)


def together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All flags of several frames."""
    return pl.concat(frames) if frames else nothing()
