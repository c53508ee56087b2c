"""One customer's card, by hand on a bank of two."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import polars as pl
import pytest

from analytics.customer import CustomerNotFoundError, card, charts, find, standing

AS_OF = date(2024, 3, 15)


def amounts(frame, column):
    return [None if v is None else float(v) for v in frame[column]]


@pytest.mark.parametrize(("typed", "means"), [
    ("0017", "0017"), (" 0017 ", "0017"), ("17", "0017"), ("00017", "0017"), ("ann", "ann"),
])  # fmt: skip
def test_find(bank, typed, means):
    assert find(bank(customers=["0017", "ann", "05", "5"]), typed) == means


@pytest.mark.parametrize("typed", ["", "0", "an", "ANN", "005", "ann' OR '1'='1", 'ann" --'])
def test_find_refuses_what_names_nobody_or_two(bank, typed):
    with pytest.raises(CustomerNotFoundError, match="No customer has this id") as error:
        find(bank(customers=["0017", "ann", "05", "5"]), typed)
    assert "客户号" in error.value.text.zh


@pytest.fixture
def ann(bank):
    """A card of ann on 2024-03-15; bob's rows and later rows must not show."""
    data = bank(
        customers=[{"customer_id": "ann", "region": "north", "customer_type": "mass",
                    "birth_year": 1980, "hobby": "*chess*"}, {"customer_id": "bob"}],
        accounts=[("a1", "ann", "current", "2020-01-01"), ("a2", "ann", "term", "2024-03-20"),
                  ("b1", "bob", "current", "2019-01-01")],
        transactions=[("ann", "2024-01-05", 100.10, "salary"), ("ann", "2024-01-31T23:59:59", -0.2, "fee"),
                      ("ann", "2024-03-15T23:59:59", 5, "salary"), ("ann", "2024-03-16", 999, "salary"),
                      ("bob", "2024-02-02", 7777, "salary")],
        balances=[{"account_id": a, "balance_on": d, "balance": b} for a, d, b in (
            ("a1", "2024-01-31", 50), ("a1", "2024-03-10", 60), ("a1", "2024-03-15", 70),
            ("a1", "2024-03-31", 80), ("b1", "2024-02-29", 7777))],
        events=[("ann", "2024-02-01", "login"), ("ann", "2024-02-02", "login"),
                ("ann", "2024-03-01", "transfer"), ("bob", "2024-02-01", "login")],
        contacts=[("spring", "ann", "2024-03-01", "treated"), ("spring", "bob", "2024-03-01", "control")],
    )  # fmt: skip
    return card(data, "ann", AS_OF)


def test_profile_says_what_is_known_and_what_is_the_users_own_text(ann):
    said = {f.title.en: (getattr(f.value, "zh", f.value), f.from_data) for f in ann.profile}
    assert said == {"Region": ("north", True), "Customer type": ("大众客户", False),
                    "Birth year": (1980, False), "hobby": ("*chess*", True)}  # fmt: skip


def test_accounts_opened_later_are_not_known_yet(ann):
    assert ann.accounts["account_id"].to_list() == ["a1"]


def test_months_hold_flows_and_the_last_balance_of_the_month(ann):
    assert [f"{m:%Y-%m}" for m in ann.months["month"]] == ["2024-01", "2024-02", "2024-03"]
    assert amounts(ann.months, "money_in") == [100.1, 0, 5]
    assert amounts(ann.months, "money_out") == [-0.2, 0, 0]
    assert ann.months["net"][0] == Decimal("99.9")  # exact: money is never a float
    assert ann.months["movements"].to_list() == [2, 0, 1]
    assert amounts(ann.months, "balance") == [50, None, 70]
    assert ann.balance_from == "balances"


def test_recent_kinds_reach_back_ninety_days(ann):
    rows = ann.recent_kinds.select("kind", "movements").rows()
    assert rows == [("salary", 2), ("fee", 1)]


def test_a_movement_exactly_ninety_days_back_has_just_left(bank):
    data = bank(transactions=[("ann", "2023-12-16", 1, "out"), ("ann", "2023-12-17", 1, "in")])
    assert card(data, "ann", AS_OF).recent_kinds["kind"].to_list() == ["in"]


def test_events_and_contacts(ann):
    assert ann.events.select("event", "times").rows() == [("login", 2), ("transfer", 1)]
    assert ann.contacts.select("campaign", "arm", "contacts", "seen").rows() == [
        ("spring", "treated", 1, 0)]  # fmt: skip


def test_balance_after_is_carried_forward_until_the_account_closes(bank):
    rows = [
        ("a1", "2024-01-05", 10, 110),
        ("a1", "2024-01-09", -5, 105),
        ("a2", "2024-01-20", 1, 1000),
    ]
    data = bank(
        accounts=[("a1", "ann"), ("a2", "ann", "term", "2020-01-01", "2024-02-10")],
        transactions=[{"account_id": a, "happened_at": d, "amount": m, "balance_after": b}
                      for a, d, m, b in rows])  # fmt: skip
    found = card(data, "ann", AS_OF)
    assert found.balance_from == "balance_after"
    assert amounts(found.months, "balance") == [1105, 105, 105]


def test_two_products_of_one_day_add_up(bank):
    data = bank(balances=[("ann", "2024-01-31", 10, "current"), ("ann", "2024-01-31", 20, "term")])
    assert amounts(card(data, "ann", AS_OF).months, "balance") == [30, None, None]


def test_a_customer_with_nothing_but_a_name(bank):
    found = card(bank(customers=["ann"]), "ann", AS_OF)
    assert found.months.height == 1
    assert charts(found, "en") == []


def test_charts_show_the_sums_and_never_an_id(ann):
    drawn = {d.key: d for lang in ("zh", "en") for d in charts(ann, lang)}
    assert list(drawn) == ["balance", "flows", "events"]
    flows = drawn["flows"].chart.to_dict()["data"]["values"]
    assert {(r["month"], r["flow"]): r["amount"] for r in flows}["2024-01", "Money in"] == 100.1
    balance = drawn["balance"].chart.to_dict()["data"]["values"]
    assert [r["balance"] for r in balance] == [50, None, 70]
    assert not any(
        word in json.dumps(d.chart.to_dict()) for d in drawn.values() for word in ("ann", '"a1"')
    )


def test_many_events_are_drawn_together_and_their_sum_is_kept(bank):
    data = bank(
        events=[("ann", "2024-03-01", f"e{n:02d}") for n in range(10) for _ in range(n + 1)]
    )
    (drawn,) = charts(card(data, "ann", AS_OF), "en")
    rows = drawn.chart.to_dict()["data"]["values"]
    assert len(rows) == 7
    assert sum(r["times"] for r in rows) == 55  # 1 + 2 + ... + 10
    assert {r["event"]: r["times"] for r in rows}["Other events"] == 1 + 2 + 3 + 4


def test_standing_is_the_customers_own_rows_of_every_table():
    frames = {"rfm": pl.DataFrame({"customer_id": ["ann", "bob"], "segment": ["x", "y"]}),
              "sizes": pl.DataFrame({"segment": ["x"], "n": [1]}),
              "flags": pl.DataFrame({"customer_id": ["bob"], "kind": ["big"]})}  # fmt: skip
    analysis = SimpleNamespace(tables=lambda result: frames)
    assert standing(analysis, None, "ann") == {"rfm": [{"segment": "x"}]}


def test_nobody(bank):
    with pytest.raises(CustomerNotFoundError):
        card(bank(customers=["ann"]), "bob", AS_OF)
