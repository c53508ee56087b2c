"""Chains through the front door: deposit states, the lost, forecasts and scores, by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from analytics.chains import HiddenParams, MarkovParams, hidden_result, markov_result
from analytics.chains.scores import bootstrap, next_step_scores
from analytics.markov import transition_counts
from analytics.params import ParameterError
from analytics.patterns import Events
from analytics.text import UserError

AS_OF = date(2024, 6, 30)
ENDS = ("2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30")
# ann: small, large, withdrawing (half of it gone), none; bob: term while the deposit is open, then large
BALANCES = [("ann", day, n) for day, n in zip(ENDS, (500, 90_000, 40_000, 0), strict=True)] + [
    ("bob", day, 80_000) for day in ENDS
]
ACCOUNTS = [
    ("A1", "bob", "term_deposit", "2024-01-05", "2024-04-02"),
    ("A2", "ann", "savings", "2023-01-05"),
]
STEPS = [(who, f"2024-06-{day:02}", step) for who, life in (("ann", "aab"), ("bob", "abab"), ("cat", "ba"))
         for day, step in enumerate(life, 1)]  # fmt: skip


def chain(bank, compute=markov_result.compute, kind=MarkovParams, **params):
    tables = {"balances": BALANCES, "accounts": ACCOUNTS, "events": STEPS}
    return compute(bank(**tables), kind(**{"collapse": False, "bootstrap": 50, **params}), AS_OF)


def test_deposit_states_by_hand(bank):
    found = chain(bank, chain="deposit", lost_days=None, large_balance=50_000.0)
    events, names = found.built.events, found.built.alphabet
    lives = {who: [names[i] for i in events.item[events.sequence == k]] for k, who in
             enumerate(found.built.customers["customer_id"].gather(found.built.owner))}  # fmt: skip
    assert lives == {
        "ann": ["small", "large", "withdrawing", "withdrawing"],
        "bob": ["term", "term", "term", "large"],
    }


def test_deposit_states_need_balances(bank):
    data = bank(events=STEPS)
    with pytest.raises(UserError, match="needs balances"):
        markov_result.compute(data, MarkovParams(chain="deposit"), AS_OF)


def test_the_matrix_and_the_forecast_by_hand(bank):
    # aa ab | ab ba ab | ba: from a to a 1 of 4, from b to a 2 of 2
    found = chain(bank, chain="steps", lost_days=None, horizon=2)
    chance = {
        (s, n): p for s, n, p in found.matrix.select("state", "next", "probability").iter_rows()
    }
    assert chance == {("a", "a"): 0.25, ("a", "b"): 0.75, ("b", "a"): 1.0}
    share = {(h, s): n for h, s, n in found.forecast.iter_rows()}
    assert share[0, "a"] == pytest.approx(1 / 3)  # ann and bob are at b, cat at a
    assert share[1, "a"] == pytest.approx(1 / 3 * 0.25 + 2 / 3)
    # one class without a rhythm: a : b = 4 : 3, from a = a/4 + b
    long_run = dict(found.states.select("state", "long_run_share").iter_rows())
    assert long_run == pytest.approx({"a": 4 / 7, "b": 3 / 7})
    assert found.next.row(0) == ("ann", "b", "a", 1.0)


def test_the_lost_end_in_a_state_nobody_leaves(bank):
    found = chain(bank, chain="steps", lost_days=20)
    # all three are idle for 20 days and more: from a to (lost) 1 of 5, from b 2 of 4
    assert found.provenance.counts["lost"] == 3
    steps = dict(found.states.select("state", "expected_steps").iter_rows())
    # t_a = 1 + t_a/5 + 3/5 t_b, t_b = 1 + t_a/2: t_a = 3.2, t_b = 2.6
    assert (steps["a"], steps["b"]) == pytest.approx((3.2, 2.6))
    assert set(found.absorption["ends_in"]) == {"(lost)"}
    assert found.absorption["share"].to_list() == pytest.approx([1.0, 1.0])
    assert (
        found.states.filter(state="a")["expected_days"][0] > 3.2
    )  # the last of them takes 20 days


def test_a_chain_with_a_memory_beats_both_simple_guesses():
    random = np.random.default_rng(4)
    table = np.array([[0.05, 0.9, 0.05], [0.05, 0.05, 0.9], [0.9, 0.05, 0.05]])
    rows = np.zeros((200, 20), int)
    for step in range(1, 20):
        rows[:, step] = (random.random((200, 1)) > table[rows[:, step - 1]].cumsum(1)[:, :-1]).sum(
            1
        )
    events = Events.of(np.repeat(np.arange(200), 20), rows.ravel(), None, 200, 3)
    scores = {
        m: (loss, hit) for m, loss, hit, _ in next_step_scores(events, MarkovParams()).iter_rows()
    }
    assert scores["order_1"][0] < min(scores["marginal"][0], scores["repeat_last"][0])
    # the entropy of a row is the least any guess can lose
    assert scores["order_1"][0] == pytest.approx(
        -(0.9 * np.log(0.9) + 0.1 * np.log(0.05)), abs=0.06
    )
    assert scores["marginal"][0] == pytest.approx(np.log(3), abs=0.02)
    assert scores["order_1"][1] == 1.0  # three states: the first three are all


def test_intervals_resample_customers_and_hold_the_truth():
    random = np.random.default_rng(6)
    rows = (random.random((400, 6)) < 0.3).astype(int)
    events = Events.of(np.repeat(np.arange(400), 6), rows.ravel(), None, 400, 2)
    counts = transition_counts(events.sequence, events.item, 2)
    low, high = bootstrap(events, np.arange(400), counts, 300, seed=1)
    assert (low[:, 1] < 0.3).all()
    assert (high[:, 1] > 0.3).all()
    assert high[0, 1] - low[0, 1] == pytest.approx(
        2 * 1.96 * np.sqrt(0.21 / counts[0].sum()), rel=0.35
    )


def test_hidden_states_are_ordered_decoded_and_shared_over_months(bank):
    """Half of the customers do x and y, the other half u and v: two states, one each."""
    start = datetime(2024, 4, 1)
    events = [(f"c{n:02}", start + timedelta(days=k), ("xy" if n < 20 else "uv")[(n + k) % 2])
              for n in range(40) for k in range(40)]  # fmt: skip
    found = hidden_result.compute(
        bank(events=events), HiddenParams(fewest_hidden=2, most_hidden=2, starts=5), AS_OF
    )
    months = found.months.group_by("month", maintain_order=True).agg(pl.col("share").sum())
    assert months["share"].to_list() == pytest.approx([1.0, 1.0])
    assert found.months.filter(state="S1")["share"].to_list() == pytest.approx([0.5, 0.5], abs=0.01)
    typical = {
        row["state"]: set(row["typical_steps"].split(", ")[:2]) for row in found.states.to_dicts()
    }
    assert sorted(map(sorted, typical.values())) == [["u", "v"], ["x", "y"]]
    assert len(set(found.assignment["state"])) == 2


@pytest.mark.parametrize(
    ("kind", "params", "reason"),
    [(MarkovParams, {"large_balance": 50.0, "small_balance": 100.0}, "large_balance must be above"),
     (HiddenParams, {"fewest_hidden": 5, "most_hidden": 3}, "fewest_hidden is above")],
)  # fmt: skip
def test_contradictions_are_refused(kind, params, reason):
    with pytest.raises(ParameterError, match=reason):
        kind(**params)
