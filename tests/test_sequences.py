"""Sequences built by hand, mined, narrowed, turned into rules; refusals in words."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analytics.params import ParameterError
from analytics.run import run_analysis
from analytics.sequences import MineParams, compute, members, mining
from analytics.sequences.alphabet import edited, parse_edits
from analytics.text import UserError

AS_OF = date(2024, 6, 30)
# ann: a a b c (the repeat collapses); bob: a b; cat: b a, and c two days later
EVENTS = [
    ("ann", "2024-06-01 10:00", "a"), ("ann", "2024-06-01 10:05", "a"), ("ann", "2024-06-02 10:00", "b"),
    ("ann", "2024-06-20 10:00", "c"), ("bob", "2024-06-01 09:00", "a"), ("bob", "2024-06-03 09:00", "b"),
    ("cat", "2024-06-01 08:00", "b"), ("cat", "2024-06-02 08:00", "a"), ("cat", "2024-06-04 08:00", "c"),
]  # fmt: skip


def found(bank, events=EVENTS, **params):
    asked = {"min_support": 0.5, "compare": "none", "max_gap_days": 30, **params}
    return compute(bank(events=events), MineParams(**asked), AS_OF)


def supports(result) -> dict[str, int]:
    return dict(result.patterns.select("pattern", "customers").iter_rows())


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, {"a": 3, "b": 3, "c": 2, "a > b": 2, "a > c": 2, "b > c": 2}),
        ({"max_gap_days": 2}, {"a": 3, "b": 3, "c": 2, "a > b": 2}),
        ({"max_gap_days": None, "max_gap_steps": 1}, {"a": 3, "b": 3, "c": 2, "a > b": 2}),
        ({"window_days": 1}, {"a": 3, "b": 3, "c": 2}),
        ({"max_length": 1}, {"a": 3, "b": 3, "c": 2}),
        ({"contains": "c"}, {"c": 2, "a > c": 2, "b > c": 2}),
        ({"starts_with": "a", "ends_with": "c"}, {"a > c": 2}),
        ({"top": 1}, {"a > b": 2}),
        ({"alphabet": "x: a, b"}, {"x": 3, "c": 2, "x > c": 2}),
        ({"alphabet": "-: c"}, {"a": 3, "b": 3, "a > b": 2}),
        ({"lookback_days": 28}, {"c": 2}),  # from 3 June on: ann c, bob b, cat c
    ],
)
def test_patterns_by_hand(bank, params, expected):
    assert supports(found(bank, **params)) == expected


def test_support_is_a_whole_number_of_sequences(bank):
    assert found(bank, min_support=2 / 3).counts["min_count"] == 2
    assert found(bank, min_support=1 / 3).counts["min_count"] == 1


def test_closed_and_maximal_patterns(bank):
    free = {"max_gap_days": None}
    # b > c is held by the two who hold c, so c is not closed; a > b > c by ann alone
    assert set(supports(found(bank, keep="closed", **free))) == {
        "a",
        "b",
        "a > b",
        "a > c",
        "b > c",
    }
    assert set(supports(found(bank, keep="maximal", **free))) == {"a > b", "a > c", "b > c"}


@pytest.mark.parametrize("limit", [{"max_gap_days": 3}, {"max_gap_days": None, "window_days": 9},
                                   {"max_gap_days": None, "max_gap_steps": 2}])  # fmt: skip
def test_closed_is_refused_under_a_limit(limit):
    with pytest.raises(ParameterError, match="not defined under a gap or window limit"):
        MineParams(keep="closed", **limit)


def test_an_explosion_names_a_support_that_would_do(bank):
    with pytest.raises(UserError, match=r"A minimum support of 0\.667 gives fewer"):
        found(bank, min_support=0.01, max_patterns=6)


def test_rules_by_hand(bank):
    rules = found(bank).rules.filter(pl.col("rule") == "a => c").row(0, named=True)
    # all three take a, two go on to c; c is taken by two of three; lags 18 d 23 h 55 min and 2 d
    assert (rules["count"], rules["antecedent_count"]) == (2, 3)
    assert rules["confidence"] == pytest.approx(2 / 3)
    assert rules["lift"] == pytest.approx(1.0)
    assert rules["median_lag_days"] == pytest.approx((19 + 2) / 2)


def test_members_of_a_pattern_a_rule_and_a_step(bank):
    result = found(bank)
    assert members(result, "patterns", {"pattern": "a > b"}).to_list() == ["ann", "bob"]
    assert members(result, "rules", {"rule": "b => c"}).to_list() == ["ann", "cat"]
    assert members(result, "alphabet", {"token": "c"}).to_list() == ["ann", "cat"]


def test_same_moment_has_no_order(bank):
    events = [("ann", "2024-06-01", "a"), ("ann", "2024-06-01", "b")]
    assert "a > b" not in supports(found(bank, events))
    assert "a > b" in supports(found(bank, events, strict_time=False))


def test_sessions_split_at_the_time_out(bank):
    result = found(bank, unit="session", min_support=0.1)
    assert result.counts["sequences"] == 8  # only ann's two a lie within half an hour
    assert supports(result) == {"a": 3, "b": 3, "c": 2}


@pytest.mark.parametrize(
    ("params", "tokens"),
    [
        ({"source": "transactions"}, {"deposit", "card"}),
        (
            {"source": "transactions", "token": "channel"},
            {"app", "card"},
        ),  # without a channel: its kind
        ({"source": "transactions", "token": "kind_band"}, {"deposit/+1000-10000", "card/-<1000"}),
        ({"source": "transactions", "token": "amount_band"}, {"+1000-10000", "-<1000"}),
        ({"source": "products"}, {"term_open", "term_close"}),
        ({"source": "all"}, {"login", "deposit", "card", "term_open", "term_close"}),
        ({}, {"login"}),
    ],
)
def test_tokens_of_every_source(bank, params, tokens):
    data = bank(
        events=[("ann", "2024-06-01", "login")],
        accounts=[("A1", "ann", "term", "2024-01-01", "2024-05-01")],
        transactions=[
            {"customer_id": "ann", "happened_at": "2024-06-02", "amount": 2000, "kind": "deposit", "channel": "app"},
            {"customer_id": "ann", "happened_at": "2024-06-03", "amount": -50, "kind": "card", "channel": None},
        ],
    )  # fmt: skip
    result = compute(data, MineParams(compare="none", **params), AS_OF)
    assert set(result.alphabet["token"]) == tokens


def test_edits_of_the_alphabet_are_refused_in_words():
    for line in ("a", "x:", ": a", "x: a; y: a"):
        with pytest.raises(ParameterError, match="alphabet: expected"):
            parse_edits(line)


def test_a_step_that_is_not_there_is_refused_without_naming_data(bank):
    with pytest.raises(ParameterError, match="contains: 1 of the names"):
        found(bank, contains="nothing")


def test_online_shop_counts_equal_sql(shared_file, bank):
    path = shared_file("clickstream/simple-onlineshop.csv")
    frame = pl.read_csv(path, try_parse_dates=True)
    data = bank(events=frame.select(customer_id=pl.col("user_id").cast(pl.String),
                                    happened_at=pl.col("timestamp").cast(pl.Datetime("us")), event="event"))  # fmt: skip
    run = run_analysis(
        "sequences",
        data,
        MineParams(compare="none", max_gap_days=None, min_support=0.2),
        date(2021, 1, 1),
    )
    theirs = data.query("""
        WITH firsts AS (SELECT customer_key, min(happened_at) AS at FROM events WHERE event = 'catalog' GROUP BY 1)
        SELECT count(DISTINCT e.customer_key) FROM events e JOIN firsts f USING (customer_key)
        WHERE e.event = 'cart' AND e.happened_at > f.at""").item()  # fmt: skip
    assert supports(run.result)["catalog > cart"] == theirs


@pytest.mark.parametrize(
    ("moved", "times"),
    [({"min_confidence": 0.9}, 0), ({"contains": "c"}, 0), ({"top": 2}, 0), ({"alpha": 0.2}, 0), ({"min_support": 0.6}, 1),
     ({"max_gap_days": 3.0}, 1)],
)  # fmt: skip
def test_what_only_narrows_mines_nothing_again(bank, monkeypatch, moved, times):
    data, mined = bank(events=EVENTS), []
    plain = mining.mine
    monkeypatch.setattr(mining, "mine", lambda *given: mined.append(1) or plain(*given))
    asked = {"min_support": 0.5, "compare": "none"}
    compute(data, MineParams(**asked), AS_OF)
    compute(data, MineParams(**{**asked, **moved}), AS_OF)
    assert len(mined) == 1 + times


def test_a_long_history_is_cut_to_a_year_and_said(bank):
    old = [("ann", "2020-01-01", "x"), ("bob", "2020-01-01", "x")]
    whole = found(bank, [*old, *EVENTS])
    cut = found(bank, [*old, *EVENTS], most_steps=10)
    assert supports(whole)["x"] == 2
    assert "x" not in supports(cut)
    assert cut.counts["steps_before"] == 2
    assert "steps_before" not in whole.counts


@pytest.mark.parametrize(
    ("line", "changes", "after"),
    [("", {"a": "x", "b": "x"}, "x: a, b"), ("x: a, b", {"x": "y"}, "y: a, b, x"), ("x: a, b", {"x": None}, "-: a, b, x"),
     ("x: a", {"x": "a"}, "a: x"), ("-: a", {"b": "c"}, "-: a; c: b"), ("x: a", {"b": "x"}, "x: a, b"),
     ("a: b", {"a": "z"}, "z: a, b"), ("a: a, b", {"a": "z"}, "z: a, b")],
)  # fmt: skip
def test_edits_of_the_alphabet_pile_up(line, changes, after):
    assert edited(line, changes) == after


def test_a_name_that_the_line_cannot_hold_is_refused():
    with pytest.raises(ParameterError, match="comma, colon or semicolon"):
        edited("", {"a, b": "c"})
