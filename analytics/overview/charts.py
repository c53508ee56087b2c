"""Two charts of the overview: who is active, and what the balance does. They only draw."""

from __future__ import annotations

import altair as alt
import polars as pl

from analytics import style
from analytics.overview.months import Glance
from analytics.text import Lang, Text, count, money

ACTIVITY = Text("Active customers by month", "各月活跃客户数")
BALANCE = Text("Balance at month end, and net flow", "月末余额与净流入")
FLOWS = Text("Money in and out by month", "各月资金流入与流出")
MONTH = Text("Month", "月份")
CUSTOMERS = Text("Active customers", "活跃客户数")
MOVEMENTS = Text("Transactions", "交易笔数")
AMOUNT, NET = Text("Amount", "金额"), Text("Net flow", "净流入")
ENDS = Text("Balance", "余额")
SIDES = {"money_in": Text("Money in", "流入"), "money_out": Text("Money out", "流出")}
PARTIAL = Text("The pale month is not complete.", "浅色月份数据不完整。")
ACTIVITY_ALT = Text("Bars per month: {first} active customers in the first month shown, {last} in the last.",
                    "按月条形图：首月活跃客户{first}位，末月{last}位。")  # fmt: skip
BALANCE_ALT = Text(
    "Line of the balance from {first} to {last}.", "余额折线：由 {first} 至 {last}。"
)
FLOWS_ALT = Text("Two lines per month; in the last month {money_in} came in and {money_out} went out.",
                 "按月两条折线；末月流入 {money_in}，流出 {money_out}。")  # fmt: skip
HEIGHT = 300  # with title and axes, on a page


def named(months: pl.DataFrame) -> pl.DataFrame:
    """Months as `2025-12`: an axis of names, which reads the same in every time zone."""
    return months.with_columns(pl.col("month").dt.strftime("%Y-%m"))


def by_side(months: pl.DataFrame) -> pl.DataFrame:
    """month, side, amount: what came in and what went out, a row each."""
    return months.select("month", *SIDES).unpivot(
        index="month", variable_name="side", value_name="amount"
    )


def _month_axis(lang: Lang) -> alt.X:
    return alt.X("month:O", title=MONTH(lang)).axis(labelAngle=0, labelOverlap=True)


def activity(found: Glance, lang: Lang) -> alt.Chart:
    """Customers with a transaction, per month; an incomplete month is pale."""
    note = "" if found.months["complete"].all() else PARTIAL(lang)
    rows = named(found.months).select("month", "active_customers", "movements", "complete")
    chart = alt.Chart(style.values(rows)).mark_bar(color=style.ACCENT).encode(
        _month_axis(lang),
        alt.Y("active_customers:Q", title=CUSTOMERS(lang)).axis(**style.number_axis(lang)),
        opacity=alt.condition("datum.complete", alt.value(1.0), alt.value(0.45)), tooltip=[
            alt.Tooltip("month:O", title=MONTH(lang)),
            alt.Tooltip("active_customers:Q", title=CUSTOMERS(lang), format=","),
            alt.Tooltip("movements:Q", title=MOVEMENTS(lang), format=",")])  # fmt: skip
    return style.framed(chart, ACTIVITY(lang), activity_alt(found, lang), note, HEIGHT)


def activity_alt(found: Glance, lang: Lang) -> str:
    """The first and the last bar in words."""
    n = found.months["active_customers"]
    ends = (n[0], n[-1]) if n.len() else (0, 0)
    return ACTIVITY_ALT.fill(first=count(ends[0], lang), last=count(ends[1], lang))(lang)


def flows(found: Glance, lang: Lang) -> alt.Chart:
    """What came in and what went out, per month."""
    sides = {side: title(lang) for side, title in SIDES.items()}
    rows = by_side(named(found.months)).with_columns(
        name=pl.col("side").replace_strict(sides, return_dtype=pl.String))  # fmt: skip
    chart = alt.Chart(style.values(rows)).mark_line(point=True).encode(
        _month_axis(lang),
        alt.Y("amount:Q", title=style.unit(AMOUNT, found.currency, lang)).axis(**style.number_axis(lang)),
        alt.Color("name:N", title=None).scale(domain=list(sides.values()), range=[style.ACCENT, style.CONTRAST])
        .legend(orient="top"), tooltip=[
            alt.Tooltip("month:O", title=MONTH(lang)), alt.Tooltip("name:N", title=AMOUNT(lang)),
            alt.Tooltip("amount:Q", title=style.unit(AMOUNT, found.currency, lang), format=",.2f")])  # fmt: skip
    return style.framed(chart, FLOWS(lang), flows_alt(found, lang), height=HEIGHT)


def flows_alt(found: Glance, lang: Lang) -> str:
    """The last month in words."""
    last = (
        found.months.row(-1, named=True) if found.months.height else {"money_in": 0, "money_out": 0}
    )
    return FLOWS_ALT.fill(
        money_in=money(last["money_in"], lang), money_out=money(last["money_out"], lang)
    )(lang)


def balance(found: Glance, lang: Lang) -> alt.Chart:
    """All known balances at each month's end."""
    rows = named(found.months).select("month", "balance", "net").drop_nulls("balance")
    chart = alt.Chart(style.values(rows)).mark_area(line={"color": style.ACCENT}, color=style.ACCENT,
                                                    opacity=0.25).encode(
        _month_axis(lang),
        alt.Y("balance:Q", title=style.unit(ENDS, found.currency, lang)).axis(**style.number_axis(lang)),
        tooltip=[alt.Tooltip("month:O", title=MONTH(lang)),
                 alt.Tooltip("balance:Q", title=style.unit(ENDS, found.currency, lang), format=",.2f"),
                 alt.Tooltip("net:Q", title=style.unit(NET, found.currency, lang), format=",.2f")])  # fmt: skip
    return style.framed(chart, BALANCE(lang), balance_alt(found, lang), height=HEIGHT)


def balance_alt(found: Glance, lang: Lang) -> str:
    """Where the line begins and ends."""
    known = found.months["balance"].drop_nulls()
    ends = (known[0], known[-1]) if known.len() else (None, None)
    return BALANCE_ALT.fill(first=money(ends[0], lang), last=money(ends[1], lang))(lang)
