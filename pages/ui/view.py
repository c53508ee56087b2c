"""The view: everything that makes a page what it is, said as words for the address bar.

It is the share link, Back, and what a reload restores. Reading the address is the one place where
what comes from outside reaches the session, so every value is checked against what is known.
"""

from __future__ import annotations

from datetime import date

import streamlit as st

from analytics import registry
from analytics.dataset import Dataset, Population
from analytics.params import ParameterError
from analytics.text import Text, UserError
from pages.ui import forms, session, url
from pages.ui.session import AS_OF_KEY, DATA_KEY, LINK_GONE
from pages.ui.words import LANG_KEY, browser_lang

NOTICE_KEY = "notice"
PAGE_KEYS = session.PAGE_KEYS
LINK_CHANGED = Text("The dataset of this link has changed since; the figures may differ.",
                    "链接所指的数据集内容已变化，数值可能不同。")  # fmt: skip
LINK_UNREAD = Text("Part of this link could not be understood and was left at its default.",
                   "链接中的部分内容无法识别，已采用默认值。")  # fmt: skip


def view(page: str) -> url.View:
    """Everything that makes this page what it is, as words; defaults are left out."""
    found: url.View = {}
    if data := session.current():
        found["data"] = [st.session_state[DATA_KEY]]
        found["fp"] = [data.fingerprint]
        if session.as_of() != data.default_as_of:
            found["as_of"] = [session.as_of().isoformat()]
        if words := session.population().as_words():
            found["where"] = words
    if st.session_state.get(LANG_KEY, browser_lang()) != browser_lang():
        found["lang"] = [st.session_state[LANG_KEY]]
    for analysis in _analyses(page):
        params = forms.current_params(analysis.key, analysis.params)
        for word in params.as_words() if params else ():
            name, _, value = word.partition("=")
            found[forms.state_key(analysis.key, name)] = [value]
    if page in PAGE_KEYS and (extra := st.session_state.get(PAGE_KEYS[page])):
        found[page] = [extra]
    return found


def arrive(page: str) -> None:
    """Apply what the address bar asks for, before any widget; what it gets wrong is said."""
    asked = url.arrived(page, view(page))
    if asked is not None:
        apply(page, asked)


def apply(page: str, asked: url.View) -> None:
    """Put the session at a view."""
    chosen = asked.get("lang", [browser_lang()])[0]
    st.session_state[LANG_KEY] = "zh" if chosen == "zh" else "en"
    if "data" in asked:
        _apply_data(asked["data"][0], asked.get("fp", [""])[0])
    if data := session.current():
        _apply_scope(data, asked)
    for analysis in _analyses(page):
        prefix = f"{analysis.key}."
        words = {k.removeprefix(prefix): v[0] for k, v in asked.items() if k.startswith(prefix)}
        try:
            values = analysis.params.parse(words).as_dict()
        except ParameterError:
            _notice(LINK_UNREAD)
            values = {}
        forms.set_values(analysis.key, analysis.params, values)
    if page in PAGE_KEYS:
        st.session_state[PAGE_KEYS[page]] = asked.get(page, [""])[0]


def take_notice() -> Text | None:
    """What went wrong with the address, once."""
    return st.session_state.pop(NOTICE_KEY, None)


def _apply_data(chosen: str, fingerprint: str) -> None:
    if chosen not in {session.entry_id(one) for one in session.entries()}:
        _notice(LINK_GONE)
        return
    st.session_state[DATA_KEY] = chosen
    data = session.current()
    if data is not None and fingerprint not in ("", data.fingerprint):
        _notice(LINK_CHANGED)


def _apply_scope(data: Dataset, asked: url.View) -> None:
    try:
        day = asked.get("as_of", [data.default_as_of.isoformat()])[0]
        st.session_state[AS_OF_KEY] = date.fromisoformat(day)
        asked_for = Population.parse(asked.get("where", []))
    except (ValueError, UserError):
        _notice(LINK_UNREAD)
        return
    known = data.groups()
    kept = Population(tuple(one for one in asked_for.where if one.group in known))
    if kept != asked_for:
        _notice(LINK_UNREAD)
    session.set_population(kept)


def _analyses(page: str) -> list[registry.Analysis]:
    return [a for a in registry.all_analyses() if a.page.endswith(f"/{page}")]


def _notice(text: Text) -> None:
    st.session_state[NOTICE_KEY] = text
