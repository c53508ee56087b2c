"""Verdicts, precision, recall, re-ranking, and the gate before a campaign."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analytics.anomalies import gate, verdicts
from analytics.state import State
from analytics.text import UserError

DAY = date(2024, 5, 5)


def cases(n: int = 6) -> pl.DataFrame:
    """Cases c0, c1, ... with falling scores, every other one a burst."""
    return pl.DataFrame({
        "customer_id": [f"c{i}" for i in range(n)], "day": [DAY] * n, "score": [float(n - i) for i in range(n)],
        "kinds": ["burst" if i % 2 else "night" for i in range(n)], "flags": [1] * n})  # fmt: skip


@pytest.fixture
def state(tmp_path) -> State:
    return State(tmp_path / "state.sqlite")


def test_the_last_verdict_counts_and_precision_leaves_the_unsure_out(state):
    verdicts.decide(state, "c0", DAY, "dismissed")
    verdicts.decide(state, "c0", DAY, "confirmed", "called the customer")
    verdicts.decide(state, "c1", DAY, "dismissed")
    verdicts.decide(state, "c2", DAY, "unsure")
    verdicts.decide(state, "c5", DAY, "confirmed")
    kept = verdicts.kept(state)
    assert kept.height == 4
    assert kept.filter(customer_id="c0")["reason"].item() == "called the customer"
    assert verdicts.precision(cases(), kept, 3) == (1, 2)
    assert verdicts.precision(cases(), kept) == (2, 3)


def test_a_verdict_raises_the_revision(state):
    before = state.revision()
    verdicts.decide(state, "c0", DAY, "confirmed")
    assert state.revision() == before + 1


def test_an_unknown_verdict_is_refused_in_words(state):
    with pytest.raises(UserError) as refused:
        verdicts.decide(state, "c0", DAY, "fraud")
    assert "confirmed" in refused.value.text.zh


def test_recall_weighs_the_random_sample(state):
    """8 confirmed on the list; of 10 sampled of the 100 other days 2 are unusual: 8 / (8 + 20)."""
    for i in range(8):
        verdicts.decide(state, f"c{i}", DAY, "confirmed")
    assert verdicts.recall(cases(8), verdicts.kept(state), 108) is None
    for i in range(10):
        verdicts.decide(state, f"u{i}", DAY, "confirmed" if i < 2 else "dismissed", flagged=False)
    found = verdicts.recall(cases(8), verdicts.kept(state), 108)
    assert found.value == pytest.approx(8 / 28)
    # Wilson's 95 % interval of 2 of 10, by hand: 0.0567 to 0.5098.
    assert (found.low, found.high) == pytest.approx((8 / 58.98, 8 / 13.67), abs=1e-3)


def test_recall_is_of_the_list_as_it_is_now(state):
    """Twelve days. Of a list of four, c0, c1 and c2 were confirmed and c3 dismissed; of the eight other
    days u0 to u3 were drawn and u0 confirmed. With capacity for two, c2 is missed for certain, c3 is known
    to be nothing, and the sample stands for eight: 2 / (2 + 1 + 8 / 4). A longer list that holds u0 has it
    found: 4 / (4 + 0 / 3 x 7).
    """
    for i in range(4):
        verdicts.decide(state, f"c{i}", DAY, "dismissed" if i == 3 else "confirmed")
        verdicts.decide(state, f"u{i}", DAY, "dismissed" if i else "confirmed", flagged=False)
    known = verdicts.kept(state)
    assert verdicts.recall(cases(4), known, 12).value == pytest.approx(3 / (3 + 8 / 4))
    short = verdicts.recall(cases(2), known, 12)
    assert (short.known, short.value) == (1, pytest.approx(2 / (2 + 1 + 8 / 4)))
    longer = pl.concat([cases(4), cases(1).with_columns(customer_id=pl.lit("u0"))])
    assert verdicts.recall(longer, known, 12).value == 1.0


def test_reranking_waits_for_fifty_and_then_learns(state):
    listed = cases(120)
    rows = [(f"c{i}", DAY, "confirmed" if i % 2 else "dismissed", "", True, "") for i in range(120)]
    said = pl.DataFrame(rows, schema=verdicts.SCHEMA, orient="row")
    assert verdicts.rerank(listed, said.head(60))["likelihood"].null_count() == 120
    again = verdicts.rerank(listed, said)
    assert set(again["kinds"].head(60)) == {"burst"}


def test_the_gate_counts_every_step_once():
    """Of six: c0 dismissed, c1 unusual, c2 confirmed only, c3 high risk, c4 flagged by risk, x free."""
    said = pl.DataFrame([("c0", DAY, "dismissed", "", True, ""), ("c2", date(2024, 1, 1), "confirmed", "", True, "")],
                        schema=verdicts.SCHEMA, orient="row")  # fmt: skip
    risk = pl.DataFrame({"customer_id": ["c3", "c4", "c1"], "risk_score": [0.9, 0.1, 0.9],
                         "flag": [None, True, True]})  # fmt: skip
    asked = pl.Series(["c0", "c1", "c2", "c3", "c4", "x", "x", None])
    passed = gate.pass_through(asked, cases(2), said, risk, highest_risk=0.5)
    assert dict(passed.waterfall.iter_rows()) == {
        "asked": 6, "unusual": 1, "confirmed": 1, "risk_score": 1, "risk_flag": 1, "left": 2}  # fmt: skip
    assert passed.allowed.to_list() == ["c0", "x"]
    assert dict(passed.stopped.iter_rows()) == {
        "c1": "unusual", "c2": "confirmed", "c3": "risk_score", "c4": "risk_flag"}  # fmt: skip
    assert passed.waterfall.columns == ["step", "customers"]
    assert set(passed.waterfall["step"]) == gate.STEPS.keys()


def test_an_acceptable_score_lets_more_through():
    none = pl.DataFrame(schema=verdicts.SCHEMA)
    risk = pl.DataFrame(
        schema={"customer_id": pl.String, "risk_score": pl.Float64, "flag": pl.Boolean}
    )
    asked = pl.Series([f"c{i}" for i in range(6)])
    passed = [
        gate.pass_through(asked, cases(), none, risk, least).allowed.len() for least in (0, 4, 9)
    ]
    assert passed == [0, 3, 6]


def test_the_settings_of_the_gate_outlive_the_session(state):
    assert gate.settings(state) == gate.Settings()
    gate.keep(state, gate.Settings(4.5, 30, 0.7))
    assert gate.settings(State(state.path)) == gate.Settings(4.5, 30, 0.7)


@pytest.mark.parametrize(
    ("kept", "least"), [("", 3.0), ("no json", 3.0), ("[1]", 3.0), ('{"least_score": 99}', 20.0)]
)
def test_settings_that_cannot_be_read_are_the_defaults(state, kept, least):
    state.write_note(gate.NOTE, kept)
    assert gate.settings(state) == gate.Settings(least_score=least)
