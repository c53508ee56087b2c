"""The same segments on another day: who moved, which figures drifted, what a refit would change.

The segmentation is frozen: scales and centres of one day are applied to the customers of another.
Why: a refit numbers and places its segments anew, so comparing its segment 2 with last month's
segment 2 compares nothing. A refit is compared once, after matching its segments to the frozen ones
so that the most customers agree (Kuhn 1955, `linear_sum_assignment`).

PSI, the population stability index, of a feature is the sum over bins of (b - a) ln(b / a), with a
and b the shares of the bin on the two days; below .1 is taken for stable, above .25 for a shift.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from analytics.segments.engine import Array

BINS = 10
LEAST = 1e-4  # an empty bin counts as this share, so that PSI stays finite


def psi(before: Array, after: Array) -> float:
    """Population stability index of two lists of shares, each adding up to 1.

    >>> round(psi(np.array([.3, .4, .2, .1]), np.array([.25, .35, .25, .15])), 4)
    0.0472
    """
    a, b = np.maximum(before, LEAST), np.maximum(after, LEAST)
    return float(((b - a) * np.log(b / a)).sum())


def drift(before: pl.DataFrame, after: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """feature, psi, median_before, median_after; the largest drift first. Bins: deciles of before."""
    rows = []
    for name in names:
        one, two = before[name].to_numpy(), after[name].to_numpy()
        cuts = np.unique(np.quantile(one, np.linspace(0, 1, BINS + 1)[1:-1]))
        shares = [np.bincount(np.searchsorted(cuts, v, side="right"), minlength=len(cuts) + 1) / len(v)
                  for v in (one, two)]  # fmt: skip
        rows.append((name, psi(*shares), float(np.median(one)), float(np.median(two))))
    return pl.DataFrame(rows, orient="row", schema={
        "feature": pl.String, "psi": pl.Float64, "median_before": pl.Float64, "median_after": pl.Float64,
    }).sort("psi", "feature", descending=[True, False])  # fmt: skip


def moves(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Every customer of either day: customer_id, from_segment, to_segment (null: none on that day).

    Args:
        before: customer_id, segment, of the earlier day.
        after: the same of the later day.
    """
    return before.rename({"segment": "from_segment"}).join(
        after.rename({"segment": "to_segment"}), on="customer_id", how="full", coalesce=True
    ).select("customer_id", "from_segment", "to_segment").sort("customer_id")  # fmt: skip


def migration(moves: pl.DataFrame) -> pl.DataFrame:
    """from_segment, to_segment, customers, share (of those in from_segment); largest first."""
    return moves.group_by("from_segment", "to_segment").agg(
        customers=pl.len().cast(pl.Int64)).with_columns(
        share=pl.col("customers") / pl.col("customers").sum().over("from_segment")).sort(
        "customers", "from_segment", "to_segment", descending=[True, False, False], nulls_last=True)  # fmt: skip


def matched(one: Array, two: Array) -> Array:
    """`two` renumbered so that as many rows as possible agree with `one`; numbers from 0."""
    if not len(one):
        return two
    size = int(max(one.max(), two.max())) + 1
    table = np.bincount(two * size + one, minlength=size * size).reshape(size, size)
    old, new = linear_sum_assignment(-table)
    renamed = np.empty(size, int)
    renamed[old] = new
    return renamed[two]


def share_moved(one: Array, two: Array) -> float | None:
    """Share of rows that two segmentations place differently, after matching; None without rows."""
    return float((matched(one, two) != one).mean()) if len(one) else None
