"""From the feature table to a frozen segmentation: sample, scales, number of segments, model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
        reduction: the factors that span the space; None where the features do.
        idle_apart: whether customers without activity are a segment of their own.
    """

    keys: tuple[str, ...]
    scales: Scales
    model: Model | None
    order: Array
    reduction: Reduction | None = None
    idle_apart: bool = False

    @property
    def single(self) -> bool:
        """Whether all customers are one segment."""
        return self.model is None and not self.idle_apart

    def numbers(self, table: FeatureTable) -> Array:
        """Segment number of every customer of a feature table."""
        space = spaced(self.keys, self.scales, self.reduction, table)
        return self.assign(space, selection.idle(table, self.keys))

    def assign(self, space: Array, idle: Array) -> Array:
        """Segment number of every row of `space`; `idle` says who had no activity."""
        if self.model is None:
            numbers = np.full(len(space), self.order[0])
        else:
            found = self.model.predict(space) if len(space) else np.zeros(0, int)
            numbers = np.where(found < 0, found, self.order[np.maximum(found, 0)])
        if self.idle_apart:
            numbers[idle] = self.order[-1]
        return numbers


def spaced(keys: tuple[str, ...], scales: Scales, reduction: Reduction | None,
           table: FeatureTable) -> Array:  # fmt: skip
    """Everybody in the space that is clustered, in blocks, shape (customers, dimensions).

    At single precision: half the memory, and nobody stands so near the middle of two centres.
    """
    frame, height = table.filled(keys), table.frame.height
    parts = []
    for start in range(0, height if keys else 0, CHUNK):
        space = scales.apply(frame[start : start + CHUNK].to_numpy())
        parts.append((space if reduction is None else reduction.apply(space)).astype(np.float32))
    return np.concatenate(parts) if parts else np.zeros((height, 0), np.float32)


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
        centres: of k-means on a part, by k, where the criteria were asked for.
        distinct: different rows of a part; fewer cannot be told apart.
        directions: the projection, shape (dimensions of the space, 2).
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
    centres: Mapping[int, Array]
    distinct: int
    directions: Array

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
    found, centres = choose.judged(space if enough else space[:0], most, params.resamples,
                            params.min_share, seed)  # fmt: skip
    return Basis(chosen, rows, int(idle.sum()), int((~idle).sum()), scales, scaled, reduction,
                 space, found, centres, _distinct(space, seed), reading.axes(space))  # fmt: skip


def _distinct(space: Array, seed: int) -> int:
    some = engine.part(space, choose.ROWS, seed)
    return len(np.unique(some, axis=0)) if some.size else 0


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
    """The test for structure, at the number the criteria choose or else at the sharpest bend.

    Why not at the number a person asks for: whether there is structure at all is a fact of the
    customers, and must not come and go with a slider.
    """
    if base.criteria.is_empty():
        return None
    bent = int(base.criteria.sort("bend", descending=True)["k"][0])
    return choose.structure(base.space, choose.chosen_k(base.criteria) or bent, params.seed)


def freeze(base: Basis, params: SegmentsParams, k: int | None) -> Frozen:
    """The segmentation with k segments in all; one segment for all where k is None."""
    alone = Frozen(base.keys, base.scales, None, np.zeros(1, int), base.reduction)
    if k is None:
        return alone
    model, numbers = _model(base, params, k - base.extra)
    if model is None and not base.extra:
        return alone
    sizes = np.bincount(numbers[numbers >= 0]) * (base.active / max(len(base.rows), 1))
    sizes = np.append(sizes, base.idle) if base.extra else sizes
    return Frozen(base.keys, base.scales, model, reading.by_size(sizes),
                  base.reduction, base.idle > 0)  # fmt: skip


def _model(base: Basis, params: SegmentsParams, k: int) -> tuple[Model | None, Array]:
    """k segments of the active customers, and their numbers; None and zeros where they are one."""
    one = np.zeros(len(base.rows), int)
    fewest = 2 if params.method == "hdbscan" else k  # it finds its own number
    if fewest < 2 or base.distinct <= fewest or len(base.rows) < FEWEST:
        return None, one
    model = engine.fit(base.space, params.method, k, params.seed, base.centres.get(k))
    numbers = model.predict(base.space)
    return (None, one) if numbers.max(initial=-1) < 0 else (model, numbers)


@dataclass(frozen=True)
class Second:
    """Another sample of the same size with its own scales, and everybody on them."""

    base: Basis
    space: Array


def second(table: FeatureTable, params: SegmentsParams) -> Second:
    """The second sample of a feature table; k-means is begun for every number of segments."""
    base = basis(table, params, params.seed + 1, judged=False)
    tried = range(2, min(params.k_max, base.distinct - 1) + 1) if params.method == "kmeans" else ()
    base = replace(base, centres={k: engine.started(base.space, k, params.seed) for k in tried})
    return Second(base, spaced(base.keys, base.scales, base.reduction, table))


def second_sample(
    again: Second, idle: Array, params: SegmentsParams, k: int, numbers: Array
) -> pl.DataFrame:
    """How far another sample moves the shares: segment, share, share_again, moved_share."""
    found = freeze(again.base, params, k).assign(again.space, idle)
    other = drift.matched(np.maximum(numbers, 0), np.maximum(found, 0))
    size = int(max(numbers.max(), other.max())) + 1
    one = np.bincount(np.maximum(numbers, 0), minlength=size) / len(numbers)
    two = np.bincount(other, minlength=size) / len(numbers)
    return pl.DataFrame({"segment": reading.keys(np.arange(size)), "share": one, "share_again": two,
                         "moved_share": two - one})  # fmt: skip
