"""The result: the rules believed, what confirms them, what to do with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.rules import discover, drill, frames, ground, holdout, nextbest
from analytics.rules.baskets import Holdings
from analytics.rules.discover import Listed
from analytics.rules.ground import Ground
from analytics.rules.nextbest import Period
from analytics.rules.params import RulesParams
from analytics.tables import Tables


@dataclass(frozen=True)
class RulesResult:
    """Every number the page, the headline and the charts show; a table is made when first asked for.

    Args:
        provenance: where it comes from; `counts` holds the denominators and exclusions.
        params: as given.
        ground: the baskets, and which of them are held out.
        listed: the rules shown, with their codes.
        acting: the rules that offers come from: those mined apart from the held-out customers.
        proven: what is known of the acting rules, one row each; see `holdout.confirm`.
        periods: the later periods the next product is judged on, by name; see `nextbest.periods`.
    """

    provenance: Provenance
    params: RulesParams
    ground: Ground
    listed: Listed
    acting: Listed
    proven: pl.DataFrame
    periods: Mapping[str, Period]

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts

    @property
    def held(self) -> Holdings:
        """The baskets."""
        return self.ground.held

    @property
    def per_customer(self) -> Holdings:
        """The same, a customer's baskets made one; the ground of offers."""
        return self.ground.per_customer

    @cached_property
    def frames(self) -> Tables:
        """Every table by name, the main one first, also those without a row."""
        return Tables(frames.makers(self))

    @cached_property
    def tables(self) -> Tables:
        """The tables that hold something, the main one always."""
        return self.frames.some(frames.filled(self))

    @property
    def rules(self) -> pl.DataFrame:
        """The main table."""
        return self.frames["rules"]


def compute(data: Dataset, params: RulesParams, as_of: date,
            population: Population = EVERYBODY) -> RulesResult:  # fmt: skip
    """Mine the baskets of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        found = ground.read(scope, population, params)
        periods = nextbest.periods(scope, population, found.held, params)
        sql = scope.sql()
    listed = discover.discover(found.held.baskets, found.held, params)
    acting, proven = _proven(found, params, listed)
    counts = _counts(found, listed)
    return RulesResult(Provenance(as_of, population, data.fingerprint, sql, counts), params, found,
                       listed, acting, proven, periods)  # fmt: skip


def _proven(ground: Ground, params: RulesParams, listed: Listed) -> tuple[Listed, pl.DataFrame]:
    """The rules to act on and what is known of them apart from the customers they were found on."""
    if ground.proof.n:
        return holdout.confirm(ground, params)
    known = listed.frame.with_row_index("rule").with_columns(confirmed=pl.lit(None, pl.Boolean))
    return listed, known


def _counts(ground: Ground, listed: Listed) -> dict[str, int]:
    held = ground.held
    customers = int(np.bincount(held.owner[held.owner >= 0]).astype(bool).sum())
    return {**held.counts, "customers": customers, "baskets_held_out": ground.proof.n,
            "rules_tested": listed.rules.tested, "rules_over_thresholds": listed.over_thresholds,
            "rules_significant": listed.significant, "rules_folded": listed.folded.height,
            "rules_listed": listed.frame.height}  # fmt: skip


def tables(result: RulesResult) -> Mapping[str, pl.DataFrame]:
    """The result's tables by name, the main one first; the others where they hold something."""
    return result.tables


def members(result: RulesResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    baskets_held = drill.behind(result, table, row)
    return drill.ids(result.held, baskets_held)
