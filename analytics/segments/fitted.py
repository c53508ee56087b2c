"""From the feature table to a frozen segmentation: sample, scales, number of segments, model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.features import FeatureTable
from analytics.segments import choose, drift, engine, reading, transform
from analytics.segments.engine import Array, Model
from analytics.segments.params import SegmentsParams
from analytics.segments.transform import Scales

CHUNK = 100_000
FEWEST = 20  # customers below this are one segment: nothing about them can be told apart


@dataclass(frozen=True)
class Frozen:
    """A segmentation that can be applied to any feature table with the same features.

    Args:
        keys: features, in the order of the columns.
        scales: how they are brought to comparable scales.
        model: the segments; None where all customers are one.
        order: what each of the model's numbers becomes (the largest segment is 0).
        directions: the projection, shape (features that vary, 2).
    """

    keys: tuple[str, ...]
    scales: Scales
    model: Model | None
    order: Array
    directions: Array

    def apply(self, table: FeatureTable) -> tuple[Array, Array]:
        """Segment number and place in the projection of every customer, block by block."""
        frame = table.filled(self.keys)
        numbers = np.zeros(table.frame.height, int)
        places = np.zeros((table.frame.height, 2))
        for start in range(0, frame.height, CHUNK):
            part = slice(start, start + CHUNK)
            scaled = self.scales.apply(frame[start : start + CHUNK].to_numpy())
            numbers[part] = self._numbers(scaled)
            places[part] = scaled @ self.directions
        return numbers, places

    def _numbers(self, scaled: Array) -> Array:
        if self.model is None:
            return np.zeros(len(scaled), int)
        found = self.model.predict(scaled)
        return np.where(found < 0, found, self.order[np.maximum(found, 0)])


@dataclass(frozen=True)
class Basis:
    """What does not depend on k: the sample, its scales, the criteria.

    Args:
        keys: features used.
        rows: rows of the feature table in the sample.
        scales: fitted on the sample.
        scaled: the sample's scaled values.
        criteria: see `choose.criteria`.
    """

    keys: tuple[str, ...]
    rows: Array
    scales: Scales
    scaled: Array
    criteria: pl.DataFrame


def sample_rows(customers: int, most: int, seed: int) -> Array:
    """All rows, or a seeded random choice of `most` of them, in their order."""
    if customers <= most:
        return np.arange(customers)
    return np.sort(np.random.default_rng([seed, 7]).permutation(customers)[:most])


def used_features(table: FeatureTable, params: SegmentsParams) -> tuple[str, ...]:
    """Keys of the features to cluster: the chosen ones, or all behaviour, and the shares by name."""
    if params.features is None:
        return tuple(one.key for one in table.features if one.behaviour)
    shares = [one.key for one in table.features if one.of_data]
    return (*(table.feature(key).key for key in params.features), *shares)


def basis(table: FeatureTable, params: SegmentsParams, seed: int, judged: bool = True) -> Basis:
    """Sample, scales and criteria of a feature table (criteria only if `judged`)."""
    keys = used_features(table, params)
    rows = sample_rows(table.frame.height, params.sample, seed)
    values = table.filled(keys)[rows].to_numpy() if keys else np.zeros((len(rows), 0))
    values = values.reshape(len(rows), len(keys)).astype(float, copy=False)
    scales = transform.fit(
        values, params.transform, params.winsor, np.random.default_rng([seed, 8])
    )
    scaled = scales.apply(values)
    enough = judged and len(rows) >= FEWEST
    found = choose.criteria(scaled if enough else scaled[:0], params.k_max, params.resamples,
                            params.min_share, seed)  # fmt: skip
    return Basis(keys, rows, scales, scaled, found)


def tested(base: Basis, params: SegmentsParams) -> choose.Structure | None:
    """The test for structure, at the chosen number or else at the sharpest bend.

    Not at a number asked for: whether there is structure is a fact of the customers.
    """
    if base.criteria.is_empty():
        return None
    bent = int(base.criteria.sort("bend", descending=True)["k"][0])
    return choose.structure(
        base.scaled, params.k or choose.chosen_k(base.criteria) or bent, params.seed
    )


def freeze(base: Basis, params: SegmentsParams, k: int | None) -> Frozen:
    """The segmentation with k segments; one segment for all where k is None."""
    some = engine.part(base.scaled, choose.ROWS, params.seed)
    distinct = len(np.unique(some, axis=0)) if some.size else 0
    directions = reading.axes(base.scaled)
    if k is None or distinct <= k or len(base.rows) < FEWEST:
        return Frozen(base.keys, base.scales, None, np.zeros(1, int), directions)
    model = engine.fit(base.scaled, params.method, k, params.seed)
    numbers = model.predict(base.scaled)
    if numbers.max(initial=-1) < 0:  # density found outliers only
        return Frozen(base.keys, base.scales, None, np.zeros(1, int), directions)
    return Frozen(base.keys, base.scales, model, reading.by_size(numbers), directions)


def second_sample(
    table: FeatureTable, params: SegmentsParams, k: int, numbers: Array
) -> pl.DataFrame:
    """How far another sample of the same size moves the shares: segment, share, share_again, difference."""
    again = freeze(basis(table, params, params.seed + 1, judged=False), params, k)
    other = drift.matched(np.maximum(numbers, 0), np.maximum(again.apply(table)[0], 0))
    size = int(max(numbers.max(), other.max())) + 1
    one = np.bincount(np.maximum(numbers, 0), minlength=size) / len(numbers)
    two = np.bincount(other, minlength=size) / len(numbers)
    return pl.DataFrame({"segment": reading.keys(np.arange(size)), "share": one, "share_again": two,
                         "difference": two - one})  # fmt: skip
