"""The workbench of the anomalies page without a browser: verdicts, the card, the gate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from analytics import audiences
from analytics.anomalies import gate, verdicts
from analytics.state import FILE_NAME, State
from analytics.store import Store, store
from tests.app_server import ROOT
from tests.banks import build_bank

PAGE, DAY = "pages/risk/anomalies.py", date(2024, 5, 5)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("TIDEMARK_HOME", str(tmp_path / "home"))
    found = store()
    yield found
    found.close()


def kept(shelf: Store, folder: Path) -> tuple[str, State]:
    """A kept bank in which ann once paid twenty times the usual; its key and its state."""
    start = datetime(2024, 1, 1, 10)
    rows = [(who, start + timedelta(days=4 * i), -100.0 - i % 5, "transfer")
            for who in ("ann", "bob", "cat") for i in range(40)]  # fmt: skip
    rows.append(("ann", datetime(2024, 5, 5, 12), -2000.0, "transfer"))
    build_bank(folder, transactions=rows).close()
    entry = shelf.put_kept(folder, "Trial")
    return entry.key, State(entry.folder / FILE_NAME)


def visit(data: str, lang: str = "en", **state: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in {"lang": lang, "data": data, **state}.items():
        app.session_state[key] = value
    app.run()
    return app.switch_page(PAGE).run()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_workbench_opens_in_both_languages(shelf, tmp_path, lang):
    key, _ = kept(shelf, tmp_path / "bank")
    app = visit(key, lang)
    assert not app.exception
    assert not app.error


def test_a_verdict_outlives_the_session_and_is_counted(shelf, tmp_path):
    key, state = kept(shelf, tmp_path / "bank")
    verdicts.decide(state, "ann", DAY, "confirmed", "called the customer")
    app = visit(key, **{"anomalies.work.en": "verdicts"})
    assert not app.exception
    shown = [metric.value for metric in app.metric]
    assert "100.0%" in shown


def test_one_case_at_a_time_is_chosen(shelf, tmp_path):
    """With several rows chosen, the card would stay the first's and take the verdict on the second."""
    key, _ = kept(shelf, tmp_path / "bank")
    for work in ("review", "verdicts"):
        lists = visit(key, **{"anomalies.work.en": work}).dataframe
        modes = {one.proto.id.split("-")[-1]: list(one.proto.selection_mode) for one in lists}
        mine = [
            mode
            for name, mode in modes.items()
            if name in ("anomalies.list.best", "anomalies.sample")
        ]
        assert mine == [[lists[0].proto.SelectionMode.SINGLE_ROW]]


def test_an_audience_leaves_through_the_gate(shelf, tmp_path):
    key, state = kept(shelf, tmp_path / "bank")
    origin = audiences.Origin(analysis="anomalies", as_of=DAY)
    verdicts.decide(state, "ann", DAY, "confirmed")
    audiences.create(state, "everybody", origin, pl.Series(["ann", "bob", "cat"]))
    app = visit(key, **{"anomalies.work.en": "gate"})
    assert not app.exception
    counts = app.table[0].value
    assert "ann" not in counts.to_string()
    assert {"3", "-1", "2"} <= set(counts.to_numpy().ravel().tolist()) | set(map(str, counts.index))


def test_a_moved_limit_of_the_gate_is_there_in_the_next_session(shelf, tmp_path):
    key, state = kept(shelf, tmp_path / "bank")
    open_gate = {"anomalies.work.en": "gate"}
    app = visit(key, **open_gate)
    next(one for one in app.slider if one.key == "gate.least_score@en").set_value(20.0).run()
    assert not app.exception
    assert gate.settings(state).least_score == 20.0
    again = visit(key, **open_gate)
    assert next(one for one in again.slider if one.key == "gate.least_score@en").value == 20.0


def test_the_export_of_an_audience_tells_counts_and_no_names(shelf, tmp_path):
    key, state = kept(shelf, tmp_path / "bank")
    verdicts.decide(state, "bob", DAY, "confirmed")
    audiences.create(
        state, "vips", audiences.Origin(analysis="rfm", as_of=DAY), pl.Series(["bob", "cat"])
    )
    app = visit(key, **{"audience.export.vips": True})
    assert not app.exception
    assert any(toggle.key == "audience.vips.gate" for toggle in app.toggle)
    shown = app.table[0].value.to_string()
    assert "May be contacted" in shown
    assert "bob" not in shown
