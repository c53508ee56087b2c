"""What no threshold changes: how long every customer is idle at each boundary, and the long gaps.

A slider that moves a threshold pays only for comparing these numbers with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.lifecycle.days import Calendar

Array = np.ndarray
NEVER = np.int16(np.iinfo(np.int16).max)
LEAST_GAP = 7  # days; the gaps kept are longer


@dataclass(frozen=True)
class Gaps:
    """Active days that ended a gap of more than `least` days, in the order of the day.

    Args:
        least: days.
        place: the customer's position, shape (gaps,).
        day: of the return, in days since 1970, same shape.
        days: length of the gap, same shape.
    """

    least: int
    place: Array
    day: Array
    days: Array


@dataclass(frozen=True)
class Standing:
    """Every customer at every boundary day.

    Args:
        boundaries: days since 1970, rising, shape (boundaries,).
        last: position in `Calendar.day` of the last active day; before the customer's first one where
            there is none, shape (boundaries, customers), int32.
        idle_days: since that day, `NEVER` without one, same shape, int16.
        acts: active days up to the boundary (at most 32,767), same shape, int16.
        absent: not yet a customer, same shape.
        gaps: the long ones.
    """

    boundaries: Array
    last: Array
    idle_days: Array
    acts: Array
    absent: Array
    gaps: Gaps


def standing(calendar: Calendar, boundaries: Array) -> Standing:
    """One pass over the active days."""
    boundaries = np.asarray(boundaries, np.int32)
    last = last_active(calendar, boundaries).astype(np.int32)
    begins = calendar.start[:-1].astype(np.int32)
    acts = np.minimum(last - begins + 1, NEVER).astype(np.int16)
    idle = np.full(last.shape, NEVER)
    opened = calendar.opened
    for row, day in enumerate(boundaries):
        some = np.flatnonzero(acts[row] > 0)
        idle[row, some] = np.minimum(day - calendar.day[last[row, some]], NEVER - 1)
    absent = opened[None, :] > boundaries[:, None]
    return Standing(boundaries, last, idle, acts, absent, gaps(calendar, LEAST_GAP))


def last_active(calendar: Calendar, boundaries: Array) -> Array:
    """Position of the last active day up to each boundary, shape (boundaries, customers)."""
    m, n = len(boundaries), calendar.size
    bucket = np.searchsorted(boundaries, calendar.day, side="left")
    cell = bucket.astype(np.int32) * np.int32(n) + calendar.place
    counted = np.bincount(cell, minlength=(m + 1) * n)[: m * n].reshape(m, n)
    return calendar.start[:-1] - 1 + np.cumsum(counted, axis=0)


def gaps(calendar: Calendar, least: int) -> Gaps:
    """The gaps of more than `least` days between active days of one customer."""
    length = np.diff(calendar.day, prepend=0)
    first = calendar.start[:-1]
    length[first[first < len(length)]] = 0
    at = np.flatnonzero(length > least)
    at = at[np.argsort(calendar.day[at], kind="stable")]
    place = np.searchsorted(calendar.start, at, side="right") - 1
    return Gaps(least, place.astype(np.int32), calendar.day[at], length[at])
