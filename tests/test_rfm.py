"""RFM: ten rows by hand, boundary days, refunds, kinds, ties, and three independent computations."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from analytics.dataset import Population
from analytics.rfm import RfmParams, compute, members, tables
from analytics.rfm.kinds import sort_of
from analytics.text import UserError

AS_OF = date(2024, 6, 30)

# Ten transactions of five customers. Active days in order, as of 2024-06-30:
#   ann  06-29 (twice), 06-30     -> R 0,   F 2, M 10 + 20 + 30 = 60
#   bob  06-20, 06-10             -> R 10,  F 2, M 100 + 50    = 150
#   cyd  06-20                    -> R 10,  F 1, M 5           = 5
#   dan  03-22 (leap year: 8 left of March, 30, 31, 30 -> 9+30+31+30) -> R 100, F 1, M 150
#   eve  01-01, 02-01, 03-01      -> R 121, F 3, M 1 + 2 + 2   = 5
TEN_ROWS = [
    ("ann", "2024-06-29 09:00", 10), ("ann", "2024-06-29 18:00", -20), ("ann", "2024-06-30 23:59:59", 30),
    ("bob", "2024-06-20", -100), ("bob", "2024-06-10", 50), ("cyd", "2024-06-20", 5),
    ("dan", "2024-03-22", -150), ("eve", "2024-01-01", 1), ("eve", "2024-02-01", 2),
    ("eve", "2024-03-01", -2),
]  # fmt: skip
# Percentile = average rank / 5; score = ceil(5 x percentile) = ceil(average rank).
#   R, latest is best: eve rank 1, dan 2, bob and cyd share 3 and 4 -> 3.5, ann 5
#      scores eve 1, dan 2, bob 4, cyd 4, ann 5
#   F: cyd and dan share 1 and 2 -> 1.5, ann and bob share 3 and 4 -> 3.5, eve 5
#      scores cyd 2, dan 2, ann 4, bob 4, eve 5
#   M: cyd and eve share 1 and 2 -> 1.5, ann 3, bob and dan share 4 and 5 -> 4.5
#      scores cyd 2, eve 2, ann 3, bob 5, dan 5
# Segments (above the middle score 3 is high): ann + + - loyal; bob + + + champions;
#   cyd + - - promising; dan - - + win_back; eve - + - fading.
# Best first by total: bob 13, ann 12, dan 9, then cyd and eve 8 each: cyd has the higher R.
TEN_ROWS_RFM = [
    ("bob", 10, 2, 150, 4, 4, 5, "champions"),
    ("ann", 0, 2, 60, 5, 4, 3, "loyal"),
    ("dan", 100, 1, 150, 2, 2, 5, "win_back"),
    ("cyd", 10, 1, 5, 4, 2, 2, "promising"),
    ("eve", 121, 3, 5, 1, 5, 2, "fading"),
]
MAIN = ["customer_id", "recency_days", "frequency", "monetary", "r", "f", "m", "segment"]


@pytest.fixture
def ten(bank):
    return bank(transactions=TEN_ROWS)


def one(bank, *rows, as_of=AS_OF, **params):
    """(recency_days, frequency, monetary) of the customer of these rows."""
    result = compute(bank(transactions=list(rows)), RfmParams(**params), as_of)
    found = result.rfm.select("recency_days", "frequency", "monetary").rows()
    return found[0] if found else None


# -- by hand -------------------------------------------------------------------------------------
def test_ten_rows_by_hand(ten):
    assert compute(ten, RfmParams(), AS_OF).rfm.select(MAIN).rows() == TEN_ROWS_RFM


def test_ties_across_a_cut_are_counted(ten):
    cuts = compute(ten, RfmParams(), AS_OF).cuts
    # R: bob and cyd. F: cyd and dan, ann and bob. M: cyd and eve, bob and dan.
    tied = cuts.group_by("measure").agg(pl.col("tied_across_cut").sum())
    assert dict(tied.iter_rows()) == {"recency": 2, "frequency": 4, "monetary": 4}


def test_cuts_say_what_a_score_means(ten):
    cuts = compute(ten, RfmParams(), AS_OF).cuts.filter(measure="recency")
    assert cuts.select("score", "customers", "from_value", "to_value", "cut_at").rows() == [
        (5, 1, 0, 0, 0), (4, 2, 10, 10, 10), (2, 1, 100, 100, 100), (1, 1, 121, 121, None)]  # fmt: skip


def test_fixed_cuts_by_hand(ten):
    params = RfmParams(cuts="fixed", scores=3, recency_cuts="10,100", frequency_cuts="2,3",
                       monetary_cuts="60,150.01")  # fmt: skip
    result = compute(ten, params, AS_OF)
    found = {row[0]: row[1:] for row in result.rfm.select("customer_id", "r", "f", "m").iter_rows()}
    # R: up to 10 is 3, up to 100 is 2; F and M: from the cut on.
    assert found == {"ann": (3, 2, 2), "bob": (3, 2, 2), "cyd": (3, 1, 1), "dan": (2, 1, 2),
                     "eve": (1, 3, 1)}  # fmt: skip
    assert result.cuts["tied_across_cut"].sum() == 0


def test_grid_and_segments_add_up(ten):
    result = compute(ten, RfmParams(), AS_OF)
    assert result.grid.select("r", "f", "customers", "share", "median_monetary").rows() == [
        (5, 4, 1, 0.2, 60.0), (4, 4, 1, 0.2, 150.0), (4, 2, 1, 0.2, 5.0), (2, 2, 1, 0.2, 150.0),
        (1, 5, 1, 0.2, 5.0)]  # fmt: skip
    assert result.segments["segment"].to_list() == [
        "champions", "win_back", "loyal", "promising", "fading"]  # fmt: skip
    assert result.segments["customers"].sum() == 5


# -- one rule, one case --------------------------------------------------------------------------
@pytest.mark.parametrize(("happened", "expected"), [
    ("2024-06-30 23:59:59.999", (0, 1, 7)),  # the as-of day counts to its end
    ("2024-07-01 00:00", None),  # tomorrow is not known today
    ("2023-07-02 00:00", (364, 1, 7)),  # the 365 days end with as_of: 07-02 is the first
    ("2023-07-01 23:59", None),
])  # fmt: skip
def test_boundary_days(bank, happened, expected):
    assert one(bank, ("ann", happened, 7)) == expected


@pytest.mark.parametrize(("days", "expected"), [(1, None), (2, (1, 1, 7)), (None, (1, 1, 7))])
def test_look_back(bank, days, expected):
    assert one(bank, ("ann", "2024-06-29", 7), lookback_days=days) == expected


@pytest.mark.parametrize(("basis", "expected"), [
    # in 100, out 30; a refunded purchase of 10 comes back in; a salary reversal takes 40 out
    ("turnover", 100 + 30 - 10 - 40), ("credits", 100 - 40), ("debits", 30 - 10),
    ("net", 100 - 30 + 10 - 40),
])  # fmt: skip
def test_money_measures_and_refunds(bank, basis, expected):
    rows = [("ann", "2024-06-01", 100, "transfer in"), ("ann", "2024-06-02", -30, "POS"),
            ("ann", "2024-06-03", 10, "POS refund"), ("ann", "2024-06-04", -40, "salary reversal")]  # fmt: skip
    assert one(bank, *rows, basis=basis) == (28, 2, expected)  # refunds make no day active


def test_a_negative_quantity_is_a_return(bank):
    rows = [{"customer_id": "ann", "happened_at": "2024-06-01", "amount": 50, "quantity": 5},
            {"customer_id": "ann", "happened_at": "2024-06-02", "amount": -20, "quantity": -2}]  # fmt: skip
    assert one(bank, *rows) == (29, 1, 30)


def test_only_a_refund_is_no_activity(bank):
    assert one(bank, ("ann", "2024-06-01", 100, "refund")) is None


KINDS = [("ann", "2024-06-01", 100, "转账"), ("ann", "2024-06-10", 3, "结息"),
         ("ann", "2024-06-11", -5, "Monthly fee"), ("ann", "2024-06-12", 900, "代发工资"),
         ("ann", "2024-06-13", -7, None)]  # fmt: skip


@pytest.mark.parametrize(("kinds", "expected", "counted"), [
    (None, (17, 2, 107), 2),  # the bank's own are out; a row without a kind stays in
    (("结息",), (20, 1, 3), 1),  # chosen by hand, even interest counts
    (("转账", "Monthly fee"), (19, 2, 105), 2),
    (("absent",), None, 0),
])  # fmt: skip
def test_kinds(bank, kinds, expected, counted):
    assert one(bank, *KINDS, kinds=kinds) == expected
    result = compute(bank(transactions=KINDS), RfmParams(kinds=kinds), AS_OF)
    assert result.counts["transactions_counted"] == counted
    assert result.counts["transactions_excluded_by_kind"] == 5 - counted


def test_category_stands_in_for_a_missing_kind(bank):
    row = {"customer_id": "ann", "happened_at": "2024-06-01", "amount": 1}
    assert one(bank, {**row, "category": "interest"}) is None
    assert one(bank, {**row, "kind": "POS", "category": "fees"}) == (29, 1, 1)


def test_all_count_where_no_kinds_are_known_and_it_is_said(ten):
    from analytics.rfm.words import headline

    result = compute(ten, RfmParams(), AS_OF)
    assert not result.kinds.known
    assert "names no kinds, so all 10 transactions" in headline(result)[2].en
    assert "全部10笔" in headline(result)[2].zh


@pytest.mark.parametrize(("name", "sort"), [
    ("coffee", "customer"), ("Feeding the fish", "customer"), ("interesting", "customer"),
    ("INTEREST_PAID", "system"), ("Loan repayment", "system"), ("账户管理费", "system"),
    ("消费", "customer"), ("消费退款", "refund"), ("fee reversal", "refund"), ("", "customer"),
])  # fmt: skip
def test_names_of_kinds(name, sort):
    assert sort_of(name) == sort


# -- denominators --------------------------------------------------------------------------------
def test_who_is_a_customer_at_as_of(bank):
    data = bank(
        customers=[("old", "2020-01-01"), ("unknown", None), ("future", "2024-07-01"),
                   ("idle", "2020-01-01")],
        accounts=[("acc", "holder", "current", "2024-01-01")],
        transactions=[("old", "2024-06-01", 1), ("idle", "2020-06-01", 1), ("guest", "2024-06-01", 1),
                      ("late", "2024-07-05", 1)])  # fmt: skip
    result = compute(data, RfmParams(), AS_OF)
    assert result.customers["customer_id"].to_list() == [
        "guest",
        "holder",
        "idle",
        "old",
        "unknown",
    ]
    assert result.coverage.rows() == [
        ("with_activity", 2, 0.4), ("without_activity", 1, 0.2), ("no_transaction", 2, 0.4)]  # fmt: skip
    assert members(result, "coverage", {"status": "without_activity"}).to_list() == ["idle"]


def test_rows_without_a_customer_and_in_other_currencies_are_counted(bank):
    row = {"happened_at": "2024-06-01", "amount": 1, "currency": "CNY"}
    data = bank(transactions=[{**row, "customer_id": "ann"}, {**row, "customer_id": None},
                              {**row, "customer_id": "ann", "currency": "USD", "amount": 99}])  # fmt: skip
    result = compute(data, RfmParams(), AS_OF)
    assert result.rfm["monetary"].to_list() == [1]
    assert result.counts["transactions_without_customer"] == 1
    assert result.counts["transactions_other_currency"] == 1


def test_population_limits_everything(bank):
    data = bank(customers=[("ann", None, "North"), ("bob", None, "South")],
                transactions=[("ann", "2024-06-01", 1), ("bob", "2024-06-02", 1)])  # fmt: skip
    result = compute(data, RfmParams(), AS_OF, Population.parse(["region=South"]))
    assert result.rfm["customer_id"].to_list() == ["bob"]
    assert result.counts["customers"] == 1


# -- balances ------------------------------------------------------------------------------------
def test_balance_is_the_last_of_every_open_account(bank):
    data = bank(
        accounts=[{"account_id": "a1", "customer_id": "ann"}, {"account_id": "a2", "customer_id": "ann"},
                  {"account_id": "a3", "customer_id": "ann", "closed_on": "2024-06-01"}],
        balances=[{"account_id": a, "balance_on": d, "balance": b} for a, d, b in [
            ("a1", "2024-05-31", 1), ("a1", "2024-06-30", 10), ("a1", "2024-07-31", 999),
            ("a2", "2024-04-30", 5), ("a3", "2024-05-31", 777)]],
        transactions=[("ann", "2024-06-01", 1)])  # fmt: skip
    result = compute(data, RfmParams(), AS_OF)
    assert result.balance_source == "balances"
    assert result.segments["balance"].to_list() == [Decimal(15)]


def test_balance_after_the_last_movement_stands_in(bank):
    rows = [{"account_id": "a1", "happened_at": f"2024-06-0{d}", "amount": 1, "balance_after": 10 * d}
            for d in (3, 1, 2)]  # fmt: skip
    data = bank(accounts=[("a1", "ann")], transactions=rows)
    result = compute(data, RfmParams(), AS_OF)
    assert (result.balance_source, result.rfm["balance"].to_list()) == ("transactions", [30])


def test_without_balances_none_is_claimed(ten):
    result = compute(ten, RfmParams(), AS_OF)
    assert result.balance_source is None
    assert result.segments["balance"].to_list() == [None] * 5


# -- breakdown -----------------------------------------------------------------------------------
def test_breakdown_holds_a_group_against_the_rest(bank):
    data = bank(customers=[("ann", None, "N"), ("bob", None, "N"), ("cyd", None, "S"), ("dan", None, None)],
                transactions=[(c, f"2024-06-{d}", 1) for c, d in
                              [("ann", 30), ("bob", 29), ("cyd", 28), ("dan", 27)]])  # fmt: skip
    params = RfmParams(by="region", segments="recent: R+; old:", scores=4)
    found = compute(data, params, AS_OF).breakdown
    # ann 4 and bob 3 are above the middle score 2; cyd and dan are not
    assert found.select("group", "segment", "customers", "share", "rest_share").rows() == [
        ("N", "recent", 2, 1.0, 0.0), ("S", "old", 1, 1.0, 1 / 3), (None, "old", 1, 1.0, 1 / 3)]  # fmt: skip
    assert found["difference"].to_list() == pytest.approx([1, 2 / 3, 2 / 3])


def test_members_of_a_missing_group(bank):
    data = bank(customers=[("ann", None, "N"), ("bob", None, None)],
                transactions=[("ann", "2024-06-01", 1), ("bob", "2024-06-01", 1)])  # fmt: skip
    result = compute(data, RfmParams(by="region"), AS_OF)
    assert members(result, "groups", {"group": None}).to_list() == ["bob"]


# -- members -------------------------------------------------------------------------------------
def test_every_row_counts_its_members(ten):
    result = compute(ten, RfmParams(), AS_OF)
    for name, frame in tables(result).items():
        for row in frame.iter_rows(named=True):
            assert len(members(result, name, row)) == row.get("customers", 1), (name, row)


def test_a_part_of_a_row_is_enough_and_none_is_refused(ten):
    result = compute(ten, RfmParams(), AS_OF)
    assert members(result, "grid", {"f": 2}).to_list() == ["cyd", "dan"]
    with pytest.raises(UserError, match="expected r, f"):
        members(result, "grid", {"share": 1})


# -- edges ---------------------------------------------------------------------------------------
def test_one_customer_is_at_the_top_of_himself(bank):
    result = compute(bank(transactions=[("ann", "2024-06-01", 1)]), RfmParams(), AS_OF)
    assert result.rfm.select("r", "f", "m").rows() == [(5, 5, 5)]  # percentile 1/1 = 1


def test_a_remembered_answer_equals_a_new_one(ten, bank):
    first = compute(ten, RfmParams(scores=4), AS_OF)
    compute(ten, RfmParams(basis="debits", lookback_days=30), AS_OF)
    again = compute(ten, RfmParams(scores=4), AS_OF)
    fresh = compute(bank(transactions=TEN_ROWS), RfmParams(scores=4), AS_OF)
    assert first.rfm.equals(again.rfm)
    assert first.rfm.equals(fresh.rfm)
    assert first.provenance.sql == again.provenance.sql == fresh.provenance.sql
