"""Stocks and flows: how many stand where, who moved, and where that leads.

Transition shares are pooled over complete months that are not left-censored. The forecast is
p0 * P^n for today's customers; its band is a bootstrap over months (a month's customers share its
weather, so customers are not drawn one by one). METHODS: the Markov assumption is shown against
what was observed, never taken for granted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl

from analytics import statistics
from analytics.markov import probabilities

Array = np.ndarray
FEW = 20
DRAWS = 200


@dataclass(frozen=True)
class Moves:
    """Counts of stage to stage for every pair of neighbouring boundaries.

    Args:
        days: the later boundary of each pair.
        counts: shape (pairs, stages + 1, stages); the last row are those who were not yet customers.
        stocks: customers per boundary and stage, shape (pairs + 1, stages).
        usable: pairs that are whole months and not left-censored, shape (pairs,).
    """

    days: list[date]
    counts: Array
    stocks: Array
    usable: Array

    @property
    def pooled(self) -> Array:
        """Counts over the usable pairs (over all, if none is), shape (stages, stages)."""
        chosen = self.counts[self.usable] if self.usable.any() else self.counts
        return chosen[:, :-1].sum(axis=0)


def moves(codes: Array, days: list[date], censored: Array, stages: int) -> Moves:
    """Count the moves between neighbouring rows of `codes` (boundaries, customers)."""
    wide = stages + 1
    place = codes + np.int8(1)  # 0 for who is not yet a customer
    pairs = place[:-1] * np.int8(wide) + place[1:]
    counts = np.zeros((len(pairs), wide, wide), np.int64)
    for row, pair in enumerate(pairs):
        counts[row] = np.bincount(pair, minlength=wide**2).reshape(wide, wide)
    stocks = np.vstack([np.bincount(place[0], minlength=wide)[None, :], counts.sum(axis=1)])[:, 1:]
    whole = np.array([(b - a).days >= 28 for a, b in pairwise(days)], bool)
    return Moves(days[1:], np.roll(counts, -1, axis=1)[:, :, 1:], stocks, whole & ~censored[:-1])


def matrix(found: Moves, names: tuple[str, ...]) -> pl.DataFrame:
    """Transition shares with Wilson intervals; largest first."""
    counts = found.pooled
    n = counts.sum(axis=1)
    source, target = np.nonzero(counts)
    low, high = statistics.wilson(counts[source, target], n[source])
    return pl.DataFrame({
        "from_stage": [names[i] for i in source], "to_stage": [names[j] for j in target],
        "customer_months": counts[source, target], "from_customer_months": n[source],
        "share": counts[source, target] / n[source], "low": low, "high": high,
        "few": n[source] < FEW,
    }, schema_overrides={"from_stage": pl.String, "to_stage": pl.String}).sort(
        "customer_months", "from_stage", "to_stage", descending=[True, False, False])  # fmt: skip


def by_month(found: Moves, names: tuple[str, ...]) -> pl.DataFrame:
    """Every move of every month: month, from_stage (`joined` for new customers), to_stage, customers."""
    pair, source, target = np.nonzero(found.counts)
    labels = (*names, "joined")
    return pl.DataFrame({
        "month": [found.days[i] for i in pair], "from_stage": [labels[i] for i in source],
        "to_stage": [names[j] for j in target], "customers": found.counts[pair, source, target],
    }, schema={"month": pl.Date, "from_stage": pl.String, "to_stage": pl.String,
               "customers": pl.Int64}).sort(
        "month", "customers", "from_stage", "to_stage", descending=[True, True, False, False])  # fmt: skip


def nudged(shares: Array, asleep: int, awake: int, points: float) -> Array:
    """The matrix with `points` percentage points more of the asleep waking each month.

    What wakes more is taken from those who stay asleep or fall further, in proportion.
    """
    changed = shares.copy()
    others = np.arange(len(shares)) != awake
    woken = np.clip(changed[asleep, awake] + points / 100, 0.0, 1.0)
    rest = changed[asleep, others].sum()
    keep = (1 - woken) / rest if rest > 0 else 0.0
    changed[asleep, others] *= keep
    changed[asleep, awake] = 1 - changed[asleep, others].sum()
    return changed


def path(start: Array, shares: Array, months: int) -> Array:
    """Expected customers per stage after 0..months, shape (months + 1, stages)."""
    found = [start.astype(float)]
    for _ in range(months):
        found.append(found[-1] @ shares)
    return np.array(found)


def band(start: Array, counts: Array, months: int, seed: int) -> tuple[Array, Array]:
    """95 % band of `path`: months drawn with replacement, plus the chance of each customer.

    Args:
        start: customers per stage.
        counts: usable monthly counts, shape (pairs, stages, stages).
        months: how far.
        seed: of the draws.
    """
    if not len(counts):
        flat = np.broadcast_to(start.astype(float), (months + 1, len(start)))
        return flat, flat
    random = np.random.default_rng(seed)
    picked = random.integers(0, len(counts), (DRAWS, len(counts)))
    times = np.stack([np.bincount(one, minlength=len(counts)) for one in picked])
    shares = _shares(np.tensordot(times, counts, axes=1))
    drawn = np.empty((DRAWS, months + 1, len(start)))
    drawn[:, 0] = start
    power = np.broadcast_to(np.eye(len(start)), shares.shape)
    for step in range(1, months + 1):
        power = power @ shares
        drawn[:, step] = random.multinomial(start, _shares(np.clip(power, 0, 1))).sum(axis=1)
    return np.quantile(drawn, 0.025, axis=0), np.quantile(drawn, 0.975, axis=0)


def _shares(counts: Array) -> Array:
    """Row shares of a stack of matrices; a stage never left stays where it is."""
    total = counts.sum(axis=2, keepdims=True)
    return np.where(total > 0, counts / np.where(total > 0, total, 1), np.eye(counts.shape[2]))


def backtest(
    codes: Array, found: Moves, months: int, seed: int
) -> tuple[int, Array, Array, Array, Array]:
    """Forecast made `months` ago for its customers, against what they became.

    The matrix comes only from months before the forecast was made, unless there are none.
    Returns the months actually looked back, and predicted, low, high, observed per stage.
    """
    stages = found.counts.shape[2]
    back = min(months, max((len(codes) - 1) // 2, 0))
    then, now = codes[len(codes) - 1 - back], codes[-1]
    start = np.bincount(then[then >= 0], minlength=stages)
    usable = found.usable.copy()
    usable[len(found.counts) - back :] = False
    counts = found.counts[usable][:, :-1] if usable.any() else found.counts[:, :-1][:1]
    shares = probabilities(counts.sum(axis=0)) if len(counts) else np.eye(stages)
    low, high = band(start, counts, back, seed)
    observed = np.bincount(now[then >= 0], minlength=stages)
    return back, path(start, shares, back)[-1], low[-1], high[-1], observed
