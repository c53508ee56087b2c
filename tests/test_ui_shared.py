"""A setting that several pages share moves on all of them; the page's own form rules on itself."""

from __future__ import annotations

import pytest
import streamlit as st

from analytics.registry import load
from pages.ui import shared


@pytest.fixture
def session(monkeypatch):
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def test_every_shared_parameter_exists_with_the_same_bounds():
    for names in shared.COMMON.values():
        knobs = [load(key).params.knobs()[name] for key, name in names.items()]
        assert len({(k.low, k.high, k.slider) for k in knobs}) == 1
        assert len({load(key).params.defaults()[name] for key, name in names.items()}) == 1


def test_a_move_is_brought_to_the_next_page_once(session):
    assert shared.brought("survival") == {}  # nothing was set anywhere
    shared.leave("lifecycle", {"dormant_days": 60, "lost_days": 200, "months": 12})
    assert shared.brought("churn") == {"dormant_days": 60, "silent_days": 200}
    shared.leave("churn", {"dormant_days": 75, "silent_days": 200})
    assert shared.brought("churn") == {}  # the page's own form rules now
    assert shared.brought("lifecycle") == {"dormant_days": 75, "lost_days": 200}
    assert shared.brought("rfm") == {}


def test_pages_without_the_setting_leave_nothing(session):
    shared.leave("rfm", {"cuts": "fixed"})
    assert session == {}
