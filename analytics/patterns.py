"""Frequent sequential patterns under gap and window limits, on flat arrays (pattern growth).

A pattern <a, b, c> is held by a sequence that has a, later b, later c, such that every step keeps
the gap limits and the whole keeps the window. Support counts sequences, once each (Pei et al. 2001,
"PrefixSpan"; limits as in Zaki 2000, "cSPADE", and Srikant & Agrawal 1996, "GSP").

Why all ends are kept under a limit: with a@0, a@8, b@9 and a gap of at most 2, the earliest a leads
nowhere. For each pattern and sequence the ends are kept with the latest start that reaches them. The
latest start never falls from one end to the next, so each candidate needs only the closest feasible
end before it, which makes a level linear in the events and the window test exact. Without limits the
earliest end alone is enough.

Support under a gap or window limit is not monotone when a middle event is left out, so closed and
maximal filters are refused there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.ragged import Array, Found, Ragged
from analytics.text import Text

CHUNK_CANDIDATES = 4_000_000
TOO_MANY = Text(
    "More than {limit} patterns: raise the support, shorten the patterns or set a gap or window.",
    "序列模式超过 {limit} 个：请提高支持度、缩短模式或设置间隔/时间窗限制。",
)


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
class _Reach:
    """From each event, the positions its next step may take, before the window is asked."""

    low: Array  # first position that keeps the lower limits
    high: Array  # one past the last position that keeps the upper limits
    window: Array  # one past the last position inside the window opened at this event
    previous_same: Array  # previous event of the same item in the sequence, or -1


@dataclass(frozen=True)
class _Block:
    """Occurrences of patterns of one length: sorted by (pattern, sequence, end)."""

    sets: Array  # (patterns, length)
    pattern: Array
    end: Array
    start: Array


# (patterns of one length, and per occurrence its pattern, its sequence and the time of its end)
Note = Callable[[Array, Array, Array, Array], None]


def mine(events: Events, min_count: int, limits: Limits | None = None, max_length: int | None = None,
         max_patterns: int | None = None, note: Note | None = None) -> Ragged:  # fmt: skip
    """All patterns of at most `max_length` items held by at least `min_count` sequences.

    Args:
        events: the database.
        min_count: sequences that must hold a pattern.
        limits: what an embedding must keep; none by default.
        max_length: most items of a pattern.
        max_patterns: refuse with a UserError above this many.
        note: is told every block of found patterns with their occurrences, sorted by pattern,
            sequence and end, so that who holds a pattern is known without a second pass.

    Returns: patterns by length, the more frequent first within a length.
    """
    limits, min_count = limits or Limits(), max(min_count, 1)
    first = _first_of_item(events)
    counts = np.bincount(events.item[first], minlength=events.n_items)
    if not limits.by_steps:
        kept = (counts >= min_count)[events.item]
        events = Events(events.sequence[kept], events.item[kept], events.time[kept], events.n,
                        events.n_items)  # fmt: skip
    found = Found(max_patterns, TOO_MANY)
    reach = _reach(events, limits)
    stack = [_singles(events, counts, min_count, limits.free)]
    found.add(stack[0].sets, counts[stack[0].sets[:, 0]])
    _tell(note, stack[0], events)
    frequent = counts >= min_count
    while stack:
        block = stack.pop()
        if not len(block.sets) or block.sets.shape[1] == max_length:
            continue
        for piece in _pieces(block, reach):
            longer, supports = _extend(piece, events, reach, frequent, min_count, limits.free)
            if len(supports):
                found.add(longer.sets, supports)
                _tell(note, longer, events)
                stack.append(longer)
    return found.sorted()


def _tell(note: Note | None, block: _Block, events: Events) -> None:
    if note is not None and len(block.sets):
        note(block.sets, block.pattern, events.sequence[block.end], events.time[block.end])


def _first_of_item(events: Events) -> Array:
    """Whether each event is the first of its item in its sequence."""
    return _previous_same(events) < 0


def _previous_same(events: Events) -> Array:
    key = events.sequence.astype(np.int64) * events.n_items + events.item
    order = np.argsort(key, kind="stable")
    same = np.zeros(len(key), bool)
    same[1:] = key[order][1:] == key[order][:-1]
    previous = np.full(len(key), -1, np.int64)
    previous[order[same]] = order[np.flatnonzero(same) - 1]
    return previous


def _reach(events: Events, limits: Limits) -> _Reach:
    position = np.arange(len(events.item))
    ends = np.searchsorted(events.sequence, events.sequence, side="right")
    low, high, window = position + limits.min_gap_steps, ends, ends
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
            window = clock.position(limits.window_time, "right")
    small = np.int32 if len(position) < 2**31 else np.int64
    return _Reach(low.astype(small), high.astype(small), window.astype(small),
                  _previous_same(events).astype(small))  # fmt: skip


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


def _singles(events: Events, counts: Array, min_count: int, free: bool) -> _Block:
    items = np.flatnonzero(counts >= min_count)
    place = np.full(events.n_items, -1, np.int64)
    place[items] = np.arange(len(items))
    keep = place[events.item] >= 0
    if free:
        keep &= _first_of_item(events)
    at = np.flatnonzero(keep)
    order = np.argsort(place[events.item[at]], kind="stable")
    at = at[order]
    return _Block(items[:, None], place[events.item[at]], at, at)


def _pieces(block: _Block, reach: _Reach) -> Iterator[_Block]:
    """The block cut at pattern borders so that no piece asks for too many candidates."""
    size = np.maximum(reach.high[block.end] - reach.low[block.end], 0)
    per_pattern = np.bincount(block.pattern, weights=size, minlength=len(block.sets))
    chunk = (np.cumsum(per_pattern) // CHUNK_CANDIDATES).astype(np.int64)
    borders = np.flatnonzero(np.diff(chunk)) + 1
    for patterns in np.split(np.arange(len(block.sets)), borders):
        a, b = np.searchsorted(block.pattern, [patterns[0], patterns[-1] + 1])
        yield _Block(block.sets[patterns], block.pattern[a:b] - patterns[0], block.end[a:b],
                     block.start[a:b])  # fmt: skip


def _candidates(block: _Block, events: Events, reach: _Reach, free: bool) -> tuple[Array, Array]:
    """(occurrence, position) of every possible next event, in (pattern, sequence, position) order."""
    low = reach.low[block.end]
    high = np.minimum(reach.high[block.end], reach.window[block.start])
    if not free:  # a later end of the same pattern and sequence takes over from its own `low` on
        same = (block.pattern[1:] == block.pattern[:-1]) & (
            events.sequence[block.end[1:]] == events.sequence[block.end[:-1]])  # fmt: skip
        high[:-1] = np.where(same, np.minimum(high[:-1], low[1:]), high[:-1])
    sizes = np.maximum(high - low, 0)
    owner = np.repeat(np.arange(len(low)), sizes)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return owner, low[owner] + offset


def _extend(block: _Block, events: Events, reach: _Reach, frequent: Array, min_count: int,
            free: bool) -> tuple[_Block, Array]:  # fmt: skip
    owner, position = _candidates(block, events, reach, free)
    item = events.item[position]
    keep = frequent[item]
    if free:  # only the first of an item at or after the earliest place a step may reach
        keep &= reach.previous_same[position] < reach.low[block.end[owner]]
    owner, position, item = owner[keep], position[keep], item[keep]
    key = block.pattern[owner] * events.n_items + item
    rows = np.bincount(key, minlength=len(block.sets) * events.n_items)
    enough = rows >= min_count  # rows bound the support from above
    kept = enough[key]
    owner, position, key = owner[kept], position[kept], key[kept]
    order = np.sort((key << 32) | np.arange(len(key))) & 0xFFFFFFFF
    owner, position, key = owner[order], position[order], key[order]
    support = rows if free else _distinct(key, events.sequence[position], len(rows))
    good = np.flatnonzero((support >= min_count) & enough)
    place = np.full(len(rows), -1, np.int64)
    place[good] = np.arange(len(good))
    new = place[key]
    inside = new >= 0
    sets = np.hstack([block.sets[good // events.n_items], (good % events.n_items)[:, None]])
    longer = _Block(sets, new[inside], position[inside], block.start[owner[inside]])
    return longer, support[good]


def _distinct(key: Array, sequence: Array, size: int) -> Array:
    """Different sequences per key; keys are sorted and sequences sorted within a key."""
    fresh = np.ones(len(key), bool)
    fresh[1:] = (key[1:] != key[:-1]) | (sequence[1:] != sequence[:-1])
    return np.bincount(key[fresh], minlength=size)
