"""Intervals, exact tests and corrections that several analyses share, vectorised over tables.

A 2x2 table is written (a, b, c, d): a of a + b in the first group, c of c + d in the second.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import hypergeom, norm

Array = np.ndarray


def support_count(share: float, n: int) -> int:
    """The smallest count that is at least `share` of `n`, and at least 1.

    Guarded against float error: 0.07 x 100 is 7.000000000000001, which must not ask for 8.

    >>> support_count(0.07, 100), support_count(0.01, 250), support_count(1e-9, 10)
    (7, 3, 1)
    """
    return max(1, math.ceil(share * n - 1e-9 * max(1.0, share * n)))


def wilson(successes: Array, n: Array, confidence: float = 0.95) -> tuple[Array, Array]:
    """Score interval of a share, in [0, 1]; (0, 1) where n is 0. Wilson 1927, JASA 22:209."""
    x, n = np.asarray(successes, float), np.asarray(n, float)
    z = norm.ppf(0.5 + confidence / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = x / n
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    low, high = np.where(n > 0, middle - half, 0.0), np.where(n > 0, middle + half, 1.0)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def newcombe(a: Array, n_a: Array, c: Array, n_c: Array, confidence: float = 0.95
             ) -> tuple[Array, Array]:  # fmt: skip
    """Interval of the difference a/n_a - c/n_c in [-1, 1]. Newcombe 1998, Stat Med 17:873 (10)."""
    p, q = np.asarray(a, float) / n_a, np.asarray(c, float) / n_c
    (low_p, high_p), (low_q, high_q) = wilson(a, n_a, confidence), wilson(c, n_c, confidence)
    below = np.sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    above = np.sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    return p - q - below, p - q + above


def odds_ratio(a: Array, b: Array, c: Array, d: Array, confidence: float = 0.95
               ) -> tuple[Array, Array, Array]:  # fmt: skip
    """Odds ratio with its interval, one half added to every cell (Haldane-Anscombe, Woolf)."""
    cells = [np.asarray(x, float) + 0.5 for x in (a, b, c, d)]
    log = np.log(cells[0]) - np.log(cells[1]) - np.log(cells[2]) + np.log(cells[3])
    half = norm.ppf(0.5 + confidence / 2) * np.sqrt(sum(1 / x for x in cells))
    return np.exp(log), np.exp(log - half), np.exp(log + half)


def fisher_greater(a: Array, b: Array, c: Array, d: Array) -> Array:
    """One-sided exact p: at least `a` in the first cell, margins fixed. Fisher 1935."""
    a, b, c, d = (np.asarray(x, np.int64) for x in (a, b, c, d))
    return np.clip(hypergeom.sf(a - 1, a + b + c + d, a + c, a + b), 0.0, 1.0)


def fisher_two_sided(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Two-sided exact p: all tables with these margins that are no more likely than this one.

    Each distinct table is computed once; a relative 1e-7 decides ties, as R and SciPy do.
    """
    tables = np.stack(np.broadcast_arrays(a, b, c, d), axis=-1).reshape(-1, 4).astype(np.int64)
    distinct, back = np.unique(tables, axis=0, return_inverse=True)
    return np.array([_two_sided(*row) for row in distinct])[back.ravel()]


def _two_sided(a: int, b: int, c: int, d: int) -> float:
    low, high = max(0, a - d), min(a + b, a + c)
    # Beyond 40 standard deviations from the middle no table adds to p, however large the samples.
    n = a + b + c + d
    middle = (a + b) * (a + c) / max(n, 1)
    reach = 40 * math.sqrt(middle * (n - a - b) * (n - a - c) / max(n, 1) / max(n - 1, 1)) + 50
    low, high = (
        max(low, min(a, math.floor(middle - reach))),
        min(high, max(a, math.ceil(middle + reach))),
    )
    # Each table from the one before it: some ten times as fast as the library's own probabilities.
    x = np.arange(low, high, dtype=float)
    steps = np.log((a + b - x) * (a + c - x)) - np.log((x + 1) * (d - a + x + 1))
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    chance = np.exp(logs - logs.max())
    chance /= chance.sum()
    return float(min(1.0, chance[chance <= chance[a - low] * (1 + 1e-7)].sum()))


def benjamini_hochberg(p: Array, tested: int | None = None) -> Array:
    """q values: the false discovery rate at which each hypothesis is first rejected, in [0, 1].

    Args:
        p: p values, shape (hypotheses,).
        tested: hypotheses tested in all, where only the small p values were kept; correcting only
            for those that passed a filter on the same data lets noise through.

    Source: Benjamini & Hochberg 1995, J R Stat Soc B 57:289.
    """
    p = np.asarray(p, float)
    m = max(tested or 0, len(p))
    order = np.argsort(p, kind="stable")
    raised = p[order] * m / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return q


def holm(p: Array, tested: int | None = None) -> Array:
    """Adjusted p values that hold the chance of any false rejection. Holm 1979, Scand J Stat 6:65."""
    p = np.asarray(p, float)
    m = max(tested or 0, len(p))
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * (m - np.arange(len(p))))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted
