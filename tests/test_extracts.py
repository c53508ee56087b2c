"""Two extracts: what moved is found, what did not is not called moved, chance is told apart."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from scipy.stats import binomtest, fisher_exact, ttest_rel

from analytics.dataset import Dataset
from analytics.extracts import LEVEL, compare, frozen, shares_of
from analytics.extracts.judged import judged
from analytics.extracts.paired import pairs
from analytics.registry import load
from analytics.run import run_analysis
from analytics.store import Store
from tests.banks import build_bank
from tests.contract_bank import tables

Inside = Callable[..., tuple[int, str, str]]


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
    then, now = {"rules": pl.DataFrame(rules).head(1)}, {"rules": pl.DataFrame(rules)}
    found = shares_of("rules", then, now)
    assert [frame.height for frame in found] == [1]
    assert found[0].row(0)[3:] == (30, 60, 30, 60)


def test_a_stage_that_only_one_extract_has_is_nobody_in_the_other() -> None:
    stages = pl.DataFrame(
        {"stage": ["active", "lost"], "customers": [30, 10], "share": [0.75, 0.25]}
    )
    rows = shares_of(
        "lifecycle", {"actions": stages.head(1).with_columns(share=1.0)}, {"actions": stages}
    )[0]
    assert {row[2]: row[3:] for row in rows.rows()} == {
        "stage=active": (30, 30, 30, 40),
        "stage=lost": (0, 30, 10, 40),
    }


# -- the same customers, paired ---------------------------------------------------------------------
def customers(**columns: list[object]) -> dict[str, pl.DataFrame]:
    n = len(next(iter(columns.values())))
    return {"rfm": pl.DataFrame({"customer_id": [f"c{i}" for i in range(n)], **columns})}


def test_a_category_is_compared_by_mcnemar() -> None:
    """Of 100 customers 30 left the stage and 10 joined it: exact p of 10 in 40, z = -20 / sqrt(40)."""
    then = customers(stage=["active"] * 60 + ["lost"] * 40)
    now = customers(stage=["lost"] * 30 + ["active"] * 30 + ["active"] * 10 + ["lost"] * 30)
    _, shares, _ = next(pairs(then, now))
    found, _ = judged([], [shares.with_columns(analysis=pl.lit("rfm"), table=pl.lit("rfm"))], [])
    row = found.filter(pl.col("row") == "stage=active").row(0, named=True)
    assert (row["part_before"], row["part_now"], row["basis"]) == (60, 40, "same")
    assert row["p"] == pytest.approx(binomtest(10, 40).pvalue)
    assert row["z"] == pytest.approx(-20 / 40**0.5)
    assert row["difference"] == pytest.approx(-0.2)
    assert row["low"] < -0.2 < row["high"]


def test_a_figure_is_compared_by_its_paired_mean() -> None:
    draw = random.Random(1)
    one = [draw.gauss(100, 30) for _ in range(200)]
    two = [value + draw.gauss(4, 10) for value in one]
    _, _, means = next(pairs(customers(monetary=one), customers(monetary=two)))
    _, found = judged([], [], [means.with_columns(analysis=pl.lit("rfm"), table=pl.lit("rfm"))])
    row = found.row(0, named=True)
    assert row["z"] == pytest.approx(ttest_rel(two, one).statistic)
    assert row["moved"]
    assert row["low"] < row["difference"] < row["high"]


def test_p_is_adjusted_over_shares_and_means_together() -> None:
    shares = pl.DataFrame({"row": ["a"], "part_before": [5], "part_now": [6], "whole_before": [10], "whole_now": [10],
                           "left": [0], "joined": [1], "analysis": ["x"], "table": ["t"]})  # fmt: skip
    means = pl.DataFrame({"figure": ["m"], "customers": [100], "mean_before": [1.0], "mean_now": [3.0], "error": [1.0],
                          "analysis": ["x"], "table": ["t"]})  # fmt: skip
    _, found = judged([], [shares], [means])
    assert found["p_adjusted"].item() == pytest.approx(2 * found["p"].item())


# -- what the earlier extract fitted ----------------------------------------------------------------
def test_frozen_cut_offs_give_the_same_scores_again(bank: Callable[..., Dataset]) -> None:
    data = bank(**tables(120))
    then = run_analysis("rfm", data)
    again = run_analysis("rfm", data, frozen.settings(then))
    scores = [
        one.tables["rfm"].sort("customer_id").select("customer_id", "r", "f", "m", "segment")
        for one in (then, again)
    ]
    assert scores[0].equals(scores[1])


@pytest.mark.parametrize(("rows", "low_is_good", "cuts"), [
    ([(5, 0, 3), (4, 4, 9), (3, 10, 20), (2, 21, 40), (1, 41, 99)], True, [3, 9, 20, 40]),
    ([(5, 0, 3), (3, 10, 20), (1, 41, 99)], True, [3, 3.000001, 20, 20.000001]),
    ([(5, 90, 99), (3, 10, 20), (1, 1, 4)], False, [9.999999, 10, 89.999999, 90]),
    ([(3, 7, 7)], True, [6, 6.000001, 7, 7.000001]), ([(3, 7, 7)], False, [6.999999, 7, 7.999999, 8]),
])  # fmt: skip
def test_cut_offs_behind_scores_rise_and_move_nobody(rows, low_is_good, cuts) -> None:
    frame = pl.DataFrame(rows, schema=["score", "from_value", "to_value"], orient="row").cast(
        {"score": pl.Int64}
    )
    assert frozen._cut_offs(frame, 5, low_is_good) == pytest.approx(cuts, abs=1e-9)


def test_segments_of_one_extract_are_applied_to_the_other(bank: Callable[..., Dataset]) -> None:
    data = bank(**tables(120))
    found = compare(data, data, ["segments", "hmm"], {"segments": load("segments").params(k=3)})
    rows = found.moves.filter(pl.col("analysis") == "segments")
    assert set(rows["basis"]) == {"all", "same"}
    assert rows["difference"].abs().max() == 0
    assert "applied" in found.headlines["segments"][1].en
    assert set(found.not_frozen) == {"hmm"}


# -- the command line -------------------------------------------------------------------------------
def test_the_command_line_compares_two_kept_extracts(tmp_path: Path, inside: Inside) -> None:
    store = Store(tmp_path / "home")
    for name, rows in (("May", people(300, 100)), ("June", people(200, 200))):
        build_bank(tmp_path / name, **rows).close()
        store.put_kept(tmp_path / name, name)
    store.close()
    out = tmp_path / "moved.json"
    status, stdout, stderr = inside(
        "compare", "May", "June", "--analysis", "lifecycle", "--out", out, "--json"
    )
    assert status == 0, stderr
    told = json.loads(stdout)
    assert told == json.loads(out.read_text("utf-8"))
    assert told["moved"] == sum(row["moved"] for row in told["shares"] + told["means"])
    assert {"dataset", "fingerprint", "as_of"} <= set(told["before"])
    row = next(row for row in told["shares"] if row["basis"] == "all" and row["part_before"] == 300)
    assert (row["part_now"], row["difference"], row["moved"]) == (200, -0.25, True)


@pytest.mark.parametrize(("words", "status"), [
    (("compare", "May", "May"), 1), (("compare", "May"), 2), (("compare", "May", "June", "--set", "k=3"), 2),
    (("compare", "May", "June", "--analysis", "nothing"), 2),
])  # fmt: skip
def test_wrong_usage_is_told_from_refused_data(
    inside: Inside, words: tuple[str, ...], status: int
) -> None:
    assert inside(*words)[0] == status
