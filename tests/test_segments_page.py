"""The page of segments: a name given in place is everywhere, and pinned settings are compared with."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from analytics.registry import load
from analytics.run import run_analysis
from analytics.segments import SegmentsParams
from analytics.segments.charted import NUMBERED, colours
from analytics.store import Store
from analytics.style import CATEGORICAL
from pages.ui import ahead
from pages.ui import analysis as kit
from tests.banks import build_bank
from tests.contract_bank import tables
from tests.test_chart_rows import same_but_rows
from tests.test_page_actions import press
from tests.test_pages import shelf, shown, visit

__all__ = ["shelf"]  # a fixture
PAGE = "pages/customers/segments.py"
QUICK = {"k": 3, "k_max": 3, "resamples": 2}


@pytest.fixture
def segments(shelf: Store, tmp_path: Path) -> AppTest:
    build_bank(tmp_path / "a", **tables()).close()
    key = shelf.put_kept(tmp_path / "a", "Trial").key
    return visit(PAGE, key, **in_session(SegmentsParams(**QUICK)))


def in_session(params: SegmentsParams) -> dict[str, Any]:
    """The parameters as a form that was filled in has them."""
    found: dict[str, Any] = {}
    for name, knob in params.knobs().items():
        key, value = f"segments.{name}", getattr(params, name)
        if knob.optional and knob.slider:
            found[f"{key}.off"] = value is None
            value = knob.slider[0] if value is None else value
        found[key] = list(value or ()) if knob.kind == "choices" else value
    return found


def test_a_name_given_in_place_is_in_sentences_tables_and_the_command(segments: AppTest) -> None:
    assert not any(t.label.startswith("Segment 1 ") for t in segments.text_input), "made on demand"
    segments.session_state["segments.names.open"] = True
    segments.run()
    box = next(t for t in segments.text_input if t.label.startswith("Segment 1 "))
    proposed = box.value
    box.input("Our best; so far")
    press(segments, "segments.names.apply")
    assert segments.session_state["segments.names"] == "s1: Our best, so far"
    assert "Our best, so far" in shown(segments)
    assert proposed not in [t.value for t in segments.text_input]
    assert any("Our best, so far" in frame.value.to_csv() for frame in segments.dataframe)
    press(segments, "segments.names.undo")
    assert segments.session_state["segments.names"] == ""
    assert proposed in [t.value for t in segments.text_input]


def test_pinned_settings_are_compared_with_what_is_moved_later(segments: AppTest) -> None:
    press(segments, "segments.against.pin")
    assert "B is pinned" in shown(segments)
    assert "adjusted Rand index 1.00" in shown(segments)
    segments.session_state["segments.k"] = 2
    segments.run()
    assert "Number of segments 2" in shown(segments)
    assert "with the other settings there are 3 segments" in shown(segments)
    press(segments, "segments.against.unpin")
    assert "other settings" not in "\n".join(str(one.value) for one in segments.subheader)
    assert "Against B" not in shown(segments)


def test_pinned_settings_are_the_same_segmentation_without_a_page(bank) -> None:
    """What the button writes is what `--set against=` takes."""
    first = SegmentsParams(**QUICK, transform="log")
    data = bank(**tables())
    found = run_analysis("segments", data, SegmentsParams(**{**QUICK, "k": 2}, against=first.pinned()), date(2024, 6, 30))  # fmt: skip
    alone = run_analysis("segments", data, first, date(2024, 6, 30))
    compared = found.tables["comparison"].group_by("other_segment").agg(pl.col("customers").sum())
    sizes = alone.tables["segments"].select(other_segment="segment", customers="customers")
    assert found.result.other.k == alone.result.k
    assert compared.sort("other_segment").equals(sizes.sort("other_segment"))
    assert found.params.moved() == {"k": ("2", "3"), "transform": ("yeo_johnson", "log")}


def test_another_number_of_segments_sends_rows_and_keeps_every_drawing(bank) -> None:
    """What the slider of k moves: names, order and colours come with the rows."""
    data, day = bank(**tables()), date(2024, 6, 30)
    asked = QUICK | {"by": "region", "compare_days": 60, "against": "transform=log"}
    three, two = (run_analysis("segments", data, SegmentsParams(**asked | {"k": k}), day) for k in (3, 2))  # fmt: skip
    assert three.result.k != two.result.k
    charts = load("segments").charts_of(three.result)
    for spec in (one for one in charts if one.shown(two.result)):
        assert spec.shape(three.result) == spec.shape(two.result), spec.key
        same_but_rows(spec, three, two, "zh")


def test_a_segment_has_one_colour_however_many_there_are(bank) -> None:
    found = run_analysis("segments", bank(**tables()), SegmentsParams(**QUICK), date(2024, 6, 30))
    assert NUMBERED[:2] == ["s1", "s2"]
    assert NUMBERED.index("s10") == 9  # by number, not by letters
    assert colours(found.result, "segments")[:8] == list(CATEGORICAL)


def test_other_numbers_are_ready_before_they_are_asked_for(
    segments: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a number is asked for, the others are worked out apart; a move then computes nothing."""
    prepared = segments.session_state[ahead.STATE]
    asked = prepared.keys
    wait_until(lambda: len(prepared.done) == len(asked) - 1)  # but for the one on the page
    assert [key[2].k for key in prepared.done] == [2, 4, 5, 6, 7, 8, 9, 10]
    assert all(("sizes", "en") in found._known for found in prepared.done.values())  # its rows too
    assert len(segments.session_state["runs.results"]) == 1
    monkeypatch.setattr(kit, "run_analysis", None)  # nothing may be computed any more
    segments.session_state["segments.k"] = 4
    segments.run()
    assert not segments.exception
    assert "fall into 4 segments" in shown(segments)
    assert segments.session_state[ahead.STATE].keys == asked


def wait_until(true: Callable[[], bool], patience_s: float = 60) -> None:
    deadline = time.monotonic() + patience_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert true()


@pytest.mark.parametrize(("settings", "numbers"), [
    ({}, []),  # nobody has asked for a number
    ({"k": 3}, [3, 2, 4, 5, 6, 7, 8, 9, 10]),
    ({"k": 9}, [9, 8, 10, 7, 6, 5, 4, 3, 2]),
    ({"k": 3, "method": "gmm"}, []),  # each costs a fit of its own
    ({"k": 3, "compare_days": 90}, []),
])  # fmt: skip
def test_the_numbers_that_a_move_may_ask_for_next(
    settings: dict[str, Any], numbers: list[int]
) -> None:
    assert [one.k for one in SegmentsParams(**settings).ahead()] == numbers
