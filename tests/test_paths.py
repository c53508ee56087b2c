"""Paths by hand, totals that reconcile, ways found, and real logs against plain SQL."""

from __future__ import annotations

import random
import re
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from scipy.stats import fisher_exact

from analytics.params import ParameterError
from analytics.paths import PathParams, compute, members
from analytics.paths.layers import END, OTHER
from analytics.paths.search import parse

AS_OF = date(2024, 6, 30)
EVENTS = [
    ("ann", "2024-06-01 00:00", "a"), ("ann", "2024-06-01 02:00", "b"), ("ann", "2024-06-01 06:00", "a"),
    ("ann", "2024-06-01 12:00", "b"), ("bob", "2024-06-01 00:00", "a"), ("bob", "2024-06-01 10:00", "b"),
    ("bob", "2024-06-01 11:00", "c"), ("cat", "2024-06-01 00:00", "a"), ("cat", "2024-06-01 01:00", "c"),
]  # fmt: skip


def test_eight_weights_by_hand(bank):
    found = compute(bank(events=EVENTS), PathParams(), AS_OF)
    row = found.transitions.row(
        by_predicate=(pl.col("source") == "a") & (pl.col("target") == "b"), named=True
    )
    # a to b: ann after 2 and 6 hours, bob after 10; all transitions: ab ba ab ab bc ac
    assert (row["count"], row["customers"]) == (3, 2)
    assert row["share"] == pytest.approx(3 / 6)
    assert row["out_probability"] == pytest.approx(3 / 4)
    assert row["in_probability"] == pytest.approx(1.0)
    assert row["per_customer"] == pytest.approx(1.5)
    assert row["median_hours"] == pytest.approx(6.0)
    assert row["p95_hours"] == pytest.approx(9.6)  # linear between 6 and 10 at 0.9
    assert members(found, "transitions", {"source": "a", "target": "b"}).to_list() == ["ann", "bob"]


@pytest.mark.parametrize(
    "params", [{}, {"top_nodes": 1}, {"anchor": "b"}, {"anchor": "b", "side": "before"}]
)
def test_every_layer_and_flow_reconciles(bank, params):
    found = compute(bank(events=EVENTS), PathParams(max_steps=4, **params), AS_OF)
    laid_out = found.provenance.counts["laid_out"]
    size = {(s, t): n for s, t, n in found.nodes.select("step", "token", "sequences").iter_rows()}
    assert set(found.nodes.group_by("step").agg(pl.col("sequences").sum())["sequences"]) == {
        laid_out
    }
    out = found.flows.group_by("step", "source").agg(pl.col("sequences").sum())
    into = found.flows.group_by("step", "target").agg(pl.col("sequences").sum())
    assert all(size[s, t] == n for s, t, n in out.iter_rows())
    assert all(size[s + 1, t] == n for s, t, n in into.iter_rows())
    for s, t, n in found.nodes.select("step", "token", "sequences").iter_rows():
        assert len(members(found, "nodes", {"step": s, "token": t})) == n


def test_rare_steps_are_other_and_ends_are_ends(bank):
    found = compute(bank(events=EVENTS), PathParams(max_steps=4, top_nodes=1), AS_OF)
    second = dict(found.nodes.filter(step=2).select("token", "sequences").iter_rows())
    assert second == {"b": 2, OTHER: 1}
    assert dict(found.nodes.filter(step=4).select("token", "sequences").iter_rows()) == {
        "b": 1,
        END: 2,
    }


@pytest.mark.parametrize(
    ("way", "walkers"),
    [("a -> b", ["ann", "bob"]), ("a -> * -> c", ["bob", "cat"]), ("a -> . -> c", ["bob"]), ("a -> c", ["cat"]),
     ("b -> * -> b", ["ann"]), ("c -> * -> a", []), ("a -> b|c", ["ann", "bob", "cat"]), ("a -> !b -> c", ["cat"]),
     ("a -> !b|c -> b", ["ann", "bob"]), ("b -> !c -> b|c", ["ann", "bob"]), ("b -> !a -> b", []),
     ("a -> . -> a|c", ["ann", "bob"]), ("b|c -> * -> b", ["ann"])],
)  # fmt: skip
def test_ways_are_found(bank, way, walkers):
    found = compute(bank(events=EVENTS), PathParams(search=way), AS_OF)
    assert members(found, "search", {"search": way}).to_list() == walkers


@pytest.mark.parametrize(
    "way",
    [
        "a",
        "* -> a",
        "a -> ",
        "a -> *",
        "a -> !b",
        "!a -> b",
        "a -> | -> b",
        "a -> ! -> b",
        ". -> a -> b",
    ],
)
def test_a_way_that_says_nothing_is_refused(way):
    with pytest.raises(ParameterError, match="search: expected names"):
        parse(way)


def test_a_name_that_looks_like_a_sign_is_a_name():
    assert parse("a|b -> !c", {"a|b", "!c"}).names == [["a|b"], ["!c"]]


def test_ways_equal_a_regular_expression(bank):
    """Random steps of one letter each, against Python's `re` on the joined letters."""
    draw = random.Random(5)
    lives = {
        f"c{n:02}": "".join(draw.choice("abcd") for _ in range(draw.randrange(1, 9)))
        for n in range(60)
    }
    start = datetime(2024, 6, 1)
    events = [(who, start + timedelta(minutes=k), step) for who, life in lives.items() for k, step in enumerate(life)]  # fmt: skip
    data = bank(events=events)
    for way, pattern in [("a -> !b -> c|d", "a[^b]*[cd]"), ("a|b -> . -> c", "[ab].c"), ("a -> * -> b -> !c|d -> a", "a.*b[^cd]*a"),
                         ("d -> . -> * -> a", "d..*a")]:  # fmt: skip
        found = compute(data, PathParams(search=way, collapse=False), AS_OF)
        walkers = [who for who, life in lives.items() if re.search(pattern, life)]
        assert members(found, "search", {"search": way}).to_list() == walkers, way


def test_more_nodes_than_can_be_read_are_refused():
    with pytest.raises(ParameterError, match="at most 60 nodes"):
        PathParams(max_steps=10, top_nodes=8)


SQL = """
    WITH steps AS (
        SELECT customer_key, event, lead(event) OVER w AS next FROM events
        WINDOW w AS (PARTITION BY customer_key ORDER BY happened_at, event))
    SELECT event AS source, next AS target, count(*)::BIGINT AS n, count(DISTINCT customer_key)::BIGINT AS customers
    FROM steps WHERE next IS NOT NULL GROUP BY ALL ORDER BY ALL
"""


@pytest.mark.parametrize(
    "name", ["clickstream/simple-onlineshop.csv", "bpi2012/bpic2012_2011.csv.gz"]
)
def test_real_logs_equal_sql(shared_file, bank, name):
    frame = pl.read_csv(shared_file(name), infer_schema=False)
    if "bpi" in name:
        moment = pl.col("timestamp").str.to_datetime(time_zone="UTC").dt.replace_time_zone(None)
        rows = frame.select(
            customer_id="case_id", happened_at=moment.cast(pl.Datetime("us")), event="activity"
        )
    else:
        moment = pl.col("timestamp").str.to_datetime()
        rows = frame.select(
            customer_id="user_id", happened_at=moment.cast(pl.Datetime("us")), event="event"
        )
    data = bank(events=rows)
    found = compute(data, PathParams(collapse=False), date(2021, 1, 1))
    ours = found.transitions.select(
        "source", "target", pl.col("count").alias("n"), "customers"
    ).sort("source", "target")
    assert ours.equals(data.query(SQL))


def test_layers_per_group_by_hand(bank):
    """Six of North and two of South begin with a; the other four of South with b."""
    people = [(f"c{n:02}", "2020-01-01", "North" if n < 6 else "South") for n in range(12)]
    events = [(f"c{n:02}", "2024-06-01", "a" if n < 8 else "b") for n in range(12)]
    found = compute(bank(events=events, customers=people), PathParams(by="region"), AS_OF)
    row = found.steps_by_group.row(
        by_predicate=(pl.col("step") == 1) & (pl.col("token") == "a") & (pl.col("group") == "North"), named=True)  # fmt: skip
    assert (row["customers"], row["group_customers"], row["difference"]) == (
        6,
        6,
        pytest.approx(1 - 2 / 6),
    )
    assert row["p"] == pytest.approx(fisher_exact([[6, 0], [2, 4]]).pvalue)
    assert len(members(found, "steps_by_group", {"step": 1, "token": "a", "group": "South"})) == 2
