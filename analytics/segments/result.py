"""The segments: everybody's segment, and the tables that say what the segments are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.features import Feature, FeatureTable, read
from analytics.rfm.summaries import breakdown
from analytics.segments import choose, compared, drill, factors, naming, reading
from analytics.segments.answer import Answer, Reading, answer, read_out
from analytics.segments.params import SegmentsParams
from analytics.segments.rule import Rule
from analytics.tables import Tables
from analytics.text import Text


@dataclass(frozen=True)
class SegmentsResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from; `counts` holds the denominators.
        params: as given.
        customers: customer_id, segment, x, y (hexagon), group with a breakdown, and other_segment
            where other settings are compared; by id.
        features: what was clustered.
        structure: the test against shuffled copies; None with too few customers.
        k: number of segments; None where all customers are one segment.
        idle: customers without activity that are a segment of their own.
        rules: the rule of every segment.
        names: the name of every segment, proposed or given.
        currency: three letters, or None.
        tables: by name, the main one first.
        earlier: the segments on an earlier day, with `compare_days`.
        other: the segments with other settings, with `against`.
    """

    provenance: Provenance
    params: SegmentsParams
    customers: pl.DataFrame
    features: tuple[Feature, ...]
    structure: choose.Structure | None
    k: int | None
    idle: int
    rules: Mapping[str, Rule]
    names: Mapping[str, Text]
    currency: str | None
    tables: Tables = field(default_factory=lambda: Tables({}))
    earlier: compared.Earlier | None = None
    other: compared.Other | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators by name."""
        return self.provenance.counts

    def feature(self, key: str) -> Feature:
        """A clustered feature by key."""
        return {one.key: one for one in self.features}[key]


def compute(data: Dataset, params: SegmentsParams, as_of: date,
            population: Population = EVERYBODY) -> SegmentsResult:  # fmt: skip
    """Segment the customers of `population` as known at the end of `as_of`."""
    settings = params.other()
    with data.scope(as_of, population, params.by) as scope:
        found = answer(scope, population, params)
        groups = _groups(scope) if params.by else None
        other = None if settings is None else answer(scope, population, settings)
        sql = scope.sql()
    before = _before(data, params, as_of, population, found.table)
    said = read_out(found, params)
    makers = makers_of(found, said, params)
    customers = _customers(found, said, groups)
    told_other = None
    if settings is not None and other is not None:
        told_other = compared.settings(found, other, settings)
        customers = customers.with_columns(other_segment=reading.keys(other.numbers))
        makers["comparison"] = partial(_same, told_other.table)
    earlier = None if before is None else compared.earlier(found, before, params)
    if earlier is not None:
        makers["migration"] = partial(_same, earlier.migration)
        makers["drift"] = partial(naming.titled, earlier.drift, found.used)
    if groups is not None:
        makers["breakdown"] = lambda: breakdown(customers, sorted(said.names))
        makers["groups"] = partial(_group_sizes, customers)
    counts = {"customers": customers.height, "fitted_on": len(found.base.rows),
              "without_activity": found.base.idle, "features": len(found.used),
              "segments": len(said.names)}  # fmt: skip
    return SegmentsResult(
        Provenance(as_of, population, data.fingerprint, sql, counts), params,
        customers.drop("customer_key"), found.used, found.test, found.k, found.base.idle, said.rules,
        said.names, data.currency, Tables(makers), earlier, told_other)  # fmt: skip


def _same(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _groups(scope: Scope) -> pl.DataFrame:
    return scope.query("SELECT customer_key, group_name AS \"group\" FROM customer_groups",
                       step="groups")  # fmt: skip


def _before(data: Dataset, params: SegmentsParams, as_of: date, population: Population,
            table: FeatureTable) -> FeatureTable | None:  # fmt: skip
    """The same features on the earlier day to compare with, if one is asked for."""
    if params.compare_days is None:
        return None
    with data.scope(as_of - timedelta(days=params.compare_days), population) as scope:
        return read(scope, population, params.lookback_days, params.families or (), like=table)


def _customers(found: Answer, said: Reading, groups: pl.DataFrame | None) -> pl.DataFrame:
    """customer_key, customer_id, segment, x, y, and group with a breakdown."""
    people = found.table.frame.select("customer_key", "customer_id").with_columns(
        said.segments).hstack(found.everybody.hexagons)  # fmt: skip
    if groups is None:
        return people
    return people.join(groups, on="customer_key", how="left", maintain_order="left")


def makers_of(
    found: Answer, said: Reading, params: SegmentsParams
) -> dict[str, Callable[[], pl.DataFrame]]:
    """What makes the tables that every segmentation has, the main one first; no empty ones.

    Without a customer all of them are there, and empty.
    """
    base, table, people = found.base, found.table, found.everybody
    ids, n = table.frame.select("customer_id"), table.frame.height
    numbers = found.numbers[base.rows]
    candidates = {one.key: one for one in table.features}
    makers: dict[str, tuple[bool, Callable[[], pl.DataFrame]]] = {
        "assignment": (True, lambda: ids.with_columns(said.segments).sort("segment", "customer_id")),
        "segments": (True, lambda: naming.segments(
            said.rules, said.names, said.profiles, found.used, n,
            naming.ALL_ACTIVE if base.idle else naming.OVERALL)),
        "profiles": (not said.profiles.is_empty(), lambda: naming.titled(said.profiles, found.used)),
        "criteria": (not base.criteria.is_empty(),
                     lambda: base.criteria.with_columns(pl.col("k") + base.extra)),
        "silhouettes": (len(reading.measured(numbers, params.seed)) > 0,
                        lambda: reading.silhouettes(base.space, numbers, params.seed)),
        "projection": (True, lambda: reading.projection(people.hexagons, said.segments)),
        "loadings": (base.reduction is not None,
                     lambda: naming.titled(factors.table(base.reduction, base.keys), found.used)),
        "structure": (found.test is not None, lambda: _structure(found.test)),
        "features": (not base.selection.why.is_empty(), lambda: naming.features(
            candidates, base.selection).head(n and len(candidates))),
        "feature_table": (True, lambda: ids.with_columns(said.segments).hstack(people.figures)),
        "samples": (found.samples is not None, lambda: pl.DataFrame(found.samples)),
    }  # fmt: skip
    if found.samples is None:
        makers.pop("samples")
    return {name: make for name, (any_rows, make) in makers.items() if any_rows or not n}


def _group_sizes(customers: pl.DataFrame) -> pl.DataFrame:
    return customers.group_by("group").agg(customers=pl.len().cast(pl.Int64)).sort(
        "customers", "group", descending=[True, False], nulls_last=True)  # fmt: skip


def _structure(test: choose.Structure | None) -> pl.DataFrame:
    schema = {"k": pl.Int64, "found": pl.Boolean, "p": pl.Float64, "z": pl.Float64,
              "copies": pl.Int64, "customers": pl.Int64}  # fmt: skip
    rows = (
        [] if test is None else [(test.k, test.found, test.p, test.z, test.copies, test.customers)]
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def tables(result: SegmentsResult) -> Tables:
    """The result's tables by name, the main one first; each is made when it is asked for."""
    return result.tables


def members(result: SegmentsResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    moves = None if result.earlier is None else result.earlier.moves
    return drill.behind(result.customers, moves, result.tables, table, row)
