"""Rules: measures against mlxtend and by hand, integer thresholds, sides, folding, offers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import association_rules, fpgrowth
from scipy.stats import chi2_contingency, fisher_exact

from analytics.rules import ANALYSES, RulesParams
from analytics.rules.measures import fisher_tail, measure
from analytics.text import UserError

AS_OF = date(2024, 6, 30)
TWELVE = ("antecedent support", "consequent support", "support", "confidence", "lift", "representativity",
          "leverage", "conviction", "zhangs_metric", "jaccard", "certainty", "kulczynski")  # fmt: skip
PLAIN = {"correction": "none", "min_lift": None, "holdout_share": 0.0}


def holders(rows):
    """Accounts of one customer a row, each row a string of one-letter products."""
    return [(f"A{n}{item}", f"C{n:03}", item) for n, row in enumerate(rows) for item in row]


def run(data, **params):
    return ANALYSES["rules"].compute(data, RulesParams(**params), AS_OF)


def found(result):
    """Rules as text with their counts."""
    return {f"{x}>{y}": (a, c, both) for x, y, a, c, both in result.rules.select(
        "antecedent", "consequent", "antecedent_count", "consequent_count", "count").rows()}  # fmt: skip


# -- measures ------------------------------------------------------------------------------------
@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), max_size=6), min_size=2, max_size=40))
def test_measures_equal_mlxtend(rows):
    table = pd.DataFrame(False, index=range(len(rows)), columns=range(7))
    table[6] = True  # a column that is full; most random tables have an empty one too
    for number, row in enumerate(rows):
        table.loc[number, sorted(set(row))] = True
    with np.errstate(divide="ignore", invalid="ignore"):  # mlxtend divides by 0 and mends it
        oracle = association_rules(
            fpgrowth(table, 0.5 / len(rows)), metric="support", min_threshold=0.0
        )
    n = len(rows)
    counts = [np.rint(oracle[c].to_numpy(float) * n).astype(int) for c in TWELVE[:3]]
    ours = measure(*counts, n)
    for name in TWELVE:
        # mlxtend divides support by support, so that a rule without exception may miss 1 by an ulp
        theirs, own = oracle[name].to_numpy(float), ours[name.replace(" ", "_")].to_numpy()
        sure = counts[2] == counts[0]
        if name in ("conviction", "zhangs_metric"):
            theirs, own = theirs[~sure], own[~sure]
        assert np.allclose(own, theirs, rtol=1e-9, atol=1e-9), name


def test_games_and_videos_of_the_textbook():
    # Han & Kamber: 10,000 baskets, games 6,000, videos 7,500, both 4,000 (recomputed)
    one = measure(np.array([6000]), np.array([7500]), np.array([4000]), 10_000).row(0, named=True)
    assert one["lift"] == pytest.approx(0.888889, abs=1e-6)
    assert one["chi_square"] == pytest.approx(555.556, abs=1e-3)
    table = [[4000, 2000], [3500, 500]]
    assert one["chi_square"] == pytest.approx(chi2_contingency(table, correction=False).statistic)
    assert one["phi"] == pytest.approx(-((555.5555 / 10_000) ** 0.5), abs=1e-5)
    assert one["relative_risk"] == pytest.approx((4000 / 6000) / (3500 / 4000))
    assert one["cosine"] == pytest.approx(4000 / (6000 * 7500) ** 0.5)
    assert one["imbalance"] == pytest.approx(1500 / 9500)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_the_tail_equals_fishers_exact_test(a, b, c, d):
    expected = fisher_exact([[a, b], [c, d]], "greater").pvalue
    ours = fisher_tail(
        np.array([a]), np.array([a + b]), np.array([a + c]), np.array([a + b + c + d])
    )
    assert ours[0] == pytest.approx(expected, rel=1e-9, abs=1e-14)


def test_the_tail_of_a_large_table():
    # SciPy's hypergeom.sf(5_299, 500_000, 100_000, 25_000), written down
    from scipy.stats import hypergeom

    ours = fisher_tail(
        np.array([5300]), np.array([25_000]), np.array([100_000]), np.array([500_000])
    )
    assert ours[0] == pytest.approx(hypergeom.sf(5299, 500_000, 100_000, 25_000), rel=1e-6)


# -- which rules ---------------------------------------------------------------------------------
TEN = ["ab"] * 8 + ["a", "a"] + ["b"] * 4 + ["c"] * 6  # a in 10, b in 12, both in 8, of 20


def test_rules_of_twenty_customers_by_hand(bank):
    data = bank(accounts=holders(TEN))
    result = run(data, **PLAIN, min_support=0.05, min_confidence=0.5)
    assert found(result) == {"a>b": (10, 12, 8), "b>a": (12, 10, 8)}
    assert result.counts["baskets"] == 20
    first = result.rules.row(by_predicate=pl.col("antecedent") == "a", named=True)
    assert (first["support"], first["confidence"]) == (0.4, 0.8)
    assert first["lift"] == pytest.approx(0.8 / 0.6)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"min_confidence": 0.8}, {"a>b"}),  # 8 of 10 is .8, whatever a float says
        ({"min_confidence": 0.81}, set()),
        ({"min_support": 0.4}, {"a>b", "b>a"}),
        ({"min_support": 0.4001}, set()),
        ({"targets": "a"}, {"b>a"}),
        ({"antecedent_must": "a"}, {"a>b"}),
        ({"antecedent_not": "a"}, {"b>a"}),
        ({"consequent_not": "a"}, {"a>b"}),
        ({"exclude": "b"}, set()),
        ({"include": "a,b"}, {"a>b", "b>a"}),
        ({"rename": "a=x"}, {"x>b", "b>x"}),
        ({"filters": "confidence > 0.7"}, {"a>b"}),
        ({"filters": "confidence >= .8, lift<1"}, set()),
        ({"top": 1}, {"a>b"}),  # the larger lower end
        ({"engine": "hmine"}, {"a>b", "b>a"}),
        ({"engine": "fpgrowth"}, {"a>b", "b>a"}),
        ({"sets": "closed"}, {"a>b", "b>a"}),
        ({"max_consequent": 2}, {"a>b", "b>a"}),
    ],
)
def test_what_a_parameter_keeps(bank, params, expected):
    base = {**PLAIN, "min_support": 0.05, "min_confidence": 0.5}
    assert set(found(run(bank(accounts=holders(TEN)), **{**base, **params}))) == expected


def test_excluded_items_leave_the_denominator_alone(bank):
    result = run(bank(accounts=holders(TEN)), **PLAIN, min_support=0.05, exclude="c")
    assert result.counts["baskets"] == 20


def test_products_are_those_open_at_as_of(bank):
    rows = [("A1", "ann", "card", "2024-01-01", None), ("A2", "ann", "loan", "2024-01-01", "2024-06-30"),
            ("A3", "ben", "card", "2024-07-01", None), ("A4", "eve", "loan", None, "2024-07-01")]  # fmt: skip
    held = run(bank(accounts=rows)).held
    assert [held.items[i] for i in held.baskets.item] == ["card", "loan"]
    assert held.customers["customer_id"].to_list() == ["ann", "eve"]
    assert run(bank(accounts=rows), ever_held=True).held.baskets.item.tolist() == [0, 1, 1]


def test_items_not_held_become_items(bank):
    result = run(
        bank(accounts=holders(TEN)), **PLAIN, min_support=0.05, min_confidence=0.9, negated=True
    )
    # every customer with c lacks a and b; the four with b alone lack a and c
    assert found(result)["c>not a"] == (6, 10, 6)
    assert "c>not c" not in found(result)


def test_the_extracts_own_baskets(bank):
    lines = [
        ("b1", "tea"),
        ("b1", "milk"),
        ("b2", "tea"),
        ("b2", "milk"),
        ("b3", "bread"),
        ("b4", "tea"),
    ]
    rows = [{"customer_id": "ann", "happened_at": "2024-06-01", "amount": 1, "basket_id": b, "item": i,
             "quantity": -1 if b == "b4" else 1} for b, i in lines]  # fmt: skip
    result = run(bank(transactions=rows), **PLAIN, min_support=0.5)
    assert found(result) == {"tea>milk": (2, 2, 2), "milk>tea": (2, 2, 2)}
    assert result.counts["baskets"] == 3  # the basket of returns is none
    assert result.counts["lines_returned"] == 1


def test_a_product_beside_its_own_group_is_no_rule(bank):
    rows = [{"account_id": f"{n}{p}", "customer_id": f"C{n}", "product": p, "product_group": g}
            for n in range(4) for p, g in (("visa", "card"), ("car", "loan"))]  # fmt: skip
    result = run(bank(accounts=rows), **PLAIN, level="both")
    assert not {"visa>card", "card>visa", "car>loan"} & set(found(result))
    assert {"visa>loan", "card>loan", "visa>car"} <= set(found(result))


def test_an_explosion_is_refused_with_the_support_that_would_do(bank):
    data = bank(accounts=holders(["abcdefgh"] * 4 + ["a"] * 12))
    with pytest.raises(UserError, match="8 baskets"):
        run(data, min_support=0.05, max_patterns=20, max_length=None)


@pytest.mark.parametrize("filters", ["lift", "nothing > 1", "lift >= much"])
def test_conditions_that_cannot_be_read_are_refused(filters):
    with pytest.raises(UserError, match="filters"):
        RulesParams(filters=filters)


def test_baskets_the_extract_cannot_give_are_refused(bank):
    with pytest.raises(UserError, match="orders"):
        run(bank(accounts=holders(TEN)), baskets="orders")


# -- believing -----------------------------------------------------------------------------------
def test_a_rule_that_repeats_a_simpler_one_is_not_productive(bank):
    # b follows a whatever else is held: x helps nobody
    rows = (
        ["abx"] * 20 + ["ax"] * 5 + ["ab"] * 20 + ["a"] * 5 + ["x"] * 40 + ["bx"] * 10 + ["c"] * 50
    )
    data = bank(accounts=holders(rows))
    everything = run(data, **PLAIN, min_confidence=0.5)
    assert "a & x>b" in found(everything)
    believed = run(data, min_confidence=0.5, holdout_share=0.0)
    assert "a>b" in found(believed)
    assert "a & x>b" not in found(believed)
    longer = everything.rules.row(by_predicate=pl.col("antecedent") == "a & x", named=True)
    assert longer["improvement"] == pytest.approx(0.0)  # .8 with x, .8 without


def test_redundant_rules_are_folded_under_the_simpler_one(bank):
    rows = ["abx"] * 20 + ["ax"] * 5 + ["ab"] * 20 + ["a"] * 5 + ["x"] * 15 + ["c"] * 50
    data = bank(accounts=holders(rows))
    settings = {"min_confidence": 0.5, "productive": False, "holdout_share": 0.0}
    folded = run(data, **settings)
    assert ("a & x", "b", "a") in folded.frames["folded"].select(
        "antecedent", "consequent", "simpler"
    ).rows()
    assert "a & x>b" in found(run(data, **settings, redundant=True))


def test_what_is_tested_does_not_depend_on_what_meets(bank):
    # a, b, c are frequent: 3 x 2 rules of one item; {a,b} is the one frequent pair, with c left to it
    result = run(bank(accounts=holders(TEN)), min_support=0.05)
    assert result.counts["rules_tested"] == 6 + 1


def test_the_holdout_parts_customers_and_counts_only_those_left(bank):
    data = bank(accounts=holders(TEN * 20))
    proven = run(data).frames["holdout"]
    n = proven["n"][0]
    assert 120 < n < 280
    row = proven.row(by_predicate=pl.col("antecedent") == "a", named=True)
    assert row["confirmed"]
    assert row["count"] <= row["antecedent_count"] <= n


def test_offers_go_to_those_who_fit_and_lack_it(bank):
    data = bank(accounts=holders(TEN * 20))
    result = run(data, control_share=0.5)
    lacking = {f"C{n:03}" for n, row in enumerate(TEN * 20) if row == "a"}
    offers = result.frames["offers"]
    assert set(offers.filter(offer="b")["customer_id"]) == lacking
    assert offers["rank"].max() == 1
    assert 0 < offers["control"].sum() < offers.height
    best = result.frames["opportunities"]
    row = best.row(by_predicate=pl.col("consequent") == "b", named=True)
    assert row["candidates"] == len(lacking)
    assert row["expected_takers"] == pytest.approx(len(lacking) * row["confidence"])
    assert row["expected_low"] < row["expected_takers"] < row["expected_high"]
    picked = ANALYSES["rules"].members(
        result, "opportunities", {"antecedent": "a", "consequent": "b"}
    )
    assert set(picked) == lacking


def test_who_refused_contact_is_offered_nothing(bank):
    people = [{"customer_id": f"C{n:03}", "consent": n % 2 == 0} for n in range(400)]
    result = run(bank(customers=people, accounts=holders(TEN * 20)))
    assert {int(one[1:]) % 2 for one in result.frames["offers"]["customer_id"]} == {0}


@pytest.mark.parametrize(
    ("table", "row", "customers"),
    [("rules", {"antecedent": "a", "consequent": "b"}, 8), ("pairs", {"item_a": "a", "item_b": "b"}, 8),
     ("card", {"antecedent_held": True, "consequent_held": False}, 2),
     ("card", {"antecedent_held": False}, 10), ("itemsets", {"items": "a & b"}, 8)],
)  # fmt: skip
def test_members_of_a_row(bank, table, row, customers):
    result = run(bank(accounts=holders(TEN)), **PLAIN, min_support=0.05, min_confidence=0.5)
    assert ANALYSES["rules"].members(result, table, row).len() == customers
