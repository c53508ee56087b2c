"""All customers, prepared once for every number of segments: what a move of `k` must not pay for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.features import Feature, FeatureTable
from analytics.segments import profile, reading, rule, selection
from analytics.segments.engine import Array
from analytics.segments.fitted import Basis, spaced

APART_ROWS = 5_000  # customers without activity whose figures are held against the others


@dataclass(frozen=True)
class Everybody:
    """Everybody's figures and places; depends on the basis, not on the number of segments.

    Args:
        figures: the clustered features in their own units, without nulls.
        space: the same in the space that is clustered, shape (customers, dimensions).
        idle: who had no activity.
        apart: scaled figures of some without activity, if they stand apart.
        hexagons: x and y of everybody's hexagon in the projection.
        ordered: the figures in ascending order.
        overall: their medians and means, of the active where the others stand apart.
        unknown: features and whose figure of them only stands in for one (`profile.unknown`).
        tried: the conditions that rules are made of.
    """

    figures: pl.DataFrame
    space: Array
    idle: Array
    apart: Array | None
    hexagons: pl.DataFrame
    ordered: profile.Ordered
    overall: pl.DataFrame
    unknown: profile.Unknown
    tried: rule.Tried


def everybody(table: FeatureTable, base: Basis, seed: int) -> Everybody:
    """Prepare the customers of a feature table."""
    figures = table.filled(base.keys)
    idle = selection.idle(table, base.keys)
    space = spaced(base.keys, base.scales, base.reduction, table)
    apart = None
    if base.extra:
        apart = base.scales.apply(figures[np.flatnonzero(idle)[:APART_ROWS]].to_numpy())
    active = figures.filter(pl.Series(~idle)) if base.extra else figures
    return Everybody(figures, space, idle, apart, reading.hexagons(space @ base.directions),
                     profile.ordered(figures), profile.overall(active),
                     profile.unknown(table.frame, _used(table, base.keys)),
                     rule.tried(figures, _used(table, base.keys), seed))  # fmt: skip


def _used(table: FeatureTable, keys: Sequence[str]) -> list[Feature]:
    return [table.feature(key) for key in keys]
