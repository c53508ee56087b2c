"""The overview counts what is there, finds what is planted, and is silent where chance is the cause."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from analytics.dataset import Dataset
from analytics.drawing import specification
from analytics.overview import charts, findings, glance
from analytics.overview.shuffled import best_of_dealt, best_of_swapped, group_scores, paired_scores
from analytics.registry import load
from analytics.run import run_analysis
from analytics.story.book import Source, Story
from analytics.story.rebuild import retell
from analytics.story.shown import compose
from analytics.text import LANGS, UserError

AS_OF = date(2024, 6, 30)
HISTORY = [
    ("ann", "2024-05-03", 100), ("ann", "2024-05-20", -30), ("bob", "2024-05-31", 50), ("ann", "2024-06-01", 10),
    ("cat", "2024-01-15", 5), ("dan", "2024-07-02", 999),
]  # fmt: skip


def test_months_are_counted_up_to_the_day(bank: Callable[..., Dataset]) -> None:
    data = bank(customers=[("ann", "2024-05-01"), ("bob", "2020-01-01"), ("cat", None), ("late", "2024-07-01")],
                transactions=HISTORY, balances=[("ann", "2024-05-31", 70), ("bob", "2024-06-10", 40)])  # fmt: skip
    found = glance(data, AS_OF)
    may = found.months.filter(pl.col("month") == date(2024, 5, 1)).row(0, named=True)
    assert (
        may["movements"],
        may["active_customers"],
        may["money_in"],
        may["money_out"],
        may["net"],
    ) == (3, 2, 150, 30, 120)
    assert (may["new_customers"], may["balance"], may["complete"]) == (1, 70, True)
    assert found.months["month"].to_list() == [date(2024, m, 1) for m in range(1, 7)]
    assert found.months["movements"].to_list() == [1, 0, 0, 0, 3, 1]
    assert found.months["balance"][-1] == 110


@pytest.mark.parametrize("tables", [{"customers": ["a"]}, {"transactions": [("a", "2024-06-01", 1)]},
                                    {"customers": ["a", "b"], "events": [("a", "2024-06-01", "login")]}])  # fmt: skip
def test_a_tiny_extract_is_no_fault(bank: Callable[..., Dataset], tables: dict[str, Any]) -> None:
    data = bank(**tables)
    found = glance(data, AS_OF)
    assert findings(data, AS_OF) == []
    for lang in LANGS:
        for build in (charts.activity, charts.flows, charts.balance):
            assert build(found, lang).to_dict()["description"]


def make(seed: int, *, planted: bool) -> dict[str, list[tuple[Any, ...]]]:
    """400 customers; where planted, those of the South are quiet and buying stopped within the year."""
    draw, people, moves = random.Random(seed), [], []
    for n in range(400):
        region = "South" if n % 4 == 0 else "North"
        people.append((f"c{n}", "2020-01-01", region, draw.choice(["mass", "micro_business"])))
        for month in range(1, 19):
            first = date(2023 + (month - 1) // 12, (month - 1) % 12 + 1, 1)
            quiet = planted and region == "South" and month > 13 and draw.random() < 0.6
            if draw.random() < 0.5 and not quiet:
                gone = planted and month == 18 and draw.random() < 0.5
                moves.append(
                    (
                        f"c{n}",
                        str(first + timedelta(days=draw.randrange(27))),
                        10.0,
                        "transfer" if gone else "purchase",
                    )
                )
    return {"customers": people, "transactions": moves}


def test_what_is_planted_is_found_with_its_size(bank: Callable[..., Dataset]) -> None:
    found = findings(bank(**make(1, planted=True)), AS_OF)
    sorts = {one.sort for one in found}
    assert {"differs", "changed"} <= sorts
    quiet = next(one for one in found if one.sort == "differs")
    assert "South" in quiet.sentence.en or "North" in quiet.sentence.en
    assert quiet.params == {"by": "region"}
    for one in found:
        assert one.low <= one.effect <= one.high or one.sort == "unusual"
        assert f"{one.n:,}" in one.sentence.en or one.sort == "differs"
    assert [one.concerned for one in found] == sorted(
        (one.concerned for one in found), reverse=True
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_bank_of_pure_chance_has_no_finding(bank: Callable[..., Dataset], seed: int) -> None:
    assert findings(bank(**make(seed, planted=False)), AS_OF) == []


def test_scores_are_those_of_two_proportions() -> None:
    """30 of 100 against 10 of 100: z = 0.2 / sqrt(0.2 * 0.8 * 0.02) = 3.5355."""
    members = np.zeros((1, 200), np.float32)
    members[0, :100] = 1
    values = np.zeros((200, 1), np.float32)
    values[:30] = values[100:110] = 1
    assert group_scores(members, values, np.ones_like(values))[0, 0] == pytest.approx(
        0.2 / 0.0565685, rel=1e-4
    )
    assert best_of_dealt(members, values, np.ones_like(values), 50, seed=1) < 3.5355


def test_paired_scores_are_mcnemars() -> None:
    """25 stopped, 5 began: z = -20 / sqrt(30)."""
    differences = np.zeros((200, 1), np.float32)
    differences[:25], differences[25:30] = -1, 1
    assert paired_scores(differences)[0] == pytest.approx(-20 / 30**0.5)
    assert 0 < best_of_swapped(differences, 50, seed=1) < 20 / 30**0.5


# -- what the overview shows, pinned and told again ------------------------------------------------
def test_charts_and_findings_are_pinned_and_told_again(bank: Callable[..., Dataset]) -> None:
    data = bank(**make(1, planted=True))
    overview, searched = (
        run_analysis("overview", data, as_of=AS_OF),
        run_analysis("findings", data, as_of=AS_OF),
    )
    quiet = next(one for one in searched.result.found if one.sort == "differs")
    pinned = [compose(overview, "chart", "activity"), compose(overview, "headline"), compose(overview, "table", "months"),
              compose(searched, "chart", "findings"), compose(searched, "headline", quiet.key)]  # fmt: skip
    story = Story(title="", source=Source.of(data), frames=tuple(frame for frame, _ in pinned))
    assert pinned[-1][0].sentence == quiet.sentence
    again = retell(Story.from_json(story.as_json()), data)
    assert again.same, again.moves
    chance = bank(**make(2, planted=False))
    moved = retell(story, chance)
    assert set(moved.refused) == {3, 4}, (
        "what is chance on the other extract is not told as a finding"
    )


def test_a_finding_that_names_a_few_customers_stays_in_the_house(
    bank: Callable[..., Dataset],
) -> None:
    searched = run_analysis("findings", bank(**make(1, planted=True)), as_of=AS_OF)
    one = searched.result.found[0]
    assert one.fewest
    with pytest.raises(UserError, match="fewer than"):
        compose(searched, "headline", one.key, smallest=one.fewest + 1)


def test_the_table_of_findings_holds_each_difference_with_its_interval(
    bank: Callable[..., Dataset],
) -> None:
    run = run_analysis("findings", bank(**make(1, planted=True)), as_of=AS_OF)
    for row in run.tables["findings"].iter_rows(named=True):
        assert row["difference"] == pytest.approx(row["share"] - row["share_against"])
        assert row["low"] <= row["difference"] <= row["high"]
    for lang in LANGS:
        spec = specification(lambda lang=lang: run.analysis.charts[0].build(run.result, lang))
        drawn = [row for rows in spec["datasets"].values() for row in rows if "label" in row]
        assert [row["difference"] for row in drawn] == pytest.approx(
            [100 * d for d in run.tables["findings"]["difference"]]
        )


def test_the_overview_has_no_breakdown() -> None:
    with pytest.raises(UserError):
        load("overview").params(by="region")
