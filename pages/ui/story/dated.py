"""Dated events in the charts of a story: which sorts are drawn, and the analyst's own notes."""

from __future__ import annotations

import streamlit as st

from analytics.dataset import Dataset
from analytics.marks import SORTS, Mark, of_extract, read_notes, write_notes
from analytics.story import shelf
from analytics.story.byhand import REPLACED, marks_without_ids
from analytics.text import Text, UserError
from pages.ui import session
from pages.ui.words import lang, safe_label, say

TITLE = Text("Dated events in charts", "图表中的日期事件")
SHOWN = Text("Mark in charts over months", "在按月图表中标注")
SHOWN_HELP = Text("Each marked month carries a number; what it stands for is written under the chart and in every file. "
                  "A mark says what happened when, not that it had an effect.",
                  "被标注的月份带有编号，含义写在图表下方及每个文件中。标注仅说明何时发生了什么，不代表因果。")  # fmt: skip
NOTES = Text("My notes, one a line", "自定义事件（每行一条）")
EXAMPLE = Text("2024-03-01 rate cut", "2024-03-01 降息")
KEEP = Text("Keep notes", "保存事件")
KEPT = Text("{n} notes kept.", "已保存{n}条事件。")


def of_session(data: Dataset) -> tuple[Mark, ...]:
    """The dated events the open extract holds by itself, for the day and customers of this session."""
    as_of, population = session.as_of(), session.population()
    return session.remember(
        ("marks", as_of, population), lambda: of_extract(data, as_of, population)
    )


def shown(data: Dataset) -> list[Mark]:
    """The dated events that charts of this session show."""
    state = session.state()
    sorts = shelf.marked(state)
    return [one for one in (*of_session(data), *shelf.notes(state)) if one.sort in sorts]


def editor(data: Dataset) -> None:
    """The switch of every sort, and a field for notes."""
    with st.expander(say(TITLE), icon=":material/event:"):
        st.session_state["story.marked"] = [
            one for one in SORTS if one in shelf.marked(session.state())
        ]
        st.pills(say(SHOWN), list(SORTS), selection_mode="multi", key="story.marked", help=say(SHOWN_HELP),
                 format_func=lambda one: SORTS[one](lang()), on_change=_keep_sorts)  # fmt: skip
        with st.form("story.notes", border=False):
            text = st.text_area(say(NOTES), write_notes(shelf.notes(session.state())), max_chars=1600,
                                placeholder=say(EXAMPLE), height=110, key="story.notes.text")  # fmt: skip
            sent = st.form_submit_button(say(KEEP))
        if sent:
            _keep_notes(text, data)


def _keep_sorts() -> None:
    shelf.write_marked(session.state(), st.session_state["story.marked"])


def _keep_notes(text: str, data: Dataset) -> None:
    try:
        typed = read_notes(text)
    except UserError as error:
        st.error(safe_label(error.text(lang()), 300))
        return
    clean = marks_without_ids(typed, data)
    shelf.write_dated(session.state(), clean)
    st.toast(say(KEPT, n=len(clean)) if clean == typed else say(REPLACED), icon=":material/event:")
    st.rerun()
