"""Charts of a result on the page: shown, picked from, and taken away as PNG, SVG or HTML."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from analytics.drawing import specification
from analytics.registry import ChartSpec
from analytics.run import Run
from analytics.style import PICK
from analytics.text import Text
from pages.ui import session
from pages.ui.prepared import Ready, key_of, sent, theme
from pages.ui.story import taken
from pages.ui.words import lang, say

TAKE = Text("Download", "下载")
AS_PNG, AS_SVG, AS_HTML = "PNG", "SVG", "HTML"
PLAIN_HEIGHT = 290
FORMATS = {AS_PNG: "image/png", AS_SVG: "image/svg+xml", AS_HTML: "text/html"}


@dataclass(frozen=True)
class Drawn:
    """A chart on the page, the rows picked in it, and the places of what belongs to it.

    Args:
        words: what a screen reader says of it.
        picked: rows of the chart's table (columns to values).
        tools: under the chart, for downloads and the pin.
        under: under the row of charts, for the customers behind what is picked.
    """

    spec: ChartSpec
    words: str
    picked: list[Mapping[str, Any]]
    tools: Any
    under: Any = None


def chart(one: Ready) -> Drawn:
    """Show one chart; what stands beside it the caller draws when the charts are there."""
    picked: Any = []
    with st.container(border=True, gap="xsmall", height="stretch"):
        picks = {"on_select": "rerun", "selection_mode": PICK} if one.picks else {}
        event = st.vega_lite_chart(spec=one.sent, key=one.key, alt=one.spec.title(lang()), **picks)
        if picks:
            picked = event.selection.get(PICK, [])
        tools = st.container(horizontal=True, gap="xsmall")
    rows = [dict(row) for row in picked] if isinstance(picked, list) else []
    return Drawn(one.spec, one.words, rows, tools)


def plain(drawn: Any, key: str, words: str) -> None:
    """One chart without picks or downloads; through the gate like every other."""
    # Without a height a long axis title pushes the chart's own out.
    made = session.gate().spec(specification(lambda: drawn.properties(height=PLAIN_HEIGHT)))
    st.vega_lite_chart(spec=sent(made, key), key=key, alt=_named(made))
    spoken(words)


def spoken(words: str) -> None:
    """What a screen reader says of the chart with its numbers; not seen (`frame.STYLE`)."""
    st.html(f'<p class="tidemark-spoken">{html.escape(words)}</p>')


def _named(drawn: Mapping[str, Any]) -> str | None:
    """The chart's own title, as the short name of its picture."""
    title = drawn.get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    return text if isinstance(text, str) else None


def downloads(spec: ChartSpec, found: Run) -> None:
    """Buttons in a menu; each file is made when it is asked for: a click, not every run, pays for it.

    Why the menu does not tell the server that it was opened or closed: the click that leaves the
    page closes it, and an answer for the page that was left broke the one that came.
    """
    key = key_of(spec, found)
    with st.popover(say(TAKE), icon=":material/download:", type="tertiary", key=f"{key}.take"):
        for name, mime in FORMATS.items():
            st.download_button(name, taken.chart(found, spec.key, name.lower(), theme()),
                               f"{spec.key}.{name.lower()}", mime, key=f"{key}.{name}",
                               on_click="ignore", width="stretch", type="tertiary")  # fmt: skip
