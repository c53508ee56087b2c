"""Pin what an analysis shows: its headline, any of its charts, any of its tables of totals."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.marks import Mark, of_extract
from analytics.run import Run
from analytics.story import shelf
from analytics.story.counts import is_single
from analytics.story.frame import Kind, Labels
from analytics.story.shown import compose
from analytics.text import LANGS, Text, UserError
from pages.ui import session
from pages.ui.labels import column_title, table_title
from pages.ui.words import lang, safe_label, say

PIN = Text("Pin", "固定")
PIN_HELP = Text("Add to the story: the headline, a chart or a table, with its parameters, day and customers.",
                "加入汇报：结论、图表或数据表，连同参数、日期与客户范围。")  # fmt: skip
PINNED = Text("Pinned. The story holds {n}.", "已固定，汇报现有{n}页。")
FULL = Text("A story holds at most {n} pins. Remove one first.", "汇报最多{n}页，请先移除一页。")
HEADLINE = Text("Headline", "结论")
CHART = Text("Chart: {title}", "图表：{title}")
TABLE = Text("Table: {title}", "数据表：{title}")
SEP = "/"


def menu(run: Run, slot: Any) -> None:
    """One menu for everything on the page; drawn once the headline is known.

    Pinned before the next run, not in it: who chooses and goes to another page at once keeps the pin.
    """
    titles, key = _titles(run), f"{run.analysis.key}.pin.{lang()}"
    slot.menu_button(say(PIN), list(titles), format_func=titles.__getitem__, help=say(PIN_HELP), key=key,
                     icon=":material/push_pin:", type="tertiary", on_click=_chosen, args=(run, key))  # fmt: skip


def _chosen(run: Run, key: str) -> None:
    """Pin what the menu reports."""
    kind, _, item = str(st.session_state[key] or "").partition(SEP)
    if kind:
        add(run, kind, item)


def button(run: Run, kind: Kind, item: str) -> None:
    """Beside a chart or a table of totals: pin just this."""
    if kind == "table" and _is_single(run, item):
        return
    st.button(say(PIN), icon=":material/push_pin:", type="tertiary", help=say(PIN_HELP),
              key=f"{run.analysis.key}.pin.{kind}.{item}", on_click=add, args=(run, kind, item))  # fmt: skip


def add(run: Run, kind: Kind, item: str = "") -> None:
    """Pin one thing of a result, and say so."""
    state = session.state()
    try:
        if len(state.pins()) >= shelf.MOST_PINS:
            raise UserError(FULL.fill(n=shelf.MOST_PINS), "story")
        frame, shown = compose(
            run, kind, item, labels(run, kind, item), shelf.smallest(state), _marks(run)
        )
        shelf.pin(state, frame, shown)
    except UserError as error:
        st.toast(safe_label(error.text(lang()), 300), icon=":material/block:")
        return
    st.toast(say(PINNED, n=len(state.pins())), icon=":material/push_pin:")


def _marks(run: Run) -> tuple[Mark, ...]:
    """The dated events of the extract, for charts over months."""
    data = session.current()
    if data is None:
        return ()
    return session.remember(("marks", run.as_of, run.population),
                            lambda: of_extract(data, run.as_of, run.population))  # fmt: skip


def _is_single(run: Run, table: str) -> bool:
    """Whether a table's rows stand for single customers; asked once of each table of an analysis.

    Why remembered: its columns say so, and to see them the table must be made, at each move of a slider.
    """
    known: dict[tuple[str, str], bool] = st.session_state.setdefault("pins.single", {})
    key = run.analysis.key, table
    if key not in known:
        known[key] = is_single(run.tables[table])
    return known[key]


def _titles(run: Run) -> dict[str, str]:
    """What can be pinned: kind/item -> its words."""
    found = {f"headline{SEP}": say(HEADLINE)}
    for spec in run.analysis.charts_of(run.result):
        found[f"chart{SEP}{spec.key}"] = say(CHART, title=spec.title(lang()))
    for name in run.tables:
        if not _is_single(run, name):
            found[f"table{SEP}{name}"] = say(
                TABLE, title=table_title(name, lang(), run.analysis.key)
            )
    return found


def labels(run: Run, kind: Kind, item: str) -> Labels:
    """Titles in both languages, so that a file written without the pages has them."""
    table = item
    if kind == "chart":
        table = next((c.table for c in run.analysis.charts if c.key == item), "")
    columns = run.tables[table].columns if table in run.tables else []
    title = (
        Text(*(table_title(table, one, run.analysis.key) for one in LANGS))
        if kind == "table"
        else Text("", "")
    )
    return Labels(
        item=title,
        columns={
            c: Text(*(column_title(c, one, run.analysis.key) for one in LANGS)) for c in columns
        },
    )
