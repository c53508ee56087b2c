"""Findings on banks of a few rows: what must be found, in how many rows of how many."""

from __future__ import annotations

import pytest

from analytics.quality import check

DAY = "2024-06-01"


def moved(*amounts, start=100):
    """One account's movements, one a day, with the balance after each (right by hand)."""
    rows, balance = [], start
    for number, amount in enumerate(amounts):
        balance += amount
        rows.append({"account_id": "a1", "happened_at": f"2024-06-{number + 1:02d}",
                     "amount": amount, "balance_after": balance})  # fmt: skip
    return rows


def each_month(months, rows_each=60, table="transactions"):
    return [("ann", f"{month}-{1 + n % 28:02d}", 1 if n % 2 else -1)
            for month in months for n in range(rows_each)]  # fmt: skip


broken = moved(10, -20, 30, -5)
broken[2]["balance_after"] += 1  # the third is a cent-exact lie: two steps touch it
rounded = [{**row, "amount": row["amount"] - 0.04 * (n == 3)}
           for n, row in enumerate(moved(10, -20, 30, -5))]  # fmt: skip
turned = [{**row, "amount": -row["amount"]} for row in moved(10, -20, 30, -5, 7, -8)]
same_day = [{**row, "happened_at": DAY} for row in moved(10, -20, 30)]  # order unknown: no claim

CASES = {
    "orphan transaction": (
        {"customers": ["ann"], "transactions": [("ann", DAY, 1), ("bob", DAY, -1)]},
        "orphans", "transactions.customer_id", 1, 2),
    "orphan account": (
        {"customers": ["ann"], "accounts": [("a1", "ann"), ("a2", "bob")]},
        "orphans", "accounts.customer_id", 1, 2),
    "transaction of an unlisted account": (
        {"accounts": [("a1", "ann")], "transactions": [
            {"account_id": "a1", "happened_at": DAY, "amount": 1},
            {"account_id": "a9", "happened_at": DAY, "amount": -1}]},
        "orphans", "transactions.account_id", 1, 2),
    "row without a customer": (
        {"transactions": [("ann", DAY, 1), (None, DAY, -1), (None, DAY, 2)]},
        "no_customer", "transactions", 2, 3),
    "repeated transaction id": (
        {"transactions": [{"customer_id": "ann", "happened_at": DAY, "amount": n,
                           "transaction_id": t} for n, t in ((1, "x"), (-2, "y"), (3, "x"))]},
        "repeated_keys", "transactions.transaction_id", 1, 3),
    "balance stated twice for a day": (
        {"balances": [("ann", DAY, 1), ("ann", DAY, 2), ("bob", DAY, 1)]},
        "repeated_keys", "balances.balance_on", 1, 3),
    "month gap": (
        {"transactions": each_month(["2024-01", "2024-02", "2024-05", "2024-06"])},
        "missing_months", "transactions.happened_at", 2, 6),
    "thin month": (
        {"transactions": each_month(["2024-01", "2024-02"]) + each_month(["2024-03"], 4)
         + each_month(["2024-04"])},
        "thin_months", "transactions.happened_at", 1, 4),
    "placeholder day": (
        {"customers": [("ann", "1900-01-01"), ("bob", "2020-05-05"), ("cy", None)]},
        "placeholder_dates", "customers.opened_on", 1, 2),
    "future rows": (
        {"transactions": [*each_month(["2024-06"], 2000), ("ann", "2031-01-01", 5)]},
        "future_dates", "transactions.happened_at", 1, 2001),
    "before the customer opened": (
        {"customers": [("ann", "2024-06-02")], "transactions": [("ann", DAY, 1), ("ann", "2024-06-02", -1)]},
        "before_opening", "customers.opened_on", 1, 2),
    "after the account closed": (
        {"accounts": [("a1", "ann", "current", "2020-01-01", "2024-06-02")],
         "transactions": moved(1, -2, 3)},
        "after_closing", "accounts.closed_on", 1, 3),
    "all amounts positive": (
        {"transactions": [("ann", DAY, 1), ("ann", DAY, 2)]},
        "one_sign", "transactions.amount", 2, 2),
    "an amount of nothing": (
        {"transactions": [("ann", DAY, 1), ("ann", DAY, 0), ("ann", DAY, -1)]},
        "zero_amounts", "transactions.amount", 1, 3),
    "withdrawals counted in": (
        {"transactions": [("ann", DAY, 5, "ATM withdrawal"), ("ann", DAY, 5, "工资"),
                          ("ann", DAY, -1, "other")]},
        "sign_against_kind", "transactions.amount", 1, 2),
    "two currencies": (
        {"transactions": [{"customer_id": "ann", "happened_at": DAY, "amount": n, "currency": c}
                          for n, c in ((1, "CNY"), (-1, "CNY"), (2, "USD"), (3, None))]},
        "currency_mix", "transactions.currency", 1, 4),
    "balance breaks": (
        {"transactions": broken}, "balance_breaks", "transactions.balance_after", 2, 3),
    "balances rounded to a tenth": (
        {"transactions": rounded}, "balance_rounded", "transactions.balance_after", 1, 3),
    "signs turned round": (
        {"transactions": turned}, "signs_turned", "transactions.amount", 5, 5),
    "balance days not explained": (  # 100 -> 130 is the +30 between; 130 -> 150 has only -10
        {"balances": [("ann", "2024-05-31", 100), ("ann", "2024-06-30", 130), ("ann", "2024-07-31", 150)],
         "transactions": [("ann", "2024-06-30T23:59:59", 30), ("ann", "2024-07-01", -10)]},
        "balance_unexplained", "balances.balance", 1, 2),
    "empty column": (
        {"transactions": [("ann", DAY, 1, None), ("ann", DAY, -1, None)]},
        "empty_column", "transactions.kind", 2, 2),
    "constant column": (
        {"customers": [(f"c{n}", "2020-01-01", "north") for n in range(20)]},
        "constant_column", "customers.region", 20, 20),
    "impossible birth year": (
        {"customers": [{"customer_id": c, "birth_year": y}
                       for c, y in (("ann", 1980), ("bob", 1880), ("cy", 2090))],
         "transactions": [("ann", DAY, 1)]},
        "impossible_birth_year", "customers.birth_year", 2, 3),
    "coverage": (
        {"customers": ["ann", "bob"], "events": [("ann", DAY, "login")]},
        "coverage", "events", 1, 2),
}  # fmt: skip


@pytest.mark.parametrize(("tables", "code", "path", "rows", "of"), CASES.values(), ids=CASES.keys())
def test_finding(bank, tables, code, path, rows, of):
    table, _, column = path.partition(".")
    found = [f for f in check(bank(**tables))
             if (f.code, f.table, f.column) == (code, table, column or None)]  # fmt: skip
    assert [(f.rows, f.of) for f in found] == [(rows, of)]
    assert found[0].message.en
    assert found[0].message.zh
    assert "{" not in found[0].message.en + found[0].message.zh + found[0].remedy.zh


CLEAN = {
    "a right balance": {"transactions": moved(10, -20, 30, -5)},
    "several movements of one moment": {"transactions": same_day},
    "movements without a balance between": {
        "transactions": [{**r, "balance_after": None} if n == 1 else r
                         for n, r in enumerate(moved(10, -20, 30, -5))]},
    "two accounts interleaved": {"transactions": moved(10, -20) + [
        {**r, "account_id": "a2"} for r in moved(-7, 8, start=999)]},
    "one stray early row makes no gap": {
        "transactions": [("ann", "1990-01-05", 1), *each_month(["2024-05", "2024-06"], 1500)]},
    "a full bank": {
        "customers": [("ann", "2020-01-01"), ("bob", "2020-01-01")],
        "transactions": [("ann", DAY, 5, "deposit"), ("bob", DAY, -5, "withdrawal")]},
}  # fmt: skip


@pytest.mark.parametrize("tables", CLEAN.values(), ids=CLEAN.keys())
def test_nothing_but_information_is_said_of_a_clean_extract(bank, tables):
    tables = {"accounts": [("a1", "ann"), ("a2", "ann")], **tables}
    assert [f.code for f in check(bank(**tables)) if f.severity != "info"] == []


def test_empty_dataset_has_no_findings(bank):
    assert check(bank()) == []


def test_most_severe_first_and_no_value_of_the_data(bank):
    data = bank(customers=["ann"], transactions=[("secret-id", DAY, 7654, "withdrawal of Zed")])
    found = check(data)
    severities = [f.severity for f in found]
    assert severities == sorted(severities, key=("error", "warning", "info").index)
    said = " ".join(f.message.en + f.message.zh + f.remedy.en for f in found)
    assert not any(word in said for word in ("secret-id", "7654", "7,654", "Zed"))
