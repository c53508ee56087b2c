"""The datasets this visitor can open: the own uploads and the kept ones; open, keep, delete."""

from __future__ import annotations

import streamlit as st

from analytics.about import DatasetInfo
from analytics.text import Text, UserError, count
from pages.ui import frame, presets, session
from pages.ui.words import lang, safe_label, say

TITLE = Text("Datasets on this machine", "本机数据集")
ROWS = Text("{n} rows", "{n}行")
OPEN_NOW = Text("Open", "打开")
IS_OPEN = Text("Open now", "使用中")
DELETE = Text("Delete", "删除")
SURE = Text("The file, its audiences and its log are deleted now. This cannot be undone.",
            "数据文件、客群及日志将立即删除，且无法恢复。")  # fmt: skip
DELETE_NOW = Text("Delete now", "立即删除")
KEEP = Text("Keep", "保存")
TO = Text("to {day}", "截至 {day}")


def panel() -> None:
    """One line per dataset."""
    found = session.entries()
    if not found:
        return
    st.subheader(say(TITLE), anchor=False)
    opened = session.current_entry()
    with st.container(border=True, gap="xsmall"):
        for info in found:
            _line(
                info,
                is_open=opened is not None and session.entry_id(info) == session.entry_id(opened),
            )


def _line(info: DatasetInfo, *, is_open: bool) -> None:
    key = session.entry_id(info)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{safe_label(info.name, 60)}**", width="content")
        kept = say(frame.KEPT if info.kept else frame.UPLOAD)
        st.badge(kept, color="green" if info.kept else "blue")
        facts = [say(ROWS, n=count(sum(info.rows.values()), lang())),
                 say(TO, day=info.as_of.isoformat())]  # fmt: skip
        st.caption(" · ".join(facts), width="stretch")
        if is_open:
            st.caption(say(IS_OPEN), width="content")
        else:
            st.button(say(OPEN_NOW), key=f"shelf.open.{key}", type="tertiary",
                      on_click=session.open_entry, args=(info,))  # fmt: skip
        if is_open and not info.kept:
            with st.popover(say(KEEP), type="tertiary", key=f"shelf.keep.{key}"):
                presets.keep_form("shelf")
        with st.popover(say(DELETE), type="tertiary", key=f"shelf.ask.{key}"):
            st.markdown(say(SURE))
            st.button(say(DELETE_NOW), key=f"shelf.delete.{key}", type="primary",
                      on_click=_delete, args=(info,))  # fmt: skip


def _delete(info: DatasetInfo) -> None:
    try:
        session.delete(info)
    except UserError as error:
        st.toast(safe_label(error.text(lang()), 200))
