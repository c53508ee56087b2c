"""One question to the segmentation, answered: feature table, what was fitted, who is in which segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from analytics.dataset import Population, Scope
from analytics.features import Feature, FeatureTable, read
from analytics.memo import remember
from analytics.segments import choose, fitted, naming, profile, reading, rule, selection
from analytics.segments.engine import Array
from analytics.segments.everybody import Everybody, everybody
from analytics.segments.fitted import Basis, Frozen
from analytics.segments.params import SegmentsParams
from analytics.segments.rule import Rule
from analytics.text import Text

APART = ("k", "names", "by", "compare_days", "against")  # parameters the basis does not depend on
Work = TypeVar("Work")


@dataclass(frozen=True)
class Answer:
    """A segmentation of the customers of one feature table.

    Args:
        table: the features.
        base: what does not depend on k.
        test: whether there is structure; None with too few customers.
        frozen: the segments.
        numbers: segment number of every customer.
        everybody: the customers, prepared for any number of segments.
        samples: how far another sample moves the shares; None where everybody was fitted.
    """

    table: FeatureTable
    base: Basis
    test: choose.Structure | None
    frozen: Frozen
    numbers: Array
    everybody: Everybody
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
    """What an answer says: everybody's segment, profiles, rules and names."""

    segments: pl.Series
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
    test = kept(("test",), lambda: fitted.tested(base, params))
    people = kept(("everybody",), lambda: everybody(table, base, params.seed))
    k = number_of_segments(base, test, params)
    frozen = kept(("model", k), lambda: fitted.freeze(base, params, k))
    numbers = frozen.assign(people.space, people.idle)
    samples = None
    if frozen.model is not None and base.active > params.sample:
        again = kept(("second",), lambda: fitted.second(table, params))
        samples = kept(("samples", k), lambda: fitted.second_sample(
            again, people.idle, params, len(frozen.order), numbers))  # fmt: skip
    return Answer(table, base, test, frozen, numbers, people, samples)


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
    frozen, base, people = found.frozen, found.base, found.everybody
    segments = reading.keys(found.numbers)
    number = int(frozen.order[-1]) if frozen.idle_apart else -1
    apart = people.apart if frozen.idle_apart else None
    distances = profile.differences(
        base.scaled, found.numbers[base.rows], frozen.keys, apart, number
    )
    profiles = profile.profiles(found.numbers, people.ordered, people.overall, distances,
                                people.unknown)  # fmt: skip
    rules = rule.find(people.tried, found.numbers)
    key = f"s{number + 1}"
    active = [one for one in found.used if one.key == selection.ACTIVE]
    if frozen.idle_apart and key in rules and active:  # what they are by definition, not by search
        nothing = (rule.Condition(active[0], at_least=False, limit=0),)
        rules[key] = rule.marked(people.figures, people.idle, key, nothing)
    return Reading(segments, profiles, rules,
                   naming.names(rules, profiles, found.used, params.own_names()))  # fmt: skip
