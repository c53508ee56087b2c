"""Stages: boundary days by hand, one stage per customer and day against plain SQL, the planted truth."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from analytics.lifecycle import LifecycleParams, compute, days, flows, members, tables
from analytics.lifecycle.params import ParameterError
from analytics.lifecycle.stages import STAGES, Rule, snapshots
from analytics.markov import probabilities
from tests.contract_bank import AS_OF as CONTRACT_DAY
from tests.contract_bank import tables as contract_tables
from tests.ingest_files import load, plan_of

AS_OF = date(2024, 6, 30)


def stage_of(bank, *acts, opened="2020-01-01", as_of=AS_OF, **params):
    """The stage of one customer with these active days."""
    people = [("ann", opened)] if opened else ["ann"]
    rows = [("ann", act, 10, "transfer") for act in acts]
    data = bank(customers=people, transactions=[*rows, ("bob", "2023-01-01", 1, "transfer")])
    return dict(compute(data, LifecycleParams(**params), as_of).stages.select(
        "customer_id", "stage").iter_rows()).get("ann")  # fmt: skip


# -- boundary days, by hand ----------------------------------------------------------------------
@pytest.mark.parametrize(("acts", "stage"), [
    ([], "opened"),
    (["2024-06-30 23:59:59"], "activated"),
    (["2024-06-29", "2024-06-30"], "activated"),
    (["2024-06-30 08:00", "2024-06-30 09:00", "2024-06-30 10:00"], "activated"),  # one day
    (["2024-06-28", "2024-06-29", "2024-06-30"], "active"),
    (["2024-04-02"], "activated"),  # 89 idle days
    (["2024-04-01"], "dormant"),  # 90
    (["2024-01-03"], "dormant"),  # 179 (2024 is a leap year)
    (["2024-01-02"], "lost"),  # 180
    # back on 06-01 after 91 days: 02-29 to 05-29 makes 90 idle days, so 05-30 was spent dormant
    (["2024-03-02", "2024-06-01"], "reactivated"),  # day 30 of 30 is 06-30
    (["2024-03-01", "2024-05-31"], "active"),  # day 31: over, and active although day number 2
    (["2024-03-03", "2024-06-01"], "activated"),  # 90 days apart: no day was spent dormant
    (["2023-06-01", "2024-06-20"], "reactivated"),  # out of lost
])  # fmt: skip
def test_boundary_days(bank, acts, stage):
    assert stage_of(bank, *acts) == stage


@pytest.mark.parametrize(("params", "stage"), [
    ({"dormant_days": 10}, "dormant"), ({"dormant_days": 11}, "active"),
    ({"dormant_days": 5, "lost_days": 10}, "lost"), ({"active_from": 4}, "activated"),
])  # fmt: skip
def test_every_threshold_is_a_parameter(bank, params, stage):
    assert stage_of(bank, "2024-06-18", "2024-06-19", "2024-06-20", **params) == stage


def test_a_joint_holder_is_a_customer_since_the_account_opened(tmp_path):
    """Account A is owned by 2 and held by 1 as well; its three active days are those of 2 alone."""
    csv = {
        "account.csv": "account_id,date\nA,2023-03-01\nB,2023-01-01",
        "disp.csv": "client_id,account_id,type\n1,A,DISPONENT\n2,A,OWNER\n3,B,OWNER",
        "trans.csv": "account_id,txn_date,amount\n" + "\n".join(
            f"A,2024-01-0{d},1.00" for d in (5, 6, 7)) + "\nB,2023-02-01,2.00",
    }  # fmt: skip
    data, _ = load(tmp_path, [plan_of(tmp_path, text, name) for name, text in csv.items()])
    at = lambda day: compute(data, LifecycleParams(), day)  # noqa: E731
    stages = lambda found: dict(found.stages.select("customer_id", "stage").iter_rows())  # noqa: E731
    assert set(stages(at(date(2023, 2, 28)))) == {"3"}
    now = at(date(2024, 1, 7))
    assert stages(now) == {"1": "opened", "2": "active", "3": "lost"}
    assert now.counts["joint_only"] == 1
    data.close()


def test_system_kinds_and_refunds_make_no_day_active(bank):
    rows = [
        ("ann", "2024-06-01", 1, "interest"),
        ("ann", "2024-06-02", 1, "退款"),
        ("ann", "2024-06-03", 900, "代发工资"),
    ]
    result = compute(
        bank(customers=[("ann", "2024-01-01")], transactions=rows), LifecycleParams(), AS_OF
    )
    assert result.stages["stage"].to_list() == ["opened"]
    chosen = compute(bank(transactions=rows), LifecycleParams(kinds=("interest",)), AS_OF)
    assert chosen.stages.select("stage", "active_days").rows() == [("activated", 1)]


def test_who_is_a_customer(bank):
    data = bank(
        customers=[("old", "2020-01-01"), ("future", "2024-07-01"), ("unknown", None)],
        accounts=[("a1", "holder", "current", "2024-06-30"), ("a2", "late", "current", "2024-07-01")],
        transactions=[("guest", "2024-06-01", 1), ("unknown", "2024-05-01", 1)])  # fmt: skip
    result = compute(data, LifecycleParams(), AS_OF)
    assert sorted(result.stages["customer_id"]) == ["guest", "holder", "old", "unknown"]
    assert result.opened_observable


def test_without_any_opening_day_opened_is_said_to_be_unseen(bank):
    from analytics.lifecycle.words import headline

    result = compute(bank(transactions=[("ann", "2024-06-01", 1)]), LifecycleParams(), AS_OF)
    assert not result.opened_observable
    assert any("not observable" in text.en and "不可观测" in text.zh for text in headline(result))


def test_thresholds_in_the_wrong_order_are_refused():
    with pytest.raises(ParameterError, match="more than dormant_days"):
        LifecycleParams(dormant_days=90, lost_days=90)


@pytest.mark.parametrize(("scheme", "stages"), [
    ("novice", {"novice", "growing", "active", "dormant", "lost"}),
    ("aarrr", {"acquisition", "activation", "retention", "churn", "resurrection"}),
    ("growth", {"new", "growing", "mature", "declining"}),
])  # fmt: skip
def test_other_schemes_place_everybody_once(bank, scheme, stages):
    result = compute(bank(**contract_tables()), LifecycleParams(scheme=scheme), CONTRACT_DAY)
    assert set(result.stages["stage"]) <= stages
    assert result.stages.height == result.stages["customer_id"].n_unique() == 60


# -- against plain SQL and against a walk through the days -----------------------------------------
PLAIN_SQL = """
    WITH acts AS (SELECT DISTINCT customer_key, happened_at::DATE AS day FROM transactions
                  WHERE happened_at < $day + INTERVAL 1 DAY AND customer_key IS NOT NULL
                    AND coalesce(kind, 'own') NOT IN ('salary', 'interest', 'refund')),
    gaps AS (SELECT *, day - lag(day) OVER (PARTITION BY customer_key ORDER BY day) AS gap FROM acts),
    facts AS (SELECT customer_key, count(*) AS n, $day - max(day) AS idle,
                     $day - max(day) FILTER (gap > 90) AS back FROM gaps GROUP BY 1)
    SELECT CASE WHEN n IS NULL THEN 'opened' WHEN idle >= 180 THEN 'lost' WHEN idle >= 90 THEN 'dormant'
                WHEN back < 30 THEN 'reactivated' WHEN n >= 3 OR back IS NOT NULL THEN 'active'
                ELSE 'activated' END AS stage, count(*) AS customers
    FROM customers LEFT JOIN facts USING (customer_key) WHERE opened_on <= $day GROUP BY 1 ORDER BY 1"""


def test_counts_equal_plain_sql_at_every_boundary_day(bank):
    data = bank(**contract_tables())
    stocks = compute(data, LifecycleParams(), CONTRACT_DAY).stocks
    seen = set()
    for day in stocks["month"].unique():
        expected = data.query(PLAIN_SQL, day=day).rows()
        ours = stocks.filter(pl.col("month") == day, pl.col("customers") > 0)
        assert ours.select("stage", "customers").sort("stage").rows() == expected, day
        seen |= {stage for stage, _ in expected}
    assert {"activated", "active", "dormant", "lost"} <= seen


def walked(acts: list[int], opened: int, until: int, rule: Rule) -> list[str]:
    """The stage of every day by walking through them one at a time."""
    found, n, last, back, before = [], 0, 0, None, ""
    for day in range(opened, until + 1):
        if day in acts:
            if before in ("dormant", "lost"):
                back = day
            n, last = n + 1, day
        idle = day - last
        stage = ("opened" if not n else "lost" if idle >= rule.lost_days else
                 "dormant" if idle >= rule.dormant_days else
                 "reactivated" if back is not None and day - back < rule.reactivated_days else
                 "active" if n >= rule.active_from or back is not None else "activated")  # fmt: skip
        found.append(stage)
        before = stage
    return found


@pytest.mark.parametrize("seed", range(8))
def test_every_day_equals_a_walk_through_the_days(bank, seed):
    random = np.random.default_rng(seed)
    rule = Rule(*[(5, 9, 4, 3), (3, 8, 0, 1), (7, 8, 20, 2), (1, 2, 1, 5)][seed % 4])
    start = date(2024, 1, 1)
    acts = {f"c{n}": sorted(set(np.cumsum(random.integers(0, 12, random.integers(1, 12))).tolist()))
            for n in range(12)}  # fmt: skip
    rows = [(c, start + timedelta(days=d), 1) for c, some in acts.items() for d in some]
    data = bank(customers=[(c, start) for c in acts], transactions=rows)
    until = 90
    with data.scope(start + timedelta(days=until)) as scope:
        from analytics.dataset import EVERYBODY

        calendar = days.read(scope, EVERYBODY)
    first = days.number(start)
    taken = snapshots(calendar, np.arange(first, first + until + 1), rule)
    for place, customer in enumerate(calendar.people["customer_id"]):
        ours = [STAGES[code] for code in taken.stage[:, place]]
        assert ours == walked(acts[customer], 0, until, rule), customer


# -- threshold, flows, forecast ------------------------------------------------------------------
def test_false_alarms_equal_a_direct_count(bank):
    data = bank(**contract_tables())
    result = compute(data, LifecycleParams(dormant_days=45, returns_within_days=60), CONTRACT_DAY)
    row = result.threshold.filter(threshold_days=45).row(0, named=True)
    expected = data.query("""
        WITH acts AS (SELECT DISTINCT customer_key, happened_at::DATE AS day FROM transactions
                      WHERE coalesce(kind, 'own') NOT IN ('salary', 'interest', 'refund')),
        silent AS (SELECT *, lead(day) OVER (PARTITION BY customer_key ORDER BY day) AS next FROM acts)
        SELECT count(*) FILTER (coalesce(next, DATE '9999-01-01') > day + 45 AND day + 45 + 60 <= $as_of) AS judged,
               count(*) FILTER (next > day + 45 AND next <= day + 105 AND day + 105 <= $as_of) AS false_alarms,
               count(*) FILTER (next IS NULL AND day + 45 <= $as_of) AS flagged_now
        FROM silent""", as_of=CONTRACT_DAY).row(0, named=True)  # fmt: skip
    assert {k: row[k] for k in expected} == expected
    assert row["flagged_now"] == len(members(result, "threshold", {"threshold_days": 45}))


def test_stocks_follow_from_flows(bank):
    result = compute(bank(**contract_tables()), LifecycleParams(), CONTRACT_DAY)
    for day in result.boundaries[1:]:
        inflow = (
            result.flows.filter(pl.col("month") == day)
            .group_by("to_stage")
            .agg(pl.col("customers").sum())
        )
        stock = result.stocks.filter(pl.col("month") == day, pl.col("customers") > 0)
        assert dict(inflow.iter_rows()) == dict(stock.select("stage", "customers").iter_rows())


def test_forecast_is_today_times_the_matrix(bank):
    result = compute(bank(**contract_tables()), LifecycleParams(wake_up_points=0.0), CONTRACT_DAY)
    plain = result.forecast.filter(kind="forecast").drop("kind", "low", "high", "observed")
    what_if = result.forecast.filter(kind="what_if").drop("kind", "low", "high", "observed")
    assert np.allclose(plain["customers"], what_if["customers"])  # no change, no difference
    shares = np.zeros((6, 6))
    for a, b, p in result.transitions.select("from_stage", "to_stage", "share").iter_rows():
        shares[STAGES.index(a), STAGES.index(b)] = p
    shares[shares.sum(axis=1) == 0] = np.eye(6)[shares.sum(axis=1) == 0]
    today = np.array(
        [result.stocks.filter(month=CONTRACT_DAY, stage=s)["customers"][0] for s in STAGES]
    )
    year = today @ np.linalg.matrix_power(shares, 12)
    ours = dict(plain.filter(months_ahead=12).select("stage", "customers").iter_rows())
    assert [ours[s] for s in STAGES] == pytest.approx(year)


def test_a_better_wake_up_rate_keeps_rows_sums(bank):
    shares = probabilities(np.array([[8, 2, 0], [5, 3, 2], [0, 1, 9]]))
    found = flows.nudged(shares, asleep=1, awake=0, points=10)
    assert found[1].tolist() == pytest.approx([0.6, 0.24, 0.16])  # the other 0.4 keep their 3 : 2
    assert found.sum(axis=1) == pytest.approx(np.ones(3))


def test_every_row_counts_its_members(bank):
    result = compute(bank(**contract_tables()), LifecycleParams(by="region"), CONTRACT_DAY)
    for name in ("actions", "stocks", "flows", "breakdown"):
        for row in tables(result)[name].iter_rows(named=True):
            assert len(members(result, name, row)) == row["customers"], (name, row)


# -- the planted truth ---------------------------------------------------------------------------
def test_settled_customers_stand_where_the_generator_put_them(tmp_path):
    """The truth comes from a latent life; its spells older than 60 days are what a rule can know."""
    from tests.life_bank import life_bank

    data, truth = life_bank(tmp_path, customers=600, seed=5)
    result = compute(data, LifecycleParams(), date.fromisoformat(truth["as_of"]))
    found = dict(result.stages.select("customer_id", "stage").iter_rows())
    limit = (date.fromisoformat(truth["as_of"]) - timedelta(days=60)).isoformat()
    settled = [c for c in truth["stages"] if truth["spells"][c][-1][0] < limit]
    right = sum(found[c] == truth["stages"][c] for c in settled)
    assert len(settled) > 500
    assert right / len(settled) >= 0.95
    data.close()
