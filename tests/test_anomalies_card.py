"""The card of a case, lists compared, peers, outcomes, samples, and extracts that hold hardly anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from analytics import audiences, audit
from analytics.anomalies import (
    ANALYSES,
    card,
    digits,
    gate,
    labels,
    peers,
    scan,
    summaries,
    timeline,
    verdicts,
)
from analytics.anomalies.params import AnomalyParams
from analytics.anomalies.result import AnomalyResult, compute
from analytics.anomalies.words import against_chance
from analytics.dataset import EVERYBODY, Dataset
from analytics.privacy import Gate
from analytics.state import State
from analytics.text import LANGS, UserError

START, DAY = datetime(2024, 1, 1, 10), date(2024, 12, 31)
LARGE = datetime(2024, 5, 5, 12)


def quiet(who: str, n: int = 40, size: float = 100.0) -> list[tuple[str, datetime, float, str]]:
    """Payments of about `size` every fourth day."""
    return [(who, START + timedelta(days=4 * i), -size * (1 + 0.05 * (i % 5 - 2)), "transfer")
            for i in range(n)]  # fmt: skip


def run(data: Dataset, as_of: date = DAY, **params: object) -> AnomalyResult:
    return compute(data, AnomalyParams(**params), as_of)


# -- the card ------------------------------------------------------------------------------------
def test_a_card_says_what_happened_and_what_would_not_have_been_flagged(bank):
    data = bank(transactions=[*quiet("ann"), *quiet("bob"), ("ann", LARGE, -2000.0, "transfer")])
    result = run(data)
    one = card.card(data, result, "ann", LARGE.date())
    assert one.kinds[0] == "large_amount"
    assert one.usual == pytest.approx(110)  # the third largest of 40 payments of 90 to 110
    assert one.drivers["fact"][0] in ("largest", "net")
    assert one.drivers["value"][0] == pytest.approx(2000 / 110)
    assert one.movements.filter("flagged")["amount"].to_list() == [-2000.0]
    flag = one.flags.row(0, named=True)
    assert card.counterfactual(flag, "en") == "Not flagged if the amount were under 330.00."
    assert card.counterfactual({**flag, "kind": "round_trip"}, "en") is None
    for lang in LANGS:
        drawn = timeline.chart(one, None, lang).to_dict()
        Gate(b"test").spec(drawn)
        assert "ann" not in str(drawn)


def test_a_day_nobody_flagged_has_a_card_too(bank):
    data = bank(transactions=[*quiet("ann"), ("ann", LARGE, -2000.0, "transfer")])
    one = card.card(data, run(data), "ann", START.date())
    assert one.score is None
    assert one.flags.is_empty()
    assert one.similar.is_empty()


def test_a_day_without_a_movement_is_refused_in_words(bank):
    data = bank(transactions=quiet("ann"))
    with pytest.raises(UserError) as refused:
        card.card(data, run(data), "ann", date(2024, 1, 2))
    assert refused.value.text.zh


def test_only_what_was_shown_to_hold_is_promised():
    assert set(card.PROMISED) == {"large_amount", "dormant_then_large", "new_device_then_large", "burst",
                                  "in_out_48h", "night"}  # fmt: skip


# -- an earlier list -----------------------------------------------------------------------------
def test_new_and_cleared_cases():
    case = {"score": 1.0, "kinds": "burst", "reason": "", "reason_zh": ""}
    then = pl.DataFrame(
        [{"customer_id": "a", "day": DAY, **case}, {"customer_id": "b", "day": DAY, **case}]
    )
    now = pl.DataFrame(
        [{"customer_id": "b", "day": DAY, **case}, {"customer_id": "c", "day": DAY, **case}]
    )
    found = summaries.changes(now, then).select("status", "customer_id").rows()
    assert found == [("new", "c"), ("cleared", "a")]


def test_the_list_of_a_week_before_is_the_one_computed_then(bank):
    data = bank(transactions=[*quiet("ann"), ("ann", LARGE, -2000.0, "transfer")])
    found = run(data, date(2024, 5, 8), compare_days=7, profiles=0.0).changes
    assert found.select("status", "day").rows() == [("new", LARGE.date())]


# -- peers ---------------------------------------------------------------------------------------
def test_a_small_group_joins_the_others_and_a_large_one_stands_alone(bank):
    people = [(f"c{i}", None, "North" if i < 35 else f"Town {i}") for i in range(40)]
    rows = [row for who, *_ in people for row in quiet(who, 20)]
    data = bank(customers=people, transactions=rows)
    with data.scope(DAY) as scope:
        base = scan.ground(scope, EVERYBODY)
        among = peers.by_group(base.ledger, base.sizes, peers.read(data, DAY, EVERYBODY, "region"))
    assert np.bincount(among.group).tolist() == [35, 5]


def test_within_the_own_group_a_large_amount_is_ordinary(bank):
    """Half of the customers make one payment of 20 times the usual; among their like it is no surprise."""
    people = [(f"c{i:02}", None, "wide" if i < 40 else "narrow") for i in range(80)]
    rows = [row for who, *_ in people for row in quiet(who, 20)]
    rows += [(who, LARGE + timedelta(days=i), -1500.0, "transfer") for who, _, kind in people
             for i in range(2) if kind == "wide"]  # fmt: skip
    data = bank(customers=people, transactions=rows)
    alone = run(data).flags.filter(kind="large_amount")["peer_percentile"].max()
    among = run(data, peers="region").flags.filter(kind="large_amount")["peer_percentile"].max()
    assert among < alone


# -- outcomes ------------------------------------------------------------------------------------
def test_the_board_holds_scores_against_the_flag_of_the_risk_extract(bank):
    rows = [row for i in range(10) for row in quiet(f"c{i}")]
    risk = [{"customer_id": f"c{i}", "flag": i == 3} for i in range(10)]
    data = bank(transactions=[*rows, ("c3", LARGE, -5000.0, "transfer")], risk=risk)
    result = run(data, profiles=0.0)
    assert (result.board.n, result.board.hits, result.board.roc_auc) == (10, 1, 1.0)
    best = result.board_table.row(0, named=True)
    assert (best["flagged"], best["precision"], best["recall"]) == (1, 1.0, 1.0)


def test_an_attribute_can_say_the_outcome(bank):
    people = [(f"c{i}", None, "yes" if i == 1 else "no") for i in range(4)]
    data = bank(customers=people, transactions=[row for who, *_ in people for row in quiet(who)])
    known = labels.known(data, DAY, EVERYBODY, "region")
    assert known["outcome"].sum() == 1
    assert run(data, label="region").board.hits == 1


def test_without_an_outcome_there_is_no_board(bank):
    data = bank(transactions=quiet("ann"), risk=[{"customer_id": "ann", "flag": True}])
    assert run(data).board is None


# -- digits and sample ---------------------------------------------------------------------------
def test_a_group_conforms_only_where_its_amounts_span_two_orders():
    benford = np.round(np.log10(1 + 1 / np.arange(1, 10)) * 3000).astype(int)
    wide = [
        ("wide", magnitude, digit, int(n))
        for magnitude in (1, 2, 3)
        for digit, n in zip(range(1, 10), benford, strict=True)
    ]
    narrow = [("narrow", 2, digit, int(n)) for digit, n in zip(range(1, 10), benford, strict=True)]
    frame = pl.DataFrame(
        [*wide, *narrow], schema=["group", "magnitude", "digit", "movements"], orient="row"
    )
    found = dict(digits.judged(frame, "group").select("group", "conformity").iter_rows())
    assert found == {"wide": "close", "narrow": "unsuitable"}


def test_the_random_sample_holds_nobody_listed_and_is_seeded(bank):
    data = bank(transactions=[*quiet("ann"), *quiet("bob"), ("ann", LARGE, -2000.0, "transfer")])
    one, two = run(data), run(data, large_times=6.0)
    assert one.unflagged.height == 30
    assert one.unflagged.join(one.cases, on=["customer_id", "day"], how="semi").is_empty()
    assert one.unflagged.equals(two.unflagged)
    assert not one.unflagged.equals(run(data, seed=8).unflagged)


def test_a_day_that_capacity_cuts_is_drawn_like_any_other_that_is_not_listed(bank):
    """Ann and Bob pay far more than usual on one day; one case a day is listed, the other is missed.

    14 days each and that one: 30 customer-days, of which 29 are not on the list, and all are offered.
    """
    when = START + timedelta(days=50)
    rows = [*quiet("ann", 14), *quiet("bob", 14)]
    rows += [("ann", when, -3000.0, "transfer"), ("bob", when, -2000.0, "transfer")]
    one = run(bank(transactions=rows), capacity=1, kinds=("large_amount",))
    assert one.cases.select("customer_id", "day").rows() == [("ann", when.date())]
    assert (one.counts["customer_days"], one.counts["cases_over_capacity"]) == (30, 1)
    drawn = one.unflagged.select("customer_id", "day").rows()
    assert len(set(drawn)) == 29
    assert ("bob", when.date()) in drawn


# -- the gate and what leaves --------------------------------------------------------------------
def test_an_export_holds_only_whom_the_gate_lets_through(tmp_path):
    state = State(tmp_path / "state.sqlite")
    origin = audiences.Origin(analysis="rfm", as_of=DAY)
    audiences.create(state, "all", origin, pl.Series(["ann", "bob", "cat"]))
    cases = pl.DataFrame(
        {"customer_id": ["bob", "cat"], "day": [DAY, date(2023, 1, 1)], "score": [5.0, 5.0]}
    )
    risk = pl.DataFrame(
        schema={"customer_id": pl.String, "risk_score": pl.Float64, "flag": pl.Boolean}
    )
    passed = gate.pass_through(audiences.members(state, "all")["customer_id"], cases, verdicts.kept(state), risk,
                               since=date(2024, 1, 1))  # fmt: skip
    written = audiences.export(state, "all", "me", passed.allowed)
    assert written.columns == ["customer_id"]
    assert written["customer_id"].to_list() == ["ann", "cat"]  # the case of cat is too old to count
    assert passed.stopped.rows() == [("bob", "unusual")]
    assert audit.entries(state).row(0, named=True)["rows"] == 2


# -- extracts that hold hardly anything ----------------------------------------------------------
def timeless(rows: list[tuple[str, datetime, float, str]]) -> list[tuple[str, date, float, str]]:
    return [(who, at.date(), amount, kind) for who, at, amount, kind in rows]


THIN = {
    "one customer": quiet("ann"),
    "ten movements": quiet("ann", 10),
    "one movement": quiet("ann", 1),
    "all amounts equal": [
        (who, at, -50.0, kind) for who in ("ann", "bob") for _, at, _, kind in quiet(who)
    ],
    "one month": [
        (f"c{i}", START + timedelta(days=d), -10.0 - d, "transfer")
        for i in range(12)
        for d in range(28)
    ],
    "no times": timeless([*quiet("ann"), ("ann", LARGE, -2000.0, "transfer")]),
    "credits only": [(who, at, -amount, kind) for who, at, amount, kind in quiet("ann")],
    "all at one moment": [("ann", START, -10.0 * (i + 1), "transfer") for i in range(30)],
}


@pytest.mark.parametrize("name", THIN)
def test_thin_extracts_are_answered(bank, name):
    data = bank(transactions=THIN[name])
    result = run(data)
    analysis = ANALYSES["anomalies"]
    assert all(text.en and text.zh for text in analysis.headline(result))
    for chart in analysis.charts_of(result):
        assert chart.build(result, "zh").to_dict()
    for row in result.cases.head(2).iter_rows(named=True):
        assert card.card(data, result, row["customer_id"], row["day"]).movements.height


def test_without_times_bursts_and_nights_are_not_looked_for_and_this_is_said(bank):
    result = run(bank(transactions=THIN["no times"]))
    assert "large_amount" in result.flags["kind"].to_list()
    assert not {"burst", "night"} & set(result.rules["kind"])
    assert "no times of day" in ANALYSES["anomalies"].headline(result)[2].en


def test_beyond_chance_by_hand():
    """Poisson: P(N >= 1) with mean 0.1 is 1 - exp(-0.1); P(N >= 2) with mean 1 is 1 - 2 / e."""
    assert summaries.beyond_chance(1, 0.1) == pytest.approx(1 - np.exp(-0.1))
    assert summaries.beyond_chance(2, 1.0) == pytest.approx(1 - 2 / np.e)
    assert summaries.beyond_chance(0, 3.0) == 1.0


@pytest.mark.parametrize(
    ("found", "words"), [(3, "cannot be told apart from chance"), (30, "more than chance")]
)
def test_the_headline_says_whether_chance_explains_the_list(bank, found, words):
    result = run(bank(transactions=quiet("ann")))
    rules = pl.DataFrame({"kind": ["large_amount"], "incidents": [found], "by_chance": [4.0]})
    assert words in against_chance(replace(result, rules=rules)).en


@pytest.mark.parametrize(("as_of", "first", "months"), [
    (date(2025, 12, 31), "2025-01", 12), (date(2024, 2, 29), "2023-03", 12), (date(2025, 1, 15), "2024-01", 13)])  # fmt: skip
def test_the_calendar_shows_every_month_of_a_year(as_of, first, months):
    shown = summaries.last_months(as_of)
    assert (shown[0], shown[-1], len(shown)) == (first, as_of.strftime("%Y-%m"), months)
