"""Who holds a pattern and when, against the miner under every limit and by hand."""

import numpy as np
import pytest

from analytics.patterns import Limits, mine
from analytics.sequences.holders import Tracer, mine_family, trace
from tests.test_patterns import events_of, random_case


@pytest.mark.parametrize("block", range(4))
def test_holders_equal_the_miner_under_every_limit(block):
    for seed in range(block * 60, block * 60 + 60):
        sequences, n_items, limits, min_count, longest = random_case(seed)
        events = events_of(sequences, n_items)
        expected = mine(events, min_count, limits, longest).as_dict()
        family = mine_family(events, min_count, limits, longest, None)
        assert dict(zip(family.patterns, family.counts.tolist(), strict=True)) == expected
        tracer = Tracer(events, limits)
        for number, pattern in enumerate(family.patterns):
            found, shared = trace(events, pattern, limits), tracer.trace(pattern)
            assert found.sequence.tolist() == family.holders(number).tolist(), (seed, pattern)
            assert found.end.tolist() == family.ends(number).tolist(), (seed, pattern)
            assert all(
                np.array_equal(a, b)
                for a, b in zip(vars(found).values(), vars(shared).values(), strict=True)
            )


def test_the_first_embedding_that_ends_is_traced():
    # a@0, a@8, b@9, c@10, b@30: within 2 only the second a reaches b, and c follows at once
    events = events_of([[(0, 0), (8, 0), (9, 1), (10, 2), (30, 1)]], 3)
    found = trace(events, (0, 1, 2), Limits(max_gap_time=2))
    assert [found.start.tolist(), found.before.tolist(), found.end.tolist()] == [[8], [9], [10]]


def test_nobody_holds_what_never_happens():
    events = events_of([[(0, 0), (1, 1)]], 3)
    assert trace(events, (1, 0), Limits()).sequence.tolist() == []
    assert np.asarray(trace(events, (2,), Limits()).end).tolist() == []
