"""Every core analysis in a line: its first sentence at the settings of this session, and its page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.dataset import Dataset
from analytics.readiness import readiness
from analytics.registry import Analysis, load
from analytics.run import Run, run_analysis
from analytics.text import Text, UserError
from analytics.tour import said
from pages.ui import forms, runs, session
from pages.ui.story import tour
from pages.ui.words import lang, safe_label, say

CORE = ("rfm", "segments", "lifecycle", "sequences", "rules", "anomalies")
ALL = Text("Compute them all", "全部计算")
ALL_HELP = Text("Segments and anomalies take longest.", "客户分群与异常检测耗时较长。")
NOT_YET = Text("Not computed yet.", "尚未计算。")
ALL_KEY, FAILED_KEY = "overview.all", "overview.failed"


def panel(data: Dataset) -> None:
    """What is known is shown; the rest is computed when asked for, one after the other."""
    ready = [load(key) for key in CORE if readiness(data, load(key)).state != "blocked"]
    known = {one.key: _known(one, data) for one in ready}
    asked = st.session_state.get(ALL_KEY) == _mark(data)
    if (
        not all(known.values())
        and not asked
        and st.button(
            say(ALL), help=say(ALL_HELP), icon=":material/play_arrow:", key="overview.lines"
        )
    ):
        st.session_state[ALL_KEY] = _mark(data)
        asked = True
    for one in ready:
        words = known[one.key] or (_computed(one, data) if asked else "")
        with st.container(horizontal=True, vertical_alignment="center", border=True, gap="small"):
            st.page_link(
                session.page_file(one.page),
                label=one.title(lang()),
                icon=":material/analytics:",
                width=210,
            )
            st.markdown(words or say(NOT_YET), width="stretch")
            _planted(one, data)


def _known(one: Analysis, data: Dataset) -> str:
    """The first sentence if this session has it, or why there is none."""
    key = _key(one, data)
    found: Run | None = st.session_state.get("runs.results", {}).get(key)
    if found is not None:
        return safe_label(found.headline[0](lang()), 500)
    failed: Text | None = st.session_state.get(FAILED_KEY, {}).get(key)
    return safe_label(failed(lang()), 500) if failed else ""


def _planted(one: Analysis, data: Dataset) -> None:
    """On the sample bank: how much of what was planted the analysis found."""
    found: Run | None = st.session_state.get("runs.results", {}).get(_key(one, data))
    known = tour.truth(data)
    if found is not None and known is not None and (sentence := said(found, known)):
        st.badge(sentence(lang()), icon=":material/verified:", color="green")


def _computed(one: Analysis, data: Dataset) -> str:
    key = _key(one, data)
    _, _, params, as_of, population, _ = key
    try:
        runs.result(
            key,
            one.key,
            data,
            lambda watched: run_analysis(one.key, watched, params, as_of, population),
        )
    except UserError as error:
        st.session_state.setdefault(FAILED_KEY, {})[key] = error.text
    return _known(one, data)


def _key(one: Analysis, data: Dataset) -> tuple[Any, ...]:
    """The key under which the page of the analysis keeps its result."""
    params = forms.current_params(one.key, one.params) or one.params()
    return (
        data.fingerprint,
        one.key,
        params,
        session.as_of(),
        session.population(),
        session.revision(),
    )


def _mark(data: Dataset) -> tuple[Any, ...]:
    return data.fingerprint, session.as_of(), session.population()
