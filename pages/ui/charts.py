"""Charts of a result on the page: shown, picked from, and taken away as PNG, SVG or HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import streamlit as st

from analytics import export, style
from analytics.drawing import specification
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
    drawn = _drawn(spec, result, analysis)
    key = f"{analysis}.chart.{spec.key}"
    picked: Any = []
    with st.container(border=True, gap="xsmall", height="stretch"):
        words = _said(drawn, spec.alt_text(result, lang()))
        if _has_selection(drawn):
            event = st.vega_lite_chart(spec=_sent(drawn), key=key, on_select="rerun",
                                       selection_mode=PICK, alt=words)  # fmt: skip
            picked = event.selection.get(PICK, [])
        else:
            st.vega_lite_chart(spec=_sent(drawn), key=key, alt=words)
        _downloads(spec, drawn, key)
    return [dict(row) for row in picked] if isinstance(picked, list) else []


def plain(drawn: Any, key: str, words: str) -> None:
    """One chart without picks or downloads; through the gate like every other."""
    # Without a height a long axis title pushes the chart's own out.
    made = session.gate().spec(specification(lambda: drawn.properties(height=PLAIN_HEIGHT)))
    st.vega_lite_chart(spec=_sent(made), key=key, alt=_said(made, words))


def _drawn(spec: ChartSpec, result: Any, analysis: str) -> Mapping[str, Any]:
    """The specification, past the gate; kept in the session until the result changes."""
    kept: dict[Any, tuple[Any, Mapping[str, Any]]] = st.session_state.setdefault("charts.drawn", {})
    place = analysis, spec.key, lang(), theme()
    if place not in kept or kept[place][0] is not result:
        made = specification(lambda: spec.build(result, lang()))
        kept[place] = result, session.gate().spec({**made, "config": _coloured(made["config"])})
    return kept[place][1]


def _coloured(config: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's own theme leaves out: the note under a title, and text written at marks."""
    note, ink = {"subtitleColor": NOTE_COLOUR[theme()]}, {"color": style.ink(theme())}
    return {
        **config,
        "title": {**note, **config.get("title", {})},
        "text": {**ink, **config.get("text", {})},
    }


def _sent(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """A copy to send, its rows as frames: a list of rows would take the long way over pandas."""
    frames = {name: pl.DataFrame(rows, infer_schema_length=None)
              for name, rows in drawn["datasets"].items()}  # fmt: skip
    return {**drawn, "datasets": frames}


def _said(drawn: Mapping[str, Any], words: str) -> str | None:
    """What a screen reader says; a chart that carries its own description must not get another."""
    return None if drawn.get("description") else words


def _has_selection(drawn: Mapping[str, Any]) -> bool:
    return any(one.get("name") == PICK for one in drawn.get("params", []))


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
