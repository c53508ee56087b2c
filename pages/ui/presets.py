"""What a view can become: a share link, a pin, a saved parameter set."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.params import ParameterError, Params
from analytics.registry import Analysis
from analytics.run import Run
from analytics.text import Text, UserError
from pages.ui import forms, session, url, view
from pages.ui.story import pins
from pages.ui.words import lang, safe_label, say

SHARE = Text("Share", "分享")
SHARE_HELP = Text("Opens exactly this view for everyone who reaches this server.",
                  "访问此服务器的用户可通过链接打开完全相同的视图。")  # fmt: skip
SHARE_UPLOAD = Text("Only this browser can open an upload. Keep the dataset, and the link works.",
                    "临时上传仅当前浏览器可见。保存数据集后，链接即可使用。")  # fmt: skip
KEEP_NAME = Text("Name of the kept dataset", "保存为")
KEEP = Text("Keep dataset", "保存数据集")
KEEP_HELP = Text("A kept dataset is visible to everyone who reaches this server, until it is deleted.",
                 "保存后，访问此服务器的用户均可查看，直至删除。")  # fmt: skip
SETS = Text("Saved settings", "已存设置")
SET_NAME = Text("Name of these settings", "当前设置的名称")
SAVE = Text("Save", "保存")
USE = Text("Use", "应用")
DELETE = Text("Delete", "删除")
NO_SETS = Text("No settings saved yet.", "尚无已存设置。")
OUTDATED = Text("These settings no longer fit and were not applied.", "该设置已不适用，未应用。")


def actions(analysis: Analysis, params: Params, page: str) -> Any:
    """The buttons beside a page's title; returns the slot the pin button goes to."""
    with st.container(horizontal=True, width="content", gap="small"):
        _sets(analysis, params)
        share(page)
        return st.container(width="content")


def pin_button(run: Run, slot: Any) -> None:
    """The menu that pins what the page shows; drawn once the headline is known."""
    pins.menu(run, slot)


def share(page: str) -> None:
    """The full link of this view; for an upload, the way to a link."""
    entry = session.current_entry()
    if entry is None:
        return
    with st.popover(say(SHARE), icon=":material/link:", type="tertiary", key="share"):
        if entry.kept:
            st.caption(say(SHARE_HELP))
            st.code(url.link(view.view(page)), language=None, wrap_lines=True)
        else:
            st.caption(say(SHARE_UPLOAD))
            keep_form("share")


def keep_form(place: str) -> None:
    """Make the open upload a kept dataset: a deliberate act, with a name."""
    entry = session.current_entry()
    if entry is None or entry.kept:
        return
    with st.form(f"{place}.keep", border=False):
        name = st.text_input(say(KEEP_NAME), value=entry.name, max_chars=120, help=say(KEEP_HELP))
        sent = st.form_submit_button(say(KEEP), icon=":material/inventory_2:")
    if sent:
        try:
            session.keep(entry, name)
        except UserError as error:
            st.error(safe_label(error.text(lang()), 300))
            return
        st.rerun()


def _sets(analysis: Analysis, params: Params) -> None:
    with st.popover(say(SETS), icon=":material/tune:", type="tertiary", key=f"{analysis.key}.sets"):
        found = session.state().presets(analysis.key)
        if not found:
            st.caption(say(NO_SETS))
        for name, values in found.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(safe_label(name), width="stretch")
                st.button(say(USE), key=f"{analysis.key}.use.{name}", type="tertiary",
                          on_click=_use, args=(analysis, values))  # fmt: skip
                st.button(say(DELETE), key=f"{analysis.key}.forget.{name}", type="tertiary",
                          on_click=session.state().delete_preset, args=(analysis.key, name))  # fmt: skip
        with st.form(f"{analysis.key}.save", border=False, clear_on_submit=True):
            name = st.text_input(say(SET_NAME), max_chars=80)
            sent = st.form_submit_button(say(SAVE))
        if sent:
            _save(analysis, name, params)


def _save(analysis: Analysis, name: str, params: Params) -> None:
    try:
        session.state().save_preset(analysis.key, name, params.as_dict())
    except UserError as error:
        st.error(safe_label(error.text(lang()), 300))
        return
    st.rerun()


def _use(analysis: Analysis, values: dict[str, Any]) -> None:
    try:
        params = analysis.params.from_dict(values)
    except (ParameterError, TypeError):
        st.toast(say(OUTDATED))
        return
    forms.set_values(analysis.key, analysis.params, params.as_dict())
