"""Words that a person typed into a story, kept without any id."""

from __future__ import annotations

import streamlit as st

from analytics.story.byhand import REPLACED, without_ids
from pages.ui import session
from pages.ui.words import say


def clean(typed: str) -> str:
    """The words as they may be kept; where something was replaced the page says so."""
    data = session.current()
    kept = typed if data is None else without_ids(typed, data)
    if kept != typed:
        st.toast(say(REPLACED), icon=":material/block:")
    return kept
