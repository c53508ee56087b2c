"""Mean shifts in a series: one change (AMOC) and several (PELT with a squared-error cost).

The penalty is 2 sigma^2 log n, with sigma from the MAD of the differences. Why of the differences: a
shift inflates the standard deviation of the series, and would hide itself.

Literature: Killick, Fearnhead & Eckley, JASA 107 (2012), 1590-1598; Yao, Statistics & Probability
Letters 6 (1988), 181-189, for the penalty.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def noise(series: Array) -> float:
    """Standard deviation of the noise: MAD of the first differences, scaled for a normal."""
    steps = np.diff(series)
    if not len(steps):
        return 0.0
    return float(1.4826 * np.median(np.abs(steps - np.median(steps))) / np.sqrt(2))


def _cost(series: Array) -> tuple[Array, Array]:
    zero = np.zeros(1)
    return (np.concatenate([zero, np.cumsum(series)]),
            np.concatenate([zero, np.cumsum(series**2)]))  # fmt: skip


def _between(sums: tuple[Array, Array], begin: Array | int, end: int) -> Array:
    """Residual sum of squares of series[begin:end] about its mean."""
    total = sums[0][end] - sums[0][begin]
    return (sums[1][end] - sums[1][begin]) - total**2 / (end - begin)


def one_change(series: Array, least: int = 2) -> tuple[int, float]:
    """The split that leaves the smallest residual sum of squares: its place, and that sum.

    The second part begins at the place. Shape of `series`: (n,), n >= 2 * least.
    """
    n = len(series)
    sums = _cost(np.asarray(series, float))
    splits = np.arange(least, n - least + 1)
    left = np.array([float(_between(sums, 0, int(s))) for s in splits])
    right = _between(sums, splits, n)
    best = int((left + right).argmin())
    return int(splits[best]), float(left[best] + right[best])


def change_points(series: Array, sigma: float | None = None, least: int = 4) -> list[int]:
    """Where the mean shifts (each the first index of a new level), by PELT; none in a short series.

    Args:
        series: values at equal steps.
        sigma: the noise; estimated by `noise` unless given.
        least: shortest level, in steps.
    """
    values = np.asarray(series, float)
    n = len(values)
    if n < 2 * least:
        return []
    spread = noise(values) if sigma is None else sigma
    spread = max(spread, 1e-9 * (np.abs(values).max() + 1))
    penalty = 2 * spread**2 * np.log(n)
    sums = _cost(values)
    best, before = np.full(n + 1, np.inf), np.zeros(n + 1, int)
    best[0] = -penalty
    open_starts = np.array([0])
    for end in range(least, n + 1):
        ready = open_starts[open_starts <= end - least]
        costs = best[ready] + _between(sums, ready, end)
        pick = int(costs.argmin())
        best[end], before[end] = costs[pick] + penalty, ready[pick]
        kept = ready[costs <= best[end]]
        waiting = open_starts[open_starts > end - least]
        open_starts = np.concatenate([kept, waiting, [end - least + 1]])
    return _walk_back(before, n)


def many_change_points(series: Array, sigma: Array, least: int = 4) -> list[list[int]]:
    """`change_points` of many series of one length at once, shape (series, n), with their noise.

    Why without pruning: for series of a few dozen steps all starts together are quicker in one array
    operation than the few that pruning leaves, one series after the other.
    """
    values = np.asarray(series, float)
    m, n = values.shape
    if n < 2 * least:
        return [[] for _ in range(m)]
    spread = np.maximum(sigma, 1e-9 * (np.abs(values).max(axis=1) + 1))
    penalty = 2 * spread**2 * np.log(n)
    zero = np.zeros((m, 1))
    first = np.concatenate([zero, values.cumsum(axis=1)], axis=1)
    second = np.concatenate([zero, (values**2).cumsum(axis=1)], axis=1)
    best, before = np.full((m, n + 1), np.inf), np.zeros((m, n + 1), int)
    best[:, 0] = -penalty
    for end in range(least, n + 1):
        starts = np.r_[0, np.arange(least, end - least + 1)]
        total = first[:, end, None] - first[:, starts]
        cost = second[:, end, None] - second[:, starts] - total**2 / (end - starts)
        cost += best[:, starts]
        pick = cost.argmin(axis=1)
        best[:, end] = cost[np.arange(m), pick] + penalty
        before[:, end] = starts[pick]
    return [_walk_back(row, n) for row in before]


def _walk_back(before: Array, n: int) -> list[int]:
    found, at = [], n
    while at > 0:
        at = int(before[at])
        if at > 0:
            found.append(at)
    return found[::-1]
