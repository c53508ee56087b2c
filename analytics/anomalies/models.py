"""Whole profiles: isolation forest, ECOD and nearest neighbours over twelve habits of a customer.

- Isolation forest (Liu, Ting & Zhou 2008), 200 trees: what few random cuts set apart.
- ECOD (Li et al., TKDE 2022): how far in the tail of every single habit; its parts are the drivers.
  Ranks count ties at their largest, as an empirical distribution does; positions would not.
- Mean distance to the nearest neighbours (Ramaswamy et al. 2000) in robustly scaled habits.

The three are put together as the mean of rank percentiles. Why: their scores have no common unit, and
no unsupervised method wins in general (Han et al., ADBench, NeurIPS 2022).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import NearestNeighbors

from analytics.anomalies.ledger import DAY, HOUR, Ledger

Array = np.ndarray
FEATURES = ("pace", "size", "spread", "reach", "out_share", "night_share", "weekend_share", "excess",
            "gap_days", "longest_gap_days", "per_day", "net_share")  # fmt: skip
LEAST_CUSTOMERS = 10
TREES, NEIGHBOURS, REFERENCE = 200, 10, 5_000
NIGHT_H = 5


def features(ledger: Ledger, excess: Array) -> tuple[Array, Array]:
    """Positions in `ledger.keys` of the customers with a baseline, and their habits, (n, 12)."""
    who = np.flatnonzero(~np.isnan(ledger.usual))
    place, size = ledger.place, np.abs(ledger.amount)
    n = np.diff(ledger.begin).astype(float)

    def mean(values: Array) -> Array:
        return np.bincount(place, weights=values, minlength=len(n)) / n

    day, starts = ledger.day, ledger.begin[:-1]
    gaps = np.diff(day, prepend=day[:1])
    gaps[starts] = 0
    span = np.maximum(day[ledger.begin[1:] - 1] - day[starts] + 1, 1)
    longest = np.maximum.reduceat(gaps, starts)
    largest = np.nan_to_num(np.fmax.reduceat(excess, starts), nan=-9.0)
    turnover = mean(size)
    columns = [np.log(n / span), ledger.middle, ledger.spread, ledger.usual - ledger.middle,
               mean(ledger.amount < 0), mean((ledger.second % DAY < NIGHT_H * HOUR) & (ledger.second % DAY > 0)),
               mean((day + 3) % 7 >= 5), largest, np.log1p(span / n), np.log1p(longest),
               n / np.maximum(mean(gaps > 0) * n + 1, 1), mean(ledger.amount) / turnover]  # fmt: skip
    return who, np.column_stack([c[who] for c in columns])


def ecod(values: Array) -> tuple[Array, Array]:
    """ECOD scores, shape (n,), and each feature's part of them, shape (n, features)."""
    n = len(values)
    left = -np.log(stats.rankdata(values, method="max", axis=0) / n)
    right = -np.log(stats.rankdata(-values, method="max", axis=0) / n)
    middle = values.mean(axis=0)
    skew = np.sign(((values - middle) ** 3).mean(axis=0))
    chosen = left * (skew < 1) + right * (skew > -1)
    parts = np.maximum(np.maximum(left, right), chosen)
    return parts.sum(axis=1), parts


def percentile(scores: Array) -> Array:
    """Rank percentile in (0, 1], ties averaged."""
    return stats.rankdata(scores) / max(len(scores), 1)


def neighbours(values: Array, seed: int) -> Array:
    """Mean distance to the nearest neighbours among at most `REFERENCE` customers, drawn by seed."""
    middle = np.median(values, axis=0)
    spread = np.percentile(values, 75, axis=0) - np.percentile(values, 25, axis=0)
    scaled = np.clip((values - middle) / np.where(spread > 0, spread, 1.0), -20, 20)
    n = len(values)
    chosen = np.random.default_rng(seed).permutation(n)[:REFERENCE]
    k = min(NEIGHBOURS + 1, len(chosen))
    distance = (
        NearestNeighbors(n_neighbors=k, algorithm="kd_tree")
        .fit(scaled[chosen])
        .kneighbors(scaled)[0]
    )
    own = distance[:, 0] == 0  # a customer of the reference is its own nearest
    total = distance.sum(axis=1) - np.where(own, 0.0, distance[:, -1])
    return total / max(k - 1, 1)


def within(values: Array, group: Array) -> Array:
    """Habits as distances from the peer group's median, in its interquartile ranges; (n, features)."""
    found = np.empty_like(values)
    for number in np.unique(group):
        at = group == number
        low, middle, high = np.percentile(values[at], (25, 50, 75), axis=0)
        found[at] = (values[at] - middle) / np.where(high > low, high - low, 1.0)
    return found


def profiles(ledger: Ledger, excess: Array, seed: int, group: Array | None = None) -> pl.DataFrame:
    """customer_key, percentiles isolation_forest, ecod, neighbours, ensemble, driver, position `who`.

    Most unusual first; empty with fewer than ten customers that have a baseline. With a peer `group`
    per customer of the ledger, habits are compared within it.
    """
    who, values = (
        features(ledger, excess) if len(ledger.keys) else (np.zeros(0, int), np.zeros((0, 12)))
    )
    if len(who) < LEAST_CUSTOMERS:
        who, values = who[:0], values[:0]
    if group is not None and len(who) and len(np.unique(group)) > 1:
        values = within(values, group[who])
    percentiles = np.zeros((len(who), 3))
    driver = np.array([], int)
    if len(who):
        forest = IsolationForest(n_estimators=TREES, random_state=seed, n_jobs=1).fit(values)
        scores, parts = ecod(values)
        percentiles = np.column_stack([percentile(-forest.score_samples(values)), percentile(scores),
                                       percentile(neighbours(values, seed))])  # fmt: skip
        driver = parts.argmax(axis=1)
    frame = pl.DataFrame({
        "customer_key": ledger.keys[who].astype(np.int32), "ensemble": percentiles.mean(axis=1),
        "isolation_forest": percentiles[:, 0], "ecod": percentiles[:, 1], "neighbours": percentiles[:, 2],
        "driver": pl.Series([FEATURES[i] for i in driver], dtype=pl.String), "who": who.astype(np.int64),
    })  # fmt: skip
    return frame.sort("ensemble", "customer_key", descending=[True, False])
