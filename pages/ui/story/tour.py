"""The first-run tour: what to look at on the sample bank, in which order, and what is planted there."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics import tour
from analytics.dataset import Dataset
from analytics.registry import load
from analytics.text import Text
from pages.ui import session
from pages.ui.words import lang, say

TITLE = Text("First steps on the sample bank", "示例银行入门")
ABOUT = Text("This bank is invented, so its truth is known: segments, stages, sequences, product rules, campaign effects and unusual "
             "payments are planted in it. **Compute them all**, at the foot of this page, says how much of it each analysis finds.",
             "该银行为虚构，真相已知：分群、阶段、行为序列、产品规则、营销效果与异常交易均为预埋。点击页面下方的**全部计算**，可查看每项分析找到了多少。")  # fmt: skip
STEPS = (
    ("rfm", Text("Click a cell of the grid: the customers behind it become an audience.", "点击矩阵中的格子，其背后的客户即可存为客群。")),
    ("lifecycle", Text("Move the dormancy threshold and watch false alarms.", "调整沉睡阈值，观察误判比例。")),
    ("sequences", Text("See what customers do before they leave.", "查看客户流失前的行为。")),
    ("rules", Text("See which products go together, and who lacks one.", "查看哪些产品常被一起持有，以及谁还缺少。")),
    ("anomalies", Text("Judge a case: why it was flagged, and what would clear it.", "研判一个案件：为何被标记，何种情况可解除。")),
)  # fmt: skip
LAST = Text(
    "Pin what matters with **Pin** on any page, then open the story.",
    "在任意页面用**固定**保留要点，然后打开汇报。",
)
DONE = Text("Hide the tour", "隐藏入门")
HIDDEN = "tour.hidden"


def truth(data: Dataset) -> dict[str, Any] | None:
    """What was planted in the open dataset, asked once."""
    return session.remember(("truth",), lambda: tour.truth_of(data))


def panel(data: Dataset) -> None:
    """The steps, on the sample bank only and until hidden."""
    if truth(data) is None or st.session_state.get(HIDDEN):
        return
    with st.expander(say(TITLE), icon=":material/explore:", expanded=True):
        st.markdown(say(ABOUT))
        for key, words in STEPS:
            analysis = load(key)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.page_link(session.page_file(analysis.page), label=analysis.title(lang()),
                             icon=":material/arrow_forward:", width=190)  # fmt: skip
                st.markdown(say(words), width="stretch")
        st.markdown(say(LAST))
        st.button(say(DONE), type="tertiary", key="tour.hide", on_click=_hide)


def _hide() -> None:
    st.session_state[HIDDEN] = True
