"""Charts of one segmentation beside another, and of the factors. They draw, nothing else."""

from __future__ import annotations

import altair as alt
import polars as pl

from analytics import style
from analytics.segments import words
from analytics.segments.charts import CUSTOMERS, FEATURE, LABEL, MEDIAN, SHARE, named
from analytics.segments.result import SegmentsResult
from analytics.segments.rule import written
from analytics.text import Lang, Text

THEN, NOW = Text("Segment before", "此前分群"), Text("Segment now", "当前分群")
HERE, THERE = (
    Text("Segment", "客户分群"),
    Text("Segment with the other settings", "另一组参数下的分群"),
)
FACTOR, LOADING = Text("Factor", "因子"), Text("Loading", "载荷")
PSI = Text("PSI (below .1 stable, above .25 shifted)", "PSI（低于 0.1 为稳定，高于 0.25 为漂移）")
BEFORE = Text("Median before", "此前中位数")
STABLE, SHIFTED = 0.1, 0.25
SHOWN = 18


def migration(result: SegmentsResult, lang: Lang) -> alt.Chart:
    """Customers by their segment then (rows) and now (columns)."""
    chosen = style.pick("from_segment", "to_segment")
    rows = named(result, result.tables["migration"], lang, "from_segment", "before")
    rows = named(result, rows, lang, "to_segment", "after")
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=3).encode(
        alt.X("after:N", title=NOW(lang)).axis(labelLimit=140, labelAngle=-30),
        alt.Y("before:N", title=THEN(lang)).axis(labelLimit=LABEL),
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
    column = "other_name_zh" if lang == "zh" else "other_name"
    rows = named(result, result.tables["comparison"], lang, "segment", "own").with_columns(
        other=pl.format("{} {}", "other_segment", column))  # fmt: skip
    chart = alt.Chart(style.values(rows.drop("other_name", "other_name_zh"))).mark_rect(cornerRadius=3).encode(
        alt.X("other:N", title=THERE(lang)).axis(labelLimit=160, labelAngle=-30),
        alt.Y("own:N", title=HERE(lang)).axis(labelLimit=LABEL),
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
    rows = result.tables["drift"].head(SHOWN)
    features = [result.feature(key) for key in rows["feature"]]
    rows = rows.with_columns(
        name=pl.Series([one.title(lang) for one in features], dtype=pl.String),
        was=pl.Series([written(f, m)(lang) for f, m in zip(features, rows["median_before"], strict=True)], dtype=pl.String),
        now=pl.Series([written(f, m)(lang) for f, m in zip(features, rows["median_after"], strict=True)], dtype=pl.String),
    ).select("name", "psi", "was", "now")  # fmt: skip
    bars = alt.Chart(style.values(rows)).mark_bar(color=style.ACCENT, cornerRadiusEnd=3).encode(
        alt.X("psi:Q", title=PSI(lang)),
        alt.Y("name:N", title=FEATURE(lang), sort=rows["name"].to_list()).axis(labelLimit=LABEL),
        tooltip=[alt.Tooltip("name:N", title=FEATURE(lang)), alt.Tooltip("psi:Q", title=PSI(lang), format=".3f"),
                 alt.Tooltip("was:N", title=BEFORE(lang)), alt.Tooltip("now:N", title=MEDIAN(lang))])  # fmt: skip
    limits = alt.Chart(style.values([{"limit": one} for one in (STABLE, SHIFTED)])).mark_rule(
        color=style.CONTRAST, strokeDash=[5, 4]).encode(alt.X("limit:Q", title=PSI(lang)))  # fmt: skip
    return style.framed(bars + limits, words.DRIFT(lang), words.chart_alt(result, words.DRIFT, lang),
                        height=60 + 20 * rows.height)  # fmt: skip


def loadings(result: SegmentsResult, lang: Lang) -> alt.Chart:
    """Features by factors, coloured by the loading."""
    rows = result.tables["loadings"]
    order = rows["feature"].unique(maintain_order=True)
    titles = {key: result.feature(key).title(lang) for key in order}
    rows = rows.select("factor", "loading", name=pl.col("feature").replace_strict(
        titles, return_dtype=pl.String))  # fmt: skip
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=2).encode(
        alt.X("factor:N", title=FACTOR(lang), sort=rows["factor"].unique(maintain_order=True).to_list()).axis(labelAngle=0),
        alt.Y("name:N", title=FEATURE(lang), sort=[titles[key] for key in order]).axis(labelLimit=LABEL),
        alt.Color("loading:Q", title=LOADING(lang)).scale(
            range=list(style.DIVERGING), domain=[-1, 1], domainMid=0, clamp=True),
        tooltip=[alt.Tooltip("name:N", title=FEATURE(lang)), alt.Tooltip("factor:N", title=FACTOR(lang)),
                 alt.Tooltip("loading:Q", title=LOADING(lang), format="+.2f")])  # fmt: skip
    return style.framed(chart, words.LOADINGS(lang), words.chart_alt(result, words.LOADINGS, lang),
                        height=60 + 20 * len(order))  # fmt: skip
