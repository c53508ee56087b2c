"""Charts of one segmentation beside another, and of the factors. They draw, nothing else."""

from __future__ import annotations

import altair as alt

from analytics import style
from analytics.segments import words
from analytics.segments.charted import (
    bars,
    by_place,
    comparison_rows,
    drift_rows,
    loading_rows,
    migration_rows,
)
from analytics.segments.charts import CUSTOMERS, FEATURE, LABEL, MEDIAN, SHARE
from analytics.segments.result import SegmentsResult
from analytics.text import Lang, Text

THEN, NOW = Text("Segment before", "此前分群"), Text("Segment now", "当前分群")
HERE, THERE = (
    Text("Segment", "客户分群"),
    Text("Segment with the other settings", "另一组参数下的分群"),
)
FACTOR, LOADING = Text("Factor", "因子"), Text("Loading", "载荷")
PSI = Text("PSI (below .1 stable, above .25 shifted)", "PSI（低于 0.1 为稳定，高于 0.25 为漂移）")
BEFORE = Text("Median before", "此前中位数")
IN_ORDER = alt.EncodingSortField("place", op="min")


def migration(result: SegmentsResult, lang: Lang) -> alt.Chart:
    """Customers by their segment then (rows) and now (columns)."""
    chosen = style.pick("from_segment", "to_segment")
    (rows,) = migration_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=3).encode(
        alt.X("after:N", title=NOW(lang), sort=by_place("after")).axis(labelLimit=140, labelAngle=-30),
        alt.Y("before:N", title=THEN(lang), sort=by_place("before")).axis(labelLimit=LABEL),
        alt.Color("share:Q", title=SHARE(lang)).scale(range=list(style.SEQUENTIAL), domain=[0, 1]),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("before:N", title=THEN(lang)), alt.Tooltip("after:N", title=NOW(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(
        chart, words.MIGRATION(lang), words.chart_alt(result, words.MIGRATION, lang)
    )


def comparison(result: SegmentsResult, lang: Lang) -> alt.Chart:
    """Customers by their segment (rows) and the one other settings give them (columns)."""
    chosen = style.pick("segment", "other_segment")
    (rows,) = comparison_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=3).encode(
        alt.X("other:N", title=THERE(lang), sort=by_place("other")).axis(labelLimit=160, labelAngle=-30),
        alt.Y("own:N", title=HERE(lang), sort=by_place("own")).axis(labelLimit=LABEL),
        alt.Color("share:Q", title=SHARE(lang)).scale(range=list(style.SEQUENTIAL), domain=[0, 1]),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("own:N", title=HERE(lang)), alt.Tooltip("other:N", title=THERE(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(
        chart, words.COMPARISON(lang), words.chart_alt(result, words.COMPARISON, lang)
    )


def drift(result: SegmentsResult, lang: Lang) -> alt.LayerChart:
    """The features that drifted most, with the two usual limits."""
    rows, lines = drift_rows(result, lang)
    lengths = alt.Chart(style.values(rows)).mark_bar(color=style.ACCENT, cornerRadiusEnd=3).encode(
        alt.X("psi:Q", title=PSI(lang)),
        alt.Y("title:N", title=FEATURE(lang), sort=IN_ORDER).axis(labelLimit=LABEL),
        tooltip=[alt.Tooltip("title:N", title=FEATURE(lang)), alt.Tooltip("psi:Q", title=PSI(lang), format=".3f"),
                 alt.Tooltip("was:N", title=BEFORE(lang)), alt.Tooltip("now:N", title=MEDIAN(lang))])  # fmt: skip
    limits = alt.Chart(style.values(lines)).mark_rule(
        color=style.CONTRAST, strokeDash=[5, 4]).encode(alt.X("limit:Q", title=PSI(lang)))  # fmt: skip
    return style.framed(lengths + limits, words.DRIFT(lang), words.chart_alt(result, words.DRIFT, lang),
                        height=60 + 20 * bars(result, "drift"))  # fmt: skip


def loadings(result: SegmentsResult, lang: Lang) -> alt.Chart:
    """Features by factors, coloured by the loading."""
    (rows,) = loading_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=2).encode(
        alt.X("factor:N", title=FACTOR(lang), sort=IN_ORDER).axis(labelAngle=0),
        alt.Y("title:N", title=FEATURE(lang), sort=IN_ORDER).axis(labelLimit=LABEL),
        alt.Color("loading:Q", title=LOADING(lang)).scale(
            range=list(style.DIVERGING), domain=[-1, 1], domainMid=0, clamp=True),
        tooltip=[alt.Tooltip("title:N", title=FEATURE(lang)), alt.Tooltip("factor:N", title=FACTOR(lang)),
                 alt.Tooltip("loading:Q", title=LOADING(lang), format="+.2f")])  # fmt: skip
    return style.framed(chart, words.LOADINGS(lang), words.chart_alt(result, words.LOADINGS, lang),
                        height=60 + 20 * bars(result, "loadings"))  # fmt: skip
