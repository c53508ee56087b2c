"""Funnels by hand, and against plain SQL on two real logs."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import polars as pl
import pytest

from analytics.funnel import FunnelParams, compute, members
from analytics.params import ParameterError

AS_OF = date(2024, 6, 30)
# ann walks all three within two days; bob has x between; cat takes a month; dan only begins; eve out of order
EVENTS = [
    ("ann", "2024-05-01", "a"), ("ann", "2024-05-02", "b"), ("ann", "2024-05-03", "c"),
    ("bob", "2024-05-01", "a"), ("bob", "2024-05-02", "x"), ("bob", "2024-05-03", "b"), ("bob", "2024-05-04", "c"),
    ("cat", "2024-05-01", "a"), ("cat", "2024-05-02", "b"), ("cat", "2024-06-02", "c"),
    ("dan", "2024-05-01", "a"), ("eve", "2024-05-01", "b"), ("eve", "2024-05-02", "a"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("params", "reached"),
    [
        ({}, [5, 3, 3]),
        ({"window_days": 5}, [5, 3, 2]),
        ({"order": "strict"}, [5, 2, 2]),
        ({"exclude": "x"}, [5, 2, 2]),
        ({"steps": "b > a"}, [4, 1]),
        ({"alphabet": "b: b, x"}, [5, 3, 3]),
    ],
)
def test_customers_per_step(bank, params, reached):
    found = compute(bank(events=EVENTS), FunnelParams(**{"steps": "a > b > c", **params}), AS_OF)
    assert found.funnel["customers"].to_list() == reached
    assert found.funnel["share_of_first"].to_list() == pytest.approx(
        [n / reached[0] for n in reached]
    )
    assert found.funnel["dropped"].to_list() == [
        *(a - b for a, b in pairwise(reached)),
        0,
    ]


def test_times_and_drop_off(bank):
    found = compute(bank(events=EVENTS), FunnelParams(steps="a > b > c"), AS_OF)
    # ann 2 days, bob 3, cat 32; to the previous step 1, 1 and 31
    assert found.funnel["median_days_from_first"].to_list() == [0.0, 1.0, 3.0]
    assert found.funnel["median_days_from_previous"][2] == 1.0
    assert members(found, "dropoff", {"step": 1}).to_list() == ["dan", "eve"]
    assert members(found, "funnel", {"name": "c"}).to_list() == ["ann", "bob", "cat"]
    assert found.times["sequences"].sum() == 3


def test_the_most_travelled_way_is_guessed(bank):
    found = compute(bank(events=EVENTS), FunnelParams(guessed_steps=3), AS_OF)
    assert found.funnel["name"].to_list() == ["a", "b", "c"]


def test_one_step_is_no_funnel(bank):
    with pytest.raises(ParameterError, match="at least two steps"):
        compute(bank(events=EVENTS), FunnelParams(steps="a"), AS_OF)


def by_sql(data, steps: list[str]) -> list[int]:
    """Customers who took the steps in this order: the earliest of each after the one before."""
    counts, before = (
        [],
        "SELECT customer_key, min(happened_at) AS t FROM events WHERE event = $s0 GROUP BY 1",
    )
    for k in range(len(steps)):
        values = {f"s{i}": step for i, step in enumerate(steps[: k + 1])}
        if k:
            before = (f"SELECT e.customer_key, min(e.happened_at) AS t FROM events e JOIN ({before}) p USING (customer_key) "
                      f"WHERE e.event = $s{k} AND e.happened_at > p.t GROUP BY 1")  # fmt: skip
        counts.append(data.query(f"SELECT count(*) FROM ({before})", **values).item())
    return counts


def test_online_shop_equals_sql(shared_file, bank):
    frame = pl.read_csv(shared_file("clickstream/simple-onlineshop.csv"), try_parse_dates=True)
    data = bank(events=frame.select(customer_id=pl.col("user_id").cast(pl.String), event="event",
                                    happened_at=pl.col("timestamp").cast(pl.Datetime("us"))))  # fmt: skip
    steps = ["catalog", "cart", "delivery_choice", "payment_choice", "payment_done"]
    found = compute(data, FunnelParams(steps=" > ".join(steps)), date(2021, 1, 1))
    assert found.funnel["customers"].to_list() == by_sql(data, steps)
    assert found.funnel["customers"][4] > 100


def test_loan_applications_equal_sql(shared_file, bank):
    frame = pl.read_csv(shared_file("bpi2012/bpic2012_2011.csv.gz"), infer_schema=False)
    moment = (
        pl.col("timestamp")
        .str.to_datetime(time_zone="UTC")
        .dt.replace_time_zone(None)
        .cast(pl.Datetime("us"))
    )
    data = bank(events=frame.filter(pl.col("lifecycle") == "COMPLETE").select(
        customer_id="case_id", happened_at=moment, event="activity"))  # fmt: skip
    steps = ["A_SUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "O_SENT", "A_APPROVED"]
    found = compute(data, FunnelParams(steps=" > ".join(steps)), date(2013, 1, 1))
    assert found.funnel["customers"].to_list() == by_sql(data, steps)
    assert found.funnel["customers"][0] == 7455  # every application begins here
