"""The ledger: lines by hand, sums to the cent on a generated bank, per product and per group."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from analytics.ledger import LedgerParams, compute, movements, own
from analytics.lifecycle import balances
from analytics.lifecycle.answer import members
from tests.life_bank import life_bank

AS_OF = date(2024, 2, 29)


def account(one, customer, product="current", closed=None, opened="2020-01-01"):
    return {"account_id": one, "customer_id": customer, "product": product, "opened_on": opened,
            "closed_on": closed}  # fmt: skip


def moved(one, day, amount, kind="transfer"):
    return {"account_id": one, "happened_at": f"2024-{day}", "amount": amount, "kind": kind}


@pytest.fixture
def data(bank):
    """January ends with 1,000 + 200 + 500; February with 1,230.05 + 170 + 900 + 40.

    ann keeps a1 (moves 100 to her savings a2) and a2 (100 in, 130.00 out; 5 is unexplained less);
    her a3 closes (it held 0.00). bob leaves: b1 held 500 and closes. cyd joins with 900; ann opens a4
    with 40.
    """
    accounts = [
        account("a1", "ann"),
        account("a2", "ann", "savings"),
        account("b1", "bob", closed="2024-02-10"),
        account("c1", "cyd", opened="2024-02-05"),
        account("a4", "ann", "term", opened="2024-02-20"),
    ]
    levels = {
        "a1": (1000, "1230.05"),
        "a2": (200, 170),
        "b1": (500, None),
        "c1": (None, 900),
        "a4": (None, 40),
    }
    balances = [
        {"account_id": a, "balance_on": day, "balance": b}
        for a, both in levels.items()
        for day, b in zip(("2024-01-31", "2024-02-29"), both, strict=True)
        if b is not None
    ]
    rows = [moved("a1", "02-03", -100), moved("a2", "02-03", 100), moved("a2", "02-09", -130, "cash"),
            moved("a1", "02-20", "0.55", "interest"), moved("a1", "02-21", "-0.50", "fee"),
            moved("a1", "02-25", 335, "cash"), moved("a1", "01-15", 7777, "cash")]  # fmt: skip
    return bank(customers=[("ann", None, "N"), ("bob", None, "S"), ("cyd", None, "S")],
                accounts=accounts, balances=balances, transactions=rows)  # fmt: skip


@pytest.mark.parametrize("crowded", [0, 10**6])  # sorted rows, and a place for every cell
def test_lines_by_hand(data, monkeypatch, crowded):
    monkeypatch.setattr(movements, "CROWDED", crowded)
    found = dict(
        compute(data, LedgerParams(), AS_OF).frames["ledger"].select("line", "amount").iter_rows()
    )
    # a1: 230.05 = -100 + 0.55 - 0.50 + 335 - 5.00; a2: -30 = 100 - 130
    assert found == {
        "new_customers": 900, "lost_customers": -500, "opened_accounts": 40, "interest": Decimal("0.55"),
        "fees": Decimal("-0.50"), "organic_in": 335, "organic_out": -130, "unexplained": -5,
        "own_moves": 0}  # fmt: skip


def test_own_moves_show_between_products(data):
    products = compute(data, LedgerParams(), AS_OF).frames["products"].filter(line="own_moves")
    assert dict(products.select("product", "amount").iter_rows()) == {
        "current": -100,
        "savings": 100,
    }


def test_every_sum_is_exact_by_hand(data):
    result = compute(data, LedgerParams(by="region"), AS_OF)
    assert result.frames["checks"].rows() == [
        (AS_OF, 1700, Decimal("2340.05"), Decimal("640.05"), Decimal("640.05"), 0)]  # fmt: skip
    groups = result.frames["breakdown"].group_by("group").agg(pl.col("amount").sum())
    assert dict(groups.iter_rows()) == {"N": Decimal("240.05"), "S": 400}
    assert members(result, "ledger", {"line": "lost_customers"}).to_list() == ["bob"]


def test_a_movement_that_names_another_customer_stays_with_its_account(bank):
    """Who ordered it is another one than who holds the account; a7 has no balance and no line."""
    accounts = [account("a1", "ann"), account("b1", "bob"), account("a7", "ann")]
    levels = [("a1", "01-31", 100), ("a1", "02-29", 60), ("b1", "01-31", 10), ("b1", "02-29", 10)]
    rows = [{**moved("a1", "02-03", -40, "cash"), "customer_id": "bob"}, moved("a7", "02-05", 9)]
    data = bank(customers=["ann", "bob"], accounts=accounts, transactions=rows, balances=[
        {"account_id": a, "balance_on": f"2024-{d}", "balance": b} for a, d, b in levels])  # fmt: skip
    found = compute(data, LedgerParams(), AS_OF).frames["ledger"]
    assert found.select("line", "amount", "customers").rows() == [("organic_out", -40, 1)]


@pytest.mark.parametrize(("rows", "legs"), [
    ([(1, 1, 100), (1, 2, -100)], [True, True]),
    ([(1, 1, 100), (1, 1, -100)], [False, False]),  # one account: a booking taken back
    ([(1, 1, 100), (2, 2, -100)], [False, False]),  # another day or customer
    ([(1, 1, 100), (1, 2, -100), (1, 3, 100)], [False, False, False]),  # does not cancel out
    ([(1, 1, 5), (1, 1, -3), (1, 2, -5), (1, 3, 3), (1, 2, 7)], [True, True, True, True, False]),
    ([], []),
])  # fmt: skip
def test_own_moves_by_hand(rows, legs):
    day, account, amount = np.array(rows, np.int64).reshape(-1, 3).T
    assert own.moves(day, account, amount).tolist() == legs


def test_balances_at_any_days(bank):
    """Days that are no month ends: the last value up to each of them, and none from later."""
    levels = [("2024-01-03", 10), ("2024-01-10", 20), ("2024-01-10", 25), ("2024-01-20", 40)]
    data = bank(customers=["ann"], accounts=[account("a1", "ann")],
                balances=[{"account_id": "a1", "balance_on": d, "balance": b} for d, b in levels])  # fmt: skip
    ends = [date(2024, 1, n) for n in (2, 7, 14, 21)]
    with data.scope(ends[-1]) as scope:
        found = balances.read(scope, ends)
    assert (found.amount[:, 0] // balances.UNIT).tolist() == [0, 10, 25, 40]
    assert found.known[:, 0].tolist() == [False, True, True, True]


@pytest.mark.parametrize(("rows", "closing"), [
    # id, amount, balance after: interest comes first but has the higher id
    ([("7", "-14.60", "985.40"), ("900", "20", "1000")], "985.40"),
    ([("900", "20", "1000"), ("7", "-14.60", "985.40")], "985.40"),
    ([("1", "5", "105"), ("2", "0", "105")], "105"),
    ([("9", "5", "105"), ("10", "-5", "100")], "100"),  # back where it began: the order of the ids decides
    ([("1", "5", "105"), ("2", "7", "112"), ("3", "-2", "110")], "110"),
])  # fmt: skip
def test_the_closing_balance_of_a_day_without_times(bank, rows, closing):
    data = bank(customers=["ann"], accounts=[account("a1", "ann")], transactions=[
        {"account_id": "a1", "happened_at": "2024-01-31", "amount": amount, "balance_after": after,
         "transaction_id": one} for one, amount, after in rows])  # fmt: skip
    with data.scope(AS_OF) as scope:
        found = balances.read(scope, [date(2024, 1, 31)])
    assert balances.money(found.amount[0, 0]) == Decimal(closing)


def test_on_a_generated_bank_all_sums_hold_to_the_cent(tmp_path):
    """Per month, product and segment, against sums of the balances table by plain SQL."""
    data, truth = life_bank(tmp_path, customers=300, seed=3, months=18)
    as_of = date.fromisoformat(truth["as_of"])
    result = compute(data, LedgerParams(months=17, by="region"), as_of)
    assert result.counts["months_that_do_not_sum"] == 0
    sql = """SELECT {key} AS k, coalesce(sum(balance) FILTER (balance_on = $last), 0)
                    - coalesce(sum(balance) FILTER (balance_on = $first), 0) AS d
             FROM balances b JOIN accounts a USING (account_key)
                  JOIN customers c ON c.customer_key = b.customer_key
             WHERE balance_on IN ($first, $last) AND (a.closed_on IS NULL OR a.closed_on > balance_on)
             GROUP BY 1 HAVING d <> 0 ORDER BY 1"""
    ends = result.facts["ends"]
    for table, column, key in (
        ("products", "product", "a.product::VARCHAR"),
        ("breakdown", "group", "c.region::VARCHAR"),
    ):
        expected = data.query(sql.format(key=key), first=ends[0], last=ends[-1])
        ours = (
            result.frames[table]
            .group_by(column)
            .agg(pl.col("amount").sum())
            .filter(pl.col("amount") != 0)
        )
        assert ours.sort(column).rows() == expected.rows()
    left = result.frames["ledger"].filter(line="unexplained")["amount"].sum() or 0
    assert left == 0  # the invented bank's balances follow from its movements to the cent
    data.close()
