"""Charts of a result on the page: shown, picked from, and taken away as PNG, SVG or HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from analytics import export
from analytics.registry import ChartSpec
from analytics.style import PICK, Theme
from analytics.text import Text
from pages.ui import session
from pages.ui.words import lang, say

TAKE = Text("Download", "下载")
AS_PNG, AS_SVG, AS_HTML = "PNG", "SVG", "HTML"
NOTE_COLOUR = {"light": "#56616C", "dark": "#A3AFBB"}  # the page colours titles, not their notes
PLAIN_HEIGHT = 290
FORMATS = {AS_PNG: "image/png", AS_SVG: "image/svg+xml", AS_HTML: "text/html"}


def theme() -> Theme:
    """The appearance the visitor sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


def chart(spec: ChartSpec, result: Any, analysis: str) -> list[Mapping[str, Any]]:
    """Show one chart; returns the picked rows of the chart's table (columns to values)."""
    drawn = spec.build(result, lang()).configure_title(subtitleColor=NOTE_COLOUR[theme()])
    written = session.gate().spec(drawn.to_dict())
    words = None if written.get("description") else spec.alt_text(result, lang())
    key = f"{analysis}.chart.{spec.key}"
    with st.container(border=True, gap="xsmall", height="stretch"):
        if _has_selection(written):
            event = st.altair_chart(
                drawn, key=key, on_select="rerun", selection_mode=PICK, alt=words
            )
            picked = event.selection.get(PICK, [])
        else:
            st.altair_chart(drawn, key=key, alt=words)
            picked = []
        _downloads(spec, drawn, key)
    return [dict(row) for row in picked] if isinstance(picked, list) else []


def plain(drawn: Any, key: str, words: str) -> None:
    """One chart without picks or downloads; through the gate like every other.

    A chart that carries its own description must not be given `alt`: Streamlit would write both into
    the log, and they quote figures.
    """
    drawn = drawn.properties(height=PLAIN_HEIGHT)  # or a long axis title pushes the chart's own out
    written = session.gate().spec(drawn.to_dict())
    st.altair_chart(drawn, key=key, alt=None if written.get("description") else words)


def _has_selection(written: Mapping[str, Any]) -> bool:
    return any(one.get("name") == PICK for one in written.get("params", []))


def _downloads(spec: ChartSpec, drawn: Any, key: str) -> None:
    """Files are made when asked for: a click, not every run, pays for them."""
    with st.popover(say(TAKE), icon=":material/download:", type="tertiary", key=f"{key}.take"):
        for name, mime in FORMATS.items():
            st.download_button(name, _maker(drawn, name), f"{spec.key}.{name.lower()}", mime,
                               key=f"{key}.{name}", on_click="ignore", width="stretch",
                               type="tertiary")  # fmt: skip


def _maker(drawn: Any, name: str) -> Callable[[], bytes]:
    appearance = theme()
    return lambda: export.chart_file(drawn, name.lower(), appearance)
