"""Settings that several pages have in common: whoever moves one on a page moves it on all of them.

A bank has one idea of "dormant"; the stages, the survival curves and the early warning must not each
have their own. The value last set wins when the page changes; on the page itself its own form rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

COMMON: Mapping[str, Mapping[str, str]] = {
    "dormant_days": {"lifecycle": "dormant_days", "survival": "dormant_days", "churn": "dormant_days"},
    "lost_days": {"lifecycle": "lost_days", "survival": "lost_days", "churn": "silent_days"},
}  # fmt: skip
"""Setting -> the name of its parameter in every analysis that has it."""
LAST_PAGE = "shared.page"


def brought(analysis: str) -> dict[str, Any]:
    """Parameter -> value last set on another page; nothing while the page stays the same."""
    if st.session_state.get(LAST_PAGE) in (None, analysis):
        return {}
    return {
        names[analysis]: st.session_state[f"shared.{setting}"]
        for setting, names in COMMON.items()
        if analysis in names and f"shared.{setting}" in st.session_state
    }


def leave(analysis: str, values: Mapping[str, Any]) -> None:
    """Remember the page's values for the others that have the same settings."""
    own = {s: names[analysis] for s, names in COMMON.items() if analysis in names}
    for setting, name in own.items():
        st.session_state[f"shared.{setting}"] = values[name]
    if own:
        st.session_state[LAST_PAGE] = analysis
