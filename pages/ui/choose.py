"""One of several panels, of which only the open one is computed and sent.

Why not tabs: the framework lays its tabs out anew, twice, for every message that reaches the page;
they were a third of what a moved slider waited for. One widget that did not change costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from analytics.text import Text
from pages.ui.words import lang, say


def one_of(titles: Mapping[str, str], label: Text, key: str, default: str | None = None) -> str:
    """The key of the panel that is open.

    Args:
        titles: what stands on each, by key; from our own words only.
        label: what is chosen, for who cannot see it.
        key: of the widget; the language is added, since what is chosen travels as its title.
        default: open at first; else the first.
    """
    place = f"{key}.{lang()}"
    if st.session_state.get(place) not in titles:
        st.session_state.pop(place, None)
    return st.segmented_control(say(label), list(titles), default=default or next(iter(titles)),
                                format_func=titles.__getitem__, required=True, key=place,
                                label_visibility="collapsed")  # fmt: skip
