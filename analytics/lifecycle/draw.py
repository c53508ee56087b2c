"""Three plain charts over a frame, in the house style: bars, lines, a grid of shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.text import Lang, Text

WHOLE = (",", ",.0f")  # formats of whole numbers: days, periods, customers
Field = tuple[str, Text, str]  # column, title, d3 format ("" for a category)


def tips(fields: Sequence[Field], lang: Lang) -> list[alt.Tooltip]:
    """Tooltips of the fields, in order."""
    return [alt.Tooltip(f"{name}:Q", title=title(lang), format=form) if form else
            alt.Tooltip(f"{name}:N", title=title(lang)) for name, title, form in fields]  # fmt: skip


def axis(field: Field, lang: Lang) -> dict[str, Any]:
    """Axis options by the field's format: shares in per cent, numbers in our own words."""
    return style.share_axis() if field[2].endswith("%") else style.number_axis(lang)


def sent(rows: Callable[[Any, Lang], pl.DataFrame]) -> Callable[[Any, Lang], list[pl.DataFrame]]:
    """The rows of a chart with one data source, as they leave: see `ChartSpec.rows`."""
    return lambda result, lang: [_days(rows(result, lang))]


def _days(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Date).dt.to_string("%Y-%m-%d"))


def bars(frame: pl.DataFrame, x: Field, y: Field, pick: Sequence[str], lang: Lang, *,
         extra: Sequence[Field] = (), colour: Field | None = None, scale: alt.Scale | None = None) -> alt.Chart:  # fmt: skip
    """Horizontal bars: category `y` down, number `x` along, in the order of the frame."""
    chosen = style.pick(*pick)
    chart = alt.Chart(style.values(_days(frame))).mark_bar(cornerRadiusEnd=2, color=style.ACCENT).encode(
        alt.X(f"{x[0]}:Q", title=x[1](lang)).axis(**axis(x, lang)),
        alt.Y(f"{y[0]}:N", title=y[1](lang), sort=None).axis(labelLimit=240, labelOverlap=False),
        opacity=style.fade(chosen), tooltip=tips([y, x, *extra], lang)).add_params(chosen)  # fmt: skip
    if colour is not None:
        shown = alt.Color(f"{colour[0]}:N", title=colour[1](lang))
        chart = chart.encode(shown.scale(scale) if scale else shown)
    return chart


def columns(frame: pl.DataFrame, x: Field, y: Field, pick: Sequence[str], lang: Lang, *,
            colour: Field | None = None, scale: alt.Scale | None = None,
            extra: Sequence[Field] = ()) -> alt.Chart:  # fmt: skip
    """Upright bars over an ordered `x`, stacked by colour."""
    chosen = style.pick(*pick)
    written: dict[str, Any] = {"labelExpr": f"format(datum.value, '{x[2]}')"} if x[2] else {}
    chart = alt.Chart(style.values(_days(frame))).mark_bar(color=style.ACCENT).encode(
        alt.X(f"{x[0]}:O", title=x[1](lang), sort=None).axis(labelAngle=0, labelOverlap="greedy", **written),
        alt.Y(f"{y[0]}:Q", title=y[1](lang)).axis(**axis(y, lang)), opacity=style.fade(chosen),
        tooltip=tips([x, y, *([colour] if colour else []), *extra], lang)).add_params(chosen)  # fmt: skip
    if colour is not None:
        shown = alt.Color(f"{colour[0]}:N", title=colour[1](lang))
        chart = chart.encode(shown.scale(scale) if scale else shown)
    return chart


def lines(frame: pl.DataFrame, x: Field, y: Field, lang: Lang, *, colour: Field | None = None,
          pick: Sequence[str] = (), extra: Sequence[Field] = (), step: bool = False,
          domain: Sequence[float] | None = None) -> alt.Chart:  # fmt: skip
    """Lines over a number or an ordered month `x`, one per colour."""
    kind = "O" if frame.schema[x[0]] in (pl.Date, pl.String) else "Q"
    along = alt.X(f"{x[0]}:{kind}", title=x[1](lang))
    if x[2] in WHOLE:
        along = along.axis(tickMinStep=1)
    elif kind == "O":
        along = along.axis(labelAngle=0, labelOverlap="greedy").sort(None)
    up = alt.Y(f"{y[0]}:Q", title=y[1](lang)).axis(**axis(y, lang))
    mark: dict[str, Any] = {"interpolate": "step-after"} if step else {"point": True}
    chart = alt.Chart(style.values(_days(frame))).mark_line(color=style.ACCENT, **mark).encode(
        along, up.scale(domain=list(domain)) if domain else up,
        tooltip=tips([x, y, *([colour] if colour else []), *extra], lang))  # fmt: skip
    if pick:
        chosen = style.pick(*pick)
        chart = chart.encode(opacity=style.fade(chosen)).add_params(chosen)
    if colour is not None:
        chart = chart.encode(alt.Color(f"{colour[0]}:N", title=colour[1](lang), sort=None))
    return chart


def grid(frame: pl.DataFrame, x: Field, y: Field, cell: Field, pick: Sequence[str], lang: Lang, *,
         extra: Sequence[Field] = (), pale: str | None = None) -> alt.LayerChart:  # fmt: skip
    """A heat map with its numbers; rows where `pale` is true are drawn pale."""
    chosen = style.pick(*pick)
    # The browser finds the ends of the scale: written here they would make a new chart of every change.
    base = alt.Chart(style.values(_days(frame))).transform_joinaggregate(
        most=f"max({cell[0]})", least=f"min({cell[0]})").encode(
        alt.X(f"{x[0]}:O", title=x[1](lang), sort=None if frame.schema[x[0]] == pl.String else "ascending")
        .axis(labelAngle=0, labelOverlap="greedy"),
        alt.Y(f"{y[0]}:O", title=y[1](lang), sort=None))  # fmt: skip
    is_share = cell[2].endswith("%")  # from nothing on, or 99 % would look like none beside 100 %
    scale = alt.Scale(range=list(style.SEQUENTIAL), domainMin=0 if is_share else alt.Undefined)
    colour = alt.Color(f"{cell[0]}:Q", title=cell[1](lang), scale=scale).legend(format=cell[2])
    strength = style.fade(chosen)
    if pale:
        strength = alt.when(chosen & alt.datum[pale]).then(alt.value(0.45)).when(chosen).then(
            alt.value(1.0)).otherwise(alt.value(0.3))  # fmt: skip
    cells = base.mark_rect().encode(colour, opacity=strength, tooltip=tips([y, x, cell, *extra], lang)
                                    ).add_params(chosen)  # fmt: skip
    low = 0 if is_share else alt.datum.least
    dark = alt.datum[cell[0]] > low + 0.55 * (alt.datum.most - low)
    # A share without its sign: thirteen columns of "100%" would run into each other.
    written = (
        f"format(100 * datum['{cell[0]}'], '.0f')"
        if is_share
        else f"format(datum['{cell[0]}'], '{cell[2]}')"
    )
    numbers = base.transform_calculate(written=written).mark_text(fontSize=10).encode(
        alt.Text("written:N"),
        color=alt.when(dark).then(alt.value("#FFFFFF")).otherwise(alt.value("#10212F")))  # fmt: skip
    return cells + numbers
