"""The card of one case: what happened, against which baseline, what would not flag, and the verdict."""

from __future__ import annotations

from datetime import date

import streamlit as st

from analytics.anomalies import card as cards
from analytics.anomalies import timeline, verdicts
from analytics.anomalies.card import FlagCard
from analytics.anomalies.params import KINDS
from analytics.run import Run
from analytics.text import Text, count, money, share
from analytics.text import day as written_day
from pages.ui import charts, runs, session, tables
from pages.ui.risk import verdict_form
from pages.ui.words import lang, safe_label, say

HAPPENED = Text("What happened", "发生了什么")
BASELINE = Text("Against which baseline", "与何种基准比较")
USUAL = Text("This customer's usual largest movement is {usual}; compared with {n} customers.",
             "该客户平常较大金额为 {usual}；与{n}位客户比较。")  # fmt: skip
NO_USUAL = Text(
    "This customer has too little history for a baseline of amounts.",
    "该客户历史过短，无金额基准。",
)
PEER = Text("The largest flagged movement is larger, against its customer's own usual, than {part} of the movements "
            "of the peer group.", "被提示的最大一笔相对本人平常金额，大于同类客群中 {part} 的交易。")  # fmt: skip
DRIVERS = Text("Main drivers", "主要因素")
NOT_FLAGGED = Text("What would not have been flagged", "何种情形不会提示")
NONE = Text("Rules of this kind promise no limit.", "此类规则不给出界限。")
SIMILAR = Text("Similar past cases", "过往相似案件")
SCORE = Text("Score {score}", "得分 {score}")
UNLISTED = Text("Not on the list", "未列入名单")
OPEN = Text("Open this customer", "查看该客户")
UNUSUAL = Text("Unusual means rare against a baseline; it says nothing about intent.",
               "异常仅指相对基准较为罕见，不代表任何意图判断。")  # fmt: skip


def show(found: Run, customer_id: str, day: date, place: str, flagged: bool = True) -> None:
    """The whole card, with the form of the verdict."""
    data = session.current()
    assert data is not None
    with runs.failures_in_words():
        one = cards.card(data, found.result, customer_id, day)
    with st.container(border=True):
        _head(one)
        halves = st.grid(2, min_column_width=360, gap="medium")
        with halves, st.container():
            _told(one)
        with halves, st.container():
            charts.plain(timeline.chart(one, found.result.currency, lang()), f"{place}.timeline",
                         timeline.words(one, lang()))  # fmt: skip
            st.caption(say(timeline.NOTE))
            verdict_form.form(customer_id, day, flagged, f"{place}.verdict")
        _similar(found, one, place)
        st.caption(f":material/info: {say(UNUSUAL)}")


def _head(one: FlagCard) -> None:
    pseudonym = session.gate().pseudonym(one.customer_id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(f"{pseudonym} · {written_day(one.day, lang())}", anchor=False, width="content")
        st.badge(
            say(UNLISTED) if one.score is None else say(SCORE, score=f"{one.score:.1f}"),
            color="blue",
        )
        for kind in one.kinds:
            st.badge(KINDS[kind](lang()), color="orange")
        session.show_customer(pseudonym)
        st.page_link(
            "pages/customers/customer.py", label=say(OPEN), icon=":material/person_search:"
        )


def _told(one: FlagCard) -> None:
    flags = list(one.flags.iter_rows(named=True))
    if flags:
        _list(HAPPENED, [row["reason" if lang() == "en" else "reason_zh"] for row in flags])
    known = one.usual == one.usual
    lines = [
        say(USUAL, usual=money(one.usual, lang()), n=count(one.peers, lang()))
        if known
        else say(NO_USUAL)
    ]
    part = max((row["peer_percentile"] for row in flags), default=0.0)
    if part >= 0.5:
        lines.append(say(PEER, part=share(min(part, 0.9999), 2)))
    _list(BASELINE, lines)
    _list(DRIVERS, [cards.driver_words(row, lang()) for row in one.drivers.iter_rows(named=True)])
    if flags:
        promised = [words for row in flags if (words := cards.counterfactual(row, lang()))]
        _list(NOT_FLAGGED, promised or [say(NONE)])


def _list(title: Text, lines: list[str]) -> None:
    if lines:
        st.markdown(
            "\n".join(
                [
                    f"**{say(title)}**",
                    *(f"- {safe_label(line, 400)}" for line in dict.fromkeys(lines)),
                ]
            )
        )


def _similar(found: Run, one: FlagCard, place: str) -> None:
    if one.similar.is_empty():
        return
    st.markdown(f"**{say(SIMILAR)}**")
    shown = verdicts.judged(one.similar, verdict_form.said()).select(
        "customer_id", "day", "score", "reason", "reason_zh", "verdict")  # fmt: skip
    shown = tables.named(tables.in_language(session.gate().frame(shown)), found.analysis.titles)
    st.dataframe(shown, hide_index=True, placeholder="–", key=f"{place}.similar", alt=say(SIMILAR),
                 column_config=tables.columns(shown))  # fmt: skip
