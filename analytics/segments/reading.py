"""Reading the segments: sizes, profiles in original units, differences, silhouettes, projection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.metrics import silhouette_samples

from analytics.segments.engine import Array

SILHOUETTE_ROWS = 2_000
POINTS = 31  # quantiles of a segment's silhouettes: 0, 1/30, ..., 1
HEXAGONS_ACROSS = 22
TINY = 1e-7  # a spread that is nothing but rounding
LEAST_SPREAD = 0.1  # of the deviation of both together
OUTLIERS = "s0"
PROFILE_SCHEMA = {"segment": pl.String, "feature": pl.String} | dict.fromkeys(
    (
        "median",
        "lower_quartile",
        "upper_quartile",
        "mean",
        "overall_median",
        "overall_mean",
        "distance",
    ),
    pl.Float64,
)


def keys(numbers: Array) -> pl.Series:
    """Segment keys of segment numbers: s1, s2, ...; -1 is s0, the outliers."""
    names = [OUTLIERS, *(f"s{n + 1}" for n in range(int(numbers.max(initial=-1)) + 1))]
    return pl.Series("segment", names, dtype=pl.String).gather(numbers + 1)


def by_size(sizes: Array) -> Array:
    """What each old number becomes when the largest segment is 0; ties by the old number."""
    order = np.argsort(-sizes, kind="stable")
    renamed = np.empty(len(sizes), int)
    renamed[order] = np.arange(len(sizes))
    return renamed


def profiles(
    numbers: Array, ordered: Ordered, overall: pl.DataFrame, distances: pl.DataFrame
) -> pl.DataFrame:  # fmt: skip
    """Per segment and feature: median, lower and upper quartile in original units, and d.

    `distance` is the difference of the segment's mean to the mean of all others on the transformed scale,
    over their pooled standard deviation (Cohen 1988). On the transformed scale, because a
    difference of raw money would be one of its few largest amounts.

    Args:
        numbers: segment number of every customer.
        ordered: everybody's figures.
        overall: see `overall`.
        distances: segment, feature, distance (see `differences`).
    """
    if overall.is_empty():
        return pl.DataFrame(schema=PROFILE_SCHEMA)
    found = np.unique(numbers)
    places = np.searchsorted(found, numbers).astype(np.int16)  # sorted by counting, not comparing
    long = pl.concat([
        _quartiles(places[order], values).with_columns(pl.lit(name).alias("feature"))
        for name, order, values in zip(overall["feature"], ordered.rows, ordered.values, strict=True)])  # fmt: skip
    long = long.with_columns(keys(found).gather(long["segment"]).alias("segment"))
    return long.join(overall, on="feature").join(
        distances, on=["segment", "feature"], how="left").sort("segment", "place").select(
        "segment", "feature", "median", "lower_quartile", "upper_quartile", "mean",
        "overall_median", "overall_mean", "distance")  # fmt: skip


def _quartiles(places: Array, values: Array) -> pl.DataFrame:
    """segment (its place), and its quartiles and mean, of values in ascending order."""
    by_segment = np.argsort(places, kind="stable")
    sizes = np.bincount(places)
    ends = np.cumsum(sizes)
    own = values[by_segment]
    sums = np.add.reduceat(own, ends - sizes)
    at = (sizes - 1)[:, None] * np.array([0.25, 0.5, 0.75])
    low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
    start = (ends - sizes)[:, None]
    cut = own[start + low] + (own[start + high] - own[start + low]) * (at - low)
    return pl.DataFrame({"segment": np.arange(len(sizes)), "lower_quartile": cut[:, 0], "median": cut[:, 1],
                         "upper_quartile": cut[:, 2], "mean": sums / sizes})  # fmt: skip


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
    everybody = _moments(values)
    segments = [n for n in np.unique(numbers) if not (numbers == n).all()]
    parts = [(int(n), own := _moments(values[numbers == n]), everybody.without(own)) for n in segments]  # fmt: skip
    if apart is not None and len(apart) and len(values):
        parts.append((apart_number, _moments(apart), everybody))
    found = []
    for number, mine, rest in parts:
        d = mine.distance(rest)
        found.append(pl.DataFrame({"segment": keys(np.array([number])).to_list() * len(d),
                                   "feature": list(names), "distance": d}))  # fmt: skip
    empty = pl.DataFrame(
        schema={"segment": pl.String, "feature": pl.String, "distance": pl.Float64}
    )
    return pl.concat(found).with_columns(pl.col("distance").fill_nan(None)) if found else empty


@dataclass(frozen=True)
class _Moments:
    """Rows, sums and sums of squares of some columns: enough for means and deviations."""

    rows: int
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
        return np.divide(gap, spread, out=np.full(len(gap), np.nan), where=spread > TINY)


def _moments(values: Array) -> _Moments:
    return _Moments(len(values), values.sum(axis=0), np.einsum("nd,nd->d", values, values))


def measured(numbers: Array, seed: int) -> Array:
    """Rows whose silhouettes are measured: a seeded part without outliers; none where nothing can be."""
    rows = np.random.default_rng([seed, 5]).permutation(len(numbers))[:SILHOUETTE_ROWS]
    rows = np.sort(rows[numbers[rows] >= 0])
    return rows if 1 < len(np.unique(numbers[rows])) < len(rows) else rows[:0]


def silhouettes(values: Array, numbers: Array, seed: int) -> pl.DataFrame:
    """segment, quantile, silhouette at that quantile, customers (of the part it was measured on)."""
    rows = measured(numbers, seed)
    schema = {
        "segment": pl.String,
        "quantile": pl.Float64,
        "silhouette": pl.Float64,
        "customers": pl.Int64,
    }
    if not len(rows):
        return pl.DataFrame(schema=schema)
    found = silhouette_samples(values[rows], numbers[rows])
    at = np.linspace(0, 1, POINTS)
    parts = []
    for number in np.unique(numbers[rows]):
        own = found[numbers[rows] == number]
        parts.append(pl.DataFrame({"segment": keys(np.array([number])).to_list() * POINTS, "quantile": at,
                                   "silhouette": np.quantile(own, at), "customers": [len(own)] * POINTS},
                                  schema=schema))  # fmt: skip
    return pl.concat(parts)


def axes(values: Array) -> Array:
    """The two directions of most variance, shape (features, 2); the sign is fixed."""
    if min(values.shape) < 2:
        return np.zeros((values.shape[1], 2))
    _, _, found = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    two = found[:2].T
    sign = np.sign(two[np.argmax(np.abs(two), axis=0), [0, 1]])
    return two * np.where(sign == 0, 1, sign)


def hexagons(points: Array, across: int = HEXAGONS_ACROSS) -> pl.DataFrame:
    """The hexagon of every point: x and y of its centre, in the units of the projection.

    Two shifted grids of rectangles; a point belongs to the nearer centre (Carr et al. 1987).
    """
    if not points.size:
        return pl.DataFrame(schema={"x": pl.Float64, "y": pl.Float64})
    low, high = np.quantile(points, [0.001, 0.999], axis=0)
    width = max(float((high - low).max()), 1e-9) / across
    size = np.array([width, width * np.sqrt(3)])
    inside = np.clip(points, low, high)
    first = np.round(inside / size) * size
    second = (np.floor(inside / size) + 0.5) * size
    nearer = ((inside - first) ** 2).sum(axis=1) <= ((inside - second) ** 2).sum(axis=1)
    chosen = np.where(nearer[:, None], first, second).round(6) + 0.0
    return pl.DataFrame({"x": chosen[:, 0], "y": chosen[:, 1]})


def projection(places: pl.DataFrame, segment: pl.Series) -> pl.DataFrame:
    """Per hexagon: x, y, customers, the segment most of them are in, and its share of them."""
    counted = places.with_columns(segment=segment).group_by("x", "y", "segment").agg(n=pl.len())
    return counted.sort("n", "segment", descending=[True, False]).group_by(
        "x", "y", maintain_order=True).agg(
        customers=pl.col("n").sum().cast(pl.Int64), segment=pl.col("segment").first(),
        share=pl.col("n").first() / pl.col("n").sum(),
    ).sort("customers", "x", "y", descending=[True, False, False])  # fmt: skip
