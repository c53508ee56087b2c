"""Start > Compare extracts: this month against the last, in every analysis, beyond chance."""

from __future__ import annotations

import polars as pl
import streamlit as st

from analytics import extracts
from analytics.about import DatasetInfo
from analytics.dataset import Dataset
from analytics.readiness import readiness
from analytics.registry import all_analyses, load
from analytics.text import Text, count
from pages.ui import frame, runs, session, tables
from pages.ui.labels import table_title
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
MOVED = Text("{n} of {all} shares moved by more than chance.", "{all}项占比中有{n}项变动超出偶然。")
HOW = Text("Each share is part of a whole in both extracts; intervals by Newcombe, Fisher's exact p adjusted by Holm over all rows. "
           "Customers in both extracts make the test err on the quiet side.",
           "占比均按各自数据中的总体计算；区间采用 Newcombe 法，Fisher 精确检验 p 值经 Holm 校正。同一批客户同时出现在两份数据中，检验偏于保守。")  # fmt: skip
THEN, NOW = Text("Then: {name}", "对比：{name}"), Text("Now: {name}", "当前：{name}")
ALL_ROWS = Text("Every share compared", "全部占比")
QUICK = ("rfm", "lifecycle", "retention", "rules", "funnel")
TITLES = {
    "analysis": Text("Analysis", "分析"), "table": Text("Table", "数据表"), "row": Text("Row", "行"),
    "part_before": Text("Then", "对比人数"), "part_now": Text("Now", "当前人数"),
    "share_before": Text("Share then", "对比占比"), "share_now": Text("Share now", "当前占比"),
    "difference": Text("Difference", "变动"), "low": Text("Low, 95 %", "下限 95%"), "high": Text("High, 95 %", "上限 95%"),
    "p_adjusted": Text("p, adjusted", "校正 p 值"),
}  # fmt: skip


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
        keys = st.multiselect(say(WHICH), ready, [key for key in ready if key in QUICK], key="compare.keys",
                              format_func=lambda key: load(key).title(lang()), placeholder=say(WHICH))  # fmt: skip
        asked = st.button(
            say(GO), type="primary", icon=":material/compare_arrows:", key="compare.go"
        )
    question = (other, tuple(keys), data.fingerprint)
    if asked:
        st.session_state["compare.asked"] = question
    return (others[other], keys) if st.session_state.get("compare.asked") == question else None


def opened(info: DatasetInfo) -> Dataset:
    """The other extract."""
    shelf = session.shelf()
    return shelf.open_kept(info.name) if info.kept else shelf.open_upload(session.owner(), info.key)


def show(found: extracts.Compared, then: str, now: str) -> None:
    """What moved, then every analysis in a line then and now."""
    st.subheader(
        say(MOVED, n=count(found.moved.height, lang()), all=count(found.moves.height, lang())),
        anchor=False,
    )
    st.caption(say(HOW))
    if found.moved.height:
        listing(found.moved, "compare.moved")
    for key, sentences in found.headlines.items():
        with st.container(border=True):
            st.markdown(f"**{load(key).title(lang())}**")
            for side, name, sentence in zip((THEN, NOW), (then, now), sentences, strict=True):
                st.caption(safe_label(say(side, name=name), 120))
                st.markdown(safe_label(sentence(lang()), 400))
    for key, why in found.refused.items():
        st.caption(f"{load(key).title(lang())}: {safe_label(why(lang()), 300)}")
    with st.expander(say(ALL_ROWS)):
        listing(found.moves, "compare.all")
        tables.download(found.moves, "compared", "compare.csv")


def named(key: str, row: str) -> str:
    """The keys of a row as people call them: `stage=active` is `Active`."""
    titles, words = load(key).titles, []
    for part in row.split(", "):
        column, _, value = part.rpartition("=")
        found = titles.get(column, {}).get(value)
        words.append(found(lang()) if found else value)
    return " · ".join(words)


def listing(rows: pl.DataFrame, key: str) -> None:
    """Shares as a table for people."""
    shown = rows.select(
        pl.col("analysis").replace_strict({k: load(k).title(lang()) for k in rows["analysis"].unique()}, return_dtype=pl.String),
        pl.col("table").map_elements(lambda name: table_title(name, lang()), return_dtype=pl.String),
        pl.Series("row", [named(key, row) for key, row in rows.select("analysis", "row").rows()], dtype=pl.String),
        *[name for name in TITLES if name not in ("analysis", "table", "row")])  # fmt: skip
    percent = st.column_config.NumberColumn
    config = {name: percent(title(lang()), format="percent") for name, title in TITLES.items()
              if name.startswith("share") or name in ("difference", "low", "high")}  # fmt: skip
    config |= {name: title(lang()) for name, title in TITLES.items() if name not in config}
    config["p_adjusted"] = percent(TITLES["p_adjusted"](lang()), format="%.2g")
    st.dataframe(
        shown, hide_index=True, key=key, column_config=config, placeholder="–", alt=say(TITLE)
    )


frame.title(TITLE, QUESTION)
frame.notice()
data = frame.require_dataset()
chosen = choose(data)
if chosen is not None:
    info, keys = chosen
    key = ("compare", info.fingerprint, data.fingerprint, tuple(keys), session.revision())
    with runs.failures_in_words():
        other = opened(info)
        found = runs.result(
            key, "compare", data, lambda watched: extracts.compare(other, watched, keys)
        )
    show(found, info.name, data.name)
