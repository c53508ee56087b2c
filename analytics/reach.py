"""Events in order, the limits of a step, and where each event may go on to.

One sorted key of all sequences answers every question about time, so nothing loops over sequences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.ragged import Array


@dataclass(frozen=True)
class Events:
    """Events of all sequences, sorted by (sequence, time, given order).

    Args:
        sequence: sequence of each event, 0-based and non-decreasing, shape (events,).
        item: item code of each event, 0-based, shape (events,).
        time: time of each event in whatever unit the limits use, shape (events,).
        n: sequences in all, empty ones included: the denominator of every support.
        n_items: item codes in all.
    """

    sequence: Array
    item: Array
    time: Array
    n: int
    n_items: int

    @classmethod
    def of(cls, sequence: Array, item: Array, time: Array | None, n: int, n_items: int) -> Events:
        """Sort the events; without times the given order is the time (1 unit a step)."""
        sequence, item = np.asarray(sequence), np.asarray(item)
        if time is None:
            order = np.argsort(sequence, kind="stable")
            sequence, item = sequence[order], item[order]
            begins = np.searchsorted(sequence, sequence, side="left")
            return cls(sequence, item, np.arange(len(item)) - begins, n, n_items)
        order = np.lexsort((np.asarray(time), sequence))
        return cls(sequence[order], item[order], np.asarray(time)[order], n, n_items)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an embedding must keep; None lifts a limit. Times are in the unit of `Events.time`.

    A step's gap is the difference of positions (1 is consecutive) or of times, both inclusive.
    `strict_time` refuses a step between two events of the same time.
    """

    min_gap_steps: int = 1
    max_gap_steps: int | None = None
    min_gap_time: float = 0
    max_gap_time: float | None = None
    window_time: float | None = None
    strict_time: bool = False

    @property
    def free(self) -> bool:
        """Whether the earliest end alone decides: no upper limit of any kind."""
        return self.max_gap_steps is None and self.max_gap_time is None and self.window_time is None

    @property
    def by_time(self) -> bool:
        """Whether any limit looks at the clock."""
        return (self.strict_time or self.min_gap_time > 0 or self.max_gap_time is not None
                or self.window_time is not None)  # fmt: skip

    @property
    def by_steps(self) -> bool:
        """Whether positions count, so that rare events may not be left out."""
        return self.max_gap_steps is not None or self.min_gap_steps > 1


@dataclass(frozen=True)
class Reach:
    """From each event, the positions its next step may take."""

    span: Array  # first position that keeps the lower limits, and one past the last that keeps the
    # upper ones, packed as low << 32 | high: one look-up instead of two
    window: Array | None  # one past the last position inside the window opened at each event
    previous_same: Array | None  # previous event of the same item, or -1; without limits only


def _previous_same(events: Events) -> Array:
    key = events.sequence.astype(np.int64) * events.n_items + events.item
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    same = np.flatnonzero(ranked[1:] == ranked[:-1]) + 1
    previous = np.full(len(key), -1, np.int32)
    previous[order[same]] = order[same - 1]
    return previous


def _ends(events: Events) -> Array:
    """One past the last event of each event's own sequence."""
    borders = np.flatnonzero(events.sequence[1:] != events.sequence[:-1]) + 1
    edges = np.concatenate([[0], borders, [len(events.sequence)]])
    return np.repeat(edges[1:], np.diff(edges))


def reach_of(events: Events, limits: Limits) -> Reach:
    """Where each event's next step may lie under the limits."""
    position, ends = np.arange(len(events.item)), _ends(events)
    low, high, window = position + limits.min_gap_steps, ends, None
    if limits.max_gap_steps is not None:
        high = np.minimum(ends, position + limits.max_gap_steps + 1)
    if limits.by_time:
        clock = _Clock(events)
        if limits.strict_time or limits.min_gap_time > 0:
            at = clock.position(limits.min_gap_time, "left" if limits.min_gap_time > 0 else "right")
            low = np.maximum(low, at)
        if limits.max_gap_time is not None:
            high = np.minimum(high, clock.position(limits.max_gap_time, "right"))
        if limits.window_time is not None:
            window = clock.position(limits.window_time, "right").astype(np.int32)
    return Reach(low << 32 | high, window, _previous_same(events) if limits.free else None)


class _Clock:
    """Finds positions by time inside each sequence with one sorted key for all sequences."""

    def __init__(self, events: Events) -> None:
        self.times, rank = np.unique(events.time, return_inverse=True)
        self.events = events
        self.base = events.sequence.astype(np.int64) * (len(self.times) + 1)
        self.key = self.base + rank

    def position(self, later: float, side: Literal["left", "right"]) -> Array:
        """First position whose time is >= (`left`) or > (`right`) the event's time + `later`."""
        rank = np.searchsorted(self.times, self.events.time + later, side=side)
        return np.searchsorted(self.key, self.base + rank, side="left")
