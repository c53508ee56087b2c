"""What is typical of the segments: quartiles in original units, and differences to all others.

Everything is counted for all segments in one pass: a move of their number pays for nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.features import Feature
from analytics.segments.engine import Array
from analytics.segments.reading import keys, placed

BLOCK = 256  # customers counted together on the way to a quartile
QUARTILES = (0.25, 0.5, 0.75)
TINY = 1e-7  # a spread that is nothing but rounding
LEAST_SPREAD = 0.1  # of the deviation of both together
FIGURES = ("median", "lower_quartile", "upper_quartile", "mean", "overall_median", "overall_mean", "distance")  # fmt: skip
Unknown = Sequence[tuple[Sequence[str], Array]]
SCHEMA = {"segment": pl.String, "feature": pl.String} | dict.fromkeys(FIGURES, pl.Float64)


@dataclass(frozen=True)
class Ordered:
    """Everybody's figures in ascending order: values, and whose they are; (features, customers)."""

    values: Array
    rows: Array


def ordered(frame: pl.DataFrame) -> Ordered:
    """The columns of a frame without nulls, each sorted by itself."""
    values = frame.to_numpy().T.reshape(frame.width, frame.height)
    rows = np.argsort(values, axis=1, kind="stable").astype(np.int32)
    return Ordered(np.take_along_axis(values, rows, axis=1), rows)


def overall(frame: pl.DataFrame) -> pl.DataFrame:
    """feature, place, overall_median, overall_mean: everybody's, in the order of the columns."""
    figures = [(n, at, frame[n].median(), frame[n].mean()) for at, n in enumerate(frame.columns)]
    return pl.DataFrame(figures, orient="row", schema={
        "feature": pl.String, "place": pl.Int64, "overall_median": pl.Float64, "overall_mean": pl.Float64})  # fmt: skip


def unknown(frame: pl.DataFrame, features: Sequence[Feature]) -> Unknown:
    """Features whose figure stands in for none with some customers, and with whom.

    Features that miss the same customers, as all of who had no movement, stand together.

    Args:
        frame: the feature table as it was read, null where a customer has no such rows.
        features: those that are clustered.
    """
    found: dict[bytes, tuple[list[str], Array]] = {}
    for one in features:
        missing = frame[one.key].fill_nan(None).is_null().to_numpy()
        if one.stands_in and missing.any():
            found.setdefault(missing.tobytes(), ([], missing))[0].append(one.key)
    return list(found.values())


def profiles(numbers: Array, ordered: Ordered, overall: pl.DataFrame, distances: pl.DataFrame,
             unknown: Unknown = ()) -> pl.DataFrame:  # fmt: skip
    """Per segment and feature: median, lower and upper quartile in original units, and d.

    `distance` is the difference of the segment's mean to the mean of all others on the transformed scale,
    over their pooled standard deviation (Cohen 1988). On the transformed scale, because a
    difference of raw money would be one of its few largest amounts. All are null where most of the
    segment has no such figure: what stands in for it (`Feature.empty`) says nothing about anybody.

    Args:
        numbers: segment number of every customer.
        ordered: everybody's figures.
        overall: see `overall`.
        distances: segment, feature, distance (see `differences`).
        unknown: see `unknown`.
    """
    if overall.is_empty() or not len(numbers):
        return pl.DataFrame(schema=SCHEMA)
    found, places = placed(numbers)
    small, names = places.astype(np.int8), keys(found)
    figures = [_typical(np.take(small, whose), values, len(found))
               for whose, values in zip(ordered.rows, ordered.values, strict=True)]  # fmt: skip
    places_of = {key: place for place, key in enumerate(overall["feature"])}
    for features, missing in unknown:
        mostly = np.bincount(places[missing], minlength=len(found)) * 2 > np.bincount(places)
        for key in features:
            figures[places_of[key]][mostly] = np.nan
    at = {"lower_quartile": 0, "median": 1, "upper_quartile": 2, "mean": 3}
    long = pl.DataFrame({name: np.concatenate([one[:, column] for one in figures])
                         for name, column in at.items()}).with_columns(
        segment=pl.concat([names] * len(figures)), number=np.tile(found, len(figures)),
        feature=overall["feature"].gather(np.repeat(np.arange(len(figures)), len(found))))  # fmt: skip
    return long.join(overall, on="feature").join(
        distances, on=["segment", "feature"], how="left").sort(
        "number", "place").with_columns(pl.col(*at).fill_nan(None)).with_columns(
        pl.when(pl.col("median").is_not_null()).then("distance").alias("distance")
    ).select(list(SCHEMA))  # fmt: skip


def _typical(places: Array, values: Array, segments: int) -> Array:
    """Quartiles and mean of every segment, shape (segments, 4); `values` ascend.

    Where the r-th customer of a segment stands is found by counting blocks of customers and then
    within one block: sorting every segment by itself costs five times as much.
    """
    whole = np.full(-(-len(places) // BLOCK) * BLOCK, segments, np.int8)
    whole[: len(places)] = places
    grid = whole.reshape(-1, BLOCK)
    first = np.arange(len(grid))[:, None] * (segments + 1)
    counts = np.bincount((first + grid).ravel(), minlength=len(grid) * (segments + 1))
    counts = counts.reshape(len(grid), -1)[:, :segments]
    until = counts.cumsum(axis=0)
    at = (until[-1] - 1)[:, None] * np.array(QUARTILES)
    low = np.floor(at).astype(int)
    cut = _at_ranks(grid, counts, until, np.hstack([low, np.ceil(at).astype(int)]), values)
    lower, upper = np.hsplit(cut, 2)
    sums = np.bincount(places, weights=values, minlength=segments)
    return np.column_stack([lower + (upper - lower) * (at - low), sums / until[-1]])


def _at_ranks(grid: Array, counts: Array, until: Array, ranks: Array, values: Array) -> Array:
    """The value at each rank of each segment, shape of `ranks` (segments, ranks from 0)."""
    segments = np.arange(len(ranks))[:, None]
    block = (until[:, :, None] <= ranks).sum(axis=0)
    within = ranks - until[block, segments] + counts[block, segments]
    mine = (grid[block] == segments[:, :, None]).cumsum(axis=2)
    found: Array = values[block * BLOCK + (mine > within[:, :, None]).argmax(axis=2)]
    return found


def differences(values: Array, numbers: Array, names: Sequence[str], apart: Array | None = None,
                apart_number: int = -1) -> pl.DataFrame:  # fmt: skip
    """segment, feature, distance (standardised, to all others; null where nothing varies).

    Args:
        values: scaled values of the active customers.
        numbers: their segments.
        names: the features.
        apart: scaled values of those without activity, a segment of their own (`apart_number`).
            They are held against the active, the active against each other: beside somebody who
            does nothing, everybody is busy.
        apart_number: their segment.
    """
    found, places = placed(numbers)
    everybody = _moments(values, np.zeros(len(values), int), 1)
    own = _moments(values, places, len(found))
    told = own.distance(everybody.without(own)) if len(found) > 1 else np.zeros((0, len(names)))
    said = found if len(found) > 1 else found[:0]
    if apart is not None and len(apart) and len(values):
        idle = _moments(apart, np.zeros(len(apart), int), 1)
        told, said = np.vstack([told, idle.distance(everybody)]), np.append(said, apart_number)
    return pl.DataFrame({
        "segment": keys(np.repeat(said, len(names))), "feature": list(names) * len(said),
        "distance": told.ravel()}, schema={
        "segment": pl.String, "feature": pl.String, "distance": pl.Float64}).with_columns(
        pl.col("distance").fill_nan(None))  # fmt: skip


@dataclass(frozen=True)
class _Moments:
    """Rows, sums and sums of squares of every segment: enough for means and deviations.

    Args:
        rows: shape (segments, 1).
        sums, squares: shape (segments, features).
    """

    rows: Array
    sums: Array
    squares: Array

    def without(self, some: _Moments) -> _Moments:
        return _Moments(self.rows - some.rows, self.sums - some.sums, self.squares - some.squares)

    def mean(self) -> Array:
        return self.sums / self.rows

    def variance(self) -> Array:
        return np.maximum(self.squares / self.rows - self.mean() ** 2, 0)

    def distance(self, rest: _Moments) -> Array:
        """Difference of the means over the pooled standard deviation; nan where nothing varies."""
        n, m = self.rows, rest.rows
        both = _Moments(n + m, self.sums + rest.sums, self.squares + rest.squares)
        pooled = np.sqrt((self.variance() * n + rest.variance() * m) / (n + m))
        # told apart entirely: far, but not infinitely
        spread = np.maximum(pooled, np.sqrt(both.variance()) * LEAST_SPREAD)
        gap = self.mean() - rest.mean()
        return np.divide(gap, spread, out=np.full(gap.shape, np.nan), where=spread > TINY)


def _moments(values: Array, places: Array, segments: int) -> _Moments:
    mine = (np.arange(segments)[:, None] == places).astype(values.dtype)
    return _Moments(mine.sum(axis=1, keepdims=True), mine @ values, mine @ values**2)
