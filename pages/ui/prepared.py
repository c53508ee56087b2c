"""Charts made ready to be sent: whatever takes time, before the page gives anything to the browser.

A chart is drawn once per shape of its result; after that only its rows change, and the browser moves
its marks. Another specification would cost a new chart, twice what a moved slider waits for.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from analytics import style
from analytics.drawing import specification, with_rows
from analytics.legible import whole
from analytics.registry import ChartSpec
from analytics.run import Run
from analytics.style import PICK, Theme
from analytics.text import Lang
from pages.ui import session
from pages.ui.words import lang

FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, pl.exceptions.PolarsError)  # fmt: skip
NOTE_COLOUR = {"light": "#56616C", "dark": "#A3AFBB"}  # the page colours titles, not their notes
MOST_DRAWN = 60
MOST_ELEMENTS = 100  # rows of a chart that the browser builds of elements
PAINTED = {"embedOptions": {"renderer": "canvas"}}


def theme() -> Theme:
    """The appearance the visitor sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


@dataclass(frozen=True)
class Ready:
    """A chart that needs only to be sent: its picture, and what a screen reader says."""

    spec: ChartSpec
    key: str
    sent: dict[str, Any]
    picks: bool
    words: str


def ready(spec: ChartSpec, found: Run) -> Ready:
    """Everything about a chart that takes time, before anything is sent."""
    drawn, key = _drawn(spec, found), key_of(spec, found)
    words = spec.alt_text(found.result, lang())
    return Ready(spec, key, sent(drawn, key), _has_selection(drawn), words)


def by_shape(spec: ChartSpec) -> bool:
    """Whether another result may need no new drawing of this chart, only its rows."""
    return spec.rows is not None and spec.shape is not None


def work_out(found: Run, keys: Collection[str], language: Lang) -> None:
    """The rows of these charts, before the page asks; runs in a thread. A fault is told when drawn."""
    with contextlib.suppress(*FAULTS):
        for spec in found.analysis.charts_of(found.result):
            if spec.key in keys and by_shape(spec):
                found.shape(spec), found.rows(spec, language)


def _drawn(spec: ChartSpec, found: Run) -> Mapping[str, Any]:
    """The specification, past the gate; drawn anew only where more than its rows changed."""
    kept: OrderedDict[Any, tuple[Any, Mapping[str, Any]]] = st.session_state.setdefault(
        "charts.drawn", OrderedDict())  # fmt: skip
    result, place = found.result, (found.analysis.key, spec.key, lang(), theme())
    shaped = by_shape(spec)
    shape = found.shape(spec) if shaped else result
    if place in kept and (kept[place][0] == shape if shaped else kept[place][0] is result):
        if not shaped:
            return kept[place][1]
        rows = session.gate().rows(found.rows(spec, lang()))
        if (same := with_rows(kept[place][1], rows)) is not None:
            return same
    made = specification(lambda: spec.build(result, lang()))
    drawn = session.gate().spec({**made, "config": _coloured(made["config"])})
    kept[place] = shape, drawn
    kept.move_to_end(place)
    while len(kept) > MOST_DRAWN:
        kept.popitem(last=False)
    return drawn


def _coloured(config: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's own theme leaves out: the note under a title, and text written at marks."""
    note, ink = {"subtitleColor": NOTE_COLOUR[theme()]}, {"color": style.ink(theme())}
    return {
        **config,
        "axisBand": {"labelFlush": False, **config.get("axisBand", {})},
        "title": {**note, **config.get("title", {})},
        "text": {**ink, **config.get("text", {})},
    }


def sent(drawn: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A copy to send, its rows as frames: a list of rows would take the long way over pandas.

    Without the description: its numbers change with every setting, and the browser makes a new
    chart of every new specification. The words stand beside the chart instead (`charts.spoken`).
    """
    frames = {name: rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
              for name, rows in drawn["datasets"].items()}  # fmt: skip
    made = whole({k: v for k, v in drawn.items() if k != "description"} | {"datasets": frames})
    return made | _as_before(made, drawn.get("height"), key)


def _as_before(made: Mapping[str, Any], asked: Any, key: str) -> dict[str, Any]:
    """What rows seen earlier made of this chart: painted, or higher than it asked; it stays so.

    With many rows painted and not built of elements: the browser moves a hundred elements slower
    than it paints. Why it stays: a slider that goes back would wait for a new chart. In another
    dataset or language every chart is a new one, and begins anew.
    """
    kept: dict[Any, tuple[int, bool]] = st.session_state.setdefault("charts.forms", {})
    place = st.session_state.get(session.DATA_KEY), lang(), key, asked
    height, painted = kept.get(place, (0, False))
    fixed = isinstance(made.get("height"), int)
    height = max(height, made["height"]) if fixed else 0
    painted = painted or sum(rows.height for rows in made["datasets"].values()) > MOST_ELEMENTS
    kept[place] = height, painted
    return ({"height": height} if fixed else {}) | ({"usermeta": PAINTED} if painted else {})


def _has_selection(drawn: Mapping[str, Any]) -> bool:
    return any(one.get("name") == PICK for one in drawn.get("params", []))


def key_of(spec: ChartSpec, found: Run) -> str:
    """The key of the chart's widget."""
    return f"{found.analysis.key}.chart.{spec.key}"
