"""Two frames of one story must not tell together what each withholds alone.

The same chart for all customers and for all but one branch gives that branch by subtraction. So where
two frames differ in nothing but their population, a row whose counts differ by 1 to k-1 is blanked in
the later frame, with whatever else would give it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from analytics.story.cells import withheld
from analytics.story.counts import count_columns, key_columns, measures
from analytics.story.frame import Frame
from analytics.story.numbers import sentence_numbers, table_numbers
from analytics.story.shown import Shown
from analytics.story.withhold import safe_rows, withheld_rows


def apart(frames: Sequence[Frame], shown: Sequence[Shown], k: int) -> list[tuple[Frame, Shown]]:
    """The frames with everything blanked that another frame of the story would give away."""
    told: list[tuple[Frame, Shown]] = []
    for frame, content in zip(frames, shown, strict=True):
        for other, before in told:
            if _differ_in_population(frame, other):
                frame, content = _without_differences(frame, content, before, k)
        told.append((frame, content))
    return told


def _differ_in_population(one: Frame, other: Frame) -> bool:
    same = ("analysis", "params", "as_of", "fingerprint", "kind", "item")
    return one.population != other.population and all(
        getattr(one, n) == getattr(other, n) for n in same
    )


def _without_differences(frame: Frame, shown: Shown, before: Shown, k: int) -> tuple[Frame, Shown]:
    if shown.table is None or before.table is None or shown.table.columns != before.table.columns:
        return frame, shown
    gone = _close(shown.table, before.table, k)
    if not gone.any():
        return frame, shown
    table = _blanked(shown.table, gone)
    charts = {lang: _redrawn(spec, frame.item, table, k) for lang, spec in shown.charts.items()}
    new = replace(
        shown, table=table, charts=charts, withheld=withheld_rows(table), alt_text=shown.headline[0]
    )
    numbers = sentence_numbers(shown.headline) | table_numbers(frame.item, table)
    return replace(frame, numbers=numbers), new


def _close(table: pl.DataFrame, other: pl.DataFrame, k: int) -> np.ndarray:
    """Rows whose counts differ from the same row of the other frame by fewer than k, and what protects them."""
    keys, counts = key_columns(table), count_columns(table)
    gone = np.zeros(table.height, dtype=bool)
    if not keys or not counts or other.select(keys).is_duplicated().any():
        return gone
    both = table.select(*keys, *counts).join(other.select(*keys, *counts), on=keys, how="left", suffix="_other",
                                             nulls_equal=True, maintain_order="left")  # fmt: skip
    for name in counts:
        rest = (both[name] - both[f"{name}_other"]).abs().fill_null(0).to_numpy()
        gone |= (rest > 0) & (rest < k)
    for name in counts if gone.any() else ():
        gone |= withheld(table.select(keys), table[name].to_list(), k, gone)
    return gone


def _blanked(table: pl.DataFrame, gone: np.ndarray) -> pl.DataFrame:
    keep = pl.Series("_keep", ~gone)
    return table.with_columns(
        pl.when(keep).then(pl.col(c)).otherwise(None).alias(c) for c in measures(table)
    )


def _redrawn(spec: dict[str, Any], name: str, table: pl.DataFrame, k: int) -> dict[str, Any]:
    rows = {key: safe_rows(given, name, table, k) for key, given in spec["datasets"].items()}
    return {**spec, "datasets": rows}
