"""Retention: cohorts by hand and against plain SQL, incomplete cells, early behaviour by hand."""

from __future__ import annotations

from datetime import date

import pytest

from analytics.lifecycle.answer import members
from analytics.params import ParameterError
from analytics.retention import RetentionParams, cohorts, compute
from tests.contract_bank import AS_OF, tables

ROWS = [("ann", "2024-01-05", 1), ("ann", "2024-02-01", 1), ("ann", "2024-02-02", 1), ("ann", "2024-04-15", 1),
        ("bob", "2024-01-31", 1), ("bob", "2024-03-01", 1), ("cyd", "2024-02-10", 1), ("old", "2023-12-31", 1)]  # fmt: skip
DAY = date(2024, 4, 20)


@pytest.mark.parametrize(("params", "january"), [
    ({}, [(0, 2), (1, 1), (2, 1), (3, 1)]),  # February ann, March bob, April ann
    ({"counting": "on_or_after"}, [(0, 2), (1, 2), (2, 2), (3, 1)]),
    ({"counting": "streak"}, [(0, 2), (1, 1), (2, 0), (3, 0)]),  # ann misses March, bob February
    ({"occurrences": 2}, [(0, 0), (1, 1), (2, 0), (3, 0)]),
])  # fmt: skip
def test_cohorts_by_hand(bank, params, january):
    cells = compute(bank(transactions=ROWS), RetentionParams(**params), DAY).frames["cohorts"]
    found = cells.filter(cohort=date(2024, 1, 1))
    assert found.select("period", "retained").rows() == january
    assert found["complete"].to_list() == [True, True, True, False]  # April is not over


BRACKETS = "0, 1, 2-3，4–7；8~14、15至30"
BRACKETED = [("old", "2023-12-31", 1), *[("ann", f"2024-01-{d}", 1) for d in ("05", "06", "08", "20")],
             ("bob", "2024-01-31", 1), ("bob", "2024-02-03", 1), ("bob", "2024-02-08", 1)]  # fmt: skip


@pytest.mark.parametrize(("day", "complete"), [
    (date(2024, 3, 15), [True] * 6), (date(2024, 2, 10), [True] * 4 + [False] * 2),  # 01-31 + 14 is 02-14
])  # fmt: skip
def test_brackets_by_hand(bank, day, complete):
    """ann on days 0, 1, 3 and 15 since her start, bob on days 0, 3 and 8."""
    result = compute(bank(transactions=BRACKETED), RetentionParams(brackets=BRACKETS), day)
    cells = result.frames["cohorts"]
    assert cells["days"].to_list() == ["0", "1", "2-3", "4-7", "8-14", "15-30"]
    assert cells["retained"].to_list() == [2, 1, 2, 0, 1, 1]
    assert cells["complete"].to_list() == complete
    assert result.frames["curve"].height == sum(complete)
    assert members(result, "cohorts", {"cohort": date(2024, 1, 1), "period": 5}).to_list() == [
        "ann",
        "bob",
    ]


@pytest.mark.parametrize("text", ["0, x", "3-2", "0, 0", "0-5, 3", "9999", "-1", "1.5",
                                  ",".join(str(i) for i in range(61))])  # fmt: skip
def test_what_is_no_bracket_is_refused_in_words(text):
    with pytest.raises(ParameterError, match=r"brackets: .* such as 0, 1, 2-3"):
        RetentionParams(brackets=text)


def test_balances_are_not_known_by_bracket():
    with pytest.raises(ParameterError, match="show customers"):
        RetentionParams(brackets="0-7", show="balance_rate")


def test_the_first_period_is_left_out_and_counted(bank):
    data = bank(transactions=ROWS)
    result = compute(data, RetentionParams(), DAY)
    assert (result.counts["in_cohorts"], result.counts["left_out"]) == (3, 1)
    assert compute(data, RetentionParams(first_period=True), DAY).counts["in_cohorts"] == 4


def test_weeks_begin_on_monday(bank):
    rows = [
        ("old", "2024-01-01", 1),
        ("ann", "2024-01-14 23:59", 1),
        ("bob", "2024-01-15", 1),
    ]  # Sunday, Monday
    cells = compute(
        bank(transactions=rows), RetentionParams(unit="week"), date(2024, 1, 21)
    ).frames["cohorts"]
    assert cells.filter(period=0)["cohort"].to_list() == [date(2024, 1, 8), date(2024, 1, 15)]


def test_grid_equals_plain_sql(bank):
    data = bank(**tables())
    ours = compute(data, RetentionParams(first_period=True), AS_OF).frames["cohorts"]
    expected = data.query("""
        WITH acts AS (SELECT DISTINCT customer_key, date_trunc('month', happened_at)::DATE AS m FROM transactions
                      WHERE coalesce(kind, 'own') NOT IN ('salary', 'interest', 'refund')),
        first AS (SELECT customer_key, min(m) AS cohort FROM acts GROUP BY 1)
        SELECT cohort, datediff('month', cohort, m) AS period, count(*) AS retained
        FROM acts JOIN first USING (customer_key) WHERE period <= 12 GROUP BY 1, 2 ORDER BY 1, 2""")
    found = ours.filter(ours["retained"] > 0).select("cohort", "period", "retained")
    assert found.rows() == expected.rows()
    sizes = {
        row[0]: row[1] for row in ours.filter(period=0).select("cohort", "customers").iter_rows()
    }
    for cohort, n in sizes.items():
        assert (
            len(
                members(
                    compute(data, RetentionParams(first_period=True), AS_OF),
                    "cohorts",
                    {"cohort": cohort},
                )
            )
            == n
        )


def test_balance_retention_by_hand(bank):
    levels = [("2024-01-31", 100), ("2024-02-29", 150), ("2024-03-31", 50)]
    data = bank(transactions=ROWS, balances=[("ann", day, b) for day, b in levels])
    cells = compute(data, RetentionParams(show="balance_rate"), DAY).frames["cohorts"]
    assert cells.filter(cohort=date(2024, 1, 1))["balance_rate"].to_list() == [1.0, 1.5, 0.5, 0.5]


def test_stickiness_by_hand(bank):
    found = compute(bank(transactions=ROWS), RetentionParams(), DAY).frames["stickiness"]
    january = found.filter(month=date(2024, 1, 1)).row(0, named=True)
    assert (january["monthly"], january["weekly"]) == (2, 1)  # bob within the last seven days
    assert january["stickiness"] == pytest.approx(2 / 31 / 2)


def test_phi_and_precision_by_hand():
    import numpy as np

    has = np.array([1] * 30 + [0] * 70, bool)
    stay = np.array([1] * 20 + [0] * 10 + [1] * 10 + [0] * 60, bool)
    ppv, sensitivity, coverage, phi = cohorts._figures(has, stay)
    assert (ppv, sensitivity, coverage) == pytest.approx((20 / 30, 20 / 30, 0.3))
    assert phi == pytest.approx((20 * 60 - 10 * 10) / (30 * 70 * 30 * 70) ** 0.5)
