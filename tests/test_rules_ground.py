"""The ground of rules: what is held out, figures as items, sets mined once, everybody's next product."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from analytics.itemsets import Baskets
from analytics.rules import ANALYSES, words
from analytics.rules.mining import Wanted, frequent
from analytics.rules.network import HAIR, LETTER, WIDE_LETTER, apart, layout
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


def test_the_method_is_chosen_on_one_period_and_measured_on_the_next(bank):
    # 70 hold a, 40 of them b too; 60 hold c. In the choosing period (7 July to 2 January) 20 holders
    # of a open c, the most held product they lack; in the measuring one 10 others open b, as the
    # rule a -> b says. Popularity is chosen, though rules turn out right.
    early, choosing, measuring = "2023-01-01", "2023-09-01", "2024-05-01"
    rows = [(f"A{n}a", f"C{n:03}", "a", early) for n in range(70)]
    rows += [(f"A{n}b", f"C{n:03}", "b", early) for n in range(40)]
    rows += [(f"A{n}c", f"C{n:03}", "c", early) for n in range(70, 130)]
    rows += [(f"A{n}c", f"C{n:03}", "c", choosing) for n in range(40, 60)]
    rows += [(f"A{n}b", f"C{n:03}", "b", measuring) for n in range(60, 70)]
    result = run(bank(accounts=rows))
    first = {(phase, method): (hits, judged) for phase, method, hits, judged in result.frames["next_best"].filter(
        k=1).select("phase", "method", "hits", "judged").rows()}  # fmt: skip
    assert first["choosing", "popularity"] == (20, 20)
    assert first["choosing", "rules"] == (0, 20)
    assert first["measuring", "popularity"] == (0, 10)
    assert first["measuring", "rules"] == (10, 10)
    assert result.frames["next_product"]["method"].unique().to_list() == ["popularity"]
    days = (
        result.frames["next_best"]
        .select("phase", "from_day", "to_day")
        .unique()
        .sort("from_day")
        .rows()
    )
    assert days == [
        ("choosing", date(2023, 7, 7), date(2024, 1, 2)),
        ("measuring", date(2024, 1, 3), date(2024, 6, 30)),
    ]


def test_a_slider_of_the_list_leaves_the_next_products_alone(bank):
    data = bank(accounts=holders(TEN * 20))
    plain = run(data).frames["next_product"]
    for move in (
        {"min_confidence": 0.99},
        {"min_lift": 4.0},
        {"top": 1},
        {"targets": "c"},
        {"filters": "phi > 0.9"},
    ):
        assert run(data, **move).frames["next_product"].equals(plain), move


def test_a_slider_moved_there_and_back_gives_what_a_fresh_run_gives(bank):
    rows = holders(TEN * 20 + ["abc", "ac", "bcd", "abd"] * 30)
    moves = [{"min_support": 0.2}, {"min_support": 0.02}, {"max_length": 2}, {"max_consequent": 2},
             {"min_confidence": 0.6, "min_lift": None}, {"correction": "holm"}]  # fmt: skip
    data = bank(accounts=rows)
    moved = [run(data, **move) for move in moves]
    for move, one in zip(moves, moved, strict=True):
        fresh = run(bank(accounts=rows), **move)
        assert one.rules.equals(fresh.rules), move
        assert one.frames["holdout"].equals(fresh.frames["holdout"]), move


def test_names_of_a_network_are_pushed_apart():
    names = ["foreign_currency_account", "travel_insurance", "保管箱", "积存金"]
    where = apart(np.array([[0.5, 0.5], [0.52, 0.5], [0.5, 0.51], [0.5, 0.5]]), names, 0.05)
    for one, two in combinations(range(4), 2):
        dx, dy = np.abs(where[one] - where[two])
        width = (
            sum(
                sum(WIDE_LETTER if ord(s) > 0x2E80 else LETTER for s in names[n])
                for n in (one, two)
            )
            / 2
        )
        assert dx >= width - HAIR or dy >= 0.05 - HAIR, (names[one], names[two])


def test_a_chain_is_laid_out_in_order_and_the_same_way_twice():
    links = np.array([[0, 3], [3, 1], [1, 4], [4, 2]])  # items 0-2, rules 3 and 4 between them
    where = layout(5, links)
    along = where @ (where[2] - where[0])
    assert np.argsort(along).tolist() == [0, 3, 1, 4, 2]
    assert np.array_equal(where, layout(5, links))


def test_shuffles_are_told_with_their_denominators(bank):
    result = run(bank(accounts=holders(TEN * 20)), shuffles=3)
    rows = result.frames["noise"]
    told = words.noise_sentence(result, rows)
    assert rows.height == 3
    assert told.en.startswith(
        f"3 shuffles of 400 baskets: of {result.counts['rules_tested']} rules tested"
    )
    assert told.zh.startswith("将400个篮子打乱3次")


def test_no_basket_at_all_is_said_with_its_reason(bank):
    tables = ANALYSES["rules"].headline(
        run(bank(accounts=[("A1", "ann", "card", "2024-07-01", None)]))
    )
    assert len(tables) == 1
    assert "2024-06-30" in tables[0].en
    assert "nothing to mine" in tables[0].en


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
