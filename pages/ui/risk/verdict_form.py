"""The form that gives a verdict on one case, and all verdicts beside the open dataset."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from analytics.anomalies import verdicts
from analytics.anomalies.verdicts import LONGEST_REASON, VERDICTS
from analytics.text import Text
from pages.ui import session
from pages.ui.words import safe_label, say

WHY = Text("Reason", "理由")
WHY_HINT = Text("For example: called the customer, house purchase", "例如：已致电客户，系购房款")
SO_FAR = Text("Verdict so far: {verdict}. {reason}", "已有结论：{verdict}。{reason}")
ICONS = {
    "confirmed": ":material/check:",
    "dismissed": ":material/close:",
    "unsure": ":material/question_mark:",
}


def form(customer_id: str, day: date, flagged: bool, place: str) -> None:
    """Confirmed, dismissed or unsure, with a reason; kept beside the dataset."""
    known = said().filter((pl.col("customer_id") == customer_id) & (pl.col("day") == day))
    if known.height:
        row = known.row(0, named=True)
        st.caption(
            say(
                SO_FAR,
                verdict=VERDICTS[row["verdict"]],
                reason=safe_label(row["reason"], LONGEST_REASON),
            )
        )
    reason = f"{place}.reason"
    with st.form(place, border=False, clear_on_submit=True):
        st.text_input(say(WHY), placeholder=say(WHY_HINT), max_chars=LONGEST_REASON, key=reason)
        with st.container(horizontal=True):
            for verdict, title in VERDICTS.items():
                st.form_submit_button(say(title), key=f"{place}.{verdict}", icon=ICONS[verdict], on_click=_decide,
                                      args=(customer_id, day, verdict, reason, flagged))  # fmt: skip


def _decide(customer_id: str, day: date, verdict: str, reason: str, flagged: bool) -> None:
    words = str(st.session_state.get(reason) or "")
    verdicts.decide(session.state(), customer_id, day, verdict, words, flagged)
    session.begin()


def said() -> pl.DataFrame:
    """Every verdict beside the open dataset."""
    return session.remember(("verdicts",), lambda: verdicts.kept(session.state()))
