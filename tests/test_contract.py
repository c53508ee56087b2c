"""What every analysis of the registry must offer: points 1 to 8 of DESIGN's eleven, a section each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from analytics import export
from analytics.dataset import Population
from analytics.privacy import holds_any
from analytics.registry import load
from analytics.run import command_line, run_analysis
from analytics.text import LANGS, UserError
from tests.contract import GATE, KEYS, asked, drawn, every_analysis, in_both
from tests.contract_bank import AS_OF, tables

MAX_SPEC_ROWS = 800


def knobs() -> list[Any]:
    """Every knob of every analysis."""
    return [
        pytest.param(key, name, id=f"{key}.{name}")
        for key in KEYS
        for name in load(key).params.knobs()
    ]


def edges() -> list[Any]:
    """Every end of every slider, and every option."""
    found = []
    for key in KEYS:
        for name, knob in load(key).params.knobs().items():
            ends = knob.slider[:2] if knob.slider else tuple(knob.options or ())
            ends = tuple(int(v) if knob.kind == "int" else v for v in ends)
            found += [(key, name, (v,) if knob.kind == "choices" else v) for v in ends]
    return found


def test_there_are_analyses():
    assert "rfm" in KEYS


# -- 1. a form built from its parameters ---------------------------------------------------------
@pytest.mark.parametrize(("key", "name"), knobs())
def test_01_a_knob_can_be_shown(key, name):
    knob = load(key).params.knobs()[name]
    assert in_both(knob.label)
    assert in_both(knob.help), "a reader cannot guess what it does"
    assert bool(knob.unit.en) == bool(knob.unit.zh)
    if knob.kind in ("int", "float"):
        assert knob.slider, "the page needs a range to offer"
        low, high, step = knob.slider
        assert low < high
        assert step > 0
        assert knob.low is None or knob.low <= low
        assert knob.high is None or high <= knob.high
    if knob.kind in ("choice", "choices"):
        assert knob.options or knob.source
        assert all(in_both(text) for text in (knob.options or {}).values())


@every_analysis
def test_01_every_field_is_a_knob(key):
    assert all("knob" in f.metadata for f in fields(load(key).params))


@pytest.mark.parametrize(("key", "name", "value"), edges())
def test_01_every_end_of_a_slider_computes_or_is_refused_in_words(contract, key, name, value):
    try:
        params = load(key).params(**{name: value})
    except UserError:
        with pytest.raises(UserError) as refused:
            load(key).params(**{name: value})
        assert in_both(refused.value.text)
        return
    assert load(key).headline(run_analysis(key, contract, params, AS_OF).result)


# -- 2. headline ---------------------------------------------------------------------------------
@every_analysis
def test_02_headline(runs, key):
    headline = runs(key).headline
    assert 1 <= len(headline) <= 3
    assert all(in_both(text) and "{" not in text.en + text.zh for text in headline)
    for lang in LANGS:
        assert any(char.isdigit() for char in headline[0](lang)), "n is missing"


# -- 3. charts -----------------------------------------------------------------------------------
def axes(node: Any) -> Iterator[dict[str, Any]]:
    """Every drawn x and y of a specification; a layer may leave the title to the first one."""
    if isinstance(node, dict):
        for name, value in node.get("encoding", {}).items():
            if name in ("x", "y") and ("axis" not in value or value["axis"] is not None):
                yield value
        for name, value in node.items():
            if name not in ("data", "datasets"):
                yield from axes(value)
    elif isinstance(node, list):
        for value in node:
            yield from axes(value)


@every_analysis
def test_03_charts_have_titles_axes_and_words(runs, key):
    charts = drawn(runs(key, "region"))
    assert charts
    for chart, spec, lang in charts:
        title = spec["title"]["text"] if isinstance(spec["title"], dict) else spec["title"]
        assert title == chart.title(lang), chart.key
        assert spec["description"] == chart.alt_text(runs(key, "region").result, lang)
        assert len(spec["description"]) > 10, chart.key
        titled = {axis.get("field") for axis in axes(spec) if axis.get("title")}
        assert titled or not list(axes(spec)), chart.key  # a network has no axes
        first = spec.get("layer", [spec])[0]
        assert all(axis.get("title") for axis in axes(first)), (chart.key, "axis title")


@every_analysis
def test_03_charts_hold_aggregates_only(runs, contract, key):
    ids = set(contract.query("SELECT customer_id FROM customers")["customer_id"])
    for chart, spec, _ in drawn(runs(key, "region")):
        GATE.spec(spec)
        assert not holds_any(spec, ids), chart.key
        assert (
            len(spec["data"]["values"] if "values" in spec.get("data", {}) else []) <= MAX_SPEC_ROWS
        )


@every_analysis
def test_03_charts_render_in_both_languages_and_themes(runs, key):
    for chart, spec, lang in drawn(runs(key, "region")):
        svg = export.chart_file(spec, "svg", "light" if lang == "en" else "dark").decode()
        assert chart.title(lang) in svg, (chart.key, lang)


# -- 4. tables -----------------------------------------------------------------------------------
@every_analysis
def test_04_tables_hold_what_the_charts_show(runs, key):
    run = runs(key, "region")
    assert run.tables
    for name, frame in run.tables.items():
        assert frame.height, name
        assert "customer_key" not in frame.columns
    assert all(chart.table in run.tables for chart in run.analysis.charts_of(run.result))


@every_analysis
def test_04_keys_in_cells_and_counts_have_titles_in_both_languages(runs, key):
    run = runs(key, "region")
    own = {
        str(v) for row in tables()["customers"] for v in row.values()
    }  # the extract's words stay
    for column, titles in run.analysis.titles.items():
        assert all(in_both(text) for text in titles.values())
        for name, frame in run.tables.items():
            if column in frame.columns:
                assert set(frame[column].drop_nulls()) <= titles.keys() | own, (name, column)
    assert set(run.result.provenance.counts) <= run.analysis.count_titles.keys()
    assert all(in_both(text) for text in run.analysis.count_titles.values())


# -- 5. from a mark or a row to the customers ----------------------------------------------------
@every_analysis
def test_05_members_of_the_first_row_of_every_table(runs, contract, key):
    run = runs(key, "region")
    known = set(contract.query("SELECT customer_id FROM customers")["customer_id"])
    for name, frame in run.tables.items():
        found = run.analysis.members(run.result, name, frame.row(0, named=True)).to_list()
        assert found, name
        assert set(found) <= known
        assert len(set(found)) == len(found), name


@every_analysis
def test_05_a_pick_in_a_chart_leads_to_members(runs, key):
    run = runs(key, "region")
    for chart, spec, _ in drawn(run):
        for one in spec.get("params", []):
            picked = one["select"]["fields"]
            row = run.tables[chart.table].select(picked).row(0, named=True)
            assert run.analysis.members(run.result, chart.table, row).len(), chart.key


# -- 6. break down by anything -------------------------------------------------------------------
@every_analysis
@pytest.mark.parametrize("by", ["region", "tier", "audience:vip"])
def test_06_breaks_down_by_any_group(runs, contract, key, by):
    run = runs(key, by)
    assert by in contract.groups()
    assert len(run.tables) > len(runs(key).tables), "a breakdown adds a table"
    assert {n: f.height for n, f in runs(key).tables.items()}.items() <= {
        n: f.height for n, f in run.tables.items()}.items()  # fmt: skip


@every_analysis
def test_06_an_unknown_group_is_refused_in_words(contract, key):
    with pytest.raises(UserError) as refused:
        run_analysis(key, contract, load(key).params(by="nowhere"), AS_OF)
    assert in_both(refused.value.text)


# -- 7. how this was computed --------------------------------------------------------------------
@every_analysis
def test_07_provenance_is_complete(runs, contract, key):
    run = runs(key)
    facts = run.result.provenance
    assert (facts.as_of, facts.fingerprint) == (AS_OF, contract.fingerprint)
    assert "SELECT" in facts.sql
    assert facts.counts
    assert all(isinstance(n, int) and n >= 0 for n in facts.counts.values())
    assert in_both(run.analysis.definition)
    assert in_both(run.analysis.title)
    assert in_both(run.analysis.question)


@pytest.mark.parametrize(("key", "name", "value"), edges())
def test_07_the_command_line_gives_the_same_question(runs, key, name, value):
    try:
        params = load(key).params(**{name: value}, by="tier")
    except UserError:
        return
    where = Population.parse(["region=North", "tier!=a b"])
    run = replace(runs(key), params=params, population=where)
    assert asked(command_line(run, "my bank")) == (key, "my bank", AS_OF, run.population, params)


# -- 8. a record that can be pinned --------------------------------------------------------------
@every_analysis
def test_08_json_round_trip(runs, key):
    run = runs(key, "region")
    record = json.loads(run.as_json())
    assert {
        "analysis",
        "dataset",
        "fingerprint",
        "as_of",
        "params",
        "headline",
        "tables",
    } <= record.keys()
    assert run.analysis.params.from_dict(record["params"]) == run.params
    assert Population.parse(record["population"]) == run.population
    assert record["headline"] == [{"en": t.en, "zh": t.zh} for t in run.headline]
    assert record["tables"] == {name: frame.height for name, frame in run.tables.items()}
