"""Nothing small leaves, and nothing small can be worked out: the attacker is a linear program."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog

from analytics.story.cells import recoverable, withheld
from analytics.story.counts import count_columns, key_columns, nested
from analytics.story.sentences import safe_sentence
from analytics.story.withhold import safe_rows, safe_table
from analytics.text import UserError

K = 10


def bounds(
    table: np.ndarray, gone: np.ndarray, known: list[np.ndarray]
) -> list[tuple[float, float]]:
    """What an attacker can say of each withheld cell: least and most, by linear programming.

    He knows that withheld cells are at least 1, and the sum of every line in `known`.
    """
    cells = np.flatnonzero(gone)
    place = {cell: i for i, cell in enumerate(cells)}
    lines = [line for line in known if gone[line].any()]
    sums = np.zeros((len(lines), len(cells)))
    for row, line in enumerate(lines):
        for cell in line[gone[line]]:
            sums[row, place[cell]] = 1
    right = [table[line].sum() - table[line][~gone[line]].sum() for line in lines]
    told = []
    for one in range(len(cells)):
        aim = np.eye(len(cells))[one]
        ends = [sign * linprog(sign * aim, A_eq=sums, b_eq=right, bounds=(1, None)).fun if len(lines)
                else end for sign, end in ((1, 1.0), (-1, np.inf))]  # fmt: skip
        told.append((ends[0], ends[1]))
    return told


def lines_of(rows: int, columns: int, counts: np.ndarray) -> list[np.ndarray]:
    """Every row, every column and the whole of a table, unless its sum is small itself."""
    cells = np.arange(rows * columns).reshape(rows, columns)
    lines = [*cells, *cells.T, cells.ravel()]
    return [line for line in lines if not 0 < counts[line].sum() < K]


def keys_of(rows: int, columns: int) -> pl.DataFrame:
    return pl.DataFrame(list(product(range(rows), range(columns))), schema=["a", "b"], orient="row").cast(pl.String)  # fmt: skip


@pytest.mark.parametrize("seed", range(25))
def test_no_small_cell_of_a_cross_table_has_a_single_possible_value(seed):
    draw = np.random.default_rng(seed)
    rows, columns = (int(n) for n in draw.integers(2, 6, 2))
    counts = draw.choice([0, 2, 5, 9, 12, 40, 300], rows * columns)
    gone = withheld(keys_of(rows, columns), counts.tolist(), K)
    small = (counts > 0) & (counts < K)
    assert gone[small].all()
    if not gone.any():
        return
    # An attacker may not know the lines that had to be kept back with their cells.
    known = lines_of(rows, columns, counts) if recoverable(keys_of(rows, columns), counts.tolist(), gone, K) == 0 else []  # fmt: skip
    for cell, (low, high) in zip(np.flatnonzero(gone), bounds(counts, gone, known), strict=True):
        if small[cell]:
            assert high - low > 0.5, (counts.reshape(rows, columns), gone.reshape(rows, columns))


@pytest.mark.parametrize(("counts", "gone"), [
    ([100, 50, 3], [0, 1, 1]), ([100, 4, 3], [1, 1, 1]), ([100, 50, 0], [0, 0, 0]), ([3], [1]), ([], []),
    ([10, 9, 12], [1, 1, 0]), ([9, 9, 40], [1, 1, 0]), ([0, 7, 0, 25], [0, 1, 0, 1]),
])  # fmt: skip
def test_a_list_loses_what_its_total_would_give_back(counts, gone):
    keys = pl.DataFrame({"g": [str(n) for n in range(len(counts))]}, schema={"g": pl.String})
    assert withheld(keys, counts, K).astype(int).tolist() == gone


def test_a_bridge_between_two_safe_looking_blocks_is_seen():
    """Every line has two withheld cells, yet the cell that joins the blocks follows from the sums."""
    table = np.array([[5, 30, 90, 90], [30, 5, 5, 90], [90, 90, 30, 5], [90, 90, 5, 30]])
    gone = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 1]], bool)
    assert recoverable(keys_of(4, 4), table.ravel().tolist(), gone.ravel(), K) == 1
    assert recoverable(keys_of(4, 4), table.ravel().tolist(),
                       withheld(keys_of(4, 4), table.ravel().tolist(), K), K) == 0  # fmt: skip


@pytest.mark.parametrize(("columns", "keys", "counts"), [
    ({"segment": ["a", "b"], "customers": [1, 2], "share": [0.1, 0.2]}, ["segment"], ["customers"]),
    ({"r": [1, 1, 2, 2], "f": [1, 2, 1, 2], "customers": [1, 2, 3, 4]}, ["r", "f"], ["customers"]),
    ({"name": ["x", "y"], "name_zh": ["甲", "乙"], "threshold_days": [30, 60], "flagged_now": [9, 5]},
     ["threshold_days"], ["flagged_now"]),
])  # fmt: skip
def test_columns_are_told_apart(columns, keys, counts):
    frame = pl.DataFrame(columns)
    assert (key_columns(frame), count_columns(frame)) == (keys, counts)


def test_a_row_goes_for_its_small_rest():
    """57 of 60 retained tells of 3 who left, and its rate tells the same."""
    frame = pl.DataFrame({"region": ["N", "S", "W"], "customers": [60, 200, 300], "retained": [57, 150, 200],
                          "rate": [0.95, 0.75, 0.66]})  # fmt: skip
    assert nested(frame) == [("retained", "customers")]
    safe = safe_table({"t": frame}, "t", K)
    assert safe["rate"].to_list()[0] is None
    assert safe["region"].null_count() == 0


def test_a_row_per_customer_is_refused():
    with pytest.raises(UserError, match="per customer"):
        safe_table({"t": pl.DataFrame({"customer_id": ["a"], "n": [1]})}, "t", K)


def test_a_table_without_counts_follows_the_groups_it_describes():
    sizes = pl.DataFrame({"segment": ["a", "b", "c"], "customers": [4, 50, 60]})
    medians = pl.DataFrame({"segment": ["a", "b", "c"], "median": [1.5, 2.5, 3.5]})
    safe = safe_table({"sizes": sizes, "medians": medians}, "medians", K)
    assert safe["median"].to_list() == [None, None, 3.5]


def test_a_chart_loses_the_rows_its_table_loses():
    table = pl.DataFrame({"stage": ["a", "b", "c"], "customers": [4, 50, 60]})
    rows = [{"stage": s, "balance": 1.0} for s in "abc"]
    assert safe_rows(rows, "t", safe_table({"t": table}, "t", K), K) == [
        {"stage": "c", "balance": 1.0}
    ]


@pytest.mark.parametrize(("lang", "given", "safe"), [
    ("en", "Of 600 customers: active 529 (88.2%), opened 8 (1.3%).", "Of 600 customers: active 529 (88.2%), opened fewer than 10."),
    ("en", "568 of 574 customers (99.0%) were active.", "nearly all of 574 customers were active."),
    ("en", "6 segments fit; memory of 1 steps, top 3, S6.", "6 segments fit; memory of 1 steps, top 3, S6."),
    ("en", "12,345 customers, 4 of them new.", "12,345 customers, fewer than 10 of them new."),
    ("zh", "600位客户中：活跃 529（88.2%）、已开户 8（1.3%）。", "600位客户中：活跃 529（88.2%）、已开户 不足10。"),
    ("zh", "574位客户中，568位（99.0%）近 365 天活跃。", "574位客户中，几乎全部近 365 天活跃。"),
    ("zh", "近 7 天、第 3 期、6 个分群。", "近 7 天、第 3 期、6 个分群。"),
    ("en", "The first 5 of 6: S1 17.0%, S2 5.1%.", "The first 5 of 6: S1 17.0%, S2 5.1%."),
    ("en", "Silhouette: 3: 0.218, 4: 0.274; of 6 differences.", "Silhouette: 3: 0.218, 4: 0.274; of 6 differences."),
    ("en", "Customers: last 8 (Opened, 2025-11-30); highest 545.", "Customers: last fewer than 10 (Opened, 2025-11-30); highest 545."),
    ("zh", "600位客户分为 6 个分群（其中 1 个为 365 天内无活动的32位客户）：分为 5 群。",
     "600位客户分为 6 个分群（其中 1 个为 365 天内无活动的32位客户）：分为 5 群。"),
    ("zh", "其中 3 个客户、5 个人、2 群体；共 5项，前 5项：6 1.3e+05。",
     "其中 不足10 个客户、不足10 个人、不足10 群体；共 5项，前 5项：6 1.3e+05。"),
])  # fmt: skip
def test_a_sentence_tells_of_nobody_in_particular(lang, given, safe):
    assert safe_sentence(given, lang, K) == safe
