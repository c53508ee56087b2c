"""What was planted is counted right, and only the sample bank has a truth."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from analytics.registry import load
from analytics.tour import planted, said, truth_of

TRUTH: dict[str, Any] = {
    "segments": {"a": "saver", "b": "saver", "c": "spender"}, "stages": {"a": "active", "b": "lost", "c": "active"},
    "rules": [{"antecedent": ["x"], "consequent": "y"}, {"antecedent": ["v", "w"], "consequent": "z"}],
    "sequences": [{"events": ["p", "q"]}, {"events": ["q", "p"]}],
    "anomalies": [{"customer_id": "a"}, {"customer_id": "a"}, {"customer_id": "c"}],
}  # fmt: skip
TABLES: dict[str, dict[str, Any]] = {
    "rules": {"antecedent": ["y", "v"], "consequent": ["x", "z"]},
    "stages": {"customer_id": ["a", "b", "c"], "stage": ["active", "lost", "lost"]},
    "assignment": {"customer_id": ["a", "b", "c"], "segment": ["1", "1", "1"]},
    "contrast": {"pattern": ["p > q", "q > p"], "q": [0.01, 0.5]},
    "cases": {"customer_id": ["c", "b"]},
}


@pytest.mark.parametrize(("key", "found"), [
    ("rules", (1, 2)), ("lifecycle", (2, 3)), ("segments", (2, 3)), ("sequences", (1, 2)), ("anomalies", (1, 2)),
    ("rfm", None),
])  # fmt: skip
def test_what_was_planted_is_counted(key, found):
    run: Any = SimpleNamespace(
        analysis=load(key), tables={n: pl.DataFrame(t) for n, t in TABLES.items()}
    )
    assert planted(run, TRUTH) == found
    sentence = said(run, TRUTH)
    assert (sentence is None) == (found is None)
    if sentence and found:
        assert f"{found[0]} of {found[1]}" in sentence.en


def test_another_extract_has_no_truth(bank):
    assert truth_of(bank(customers=["00000001", "b"])) is None
