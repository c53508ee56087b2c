"""Moves between a customer's own accounts: the same day, the opposite amount, another account.

Why by day and not by second: two systems book the two legs.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
ODD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)  # any two large odd numbers


def moves(day_of_customer: Array, account: Array, amount: Array) -> Array:
    """Which movements are a leg of a move between own accounts, shape (rows,), bool.

    Args:
        day_of_customer: one number per customer and day; the customer in the bits from 24 on.
        account: key of the account.
        amount: signed, in whole units, not 0.

    A day's movements of one size are such moves if they cancel out and lie on several accounts.
    """
    rows = _twice(day_of_customer, amount)
    day, size, held = day_of_customer[rows], np.abs(amount[rows]), account[rows]
    order = np.lexsort((size, day))
    rows, day, size, held = rows[order], day[order], size[order], held[order]
    new = (np.diff(day, prepend=-1) != 0) | (np.diff(size, prepend=-1) != 0)
    first = np.flatnonzero(new)
    found = np.zeros(len(amount), bool)
    if len(first):
        whole = np.add.reduceat(amount[rows], first) == 0
        apart = np.minimum.reduceat(held, first) != np.maximum.reduceat(held, first)
        found[rows[(whole & apart)[np.cumsum(new) - 1]]] = True
    return found


def _twice(day: Array, amount: Array) -> Array:
    """Rows whose day and size occur at least twice, and few others.

    Why by a mixed number: one sort of it is far quicker than a sort by two columns; what it throws
    together by chance is told apart afterwards.
    """
    mixed = (day.astype(np.uint64) * ODD[0]) ^ (np.abs(amount).astype(np.uint64) * ODD[1])
    order = np.argsort(mixed)
    same = mixed[order][1:] == mixed[order][:-1]
    twice = np.append(same, False) | np.append(False, same) if len(day) else np.zeros(0, bool)
    return np.sort(order[twice])
