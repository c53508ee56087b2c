"""The planted rules, sequences, campaigns and anomalies: true in the files, and of a known strength.

The expected values are the planted truths; what finds them are the short references of
`sample_data.strength`, never the product's own engines.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sample_data import campaigns, journeys, rules
from sample_data.generate import make_block, write_bank
from sample_data.strength import anomalies as anomaly_strength
from sample_data.strength import rules as rule_strength
from sample_data.strength import sequences as sequence_strength
from sample_data.timeline import EngagedDays, days, spread
from sample_data.unusual import ON_A_DAY
from sample_data.world import ACCOUNT, EVENT, Block, Plan, frame

SEEDS = (11, 12, 13)
KINDS = {*ON_A_DAY, "dormant_then_large", "new_device_then_large", "round_trip"}


@cache
def block(customers: int, months: int, seed: int, *without: str) -> Block:
    """The first block of a bank, made once for all tests; nobody may change it."""
    return make_block(Plan(customers, months, seed, without=frozenset(without)), 0)[0]


# -- timeline --------------------------------------------------------------------------------------
def engaged() -> EngagedDays:
    """Customer 0 on days 10-12 and 20-21, customer 1 never, customer 2 on day 5."""
    spans = [(0, 0, 10, 12), (0, 1, 20, 21), (2, 0, 5, 5)]
    columns = ["customer", "month", "active_from", "active_to"]
    months = pl.DataFrame(spans, schema=dict.fromkeys(columns, pl.Int32), orient="row")
    dated = months.with_columns(pl.col("active_from", "active_to").cast(pl.Date))
    return EngagedDays(Block(0, 0, 3, months=dated))


@pytest.mark.parametrize(
    ("customer", "share", "day"),
    [(0, 0.0, 10), (0, 0.4, 12), (0, 0.6, 20), (0, 0.99, 21), (2, 0.5, 5)],
)
def test_a_share_names_an_engaged_day(customer: int, share: float, day: int) -> None:
    assert engaged().at(np.array([customer]), np.array([share])).tolist() == [day]


@pytest.mark.parametrize(
    ("customer", "day", "answer"),
    [(0, 9, False), (0, 10, True), (0, 12, True), (0, 13, False), (0, 21, True), (0, 22, False),
     (2, 5, True), (2, 10, False)],
)  # fmt: skip
def test_engaged_days_know_their_gaps(customer: int, day: int, answer: bool) -> None:
    assert engaged().has(np.array([customer]), np.array([day])).tolist() == [answer]


def test_spread_draws_the_expected_number_in_every_stratum() -> None:
    strata = np.repeat([0, 1, 2], [100, 50, 7])
    chance = np.repeat([0.3, 0.5, 1.0], [100, 50, 7])
    hit = spread(chance, strata, np.random.default_rng(1))
    assert np.abs(np.bincount(strata, hit) - [30, 25, 7]).max() <= 1


# -- rules -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("customers", "months"), [(600, 24), (2000, 36), (5000, 36)])
@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_has_its_stated_lift_at_every_size(
    customers: int, months: int, seed: int
) -> None:
    names, held = rule_strength.baskets(block(customers, months, seed))
    column = {name: held[:, i] for i, name in enumerate(names)}
    for rule in rules.RULES:
        has = np.logical_and.reduce([column[name] for name in rule.antecedent])
        target = column[rule.consequent]
        assert target[has].mean() / target.mean() == pytest.approx(rule.lift, rel=0.12)
        assert (has & target).mean() >= 0.015
        for name in rule.antecedent if len(rule.antecedent) > 1 else ():
            assert target[column[name]].mean() / target.mean() == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("seed", SEEDS)
def test_control_finds_the_rules_and_raw_p_brings_more_false_than_true(seed: int) -> None:
    found = rule_strength.mine(*rule_strength.baskets(block(2000, 36, seed)))
    naive, careful = rule_strength.judge(found)
    assert careful.planted == len(rules.RULES)
    assert careful.others < careful.planted
    assert naive.others > 5 * naive.planted


def test_without_rules_nothing_planted_is_believed() -> None:
    found = rule_strength.mine(*rule_strength.baskets(block(2000, 36, 11, "rules")))
    assert rule_strength.judge(found)[1].planted == 0


def test_consequents_are_opened_after_their_antecedents() -> None:
    made = block(2000, 36, 11)
    since = dict(made.accounts.group_by("product").agg("customer", "opened_on")
                 .select("product", pl.struct("customer", "opened_on")).iter_rows())  # fmt: skip
    for rule in rules.RULES[2:7]:
        first, then = (dict(zip(*since[name].values(), strict=True))
                       for name in (*rule.antecedent, rule.consequent))  # fmt: skip
        both = first.keys() & then.keys()
        assert all(first[customer] <= then[customer] for customer in both)


# -- sequences -------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", SEEDS)
def test_order_ranks_first_and_single_events_say_nothing(seed: int) -> None:
    contrast = sequence_strength.compare(block(2000, 36, seed), seed)
    assert sorted(contrast.ranks) == [1, 2]
    assert contrast.single_events == 0
    assert contrast.raw > 50 * len(contrast.ranks)
    assert contrast.raw_shuffled > len(contrast.ranks)
    assert contrast.controlled_shuffled == 0


def test_without_sequences_the_order_is_no_better_than_any_other() -> None:
    contrast = sequence_strength.compare(block(2000, 36, 11, "sequences"), 11)
    assert min(contrast.ranks) > 10


def test_the_survey_comes_after_the_outcome_only() -> None:
    made = block(2000, 36, 11)
    survey = made.events.filter(pl.col("event") == journeys.SURVEY)
    left = survey.join(made.people.select("customer", "churned_on"), on="customer")
    assert survey.height > 50
    assert (left["happened_at"].dt.date() > left["churned_on"]).all()


def test_events_follow_the_months_to_the_number() -> None:
    made = block(2000, 36, 11)
    for event, column in (("login_failed", "login_failures"), ("complaint", "complaints")):
        assert made.events.filter(pl.col("event") == event).height == made.months[column].sum()


def test_nothing_happens_on_a_day_without_the_customer() -> None:
    made = block(2000, 36, 11)
    known = EngagedDays(made)
    acted = made.events.filter(pl.col("event") != journeys.SURVEY)
    marked = made.movements.filter(pl.col("mark").is_not_null())
    for rows in (acted, marked):
        assert known.has(rows["customer"].to_numpy(), days(rows["happened_at"])).all()


# -- campaigns -------------------------------------------------------------------------------------
def outcome(made: Block, one: campaigns.Campaign) -> pl.DataFrame:
    """Arm and outcome of every contact of a campaign, counted from contacts and movements alone."""
    sent = made.contacts.filter(pl.col("campaign") == one.name)
    if one.metric == "conversion":
        return sent.select("arm", value=pl.col("converted_at").is_not_null().cast(pl.Float64))
    paid = made.movements.filter(pl.col("kind") == "deposit").join(sent, on="customer")
    inside = (pl.col("happened_at") - pl.col("sent_at")).is_between(
        pl.duration(days=0), pl.duration(days=30)
    )
    sums = paid.filter(inside).group_by("customer").agg(value=pl.col("cents").sum() / 100)
    return sent.join(sums, on="customer", how="left").select("arm", pl.col("value").fill_null(0))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("one", campaigns.CAMPAIGNS, ids=lambda c: c.name)
def test_the_difference_of_the_arms_is_the_stated_effect(
    one: campaigns.Campaign, seed: int
) -> None:
    arms = {arm[0]: rows["value"].to_numpy()
            for arm, rows in outcome(block(5000, 36, seed), one).group_by("arm")}  # fmt: skip
    control = arms.pop(campaigns.CONTROL)
    assert set(arms) == set(one.effects)
    for arm, values in arms.items():
        error = np.sqrt(values.var() / len(values) + control.var() / len(control))
        assert abs(values.mean() - control.mean() - one.effects[arm]) < 3 * error
        assert abs(len(values) - len(control)) <= 1


def test_without_campaigns_contacts_are_kept_and_nobody_is_moved() -> None:
    plan = Plan(2000, 36, 11, without=frozenset({"campaigns"}))
    moved = outcome(block(2000, 36, 11, "campaigns"), campaigns.CAMPAIGNS[1])
    shares = moved.group_by("arm").agg(pl.col("value").mean())["value"].to_list()
    assert campaigns.truth(plan)["campaigns"] == {}
    assert max(shares) - min(shares) < 0.01


# -- anomalies -------------------------------------------------------------------------------------
def marked(made: Block, what: str) -> pl.DataFrame:
    """Marked movements of one sort with their kind and day."""
    rows = made.movements.filter(pl.col("mark").str.starts_with(what))
    return rows.with_columns(kind=pl.col("mark").str.split(":").list.get(1),
                             day=pl.col("happened_at").dt.date())  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_has_its_cases_on_few_customers(seed: int) -> None:
    found = marked(block(2000, 36, seed), "anomaly:")
    cases = Counter(kind for _, _, kind in found.select("customer", "day", "kind").unique().rows())
    assert set(cases) == KINDS
    assert min(cases.values()) >= 5
    assert 15 <= found["customer"].n_unique() <= 27
    assert (found["day"].dt.year() == 2025).mean() > 0.2


@pytest.mark.parametrize(("customers", "months"), [(600, 24), (300, 12), (40, 6)])
def test_small_banks_have_what_fits_in_them(customers: int, months: int) -> None:
    kinds = set(marked(block(customers, months, 11), "anomaly:")["kind"])
    assert kinds <= KINDS
    assert customers < 300 or len(kinds) >= 7


@pytest.mark.parametrize("seed", SEEDS)
def test_own_history_finds_them_and_three_deviations_miss_half(seed: int) -> None:
    made = block(2000, 36, seed)
    naive, careful = anomaly_strength.naive(made), anomaly_strength.careful(made)
    assert naive.recall < 0.5
    assert careful.recall >= 0.8
    assert careful.precision >= 0.8
    assert careful.in_two_percent >= 0.85
    assert careful.innocent_first_percent <= 1
    assert set(careful.by_kind) == KINDS


def test_a_round_trip_is_a_cycle_by_counterparty() -> None:
    made = block(2000, 36, 11)
    owner = dict(zip(made.accounts["account_id"], made.accounts["customer"], strict=True))
    legs = marked(made, "anomaly:round_trip").filter(pl.col("cents") < 0).sort("happened_at")
    paid, got = Counter(legs["customer"]), Counter(owner[c] for c in legs["counterparty"])
    assert paid == got


def test_those_who_come_back_were_silent() -> None:
    made = block(2000, 36, 11)
    for customer, when in marked(made, "anomaly:dormant").select("customer", "happened_at").rows():
        acts = made.movements.filter(
            (pl.col("customer") == customer) & ~pl.col("channel").cast(pl.String).eq("system")
        )["happened_at"].sort()
        before = acts.filter(acts < when)
        assert (when - before.max()).days >= 89


def test_without_anomalies_nothing_is_marked() -> None:
    made = block(2000, 36, 11, "anomalies")
    assert marked(made, "anomaly:").is_empty()
    assert set(marked(made, "innocent:")["kind"]) <= {"leaving"}


# -- the files -------------------------------------------------------------------------------------
@pytest.mark.parametrize("headers", ["en", "zh"])
def test_the_truth_speaks_the_words_of_the_files(tmp_path: Path, headers: str) -> None:
    path = write_bank(tmp_path, 400, months=12, seed=5, headers=headers)  # type: ignore[arg-type]
    truth = json.loads((path / "truth.json").read_text(encoding="utf-8"))
    encoding = {"en": "utf-8", "zh": "gb18030"}[headers]
    text = {name: (path / f"{name}.csv").read_text(encoding=encoding)
            for name in ("accounts", "events", "contacts", "transactions")}  # fmt: skip
    products = {
        name for rule in truth["rules"] for name in (*rule["antecedent"], rule["consequent"])
    }
    events = {event for sequence in truth["sequences"] for event in sequence["events"]}
    arms = {arm for campaign in truth["campaigns"].values() for arm in campaign["arms"]}
    for words, table in ((products, "accounts"), (events, "events"), (arms, "contacts"),
                         (set(truth["campaigns"]), "contacts")):  # fmt: skip
        assert words
        assert [word for word in words if f",{word}," not in text[table].replace("\n", ",")] == []
    ids = {line.split(",")[0] for line in text["transactions"].splitlines()}
    assert {entry["transaction_id"] for entry in truth["anomalies"]} <= ids


def test_truths_state_what_is_planted() -> None:
    plan = Plan(10)
    assert len(rules.truth(plan)["rules"]) == 9
    assert [s["outcome"] for s in journeys.truth(plan)["sequences"]] == ["churned", "churned"]
    effects = {n: c["effect"] for n, c in campaigns.truth(plan)["campaigns"].items()}
    assert effects == {"deposit_bonus": 600.0, "card_cashback": 0.07, "app_reminder": 0.0}


def test_sessions_run_forwards() -> None:
    steps = block(2000, 36, 11).events.sort("session_id", "happened_at", maintain_order=True)
    assert steps.columns == list(EVENT)
    funnel = steps.filter(pl.col("event").str.starts_with("transfer_"))
    order = ["transfer_start", "transfer_payee", "transfer_confirm", "transfer_done"]
    for _, rows in funnel.head(4000).group_by("session_id"):
        places = [order.index(event) for event in rows["event"]]
        assert all(b - a == 1 for a, b in pairwise(places))


def test_further_products_are_accounts() -> None:
    assert frame(ACCOUNT).schema == rules.add_products(Plan(5, 3), block(5, 3, 1))[0].schema
