"""Reading the segments: sizes, profiles in original units, differences, silhouettes, projection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from sklearn.metrics import silhouette_samples

from analytics.features import Feature
from analytics.segments.engine import Array

SILHOUETTE_ROWS = 2_000
POINTS = 31  # quantiles of a segment's silhouettes: 0, 1/30, ..., 1
HEXAGONS_ACROSS = 22
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
    frame: pl.DataFrame, distances: pl.DataFrame, features: Sequence[Feature],
    apart: str | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Per segment and feature: median, lower and upper quartile in original units, and d.

    `distance` is the difference of the segment's mean to the mean of all others on the transformed scale,
    over their pooled standard deviation (Cohen 1988). On the transformed scale, because a
    difference of raw money would be one of its few largest amounts.

    Args:
        frame: segment and the features, nulls filled.
        distances: segment, feature, distance (see `differences`).
        features: what the columns are.
        apart: the segment without activity, which the overall figures leave out.
    """
    names = [one.key for one in features]
    if not names:
        return pl.DataFrame(schema=PROFILE_SCHEMA)
    long = pl.concat([frame.group_by("segment").agg(
        pl.col(name).median().alias("median"), pl.col(name).quantile(0.25, "linear").alias("lower_quartile"),
        pl.col(name).quantile(0.75, "linear").alias("upper_quartile"),
        pl.col(name).mean().alias("mean")).with_columns(feature=pl.lit(name)) for name in names])  # fmt: skip
    active = frame if apart is None else frame.filter(pl.col("segment") != apart)
    others = pl.DataFrame({"feature": names, "place": range(len(names)),
                           "overall_median": [active[name].median() for name in names],
                           "overall_mean": [active[name].mean() for name in names]})  # fmt: skip
    return long.join(others, on="feature").join(
        distances, on=["segment", "feature"], how="left").sort("segment", "place").select(
        "segment", "feature", "median", "lower_quartile", "upper_quartile", "mean",
        "overall_median", "overall_mean", "distance")  # fmt: skip


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
    parts = [(n, values[numbers == n], values[numbers != n]) for n in np.unique(numbers)]
    if apart is not None:
        parts.append((apart_number, apart, values))
    found = []
    for number, mine, rest in parts:
        if len(mine) and len(rest):
            n, m = len(mine), len(rest)
            spread = np.sqrt((mine.var(axis=0) * n + rest.var(axis=0) * m) / (n + m))
            gap = mine.mean(axis=0) - rest.mean(axis=0)
            least = np.concatenate([mine, rest]).std(axis=0) * LEAST_SPREAD
            spread = np.maximum(spread, least)  # told apart entirely: far, but not infinitely
            d = np.divide(gap, spread, out=np.full(len(gap), np.nan), where=spread > 1e-12)
            found.append(pl.DataFrame({"segment": keys(np.array([number])).to_list() * len(d),
                                       "feature": list(names), "distance": d}))  # fmt: skip
    empty = pl.DataFrame(
        schema={"segment": pl.String, "feature": pl.String, "distance": pl.Float64}
    )
    return pl.concat(found).with_columns(pl.col("distance").fill_nan(None)) if found else empty


def silhouettes(values: Array, numbers: Array, seed: int) -> pl.DataFrame:
    """segment, quantile, silhouette at that quantile, customers (of the part it was measured on)."""
    rows = np.random.default_rng([seed, 5]).permutation(len(values))[:SILHOUETTE_ROWS]
    rows = np.sort(rows[numbers[rows] >= 0])
    schema = {
        "segment": pl.String,
        "quantile": pl.Float64,
        "silhouette": pl.Float64,
        "customers": pl.Int64,
    }
    if not 1 < len(np.unique(numbers[rows])) < len(rows):
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
