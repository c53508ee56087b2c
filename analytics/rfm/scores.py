"""Scores 1 (worst) to `scores` (best) of one measure, the cut-offs behind them, and honest ties.

Percentile rank with ties averaged: a customer's percentile is the average rank of all customers of
the same value, divided by n (what pandas calls `rank(pct=True)` and scipy `percentileofscore(...,
kind="rank")`); the score is ceil(scores x percentile). Equal customers always get equal scores.

Why integers: ceil(5 x 0.2) can be 2 in floating point. Twice an average rank is whole, so the
ceiling is taken over whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

# measure -> (its column in original units, its score)
MEASURES = {"recency": ("recency_days", "r"), "frequency": ("frequency", "f"),
            "monetary": ("monetary", "m")}  # fmt: skip


def goodness(frame: pl.DataFrame, measure: str) -> pl.Series:
    """A measure turned so that higher is better: recency is counted backwards."""
    values = frame[MEASURES[measure][0]]
    return -values if measure == "recency" else values


def by_percentile(goodness: pl.Series, scores: int) -> pl.Series:
    """Score of every value of `goodness` (higher is better).

    >>> by_percentile(pl.Series([1, 1, 1, 1, 9]), 5).to_list()
    [3, 3, 3, 3, 5]
    """
    twice_rank = (goodness.rank("average") * 2).cast(pl.Int64)
    return _ceil_ratio(twice_rank * scores, 2 * len(goodness))


def by_cut_offs(goodness: pl.Series, cut_offs: Sequence[float]) -> pl.Series:
    """1 + the number of `cut_offs` (rising) that a value reaches.

    >>> by_cut_offs(pl.Series([1, 2, 9]), [2, 5]).to_list()
    [1, 2, 3]
    """
    reached = pl.Series([1], dtype=pl.Int64).new_from_index(0, len(goodness))
    for cut in cut_offs:
        reached = reached + (goodness >= cut).cast(pl.Int64)
    return reached


def straddling(goodness: pl.Series, scores: int) -> pl.Series:
    """Whether a value's group of ties reaches over a cut between two scores.

    Had ties been broken at random, such customers would have got different scores.
    """
    first = goodness.rank("min").cast(pl.Int64)
    last = goodness.rank("max").cast(pl.Int64)
    n = len(goodness)
    return _ceil_ratio(first * scores, n) != _ceil_ratio(last * scores, n)


def _ceil_ratio(top: pl.Series, bottom: int) -> pl.Series:
    return (top + (bottom - 1)) // max(bottom, 1)
