"""The population filter: which customers every page is about."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.dataset import Dataset, Population, Where
from analytics.options import group_values
from analytics.text import Text
from pages.ui import session
from pages.ui.words import lang, safe_label, say

TITLE = Text("Customers", "客户范围")
EVERYBODY = Text("All customers", "全部客户")
CHOSEN = Text("Filtered: {n}", "已筛选：{n} 项")
ATTRIBUTE = Text("Attribute or audience", "属性或客群")
CHOOSE = Text("Choose…", "请选择…")
VALUES = Text("Values", "取值")
EXCLUDE = Text("Leave these out", "排除这些取值")
ADD = Text("Apply", "应用")
REMOVE_ALL = Text("Show all customers", "显示全部客户")
NOT = Text("not {value}", "非{value}")
EMPTY = Text("(empty)", "（空）")
MEMBER = Text("in the audience", "属于该客群")
NO_GROUPS = Text("This dataset has no customer attributes and no kept audiences to filter by.",
                 "此数据集没有可用于筛选的客户属性或已保存客群。")  # fmt: skip


def words(data: Dataset) -> list[str]:
    """The conditions in words, safe to show."""
    return [_in_words(one, data) for one in session.population().where]


def editor(data: Dataset) -> None:
    """A button in the sidebar that says what the filter is and opens it."""
    chosen = session.population().where
    label = say(CHOSEN, n=len(chosen)) if chosen else say(EVERYBODY)
    with st.popover(label, icon=":material/filter_list:", width="stretch"):
        st.markdown(f"**{say(TITLE)}**")
        for number, one in enumerate(chosen):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_in_words(one, data), width="stretch")
                st.button("", icon=":material/close:", key=f"where.drop.{number}", type="tertiary",
                          help=say(REMOVE_ALL), on_click=_drop, args=(number,))  # fmt: skip
        _adder(data)
        if chosen:
            st.button(say(REMOVE_ALL), type="tertiary", on_click=session.set_population,
                      args=(Population(),))  # fmt: skip


def _adder(data: Dataset) -> None:
    groups = data.groups()
    if not groups:
        st.caption(say(NO_GROUPS))
        return
    titles = {k: group.title(lang()) for k, group in groups.items()}
    key = st.selectbox(say(ATTRIBUTE), list(groups), index=None, key="where.group",
                       format_func=titles.__getitem__,
                       placeholder=say(CHOOSE))  # fmt: skip
    if key is None:
        return
    options = group_values(data, key, session.as_of())
    if key.startswith("audience:"):
        options = [one for one in options if one == "true"]
    st.multiselect(say(VALUES), options, key="where.values", format_func=_value(key),
                   placeholder=say(CHOOSE))  # fmt: skip
    st.toggle(say(EXCLUDE), key="where.exclude")
    st.button(
        say(ADD), type="primary", on_click=_add, disabled=not st.session_state["where.values"]
    )


def _add() -> None:
    state: Any = st.session_state
    one = Where(state["where.group"], tuple(state["where.values"]), bool(state["where.exclude"]))
    before = tuple(w for w in session.population().where if (w.group, w.exclude) != (one.group, one.exclude))  # fmt: skip
    session.set_population(Population((*before, one)))
    state["where.group"] = None


def _drop(number: int) -> None:
    where = session.population().where
    session.set_population(Population(where[:number] + where[number + 1 :]))


def _value(group: str):  # type: ignore[no-untyped-def]
    member, empty = say(MEMBER), say(EMPTY)

    def shown(value: str) -> str:
        return member if group.startswith("audience:") else value or empty

    return shown


def _in_words(one: Where, data: Dataset) -> str:
    groups = data.groups()
    name = safe_label(groups[one.group].title(lang()) if one.group in groups else one.group, 40)
    if one.group.startswith("audience:"):
        return say(NOT, value=name) if one.exclude else name
    values = safe_label(", ".join(v or say(EMPTY) for v in one.values), 60)
    return f"{name}: {say(NOT, value=values) if one.exclude else values}"
