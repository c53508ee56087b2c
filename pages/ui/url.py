"""The view in the address bar: load validated values before the widgets, publish after the page.

Why not `bind="query-params"`: it raises on page switches and writes translated labels. Why publish
only when the view changed: writing on every run would trap the Back button. So Back is undo.

A page reached through the navigation has a bare address until something changes. What a bare
address means there is what the view was on arrival, kept per page, so that Back to it restores it.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

View = dict[str, list[str]]  # parameter of the address -> its values, in order
_LAST, _PAGE, _BARE = "url.last", "url.page", "url.bare"


def requested() -> View:
    """What the address bar says now."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def arrived(page: str, current: View) -> View | None:
    """The view to apply before the widgets, or None if the address says nothing new.

    Args:
        page: path of the page in the address.
        current: the view of the session as it stands.
    """
    state: MutableMapping[str, Any] = st.session_state  # type: ignore[assignment]
    asked, last = requested(), state.get(_LAST)
    bare: dict[str, View] = state.setdefault(_BARE, {})
    switched = state.get(_PAGE) != page
    state[_PAGE] = page
    if asked == last and not switched:
        return None
    if not asked and (switched or last is None):
        bare[page] = current
        state[_LAST] = {}
        return None
    state[_LAST] = asked
    return asked or bare.get(page)


def publish(view: View) -> None:
    """Write the view to the address bar if it differs from what stands there or was meant there."""
    last: View = st.session_state.get(_LAST) or {}
    meant = last or st.session_state.get(_BARE, {}).get(st.session_state.get(_PAGE, ""), {})
    if view != meant:
        st.query_params.from_dict(view)
        st.session_state[_LAST] = view


def link(view: Mapping[str, list[str]]) -> str:
    """The full address that opens this view elsewhere."""
    parts = urlsplit(st.context.url or "")
    return urlunsplit(parts._replace(query=urlencode(view, doseq=True), fragment=""))
