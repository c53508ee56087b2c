"""The time line of one customer: balance, money in and out, app events, month by month.

Months are written as text (`2024-06`): a day would be moved to the day before by a browser west of
Greenwich. The data of a chart holds monthly sums only, never an id.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import altair as alt
import polars as pl

from analytics.customer.card import CustomerCard
from analytics.style import ACCENT, CATEGORICAL, colours, framed, number_axis, unit, values
from analytics.text import Lang, Text, money

LEAST_MONTHS = 12
MOST_EVENTS = 6  # events drawn apart; the rest are drawn together
BALANCE = Text("Balance at month end", "月末余额")
FLOWS = Text("Money in and out by month", "每月收支")
EVENTS = Text("App events by month", "每月行为事件")
MONTH = Text("Month", "月份")
AMOUNT = Text("Amount", "金额")
TIMES = Text("Events", "事件数")
EVENT = Text("Event", "事件")
FLOW = Text("Direction", "方向")
MONEY_IN = Text("Money in", "收入")
MONEY_OUT = Text("Money out", "支出")
OTHER = Text("Other events", "其他事件")


class Drawing(NamedTuple):
    """One chart of the card with what a screen reader says about it."""

    key: str
    chart: alt.TopLevelMixin
    alt_text: str


def charts(card: CustomerCard, lang: Lang) -> list[Drawing]:
    """What there is to draw: a chart without any data is left out."""
    drawn = []
    if card.months["balance"].count():
        drawn.append(balance_line(card, lang))
    if card.months["movements"].sum():
        drawn.append(flow_bars(card, lang))
    if card.events.height:
        drawn.append(event_bars(card, lang))
    return drawn


def _month(card: CustomerCard, lang: Lang) -> alt.X:
    """Every month of the card on the axis, a year of them at least: one month makes no wall of a bar."""
    known = card.months["month"].sort()
    first, last = known[0], known[-1]
    shown = pl.date_range(
        min(first, _months_before(last, LEAST_MONTHS - 1)), last, "1mo", eager=True
    )
    return alt.X("month:O").title(MONTH(lang)).axis(labelOverlap="greedy", labelAngle=0).scale(
        domain=shown.dt.strftime("%Y-%m").to_list())  # fmt: skip


def _months_before(day: date, months: int) -> date:
    """The first day of the month so many months before.

    >>> _months_before(date(2024, 2, 1), 3)
    datetime.date(2023, 11, 1)
    """
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _written(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("month").dt.strftime("%Y-%m"))


def balance_line(card: CustomerCard, lang: Lang) -> Drawing:
    """Balance at each month's end; a month without a known balance is a gap in the line."""
    title = unit(BALANCE, card.currency, lang)
    chart = alt.Chart(values(_written(card.months.select("month", "balance")))).mark_line(
        point=True, color=ACCENT, invalid="break-paths-show-domains").encode(
        _month(card, lang), alt.Y("balance:Q").title(title).axis(**number_axis(lang)),
        [alt.Tooltip("month:O", title=MONTH(lang)),
         alt.Tooltip("balance:Q", title=title, format=",.2f")])  # fmt: skip
    known = card.months.drop_nulls("balance")
    said = Text("Line of the month-end balance, {n} months, last {last}.",
                "月末余额折线图，共{n}个月，最近为{last}。").fill(
        n=known.height, last=money(known["balance"][-1], lang))  # fmt: skip
    return Drawing("balance", framed(chart, BALANCE(lang), said(lang), height=220), said(lang))


def flow_bars(card: CustomerCard, lang: Lang) -> Drawing:
    """Money in above the line, money out below it."""
    title = unit(AMOUNT, card.currency, lang)
    names = {"money_in": MONEY_IN(lang), "money_out": MONEY_OUT(lang)}
    long = _written(card.months).unpivot(
        on=list(names), index="month", variable_name="flow", value_name="amount"
    ).with_columns(pl.col("flow").replace_strict(names))  # fmt: skip
    chart = alt.Chart(values(long)).mark_bar().encode(
        _month(card, lang), alt.Y("amount:Q").title(title).axis(**number_axis(lang)),
        alt.Color("flow:N").title(FLOW(lang)).scale(colours(list(names.values()))),
        [alt.Tooltip("month:O", title=MONTH(lang)), alt.Tooltip("flow:N", title=FLOW(lang)),
         alt.Tooltip("amount:Q", title=title, format=",.2f")])  # fmt: skip
    said = Text("Bars of money in and out, {n} months; in all {into} in, {out} out.",
                "每月收支柱状图，共{n}个月；收入合计{into}，支出合计{out}。").fill(
        n=card.months.height, into=money(card.months["money_in"].sum(), lang),
        out=money(card.months["money_out"].sum(), lang))  # fmt: skip
    return Drawing("flows", framed(chart, FLOWS(lang), said(lang), height=220), said(lang))


def event_bars(card: CustomerCard, lang: Lang) -> Drawing:
    """Events by month, the most frequent apart."""
    most = card.events.group_by("event").agg(pl.col("times").sum()).sort(
        "times", "event", descending=[True, False])["event"].head(MOST_EVENTS).to_list()  # fmt: skip
    named = pl.when(pl.col("event").is_in(most)).then("event").otherwise(pl.lit(OTHER(lang)))
    shown = _written(card.events).with_columns(event=named).group_by(
        "month", "event", maintain_order=True).agg(pl.col("times").sum())  # fmt: skip
    keys = [*most, OTHER(lang)] if card.events["event"].n_unique() > len(most) else most
    chart = alt.Chart(values(shown)).mark_bar().encode(
        _month(card, lang), alt.Y("times:Q").title(TIMES(lang)).axis(**number_axis(lang)),
        alt.Color("event:N").title(EVENT(lang)).scale(domain=keys, range=list(CATEGORICAL)),
        [alt.Tooltip("month:O", title=MONTH(lang)), alt.Tooltip("event:N", title=EVENT(lang)),
         alt.Tooltip("times:Q", title=TIMES(lang))])  # fmt: skip
    said = Text("Bars of app events by month, {n} in all.", "每月行为事件柱状图，共{n}次。").fill(
        n=int(card.events["times"].sum()))  # fmt: skip
    return Drawing("events", framed(chart, EVENTS(lang), said(lang), height=220), said(lang))
