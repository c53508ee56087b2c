"""One chart or table of an analysis as a file: what a story would show of it, and not more.

On the page the analyst sees every group. A file leaves the house, so small groups are gone from it,
with whatever would give them back, and a chart says what was asked and of which extract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from analytics.run import Run
from analytics.story.book import Source, Story
from analytics.story.counts import is_single
from analytics.story.pictures import alone
from analytics.story.shelf import smallest
from analytics.story.shown import compose
from analytics.story.withhold import blank_rows, safe_table, withheld_rows
from analytics.story.written import Page, Told
from analytics.style import Theme
from analytics.text import Text
from pages.ui import session
from pages.ui.story import pins
from pages.ui.words import lang

NOTE = Text("withheld", "未显示原因")
WHY = Text("fewer than {k} customers, or would give such a group away; the Story page sets the threshold",
           "不足{k}位客户，或可据以推算；最小显示人数在“汇报”页面设置")  # fmt: skip
__all__ = ["HELP", "chart", "smallest", "table"]
HELP = Text("Small groups, and what would give them away, are blank in the file. The Story page sets how small.",
            "文件中的小分组及可据以推算的内容留空；人数下限在“汇报”页面设置。")  # fmt: skip


def chart(run: Run, item: str, kind: str, theme: Theme) -> Callable[[], bytes]:
    """Makes the file of a chart (`svg`, `png`, `html`) when it is asked for."""
    data, state, gate, language = session.current(), session.state(), session.gate(), lang()
    assert data is not None
    source = session.remember(("story.source",), lambda: Source.of(data))

    def make() -> bytes:
        k = smallest(state)
        frame, shown = compose(run, "chart", item, pins.labels(run, "chart", item), k)
        story = Story(title="", source=source, smallest=k, frames=(frame,))
        told = Told(story=story, shown=(shown,), lang=language, theme=theme)
        gate.spec(shown.charts[language])
        return alone(Page(frame=frame, shown=shown, told=told), kind)

    return make


def table(name: str, beside: Mapping[str, pl.DataFrame], k: int) -> pl.DataFrame:
    """A table as its file shows it; a list of customers has no groups and stays as it is.

    Where rows are blank, a last column says why.
    """
    if is_single(beside[name]):
        return beside[name]
    safe = safe_table(beside, name, k)
    if not withheld_rows(safe):
        return safe
    why = pl.lit(WHY.fill(k=k)(lang()))
    return safe.with_columns(
        pl.when(blank_rows(safe)).then(why).otherwise(None).alias(NOTE(lang()))
    )
