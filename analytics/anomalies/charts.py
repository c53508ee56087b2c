"""Charts of an anomalies result. They draw; every number is in one of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from analytics import style
from analytics.anomalies import summaries, words
from analytics.anomalies.params import KINDS
from analytics.text import Lang, Text, share

if TYPE_CHECKING:
    from analytics.anomalies.result import AnomalyResult

CASES, CUSTOMERS = Text("Cases", "案件数"), Text("Customers", "客户数")
INCIDENTS, CHANCE = Text("Incidents", "起数"), Text("By chance", "偶然期望")
RULE, MONTH, DAY = Text("Rule", "规则"), Text("Month", "月份"), Text("Day of the month", "日")
SCORE = Text("Score", "得分")
NEW = Text("Customers flagged for the first time", "首次被提示客户")
DIGIT, SHARE, EXPECTED = (
    Text("First digit", "首位数字"),
    Text("Share", "占比"),
    Text("Expected", "期望占比"),
)
GROUP, NO_VALUE = Text("Group", "分组"), Text("(no value)", "（无取值）")
FLAGGED = Text("Share of customers flagged", "被提示客户占比")
CHANCE_NOTE = Text("The mark is what chance alone would give under the rule's own tail",
                   "标记为按规则自身尾部概率、仅凭偶然的期望数")  # fmt: skip
GROUPS_SHOWN = 12
LEFT_OUT = Text("Left out", "未列出")
SCORES_NOTE = Text("Grey: beyond the daily capacity or under the cut, which the dashed line marks",
                   "灰色：超出每日能力或低于得分下限（虚线）")  # fmt: skip
PRECISION, RECALL = Text("Precision", "精确率"), Text("Recall", "召回率")
BEST_SHARE, MEASURE = (
    Text("Customers with the highest scores", "得分最高的客户占比"),
    Text("Measure", "指标"),
)
BOARD_NOTE = Text("Dashed: {rate} of all have the outcome. Area under the ROC curve {auc}",
                  "虚线：全体中有该结果的占比 {rate}；ROC 曲线下面积 {auc}")  # fmt: skip


def calendar(result: AnomalyResult, lang: Lang) -> alt.Chart:
    """Cases per day: months down, days across."""
    chosen = style.pick("month", "day_of_month")
    chart = alt.Chart(style.values(result.days.drop("day"))).mark_rect(
        cornerRadius=2, stroke=style.NEUTRAL, strokeWidth=0.6).encode(
        alt.X("day_of_month:O", title=DAY(lang)).scale(domain=list(range(1, 32))).axis(labelAngle=0),
        alt.Y("month:O", title=MONTH(lang)).scale(domain=summaries.last_months(result.provenance.as_of)).axis(
            labelOverlap=False, labelFlush=False),
        alt.Color("cases:Q", title=CASES(lang)).scale(range=list(style.SEQUENTIAL), domainMin=0).legend(
            tickMinStep=1, format="d"),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("month:N", title=MONTH(lang)), alt.Tooltip("day_of_month:O", title=DAY(lang)),
            alt.Tooltip("cases:Q", title=CASES(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang))]).add_params(chosen)  # fmt: skip
    return style.framed(
        chart, words.CALENDAR_TITLE(lang), words.calendar_alt(result, lang), height=300
    )


def rules(result: AnomalyResult, lang: Lang) -> alt.LayerChart:
    """Incidents per rule as bars, the number chance would give as a mark."""
    chosen = style.pick("kind")
    rows = result.rules.with_columns(
        name=pl.col("kind").replace_strict({k: t(lang) for k, t in KINDS.items()}, return_dtype=pl.String))  # fmt: skip
    base = alt.Chart(style.values(rows)).encode(
        alt.Y("name:N", title=RULE(lang), sort=rows["name"].to_list()).axis(
            labelLimit=220, labelOverlap=False, labelFlush=False))  # fmt: skip
    tips = [alt.Tooltip("name:N", title=RULE(lang)), alt.Tooltip("incidents:Q", title=INCIDENTS(lang)),
            alt.Tooltip("by_chance:Q", title=CHANCE(lang), format=".3~g"),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang))]  # fmt: skip
    bars = base.mark_bar(cornerRadiusEnd=3, color=style.ACCENT).encode(
        alt.X("incidents:Q", title=INCIDENTS(lang)).axis(**style.number_axis(lang)),
        opacity=style.fade(chosen), tooltip=tips).add_params(chosen)  # fmt: skip
    marks = base.mark_tick(color=style.CONTRAST, thickness=3, size=18).encode(
        alt.X("by_chance:Q"), tooltip=tips
    )
    return style.framed(bars + marks, words.RULES_TITLE(lang), words.rules_alt(result, lang),
                        CHANCE_NOTE(lang))  # fmt: skip


def scores(result: AnomalyResult, lang: Lang) -> alt.LayerChart:
    """Histogram of case scores: those listed, above them in grey those left out, and the cut."""
    chosen = style.pick("from_value")
    rows = result.scores.with_columns(top=pl.col("cases") + pl.col("left_out"))
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
    cut = alt.Chart(style.values([{"cut": result.params.cut}])).mark_rule(
        color=style.CONTRAST, strokeWidth=2, strokeDash=[5, 4]).encode(alt.X("cut:Q"))  # fmt: skip
    return style.framed(
        listed + others + cut,
        words.SCORES_TITLE(lang),
        words.scores_alt(result, lang),
        SCORES_NOTE(lang),
        height=260,
    )


def board(result: AnomalyResult, lang: Lang) -> alt.LayerChart:
    """Precision and recall among the customers with the highest scores."""
    assert result.board is not None
    assert result.board_table is not None
    names = {"precision": PRECISION(lang), "recall": RECALL(lang)}
    rows = result.board_table.unpivot(
        ["precision", "recall"], index=["share", "flagged", "hits"], variable_name="measure"
    )
    rows = rows.with_columns(pl.col("measure").replace_strict(names, return_dtype=pl.String))
    chosen = style.pick("share")
    lines = alt.Chart(style.values(rows)).mark_line(point=alt.OverlayMarkDef(size=70)).encode(
        alt.X("share:Q", title=BEST_SHARE(lang)).scale(type="log").axis(format=".0%", values=[.01, .02, .05, .1, .2, .5, 1]),
        alt.Y("value:Q", title=SHARE(lang)).axis(**style.share_axis()).scale(domain=[0, 1]),
        alt.Color("measure:N", title=None).scale(style.colours(list(names.values()))).legend(orient="top"),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("share:Q", title=BEST_SHARE(lang), format=".0%"), alt.Tooltip("measure:N", title=MEASURE(lang)),
            alt.Tooltip("value:Q", title=SHARE(lang), format=".1%"),
            alt.Tooltip("flagged:Q", title=CUSTOMERS(lang))]).add_params(chosen)  # fmt: skip
    base = alt.Chart(style.values([{"base": result.board.base_rate}])).mark_rule(
        color=style.NEUTRAL, strokeDash=[5, 4]).encode(alt.Y("base:Q"))  # fmt: skip
    note = BOARD_NOTE.fill(rate=share(result.board.base_rate), auc=f"{result.board.roc_auc:.2f}")
    return style.framed(
        lines + base, words.BOARD_TITLE(lang), words.board_alt(result, lang), note(lang), height=280
    )


def months(result: AnomalyResult, lang: Lang) -> alt.Chart:
    """Cases per month."""
    chosen = style.pick("month")
    chart = alt.Chart(style.values(result.months)).mark_bar(color=style.ACCENT).encode(
        alt.X("month:O", title=MONTH(lang)).axis(labelAngle=-90),
        alt.Y("cases:Q", title=CASES(lang)).axis(**style.number_axis(lang)),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("month:N", title=MONTH(lang)), alt.Tooltip("cases:Q", title=CASES(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang)),
            alt.Tooltip("new_customers:Q", title=NEW(lang))]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.MONTHS_TITLE(lang), words.months_alt(result, lang), height=260)


def digits(result: AnomalyResult, lang: Lang) -> alt.LayerChart:
    """Shares of first digits as bars, Benford's as marks."""
    chosen = style.pick("digit")
    base = alt.Chart(style.values(result.digits)).encode(
        alt.X("digit:O", title=DIGIT(lang)).axis(labelAngle=0), tooltip=[
            alt.Tooltip("digit:O", title=DIGIT(lang)), alt.Tooltip("share:Q", title=SHARE(lang), format=".1%"),
            alt.Tooltip("expected_share:Q", title=EXPECTED(lang), format=".1%")])  # fmt: skip
    bars = base.mark_bar(color=style.NEUTRAL).encode(
        alt.Y("share:Q", title=SHARE(lang)).axis(**style.share_axis()),
        opacity=style.fade(chosen)).add_params(chosen)  # fmt: skip
    marks = base.mark_tick(color=style.CONTRAST, thickness=3, width=24).encode(
        alt.Y("expected_share:Q")
    )
    return style.framed(bars + marks, words.DIGITS_TITLE(lang), words.digits_alt(result, lang),
                        words.conformity(result)(lang), height=260)  # fmt: skip


def breakdown(result: AnomalyResult, lang: Lang) -> alt.Chart:
    """Share of flagged customers in the largest groups."""
    assert result.groups is not None
    chosen = style.pick("group")
    rows = result.groups.head(GROUPS_SHOWN).with_columns(
        label=pl.col("group").fill_null(NO_VALUE(lang))
    )
    chart = alt.Chart(style.values(rows)).mark_bar(cornerRadiusEnd=3, color=style.ACCENT).encode(
        alt.X("share:Q", title=FLAGGED(lang)).axis(**style.share_axis()),
        alt.Y("label:N", title=GROUP(lang), sort=None).axis(labelLimit=240),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("label:N", title=GROUP(lang)), alt.Tooltip("share:Q", title=FLAGGED(lang), format=".1%"),
            alt.Tooltip("flagged:Q", title=CUSTOMERS(lang))]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.BREAKDOWN_TITLE(lang), words.breakdown_alt(result, lang),
                        height=60 + 34 * min(result.groups.height, GROUPS_SHOWN))  # fmt: skip
