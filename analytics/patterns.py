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
from itertools import pairwise

import numpy as np

from analytics.ragged import Array, Found, Ragged
from analytics.reach import Events, Limits, Reach, reach_of
from analytics.text import Text

__all__ = ["Events", "Limits", "Note", "mine"]

CHUNK_CANDIDATES = 250_000  # small enough to stay in the processor's cache
TOO_MANY = Text(
    "More than {limit} patterns: raise the support, shorten the patterns or set a gap or window.",
    "序列模式超过 {limit} 个：请提高支持度、缩短模式或设置间隔/时间窗限制。",
)


@dataclass(frozen=True)
class _Block:
    """Occurrences of patterns of one length: sorted by (pattern, sequence, end)."""

    sets: Array  # (patterns, length)
    pattern: Array
    end: Array
    start: Array


@dataclass(frozen=True)
class _Piece(_Block):
    """Some patterns of a block, and where each of their occurrences may go on to."""

    low: Array  # first position of the next step
    size: Array  # how many positions from there on


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
    counts = _holders(events)
    items = np.flatnonzero(counts >= min_count)
    events = _narrowed(events, items, limits)
    reach = reach_of(events, limits)
    found = Found(max_patterns, TOO_MANY)
    stack = [_singles(events, reach)]
    found.add(items[stack[0].sets], counts[items])
    _tell(note, stack[0], items, events)
    follows = np.ones((len(items), len(items)), bool)
    while stack:
        block = stack.pop()
        length = block.sets.shape[1]
        if not len(block.sets) or length == max_length:
            continue
        last = note is None and length + 1 == max_length
        pairs = np.zeros_like(follows)
        for piece in _pieces(block, reach):
            longer, supports = _extend(piece, events, reach, follows, min_count, last)
            if len(supports):
                found.add(items[longer.sets], supports)
                _tell(note, longer, items, events)
                stack.append(longer)
                pairs[longer.sets[:, -2], longer.sets[:, -1]] = True
        if length == 1:  # whatever is frequent holds frequent neighbours only
            follows = pairs
    return found.sorted()


def _holders(events: Events) -> Array:
    """Sequences that hold each item."""
    key = np.sort(events.sequence.astype(np.int64) * events.n_items + events.item)
    fresh = np.ones(len(key), bool)
    fresh[1:] = key[1:] != key[:-1]
    return np.bincount(key[fresh] % max(events.n_items, 1), minlength=events.n_items)


def _narrowed(events: Events, items: Array, limits: Limits) -> Events:
    """Events with the frequent items coded 0, 1, ..; rare ones share the code behind them.

    Rare ones are left out where positions do not count. Four-byte codes: half the memory to walk.
    """
    place = np.full(events.n_items, len(items), np.int32)
    place[items] = np.arange(len(items))
    sequence, item, time = events.sequence.astype(np.int32), place[events.item], events.time
    if not limits.by_steps:
        kept = item < len(items)
        sequence, item, time = sequence[kept], item[kept], time[kept]
    return Events(sequence, item, time, events.n, len(items) + 1)


def _tell(note: Note | None, block: _Block, items: Array, events: Events) -> None:
    if note is not None and len(block.sets):
        note(items[block.sets], block.pattern, events.sequence[block.end], events.time[block.end])


def _singles(events: Events, reach: Reach) -> _Block:
    n = events.n_items - 1
    keep = events.item < n
    if reach.previous_same is not None:
        keep &= reach.previous_same < 0
    at = np.flatnonzero(keep).astype(np.int32)
    pattern, order = _sorted(events.item[at])
    return _Block(np.arange(n)[:, None], pattern, at[order], at[order])


def _sorted(key: Array) -> tuple[Array, Array]:
    """Small whole keys in order, equal ones as given, and the order: quicker than a stable sort."""
    packed = np.sort((key.astype(np.int64) << 32) | np.arange(len(key)))
    return packed >> 32, packed & 0xFFFFFFFF


def _pieces(block: _Block, reach: Reach) -> Iterator[_Piece]:
    """The block cut at pattern borders so that no piece asks for too many candidates."""
    low, size = _ranges(block, reach)
    starts = np.searchsorted(block.pattern, np.arange(len(block.sets) + 1))
    until = np.concatenate([[0], np.cumsum(size, dtype=np.int64)])[starts]
    borders = np.flatnonzero(np.diff(until[1:] // CHUNK_CANDIDATES)) + 1
    for first, stop in pairwise([0, *borders.tolist(), len(block.sets)]):
        part = slice(starts[first], starts[stop])
        yield _Piece(block.sets[first:stop], block.pattern[part] - first, block.end[part],
                     block.start[part], low[part], size[part])  # fmt: skip


def _ranges(block: _Block, reach: Reach) -> tuple[Array, Array]:
    """First position of the next step of every occurrence, and how many from there on."""
    span = reach.span[block.end]
    low, high = (span >> 32).astype(np.int32), (span & 0xFFFFFFFF).astype(np.int32)
    if reach.window is not None:
        high = np.minimum(high, reach.window[block.start])
    if reach.previous_same is None and len(low):
        # A later end of the same pattern and sequence takes over from its own `low` on. One of a
        # later sequence lies past `high` anyway.
        same = block.pattern[1:] == block.pattern[:-1]
        np.minimum(high[:-1], low[1:], out=high[:-1], where=same)
    return low, np.maximum(high - low, 0)


def _candidates(piece: _Piece) -> tuple[Array, Array]:
    """(occurrence, position) of every possible next event, in (pattern, sequence, position) order."""
    total = np.cumsum(piece.size)
    owner = np.repeat(np.arange(len(total), dtype=np.int32), piece.size)
    shift = (piece.low - (total - piece.size)).astype(np.int32)
    return owner, np.arange(len(owner), dtype=np.int32) + shift[owner]


def _extend(piece: _Piece, events: Events, reach: Reach, follows: Array, min_count: int, last: bool
            ) -> tuple[_Block, Array]:  # fmt: skip
    """Patterns one step longer with their supports; the `last` ones without their occurrences."""
    owner, position = _candidates(piece)
    if reach.previous_same is not None:
        # only the first of an item at or after the earliest place a step may reach
        keep = reach.previous_same[position] < piece.low[owner]
        owner, position = owner[keep], position[keep]
    key = piece.pattern[owner] * events.n_items + events.item[position]
    rows = np.bincount(key, minlength=len(piece.sets) * events.n_items)
    # rows bound the support from above
    enough = rows >= min_count
    enough.reshape(-1, events.n_items)[:, :-1] &= follows[piece.sets[:, -1]]
    enough[events.n_items - 1 :: events.n_items] = False
    kept = np.flatnonzero(enough[key])
    owner, position = owner[kept], position[kept]
    key, order = _sorted(key[kept])
    position = position[order]
    free = reach.previous_same is not None
    support = rows if free else _distinct(key, events.sequence[position], len(rows))
    good = np.flatnonzero((support >= min_count) & enough)
    sets = np.hstack([piece.sets[good // events.n_items], (good % events.n_items)[:, None]])
    if last:
        none = np.zeros(0, np.int32)
        return _Block(sets, none, none, none), support[good]
    place = np.full(len(rows), -1, np.int64)
    place[good] = np.arange(len(good))
    new = place[key]
    inside = np.flatnonzero(new >= 0)
    start = piece.start[owner[order[inside]]]
    return _Block(sets, new[inside], position[inside], start), support[good]


def _distinct(key: Array, sequence: Array, size: int) -> Array:
    """Different sequences per key; keys are sorted and sequences sorted within a key."""
    fresh = np.ones(len(key), bool)
    fresh[1:] = (key[1:] != key[:-1]) | (sequence[1:] != sequence[:-1])
    return np.bincount(key[fresh], minlength=size)
