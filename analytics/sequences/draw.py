"""Plain charts that the analyses of behaviour share: bars, pairs, groups, stacked parts, a matrix."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.spoken import labels, said
from analytics.text import Lang, Text, count

CUSTOMERS, SHARE, GROUP = Text("Customers", "客户数"), Text("Share", "占比"), Text("Group", "分组")
CELL, MORE, UNCLEAR = (
    Text("Compared", "对比项"),
    Text("More in: {name}", "{name}更高"),
    Text("Not clear", "不显著"),
)
MOST_KEYS = 10
FURTHER = Text("Grey: {n} further states, smaller", "灰色：其余 {n}个占比较小的状态")
NOTHING = Text("There is nothing to show.", "没有可显示的内容。")


def described(frame: pl.DataFrame, key: str, value: str, lang: Lang, percent: bool = True) -> str:
    """The first rows of a frame in words, for people who cannot see the chart."""
    if frame.is_empty():
        return NOTHING(lang)
    rows = frame.select(key, value).head(5).iter_rows()
    shown = [f"{said(str(k), lang)} {_written(v, percent)}" for k, v in rows]
    head = Text("The first {n} of {all}: ", "共 {all}项，前 {n}项：").fill(
        n=len(shown), all=count(frame.height, lang))  # fmt: skip
    return head(lang) + ", ".join(shown)


def _written(value: Any, percent: bool) -> str:
    if value is None:
        return "–"
    if percent:
        return f"{value:.1%}"
    return f"{value:,.4g}" if isinstance(value, float) else f"{value}"


def spoken(frame: pl.DataFrame, lang: Lang, *columns: str) -> pl.DataFrame:
    """With a column `<name>_said` for each: the name as people say it; the key stays to be picked."""
    return frame.with_columns(
        pl.Series(f"{one}_said", labels(frame[one].cast(pl.String), lang), dtype=pl.String)
        for one in columns
    )


def axis(percent: bool, lang: Lang) -> dict[str, Any]:
    """Axis options of a share or a number."""
    return style.share_axis() if percent else style.number_axis(lang)


def tips(fields: dict[str, Text], lang: Lang) -> list[alt.Tooltip]:
    """Tooltips of fields, shares as percentages."""
    form = {"share": ".1%", "p": ".2g", "q": ".2g"}
    return [alt.Tooltip(f"{name}:{'N' if name in ('pattern', 'group', 'token') else 'Q'}", title=title(lang),
                        format=form.get(name, ".1%" if "share" in name or name in (
                            "support", "confidence", "difference") else ",.4~g"))
            if name not in ("pattern", "group", "token") else alt.Tooltip(f"{name}:N", title=title(lang))
            for name, title in fields.items()]  # fmt: skip


def bars(frame: pl.DataFrame, key: str, value: str, words: tuple[Text, Text, Text], alt_text: str, lang: Lang,
         *, percent: bool = True, low: str | None = None, high: str | None = None,
         tip: dict[str, Text] | None = None, note: str = "") -> Any:  # fmt: skip
    """Horizontal bars in the frame's order, with intervals where `low` and `high` are columns.

    Args:
        frame: rows to draw, few.
        key: column of the label.
        value: column of the length.
        words: title of the chart, of the labels, of the lengths.
        alt_text: what a screen reader says.
        lang: language.
        percent: whether the value is a share.
        low: column of the interval's lower end.
        high: column of its upper end.
        tip: further columns in the tooltip.
        note: a line under the title.
    """
    chosen = style.pick(key)
    title, label, length = words
    base = alt.Chart(style.values(spoken(frame, lang, key))).encode(
        alt.Y(f"{key}_said:N", title=label(lang), sort=None).axis(labelLimit=260, labelOverlap=False, **style.ABOVE))  # fmt: skip
    marks: Any = base.mark_bar(color=style.ACCENT, cornerRadiusEnd=3).encode(
        alt.X(f"{value}:Q", title=length(lang)).axis(**axis(percent, lang)), opacity=style.fade(chosen),
        tooltip=[alt.Tooltip(f"{key}_said:N", title=label(lang)),
                 alt.Tooltip(f"{value}:Q", title=length(lang), format=".1%" if percent else ",.4~g"),
                 *tips(tip or {}, lang)]).add_params(chosen)  # fmt: skip
    if low and high:
        marks = marks + base.mark_rule(color=style.CONTRAST, strokeWidth=2).encode(
            alt.X(f"{low}:Q"), alt.X2(f"{high}:Q"))  # fmt: skip
    return style.framed(marks, title(lang), alt_text, note, _height(frame.height, 26))


def paired(frame: pl.DataFrame, key: str, names: tuple[str, str], values: tuple[str, str],
           words: tuple[Text, Text, Text], alt_text: str, lang: Lang, tip: dict[str, Text]) -> Any:  # fmt: skip
    """Two points a row, joined: the share in each of two groups."""
    chosen = style.pick(key)
    title, label, length = words
    base = alt.Chart(style.values(spoken(frame, lang, key))).encode(
        alt.Y(f"{key}_said:N", title=label(lang), sort=None).axis(labelLimit=210, labelOverlap=False, **style.ABOVE))  # fmt: skip
    line: Any = base.mark_rule(color=style.NEUTRAL, strokeWidth=2).encode(
        alt.X(f"{values[0]}:Q", title=length(lang)).axis(**style.share_axis()), alt.X2(f"{values[1]}:Q"))  # fmt: skip
    colours = alt.Scale(domain=list(names), range=[style.CONTRAST, style.ACCENT])
    for name, value in zip(names, values, strict=True):
        line = line + base.mark_circle(size=110, opacity=1).encode(
            alt.X(f"{value}:Q"), alt.Color("who:N", title=None).scale(colours).legend(orient="top"),
            tooltip=[alt.Tooltip(f"{key}_said:N", title=label(lang)), alt.Tooltip(f"{value}:Q", title=name, format=".1%"),
                     *tips(tip, lang)]).transform_calculate(who=f"{_literal(name)}")  # fmt: skip
    line.layer[-1] = line.layer[-1].add_params(chosen)
    return style.framed(line, title(lang), alt_text, "", _height(frame.height, 26))


def _height(rows: int, each: int) -> int:
    """Room for the rows and, around them, for title and axes: a page counts them in."""
    return max(rows, 2) * each + 130


def _literal(name: str) -> str:
    return "'" + name.replace("\\", "").replace("'", "") + "'"


def grouped(frame: pl.DataFrame, key: str, value: str, words: tuple[Text, Text, Text], alt_text: str, lang: Lang,
            *, shown: int = 6) -> Any:  # fmt: skip
    """Bars side by side per group: rows hold `key`, `group` (null is a dash), `value` (a share), `q`.

    Args:
        frame: rows in the order to draw; the first `shown` groups and few keys are drawn.
        key: column of the label.
        value: column of the length.
        words: title of the chart, of the labels, of the lengths.
        alt_text: what a screen reader says.
        lang: language.
        shown: most groups.
    """
    groups = frame["group"].unique(maintain_order=True).head(shown)
    keys = frame[key].unique(maintain_order=True).head(MOST_KEYS)
    frame = frame.filter(pl.col("group").is_in(groups.implode(), nulls_equal=True),
                         pl.col(key).is_in(keys.implode()))  # fmt: skip
    chosen, (title, label, length) = style.pick(key, "group"), words
    chart = alt.Chart(style.values(spoken(frame, lang, key, "group"))).mark_bar().encode(
        alt.X(f"{value}:Q", title=length(lang)).axis(**style.share_axis()),
        alt.Y(f"{key}_said:N", title=label(lang), sort=None).axis(labelLimit=280, labelOverlap=False, **style.ABOVE),
        alt.YOffset("group_said:N", sort=None),
        alt.Color("group_said:N", title=GROUP(lang), sort=None).scale(range=list(style.CATEGORICAL)),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip(f"{key}_said:N", title=label(lang)), alt.Tooltip("group_said:N", title=GROUP(lang)),
            alt.Tooltip(f"{value}:Q", title=length(lang), format=".1%"),
            alt.Tooltip("q:Q", title="q", format=".2g")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, title(lang), alt_text, "", _height(frame.height, 15))


def parts(frame: pl.DataFrame, x: str, words: tuple[Text, Text, Text, Text], alt_text: str, lang: Lang,
          label: str | None = None) -> Any:  # fmt: skip
    """Stacked shares of `state` along an ordered column; words: chart, x, state, share.

    Where there are more states than colours, the largest have one and stand in the legend; the
    others are grey.
    """
    title, across, state, share = words
    chosen = style.pick(x, "state")
    frame = spoken(frame, lang, "state")
    sizes = frame.group_by("state_said", maintain_order=True).agg(pl.col("share").sum())
    if sizes.height > style.MOST_COLOURS:
        sizes = sizes.sort("share", descending=True, maintain_order=True)
    order = sizes["state_said"].to_list()
    named = order[: style.MOST_COLOURS]
    note = FURTHER.fill(n=len(order) - len(named))(lang) if len(order) > len(named) else ""
    frame = frame.with_columns(place=pl.col("state_said").replace_strict(order, range(len(order))))
    along = {"labelExpr": label, "labelOverlap": True} if label else {"labelAngle": 0}
    chart = alt.Chart(style.values(frame)).mark_bar().encode(
        alt.X(f"{x}:O", title=across(lang)).axis(**along),
        alt.Y("share:Q", title=share(lang)).axis(**style.share_axis()).scale(domain=[0, 1]),
        alt.Color("state_said:N", title=state(lang)).scale(style.colours(order)).legend(values=named),
        alt.Order("place:Q"), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip(f"{x}:O", title=across(lang)), alt.Tooltip("state_said:N", title=state(lang)),
            alt.Tooltip("share:Q", title=share(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(
        chart, title(lang), alt_text, note, max(320, _height(len(named), 18))
    )  # the legend's room


def matrix(frame: pl.DataFrame, keys: tuple[str, str], value: str, words: tuple[Text, Text, Text, Text],
           alt_text: str, lang: Lang, *, percent: bool = True, note: str = "",
           orders: tuple[list[Any] | None, list[Any] | None] = (None, None)) -> Any:  # fmt: skip
    """A heat map: `keys` are the columns of rows and columns; words: chart, rows, columns, value.

    `orders` are the rows and the columns in the order to draw; None keeps that of the frame.
    """
    chosen = style.pick(*keys)
    title, rows, columns, measure = words
    said_columns = [key for key in keys if frame.schema[key] == pl.String]
    frame, (row, column) = spoken(frame, lang, *said_columns), (
        f"{key}_said" if key in said_columns else key for key in keys)  # fmt: skip
    order = [None if one is None else labels(one, lang) for one in orders]
    upright = keys[1] not in said_columns
    chart = alt.Chart(style.values(frame)).mark_rect(cornerRadius=2).encode(
        alt.X(f"{column}:O", title=columns(lang), sort=order[1]).axis(
            labelLimit=160, labelAngle=0 if upright else -90, labelOverlap=False),
        alt.Y(f"{row}:O", title=rows(lang), sort=order[0]).axis(labelLimit=200, labelOverlap=False),
        alt.Color(f"{value}:Q", title=measure(lang)).scale(range=list(style.SEQUENTIAL), domainMin=0).legend(
            format=".0%" if percent else ",.4~g"),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip(f"{row}:N", title=rows(lang)), alt.Tooltip(f"{column}:N", title=columns(lang)),
            alt.Tooltip(f"{value}:Q", title=measure(lang), format=".1%" if percent else ",.4~g")]).add_params(chosen)  # fmt: skip
    height = _height(frame[keys[0]].n_unique(), 24)
    return style.framed(chart, title(lang), alt_text, note, height)


def difference(frame: pl.DataFrame, keys: tuple[str, str], words: tuple[Text, Text, Text, Text], alt_text: str,
               lang: Lang, note: str, order: list[str]) -> Any:  # fmt: skip
    """A heat map of `difference` (a share) around nothing, with a dot where `q` is below 5 %."""
    chosen, (title, rows, columns, measure) = style.pick(*keys), words
    most = max(float(frame["difference"].abs().max() or 0), 1e-9)  # type: ignore[arg-type]
    base = alt.Chart(style.values(spoken(frame, lang, keys[0]))).encode(
        alt.X(f"{keys[1]}:O", title=columns(lang)).axis(labelAngle=0),
        alt.Y(f"{keys[0]}_said:N", title=rows(lang), sort=labels(order, lang)).axis(labelLimit=200, labelOverlap=False))  # fmt: skip
    cells: Any = base.mark_rect(cornerRadius=2).encode(
        alt.Color("difference:Q", title=measure(lang)).scale(range=list(style.DIVERGING), domain=[-most, most]).legend(format="+.0%"),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip(f"{keys[0]}_said:N", title=rows(lang)), alt.Tooltip(f"{keys[1]}:O", title=columns(lang)),
            alt.Tooltip("difference:Q", title=measure(lang), format="+.1%"),
            alt.Tooltip("q:Q", title="q", format=".2g")]).add_params(chosen)  # fmt: skip
    dots = base.mark_circle(color="black", size=24, opacity=1).transform_filter("datum.q < 0.05")
    height = _height(frame[keys[0]].n_unique(), 24)
    return style.framed(cells + dots, title(lang), alt_text, note, height)


def diverging(frame: pl.DataFrame, keys: list[str], names: tuple[str, str], alpha: float, words: tuple[Text, Text],
              alt_text: str, lang: Lang, note: str) -> Any:  # fmt: skip
    """A difference and its interval per row, on either side of nothing; grey where q is not small.

    Args:
        frame: keys, `label`, share_a, share_b, difference, low, high, q; in the order to draw.
        keys: columns of the table that name a row.
        names: of the two groups.
        alpha: q below it is coloured.
        words: title of the chart, of the differences.
        alt_text: what a screen reader says.
        lang: language.
        note: a line under the title.
    """
    chosen, (title, length) = style.pick(*keys), words
    sides = [MORE.fill(name=name)(lang) for name in names]
    hues = [*sides, UNCLEAR(lang)]
    frame = frame.with_columns(side=pl.when(pl.col("q") >= alpha).then(pl.lit(hues[2])).when(
        pl.col("difference") > 0).then(pl.lit(hues[0])).otherwise(pl.lit(hues[1])))  # fmt: skip
    base = alt.Chart(style.values(frame)).encode(
        alt.Y("label:N", title=CELL(lang), sort=None).axis(labelLimit=280, labelOverlap=False, **style.ABOVE),
        alt.Color("side:N", title=None).scale(
            domain=hues, range=[style.CONTRAST, style.ACCENT, style.NEUTRAL]).legend(orient="top"))  # fmt: skip
    reach: Any = base.mark_rule(strokeWidth=2).encode(
        alt.X("low:Q", title=length(lang)).axis(format="+.0%", tickCount=6), alt.X2("high:Q"))  # fmt: skip
    dots = base.mark_circle(size=110, opacity=1).encode(alt.X("difference:Q"), opacity=style.fade(chosen), tooltip=[
        alt.Tooltip("label:N", title=CELL(lang)), alt.Tooltip("share_a:Q", title=names[0], format=".1%"),
        alt.Tooltip("share_b:Q", title=names[1], format=".1%"),
        alt.Tooltip("difference:Q", title=length(lang), format="+.1%"),
        alt.Tooltip("q:Q", title="q", format=".2g")]).add_params(chosen)  # fmt: skip
    zero = alt.Chart(style.values([{"nothing": 0.0}])).mark_rule(color=style.NEUTRAL, strokeDash=[4, 4]).encode(
        alt.X("nothing:Q"))  # fmt: skip
    return style.framed(reach + zero + dots, title(lang), alt_text, note, _height(frame.height, 26))
