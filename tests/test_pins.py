"""The menu of pins: what is chosen is pinned by the menu's own callback, whatever page comes next."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from pages.ui.story import pins


class Slot:
    """Stands for the place of the menu; remembers how the menu was made."""

    def menu_button(self, label: str, options: list[str], **how: Any) -> None:
        """The browser reports a choice by the key, and the framework then calls `on_click`."""
        self.options, self.how = options, how


@pytest.mark.parametrize(("chosen", "pinned"), [
    ("headline/", [("headline", "")]), ("chart/grid", [("chart", "grid")]), (None, []),
])  # fmt: skip
def test_a_choice_is_pinned_before_any_page_runs(runs, monkeypatch, chosen, pinned):
    run, slot, found = runs("rfm"), Slot(), []
    monkeypatch.setattr(st, "session_state", {"lang": "en"})
    monkeypatch.setattr(pins, "lang", lambda: "en")
    monkeypatch.setattr(pins, "say", lambda text, **values: text.en)
    monkeypatch.setattr(pins, "add", lambda of, kind, item: found.append((kind, item)))
    pins.menu(run, slot)
    assert {"headline/", "chart/grid"} <= set(slot.options)
    st.session_state[slot.how["key"]] = chosen
    slot.how["on_click"](*slot.how["args"])
    assert found == pinned
