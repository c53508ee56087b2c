"""The feature table: every figure by hand on a few rows, and what an extract cannot give is absent."""

from __future__ import annotations

from datetime import date

import pytest

from analytics.dataset import EVERYBODY, Dataset
from analytics.features import CATALOGUE, FeatureTable, read
from analytics.features.names import by_class, product_class
from analytics.text import UserError
from tests.contract import in_both
from tests.contract_bank import AS_OF, tables

TODAY = date(2024, 6, 30)  # a Sunday


def table(data: Dataset, as_of: date = TODAY, **asked) -> FeatureTable:
    with data.scope(as_of) as scope:
        return read(scope, EVERYBODY, **asked)


def of(data: Dataset, customer: str, as_of: date = TODAY, **asked) -> dict:
    found = table(data, as_of, **asked).frame.filter(customer_id=customer)
    return found.row(0, named=True)


ANN = [
    ("ann", "2024-06-01 09:00", 100, "transfer"),  # Saturday morning
    ("ann", "2024-06-01 20:00", -50, "purchase"),
    ("ann", "2024-06-11 13:00", -50, "purchase"),
    ("ann", "2024-06-28 08:00", 3000, "salary"),  # paid in by others: no activity
    ("ann", "2024-06-30 23:59", -200, "withdrawal"),  # Sunday evening, the as-of day itself
    ("ann", "2024-07-01 00:00", -999, "withdrawal"),  # tomorrow
    ("ann", "2023-07-01 00:00", -999, "withdrawal"),  # 366 days back: one day too old
    ("bob", "2024-01-01 10:00", -10, "fee"),  # nothing of his own
]
EXPECTED = {
    "recency_days": 0, "active_days": 3, "active_months": 1, "recent_share": 1, "typical_gap_days": 14.5,
    "gap_variation": 6.363961030678928 / 14.5, "transactions": 4, "turnover": 400, "money_in": 100,
    "money_out": 300, "typical_amount": 84.08964152537145, "largest_amount": 200, "credit_share": 0.25,
    "weekend_share": 0.75, "morning_share": 0.25, "evening_share": 0.5, "kinds_used": 3,
    "salary_months": 1, "salary_in": 3000,
}  # fmt: skip


@pytest.mark.parametrize(("key", "value"), EXPECTED.items())
def test_movements_by_hand(bank, key, value):
    # typical amount: (100 * 50 * 50 * 200) ** .25; gaps: 10 and 19 days, sd 9 / sqrt 2
    assert of(bank(transactions=ANN), "ann")[key] == pytest.approx(value)


def test_who_did_nothing_is_null_and_then_filled(bank):
    found = table(bank(transactions=ANN))
    bob = found.frame.filter(customer_id="bob").row(0, named=True)
    assert bob["active_days"] is None
    filled = found.filled(["recency_days", "active_days"])
    assert filled.row(1) == (365.0, 0.0)


def test_shares_by_the_extracts_own_names(bank):
    found = table(bank(transactions=ANN))
    titles = {one.title.en: one.key for one in found.features if one.of_data}
    shares = found.frame.filter(customer_id="ann").row(0, named=True)
    assert {title: shares[key] for title, key in titles.items()} == {
        "Share of “purchase”": 0.5, "Share of “transfer”": 0.25, "Share of “withdrawal”": 0.25}  # fmt: skip


BALANCES = {
    "customers": [("ann", "2022-06-30")],
    "accounts": [("A1", "ann", "current_account", "2022-01-01"), ("A2", "ann", "定期存款", "2023-01-01"),
                 ("A3", "ann", "home loan", "2023-01-01"),
                 ("A4", "ann", "term_deposit", "2023-01-01", "2024-05-31")],
    "balances": [{"account_id": a, "balance_on": day, "balance": value} for a, day, value in (
        ("A1", date(2024, 5, 31), 50), ("A1", date(2024, 6, 30), 100), ("A2", date(2024, 6, 30), 300),
        ("A3", date(2024, 6, 30), -70), ("A4", date(2024, 5, 31), 999), ("A1", date(2024, 7, 1), 5))],
}  # fmt: skip
HELD = {"balance": 400, "debt": 70, "term_share": 0.75, "wealth_share": 0, "products_held": 3,
        "accounts_open": 3, "accounts_closed": 1, "term_accounts": 1, "loan_accounts": 1,
        "mean_balance": (1049 + 400) / 2, "tenure_days": 731}  # fmt: skip


@pytest.mark.parametrize(("key", "value"), HELD.items())
def test_holdings_by_hand(bank, key, value):
    assert of(bank(**BALANCES), "ann")[key] == pytest.approx(value)


def test_before_an_account_is_closed_it_counts(bank):
    assert of(bank(**BALANCES), "ann", date(2024, 5, 30))["accounts_open"] == 4


def test_only_what_the_extract_supports(bank):
    days_only = [("ann", "2024-06-01", 5), ("ann", "2024-06-02", 5)]
    found = {one.key for one in table(bank(transactions=days_only)).features}
    assert {"active_days", "turnover", "weekend_share"} <= found
    assert not found & {
        "morning_share",
        "channels_used",
        "balance",
        "app_days",
        "age_years",
        "kinds_used",
    }


def test_an_unknown_feature_is_refused_in_words(bank):
    with pytest.raises(UserError) as refused:
        table(bank(transactions=ANN)).filled(["wealth"])
    assert "active_days" in refused.value.text.en


def test_the_features_of_another_day_are_the_same_ones(bank):
    data = bank(**tables())
    now = table(data, AS_OF)
    with data.scope(date(2024, 2, 1)) as scope:
        then = read(scope, EVERYBODY, like=now)
    assert then.features == now.features
    assert then.frame.columns == now.frame.columns


def test_about_forty_features_each_with_a_meaning_in_both_languages():
    assert len({one.key for one in CATALOGUE}) == len(CATALOGUE) >= 40
    for one in CATALOGUE:
        assert all(in_both(text) for text in (one.title, one.definition, one.unit)), one.key


@pytest.mark.parametrize(("name", "kind"), [
    ("term_deposit", "term"), ("大额存单", "term"), ("wealth_product", "wealth"), ("基金", "wealth"),
    ("credit_card", "card"), ("个人住房贷款", "loan"), ("term loan", "loan"), ("savings_account", "savings"),
    ("current_account", None), ("活期账户", None)])  # fmt: skip
def test_products_by_their_names(name, kind):
    assert product_class(name) == kind
    assert [k for k, names in by_class([name]).items() if names] == ([kind] if kind else [])
