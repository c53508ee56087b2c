"""The charts of the tiers. They draw; every number is in one of the tables."""

from __future__ import annotations

from collections.abc import Callable

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


def _named(frame: pl.DataFrame, column: str, titles: dict[str, Text], lang: Lang) -> pl.Series:
    return pl.Series([words.said(titles, key)(lang) for key in frame[column]], dtype=pl.String)


def heat(table: str, column: str, titles: dict[str, Text], axis: Text, title: Text
         ) -> Callable[[TiersResult, Lang], alt.Chart]:  # fmt: skip
    """The builder of value tiers against another grouping, coloured by customers."""

    def build(result: TiersResult, lang: Lang) -> alt.Chart:
        chosen = style.pick("value_tier", column)
        rows = result.tables[table]
        rows = rows.with_columns(across=_named(rows, column, titles, lang),
                                 down=_named(rows, "value_tier", words.TIER_TITLES, lang))  # fmt: skip
        orders = [[t(lang) for t in some.values()] for some in (titles, words.TIER_TITLES)]
        chart = alt.Chart(style.values(rows)).mark_rect(cornerRadius=3).encode(
            alt.X("across:N", title=axis(lang), sort=orders[0]).axis(labelAngle=0, labelLimit=WIDE),
            alt.Y("down:N", title=VALUE(lang), sort=orders[1]).axis(labelLimit=WIDE),
            alt.Color("customers:Q", title=CUSTOMERS(lang)).scale(range=list(style.SEQUENTIAL)),
            opacity=style.fade(chosen), tooltip=[
                alt.Tooltip("down:N", title=VALUE(lang)), alt.Tooltip("across:N", title=axis(lang)),
                alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=","),
                alt.Tooltip("share:Q", title=SHARE(lang), format=".1%")]).add_params(chosen)  # fmt: skip
        return style.framed(chart, title(lang), words.alt(result, title, lang))

    return build


def types(result: TiersResult, lang: Lang) -> alt.Chart:
    """Customers per type."""
    chosen = style.pick("customer_type")
    rows = result.tables["types"]
    rows = rows.with_columns(name=_named(rows, "customer_type", words.TYPE_TITLES, lang))
    chart = alt.Chart(style.values(rows)).mark_bar(color=style.ACCENT, cornerRadiusEnd=3).encode(
        alt.X("customers:Q", title=CUSTOMERS(lang)).axis(**style.number_axis(lang)),
        alt.Y("name:N", title=TYPE(lang), sort=None).axis(labelLimit=WIDE), opacity=style.fade(chosen),
        tooltip=[alt.Tooltip("name:N", title=TYPE(lang)),
                 alt.Tooltip("customers:Q", title=CUSTOMERS(lang), format=",")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.TYPES(lang), words.alt(result, words.TYPES, lang))


def breakdown(result: TiersResult, lang: Lang) -> alt.Chart:
    """The value tiers of the largest groups, each bar 100 % of the group."""
    chosen = style.pick("group", "value_tier")
    rows = result.tables["breakdown"]
    top = rows.group_by("group").agg(pl.col("customers").sum()).sort(
        "customers", "group", descending=[True, False], nulls_last=True)["group"].head(SHOWN)  # fmt: skip
    rows = rows.filter(pl.col("group").is_in(top.implode(), nulls_equal=True))
    rows = rows.with_columns(label=pl.col("group").fill_null(NONE(lang)),
                             down=_named(rows, "value_tier", words.TIER_TITLES, lang))  # fmt: skip
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
