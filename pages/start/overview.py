"""Start > Overview: the extract at a glance, what is worth a look, and every analysis in a line."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from analytics.dataset import Dataset
from analytics.overview import Glance
from analytics.overview.words import QUESTION, TITLE
from analytics.registry import load
from analytics.run import Run
from analytics.text import Text, count, money, share
from pages.ui import analysis, frame
from pages.ui.story import dated, findings, lines, pins, tour, view
from pages.ui.words import lang, say

CUSTOMERS = Text("Customers", "客户数")
ACTIVE = Text("Active: {share}", "活跃：{share}")
ACTIVE_HELP = Text("With a transaction in the last 90 days.", "近 90 天内有交易。")
BALANCE, IN, OUT = (
    Text("Balance", "余额"),
    Text("Money in, month", "上月流入"),
    Text("Money out, month", "上月流出"),
)
TRANSACTIONS = Text("Transactions, month", "上月交易笔数")
LAST = Text("the last whole month, {month}", "最近完整月份：{month}")
LINES = Text("The analyses in a line each", "各项分析一览")
NO_MOVES = Text(
    "This extract holds no transactions; the months stay empty.",
    "该数据没有交易流水，无法按月展示。",
)


def short(amount: Decimal) -> str:
    """An amount that fits a small card: `87.5m`, in Chinese `8,746.57万`."""
    value = float(amount)
    for size, unit in ((1e9, "bn"), (1e6, "m")):
        if lang() == "en" and abs(value) >= size:
            return f"{value / size:,.1f}{unit}"
    return money(amount, lang())


def metrics(found: Glance) -> None:
    """Six numbers; how they came about stands in the charts below."""
    whole = found.months.filter(found.months["complete"])
    last = whole.row(-1, named=True) if whole.height else {}
    of_all = share(found.recent / found.customers if found.customers else None)
    active = ACTIVE.fill(share=of_all)
    figures = {
        CUSTOMERS: count(found.customers, lang()),
        active: count(found.recent, lang()),
    }
    if found.has_balances:
        figures[BALANCE] = short(found.months["balance"].drop_nulls()[-1])
    if last:
        figures |= {IN: short(last["money_in"]), OUT: short(last["money_out"]),
                    TRANSACTIONS: count(last["movements"], lang())}  # fmt: skip
    with st.grid(len(figures), min_column_width=150):
        for title, value in figures.items():
            known = say(ACTIVE_HELP) if title == active else None
            st.metric(say(title), value, border=True, height="stretch", help=known)
    if last:
        month = last["month"]
        st.caption(
            say(
                LAST, month=f"{month:%Y-%m}" if lang() == "en" else f"{month.year}年{month.month}月"
            )
        )


def trends(found: Run, data: Dataset) -> None:
    """Activity, flows and balance over the months, with dated events; each can be pinned."""
    marks, specs, key = dated.shown(data), found.analysis.charts_of(found.result), ""
    with st.grid(len(specs), min_column_width=380):
        for spec in specs:
            with st.container(border=True):
                words = spec.alt_text(found.result, lang())
                key = view.plain(
                    spec.build(found.result, lang()), marks, f"overview.{spec.key}", words
                )
                pins.button(found, "chart", spec.key)
    view.key_of(key)  # the charts share their months


frame.title(TITLE, QUESTION)
frame.notice()
data = frame.require_dataset()
frame.scope_line()
tour.panel(data)
overview = load("overview")
found = analysis.run(overview, data, overview.params())
metrics(found.result)
if found.result.months.height:
    trends(found, data)
else:
    st.caption(say(NO_MOVES))
findings.panel(data)
st.subheader(say(LINES), anchor=False)
lines.panel(data)
