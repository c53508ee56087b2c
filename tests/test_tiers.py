"""Tiers: every threshold by hand, natural breaks against every other choice, moves that add up."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import numpy as np
import pytest

from analytics.text import UserError
from analytics.tiers import TiersParams, compute, cuts, members

AS_OF = date(2024, 6, 30)
PEOPLE = [
    {"customer_id": "ann", "customer_type": None, "risk_level": None},
    {"customer_id": "bob", "customer_type": None, "risk_level": None},
    {"customer_id": "cat", "customer_type": "government", "risk_level": "steady"},
    {"customer_id": "dan", "customer_type": None, "risk_level": None},
]
MOVES = [("ann", f"2024-05-{day:02}", 10.0, "receipt") for day in range(1, 31)] + [
    ("bob", "2024-06-01", -50.0, "purchase"), ("cat", "2024-06-01", 20.0, "deposit"),
    ("cat", "2024-06-02", 20.0, "deposit")]  # fmt: skip
HELD = [("ann", "2024-06-30", 1000.0, "current"), ("bob", "2024-06-30", 700.0, "wealth fund"),
        ("bob", "2024-03-31", 5.0, "wealth fund"), ("cat", "2024-06-30", 100.0, "term deposit")]  # fmt: skip
SETTINGS = {"cuts": "fixed", "middle_from": 500, "high_from": 1000, "frequent_days": 20, "occasional_days": 2,
            "business_receipts": 30, "wealthy_from": 700}  # fmt: skip


@pytest.fixture
def found(bank):
    data = bank(customers=PEOPLE, transactions=MOVES, balances=HELD)
    return compute(data, TiersParams(**SETTINGS, compare_days=60), AS_OF)


@pytest.mark.parametrize(("customer", "value", "frequency", "risk", "kind"), [
    ("ann", "high", "frequent", "steady", "micro_business"),  # 1000 is high; 30 days; 30 receipts
    ("bob", "middle", "rare", "aggressive", "high_net_worth"),  # 700, all of it in wealth
    ("cat", "low", "occasional", "steady", "government"),  # as given, whatever the thresholds say
    ("dan", "low", "never", "unknown", "mass"),
])  # fmt: skip
def test_every_tier_by_hand(found, customer, value, frequency, risk, kind):
    row = found.tables["tiers"].filter(customer_id=customer).row(0, named=True)
    assert (row["value_tier"], row["frequency_tier"], row["risk_tier"], row["customer_type"]) == (
        value, frequency, risk, kind)  # fmt: skip


def test_moves_count_everybody_and_lead_back_to_them(found):
    moves = found.tables["migration"]
    assert moves["customers"].sum() == 4
    assert members(
        found, "migration", {"before_tier": "low", "value_tier": "middle"}
    ).to_list() == ["bob"]


def test_the_cross_tab_adds_up(found):
    assert found.tables["cross"]["customers"].sum() == 4
    assert found.tables["cross"]["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("seed", range(5))
def test_natural_breaks_are_the_best_of_all_choices(seed):
    values = np.sort(np.random.default_rng(seed).lognormal(3, 1, 12))

    def cost(one: int, two: int) -> float:
        return sum(
            float(((part - part.mean()) ** 2).sum())
            for part in (values[:one], values[one:two], values[two:])
        )

    best = min(combinations(range(1, 12), 2), key=lambda at: cost(*at))
    assert cuts.jenks(values) == [values[best[0]], values[best[1]]]


def test_shares_of_customers(bank):
    rows = [(f"c{n:02}", "2024-06-01", -float(n + 1)) for n in range(10)]
    result = compute(bank(transactions=rows), TiersParams(), AS_OF)
    assert result.measure == "turnover"
    assert result.customers["value_tier"].value_counts().sort("count")["count"].to_list() == [
        2,
        3,
        5,
    ]


def test_a_weight_decides_the_score(bank):
    rows = [("often", f"2024-05-{day:02}", -1.0) for day in range(1, 11)] + [
        ("rich", "2024-06-01", -9000.0)
    ]
    data = bank(transactions=rows)
    for weights, first in (({"frequency_weight": 5.0}, "often"), ({"money_weight": 5.0}, "rich")):
        result = compute(data, TiersParams(measure="score", **weights), AS_OF)
        assert result.tables["tiers"]["customer_id"][0] == first


@pytest.mark.parametrize("settings", [
    {"high_share": 0.6, "middle_share": 0.4}, {"middle_from": 10.0, "high_from": 5.0},
    {"recency_weight": 0.0, "frequency_weight": 0.0, "money_weight": 0.0}])  # fmt: skip
def test_settings_that_contradict_are_refused(settings):
    with pytest.raises(UserError):
        TiersParams(**settings)
