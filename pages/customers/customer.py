"""Customers > One customer: who it is, what moved, where every analysis puts it; on demand, by id."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from analytics import audit, registry
from analytics.customer import RECENT_DAYS, CustomerCard, card, charts, find, standing
from analytics.dataset import EVERYBODY, Dataset
from analytics.readiness import readiness
from analytics.text import Text, UserError, count, day, money
from pages.ui import analysis as kit
from pages.ui import forms, frame, presets, runs, session, tables
from pages.ui.charts import plain
from pages.ui.labels import column_title
from pages.ui.words import lang, safe_label, say

TITLE = Text("One customer", "单一客户")
QUESTION = Text("What do we know of this one customer?", "我们对这位客户了解多少？")
WHO = Text("Customer id or pseudonym", "客户号或假名编号")
WHO_HELP = Text("Type the id as in the extract. The page shows the pseudonym only.",
                "按数据中的客户号填写；页面仅显示假名编号。")  # fmt: skip
EMPTY = Text("Type an id, or select a customer in the table of an analysis.",
             "请输入客户号，或在分析的数据表中选择一位客户。")  # fmt: skip
UNLISTED = Text("Not in the customers extract; known from other tables only.",
                "客户信息表中没有该客户，仅见于其他数据表。")  # fmt: skip
SHOW = Text("Show", "查看")
PROFILE, ACCOUNTS = Text("Profile", "客户信息"), Text("Accounts", "账户")
STANDING = Text("Where each analysis puts this customer", "各项分析中的位置")
RECENT = Text("Last {n} days by kind", "近{n}天按交易类型")
CONTACTS = Text("Campaigns", "营销触达")
BALANCE = Text("Balance", "余额")
NET = Text("Net, {n} days", "近{n}天净额")
LAST = Text("Last movement, {n} days", "近{n}天最近交易日")
MOVES = Text("Movements, {n} days", "近{n}天交易笔数")
NOTHING = Text("Nothing up to this day.", "截至该日没有记录。")
NOT_COVERED = Text("Not in this analysis on this day.", "该日此分析未涵盖该客户。")


def ask() -> str | None:
    """The real id that the input or the address means; the session keeps its pseudonym only."""
    shown = session.PAGE_KEYS["customer"]
    row = {"horizontal": True, "vertical_alignment": "bottom"}
    with st.form("customer.ask", border=False), st.container(**row):
        typed = st.text_input(say(WHO), help=say(WHO_HELP), width=360, key="customer.typed",
                              autocomplete="off")  # fmt: skip
        sent = st.form_submit_button(say(SHOW), type="primary")
    if sent and typed.strip():
        st.session_state[shown] = session.gate().pseudonym(identify(typed))
        audit.record(session.state(), session.who(), "show_customer", "customer", 1)
    pseudonym = st.session_state.get(shown)
    return identify(pseudonym) if pseudonym else None


def identify(typed: str) -> str:
    """The id that was typed or that a pseudonym stands for; stops the page with the reason."""
    try:
        return session.gate().resolve(typed)
    except UserError:
        pass
    try:
        return find(data, typed)
    except UserError as error:
        st.warning(safe_label(error.text(lang()), 300), icon=":material/person_off:")
        st.stop()


def metrics(one: CustomerCard) -> None:
    """Balance now, and what moved in the last quarter."""
    recent, known = one.recent_kinds, one.months.drop_nulls("balance")
    last = recent["last_day"].max()
    figures = {
        say(BALANCE): money(known["balance"][-1], lang()) if known.height else "–",
        say(MOVES, n=RECENT_DAYS): count(int(recent["movements"].sum()), lang()),
        say(NET, n=RECENT_DAYS): money(recent["total"].sum(), lang()) if recent.height else "–",
        say(LAST, n=RECENT_DAYS): day(last, lang()) if isinstance(last, date) else "–",
    }
    with st.grid(4, min_column_width=170):
        for title, value in figures.items():
            st.metric(title, value, border=True, height="stretch")


def profile(one: CustomerCard) -> None:
    """The facts of the profile as label and value."""
    facts = {safe_label(f.title(lang())): safe_label(_value(f.value)) for f in one.profile}
    if not one.listed:
        st.caption(say(UNLISTED))
    if facts:
        st.table(facts, border="horizontal")


def listing(title: str, frame_: pl.DataFrame, key: str) -> None:
    """A small table under its title; ids through the gate."""
    st.markdown(f"**{title}**")
    if frame_.is_empty():
        st.caption(say(NOTHING))
        return
    shown = session.gate().frame(frame_)
    st.dataframe(shown, hide_index=True, placeholder="–", key=f"customer.{key}", alt=title,
                 column_config=tables.columns(shown))  # fmt: skip


def standings(one: CustomerCard) -> None:
    """The customer's own rows of every analysis that can run, at the parameters of the session."""
    for analysis in registry.all_analyses():
        if readiness(data, analysis).state == "blocked":
            continue
        params = forms.current_params(analysis.key, analysis.params)
        if params is None:
            continue
        result = kit.run(analysis, data, params, EVERYBODY).result
        st.markdown(f"**{analysis.title(lang())}**")
        found = standing(analysis, result, one.customer_id)
        if not found:
            st.caption(say(NOT_COVERED))
        for rows in found.values():
            with st.grid("auto", min_column_width=130, gap="xsmall"):
                for name, value in rows[0].items():
                    title = analysis.titles.get(name, {}).get(str(value), value)
                    st.metric(column_title(name, lang()), _value(title))


def _value(value: Any) -> str:
    if isinstance(value, Text):
        return value(lang())
    if isinstance(value, date):
        return day(value, lang())
    if isinstance(value, Decimal | float):
        return money(value, lang())
    return "–" if value is None else str(value)


frame.title(TITLE, QUESTION)
frame.notice()
data: Dataset = frame.require_dataset()
customer_id = ask()
if customer_id is None:
    st.caption(f":material/person_search: {say(EMPTY)}")
    st.stop()
with runs.failures_in_words():
    found = card(data, customer_id, session.as_of())
head, side = st.columns([3, 2])
head.subheader(session.gate().pseudonym(customer_id), anchor=False)
with side, st.container(horizontal=True, horizontal_alignment="right"):
    presets.share("customer")
metrics(found)
left, right = st.columns([2, 3], gap="medium")
with left:
    st.markdown(f"**{say(PROFILE)}**")
    profile(found)
with right:
    listing(say(ACCOUNTS), found.accounts, "accounts")
    listing(say(RECENT, n=RECENT_DAYS), found.recent_kinds, "kinds")
for drawing in charts(found, lang()):
    with st.container(border=True):
        plain(drawing.chart, f"customer.{drawing.key}", drawing.alt_text)
if found.contacts.height:
    listing(say(CONTACTS), found.contacts, "contacts")
st.subheader(say(STANDING), anchor=False)
standings(found)
