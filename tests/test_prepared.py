"""Charts made ready: what a moved slider changes are rows, and those are there before it is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from analytics.registry import ChartSpec
from analytics.run import Run
from pages.ui import prepared

LONG = "Customers with a salary account, many payments by phone and none at a counter"

MORE = [pytest.param([f"Name {n}" for n in range(prepared.MOST_ELEMENTS + 1)], id="painted"),
        pytest.param([f"{LONG} {n}" for n in range(9)], id="high")]  # fmt: skip


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    state: dict[str, Any] = {"lang": "en"}
    monkeypatch.setattr(prepared.st, "session_state", state)
    return state


def drawn(names: list[str], *, height: int = 120) -> dict[str, Any]:
    """A bar chart over these names, as a page keeps it."""
    encoding = {"x": {"field": "n", "type": "quantitative"}, "y": {"field": "name", "type": "nominal"}}  # fmt: skip
    rows = pl.DataFrame({"name": names, "n": range(len(names))})
    return {"mark": "bar", "height": height, "encoding": encoding, "data": {"name": "data0"},
            "datasets": {"data0": rows}}  # fmt: skip


def specification(sent: dict[str, Any]) -> dict[str, Any]:
    """What the browser compares: everything but the rows."""
    return {name: part for name, part in sent.items() if name != "datasets"}


@pytest.mark.parametrize("more", MORE)
def test_a_chart_that_its_rows_changed_stays_so_when_they_are_few_and_short_again(more):
    first = specification(prepared.sent(drawn(["a", "b"]), "one"))
    changed = specification(prepared.sent(drawn(more), "one"))
    assert changed != first
    assert specification(prepared.sent(drawn(["a", "b"]), "one")) == changed
    assert specification(prepared.sent(drawn(["a", "b"]), "another")) == first


def test_a_chart_that_asks_for_another_height_gets_it():
    prepared.sent(drawn([f"{LONG} {n}" for n in range(9)]), "one")
    assert prepared.sent(drawn(["a"], height=150), "one")["height"] == 150


@pytest.mark.parametrize("other", [{"lang": "zh"}, {"data": "another"}], ids=str)
@pytest.mark.parametrize("more", MORE)
def test_in_another_language_or_dataset_it_begins_anew(session, more, other):
    first = specification(prepared.sent(drawn(["a"]), "one"))
    assert specification(prepared.sent(drawn(more), "one")) != first
    session |= other
    assert specification(prepared.sent(drawn(["a"]), "one")) == first


def counting(found: Run, rows: Any) -> tuple[Run, ChartSpec]:
    """The run with nothing but its first quick chart, whose rows `rows` makes."""
    spec = next(s for s in found.analysis.charts_of(found.result) if prepared.by_shape(s))
    spec = replace(spec, rows=rows)
    return replace(found, analysis=replace(found.analysis, charts=(spec,))), spec


def test_rows_are_worked_out_once_and_only_those_of_charts_that_are_shown(runs):
    asked: list[str] = []
    found, spec = counting(runs("rules"), lambda _, lang: asked.append(lang) or [pl.DataFrame()])
    prepared.work_out(found, ["another"], "en")
    assert asked == []
    prepared.work_out(found, [spec.key], "zh")
    found.rows(spec, "zh")
    assert asked == ["zh"]
    found.rows(spec, "en")
    assert asked == ["zh", "en"]


@pytest.mark.parametrize("fault", [ZeroDivisionError, pl.exceptions.ComputeError])
def test_a_fault_in_rows_worked_out_before_is_told_when_they_are_asked_for(runs, fault):
    def rows(*_: Any) -> Any:
        raise fault

    found, spec = counting(runs("rules"), rows)
    prepared.work_out(found, [spec.key], "en")
    with pytest.raises(fault):
        found.rows(spec, "en")


def test_another_question_of_the_same_answer_keeps_no_rows_of_the_first(runs):
    found, spec = counting(runs("rules"), lambda *_: [pl.DataFrame()])
    assert replace(found).rows(spec, "en") is not found.rows(spec, "en")
