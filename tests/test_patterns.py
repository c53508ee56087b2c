"""Sequential patterns against brute force under every limit, by hand, and the classic counts."""

import gzip
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analytics import patterns
from analytics.patterns import Events, Limits, mine
from analytics.text import UserError

Sequences = list[list[tuple[int, int]]]  # (time, item) of each event, per sequence


def events_of(sequences: Sequences, n_items: int) -> Events:
    rows = [(s, t, i) for s, events in enumerate(sequences) for t, i in events]
    sequence, time, item = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Events.of(sequence, item, time, len(sequences), n_items)


def allowed(events: list[tuple[int, int]], path: list[int], q: int, limits: Limits) -> bool:
    """Whether event q may follow `path`, straight from the definition."""
    steps, time = q - path[-1], events[q][0] - events[path[-1]][0]
    span = events[q][0] - events[path[0]][0]
    upper = [(steps, limits.max_gap_steps), (time, limits.max_gap_time), (span, limits.window_time)]
    return (
        steps >= limits.min_gap_steps
        and time >= limits.min_gap_time
        and not (limits.strict_time and time <= 0)
        and all(limit is None or value <= limit for value, limit in upper)
    )


def brute_force(sequences: Sequences, min_count: int, limits: Limits, longest: int) -> dict:
    """Every embedding of every pattern is walked; nothing is shared with the miner."""
    support: Counter = Counter()
    for events in sequences:
        held, paths = set(), [[q] for q in range(len(events))]
        while paths:
            path = paths.pop()
            held.add(tuple(events[q][1] for q in path))
            if len(path) < longest:
                later = range(path[-1] + 1, len(events))
                paths += [[*path, q] for q in later if allowed(events, path, q, limits)]
        support.update(held)
    return {pattern: count for pattern, count in support.items() if count >= min_count}


def random_case(seed: int) -> tuple[Sequences, int, Limits, int, int]:
    pick = random.Random(seed)
    n_items = pick.randint(1, 4)
    sequences = [
        sorted(((pick.randint(0, 8), pick.randrange(n_items)) for _ in range(pick.randint(0, 7))),
               key=lambda event: event[0])
        for _ in range(pick.randint(1, 7))
    ]  # fmt: skip
    limits = Limits(
        min_gap_steps=pick.choice([1, 1, 1, 2, 3]),
        max_gap_steps=pick.choice([None, None, 1, 2, 3]),
        min_gap_time=pick.choice([0, 0, 0, 1, 2]),
        max_gap_time=pick.choice([None, None, 1, 2, 4]),
        window_time=pick.choice([None, None, 2, 4, 6]),
        strict_time=pick.choice([False, True]),
    )
    return sequences, n_items, limits, pick.randint(1, 3), pick.choice([2, 3, 4, 8])


@pytest.mark.parametrize("block", range(10))
def test_sixty_random_databases_equal_brute_force(block, monkeypatch):
    if block % 2:  # every pattern a piece of its own
        monkeypatch.setattr(patterns, "CHUNK_CANDIDATES", 1)
    for seed in range(block * 60, block * 60 + 60):
        sequences, n_items, limits, min_count, longest = random_case(seed)
        found = mine(events_of(sequences, n_items), min_count, limits, longest).as_dict()
        assert found == brute_force(sequences, min_count, limits, longest), f"seed {seed}"


def test_the_earliest_match_is_not_enough_under_a_gap():
    # a@0, a@8, b@9, c@10: only the second a reaches b within 2
    events = events_of([[(0, 0), (8, 0), (9, 1), (10, 2)]], 3)
    assert (0, 1, 2) in mine(events, 1, Limits(max_gap_time=2)).as_dict()


@pytest.mark.parametrize(
    ("limits", "count"),
    [(Limits(), 14), (Limits(max_gap_steps=1), 11), (Limits(window_time=2), 12)],
)
def test_the_prefixspan_readme_database(limits, count):
    # 14 by PyPI prefixspan at minimum support 2; 11 and 12 by brute force under the limits
    rows = [[0, 1, 2, 3, 4], [1, 1, 1, 3, 4], [2, 1, 2, 2, 0], [1, 1, 1, 2, 2]]
    events = events_of([list(enumerate(row)) for row in rows], 5)
    assert len(mine(events, 2, limits)) == count


def test_an_explosion_is_refused_in_words():
    with pytest.raises(UserError, match="raise the support"):
        mine(events_of([[(t, t) for t in range(16)]], 16), 1, max_patterns=1000)


@pytest.mark.parametrize(
    ("name", "min_count", "limits", "count", "longest"),
    [("SIGN", 219, Limits(), 1928, 5), ("LEVIATHAN", 292, Limits(), 3698, 8),
     ("LEVIATHAN", 117, Limits(max_gap_steps=2), 381, 4),
     ("kosarak25k", 100, Limits(), 2694, 6), ("BMS1", 60, Limits(), 3991, 6)],
)  # fmt: skip
def test_counts_of_the_classic_sets(
    shared_file: Callable[[str], Path], name, min_count, limits, count, longest
):
    with gzip.open(shared_file(f"mining/{name}.seq.gz"), "rt") as lines:
        rows = [[int(w) for w in line.split() if int(w) >= 0] for line in lines]
    codes = {item: code for code, item in enumerate(sorted({i for row in rows for i in row}))}
    events = events_of([[(t, codes[i]) for t, i in enumerate(row)] for row in rows], len(codes))
    found = mine(events, min_count, limits)
    assert (len(found), int(np.diff(found.starts).max())) == (count, longest)
