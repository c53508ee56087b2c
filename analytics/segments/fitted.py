"""From the feature table to a frozen segmentation: sample, scales, number of segments, model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.features import FeatureTable
from analytics.segments import choose, drift, engine, factors, reading, selection, transform
from analytics.segments.engine import Array, Model
from analytics.segments.factors import Reduction
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
        model: the segments; None where all active customers are one.
        order: what each of the model's numbers becomes (the largest segment is 0), and behind
            them what the customers without activity become where they stand apart.
        directions: the projection, shape (dimensions of the space, 2).
        reduction: the factors that span the space; None where the features do.
        idle_apart: whether customers without activity are a segment of their own.
    """

    keys: tuple[str, ...]
    scales: Scales
    model: Model | None
    order: Array
    directions: Array
    reduction: Reduction | None = None
    idle_apart: bool = False

    @property
    def single(self) -> bool:
        """Whether all customers are one segment."""
        return self.model is None and not self.idle_apart

    def apply(self, table: FeatureTable, placed: bool = True) -> tuple[Array, Array]:
        """Segment number and (if `placed`) place in the projection of every customer, in blocks."""
        frame = table.filled(self.keys)
        numbers = np.zeros(table.frame.height, int)
        places = np.zeros((table.frame.height, 2))
        for start in range(0, frame.height, CHUNK):
            part = slice(start, start + CHUNK)
            space = self.scales.apply(frame[start : start + CHUNK].to_numpy())
            if self.reduction is not None:
                space = self.reduction.apply(space)
            numbers[part] = self._numbers(space)
            if placed:
                places[part] = space @ self.directions
        return self._apart(table, numbers), places

    def numbers(self, table: FeatureTable) -> Array:
        """Segment number of every customer."""
        return self.apply(table, placed=False)[0]

    def of_fitted(self, base: Basis) -> Array:
        """Segment number of the customers it was fitted on."""
        return self._numbers(base.space)

    def _numbers(self, space: Array) -> Array:
        if self.model is None:
            return np.full(len(space), self.order[0])
        found = self.model.predict(space)
        return np.where(found < 0, found, self.order[np.maximum(found, 0)])

    def _apart(self, table: FeatureTable, numbers: Array) -> Array:
        if self.idle_apart:
            numbers[selection.idle(table, self.keys)] = self.order[-1]
        return numbers


@dataclass(frozen=True)
class Basis:
    """What does not depend on k: the sample, its scales, the criteria.

    Args:
        selection: the features used, and why others are not.
        rows: rows of the feature table in the sample: active customers only where the others
            stand apart.
        idle: customers without activity that stand apart, 0 where they do not.
        active: the other customers.
        scales: fitted on the sample.
        scaled: the sample's scaled values.
        reduction: the factors, None where features are clustered as they are.
        space: what is clustered: the scaled values, or the factors' scores.
        criteria: see `choose.criteria`; k is the number of segments among the active.
    """

    selection: selection.Selection
    rows: Array
    idle: int
    active: int
    scales: Scales
    scaled: Array
    reduction: Reduction | None
    space: Array
    criteria: pl.DataFrame

    @property
    def keys(self) -> tuple[str, ...]:
        """Features used."""
        return self.selection.keys

    @property
    def extra(self) -> int:
        """Segments that are not fitted: 1 where the idle stand apart."""
        return int(self.idle > 0)


def sample_rows(rows: Array, most: int, seed: int) -> Array:
    """All of the rows, or a seeded random choice of `most` of them, in their order."""
    if len(rows) <= most:
        return rows
    return np.sort(rows[np.random.default_rng([seed, 7]).permutation(len(rows))[:most]])


def basis(table: FeatureTable, params: SegmentsParams, seed: int, judged: bool = True) -> Basis:
    """Sample, features, scales and criteria of a feature table (criteria only if `judged`)."""
    keys = selection.candidates(table, params.features)
    idle = _standing_apart(selection.idle(table, keys), params.min_share)
    rows = sample_rows(np.flatnonzero(~idle), params.sample, seed)
    values = table.filled(keys)[rows].to_numpy() if keys else np.zeros((len(rows), 0))
    values = values.reshape(len(rows), len(keys)).astype(float, copy=False)
    chosen, scales, scaled = _selected(keys, values, params, seed)
    reduction = factors.fit(scaled, params.cluster_on, seed)
    space = scaled if reduction is None else reduction.apply(scaled)
    enough = judged and len(rows) >= FEWEST
    most = max(params.k_max - int(idle.any()), 2)
    found = choose.criteria(space if enough else space[:0], most, params.resamples,
                            params.min_share, seed)  # fmt: skip
    return Basis(chosen, rows, int(idle.sum()), int((~idle).sum()), scales, scaled, reduction,
                 space, found)  # fmt: skip


def _selected(keys: tuple[str, ...], values: Array, params: SegmentsParams, seed: int
              ) -> tuple[selection.Selection, Scales, Array]:  # fmt: skip
    """The features that count, their scales, and the scaled values."""
    moving = np.flatnonzero(~selection.flat(values, params.min_share))
    random = np.random.default_rng([seed, 8])
    scales = transform.fit(values[:, moving], params.transform, params.winsor, random)
    scaled = scales.apply(values[:, moving])
    moving = moving[scales.varies]
    varies = np.zeros(len(keys), bool)
    varies[moving] = True
    chosen = selection.select(keys, scaled, varies, params.features is not None)
    at = np.searchsorted(moving, chosen.places)
    return chosen, scales.only(np.flatnonzero(scales.varies)[at]), scaled[:, at]


def _standing_apart(idle: Array, min_share: float) -> Array:
    """The idle if they are many enough to be a segment and somebody else is left; else nobody."""
    share = idle.mean() if len(idle) else 0.0
    return idle if min_share <= share < 1 and idle.any() else np.zeros(len(idle), bool)


def tested(base: Basis, params: SegmentsParams) -> choose.Structure | None:
    """The test for structure, at the chosen number or else at the sharpest bend.

    Where a number is asked for, at that one, but at two at least.
    """
    if base.criteria.is_empty():
        return None
    bent = int(base.criteria.sort("bend", descending=True)["k"][0])
    asked = None if params.k is None else max(params.k - base.extra, 2)
    return choose.structure(base.space, asked or choose.chosen_k(base.criteria) or bent,
                            params.seed)  # fmt: skip


def freeze(base: Basis, params: SegmentsParams, k: int | None) -> Frozen:
    """The segmentation with k segments in all; one segment for all where k is None."""
    directions = reading.axes(base.space)
    alone = Frozen(base.keys, base.scales, None, np.zeros(1, int), directions, base.reduction)
    if k is None:
        return alone
    model = _model(base, params, k - base.extra)
    if model is None and not base.extra:
        return alone
    numbers = np.zeros(len(base.rows), int) if model is None else model.predict(base.space)
    sizes = np.bincount(numbers[numbers >= 0]) * (base.active / max(len(base.rows), 1))
    sizes = np.append(sizes, base.idle) if base.extra else sizes
    return Frozen(base.keys, base.scales, model, reading.by_size(sizes), directions,
                  base.reduction, base.idle > 0)  # fmt: skip


def _model(base: Basis, params: SegmentsParams, k: int) -> Model | None:
    """k segments of the active customers; None where they are one."""
    some = engine.part(base.space, choose.ROWS, params.seed)
    distinct = len(np.unique(some, axis=0)) if some.size else 0
    fewest = 2 if params.method == "hdbscan" else k  # it finds its own number
    if fewest < 2 or distinct <= fewest or len(base.rows) < FEWEST:
        return None
    model = engine.fit(base.space, params.method, k, params.seed)
    only_outliers = int(model.predict(base.space).max(initial=-1)) < 0
    return None if only_outliers else model


def second_basis(table: FeatureTable, params: SegmentsParams) -> Basis:
    """Another sample of the same size, with its own scales."""
    return basis(table, params, params.seed + 1, judged=False)


def second_sample(
    base: Basis, table: FeatureTable, params: SegmentsParams, k: int, numbers: Array
) -> pl.DataFrame:
    """How far another sample moves the shares: segment, share, share_again, moved_share."""
    again = freeze(base, params, k)
    other = drift.matched(np.maximum(numbers, 0), np.maximum(again.numbers(table), 0))
    size = int(max(numbers.max(), other.max())) + 1
    one = np.bincount(np.maximum(numbers, 0), minlength=size) / len(numbers)
    two = np.bincount(other, minlength=size) / len(numbers)
    return pl.DataFrame({"segment": reading.keys(np.arange(size)), "share": one, "share_again": two,
                         "moved_share": two - one})  # fmt: skip
