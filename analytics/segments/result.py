"""The segments: everybody's segment, and the tables that say what the segments are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.features import Feature, FeatureTable, read
from analytics.memo import remember
from analytics.rfm.summaries import breakdown
from analytics.segments import choose, drift, fitted, naming, reading, rule
from analytics.segments.fitted import Basis, Frozen
from analytics.segments.params import SegmentsParams
from analytics.segments.rule import Rule
from analytics.text import Text

APART = ("k", "names", "by", "compare_days")  # parameters the basis does not depend on


@dataclass(frozen=True)
class SegmentsResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from; `counts` holds the denominators.
        params: as given.
        customers: customer_id, segment, x, y (hexagon), and group with a breakdown; by id.
        features: what was clustered.
        structure: the test against shuffled copies; None with too few customers.
        k: number of segments fitted; None where all customers are one segment.
        rules: the rule of every segment.
        names: the name of every segment, proposed or given.
        currency: three letters, or None.
        tables: by name, the main one first.
        moves: customer_id, from_segment, to_segment, of both days, with `compare_days`.
        moved_by_refit: share of customers that a refit at the other day would place differently.
    """

    provenance: Provenance
    params: SegmentsParams
    customers: pl.DataFrame
    features: tuple[Feature, ...]
    structure: choose.Structure | None
    k: int | None
    rules: Mapping[str, Rule]
    names: Mapping[str, Text]
    currency: str | None
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    moves: pl.DataFrame | None = None
    moved_by_refit: float | None = None

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
    with data.scope(as_of, population, params.by) as scope:
        table = read(scope, population, params.lookback_days, params.families or ())
        members = _members(scope) if params.by else None
        asked = tuple((n, v) for n, v in vars(params).items() if n not in APART)
        base: Basis = remember(scope, population, None, ("segments basis", asked),
                               lambda: fitted.basis(table, params, params.seed))  # fmt: skip
        test = remember(scope, population, None, ("segments test", asked),
                        lambda: fitted.tested(base, params))  # fmt: skip
        k = _number(base, test, params)
        frozen: Frozen = remember(scope, population, None, ("segments model", asked, k),
                                  lambda: fitted.freeze(base, params, k))  # fmt: skip
        sql = scope.sql()
    before = _before(data, params, as_of, population, table)
    return _result(table, base, frozen, test, params, data.currency, members, before,
                   (as_of, population, data.fingerprint, sql))  # fmt: skip


def _number(base: Basis, test: choose.Structure | None, params: SegmentsParams) -> int | None:
    """The number of segments: as asked, or as chosen where the structure is real, or none."""
    if params.k is not None or params.method == "hdbscan":
        return params.k or 2
    return choose.chosen_k(base.criteria) if test is not None and test.found else None


def _members(scope: Scope) -> pl.DataFrame:
    return scope.query("SELECT customer_key, group_name AS \"group\" FROM customer_groups",
                       step="groups")  # fmt: skip


def _before(data: Dataset, params: SegmentsParams, as_of: date, population: Population,
            table: FeatureTable) -> FeatureTable | None:  # fmt: skip
    """The same features on the earlier day to compare with, if one is asked for."""
    if params.compare_days is None:
        return None
    with data.scope(as_of - timedelta(days=params.compare_days), population) as scope:
        return read(scope, population, params.lookback_days, params.families or (), like=table)


def _result(table: FeatureTable, base: Basis, frozen: Frozen, test: choose.Structure | None,
            params: SegmentsParams, currency: str | None, members: pl.DataFrame | None,
            before: FeatureTable | None, facts: tuple[date, Population, str, str]) -> SegmentsResult:  # fmt: skip
    numbers, places = frozen.apply(table)
    segment = reading.keys(numbers)
    used = tuple(table.feature(key) for key in frozen.keys)
    rows = pl.DataFrame([segment, *table.filled(frozen.keys)])
    rules = rule.find(rows, used, params.seed)
    customers = table.frame.select("customer_key", "customer_id").with_columns(
        segment).hstack(reading.hexagons(places))  # fmt: skip
    if members is not None:
        customers = customers.join(members, on="customer_key", how="left", maintain_order="left")
    d = reading.differences(base.scaled, numbers[base.rows], [k for k, v in zip(
        frozen.keys, frozen.scales.varies, strict=True) if v])  # fmt: skip
    profiles = reading.profiles(rows, d, used)
    names = naming.names(rules, profiles, used, params.own_names())
    tables = {
        "assignment": customers.select("customer_id", "segment").sort("segment", "customer_id"),
        "segments": naming.segments(rules, names, customers.height),
        "profiles": profiles, "criteria": base.criteria,
        "silhouettes": reading.silhouettes(base.scaled, numbers[base.rows], params.seed),
        "projection": reading.projection(customers.select("x", "y"), customers["segment"]),
        "structure": _structure(test),
        "features": naming.features(used) if customers.height else naming.features(()),
        "feature_table": table.frame.select("customer_id").hstack(rows.select("segment", *frozen.keys)),
    }  # fmt: skip
    if frozen.model is not None and customers.height > params.sample:
        size = int(frozen.order.max()) + 1
        tables["samples"] = fitted.second_sample(table, params, size, numbers)
    moves, moved = _add_before(tables, table, before, frozen, params)
    if members is not None:
        tables["breakdown"] = breakdown(customers, sorted(names))
        tables["groups"] = customers.group_by("group").agg(pl.len().cast(pl.Int64).alias("customers")).sort(
            "customers", "group", descending=[True, False], nulls_last=True)  # fmt: skip
    counts = {"customers": customers.height, "fitted_on": len(base.rows), "features": len(used),
              "segments": len(names)}  # fmt: skip
    kept = {n: f for n, f in tables.items() if f.height or not customers.height}
    return SegmentsResult(
        Provenance(*facts, counts), params, customers.drop("customer_key"), used, test,
        None if frozen.model is None else len(frozen.order), rules, names, currency, kept, moves, moved)  # fmt: skip


def _structure(test: choose.Structure | None) -> pl.DataFrame:
    schema = {"k": pl.Int64, "found": pl.Boolean, "p": pl.Float64, "z": pl.Float64,
              "copies": pl.Int64, "customers": pl.Int64}  # fmt: skip
    rows = (
        [] if test is None else [(test.k, test.found, test.p, test.z, test.copies, test.customers)]
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def _add_before(tables: dict[str, pl.DataFrame], table: FeatureTable, before: FeatureTable | None,
                frozen: Frozen, params: SegmentsParams) -> tuple[pl.DataFrame | None, float | None]:  # fmt: skip
    """Add `migration` and `drift`; the answer is who moved, and the share that a refit would move."""
    if before is None or not before.frame.height or not table.frame.height:
        return None, None
    numbers, _ = frozen.apply(before)
    then = before.frame.select("customer_id").with_columns(reading.keys(numbers))
    moves = drift.moves(then, tables["assignment"])
    tables["migration"] = drift.migration(moves)
    tables["drift"] = drift.drift(
        before.filled(frozen.keys), table.filled(frozen.keys), frozen.keys
    )
    if frozen.model is None or numbers.min() < 0:
        return moves, None
    again = fitted.freeze(fitted.basis(before, params, params.seed, judged=False), params,
                          len(frozen.order))  # fmt: skip
    other = again.apply(before)[0]
    return moves, drift.share_moved(numbers, other) if other.min() >= 0 else None


def tables(result: SegmentsResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    return dict(result.tables)


def members(result: SegmentsResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    from analytics.segments import drill  # kept beside its table of keys

    return drill.behind(result, table, row)
