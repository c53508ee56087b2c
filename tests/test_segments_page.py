"""The page of segments: a name given in place is everywhere, and pinned settings are compared with."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from analytics.run import run_analysis
from analytics.segments import SegmentsParams
from analytics.store import Store
from tests.banks import build_bank
from tests.contract_bank import tables
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
