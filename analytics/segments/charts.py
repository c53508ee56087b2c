"""The charts of a segmentation. They draw; every number is in one of its tables."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt

from analytics import style
from analytics.segments import words
from analytics.segments.charted import (
    NUMBERED,
    bars,
    breakdown_rows,
    by_place,
    colours,
    criterion_rows,
    has_gaps,
    legend_rows,
    of_table,
    profile_rows,
    size_rows,
)
from analytics.segments.reading import OUTLIERS
from analytics.segments.result import SegmentsResult
from analytics.text import Lang, Text

SEGMENT, CUSTOMERS = Text("Segment", "客户分群"), Text("Customers", "客户数")
SHARE, FEATURE = Text("Share of customers", "客户占比"), Text("Feature", "特征")
DIFFERENCE = Text("Difference to all others, standard deviations", "与其他客户的差异（标准差）")
MEDIAN, OVERALL = Text("Median", "中位数"), Text("Median of everybody", "总体中位数")
OF_ACTIVE = Text("Median of all active customers", "活跃客户总体中位数")
NUMBER = Text("Number of segments", "分群数")
RULE, PRECISION, RECALL = (
    Text("Rule", "规则"),
    Text("Precision", "精确率"),
    Text("Recall", "召回率"),
)
QUANTILE = Text("Share of the segment's customers up to here", "该分群客户的累计占比")
SILHOUETTE = Text("Silhouette", "轮廓系数")
FIRST_AXIS, SECOND_AXIS = Text("First main axis", "第一主轴"), Text("Second main axis", "第二主轴")
MOSTLY = Text("Share of the largest segment here", "此处最大分群的占比")
GROUP = Text("Group", "分组")
CHOSEN = Text(
    "Filled: the chosen number. Small hollow: not eligible",
    "实心为选中的分群数，空心小点为不合格者",
)
NO_FIGURE = Text("Empty: most of the segment has no such figure", "空白：该分群多数客户无此指标")
LABEL, BAR = 260, 22


def _colour(result: SegmentsResult, lang: Lang, table: str) -> alt.Color:
    """One colour per segment, under its name; the rows say which there are."""
    return alt.Color("name:N", title=SEGMENT(lang), sort=by_place(),
                     scale=alt.Scale(range=colours(result, table)),
                     legend=alt.Legend(labelLimit=LABEL))  # fmt: skip


def sizes(result: SegmentsResult, lang: Lang) -> alt.LayerChart:
    """Customers per segment, the rule in the tooltip."""
    chosen = style.pick("segment")
    (rows,) = size_rows(result, lang)
    base = alt.Chart(style.values(rows)).encode(
        alt.Y("name:N", title=SEGMENT(lang), sort=alt.EncodingSortField("place", op="min")).axis(labelLimit=LABEL, labelOverlap=False, **style.ABOVE))  # fmt: skip
    lengths = base.mark_bar(cornerRadiusEnd=3, size=BAR).encode(
        alt.X("customers:Q", title=CUSTOMERS(lang)).axis(**style.number_axis(lang)),
        alt.Color("segment:N", legend=None).scale(style.colours([*NUMBERED, OUTLIERS], OUTLIERS)), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("name:N", title=SEGMENT(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=SHARE(lang), format=".1%"),
            alt.Tooltip("rule:N", title=RULE(lang)),
            alt.Tooltip("precision:Q", title=PRECISION(lang), format=".1%"),
            alt.Tooltip("recall:Q", title=RECALL(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    shares = base.mark_text(align="left", dx=4).encode(
        alt.X("customers:Q"), alt.Text("share:Q", format=".1%"))  # fmt: skip
    return style.framed(
        lengths + shares, words.SIZES(lang), words.chart_alt(result, words.SIZES, lang),
        height=94 + 32 * legend_rows(result))  # fmt: skip


def profile(result: SegmentsResult, lang: Lang) -> alt.Chart:
    """Segments by the features that tell them apart most, coloured by the standardised difference."""
    chosen = style.pick("segment")
    (rows,) = profile_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=2).encode(
        alt.X("segment:N", title=SEGMENT(lang), sort=by_place()).axis(labelAngle=0),
        alt.Y("title:N", title=FEATURE(lang), sort=alt.EncodingSortField("place", op="min")).axis(labelLimit=LABEL, labelOverlap=False),
        alt.Color("distance:Q", title=DIFFERENCE(lang)).scale(
            range=list(style.DIVERGING), domain=[-3, 3], domainMid=0, clamp=True).legend(
            orient="bottom", titleLimit=400),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("name:N", title=SEGMENT(lang)), alt.Tooltip("title:N", title=FEATURE(lang)),
            alt.Tooltip("said:N", title=MEDIAN(lang)), alt.Tooltip("overall:N", title=(OF_ACTIVE if result.idle else OVERALL)(lang)),
            alt.Tooltip("distance:Q", title=DIFFERENCE(lang), format="+.2f")]).add_params(chosen)  # fmt: skip
    note = NO_FIGURE(lang) if has_gaps(result) else ""
    return style.framed(chart, words.PROFILE(lang), words.chart_alt(result, words.PROFILE, lang), note,
                        height=150 + 22 * bars(result, "profiles"))  # fmt: skip


def criterion(name: str) -> Callable[[SegmentsResult, Lang], alt.LayerChart]:
    """The builder of one criterion's line over the number of segments."""

    def build(result: SegmentsResult, lang: Lang) -> alt.LayerChart:
        title, axis = words.CRITERIA[name]
        (rows,) = criterion_rows(result, lang)
        base = alt.Chart(style.values(rows)).encode(
            alt.X("k:O", title=NUMBER(lang)).axis(labelAngle=0)
        )
        line = base.mark_line(color=style.ACCENT).encode(
            alt.Y(f"{name}:Q", title=axis(lang)).scale(zero=False)
        )
        points = base.mark_point(color=style.ACCENT, strokeWidth=2).encode(
            alt.Y(f"{name}:Q"), fill=alt.when(alt.datum.chosen).then(alt.value(style.CONTRAST)).otherwise(
                alt.value("transparent")),
            size=alt.when(alt.datum.eligible).then(alt.value(110)).otherwise(alt.value(40)), tooltip=[
                alt.Tooltip("k:O", title=NUMBER(lang)), alt.Tooltip(f"{name}:Q", title=axis(lang), format=".4~g"),
                alt.Tooltip("smallest_share:Q", title=SMALLEST(lang), format=".1%")])  # fmt: skip
        layers = [line, points]
        if name == "gap":
            layers.append(
                base.mark_rule(color=style.ACCENT).encode(alt.Y("low:Q"), alt.Y2("high:Q"))
            )
        return style.framed(
            alt.layer(*layers),
            title(lang),
            words.criterion_alt(result, name, lang),
            CHOSEN(lang),
            200,
        )

    return build


SMALLEST = Text("Smallest share", "最小分群占比")


def silhouettes(result: SegmentsResult, lang: Lang) -> alt.Chart:
    """Per segment the quantiles of its customers' silhouettes; below 0 another segment is nearer."""
    chosen = style.pick("segment")
    (rows,) = of_table("silhouettes")(result, lang)
    chart = alt.Chart(style.values(rows)).mark_line(strokeWidth=2.5).encode(
        alt.X("quantile:Q", title=QUANTILE(lang)).axis(**style.share_axis()),
        alt.Y("silhouette:Q", title=SILHOUETTE(lang)), _colour(result, lang, "silhouettes"),
        opacity=style.fade(chosen)).add_params(chosen)  # fmt: skip
    return style.framed(
        chart, words.SILHOUETTES(lang), words.chart_alt(result, words.SILHOUETTES, lang)
    )


def projection(result: SegmentsResult, lang: Lang) -> alt.Chart:
    """Customers per hexagon of the two main axes, in the colour of the largest segment there.

    A hexagon says nothing aloud by itself: hundreds of places without a name tell a listener less than
    the chart's description and its table, and the browser writes each anew while a slider moves.
    """
    chosen = style.pick("x", "y")
    (rows,) = of_table("projection")(result, lang)
    chart = alt.Chart(style.values(rows)).mark_point(
        aria=False, filled=True, shape="M0,-1L.866,-.5L.866,.5L0,1L-.866,.5L-.866,-.5Z").encode(
        alt.X("x:Q", title=FIRST_AXIS(lang)).axis(labels=False, ticks=False).scale(zero=False),
        alt.Y("y:Q", title=SECOND_AXIS(lang)).axis(labels=False, ticks=False).scale(zero=False),
        alt.Size("customers:Q", title=CUSTOMERS(lang)).scale(type="log", range=[12, 260]).legend(
            symbolFillColor=style.NEUTRAL, tickCount=4, format=","),
        _colour(result, lang, "projection").legend(labelLimit=LABEL - 40, orient="bottom", columns=2), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("name:N", title=SEGMENT(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=MOSTLY(lang), format=".0%")]).add_params(chosen)  # fmt: skip
    return style.framed(
        chart,
        words.PROJECTION(lang),
        words.chart_alt(result, words.PROJECTION, lang),
        height=420 + 20 * legend_rows(result),
    )


def breakdown(result: SegmentsResult, lang: Lang) -> alt.Chart:
    """The mix of segments in the largest groups, each bar 100 % of the group."""
    chosen = style.pick("group", "segment")
    (rows,) = breakdown_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_bar().encode(
        alt.X("share:Q", title=SHARE(lang), stack="zero").axis(**style.share_axis()).scale(domain=[0, 1]),
        alt.Y("label:N", title=GROUP(lang), sort=None).axis(labelLimit=LABEL), _colour(result, lang, "breakdown"),
        alt.Order("name_place:Q"), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("label:N", title=GROUP(lang)), alt.Tooltip("name:N", title=SEGMENT(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.BREAKDOWN(lang), words.chart_alt(result, words.BREAKDOWN, lang),
                        height=60 + 34 * bars(result, "breakdown"))  # fmt: skip
