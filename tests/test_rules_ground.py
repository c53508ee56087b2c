"""The ground of rules: what is held out, figures as items, sets mined once, everybody's next product."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analytics.itemsets import Baskets
from analytics.rules.mining import Wanted, frequent
from analytics.rules.quantities import _parts
from analytics.text import UserError
from tests.test_rules import PLAIN, TEN, holders, run


def test_later_months_hold_out_those_who_joined_later(bank):
    rows = [(f"A{n}{item}", f"C{n:03}", item, f"2023-{1 + n // 40:02}-05")
            for n, row in enumerate(TEN * 20) for item in row]  # 400 customers, 40 a month  # fmt: skip
    result = run(bank(accounts=rows), holdout_by="months", holdout_share=0.3)
    assert result.counts["baskets_held_out"] == 120  # the last three months of ten
    assert result.frames["holdout"]["n"].unique().to_list() == [120]


def test_one_month_leaves_nothing_to_hold_out(bank):
    rows = [
        (f"A{n}{item}", f"C{n:03}", item, "2023-01-05") for n, row in enumerate(TEN) for item in row
    ]
    result = run(bank(accounts=rows), holdout_by="months")
    assert result.counts["baskets_held_out"] == 0
    assert result.rules["confirmed"].null_count() == result.rules.height


def test_figures_are_cut_on_the_mined_customers_alone():
    mined = np.arange(12) < 8  # 1..8; the other four are far away and must not move the bounds
    values = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 900, 900, -900, np.nan])
    names, part = _parts("Age", values, 2, mined)
    assert names == ["Age < 4.5", "Age ≥ 4.5"]
    assert part.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, -1]
    assert _parts("Age", np.ones(12), 3, mined) == (["Age"], pytest.approx(np.zeros(12)))


def test_figures_lead_to_products_and_are_not_foretold(bank):
    people = [{"customer_id": f"C{n:03}", "birth_year": 2024 - (20 + n % 40)} for n in range(400)]
    data = bank(customers=people, accounts=holders(TEN * 20))
    result = run(data, features="age_years", bins=2, min_support=0.05, min_confidence=0.1)
    assert len([one for one in result.held.items if "Age" in one]) == 2
    assert not any("Age" in one for one in result.rules["consequent"])


def test_figures_need_products(bank):
    lines = [
        {
            "customer_id": "ann",
            "happened_at": "2024-06-01",
            "amount": 1,
            "basket_id": "b",
            "item": "tea",
        }
    ]
    with pytest.raises(UserError, match="products"):
        run(bank(transactions=lines), features="transactions")


@pytest.mark.parametrize("method", ["rules", "ease", "popularity"])
def test_everybody_gets_a_next_product_they_lack(bank, method):
    result = run(bank(accounts=holders(TEN * 20)), next_by=method)
    found = result.frames["next_product"]
    held = {f"C{n:03}": row for n, row in enumerate(TEN * 20)}
    assert found.height == 400  # nobody holds all three
    assert all(offer not in held[who] for who, offer in found.select("customer_id", "offer").rows())
    if method == "popularity":  # b is held by most, then a
        assert set(found.filter(pl.col("offer") == "a")["customer_id"]) == {
            w for w, r in held.items() if r == "b"
        }


def test_a_higher_support_takes_from_the_sets_already_mined():
    draw = np.random.default_rng(4)
    basket, item = np.nonzero(draw.random((300, 8)) < 0.4)
    every = np.ones(8, bool)
    asked = [Wanted(min_support=s, min_confidence=0, min_lift=0, max_length=m, antecedent=every, consequent=every)
             for s, m in ((0.05, None), (0.1, 3), (0.02, 2))]  # fmt: skip
    one = Baskets.of(basket, item, 300, 8)
    for wanted in asked:
        fresh = frequent(Baskets.of(basket, item, 300, 8), wanted)
        assert frequent(one, wanted).as_dict() == fresh.as_dict()


def test_rules_item_by_item_end_at_the_consequent(bank):
    result = run(bank(accounts=holders(TEN)), **PLAIN, min_support=0.05, min_confidence=0.5)
    rows = result.frames["parallel"].select("antecedent", "consequent", "step", "item").rows()
    assert set(rows) == {
        ("a", "b", -1, "a"),
        ("a", "b", 0, "b"),
        ("b", "a", -1, "b"),
        ("b", "a", 0, "a"),
    }
