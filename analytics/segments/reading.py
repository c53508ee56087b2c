"""Reading the segments: their keys, silhouettes, and the projection on two axes."""

from __future__ import annotations

import numpy as np
import polars as pl
from sklearn.metrics import silhouette_samples

from analytics.segments.engine import Array

SILHOUETTE_ROWS = 2_000
POINTS = 31  # quantiles of a segment's silhouettes: 0, 1/30, ..., 1
HEXAGONS_ACROSS = 22
OUTLIERS = "s0"


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


def placed(numbers: Array) -> tuple[Array, Array]:
    """The numbers there are, ascending, and for every customer the place of the own among them.

    >>> [one.tolist() for one in placed(np.array([-1, 3, 3]))]
    [[-1, 3], [0, 1, 1]]
    """
    there = np.bincount(numbers + 1) > 0
    return np.flatnonzero(there) - 1, (there.cumsum() - 1)[numbers + 1]


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
