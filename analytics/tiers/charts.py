"""The charts of the tiers. They draw; every number is in one of the tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import altair as alt
import polars as pl

from analytics import style
from analytics.text import Lang, Text
from analytics.tiers import words
from analytics.tiers.result import TiersResult

CUSTOMERS, SHARE = Text("Customers", "客户数"), Text("Share of customers", "客户占比")
VALUE, RISK = Text("Value", "价值层级"), Text("Risk preference", "风险偏好")
OFTEN, TYPE = Text("Frequency", "活跃频率"), Text("Customer type", "客户类型")
BEFORE, GROUP, NONE = (
    Text("Value before", "此前层级"),
    Text("Group", "分组"),
    Text("(no value)", "（无取值）"),
)
SHOWN, WIDE = 12, 240
DARK_FROM = 0.5  # of the fullest cell: from here on its number is white
ON_DARK, ON_PALE = "#FFFFFF", "#10212F"
Rows = Callable[[TiersResult, Lang], list[pl.DataFrame]]


def _named(frame: pl.DataFrame, column: str, titles: dict[str, Text], lang: Lang) -> pl.Series:
    return pl.Series([words.said(titles, key)(lang) for key in frame[column]], dtype=pl.String)


def heat_rows(table: str, column: str, titles: dict[str, Text]) -> Rows:
    """What a heat map draws: its table, with the names for people."""

    def rows(result: TiersResult, lang: Lang) -> list[pl.DataFrame]:
        found = result.tables[table]
        return [found.with_columns(across=_named(found, column, titles, lang),
                                   down=_named(found, "value_tier", words.TIER_TITLES, lang))]  # fmt: skip

    return rows


def heat(table: str, column: str, titles: dict[str, Text], axis: Text, title: Text
         ) -> Callable[[TiersResult, Lang], alt.LayerChart]:  # fmt: skip
    """The builder of value tiers against another grouping: coloured by customers, who are written in."""

    def build(result: TiersResult, lang: Lang) -> alt.LayerChart:
        chosen = style.pick("value_tier", column)
        (rows,) = heat_rows(table, column, titles)(result, lang)
        orders = [[t(lang) for t in some.values()] for some in (titles, words.TIER_TITLES)]
        base = alt.Chart(style.values(rows)).transform_joinaggregate(most="max(customers)").encode(
            alt.X("across:N", title=axis(lang), sort=orders[0]).axis(labelAngle=0, labelLimit=WIDE),
            alt.Y("down:N", title=VALUE(lang), sort=orders[1]).axis(labelLimit=WIDE))  # fmt: skip
        cells = base.mark_rect(cornerRadius=3).encode(
            alt.Color("customers:Q", title=CUSTOMERS(lang), legend=None).scale(
                range=list(style.SEQUENTIAL), domainMin=0),
            opacity=style.fade(chosen), tooltip=[
                alt.Tooltip("down:N", title=VALUE(lang)), alt.Tooltip("across:N", title=axis(lang)),
                alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
                alt.Tooltip("share:Q", title=SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
        picked, dark = {"param": chosen.name}, f"datum.customers > datum.most * {DARK_FROM}"
        ink = alt.Color(condition=[{"test": {"and": [picked, dark]}, "value": ON_DARK},
                                   {"test": picked, "value": ON_PALE}])  # fmt: skip
        numbers = base.mark_text(fontSize=12).encode(alt.Text("customers:Q", format=","), color=ink)
        return style.framed(cells + numbers, title(lang), words.alt(result, title, lang))

    return build


def type_rows(result: TiersResult, lang: Lang) -> list[pl.DataFrame]:
    """Customers per type, with the names for people."""
    rows = result.tables["types"]
    return [rows.with_columns(name=_named(rows, "customer_type", words.TYPE_TITLES, lang))]


def types(result: TiersResult, lang: Lang) -> alt.Chart:
    """Customers per type."""
    chosen = style.pick("customer_type")
    (rows,) = type_rows(result, lang)
    chart = alt.Chart(style.values(rows)).mark_bar(color=style.ACCENT, cornerRadiusEnd=3).encode(
        alt.X("customers:Q", title=CUSTOMERS(lang)).axis(**style.number_axis(lang)),
        alt.Y("name:N", title=TYPE(lang), sort=None).axis(labelLimit=WIDE), opacity=style.fade(chosen),
        tooltip=[alt.Tooltip("name:N", title=TYPE(lang)),
                 alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=",")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.TYPES(lang), words.alt(result, words.TYPES, lang))


def breakdown_rows(result: TiersResult, lang: Lang) -> list[pl.DataFrame]:
    """The value tiers of the largest groups."""
    rows = result.tables["breakdown"]
    top = rows.group_by("group").agg(pl.col("customers").sum()).sort(
        "customers", "group", descending=[True, False], nulls_last=True)["group"].head(SHOWN)  # fmt: skip
    rows = rows.filter(pl.col("group").is_in(top.implode(), nulls_equal=True))
    return [rows.with_columns(label=pl.col("group").fill_null(NONE(lang)),
                              down=_named(rows, "value_tier", words.TIER_TITLES, lang))]  # fmt: skip


def breakdown(result: TiersResult, lang: Lang) -> alt.Chart:
    """The value tiers of the largest groups, each bar 100 % of the group."""
    chosen = style.pick("group", "value_tier")
    (rows,) = breakdown_rows(result, lang)
    names = [t(lang) for t in words.TIER_TITLES.values()]
    scale = alt.Scale(
        domain=names, range=[style.SEQUENTIAL[8], style.SEQUENTIAL[5], style.SEQUENTIAL[2]]
    )
    chart = alt.Chart(style.values(rows)).mark_bar().encode(
        alt.X("share:Q", title=SHARE(lang), stack="zero").axis(**style.share_axis()),
        alt.Y("label:N", title=GROUP(lang), sort=None).axis(labelLimit=WIDE),
        alt.Color("down:N", title=VALUE(lang), scale=scale), opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("label:N", title=GROUP(lang)), alt.Tooltip("down:N", title=VALUE(lang)),
            alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("share:Q", title=SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.BREAKDOWN(lang), words.alt(result, words.BREAKDOWN, lang))


def shape(result: TiersResult) -> Hashable:
    """Nothing but its rows decides how a chart of the tiers is drawn."""
    return ()
