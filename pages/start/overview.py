"""Start > Overview: the extract at a glance, what is worth a look, and every analysis in a line."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from analytics import overview
from analytics.dataset import Dataset
from analytics.overview import Finding, Glance, charts
from analytics.overview.words import SORTS, TITLE
from analytics.registry import load
from analytics.text import Text, count, money, share
from pages.ui import forms, frame, runs, session
from pages.ui.story import dated, lines, tour, view
from pages.ui.words import lang, safe_label, say

QUESTION = Text(
    "What is in this extract, and what is worth a look first?", "数据概况如何？哪些值得优先关注？"
)
CUSTOMERS, ACTIVE = Text("Customers", "客户数"), Text("Active in 90 days", "近 90 天活跃")
BALANCE, IN, OUT = (
    Text("Balance", "余额"),
    Text("Money in, month", "上月流入"),
    Text("Money out, month", "上月流出"),
)
TRANSACTIONS = Text("Transactions, month", "上月交易笔数")
LAST = Text("the last whole month, {month}", "最近完整月份：{month}")
WORTH = Text("Worth a look", "值得关注")
WORTH_HELP = Text("Only what beats the best of 99 copies of the bank in which chance is the only cause; those that concern most customers first.",
                  "仅列出优于 99 份随机打乱副本中最佳结果的发现，按涉及客户数排序。")  # fmt: skip
NONE = Text("Nothing stands out from chance.", "没有超出偶然的发现。")
SHOW = Text("Show", "查看")
LINES = Text("The analyses in a line each", "各项分析一览")
NO_MOVES = Text(
    "This extract holds no transactions; the months stay empty.",
    "该数据没有交易流水，无法按月展示。",
)


def glance(data: Dataset) -> Glance:
    """The extract month by month, from this session or computed now."""
    key = ("glance", data.fingerprint, session.as_of(), session.population(), session.revision())
    as_of, population = session.as_of(), session.population()
    with runs.failures_in_words():
        return runs.result(
            key, "glance", data, lambda watched: overview.glance(watched, as_of, population)
        )  # type: ignore[no-any-return]


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
    figures = {
        CUSTOMERS: count(found.customers, lang()),
        ACTIVE: f"{count(found.recent, lang())} · {of_all}",
    }
    if found.has_balances:
        figures[BALANCE] = short(found.months["balance"].drop_nulls()[-1])
    if last:
        figures |= {IN: short(last["money_in"]), OUT: short(last["money_out"]),
                    TRANSACTIONS: count(last["movements"], lang())}  # fmt: skip
    with st.grid(len(figures), min_column_width=150):
        for title, value in figures.items():
            st.metric(say(title), value, border=True, height="stretch")
    if last:
        month = last["month"]
        st.caption(
            say(
                LAST, month=f"{month:%Y-%m}" if lang() == "en" else f"{month.year}年{month.month}月"
            )
        )


def trends(found: Glance, data: Dataset) -> None:
    """Activity, flows and balance over the months, with dated events."""
    marks = dated.shown(data)
    drawn = [
        ("activity", charts.activity, charts.activity_alt),
        ("flows", charts.flows, charts.flows_alt),
    ]
    if found.has_balances:
        drawn.append(("balance", charts.balance, charts.balance_alt))
    with st.grid(len(drawn), min_column_width=380):
        for key, build, words in drawn:
            with st.container(border=True):
                view.plain(build(found, lang()), marks, f"overview.{key}", words(found, lang()))


def worth_a_look(data: Dataset) -> None:
    """The findings, each with its page."""
    st.subheader(say(WORTH), anchor=False, help=say(WORTH_HELP))
    as_of, population = session.as_of(), session.population()
    key = ("findings", data.fingerprint, as_of, population, session.revision())
    with runs.failures_in_words():
        found = runs.result(key, "findings", data,
                            lambda watched: overview.findings(watched, as_of, population))  # fmt: skip
    if not found:
        st.markdown(say(NONE))
    for number, one in enumerate(found):
        with st.container(horizontal=True, vertical_alignment="center", border=True, gap="small"):
            st.badge(
                SORTS[one.sort](lang()),
                color={"differs": "blue", "changed": "orange"}.get(one.sort, "red"),
            )
            st.markdown(safe_label(one.sentence(lang()), 400), width="stretch")
            title = load(one.analysis).title(lang())
            if st.button(
                f"{say(SHOW)}: {title}", key=f"overview.finding.{number}", type="tertiary"
            ):
                follow(one)


def follow(one: Finding) -> None:
    """Open the page that shows a finding, with its breakdown."""
    analysis = load(one.analysis)
    forms.set_values(analysis.key, analysis.params, dict(one.params))
    st.switch_page(session.page_file(analysis.page))


frame.title(TITLE, QUESTION)
frame.notice()
data = frame.require_dataset()
frame.scope_line()
tour.panel(data)
found = glance(data)
metrics(found)
if found.months.height:
    trends(found, data)
else:
    st.caption(say(NO_MOVES))
worth_a_look(data)
st.subheader(say(LINES), anchor=False)
lines.panel(data)
