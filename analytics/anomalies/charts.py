"""Charts of what was found: by rule, by day, by score, by month. They draw; every number is in a table.

`*_rows` are what a chart draws, `*_shape` what else of a result its drawing depends on (see
`registry.ChartSpec`); `charts_beside` holds the charts that stand beside the list.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from analytics import style
from analytics.anomalies import summaries, words
from analytics.anomalies.params import KINDS
from analytics.text import Lang, Text

if TYPE_CHECKING:
    from analytics.anomalies.result import AnomalyResult

CASES, CUSTOMERS = Text("Cases", "案件数"), Text("Customers", "客户数")
INCIDENTS, CHANCE = Text("Incidents", "起数"), Text("By chance", "偶然期望")
RULE, MONTH, DAY = Text("Rule", "规则"), Text("Month", "月份"), Text("Day of the month", "日")
SCORE, LEFT_OUT = Text("Score", "得分"), Text("Left out", "未列出")
NEW = Text("Customers flagged for the first time", "首次被提示客户")
LEGEND = (
    "isFinite(datum.value) ? format(datum.value, 'd') : ''"  # a list without a case has no highest
)
CHANCE_NOTE = Text("The mark is what chance alone would give under the rule's own tail",
                   "标记为按规则自身尾部概率、仅凭偶然的期望数")  # fmt: skip
SCORES_NOTE = Text("Grey: beyond the daily capacity or under the cut, which the dashed line marks",
                   "灰色：超出每日能力或低于得分下限（虚线）")  # fmt: skip


def rules(result: AnomalyResult, lang: Lang) -> alt.LayerChart:
    """Incidents per rule as bars, the number chance would give as a mark."""
    chosen = style.pick("kind")
    (rows,) = rules_rows(result, lang)
    base = alt.Chart(style.values(rows)).encode(
        alt.Y("name:N", title=RULE(lang), sort=alt.SortField("place")).axis(
            labelLimit=220, labelOverlap=False, labelFlush=False))  # fmt: skip
    tips = [alt.Tooltip("name:N", title=RULE(lang)), alt.Tooltip("incidents:Q", title=INCIDENTS(lang)),
            alt.Tooltip("by_chance:Q", title=CHANCE(lang), format=",.1f"),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang))]  # fmt: skip
    bars = base.mark_bar(cornerRadiusEnd=3, color=style.ACCENT).encode(
        alt.X("incidents:Q", title=INCIDENTS(lang)).axis(**style.number_axis(lang)),
        opacity=style.fade(chosen), tooltip=tips).add_params(chosen)  # fmt: skip
    marks = base.mark_tick(color=style.CONTRAST, thickness=3, size=18).encode(
        alt.X("by_chance:Q"), tooltip=tips
    )
    return style.framed(bars + marks, words.RULES_TITLE(lang), words.rules_alt(result, lang),
                        CHANCE_NOTE(lang))  # fmt: skip


def calendar(result: AnomalyResult, lang: Lang) -> alt.Chart:
    """Cases per day: months down, days across."""
    chosen = style.pick("month", "day_of_month")
    (rows,) = calendar_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_rect(
        cornerRadius=2, stroke=style.NEUTRAL, strokeWidth=0.6).encode(
        alt.X("day_of_month:O", title=DAY(lang)).scale(domain=list(range(1, 32))).axis(labelAngle=0),
        alt.Y("month:O", title=MONTH(lang)).scale(domain=summaries.last_months(result.provenance.as_of)).axis(
            labelOverlap=False, labelFlush=False),
        alt.Color("cases:Q", title=CASES(lang)).scale(range=list(style.SEQUENTIAL), domainMin=0).legend(
            tickMinStep=1, labelExpr=LEGEND),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("month:N", title=MONTH(lang)), alt.Tooltip("day_of_month:O", title=DAY(lang)),
            alt.Tooltip("cases:Q", title=CASES(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang))]).add_params(chosen)  # fmt: skip
    return style.framed(
        chart, words.CALENDAR_TITLE(lang), words.calendar_alt(result, lang), height=300
    )


def scores(result: AnomalyResult, lang: Lang) -> alt.LayerChart:
    """Histogram of case scores: those listed, above them in grey those left out, and the cut."""
    chosen = style.pick("from_value")
    rows, cut_at = scores_rows(result, lang)
    tips = [
        alt.Tooltip("from_value:Q", title=SCORE(lang)),
        alt.Tooltip("cases:Q", title=CASES(lang)),
        alt.Tooltip("left_out:Q", title=LEFT_OUT(lang)),
        alt.Tooltip("customers:Q", title=CUSTOMERS(lang)),
    ]
    base = alt.Chart(style.values(rows)).encode(
        alt.X("from_value:Q", title=SCORE(lang)).scale(nice=False), alt.X2("to_value:Q"),
        tooltip=tips, opacity=style.fade(chosen))  # fmt: skip
    listed = (
        base.mark_rect(color=style.ACCENT)
        .encode(
            alt.Y("cases:Q", title=CASES(lang)).axis(**style.number_axis(lang)), alt.Y2(datum=0)
        )
        .add_params(chosen)
    )
    others = base.mark_rect(color=style.NEUTRAL).encode(alt.Y("top:Q"), alt.Y2("cases"))
    cut = alt.Chart(style.values(cut_at)).mark_rule(
        color=style.CONTRAST, strokeWidth=2, strokeDash=[5, 4]).encode(alt.X("cut:Q"))  # fmt: skip
    return style.framed(
        listed + others + cut,
        words.SCORES_TITLE(lang),
        words.scores_alt(result, lang),
        SCORES_NOTE(lang),
        height=260,
    )


def months(result: AnomalyResult, lang: Lang) -> alt.Chart:
    """Cases per month."""
    chosen = style.pick("month")
    (rows,) = months_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_bar(color=style.ACCENT).encode(
        alt.X("month:O", title=MONTH(lang)).axis(labelAngle=-90),
        alt.Y("cases:Q", title=CASES(lang)).axis(**style.number_axis(lang)),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("month:N", title=MONTH(lang)), alt.Tooltip("cases:Q", title=CASES(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang)),
            alt.Tooltip("new_customers:Q", title=NEW(lang))]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.MONTHS_TITLE(lang), words.months_alt(result, lang), height=260)


def rules_rows(result: AnomalyResult, lang: Lang) -> list[pl.DataFrame]:
    """The rules with their names, and the place of each on the axis: Vega sorts by it."""
    names = {kind: title(lang) for kind, title in KINDS.items()}
    return [result.rules.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("place"), pl.all(),
        name=pl.col("kind").replace_strict(names, return_dtype=pl.String))]  # fmt: skip


def calendar_rows(result: AnomalyResult, lang: Lang) -> list[pl.DataFrame]:
    """Every day with a case, by month and day."""
    return [result.days.drop("day")]


def calendar_shape(result: AnomalyResult) -> Hashable:
    """The months of the calendar follow from the day it ends."""
    return result.provenance.as_of


def scores_rows(result: AnomalyResult, lang: Lang) -> list[pl.DataFrame]:
    """The bins with the top of each bar, and the cut."""
    bins = result.scores.with_columns(top=pl.col("cases") + pl.col("left_out"))
    return [bins, pl.DataFrame({"cut": [result.params.cut]})]


def months_rows(result: AnomalyResult, lang: Lang) -> list[pl.DataFrame]:
    """Cases per month."""
    return [result.months]


def plain_shape(result: AnomalyResult) -> Hashable:
    """A drawing that depends on nothing but its rows."""
    return ()
