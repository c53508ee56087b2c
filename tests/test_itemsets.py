"""Packed-bit itemsets against a textbook count by hand, mlxtend, and the classic sets."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import fpgrowth

from analytics import itemsets
from analytics.itemsets import Baskets, mine
from analytics.text import UserError


def baskets_of(rows: list[list[int]], n_items: int) -> Baskets:
    pairs = [(b, i) for b, row in enumerate(rows) for i in row]
    basket, item = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return Baskets.of(basket, item, len(rows), n_items)


def test_four_baskets_by_hand():
    # 0 in three baskets, 1 in three, 2 in two; {0,1} twice, {1,2} twice, {0,2} once
    found = mine(baskets_of([[0, 1], [0, 1, 2], [1, 2], [0, 0]], 3), min_count=2)
    assert found.as_dict() == {(0,): 3, (1,): 3, (2,): 2, (0, 1): 2, (1, 2): 2}


def test_no_basket_and_nothing_frequent_give_no_sets():
    assert len(mine(baskets_of([], 3), 1)) == 0
    assert len(mine(baskets_of([[0], [1], []], 2), 2)) == 0


def test_an_explosion_is_refused_in_words():
    with pytest.raises(UserError, match="raise the support"):
        mine(baskets_of([list(range(15))] * 3, 15), 1, max_itemsets=1000)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 7), max_size=8), min_size=1, max_size=40),
    st.integers(1, 6),
    st.sampled_from([None, 1, 2, 3]),
)
def test_random_baskets_equal_mlxtend(rows, min_count, max_length):
    table = pd.DataFrame(False, index=range(len(rows)), columns=range(8))
    for b, row in enumerate(rows):
        table.loc[b, sorted(set(row))] = True
    if max(map(len, rows)) == 0 or min_count > len(rows):  # the oracle refuses these
        assert len(mine(baskets_of(rows, 8), min_count)) == 0
        return
    share = (min_count - 0.5) / len(rows)  # half a basket below: no float boundary in the oracle
    oracle = fpgrowth(table, min_support=share, use_colnames=True, max_len=max_length)
    expected = {
        tuple(sorted(items)): round(s * len(rows))
        for items, s in zip(oracle["itemsets"], oracle["support"], strict=True)
    }
    assert mine(baskets_of(rows, 8), min_count, max_length).as_dict() == expected


@pytest.mark.parametrize(
    ("name", "min_count", "sets"),
    [("retail", 176, 2715), ("mushroom", 1000, 154_591), ("BMS1", 50, 8191),
     ("kosarak25k", 125, 1668), ("chess", 2237, 48_969)],
)  # fmt: skip
def test_counts_of_the_classic_sets(shared_file: Callable[[str], Path], name, min_count, sets):
    with gzip.open(shared_file(f"mining/{name}.dat.gz"), "rt") as lines:
        rows = [[int(word) for word in line.split()] for line in lines]
    assert len(mine(baskets_of(rows, max(map(max, filter(None, rows))) + 1), min_count)) == sets


@pytest.mark.parametrize(
    ("kept", "chunk"), [(1 << 20, 1 << 20), (0, 1 << 20), (1 << 20, 1), (0, 1)]
)
def test_packed_rows_have_a_bit_for_every_basket_that_holds_the_item(monkeypatch, kept, chunk):
    """Against plain membership, whether rows are kept or not, packed at once or one by one."""
    monkeypatch.setattr(itemsets, "KEPT_BYTES", kept)
    monkeypatch.setattr(itemsets, "CHUNK_BYTES", chunk)
    held = (
        np.random.default_rng(5).random((130, 7)) < 0.4
    )  # 130 baskets: three words, the last not full
    baskets = Baskets.of(*np.nonzero(held), 130, 7)
    for items in ([5, 0, 3], [6], list(range(7))):
        rows = baskets.packed(np.array(items))
        assert rows.shape == (len(items), 3)
        bits = np.unpackbits(rows.view(np.uint8), axis=1)
        assert (bits[:, :130] == held[:, items].T).all()
        assert not bits[:, 130:].any()
