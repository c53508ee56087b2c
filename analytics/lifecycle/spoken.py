"""Charts in words: the figures that are drawn, for who cannot see them.

A sentence names the first and the last mark where they have an order, or the last one of every
series, and always the highest and the lowest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from analytics.lifecycle.draw import Field
from analytics.text import Lang, Text, count, money, share

MOST_SERIES = 8
BARS, LINES, GRID = Text("Bars", "条形图"), Text("Lines", "折线图"), Text("Grid", "矩阵")
NOTHING = Text("There is nothing to draw.", "无可绘制的数据。")
FIRST, LAST = Text("first", "首个"), Text("last", "末个")
HIGHEST, LOWEST = Text("highest", "最高"), Text("lowest", "最低")
NO_VALUE = Text("(no value)", "（无取值）")


@dataclass(frozen=True)
class Spoken:
    """What a chart says to who cannot see it; called with a result and a language.

    Args:
        kind: bars, lines or grid.
        title: the chart's.
        rows: the rows as drawn, in their order.
        along: what tells the marks apart.
        of: the number drawn, with its unit in the title; given a result where the unit depends on it.
        ordered: whether `along` has a first and a last (time, days, tenths).
        series: what tells lines, stacked parts or the rows of a grid apart.
    """

    kind: Text
    title: Text
    rows: Callable[[Any, Lang], pl.DataFrame]
    along: Field
    of: Field | Callable[[Any], Field]
    ordered: bool = False
    series: Field | None = None

    def __call__(self, result: Any, lang: Lang) -> str:
        """The sentence."""
        of = self.of(result) if callable(self.of) else self.of
        opening = Text("{kind}: {title}. ", "{kind}：{title}。").fill(
            kind=self.kind, title=self.title
        )(lang)
        rows = self.rows(result, lang).drop_nulls(of[0])
        if rows.is_empty():
            return opening + NOTHING(lang)
        told = [f"{word(lang)} {text}" for word, text in self._marks(rows, of, lang)]
        return opening + Text("{what}: {told}.", "{what}：{told}。").fill(
            what=of[1], told=Text("; ", "；")(lang).join(told))(lang)  # fmt: skip

    def _marks(self, rows: pl.DataFrame, of: Field, lang: Lang) -> list[tuple[Text, str]]:
        """The marks that are told, each after its word; none is told twice."""
        value = rows[of[0]].cast(pl.Float64)
        found: list[tuple[Text, int | None]] = []
        if self.ordered and self.series is not None:
            last = rows.with_row_index("at").group_by(self.series[0], maintain_order=True).last()
            found += [(LAST, at) for at in last["at"].head(MOST_SERIES)]
        elif self.ordered:
            found += [(FIRST, 0), (LAST, rows.height - 1)]
        found += [(HIGHEST, value.arg_max()), (LOWEST, value.arg_min())]
        told: dict[int, Text] = {}
        for word, at in found:
            if at is not None:
                told[at] = (
                    Text("{a} and {b}", "{a}且{b}").fill(a=told[at], b=word) if at in told else word
                )
        form = Text("{value} ({name})", "{value}（{name}）")
        return [(word, form.fill(value=number(rows[of[0]][at], of[2], lang),
                                 name=self._name(rows.row(at, named=True), lang))(lang))
                for at, word in told.items()]  # fmt: skip

    def _name(self, row: dict[str, Any], lang: Lang) -> str:
        """A mark's name: its series, then where along it lies."""
        fields = [one for one in (self.series, self.along) if one is not None]
        return Text(", ", "，")(lang).join(
            (f"{one[1](lang)} " if one[2] else "") + _called(row[one[0]], one[2], lang) for one in fields)  # fmt: skip


def number(value: float, form: str, lang: Lang) -> str:
    """A value in the format of its axis: a share, a count, or an amount.

    >>> number(0.5, ".1%", "en"), number(12345, ",", "en"), number(0.25, ".2f", "en")
    ('50.0%', '12,345', '0.25')
    """
    if form.endswith("%"):
        return share(float(value))
    if form in (",", ",.0f"):
        return count(round(value), lang)
    return money(value, lang) if form == ",.2f" else f"{float(value):{form or ',.1f'}}"


def _called(value: Any, form: str, lang: Lang) -> str:
    if value is None:
        return NO_VALUE(lang)
    if isinstance(value, date):
        return value.isoformat()
    return number(value, form, lang) if form else str(value)
