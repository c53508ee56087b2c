"""The geometry of a Sankey between two month ends: ribbons as areas, ends as boxes."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.lifecycle.result import LifecycleResult

STEPS = 5  # the browser draws a smooth line through them
WIDTH = 0.02


def of(result: LifecycleResult) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Ribbons (ribbon, from_stage, to_stage, customers, x, low, high) and their ends (stage,
    customers, left, right, low, high), in customers from 0 up."""
    moved = result.flows.filter(pl.col("month") == pl.col("month").max())
    order = [*result.scheme.names, "joined"]
    place = {name: number for number, name in enumerate(order)}
    rows: list[tuple[str, str, int]] = sorted(
        moved.select("from_stage", "to_stage", "customers").iter_rows(),
                  key=lambda row: (place[row[0]], place[row[1]]))  # fmt: skip
    left = _stacked(rows, 0, place)
    right = _stacked(rows, 1, place)
    drawn = []
    curve = np.linspace(0, 1, STEPS)
    ease = 3 * curve**2 - 2 * curve**3
    for number, (source, target, n) in enumerate(rows):
        low = left[number] + (right[number] - left[number]) * ease
        drawn += [(number, source, target, n, float(x), float(y), float(y + n))
                  for x, y in zip(curve, low, strict=True)]  # fmt: skip
    ribbons = pl.DataFrame(drawn, orient="row", schema={
        "ribbon": pl.Int64, "from_stage": pl.String, "to_stage": pl.String, "customers": pl.Int64,
        "x": pl.Float64, "low": pl.Float64, "high": pl.Float64})  # fmt: skip
    return ribbons, pl.concat(
        [_ends(moved, "from_stage", 0.0, order), _ends(moved, "to_stage", 1.0, order)]
    )


def _stacked(rows: list[tuple[str, str, int]], side: int, place: dict[str, int]) -> list[float]:
    """Where each ribbon begins on one side."""
    ends = [(source, target) for source, target, _ in rows]
    order = sorted(range(len(rows)), key=lambda i: (place[ends[i][side]], place[ends[i][1 - side]]))
    at, found = 0, [0.0] * len(rows)
    for number in order:
        found[number] = float(at)
        at += rows[number][2]
    return found


def _ends(moved: pl.DataFrame, side: str, x: float, order: list[str]) -> pl.DataFrame:
    counted = moved.group_by(pl.col(side).alias("stage")).agg(pl.col("customers").sum())
    counted = counted.sort(
        pl.col("stage").replace_strict(order, list(range(len(order))), return_dtype=pl.Int64)
    )
    return counted.with_columns(
        left=pl.lit(x - WIDTH), right=pl.lit(x + WIDTH), high=pl.col("customers").cum_sum(),
    ).with_columns(low=pl.col("high") - pl.col("customers"))  # fmt: skip
