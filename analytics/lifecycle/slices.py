"""Large tables a part at a time: whole customers, so many that a part fits in memory."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from analytics.dataset import Scope

Array = np.ndarray
ROWS_AT_ONCE = 5_000_000


def of_customers(scope: Scope, table: str, at_once: int = ROWS_AT_ONCE) -> list[tuple[int, int]]:
    """Ranges of customer keys, both ends included, that hold about `at_once` rows of `table` each.

    Every customer's rows lie within one range. No range where the table names no customer.
    """
    ends = scope.query(f"SELECT min(customer_key) AS a, max(customer_key) AS b FROM {table}", step="customers")  # fmt: skip
    low, high = ends.row(0)
    if low is None:
        return []
    parts = min(-(-scope.data.rows(table) // at_once) or 1, high - low + 1)
    borders = np.linspace(low, high + 1, parts + 1).astype(int)
    return [(int(a), int(b) - 1) for a, b in pairwise(borders)]


def placed(unit: Array) -> tuple[Array, Array]:
    """The distinct values of `unit`, rising, and the place of every row's among them.

    Quick where rows of a unit mostly follow one another: only the first of every run is sorted.
    """
    first = np.flatnonzero(np.diff(unit, prepend=-1))
    units, run = np.unique(unit[first], return_inverse=True)
    return units, np.repeat(run, np.diff(np.append(first, len(unit))))
