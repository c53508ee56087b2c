"""What a frame shows, drawn on a page: chart or table as it was pinned, in this visitor's language."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from analytics import style
from analytics.drawing import specification
from analytics.legible import PAGE, Room, whole
from analytics.marks import Mark, key_line, with_marks
from analytics.marks.drawn import BETWEEN
from analytics.story.drawn import with_bars
from analytics.story.shelf import Pinned
from analytics.story.written import Page, Told, shown_columns
from analytics.text import Text
from pages.ui import prepared, session, tables
from pages.ui.words import lang, safe_label, say

EMPTY = Text("–", "–")
LARGE = {"labelFontSize": 17, "titleFontSize": 18}
LARGE_HEIGHT, TABLE_ROWS = 470, 200
CHART_LABEL_LIMIT = 320
LARGE_ROOM = Room(letters=44, points=15)
NAMES = {"title": None, "labelFontSize": 15}  # of bars: under the sentence they need no title
PADDING = {"left": 6, "right": 34, "top": 6, "bottom": 20}  # room for the number at the longest bar


def page_of(pin: Pinned, told: Told) -> Page:
    """A pin as a page of its story."""
    return Page(frame=pin.frame, shown=pin.shown, told=told)


def figure(page: Page, key: str, *, large: bool = False) -> None:
    """The chart or the table of a frame; nothing for a headline."""
    if page.is_blank:
        st.info(safe_label(page.remark, 400), icon=":material/visibility_off:")
    elif page.chart is not None:
        words = page.shown.alt_text(lang())
        st.vega_lite_chart(spec=_sent(page.chart, large=large), key=f"{key}.{lang()}.{prepared.theme()}",
                           alt=page.title)  # fmt: skip
        st.html(f'<p class="tidemark-spoken">{html.escape(words)}</p>')
        key_of(page.key, large=large)
    elif page.frame.kind == "table":
        table(page, f"{key}.table")
    for sentence in page.more:
        st.markdown(f"### {safe_label(sentence, 600)}" if large else safe_label(sentence, 600))


def key_of(line: str, *, large: bool = False) -> None:
    """What the numbered lines in a chart stand for, under it."""
    if line:
        words = " · ".join(safe_label(part, 300) for part in line.split(BETWEEN))
        st.markdown(words if large else f":small[{words}]")


def table(page: Page, key: str) -> None:
    """The numbers of a frame; a withheld cell is empty and the remark says why."""
    frame = page.shown.table
    if frame is None:
        return
    shown = tables.named(frame.select(shown_columns(frame)).head(TABLE_ROWS), page.shown.cells)
    st.dataframe(shown, hide_index=True, placeholder=say(EMPTY), key=key, alt=page.title,
                 column_config=tables.columns(shown))  # fmt: skip


def remarks(page: Page) -> None:
    """Edited by hand, withheld groups, and what was asked."""
    marks = [f":material/edit: {safe_label(page.edited)}" if page.edited else "",
             f":material/visibility_off: {safe_label(page.remark, 400)}" if page.remark and not page.is_blank else "",
             safe_label(page.facts, 600)]  # fmt: skip
    st.caption(" · ".join(filter(None, marks)))


def plain(drawn: Any, marks: Sequence[Mark], key: str, words: str) -> str:
    """A chart over time with marked days, through the gate like every other; returns the key of its marks."""
    bare = specification(lambda: drawn)
    made = session.gate().spec(with_marks(bare, marks, lang()))
    st.vega_lite_chart(spec=_sent({k: v for k, v in made.items() if k != "description"}, large=False), key=key,
                       alt=words)  # fmt: skip
    return key_line(bare, marks, lang())


def _sent(spec: Mapping[str, Any], *, large: bool) -> dict[str, Any]:
    """The specification with the page's ink; its rows as frames, which is the quick way."""
    ink = style.ink(prepared.theme())
    config = dict(spec.get("config", {}))
    texts: dict[str, Any] = {"labelColor": ink, "titleColor": ink, "labelLimit": CHART_LABEL_LIMIT}
    if large:
        texts |= LARGE
    config |= {"text": {**config.get("text", {}), "color": ink, **({"fontSize": 16} if large else {})},
               "axis": {**config.get("axis", {}), **texts}, "legend": {**config.get("legend", {}), **texts},
               "axisBand": {**config.get("axisBand", {}), "labelFlush": False},
               "title": {**config.get("title", {}), "color": ink, "subtitleColor": ink,
                         **({"fontSize": 20, "subtitleFontSize": 15} if large else {})}}  # fmt: skip
    frames = {
        name: pl.DataFrame(rows, infer_schema_length=None)
        for name, rows in spec["datasets"].items()
    }
    height = {"height": LARGE_HEIGHT} if large and isinstance(spec.get("height"), int) else {}
    drawn = {**(with_bars(spec, **NAMES) if large else spec), "datasets": frames, **height}
    return {**whole(drawn, LARGE_ROOM if large else PAGE), "config": config, "padding": PADDING}
