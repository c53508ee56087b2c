"""One segmentation beside another: the same one on an earlier day, or one with other settings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.metrics import adjusted_rand_score

from analytics.features import FeatureTable
from analytics.segments import drift, fitted, reading, selection
from analytics.segments.answer import Answer, read_out
from analytics.segments.params import SegmentsParams


@dataclass(frozen=True)
class Earlier:
    """The frozen segments applied to an earlier day.

    Args:
        moves: customer_id, from_segment, to_segment, of both days.
        migration: see `drift.migration`.
        drift: see `drift.drift`, of the active customers where the others stand apart; the features that moved most come first.
        moved_by_refit: share of customers that a refit on that day would place differently; None
            where it cannot be said.
    """

    moves: pl.DataFrame
    migration: pl.DataFrame
    drift: pl.DataFrame
    moved_by_refit: float | None


@dataclass(frozen=True)
class Other:
    """The same customers with other settings.

    Args:
        params: the other settings.
        k: their number of segments; None where all customers are one.
        table: segment, other_segment, other_name, other_name_zh, customers, share (of segment).
        agreement: adjusted Rand index of both.
        moved: share of customers in another segment, after matching the segments.
    """

    params: SegmentsParams
    k: int | None
    table: pl.DataFrame
    agreement: float
    moved: float


def earlier(found: Answer, before: FeatureTable, params: SegmentsParams) -> Earlier | None:
    """Hold a segmentation against the customers of an earlier day; None where there are none."""
    table, frozen = found.table, found.frozen
    if not before.frame.height or not table.frame.height:
        return None
    numbers = frozen.numbers(before)
    then = before.frame.select("customer_id").with_columns(reading.keys(numbers))
    now = table.frame.select("customer_id").with_columns(reading.keys(found.numbers))
    moves = drift.moves(then, now)
    drifted = drift.drift(_compared(before, frozen), _compared(table, frozen), frozen.keys)
    refit = None
    if frozen.model is not None and numbers.min() >= 0:
        base = fitted.basis(before, params, params.seed, judged=False)
        again = fitted.freeze(base, params, len(frozen.order)).numbers(before)
        refit = drift.share_moved(numbers, again) if again.min() >= 0 else None
    return Earlier(moves, drift.migration(moves), drifted, refit)


def _compared(table: FeatureTable, frozen: fitted.Frozen) -> pl.DataFrame:
    """The figures whose drift is told: of the active, where the others are a segment of their own.

    Why: with four of five customers asleep, every median and nearly every bin is theirs.
    """
    figures = table.filled(frozen.keys)
    active = ~selection.idle(table, frozen.keys)
    return figures.filter(pl.Series(active)) if frozen.idle_apart and active.any() else figures


def settings(found: Answer, other: Answer, params: SegmentsParams) -> Other:
    """Hold two segmentations of the same customers side by side."""
    said = read_out(other, params)
    names = pl.DataFrame(
        [(key, name.en, name.zh) for key, name in said.names.items()], orient="row",
        schema=dict.fromkeys(("other_segment", "other_name", "other_name_zh"), pl.String))  # fmt: skip
    both = pl.DataFrame([reading.keys(found.numbers),
                         reading.keys(other.numbers).alias("other_segment")])  # fmt: skip
    counted = both.group_by("segment", "other_segment").agg(customers=pl.len().cast(pl.Int64))
    table = counted.join(names, on="other_segment", how="left").with_columns(
        share=pl.col("customers") / pl.col("customers").sum().over("segment")).sort(
        "customers", "segment", "other_segment", descending=[True, False, False]).select(
        "segment", "other_segment", "other_name", "other_name_zh", "customers", "share")  # fmt: skip
    one, two = found.numbers + 1, other.numbers + 1  # outliers are -1
    moved = drift.share_moved(one, two) if len(one) else None
    agreement = float(adjusted_rand_score(one, two)) if len(np.unique(one)) else 1.0
    return Other(params, other.k, table, agreement, moved or 0.0)
