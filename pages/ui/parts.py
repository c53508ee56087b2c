"""The parts of an answer on its page: sentences, charts with what is picked in them, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

import streamlit as st

from analytics.registry import ChartSpec
from analytics.run import Run
from analytics.text import Text
from pages.ui import audience, charts, choose, prepared, tables
from pages.ui.labels import table_title
from pages.ui.words import lang, safe_label, say

TABLES = Text("Tables", "数据表")
CHARTS = Text("Further charts", "更多图表")
CHARTS_FIRST = (
    2  # seen without a click; drawing every chart on every change would cost twice the time
)


def headline(headline: Sequence[Text]) -> None:
    """The first sentence large, the others under it."""
    for number, sentence in enumerate(headline):
        words = safe_label(sentence(lang()), 600)
        if number:
            st.markdown(words)
        else:
            st.subheader(words, anchor=False)


def show_charts(found: Run, ready: Mapping[str, prepared.Ready]) -> list[charts.Drawn]:
    """The first charts side by side; of the others the one that is chosen."""
    specs = found.analysis.charts_of(found.result)
    drawn = _chart_row(found, specs[:CHARTS_FIRST], ready)
    rest = specs[CHARTS_FIRST:]
    if not rest:
        return drawn
    return drawn + _chart_row(found, [_chosen(found, rest)], ready)


def _chosen(found: Run, rest: Sequence[ChartSpec]) -> ChartSpec:
    """Which of the further charts is open; one alone needs no choice."""
    if len(rest) == 1:
        return rest[0]
    names = "-".join(spec.key for spec in rest)  # a new chart, such as a breakdown, opens first
    titles = {spec.key: spec.title(lang()) for spec in rest}
    chosen = choose.one_of(titles, CHARTS, f"{found.analysis.key}.charts.{names}")
    return next(spec for spec in rest if spec.key == chosen)


def _chart_row(found: Run, specs: Sequence[ChartSpec], ready: Mapping[str, prepared.Ready]
               ) -> list[charts.Drawn]:  # fmt: skip
    """Charts beside each other where there is room, and a place under them for what is picked."""
    made = [ready.get(one.key) or prepared.ready(one, found) for one in specs]  # fmt: skip
    with st.grid(len(specs), min_column_width=400) if len(specs) > 1 else nullcontext():
        drawn = [charts.chart(one) for one in made]
    under = st.container() if any(one.picked for one in drawn) else None
    return [replace(one, under=under) for one in drawn]


def picked(found: Run, one: charts.Drawn) -> None:
    """The customers behind the marks that are picked in a chart, under its row."""
    if one.picked:
        with one.under:
            place = f"{found.analysis.key}.{one.spec.key}.audience"
            audience.panel(found.analysis, found.result, one.spec.table, one.picked, place)


def show_tables(found: Run) -> None:
    """The table that is chosen; the customers of selected rows stand under it."""
    analysis, names = found.analysis, list(found.tables)
    st.subheader(say(TABLES), anchor=False)
    name = choose.one_of({one: table_title(one, lang(), analysis.key) for one in names}, TABLES,
                   f"{analysis.key}.tables", _first_table(found))  # fmt: skip
    key = f"{analysis.key}.table.{name}"
    rows = tables.table(found.tables[name], f"{analysis.key}-{name}", key,
                        table_title(name, lang(), analysis.key), analysis.titles, found.tables)  # fmt: skip
    if rows:
        audience.panel(analysis, found.result, name, rows, f"{key}.audience")


def _first_table(found: Run) -> str:
    """The table that opens first: what the first chart shows, which is small, before every customer."""
    return next((c.table for c in found.analysis.charts_of(found.result)), next(iter(found.tables)))
