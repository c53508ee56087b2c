"""A table on the page and the same rows to take away, both behind the egress gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from analytics import spoken
from analytics.download import csv_bytes, safe_file_name
from analytics.story.counts import is_single
from analytics.text import Text, count
from pages.ui import session
from pages.ui.labels import column_title
from pages.ui.story import taken
from pages.ui.words import lang, say

MOST_SHOWN = 1_000  # rows sent to the browser; the download has all of them
TINY = ("p", "probability", "deviation")  # numbers that two places would hide
EXPECTED = ("by_chance",)  # expected numbers of whole things: one place is enough
SHARE_ENDS = ("share", "support", "confidence", "percentile", "probability")
SHARES = frozenset((
    "share_a", "share_b", "share_of_first", "share_of_previous", "previous_low", "previous_high", "difference", "low", "high", "surviving",
    "balance_rate", "stickiness", "ppv", "sensitivity", "coverage", "p_alive", "p_return",
    "mean_p_return", "base_rate", "calibration_error", "chance_from"))  # fmt: skip
CSV = Text("Download CSV", "下载 CSV")
ROWS = Text("{n} rows", "{n}行")
FIRST_ROWS = Text(
    "First {shown} of {n} rows; the download has all.", "显示前{shown}行，共{n}行；下载包含全部。"
)
EMPTY = Text("No rows.", "没有数据。")


def table(frame: pl.DataFrame, name: str, key: str, alt: str,
          titles: Mapping[str, Mapping[str, Text]],
          beside: Mapping[str, pl.DataFrame] | None = None, one: bool = False
          ) -> list[Mapping[str, Any]]:  # fmt: skip
    """Show a result's table; returns the selected rows with their real values.

    Args:
        frame: as the result holds it; ids are real here and pseudonyms from the gate on.
        name: file name of the download, without ending.
        key: unique on the page.
        alt: what a screen reader says.
        titles: what people call the keys in a column's cells; shown, not downloaded.
        beside: all tables of the result, by name; a group that is small in one is left out of the files of all.
        one: whether selecting a row lets go of the one selected before.
    """
    if frame.is_empty():
        st.caption(say(EMPTY))
        return []
    shown = named(session.gate().frame(in_language(frame.head(MOST_SHOWN))), titles)
    event = st.dataframe(shown, key=key, hide_index=True, on_select="rerun", placeholder="–",
                         selection_mode="single-row" if one else "multi-row",
                         column_config=columns(frame, name), alt=alt)  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        bare = name.partition("-")[2]
        download(frame, name, f"{key}.csv",
                 partial(taken.table, bare, beside) if beside and bare in beside else None)  # fmt: skip
        st.caption(_size(frame), width="content")
    return [frame.row(i, named=True) for i in event.selection.rows if i < frame.height]


def in_language(frame: pl.DataFrame) -> pl.DataFrame:
    """Of two columns that say the same, such as `reason` and `reason_zh`, the one of this session."""
    pairs = [name.removesuffix("_zh") for name in frame.columns if name.endswith("_zh")]
    pairs = [name for name in pairs if name in frame.columns]
    if lang() == "zh":
        frame = frame.with_columns(pl.col(f"{name}_zh").alias(name) for name in pairs)
    return frame.drop(f"{name}_zh" for name in pairs)


def named(frame: pl.DataFrame, titles: Mapping[str, Mapping[str, Text]]) -> pl.DataFrame:
    """The frame with the keys in its cells as people call them; only keys that are there are asked for."""
    language = lang()

    def words(column: str, said: Callable[[str], str | None]) -> pl.Expr:
        text = pl.col(column).cast(pl.String)
        found = frame[column].cast(pl.String).drop_nulls().unique()
        return text.replace({key: word for key in found if (word := said(key)) is not None})

    steps = [c for c in spoken.COLUMNS if frame.schema.get(c) == pl.String and c not in titles]
    return frame.with_columns(
        *(words(c, lambda key, by_key=by_key: by_key[key](language) if key in by_key else None)
          for c, by_key in titles.items() if c in frame.columns),
        *(words(c, lambda key: spoken.said(key, language)) for c in steps))  # fmt: skip


def download(frame: pl.DataFrame, name: str, key: str,
             safe: Callable[[int], pl.DataFrame] | None = None) -> None:  # fmt: skip
    """The rows as CSV: pseudonyms for ids, small groups blank, UTF-8 with BOM so that Excel reads Chinese.

    `safe` gives the frame as it may leave, with groups of fewer than the given number blanked.
    """
    gate, state = session.gate(), session.state()
    safe = safe or partial(taken.table, name, {name: frame})
    st.download_button(say(CSV), lambda: csv_bytes(gate.frame(safe(taken.smallest(state)))),
                       safe_file_name(name, ".csv"), "text/csv", key=key, icon=":material/download:",
                       help=None if is_single(frame) else say(taken.HELP), on_click="ignore",
                       type="tertiary")  # fmt: skip


def columns(frame: pl.DataFrame, table: str = "") -> dict[str, Any]:
    """How columns are titled and written; `table` begins with the analysis, as in `funnel-times`."""
    found = {}
    for name, kind in frame.schema.items():
        analysis = table.partition("-")[0]
        title = column_title(name, lang(), analysis)
        if _is_share(name, analysis):
            found[name] = st.column_config.NumberColumn(title, format="percent")
        elif name in TINY or name.startswith("p_"):
            found[name] = st.column_config.NumberColumn(title, format="%.3g")
        elif name in EXPECTED:
            found[name] = st.column_config.NumberColumn(title, format="%,.1f")
        elif name == "day" and kind.is_numeric():
            found[name] = st.column_config.NumberColumn(title, format="%,.0f")
        elif isinstance(kind, pl.Decimal) or kind.is_float():
            found[name] = st.column_config.NumberColumn(title, format="%,.2f")
        elif kind.is_integer():
            found[name] = st.column_config.NumberColumn(title, format="%,d")
        elif kind == pl.Date:
            found[name] = st.column_config.DateColumn(title, format="YYYY-MM-DD")
        else:
            found[name] = st.column_config.Column(title)
    return found


def _is_share(name: str, analysis: str) -> bool:
    """Whether a column holds shares in [0, 1]; an account's `rate` is in per cent already.

    How probable by chance a case is: so far below one per cent that it is written as a number.
    """
    if (name, analysis) == ("probability", "anomalies"):
        return False
    known = name.endswith(SHARE_ENDS) or name in SHARES
    return known or (name, analysis) == ("rate", "retention")


def _size(frame: pl.DataFrame) -> str:
    n = count(frame.height, lang())
    if frame.height <= MOST_SHOWN:
        return say(ROWS, n=n)
    return say(FIRST_ROWS, shown=count(MOST_SHOWN, lang()), n=n)
