"""Kaplan-Meier and log-rank against Freireich's published figures and scipy; spells by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import stats

from analytics.lifecycle.answer import members
from analytics.survival import SurvivalParams, compute
from analytics.survival.estimate import Spells, curve, log_rank, median

AS_OF = date(2024, 6, 30)
# Freireich et al. 1963: weeks of remission, 6-MP (censored ones apart) and placebo.
MP_ENDED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
MP_CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
MP = Spells(np.array(MP_ENDED + MP_CENSORED, float), np.array([True] * 9 + [False] * 12))
CONTROL = Spells(np.array(PLACEBO, float), np.ones(21, bool))


def test_freireich_survival_and_median():
    found = curve(MP).filter(pl.col("events") > 0)
    published = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert dict(found.select("day", "surviving").iter_rows()) == pytest.approx(published, abs=5e-5)
    assert median(curve(MP)) == 23
    assert found["at_risk"].to_list() == [21, 17, 15, 12, 11, 7, 6]


def test_intervals_equal_scipys_log_log():
    found = curve(MP).filter(pl.col("events") > 0)
    sf = stats.ecdf(stats.CensoredData(uncensored=MP_ENDED, right=MP_CENSORED)).sf
    interval = sf.confidence_interval(method="log-log")
    assert found["low"].to_numpy() == pytest.approx(interval.low.evaluate(found["day"].to_numpy()))
    assert found["high"].to_numpy() == pytest.approx(
        interval.high.evaluate(found["day"].to_numpy())
    )


def test_freireich_log_rank():
    statistic, p = log_rank(MP, CONTROL)
    assert statistic == pytest.approx(16.793, abs=5e-4)
    other = stats.logrank(stats.CensoredData(uncensored=MP_ENDED, right=MP_CENSORED), PLACEBO)
    assert (statistic, p) == pytest.approx((other.statistic**2, other.pvalue))


def test_nothing_to_compare_is_no_number():
    nobody = Spells(np.array([1.0, 2.0]), np.zeros(2, bool))
    assert np.isnan(log_rank(nobody, nobody)).all()


@pytest.fixture
def data(bank):
    """ann opens 01-01, acts 01-11 and 06-30; bob opens 02-01 and never acts; old opened before."""
    return bank(
        customers=[("ann", "2024-01-01"), ("bob", "2024-02-01"), ("old", "2020-01-01")],
        transactions=[("old", "2024-01-01", 1), ("ann", "2024-01-11", 1), ("ann", "2024-06-30", 1)])  # fmt: skip


@pytest.mark.parametrize(("event", "rows"), [
    # 10 days until ann acts; bob is censored after 150; old opened before the extract
    ("activation", [(10.0, True), (150.0, False)]),
    # ann: 01-11 + 90 = day 90; old: 01-01 + 90
    ("dormancy", [(90.0, True), (90.0, True)]),
    # old is lost on 06-29; ann came back before: censored after the 171 days to 06-30
    ("loss", [(171.0, False), (180.0, True)]),
    # ann slept from day 90 to day 171; old still sleeps after 181 - 90
    ("waking", [(81.0, True), (91.0, False)]),
])  # fmt: skip
def test_spells_by_hand(data, event, rows):
    found = compute(data, SurvivalParams(event=event), AS_OF)
    spells = sorted(found.behind["curve"][1]().join(
        pl.DataFrame(schema={"customer_id": pl.String}), on="customer_id", how="anti")["day"].to_list())  # fmt: skip
    assert spells == [days for days, _ in rows]
    assert found.counts["events"] == sum(ended for _, ended in rows)


def test_maturities_and_roll_over(bank):
    term = {"product": "term", "opened_on": "2024-01-05"}
    data = bank(
        accounts=[{**term, "account_id": "t1", "customer_id": "ann", "matures_on": "2024-04-05"},
                  {**term, "account_id": "t2", "customer_id": "ann", "opened_on": "2024-04-06",
                   "matures_on": "2024-07-06"},
                  {**term, "account_id": "t3", "customer_id": "bob", "matures_on": "2024-04-20"}],
        balances=[{"account_id": a, "balance_on": "2024-03-31", "balance": 100} for a in ("t1", "t3")],
        transactions=[("ann", "2024-01-01", 1)])  # fmt: skip
    found = compute(data, SurvivalParams(), AS_OF)
    rows = found.frames["maturities"].select("month", "due", "accounts", "judged", "renewed").rows()
    assert rows == [(date(2024, 7, 1), True, 1, 0, 0), (date(2024, 4, 1), False, 2, 2, 1)]
    assert members(found, "maturities", {"due": False}).to_list() == ["ann", "bob"]


def test_groups_are_held_against_the_rest(bank):
    people = [(f"c{n}", "2024-01-01", "fast" if n < 12 else "slow") for n in range(24)]
    acts = [(f"c{n}", f"2024-01-{2 + n % 3 if n < 12 else 20 + n % 3:02d}", 1) for n in range(24)]
    found = compute(bank(customers=people, transactions=[("c0", "2024-01-01", 1), *acts]),
                    SurvivalParams(event="activation", by="region"), AS_OF)  # fmt: skip
    assert (found.frames["groups"]["p_adjusted"] < 0.001).all()
    assert members(found, "groups", {"group": "slow"}).len() == 12
