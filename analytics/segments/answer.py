"""One question to the segmentation, answered: feature table, what was fitted, who is in which segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import polars as pl

from analytics.dataset import Population, Scope
from analytics.features import Feature, FeatureTable, read
from analytics.memo import remember
from analytics.segments import choose, fitted, naming, reading, rule, selection
from analytics.segments.engine import Array
from analytics.segments.fitted import Basis, Frozen
from analytics.segments.params import SegmentsParams
from analytics.segments.rule import Rule
from analytics.text import Text

APART = ("k", "names", "by", "compare_days", "against")  # parameters the basis does not depend on
Work = TypeVar("Work")
APART_ROWS = 5_000  # customers without activity whose figures are held against the others


@dataclass(frozen=True)
class Answer:
    """A segmentation of the customers of one feature table.

    Args:
        table: the features.
        base: what does not depend on k.
        test: whether there is structure; None with too few customers.
        frozen: the segments.
        numbers: segment number of every customer.
        places: place of every customer in the projection, shape (customers, 2).
        samples: how far another sample moves the shares; None where everybody was fitted.
    """

    table: FeatureTable
    base: Basis
    test: choose.Structure | None
    frozen: Frozen
    numbers: Array
    places: Array
    samples: pl.DataFrame | None = None

    @property
    def used(self) -> tuple[Feature, ...]:
        """The clustered features."""
        return tuple(self.table.feature(key) for key in self.frozen.keys)

    @property
    def k(self) -> int | None:
        """Number of segments; None where all customers are one."""
        return None if self.frozen.single else len(self.frozen.order)


@dataclass(frozen=True)
class Reading:
    """What an answer says: the rows it is read from, profiles, rules and names."""

    rows: pl.DataFrame
    profiles: pl.DataFrame
    rules: dict[str, Rule]
    names: dict[str, Text]


def answer(scope: Scope, population: Population, params: SegmentsParams) -> Answer:
    """Segment the customers of an open scope; what does not change with k is remembered."""
    table = read(scope, population, params.lookback_days, params.families or ())
    asked = tuple((n, v) for n, v in vars(params).items() if n not in APART)

    def kept(step: tuple[object, ...], work: Callable[[], Work]) -> Work:
        return remember(scope, population, None, ("segments", *step, asked), work)

    base = kept(("basis",), lambda: fitted.basis(table, params, params.seed))
    test = kept(("test", params.k), lambda: fitted.tested(base, params))
    k = number_of_segments(base, test, params)
    frozen = kept(("model", k), lambda: fitted.freeze(base, params, k))
    numbers, places = kept(("numbers", k), lambda: frozen.apply(table))
    samples = None
    if frozen.model is not None and base.active > params.sample:
        second = kept(("second basis",), lambda: fitted.second_basis(table, params))
        samples = kept(("samples", k), lambda: fitted.second_sample(
            second, table, params, len(frozen.order), numbers))  # fmt: skip
    return Answer(table, base, test, frozen, numbers, places, samples)


def number_of_segments(
    base: Basis, test: choose.Structure | None, params: SegmentsParams
) -> int | None:
    """In all: as asked, or as chosen where the structure is real, or None."""
    if params.k is not None or params.method == "hdbscan":
        return params.k or 2
    chosen = choose.chosen_k(base.criteria)
    return chosen + base.extra if chosen and test is not None and test.found else None


def read_out(found: Answer, params: SegmentsParams) -> Reading:
    """Profiles, rules and names of an answer."""
    frozen, base = found.frozen, found.base
    rows = pl.DataFrame([reading.keys(found.numbers), *found.table.filled(frozen.keys)])
    apart, number, key = None, -1, None
    if frozen.idle_apart:
        idle = np.flatnonzero(selection.idle(found.table, frozen.keys))[:APART_ROWS]
        apart = frozen.scales.apply(rows.select(frozen.keys)[idle].to_numpy())
        number = int(frozen.order[-1])
        key = f"s{number + 1}"
    distances = reading.differences(base.scaled, frozen.of_fitted(base), frozen.keys, apart, number)
    profiles = reading.profiles(rows, distances, found.used, key)
    rules = rule.find(rows, found.used, params.seed)
    active = [one for one in found.used if one.key == selection.ACTIVE]
    if key in rules and active:  # what they are by definition, not what a search finds
        rules[key] = rule.marked(rows, key, (rule.Condition(active[0], at_least=False, limit=0),))
    return Reading(rows, profiles, rules,
                   naming.names(rules, profiles, found.used, params.own_names()))  # fmt: skip
