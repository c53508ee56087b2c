"""What a page lets a person do with a result, without a browser: cancel, save settings."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analytics.store import Store
from pages.ui import analysis as kit
from pages.ui import runs
from tests.test_pages import keep, shelf, shown, visit

__all__ = ["shelf"]  # a fixture
RFM = "pages/customers/rfm.py"


@pytest.fixture
def rfm(shelf: Store, tmp_path: Path) -> AppTest:
    return visit(RFM, keep(shelf, tmp_path / "a", "Trial"))


def press(app: AppTest, key: str) -> AppTest:
    """Click the button with this key."""
    return next(b for b in app.button if b.key == key).click().run()


def test_a_long_run_can_be_cancelled_and_tried_again(
    rfm: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, real = threading.Event(), kit.run_analysis

    def slow(*args: Any) -> Any:
        go_on.wait(60)
        return real(*args)

    monkeypatch.setattr(kit, "run_analysis", slow)
    monkeypatch.setattr(runs, "PATIENCE_S", 0.1)
    rfm.session_state["rfm.scores"] = 4
    rfm.run()
    assert "Working" in shown(rfm)
    press(rfm, "runs.cancel.rfm")
    assert "Cancelled" in shown(rfm)
    go_on.set()
    monkeypatch.setattr(runs, "PATIENCE_S", 60)
    press(rfm, "runs.again.rfm")
    assert rfm.subheader
    assert not rfm.exception
    assert "Cancelled" not in shown(rfm)


def test_saved_settings_come_back(rfm: AppTest, shelf: Store) -> None:
    rfm.session_state["rfm.scores"] = 7
    rfm.run()
    next(t for t in rfm.text_input if "settings" in t.label).input("Seven")
    next(b for b in rfm.button if b.label == "Save").click().run()
    assert shelf.state(shelf.open_kept("Trial")).presets("rfm")["Seven"]["scores"] == 7
    rfm.session_state["rfm.scores"] = 3
    rfm.run()
    press(rfm, "rfm.use.Seven")
    assert rfm.session_state["rfm.scores"] == 7
    press(rfm, "rfm.forget.Seven")
    assert shelf.state(shelf.open_kept("Trial")).presets("rfm") == {}
