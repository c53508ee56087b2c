"""Four kinds of chart of an RFM result. They draw; every number is in one of its tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.rfm import segment_map, words
from analytics.rfm.result import RfmResult
from analytics.text import Lang, Text

CUSTOMERS = Text("Customers", "客户数")
SHARE = Text("Share of customers", "客户占比")
BALANCE = Text("Balance", "余额")
SEGMENT = Text("Segment", "客户分群")
GROUPS_SHOWN = 12


def score_grid(result: RfmResult, lang: Lang) -> alt.LayerChart:
    """Customers by recency score (up is recent) and frequency score (right is often)."""
    chosen = style.pick("r", "f")
    scores = list(range(1, result.params.scores + 1))
    (cells_of,) = grid_rows(result, lang)
    # Vega finds the fullest cell itself: a number written here would make a new chart of every change.
    base = alt.Chart(style.values(cells_of)).transform_joinaggregate(most="max(customers)").encode(
        alt.X("f:O", title=words.SCORE_TITLES["frequency"](lang)).scale(domain=scores).axis(labelAngle=0),
        alt.Y("r:O", title=words.SCORE_TITLES["recency"](lang)).scale(domain=scores[::-1]))  # fmt: skip
    cells = base.mark_rect(cornerRadius=3).encode(
        alt.Color("customers:Q", title=CUSTOMERS(lang)).scale(range=list(style.SEQUENTIAL), domainMin=0)
        .legend(labelExpr=style.number_axis(lang)["labelExpr"]),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("r:O", title="R"), alt.Tooltip("f:O", title="F"),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=SHARE(lang), format=".1%"),
            alt.Tooltip("median_monetary:Q", title=words.median_money(result, lang), format=",.2f"),
            *_balance_tip(result, lang)]).add_params(chosen)  # fmt: skip
    # White on a dark cell, dark on a pale one; on a cell that stepped back the ink of the page.
    picked, dark = {"param": chosen.name}, "datum.customers > datum.most / 2"
    ink = alt.Color(condition=[{"test": {"and": [picked, dark]}, "value": "#FFFFFF"},
                               {"test": picked, "value": "#10212F"}])  # fmt: skip
    numbers = base.mark_text(fontSize=12).encode(alt.Text("customers:Q", format=","), color=ink)
    return style.framed(
        cells + numbers, words.GRID_TITLE(lang), words.grid_alt(result, lang), height=340
    )


def segment_bars(result: RfmResult, lang: Lang) -> alt.LayerChart:
    """Customers per segment in the order of the map, with the share written at the end."""
    chosen = style.pick("segment")
    (rows,) = segment_rows(result, lang)
    names = rows["name"].to_list()
    base = alt.Chart(style.values(rows)).encode(
        alt.Y("name:N", title=SEGMENT(lang), sort=names).axis(labelLimit=240))  # fmt: skip
    bars = base.mark_bar(cornerRadiusEnd=3).encode(
        alt.X("customers:Q", title=CUSTOMERS(lang)).axis(**style.number_axis(lang)),
        alt.Color("segment:N", legend=None).scale(style.colours(_order(result), segment_map.OTHER)),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("name:N", title=SEGMENT(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=SHARE(lang), format=".1%"),
            alt.Tooltip("median_recency_days:Q", title=words.MEDIAN["recency"](lang)),
            alt.Tooltip("median_frequency:Q", title=words.MEDIAN["frequency"](lang)),
            alt.Tooltip("median_monetary:Q", title=words.median_money(result, lang), format=",.2f"),
            *_balance_tip(result, lang)]).add_params(chosen)  # fmt: skip
    shares = base.mark_text(align="left", dx=4).encode(
        alt.X("customers:Q"), alt.Text("share:Q", format=".1%"))  # fmt: skip
    return style.framed(bars + shares, words.SEGMENTS_TITLE(lang), words.segments_alt(result, lang)
                        ).properties(padding=style.ROOM_FOR_LABELS)  # fmt: skip


def balance_bars(result: RfmResult, lang: Lang) -> alt.Chart:
    """Balance per segment; only where the extract holds balances."""
    chosen = style.pick("segment")
    (rows,) = segment_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_bar(cornerRadiusEnd=3).encode(
        alt.X("balance:Q", title=style.unit(BALANCE, result.currency, lang)).axis(**style.number_axis(lang)),
        alt.Y("name:N", title=SEGMENT(lang), sort=rows["name"].to_list()).axis(labelLimit=240),
        alt.Color("segment:N", legend=None).scale(style.colours(_order(result), segment_map.OTHER)),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("name:N", title=SEGMENT(lang)), *_balance_tip(result, lang),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=",")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.BALANCE_TITLE(lang), words.balance_alt(result, lang))


def distribution(measure: str) -> Any:
    """The builder of one measure's histogram with its cut-offs as rules."""

    def build(result: RfmResult, lang: Lang) -> alt.LayerChart:
        chosen = style.pick("measure", "bin")
        title = words.axis_title(result, measure, lang)
        bins, cut_rows = distribution_rows(measure)(result, lang)
        bars = alt.Chart(style.values(bins)).mark_rect(
            color=style.ACCENT).encode(
            alt.X("from_value:Q", title=title).axis(**style.number_axis(lang)).scale(nice=False),
            alt.X2("to_value:Q"),
            alt.Y("customers:Q", title=CUSTOMERS(lang)).axis(**style.number_axis(lang)),
            alt.Y2(datum=0), opacity=style.fade(chosen), tooltip=[
                alt.Tooltip("from_value:Q", title=words.FROM(lang), format=",.6~g"),
                alt.Tooltip("to_value:Q", title=words.BELOW(lang), format=",.6~g"),
                alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
                alt.Tooltip("open_ended:N", title=words.OPEN_ENDED(lang))]).add_params(chosen)  # fmt: skip
        rules = alt.Chart(style.values(cut_rows)).mark_rule(
            color=style.CONTRAST, strokeWidth=2, strokeDash=[5, 3], clip=True).encode(
            alt.X("cut_at:Q"), tooltip=[
                alt.Tooltip("cut_at:Q", title=words.CUT_AT(lang), format=",.6~g"),
                alt.Tooltip("score:O", title=words.SCORE(lang))])  # fmt: skip
        return style.framed(bars + rules, words.DISTRIBUTION_TITLES[measure](lang),
                            words.distribution_alt(result, measure, lang), words.CUT_NOTE(lang), 240)  # fmt: skip

    return build


def breakdown_bars(result: RfmResult, lang: Lang) -> alt.Chart:
    """The mix of segments in the largest groups, each bar 100 % of the group's scored customers."""
    assert result.breakdown is not None
    assert result.groups is not None
    chosen = style.pick("group", "segment")
    (rows,) = breakdown_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_bar().encode(
        alt.X("share:Q", title=words.GROUP_SHARE(lang), stack="zero").axis(**style.share_axis()).scale(domain=[0, 1]),
        alt.Y("label:N", title=words.GROUP(lang), sort=None).axis(labelLimit=240),
        alt.Color("name:N", title=SEGMENT(lang)).scale(
            _legend(result, lang)),
        alt.Order("place:Q"), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("label:N", title=words.GROUP(lang)),
            alt.Tooltip("name:N", title=SEGMENT(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=words.GROUP_SHARE(lang), format=".1%"),
            alt.Tooltip("rest_share:Q", title=words.REST_SHARE(lang), format=".1%"),
            alt.Tooltip("difference:Q", title=words.DIFFERENCE(lang), format="+.1%")]).add_params(chosen)  # fmt: skip
    left_out = max(result.groups.height - GROUPS_SHOWN, 0)
    note = words.GROUPS_LEFT_OUT.fill(n=left_out)(lang) if left_out else ""
    height = 60 + 34 * min(result.groups.height, GROUPS_SHOWN)
    return style.framed(
        chart, words.BREAKDOWN_TITLE(lang), words.breakdown_alt(result, lang), note, height
    )


def grid_rows(result: RfmResult, lang: Lang) -> list[pl.DataFrame]:
    """What the score grid draws: its table."""
    return [result.grid]


def segment_rows(result: RfmResult, lang: Lang) -> list[pl.DataFrame]:
    """What the bars per segment draw: their table, with the names for people."""
    return [_named(result.segments, lang)]


def distribution_rows(measure: str) -> Callable[[RfmResult, Lang], list[pl.DataFrame]]:
    """What a histogram draws: its bins, and its cut-offs."""

    def rows(result: RfmResult, lang: Lang) -> list[pl.DataFrame]:
        return [result.bins_of[measure], result.cuts_of[measure].drop_nulls("cut_at")]

    return rows


def breakdown_rows(result: RfmResult, lang: Lang) -> list[pl.DataFrame]:
    """What the breakdown draws: the segments of the largest groups, in the order of the map."""
    assert result.breakdown is not None
    assert result.groups is not None
    shown = result.groups["group"].head(GROUPS_SHOWN)
    rows = result.breakdown.filter(pl.col("group").is_in(shown.implode(), nulls_equal=True))
    order = _order(result)
    return [_named(rows, lang).with_columns(
        label=pl.col("group").fill_null(words.NO_VALUE(lang)),
        place=pl.col("segment").replace_strict(order, list(range(len(order)))))]  # fmt: skip


def shape(result: RfmResult) -> Hashable:
    """All that a chart is drawn from beside its rows: scores, map, units, segments with customers."""
    params = result.params
    groups = None if result.groups is None else result.groups.height
    return (params.scores, params.segments, params.by, groups, result.currency,
            result.balance_source is None, tuple(result.segments["segment"]))  # fmt: skip


def _order(result: RfmResult) -> list[str]:
    rules = segment_map.parse(result.params.segments, result.params.scores)
    names = [rule.name for rule in rules]
    return names if segment_map.OTHER in names else [*names, segment_map.OTHER]


def _legend(result: RfmResult, lang: Lang) -> alt.Scale:
    """Names of the segments that have customers, each in the colour of its key."""
    scale = style.colours(_order(result), segment_map.OTHER).to_dict()
    colour = dict(zip(scale["domain"], scale["range"], strict=True))
    present = result.segments["segment"].to_list()
    return alt.Scale(domain=[segment_map.title(key)(lang) for key in present],
                     range=[colour[key] for key in present])  # fmt: skip


def _named(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """The frame with a segment's name for people beside its key."""
    names = [segment_map.title(key)(lang) for key in frame["segment"]]
    return frame.with_columns(name=pl.Series(names, dtype=pl.String))


def _balance_tip(result: RfmResult, lang: Lang) -> list[alt.Tooltip]:
    if result.balance_source is None:
        return []
    return [
        alt.Tooltip("balance:Q", title=style.unit(BALANCE, result.currency, lang), format=",.2f")
    ]
