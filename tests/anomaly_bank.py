"""An invented bank as a dataset with its planted anomalies, and how well a run finds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from analytics.anomalies.params import AnomalyParams
from analytics.anomalies.result import AnomalyResult, compute
from tests.life_bank import life_bank


@dataclass
class Marks:
    """What was planted and found in one bank: cases, customers and kinds."""

    planted: set[tuple[str, Any]]
    unusual: set[str]
    innocent: set[str]
    kinds: set[tuple[str, Any, str]]
    result: AnomalyResult
    customers: int
    hits: dict[str, list[int]] = field(default_factory=dict)


def marked(folder: Path, customers: int, seed: int) -> Marks:
    """Make the bank, run the view with its defaults, and lay the truth beside it."""
    data, truth = life_bank(folder, customers, seed)
    known = data.query("SELECT transaction_id, happened_at::DATE AS day FROM transactions")
    result = compute(data, AnomalyParams(), data.default_as_of)
    data.close()
    rows = _dated(truth["anomalies"], known)
    unusual = {who for who, _, _ in rows}
    innocent = {who for who, _, _ in _dated(truth["innocent"], known)} - unusual
    return Marks({(who, day) for who, day, _ in rows}, unusual, innocent, rows, result, customers)


def _dated(marks: list[dict[str, str]], known: pl.DataFrame) -> set[tuple[str, Any, str]]:
    frame = pl.DataFrame(marks, schema=["customer_id", "transaction_id", "kind"])
    return set(frame.join(known, on="transaction_id").select("customer_id", "day", "kind").rows())
