"""The steps of a run as a table to edit: two of the same name are merged, ticked ones hidden."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from analytics.params import ParameterError
from analytics.run import Run
from analytics.sequences.alphabet import edited, parse_edits
from analytics.sequences.builder import alphabet_table
from analytics.text import Text
from pages.ui import forms
from pages.ui.labels import column_title
from pages.ui.words import lang, safe_label, say

TITLE = Text("Steps: merge, rename, hide", "步骤：合并、改名、隐藏")
HOW = Text("Give two steps the same name to merge them; tick a step to hide it.",
           "将多个步骤改成同一名称即合并；勾选即隐藏。")  # fmt: skip
CALLED, HIDE = Text("Called", "名称"), Text("Hide", "隐藏")
APPLY, UNDO = Text("Apply", "应用"), Text("Undo all", "全部撤销")
NOW = Text("{n} steps are renamed, merged or hidden.", "已有 {n} 个步骤改名、合并或隐藏。")
MOST = 200  # steps offered, those of most customers first


def editor(found: Run) -> None:
    """The table, with a button that puts the edits into the parameter `alphabet`."""
    key = forms.state_key(found.analysis.key, "alphabet")
    if getattr(found.params, "chain", "steps") != "steps":
        return
    line = str(st.session_state.get(key, ""))
    steps = alphabet_table(found.result.built).head(MOST).with_columns(
        called=pl.col("token"), hide=pl.lit(False))  # fmt: skip
    with st.expander(say(TITLE), type="compact"):
        st.caption(say(HOW))
        after = st.data_editor(steps, hide_index=True, key=f"{key}.editor.{hash(line)}", height=280,
                               column_config=_columns(), disabled=["token", "steps", "customers", "share"])  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                say(APPLY),
                key=f"{key}.apply",
                type="primary",
                on_click=_apply,
                args=(key, line, after),
            )
            st.button(
                say(UNDO), key=f"{key}.undo", disabled=not line, on_click=_put, args=(key, "")
            )
            if line:
                st.caption(say(NOW, n=len(parse_edits(line))), width="content")


def _columns() -> dict[str, Any]:
    title = lambda name: column_title(name, lang(), "sequences")  # noqa: E731
    return {
        "token": st.column_config.TextColumn(title("token")),
        "steps": st.column_config.NumberColumn(title("steps"), format="%,d"),
        "customers": st.column_config.NumberColumn(title("customers"), format="%,d"),
        "share": st.column_config.NumberColumn(title("share"), format="percent"),
        "called": st.column_config.TextColumn(say(CALLED), required=True, max_chars=60),
        "hide": st.column_config.CheckboxColumn(say(HIDE)),
    }


def _apply(key: str, line: str, after: pl.DataFrame) -> None:
    changes = {token: None if hide else called.strip() for token, called, hide in
               after.select("token", "called", "hide").iter_rows() if hide or called.strip() not in ("", token)}  # fmt: skip
    try:
        _put(key, edited(line, changes))
    except ParameterError as error:
        st.toast(safe_label(error.text(lang()), 300))


def _put(key: str, line: str) -> None:
    st.session_state[key] = line
