"""A page of one analysis, from top to bottom: frame, form, run, headline, charts, customers, tables.

What a new analysis needs on its page beyond this, its own page file adds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from analytics import readiness, registry
from analytics.dataset import Dataset, Population
from analytics.params import Params
from analytics.registry import Analysis, ChartSpec
from analytics.run import Run, run_analysis
from analytics.text import Text
from pages.ui import audience, charts, computed, forms, frame, presets, runs, session, tables, url
from pages.ui import view as views
from pages.ui.labels import table_title
from pages.ui.story import pins
from pages.ui.words import lang, safe_label, say

BLOCKED = Text("This analysis cannot run on this dataset", "此数据集无法进行该分析")
TABLES = Text("Tables", "数据表")
CHARTS_FIRST = (
    2  # seen without a click; drawing every chart on every change would cost twice the time
)


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
    """All that a parameter moves; a change of one runs this part of the page and no other."""
    with session.part_of_the_page():
        analysis, data = registry.load(key), frame.require_dataset()
        address = analysis.page.rpartition("/")[2]
        bar = st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        )
        with bar:
            frame.scope_line()
        params = settings(analysis, data)
        with bar:
            pin = presets.actions(analysis, params, address)
        found = run(analysis, data, params)
        presets.pin_button(found, pin)
        show_headline(found.headline)
        if workbench:
            workbench(found)
        st.caption(f":material/touch_app: {say(audience.HINT)}")
        show_charts(found)
        show_tables(found)
        audience.shelf()
        computed.panel(found)
        url.publish(views.view(address))


def settings(analysis: Analysis, data: Dataset) -> Params:
    """The form of the parameters in its card, with Reset."""
    with st.container(border=True):
        params = forms.form(analysis.key, analysis.params, data)
    return params


def run(analysis: Analysis, data: Dataset, params: Params,
        population: Population | None = None) -> Run:  # fmt: skip
    """The result, from this session or computed now; stops the page until it is there."""
    as_of = session.as_of()
    population = session.population() if population is None else population
    key = (data.fingerprint, analysis.key, params, as_of, population, session.revision())
    with runs.failures_in_words():
        return runs.result(key, analysis.key, data,
                           lambda watched: run_analysis(analysis.key, watched, params, as_of, population))  # fmt: skip


def show_headline(headline: Sequence[Text]) -> None:
    """The first sentence large, the others under it."""
    with st.container(gap="xsmall"):
        for number, sentence in enumerate(headline):
            words = safe_label(sentence(lang()), 600)
            if number:
                st.markdown(words)
            else:
                st.subheader(words, anchor=False)


def show_charts(found: Run) -> None:
    """The first charts side by side, the others in tabs of which only the open one is drawn."""
    specs = found.analysis.charts_of(found.result)
    _chart_row(found, specs[:CHARTS_FIRST])
    rest = specs[CHARTS_FIRST:]
    if not rest:
        return
    names = "-".join(spec.key for spec in rest)  # a new chart, such as a breakdown, opens first
    tabs = st.tabs([spec.title(lang()) for spec in rest], on_change="rerun",
                   key=f"{found.analysis.key}.charts.{names}.{lang()}")  # fmt: skip
    for spec, tab in zip(rest, tabs, strict=True):
        if tab.open:
            with tab:
                _chart_row(found, [spec])


def _chart_row(found: Run, specs: Sequence[ChartSpec]) -> None:
    """Charts beside each other where there is room; the customers of a pick stand under them."""
    picks, name = {}, found.analysis.key
    with st.grid(max(len(specs), 1), min_column_width=400):
        for spec in specs:
            rows = charts.chart(
                spec, found.result, name, lambda key: pins.button(found, "chart", key)
            )
            picks[spec.key] = spec.table, rows
    for key, (table, rows) in picks.items():
        if rows:
            place = f"{found.analysis.key}.{key}.audience"
            audience.panel(found.analysis, found.result, table, rows, place)


def show_tables(found: Run) -> None:
    """One tab per table, only the open one sent; the customers of selected rows stand under it."""
    analysis, names = found.analysis, list(found.tables)
    st.subheader(say(TABLES), anchor=False)
    tabs = st.tabs([table_title(name, lang(), analysis.key) for name in names], on_change="rerun",
                   default=table_title(_first_table(found), lang(), analysis.key),
                   key=f"{analysis.key}.tables.{lang()}")  # fmt: skip
    for name, tab in zip(names, tabs, strict=True):
        if tab.open:
            with tab:
                key = f"{analysis.key}.table.{name}"
                rows = tables.table(found.tables[name], f"{analysis.key}-{name}", key,
                                    table_title(name, lang(), analysis.key), analysis.titles)  # fmt: skip
                if rows:
                    audience.panel(analysis, found.result, name, rows, f"{key}.audience")


def _first_table(found: Run) -> str:
    """The table that opens first: what the first chart shows, which is small, before every customer."""
    return next((c.table for c in found.analysis.charts_of(found.result)), next(iter(found.tables)))


def _require_ready(data: Dataset, analysis: Analysis) -> None:
    found = readiness.readiness(data, analysis)
    if found.state == "blocked":
        st.warning(safe_label(found.message(lang()), 400), title=say(BLOCKED))
        st.page_link("pages/start/load.py", label=say(frame.GO_LOAD), icon=":material/upload_file:")
        st.stop()
    if found.state == "degraded":
        st.caption(f":material/info: {safe_label(found.message(lang()), 400)}")
