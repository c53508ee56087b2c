"""Start > Compare extracts: this month against the last, in every analysis, beyond chance."""

from __future__ import annotations

import streamlit as st

from analytics import extracts
from analytics.about import DatasetInfo
from analytics.dataset import Dataset
from analytics.readiness import readiness
from analytics.registry import all_analyses, load
from analytics.run import Run
from analytics.text import Text, count
from pages.ui import frame, runs, session, tables
from pages.ui.story import moves
from pages.ui.words import lang, safe_label, say

TITLE = Text("Compare extracts", "数据对比")
QUESTION = Text(
    "What moved since the other extract, and by more than chance?",
    "与另一份数据相比，哪些变动超出偶然？",
)
OTHER = Text("Compare with", "对比数据")
ONE_ONLY = Text("Only one dataset is here. Load or keep another extract, such as last month's, and compare.",
                "目前只有一个数据集。请再载入或保存一份数据（例如上月数据）后进行对比。")  # fmt: skip
WHICH = Text("Analyses", "分析")
GO = Text("Compare", "开始对比")
MOVED = Text(
    "{n} of {all} numbers moved by more than chance.", "{all}个数值中有{n}个变动超出偶然。"
)
HOW = Text("p is adjusted by Holm over all {all} numbers together. Shares of all customers: Newcombe's interval and Fisher's exact p of "
           "two samples, which errs on the quiet side because most customers are in both. The same customers: McNemar's exact p and the "
           "paired mean. Cut-offs and segments of the earlier extract are applied to this one.",
           "p 值对全部 {all} 个数值统一做 Holm 校正。全部客户的占比：Newcombe 区间与两样本 Fisher 精确检验，因多数客户同时出现在两份数据中而偏于保守；"
           "共有客户：McNemar 精确检验与配对均值。分界值与分群取自对比数据，并应用于当前数据。")  # fmt: skip
THEN, NOW = Text("Then: {name}", "对比：{name}"), Text("Now: {name}", "当前：{name}")
SHARES, FIGURES = Text("Shares", "占比"), Text("Means of the same customers", "共有客户的均值")
EVERY = Text("Every number compared", "全部对比数值")
QUICK = ("rfm", "segments", "lifecycle", "retention", "rules")


def choose(data: Dataset) -> tuple[DatasetInfo, list[str]] | None:
    """The other extract and the analyses; None until the button is pressed."""
    others = {session.entry_id(one): one for one in session.entries()
              if one is not session.current_entry() and one.fingerprint != data.fingerprint}  # fmt: skip
    if not others:
        st.info(say(ONE_ONLY))
        return None
    ready = [one.key for one in all_analyses() if readiness(data, one).state != "blocked"]
    row = {"horizontal": True, "vertical_alignment": "bottom"}
    with st.container(**row):
        other = st.selectbox(
            say(OTHER), list(others), format_func=lambda key: others[key].name, key="compare.other"
        )
        asked = st.button(
            say(GO), type="primary", icon=":material/compare_arrows:", key="compare.go"
        )
    keys = st.multiselect(say(WHICH), ready, [key for key in ready if key in QUICK], key="compare.keys",
                          format_func=lambda key: load(key).title(lang()), placeholder=say(WHICH))  # fmt: skip
    question = (other, tuple(keys), data.fingerprint)
    if asked:
        st.session_state["compare.asked"] = question
    return (others[other], keys) if st.session_state.get("compare.asked") == question else None


def opened(info: DatasetInfo) -> Dataset:
    """The other extract."""
    shelf = session.shelf()
    return shelf.open_kept(info.name) if info.kept else shelf.open_upload(session.owner(), info.key)


def known(data: Dataset) -> dict[tuple[str, str], Run]:
    """Results of this session at the extract's last day and default settings, which need not be computed again."""
    kept = st.session_state.get("runs.results", {}).values()
    return {(one.fingerprint, one.analysis.key): one for one in kept
            if isinstance(one, Run) and one.fingerprint == data.fingerprint and one.as_of == data.default_as_of
            and one.params == one.analysis.params() and not one.population.where}  # fmt: skip


def show(found: extracts.Compared, then: str, now: str) -> None:
    """What moved, then every analysis in a line then and now."""
    moved, tested = found.moved.height + found.moved_means.height, count(found.tested, lang())
    st.subheader(say(MOVED, n=count(moved, lang()), all=tested), anchor=False)
    st.caption(say(HOW, all=tested))
    for title, rows, listing in (
        (SHARES, found.moved, moves.shares),
        (FIGURES, found.moved_means, moves.means),
    ):
        if rows.height:
            st.markdown(f"**{say(title)}**")
            listing(rows, f"compare.moved.{title.en}")
    for key, sentences in found.headlines.items():
        with st.container(border=True):
            st.markdown(f"**{load(key).title(lang())}**")
            for side, name, sentence in zip((THEN, NOW), (then, now), sentences, strict=True):
                st.caption(safe_label(say(side, name=name), 120))
                st.markdown(safe_label(sentence(lang()), 1200))
            if key in found.not_frozen:
                st.caption(f":material/info: {safe_label(found.not_frozen[key](lang()), 300)}")
    for key, why in found.refused.items():
        st.caption(f"{load(key).title(lang())}: {safe_label(why(lang()), 300)}")
    with st.expander(say(EVERY)):
        moves.shares(found.moves, "compare.all")
        moves.means(found.means, "compare.means")
        tables.download(found.moves, "compared-shares", "compare.csv",
                        lambda k: extracts.withheld(found, k).moves)  # fmt: skip
        tables.download(found.means, "compared-means", "compare.means.csv",
                        lambda k: extracts.withheld(found, k).means)  # fmt: skip


frame.title(TITLE, QUESTION)
frame.notice()
data = frame.require_dataset()
chosen = choose(data)
if chosen is not None:
    info, keys = chosen
    key = ("compare", info.fingerprint, data.fingerprint, tuple(keys), session.revision())
    with runs.failures_in_words():
        other, at_hand = opened(info), known(data)
        found = runs.result(
            key,
            "compare",
            data,
            lambda watched: extracts.compare(other, watched, keys, known=at_hand),
        )
    show(found, info.name, data.name)
