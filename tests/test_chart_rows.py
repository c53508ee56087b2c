"""What makes a slider quick must not change a picture: a chart of the same shape differs in rows only."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import polars as pl
import pytest

from analytics.drawing import specification, with_rows
from analytics.legible import whole
from analytics.registry import Analysis, ChartSpec, load
from analytics.run import Run, run_analysis
from analytics.text import LANGS, UserError
from tests.contract import KEYS
from tests.contract_bank import AS_OF


def quick(analysis: Analysis) -> list[ChartSpec]:
    """The charts that are drawn once per shape."""
    return [one for one in analysis.charts if one.rows is not None and one.shape is not None]


QUICK = [key for key in KEYS if quick(load(key))]


def moves(key: str) -> list[dict[str, Any]]:
    """One step of every slider away from its default, one at a time; and a breakdown."""
    found = []
    for name, knob in load(key).params.knobs().items():
        default = load(key).params.defaults()[name]
        if knob.slider and default is not None:
            _, high, step = knob.slider
            value = default + step if default + step <= high else default - step
            found.append({name: int(value) if knob.kind == "int" else value})
    return [*found, {"by": "region"}]


def ends(key: str) -> list[dict[str, Any]]:
    """Every slider at either of its ends, one at a time: a list may be empty there."""
    return [{name: int(end) if knob.kind == "int" else end}
            for name, knob in load(key).params.knobs().items() if knob.slider for end in knob.slider[:2]]  # fmt: skip


def drawing(made: dict[str, Any]) -> str:
    """A chart without its rows and words; altair's names of views hold a hash of the rows."""
    rest = {k: v for k, v in made.items() if k not in ("datasets", "description")}
    return re.sub(r"view_[0-9a-f]+_\d", "view", json.dumps(rest))


def same_but_rows(spec: ChartSpec, one: Run, two: Run, lang: Any) -> None:
    """The rows put into a kept drawing are those of a new one, and nothing else differs."""
    kept, new = (specification(partial(spec.build, run.result, lang)) for run in (one, two))
    sent = with_rows(kept, spec.rows(two.result, lang))
    assert sent is not None
    assert {k: v.to_dicts() for k, v in sent["datasets"].items()} == new["datasets"], spec.key
    assert drawing(kept) == drawing(new), spec.key


@pytest.mark.parametrize("key", QUICK)
def test_a_moved_slider_draws_what_a_new_chart_would(contract, runs, key):
    stands, compared = runs(key), set[str]()
    for move in moves(key):
        try:
            moved = run_analysis(key, contract, load(key).params(**move), AS_OF)
        except UserError:
            continue  # refused in words elsewhere (`test_contract`)
        shown = {one.key for one in stands.analysis.charts_of(stands.result)}
        for spec in quick(stands.analysis):
            there = spec.key in shown and spec in moved.analysis.charts_of(moved.result)
            if there and spec.shape(stands.result) == spec.shape(moved.result):
                same_but_rows(spec, stands, moved, LANGS[len(compared) % 2])
                compared.add(spec.key)
    assert compared, (
        "no slider leaves any chart's shape as it was: keeping the drawing gains nothing"
    )


@pytest.mark.parametrize("key", KEYS)
def test_every_end_of_every_slider_is_shown(contract, key):
    """As the page sends them: rows as frames, names in lines."""
    for end in ends(key):
        try:
            moved = run_analysis(key, contract, load(key).params(**end), AS_OF)
        except UserError:
            continue  # refused in words
        for spec in moved.analysis.charts_of(moved.result):
            made = specification(partial(spec.build, moved.result, "en"))
            frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in made["datasets"].items()}  # fmt: skip
            assert whole({**made, "datasets": frames}).keys() >= made.keys(), (spec.key, end)
