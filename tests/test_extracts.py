"""Two extracts: what moved is found, what did not is not called moved, chance is told apart."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from scipy.stats import fisher_exact

from analytics.dataset import Dataset
from analytics.extracts import LEVEL, compare, shares_of
from analytics.registry import load
from tests.contract_bank import tables


def people(active: int, quiet: int) -> dict[str, list[tuple[object, ...]]]:
    """Customers of whom some banked in June and the others in January only."""
    rows = [(f"a{n}", "2024-06-20", 5.0, "purchase") for n in range(active)]
    rows += [(f"q{n}", "2024-01-10", 5.0, "purchase") for n in range(quiet)]
    return {"customers": [(f"a{n}", "2023-01-01") for n in range(active)] + [(f"q{n}", "2023-01-01") for n in range(quiet)],
            "transactions": rows}  # fmt: skip


def test_the_same_extract_has_not_moved(bank: Callable[..., Dataset]) -> None:
    data = bank(**tables(80))
    found = compare(data, data, ["rfm", "lifecycle", "retention"])
    assert found.moves.height > 20
    assert not found.moved.height
    assert found.moves["difference"].abs().max() == 0


def test_a_move_beyond_chance_is_found_with_its_size(bank: Callable[..., Dataset]) -> None:
    """300 of 400 active, then 200 of 400: a fall of 25 points."""
    then, now = bank(**people(300, 100)), bank(**people(200, 200))
    found = compare(then, now, ["lifecycle"])
    row = found.moved.filter(pl.col("part_before") == 300).row(0, named=True)
    assert (row["part_now"], row["whole_before"], row["whole_now"], row["difference"]) == (
        200,
        400,
        400,
        -0.25,
    )
    assert row["low"] < -0.25 < row["high"] < 0
    expected = fisher_exact([[200, 200], [300, 100]]).pvalue
    assert row["p"] == pytest.approx(expected, rel=1e-6)
    assert row["p"] <= row["p_adjusted"] <= LEVEL


def test_two_draws_of_one_bank_hardly_differ(bank: Callable[..., Dataset]) -> None:
    found = compare(bank(**tables(150, 7)), bank(**tables(150, 8)), ["rfm", "lifecycle"])
    assert found.moves.height > 10
    assert not found.moved.height


def test_what_one_extract_cannot_carry_is_said(bank: Callable[..., Dataset]) -> None:
    found = compare(bank(customers=["a"]), bank(**tables(30)), ["rfm"])
    assert set(found.refused) == {"rfm"}
    assert found.moves.is_empty()


def test_a_rule_that_only_one_extract_lists_is_not_called_zero() -> None:
    rules = {
        "antecedent": ["x", "v"],
        "consequent": ["y", "z"],
        "count": [30, 20],
        "antecedent_count": [60, 50],
    }
    then: Any = SimpleNamespace(
        analysis=load("rules"), tables={"rules": pl.DataFrame(rules).head(1)}
    )
    now: Any = SimpleNamespace(analysis=load("rules"), tables={"rules": pl.DataFrame(rules)})
    found = shares_of(then, now)
    assert [frame.height for frame in found] == [1]
    assert found[0].row(0)[3:] == (30, 60, 30, 60)


def test_a_stage_that_only_one_extract_has_is_nobody_in_the_other() -> None:
    stages = pl.DataFrame(
        {"stage": ["active", "lost"], "customers": [30, 10], "share": [0.75, 0.25]}
    )
    then: Any = SimpleNamespace(
        analysis=load("lifecycle"), tables={"actions": stages.head(1).with_columns(share=1.0)}
    )
    now: Any = SimpleNamespace(analysis=load("lifecycle"), tables={"actions": stages})
    rows = shares_of(then, now)[0]
    assert {row[2]: row[3:] for row in rows.rows()} == {
        "stage=active": (30, 30, 30, 40),
        "stage=lost": (0, 30, 10, 40),
    }
