"""What a frame shows, ready for a page or a file: sentences, chart and table with nothing small in it.

It is worked out once, when a result is pinned or rebuilt, and is plain data from then on: a presenter
does not wait, and what was pinned does not change under the audience.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from analytics.drawing import specification
from analytics.marks import Mark
from analytics.registry import ChartSpec
from analytics.run import Run, command_line
from analytics.story.counts import is_single
from analytics.story.drawn import leanest, safe_chart
from analytics.story.frame import Frame, Kind, Labels
from analytics.story.numbers import MOST_ROWS, sentence_numbers, table_numbers
from analytics.story.sentences import safe_sentence, safe_texts
from analytics.story.withhold import SMALLEST_SHOWN, safe_table, withheld_rows
from analytics.text import LANGS, NO_TEXT, Lang, Text, UserError

NO_CHART = Text("This result has no chart {item!r}.", "该结果中没有图表“{item}”。")
NO_SENTENCE = Text(
    "This no longer stands out from chance on this extract.", "在该数据中，此项已不再超出偶然。"
)
TOO_FEW = Text("This sentence would tell of fewer than {n} customers; it stays in the house.",
               "该结论涉及不足{n}位客户，不得进入汇报。")  # fmt: skip
NO_TABLE = Text("This result has no table {item!r}.", "该结果中没有数据表“{item}”。")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The content of one frame.

    Args:
        title: of the chart or table; of the analysis for a headline.
        headline: one to three sentences.
        table: the numbers behind a chart, or the table itself; None for a headline.
        cells: column -> key in its cells -> how people call it.
        charts: language -> Vega-Lite specification; empty unless the frame is a chart.
        alt_text: the chart in words.
        withheld: blanked rows of the table.
        command: the command line that repeats the numbers.
        definition: of the analysis.
        marks: dated events the extract knows, for a chart over months.
    """

    title: Text
    headline: tuple[Text, ...]
    command: str
    definition: Text
    table: pl.DataFrame | None = None
    cells: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    charts: Mapping[Lang, dict[str, Any]] = field(default_factory=dict)
    alt_text: Text = NO_TEXT
    withheld: int = 0
    marks: tuple[Mark, ...] = ()


def compose(run: Run, kind: Kind, item: str = "", labels: Labels | None = None,
            smallest: int = SMALLEST_SHOWN, marks: Sequence[Mark] = ()) -> tuple[Frame, Shown]:  # fmt: skip
    """A frame of a run, and what it shows; UserError if there is no such item or it is not for stories.

    `marks` are days that a chart over months may show.
    """
    told = [_sentence(run, item, smallest)] if kind == "headline" and item else run.headline
    headline = safe_texts(told, smallest)
    labels = labels or Labels()
    shown = Shown(title=labels.item if labels.item.en else run.analysis.title, headline=headline,
                  command=command_line(run, run.dataset), definition=run.analysis.definition)  # fmt: skip
    numbers, said = sentence_numbers(headline), headline[0]
    if kind == "chart":
        drawn = _chart(run, item)
        said = headline[min(drawn.headline, len(headline) - 1)]
        shown = _with_chart(shown, run, drawn, smallest)
        shown = replace(shown, marks=tuple(marks))
    elif kind == "table":
        shown = _with_table(shown, run, item, smallest)
    if shown.table is not None:
        numbers |= table_numbers(shown.title.en if kind == "headline" else item, shown.table)
    frame = Frame(
        analysis=run.analysis.key, params=run.params.as_dict(), as_of=run.as_of,
        population=tuple(run.population.as_words()), fingerprint=run.fingerprint, kind=kind, item=item,
        generated=said, sentence=said, labels=labels, numbers=numbers)  # fmt: skip
    return frame, shown


def _sentence(run: Run, item: str, smallest: int) -> Text:
    """One sentence of the result; refused where its shares would give a small group away."""
    found = run.analysis.sentences(run.result).get(item)
    if found is None:
        raise UserError(NO_SENTENCE, "story")
    if 0 < found.fewest < smallest:
        raise UserError(TOO_FEW.fill(n=smallest), "story")
    return found.text


def _chart(run: Run, item: str) -> ChartSpec:
    found = [spec for spec in run.analysis.charts_of(run.result) if spec.key == item]
    if not found:
        raise UserError(NO_CHART.fill(item=item), "story")
    return found[0]


def _with_chart(shown: Shown, run: Run, spec: ChartSpec, smallest: int) -> Shown:
    """The chart without what is small, and the numbers it draws."""
    drawn = {lang: specification(lambda lang=lang: spec.build(run.result, lang)) for lang in LANGS}  # type: ignore[misc]
    table = dropped = None
    if not is_single(run.tables[spec.table]):
        table, dropped = leanest(run.tables, spec.table, drawn["en"], smallest)
    charts = {lang: safe_chart(one, spec.table, table, dropped or frozenset(), lang, smallest)
              for lang, one in drawn.items()}  # fmt: skip
    lost = max(len(rows) - len(charts["en"]["datasets"][name]) for name, rows in drawn["en"]["datasets"].items())  # fmt: skip
    if (
        table is not None and lost and withheld_rows(table) == table.height
    ):  # axes alone say nothing
        charts = {lang: {**one, "datasets": {name: [] for name in one["datasets"]}} for lang, one in charts.items()}  # fmt: skip
    alt_text = Text(
        *(safe_sentence(spec.alt_text(run.result, lang), lang, smallest) for lang in LANGS)
    )
    if table is not None:
        if withheld_rows(table):
            alt_text = shown.headline[0]  # the words of the chart may tell what it no longer shows
        table = table.head(MOST_ROWS)
    return replace(shown, title=spec.title, table=table, cells=_cells(run, table), charts=charts,
                   alt_text=alt_text, withheld=lost if table is None else withheld_rows(table))  # fmt: skip


def _with_table(shown: Shown, run: Run, item: str, smallest: int) -> Shown:
    if item not in run.tables:
        raise UserError(NO_TABLE.fill(item=item), "story")
    table = safe_table(run.tables, item, smallest).head(MOST_ROWS)
    return replace(shown, table=table, cells=_cells(run, table), withheld=withheld_rows(table))


def _cells(run: Run, table: pl.DataFrame | None) -> dict[str, Mapping[str, Text]]:
    columns = [] if table is None else table.columns
    return {c: titles for c, titles in run.analysis.titles.items() if c in columns}
