"""Scores 1 (worst) to `scores` (best) of one measure, the cut-offs behind them, and honest ties.

Percentile rank with ties averaged: a customer's percentile is the average rank of all customers of
the same value, divided by n (what pandas calls `rank(pct=True)` and scipy `percentileofscore(...,
kind="rank")`); the score is ceil(scores x percentile). Equal customers always get equal scores.

Why integers: ceil(5 x 0.2) can be 2 in floating point. Twice an average rank is whole, so the
ceiling is taken over whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

# measure -> (its column in original units, its score)
MEASURES = {"recency": ("recency_days", "r"), "frequency": ("frequency", "f"),
            "monetary": ("monetary", "m")}  # fmt: skip
MOST_UNUSED = 4  # places per value from which sorting is cheaper than counting


def goodness(frame: pl.DataFrame, measure: str) -> pl.Series:
    """A measure turned so that higher is better: recency is counted backwards."""
    values = frame[MEASURES[measure][0]]
    return -values if measure == "recency" else values


def by_percentile(goodness: pl.Series, scores: int) -> tuple[pl.Series, pl.Series]:
    """Score of every value of `goodness` (higher is better), and whether its ties straddle a cut.

    Ties straddle a cut where breaking them at random would have given different scores.

    >>> score, straddles = by_percentile(pl.Series([1, 1, 1, 1, 9]), 5)
    >>> score.to_list(), straddles.to_list()
    ([3, 3, 3, 3, 5], [True, True, True, True, False])
    """
    place = _places(goodness)
    counts = np.bincount(place)
    last, n = np.cumsum(counts), len(goodness)
    first = last - counts + 1
    score = _ceil_ratio((first + last) * scores, 2 * n)
    straddles = _ceil_ratio(first * scores, n) != _ceil_ratio(last * scores, n)
    return pl.Series(score[place], dtype=pl.Int64), pl.Series(straddles[place], dtype=pl.Boolean)


def _places(goodness: pl.Series) -> np.ndarray:
    """Whole numbers in the order of the values, equal for equal ones; some may stay unused.

    Why: whole values of a narrow range, such as days, are places already and need no sort.
    """
    if goodness.dtype.is_integer() and len(goodness) and not goodness.null_count():
        values = goodness.to_numpy().astype(np.intp)
        if np.ptp(values) <= MOST_UNUSED * len(values):
            return values - values.min()
    return goodness.rank("dense").to_numpy().astype(np.intp) - 1


def by_cut_offs(goodness: pl.Series, cut_offs: Sequence[float]) -> pl.Series:
    """1 + the number of `cut_offs` (rising) that a value reaches.

    >>> by_cut_offs(pl.Series([1, 2, 9]), [2, 5]).to_list()
    [1, 2, 3]
    """
    reached = pl.Series([1], dtype=pl.Int64).new_from_index(0, len(goodness))
    for cut in cut_offs:
        reached = reached + (goodness >= cut).cast(pl.Int64)
    return reached


def _ceil_ratio(top: np.ndarray, bottom: int) -> np.ndarray:
    return (top + (bottom - 1)) // max(bottom, 1)
