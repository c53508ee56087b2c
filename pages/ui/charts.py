"""Charts of a result on the page: shown, picked from, and taken away as PNG, SVG or HTML."""

from __future__ import annotations

import contextlib
import html
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
from analytics.text import Lang, Text
from pages.ui import session
from pages.ui.story import taken
from pages.ui.words import lang, say

TAKE = Text("Download", "下载")
AS_PNG, AS_SVG, AS_HTML = "PNG", "SVG", "HTML"
NOTE_COLOUR = {"light": "#56616C", "dark": "#A3AFBB"}  # the page colours titles, not their notes
PLAIN_HEIGHT = 290
MOST_DRAWN = 60
MOST_ELEMENTS = 100  # rows of a chart that the browser builds of elements
PAINTED = {"embedOptions": {"renderer": "canvas"}}
FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
FORMATS = {AS_PNG: "image/png", AS_SVG: "image/svg+xml", AS_HTML: "text/html"}


def theme() -> Theme:
    """The appearance the visitor sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


@dataclass(frozen=True)
class Drawn:
    """A chart on the page, the rows picked in it, and the places of what belongs to it.

    Args:
        picked: rows of the chart's table (columns to values).
        tools: under the chart, for downloads and the pin.
        under: under the row of charts, for the customers behind what is picked.
    """

    spec: ChartSpec
    picked: list[Mapping[str, Any]]
    tools: Any
    under: Any = None


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
    drawn, key = _drawn(spec, found), _key(spec, found.analysis.key)
    words = spec.alt_text(found.result, lang())
    return Ready(spec, key, _sent(drawn, key), _has_selection(drawn), words)


def by_shape(spec: ChartSpec) -> bool:
    """Whether another result may need no new drawing of this chart, only its rows."""
    return spec.rows is not None and spec.shape is not None


def work_out(found: Run, keys: Collection[str], language: Lang) -> None:
    """The rows of these charts, before the page asks; runs in a thread. A fault is told when drawn."""
    with contextlib.suppress(*FAULTS):
        for spec in found.analysis.charts_of(found.result):
            if spec.key in keys and by_shape(spec):
                found.shape(spec), found.rows(spec, language)


def chart(one: Ready) -> Drawn:
    """Show one chart; what stands beside it the caller draws when the charts are there."""
    picked: Any = []
    with st.container(border=True, gap="xsmall", height="stretch"):
        picks = {"on_select": "rerun", "selection_mode": PICK} if one.picks else {}
        event = st.vega_lite_chart(spec=one.sent, key=one.key, alt=one.spec.title(lang()), **picks)
        if picks:
            picked = event.selection.get(PICK, [])
        _spoken(one.words)
        tools = st.container(horizontal=True, gap="xsmall")
    rows = [dict(row) for row in picked] if isinstance(picked, list) else []
    return Drawn(one.spec, rows, tools)


def plain(drawn: Any, key: str, words: str) -> None:
    """One chart without picks or downloads; through the gate like every other."""
    # Without a height a long axis title pushes the chart's own out.
    made = session.gate().spec(specification(lambda: drawn.properties(height=PLAIN_HEIGHT)))
    st.vega_lite_chart(spec=_sent(made, key), key=key, alt=_named(made))
    _spoken(words)


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


def _sent(drawn: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A copy to send, its rows as frames: a list of rows would take the long way over pandas.

    Without the description: its numbers change with every setting, and the browser makes a new
    chart of every new specification. The words stand beside the chart instead (`_spoken`).
    """
    frames = {name: rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
              for name, rows in drawn["datasets"].items()}  # fmt: skip
    sent = whole({k: v for k, v in drawn.items() if k != "description"} | {"datasets": frames})
    return _as_before(sent, drawn.get("height"), key)


def _as_before(sent: dict[str, Any], asked: Any, key: str) -> dict[str, Any]:
    """A chart that its rows made painted or high stays so, or a slider would wait for a new chart.

    With many rows painted and not built of elements: the browser moves a hundred elements slower
    than it paints. Higher than it asked where its names need it (`legible`).
    """
    painted: set[str] = st.session_state.setdefault("charts.painted", set())
    heights: dict[tuple[str, Any], int] = st.session_state.setdefault("charts.heights", {})
    if sum(rows.height for rows in sent["datasets"].values()) > MOST_ELEMENTS:
        painted.add(key)
    if isinstance(sent.get("height"), int):
        heights[key, asked] = sent["height"] = max(sent["height"], heights.get((key, asked), 0))
    return sent | {"usermeta": PAINTED} if key in painted else sent


def _spoken(words: str) -> None:
    """What a screen reader says of the chart with its numbers; not seen (`frame.STYLE`)."""
    st.html(f'<p class="tidemark-spoken">{html.escape(words)}</p>')


def _named(drawn: Mapping[str, Any]) -> str | None:
    """The chart's own title, as the short name of its picture."""
    title = drawn.get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    return text if isinstance(text, str) else None


def _has_selection(drawn: Mapping[str, Any]) -> bool:
    return any(one.get("name") == PICK for one in drawn.get("params", []))


def _key(spec: ChartSpec, analysis: str) -> str:
    return f"{analysis}.chart.{spec.key}"


def downloads(spec: ChartSpec, found: Run) -> None:
    """Buttons in a menu; each file is made when it is asked for: a click, not every run, pays for it.

    Why the menu does not tell the server that it was opened or closed: the click that leaves the
    page closes it, and an answer for the page that was left broke the one that came.
    """
    key = _key(spec, found.analysis.key)
    with st.popover(say(TAKE), icon=":material/download:", type="tertiary", key=f"{key}.take"):
        for name, mime in FORMATS.items():
            st.download_button(name, taken.chart(found, spec.key, name.lower(), theme()),
                               f"{spec.key}.{name.lower()}", mime, key=f"{key}.{name}",
                               on_click="ignore", width="stretch", type="tertiary")  # fmt: skip
