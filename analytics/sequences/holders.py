"""Who holds a pattern, and when: one pattern at a time, and whole families from the miner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from analytics.patterns import Events, Limits, mine
from analytics.ragged import Array, Ragged

Pattern = tuple[int, ...]


@dataclass
class Family:
    """Patterns with their holders, gathered while they are mined.

    After `mine_family`: pattern p is `patterns[p]`, held by `sequence[starts[p]:starts[p + 1]]`,
    whose first embedding ends at `end` (the unit of `Events.time`).
    """

    patterns: list[Pattern] = field(default_factory=list)
    sequence: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    end: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    starts: Array = field(default_factory=lambda: np.zeros(1, np.int64))

    @property
    def counts(self) -> Array:
        """Holders of each pattern."""
        return np.diff(self.starts)

    @property
    def of(self) -> Array:
        """Pattern of each entry of `sequence`."""
        return np.repeat(np.arange(len(self.patterns)), self.counts)

    def holders(self, number: int) -> Array:
        """Sequences that hold pattern `number`."""
        return self.sequence[self.starts[number] : self.starts[number + 1]]

    def ends(self, number: int) -> Array:
        """When each of its holders first completed pattern `number`."""
        return self.end[self.starts[number] : self.starts[number + 1]]


def mine_family(events: Events, min_count: int, limits: Limits, max_length: int | None,
                max_patterns: int | None) -> Family:  # fmt: skip
    """All patterns as `mine` finds them, in its order, with their holders."""
    blocks: list[tuple[list[Pattern], Array, Array, Array]] = []

    def note(sets: Array, pattern: Array, sequence: Array, end: Array) -> None:
        first = np.ones(len(pattern), bool)
        first[1:] = (pattern[1:] != pattern[:-1]) | (sequence[1:] != sequence[:-1])
        starts = np.searchsorted(pattern[first], np.arange(len(sets) + 1))
        blocks.append(([tuple(row) for row in sets.tolist()], sequence[first], end[first], starts))

    found = mine(events, min_count, limits, max_length, max_patterns, note)
    return _in_order(found, blocks)


def _in_order(found: Ragged, blocks: list[tuple[list[Pattern], Array, Array, Array]]) -> Family:
    place = {
        pattern: (b, p) for b, block in enumerate(blocks) for p, pattern in enumerate(block[0])
    }
    patterns = list(found.as_dict())
    sequences, ends, sizes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [0]
    for pattern in patterns:
        b, p = place[pattern]
        _, sequence, end, starts = blocks[b]
        sequences.append(sequence[starts[p] : starts[p + 1]])
        ends.append(end[starts[p] : starts[p + 1]])
        sizes.append(len(sequences[-1]))
    return Family(patterns, np.concatenate(sequences), np.concatenate(ends), np.cumsum(sizes))


@dataclass(frozen=True)
class Trace:
    """One embedding per holder, the first to end: sequence, times of its start, last but one, end."""

    sequence: Array
    start: Array
    before: Array
    end: Array


def trace(events: Events, pattern: Pattern, limits: Limits | Sequence[Limits]) -> Trace:
    """Who holds one pattern, and when; `limits` may be given for each step after the first."""
    steps = [limits] * (len(pattern) - 1) if isinstance(limits, Limits) else limits
    return trace_any(events, [(code,) for code in pattern], steps, [()] * len(steps))


def trace_any(events: Events, sets: Sequence[Pattern], limits: Sequence[Limits],
              barred: Sequence[Pattern]) -> Trace:  # fmt: skip
    """Who takes one step of each set in this order, and when.

    Works on the sequences that hold one of every set. The embedding is the first to end; among
    those with that end it is the latest to start (see `analytics.patterns`).

    Args:
        events: the database.
        sets: item codes that will do, of every step.
        limits: of each step after the first.
        barred: item codes that must not lie between a step and the one before it.
    """
    few = _narrowed(events, sets)
    tied = _ties(few)
    at = np.flatnonzero(np.isin(few.item, sets[0]))
    start, before, end = at, at, at
    for codes, one, bar in zip(sets[1:], limits, barred, strict=True):
        target = np.flatnonzero(np.isin(few.item, codes))
        start, before, end = _step(few, one, start, end, target, tied)
        if bar and len(end):  # the end before is the closest: if one lies between, it always does
            until = np.cumsum(np.isin(few.item, bar))
            free = until[end - 1] == until[before]
            start, before, end = start[free], before[free], end[free]
    return _first(few, start, before, end)


def _first(events: Events, start: Array, before: Array, end: Array) -> Trace:
    """The first way of every sequence, ends rising."""
    first = np.ones(len(end), bool)
    first[1:] = events.sequence[end[1:]] != events.sequence[end[:-1]]
    start, before, end = start[first], before[first], end[first]
    return Trace(events.sequence[end], events.time[start], events.time[before], events.time[end])


def _narrowed(events: Events, sets: Sequence[Pattern]) -> Events:
    """Only the sequences that hold one of every set; positions inside them stay what they were."""
    holds = np.ones(events.n, bool)
    for codes in set(sets):
        has = np.zeros(events.n, bool)
        has[events.sequence[np.isin(events.item, codes)]] = True
        holds &= has
    keep = holds[events.sequence]
    return Events(
        events.sequence[keep], events.item[keep], events.time[keep], events.n, events.n_items
    )


def _step(events: Events, limits: Limits, start: Array, end: Array, target: Array, tied: Array
          ) -> tuple[Array, Array, Array]:  # fmt: skip
    """Extend every reached end to `target` events: (start, end before, new end), ends rising.

    The latest feasible end before a target is the best one: it is the closest, and the latest start
    never falls from one end to the next.
    """
    time, sequence = events.time, events.sequence
    none = np.zeros(0, np.int64)
    if not len(end) or not len(target):
        return none, none, none
    reach = target - limits.min_gap_steps
    if limits.strict_time:
        reach = np.minimum(reach, tied[target] - 1)
    best = np.searchsorted(end, reach, side="right") - 1
    if limits.min_gap_time > 0:
        best = np.minimum(best, _rank(events).last_end(end, target, limits.min_gap_time))
    held = best >= 0
    target, chosen = target[held], best[held]
    ok = sequence[end[chosen]] == sequence[target]
    target, chosen = target[ok], chosen[ok]
    back, begin = end[chosen], start[chosen]
    ok = np.ones(len(target), bool)
    if limits.max_gap_steps is not None:
        ok &= target - back <= limits.max_gap_steps
    if limits.max_gap_time is not None:
        ok &= time[target] - time[back] <= limits.max_gap_time
    if limits.window_time is not None:
        ok &= time[target] - time[begin] <= limits.window_time
    return begin[ok], back[ok], target[ok]


def _ties(events: Events) -> Array:
    """Position of the first event of the same sequence and moment, for every event."""
    fresh = np.ones(len(events.time), bool)
    fresh[1:] = (events.sequence[1:] != events.sequence[:-1]) | (
        events.time[1:] != events.time[:-1]
    )
    return np.maximum.accumulate(np.where(fresh, np.arange(len(fresh)), 0))


class Tracer:
    """Traces of many patterns under the same limits: what they begin with is traced once.

    Args:
        events: the database.
        limits: between any two steps.
    """

    def __init__(self, events: Events, limits: Limits) -> None:
        self.events, self.limits, self.tied = events, limits, _ties(events)
        order = np.argsort(events.item, kind="stable")
        cuts = np.searchsorted(events.item[order], np.arange(events.n_items + 1))
        self._at = [order[a:b] for a, b in pairwise(cuts)]
        self._reached: dict[Pattern, tuple[Array, Array, Array]] = {}

    def trace(self, pattern: Pattern) -> Trace:
        """As `trace` gives it."""
        return _first(self.events, *self._ways(pattern))

    def _ways(self, pattern: Pattern) -> tuple[Array, Array, Array]:
        if pattern not in self._reached:
            target = self._at[pattern[-1]]
            if len(pattern) == 1:
                return target, target, target
            start, _, end = self._ways(pattern[:-1])
            self._reached[pattern] = _step(self.events, self.limits, start, end, target, self.tied)
        return self._reached[pattern]


@dataclass(frozen=True)
class _Ranks:
    times: Array
    rank: Array
    base: Array

    def last_end(self, end: Array, target: Array, later: float) -> Array:
        """Index of the last end at least `later` before each target's time."""
        wanted = self.times[self.rank[target]] - later
        limit = np.searchsorted(self.times, wanted, side="right") - 1
        return (
            np.searchsorted((self.base + self.rank)[end], self.base[target] + limit, side="right")
            - 1
        )


def _rank(events: Events) -> _Ranks:
    times, rank = np.unique(events.time, return_inverse=True)
    return _Ranks(times, rank, events.sequence.astype(np.int64) * (len(times) + 2))
