"""Rules against published counts, the planted truth, and baskets in which nothing is true."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from analytics.itemsets import Baskets
from analytics.rules import ANALYSES, RulesParams
from analytics.rules.baskets import Holdings
from analytics.rules.discover import discover, shuffled
from analytics.rules.ranking import ease
from sample_data.generate import make_block
from sample_data.rules import RULES
from sample_data.world import Plan

PLAIN = RulesParams(correction="none", min_lift=None, max_length=None)
NOBODY = pl.DataFrame(schema={"customer_key": pl.Int64, "customer_id": pl.String, "opened_on": pl.Date,
                              "consent": pl.Boolean})  # fmt: skip


def holdings(basket, item, n, names) -> Holdings:
    """Baskets without customers."""
    found = Baskets.of(np.asarray(basket), np.asarray(item), n, len(names))
    return Holdings(found, tuple(names), np.full(n, -1), NOBODY, "orders", np.full(n, -1))


@pytest.fixture(scope="module")
def groceries(shared_file_module) -> Holdings:
    rows = [[int(w) for w in line.split()] for line in shared_file_module.read_text().splitlines()]
    pairs = [(b, i) for b, row in enumerate(rows) for i in row]
    basket, item = np.array(pairs).T
    return holdings(basket, item, len(rows), [str(i) for i in range(item.max() + 1)])


@pytest.fixture(scope="module")
def shared_file_module(shared_data):
    path = shared_data / "groceries" / "groceries.dat"
    if not path.exists():
        pytest.skip("absent data: groceries/groceries.dat")
    return path


# -- Groceries: the arules vignette, and Lantz, Machine Learning with R ---------------------------
def test_groceries_410_rules(groceries):
    found = discover(
        groceries.baskets, groceries, replace(PLAIN, min_support=0.001, min_confidence=0.8)
    )
    assert found.frame.height == 410
    assert Counter(found.frame["length"]) == {3: 29, 4: 229, 5: 140, 6: 12}


def test_groceries_463_rules_and_the_top_lift(groceries):
    found = discover(
        groceries.baskets, groceries, replace(PLAIN, min_support=0.006, min_confidence=0.25)
    )
    assert found.frame.height == 463
    assert found.frame["lift"].max() == pytest.approx(3.956477, abs=5e-7)


def test_groceries_the_second_engine_agrees(groceries):
    asked = replace(PLAIN, min_support=0.02, min_confidence=0.1)
    one, two = (
        discover(groceries.baskets, groceries, replace(asked, engine=e)).frame
        for e in ("bits", "hmine")
    )
    assert one.height > 50
    assert one.equals(two)


# -- the invented bank ---------------------------------------------------------------------------
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_rules_are_found_and_lead(bank, seed):
    accounts = make_block(Plan(1_000, 12, seed), 0)[0].accounts
    rows = accounts.select(account_id=pl.int_range(pl.len()).cast(pl.String), customer_id=pl.col("customer").cast(pl.String),
                           product="product", opened_on="opened_on", closed_on="closed_on")  # fmt: skip
    result = ANALYSES["rules"].compute(bank(accounts=rows), RulesParams(), date(2025, 12, 31))
    planted = {frozenset((*rule.antecedent, rule.consequent)) for rule in RULES}
    sides = [
        frozenset(f"{x} & {y}".split(" & "))
        for x, y in result.rules.select("antecedent", "consequent").rows()
    ]
    assert planted <= set(sides)
    assert len(set(sides) - planted) <= 4
    assert sum(one not in planted for one in sides[: len(planted)]) <= 1
    judged = result.frames["next_best"].filter(k=1, phase="measuring")
    first = dict(judged.select("method", "precision").rows())
    assert (
        first["rules"] > 3 * first["popularity"]
    )  # consequents are opened last: see sample_data.rules
    proven = result.frames["holdout"].filter("confirmed")
    assert len(planted & {frozenset(f"{x} & {y}".split(" & ")) for x, y in proven.select(
        "antecedent", "consequent").rows()}) >= 7  # fmt: skip


def correlated(customers: int, seed: int) -> Holdings:
    """Products that lean on one another, before they are shuffled."""
    draw = np.random.default_rng(seed)
    active = draw.random((customers, 1)) < 0.4
    table = draw.random((customers, 24)) < np.linspace(0.05, 0.3, 24) * np.where(active, 2.2, 0.2)
    return holdings(*np.nonzero(table), customers, [f"p{i:02}" for i in range(24)])


@pytest.mark.parametrize("customers", [600, 2_000])
def test_shuffled_baskets_hardly_ever_give_a_rule(customers):
    held = correlated(customers, 5)
    assert discover(held.baskets, held, RulesParams()).frame.height > 5  # before the shuffle
    runs = [
        discover(shuffled(held.baskets, seed), held, RulesParams()).frame.height
        for seed in range(20)
    ]
    assert sum(one > 0 for one in runs) <= 4


def test_shuffling_keeps_every_item_as_frequent_as_it_was():
    held = correlated(300, 1)
    mixed = shuffled(held.baskets, 3)
    assert np.array_equal(np.bincount(mixed.item), np.bincount(held.baskets.item))
    assert not np.array_equal(mixed.basket, held.baskets.basket)


def test_ease_is_ridge_regression_of_each_product_on_the_others():
    table = np.random.default_rng(2).random((60, 4)) < 0.4
    x = table.astype(float)
    expected = np.zeros((60, 4))
    for item in range(4):  # each column by its own normal equations
        others = [j for j in range(4) if j != item]
        weights = np.linalg.solve(
            x[:, others].T @ x[:, others] + 10 * np.eye(3), x[:, others].T @ x[:, item]
        )
        expected[:, item] = x[:, others] @ weights
    assert np.allclose(ease(table, 10.0), expected)


def test_next_best_products_by_hand(bank):
    # 40 hold a and b; 40 hold c; ann and 19 others held a and opened b since: rules say b first
    early, late = "2023-01-01", "2024-05-01"
    rows = [(f"A{n}{p}", f"C{n:03}", p, early) for n in range(40) for p in "ab"]
    rows += [(f"A{n}c", f"C{n:03}", "c", early) for n in range(40, 100)]
    rows += [(f"A{n}a", f"C{n:03}", "a", early) for n in range(100, 110)]
    rows += [(f"A{n}b", f"C{n:03}", "b", late) for n in range(100, 110)]
    quality = (
        ANALYSES["rules"]
        .compute(bank(accounts=rows), RulesParams(), date(2024, 6, 30))
        .frames["next_best"]
    )
    first = {method: (p, r, n) for method, p, r, n in quality.filter(k=1).select(
        "method", "precision", "recall", "judged").rows()}  # fmt: skip
    assert first["rules"] == (1.0, 1.0, 10)
    assert first["popularity"] == (0.0, 0.0, 10)  # c is the most held product they lack
