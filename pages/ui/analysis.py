"""A page of one analysis, from top to bottom: frame, form, run, headline, charts, customers, tables.

What a new analysis needs on its page beyond this, its own page file adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from analytics import readiness, registry
from analytics.dataset import Dataset, Population
from analytics.params import Params
from analytics.registry import Analysis
from analytics.run import Run, run_analysis
from analytics.text import Text
from pages.ui import (
    audience,
    charts,
    computed,
    forms,
    frame,
    parts,
    prepared,
    presets,
    runs,
    session,
    together,
    url,
)
from pages.ui import view as views
from pages.ui.story import pins
from pages.ui.words import lang, safe_label, say

BLOCKED = Text("This analysis cannot run on this dataset", "此数据集无法进行该分析")
BREATH_S = 0.09  # in which the browser draws new charts before the rest of the page reaches it
ANSWERED = "analysis.answered"  # the last answer that a page showed
DRAWN = "analysis.drawn"  # the keys of the charts it showed


@dataclass(frozen=True)
class Places:
    """Where on the page the headline, the page's own tools and the charts stand."""

    words: Any
    own: Any
    drawn: Any


def page(key: str, workbench: Callable[[Run], None] | None = None) -> None:
    """The whole page of the analysis with this key.

    `workbench` draws what only this analysis has, between its headline and its charts.
    """
    analysis = registry.load(key)
    frame.title(analysis.title, analysis.question)
    frame.notice()
    _require_ready(frame.require_dataset(), analysis)
    _answer(key, workbench)


@st.fragment
def _answer(key: str, workbench: Callable[[Run], None] | None = None) -> None:
    """All that a parameter moves; a change of one runs this part of the page and no other.

    Why the charts come before the form above them: the form, the menus and the tables are most of
    the page's work, and whoever moved a slider waits for the charts. Why nothing is sent before
    they are ready, and nothing for a moment after them: the browser lays out the whole page for
    every batch of messages, and draws the charts of a large one a fifth later.
    """
    with session.part_of_the_page():
        analysis, data = registry.load(key), frame.require_dataset()
        found, ready = _foreseen(analysis, data)
        bar = st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        )
        card = st.container(border=True)
        places = Places(st.container(gap="xsmall"), st.container(), st.container())
        shown = _show(found, places, ready) if found else None
        together.release()
        if found and found is not st.session_state.get(ANSWERED):
            time.sleep(BREATH_S)
        with card:
            params = forms.form(analysis.key, analysis.params, data)
        with bar:
            frame.scope_line()
            pin = presets.actions(analysis, params, _address(analysis))
        if found and found.params != params:
            st.rerun()  # the form dropped a value that this dataset does not know
        if shown is None:
            with places.words:
                found = run(analysis, data, params)
            shown = _show(found, places, {})
        st.session_state[ANSWERED] = found
        st.session_state[DRAWN] = [one.spec.key for one in shown]
        with places.own:
            _tools(found, workbench)
        _around(found, shown, pin)


def _foreseen(analysis: Analysis, data: Dataset) -> tuple[Run | None, dict[str, prepared.Ready]]:
    """The answer at once with its charts; after a fault none: it is told under the form that undoes it."""
    found = _at_once(analysis, data)
    try:
        return found, _ready(found) if found else {}
    except prepared.FAULTS:  # said when the chart is drawn under the form
        return None, {}


def _at_once(analysis: Analysis, data: Dataset) -> Run | None:
    """The answer to a change on the page, if it is there in a moment; None on a first visit.

    A first visit draws the form before it computes.
    """
    last: Run | None = st.session_state.get(ANSWERED)
    answered = last is not None and last.analysis.key == analysis.key
    params = forms.settled(analysis.key, analysis.params) if answered else None
    return runs.soon(*_question(analysis, data, params, session.population())) if params else None


def _ready(found: Run) -> dict[str, prepared.Ready]:
    """By key, the charts that the page showed last."""
    last = st.session_state.get(DRAWN, ())
    return {spec.key: prepared.ready(spec, found)
            for spec in found.analysis.charts_of(found.result) if spec.key in last}  # fmt: skip


def _show(found: Run, places: Places, ready: Mapping[str, prepared.Ready]) -> list[charts.Drawn]:
    """The charts and, above them, the headline; what stands around them is drawn later."""
    with places.drawn:
        shown = parts.show_charts(found, ready)
    with places.words:
        parts.headline(found.headline)
    return shown


def _tools(found: Run, workbench: Callable[[Run], None] | None) -> None:
    """What only this page has, and how to get from a mark to its customers."""
    if workbench:
        workbench(found)
    st.caption(f":material/touch_app: {say(audience.HINT)}")


def _around(found: Run, shown: Sequence[charts.Drawn], pin: Any) -> None:
    """Everything on the page that can wait for the charts."""
    for one in shown:
        parts.picked(found, one)
    parts.show_tables(found)
    audience.shelf()
    computed.panel(found)
    for one in shown:
        with one.tools:
            charts.spoken(one.words)
            charts.downloads(one.spec, found)
            pins.button(found, "chart", one.spec.key)
    presets.pin_button(found, pin)
    url.publish(views.view(_address(found.analysis)))
    _prepare(found)


def _prepare(found: Run) -> None:
    """Work out what the next moves ask for, once somebody has begun to move something."""
    if found.params == type(found.params)():
        return
    data, population = frame.require_dataset(), session.population()
    runs.prepare([_question(found.analysis, data, params, population)
                  for params in found.analysis.ahead(found.params)])  # fmt: skip


def _address(analysis: Analysis) -> str:
    return analysis.page.rpartition("/")[2]


def run(analysis: Analysis, data: Dataset, params: Params,
        population: Population | None = None) -> Run:  # fmt: skip
    """The result, from this session or computed now; stops the page until it is there."""
    population = session.population() if population is None else population
    with runs.failures_in_words():
        return runs.result(*_question(analysis, data, params, population))


def _question(analysis: Analysis, data: Dataset, params: Params, population: Population) -> Any:
    """What `runs` needs to answer: a complete key, the kind of question, the dataset, the work."""
    as_of, shown, language = session.as_of(), st.session_state.get(DRAWN, ()), lang()
    key = (data.fingerprint, analysis.key, params, as_of, population, session.revision())

    def work(watched: Dataset) -> Run:
        found = run_analysis(analysis.key, watched, params, as_of, population)
        prepared.work_out(found, shown, language)
        return found

    return key, analysis.key, data, work


def _require_ready(data: Dataset, analysis: Analysis) -> None:
    found = readiness.readiness(data, analysis)
    if found.state == "blocked":
        st.warning(safe_label(found.message(lang()), 400), title=say(BLOCKED))
        st.page_link("pages/start/load.py", label=say(frame.GO_LOAD), icon=":material/upload_file:")
        st.stop()
    if found.state == "degraded":
        st.caption(f":material/info: {safe_label(found.message(lang()), 400)}")
