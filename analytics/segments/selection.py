"""Which features tell customers apart: those that hardly vary or repeat another one are left out.

A feature is left out if

- one value covers nearly everybody (more than 1 - `min_share`): what fewer customers differ in than
  the smallest segment holds cannot make a segment;
- it says what an earlier one says: their correlation on the comparable scale is .95 or more. Why:
  four names for "busy" would count busyness four times, and every answer would read "busy or not".

Features chosen by hand are not compared with each other: who names two wants both.

Customers without a movement in the look-back are set apart (`idle`): they have no behaviour to
compare, the stand-ins for their missing figures would be the strongest cluster of any extract, and
"no activity" is what a bank calls them anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.features import Feature, FeatureTable
from analytics.segments.engine import Array

TWIN = 0.95
LEAST_RARE = 0.01
ACTIVE = "active_days"
MOVED = ("movements", "days")  # parts of the feature table that speak of movements
USED, FLAT, SAME = "used", "hardly_varies", "same_as_another"
SCHEMA = dict.fromkeys(("feature", "status", "like"), pl.String)


@dataclass(frozen=True)
class Selection:
    """The features to cluster, and why the others are not.

    Args:
        keys: used, in the order of the feature table.
        places: their places among the candidates.
        why: feature, status (a key of `STATUSES`), like (the feature it repeats, else null).
    """

    keys: tuple[str, ...]
    places: Array
    why: pl.DataFrame


def candidates(table: FeatureTable, chosen: Sequence[str] | None) -> tuple[str, ...]:
    """The chosen features, or all behaviour; with them the shares by the extract's own names."""
    if chosen is None:
        return tuple(one.key for one in table.features if one.behaviour)
    shares = [one.key for one in table.features if one.of_data]
    return (*(table.feature(key).key for key in chosen), *shares)


def idle(table: FeatureTable, keys: Sequence[str]) -> Array:
    """Which customers had no active day in the look-back; none if no feature speaks of movements."""
    used: list[Feature] = [table.feature(key) for key in keys]
    if ACTIVE not in table.frame.columns or not any(one.part in MOVED for one in used):
        return np.zeros(table.frame.height, bool)
    return (table.frame[ACTIVE].fill_nan(None).fill_null(0) <= 0).to_numpy()


def flat(values: Array, min_share: float) -> Array:
    """Which columns hold one value in more than 1 - min_share of the rows, shape (features,)."""
    if not len(values):
        return np.ones(values.shape[1], bool)
    most = 1 - max(min_share, LEAST_RARE)
    ordered = np.sort(values, axis=0)
    length = int(np.floor(most * len(values))) + 1  # a run longer than `most` of the rows
    if length > len(values):
        return ordered[0] == ordered[-1]
    return (ordered[length - 1 :] == ordered[: len(values) - length + 1]).any(axis=0)


def twins(scaled: Array) -> dict[int, int]:
    """Column -> the first earlier kept column it correlates with by at least .95."""
    if scaled.shape[0] < 3 or scaled.shape[1] < 2:
        return {}
    close = np.abs(np.corrcoef(scaled, rowvar=False)) >= TWIN
    found: dict[int, int] = {}
    for place in range(scaled.shape[1]):
        like = next((one for one in range(place) if one not in found and close[place, one]), None)
        if like is not None:
            found[place] = like
    return found


def select(keys: Sequence[str], scaled: Array, varies: Array, by_hand: bool) -> Selection:
    """Say which candidates are used.

    Args:
        keys: the candidates.
        scaled: comparable values of those that vary, shape (customers, features that vary).
        varies: which candidates vary, shape (candidates,).
        by_hand: whether a person chose them.
    """
    moving = np.flatnonzero(varies)
    found = {} if by_hand else twins(scaled)
    same = {int(moving[a]): int(moving[b]) for a, b in found.items()}
    rows = [(key, FLAT if not varies[at] else SAME if at in same else USED,
             keys[same[at]] if at in same else None) for at, key in enumerate(keys)]  # fmt: skip
    places = np.array([at for at, row in enumerate(rows) if row[1] == USED], dtype=int)
    why = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return Selection(tuple(keys[at] for at in places), places, why)
