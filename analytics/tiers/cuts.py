"""Where high ends and middle begins: by shares of customers, by natural breaks, or at fixed amounts."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
MOST_POINTS = 400


def by_shares(values: Array, high: float, middle: float) -> tuple[float, float]:
    """(middle from, high from) so that about these shares of the customers lie above."""
    return float(np.quantile(values, 1 - high - middle)), float(np.quantile(values, 1 - high))


def jenks(values: Array, classes: int = 3) -> list[float]:
    """Smallest value of every class but the first: natural breaks, exact (Fisher, JASA 53, 1958, 789-798).

    The classes have the least sum of squared distances to their means. Of many customers 400 evenly
    spaced quantiles are taken.

    >>> jenks(np.array([1.0, 2, 2, 10, 11, 30, 31]))
    [10.0, 30.0]
    """
    points = np.sort(values)
    if len(points) > MOST_POINTS:
        points = np.quantile(points, np.linspace(0, 1, MOST_POINTS))
    n = len(points)
    sums, squares = np.r_[0, np.cumsum(points)], np.r_[0, np.cumsum(points**2)]
    start, end = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    size = np.maximum(end - start, 1)
    cost = np.where(
        end > start, squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / size, np.inf
    )
    best, steps = cost[0].copy(), []
    for _ in range(classes - 1):
        total = best[:, None] + cost
        steps.append(total.argmin(axis=0))
        best = total.min(axis=0)
    breaks, at = [], n
    for step in reversed(steps):
        at = int(step[at])
        breaks.append(float(points[min(at, n - 1)]))
    return breaks[::-1]
