"""The result: the rules believed, what confirms them, what to do with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.rules import baskets, discover, drill, ground, holdout, nextbest, offers, views
from analytics.rules.baskets import Holdings
from analytics.rules.bits import Bits
from analytics.rules.discover import Listed
from analytics.rules.ground import Ground
from analytics.rules.params import RulesParams

MOST_SETS = 2_000
LEADING = ("antecedent", "consequent", "antecedent_count", "consequent_count", "count", "n",
           "support", "confidence", "lift", "lift_low", "confirmed")  # fmt: skip


@dataclass(frozen=True)
class RulesResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from; `counts` holds the denominators and exclusions.
        params: as given.
        held: the baskets.
        per_customer: the same, a customer's baskets made one; the ground of offers.
        listed: the rules shown, with their codes.
        acting: the rules that offers come from: those mined apart from the held-out customers.
        frames: every table by name, the main one first; see `tables`.
    """

    provenance: Provenance
    params: RulesParams
    held: Holdings
    per_customer: Holdings
    listed: Listed
    acting: Listed
    frames: Mapping[str, pl.DataFrame]

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts

    @property
    def rules(self) -> pl.DataFrame:
        """The main table."""
        return self.frames["rules"]


def compute(data: Dataset, params: RulesParams, as_of: date,
            population: Population = EVERYBODY) -> RulesResult:  # fmt: skip
    """Mine the baskets of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        found = ground.read(scope, population, params)
        held, later = found.held, None
        if held.unit == "products" and params.level == "product" and data.has("accounts.opened_on"):
            later = nextbest.cut(scope, population, baskets.read(scope, population, params), params)
        sql = scope.sql()
    listed = discover.discover(held.baskets, held, params)
    acting, proven = _proven(found, params, listed)
    whole = found.per_customer
    frames = {
        "rules": _main(listed, proven, found.proof.n),
        **_actions(acting, proven, whole, params),
    }
    if found.proof.n:
        frames["holdout"] = proven.drop("rule")
    frames |= {"matrix": views.matrix(listed), "graph": views.graph(listed, held),
               "parallel": views.parallel(listed, held),
               "card": views.card(listed, params.card), "pairs": views.pairs(held),
               "itemsets": itemsets(listed, held), "folded": listed.folded}  # fmt: skip
    frames |= _next(later, acting, whole, params)
    frames |= _parts(listed, held, params)
    if params.shuffles:
        frames["noise"] = discover.noise(held, params)
    counts = {**held.counts, "customers": int(np.bincount(held.owner[held.owner >= 0]).astype(bool).sum()),
              "baskets_held_out": found.proof.n, "rules_tested": listed.rules.tested, "rules_over_thresholds": listed.over_thresholds,
              "rules_significant": listed.significant, "rules_folded": listed.folded.height,
              "rules_listed": listed.frame.height}  # fmt: skip
    return RulesResult(Provenance(as_of, population, data.fingerprint, sql, counts), params, held, whole,
                       listed, acting, frames)  # fmt: skip


def _next(later: nextbest.Cut | None, acting: Listed, whole: Holdings, params: RulesParams
          ) -> dict[str, pl.DataFrame]:  # fmt: skip
    """How well each method foretells the next product, and everybody's next product."""
    if whole.unit != "products":
        return {}
    quality = None if later is None else nextbest.quality(later, whole, params)
    method = nextbest.chosen(quality, params)
    everybody = {"next_product": nextbest.for_everybody(method, acting, whole, params)}
    return everybody if quality is None else {"next_best": quality, **everybody}


def _proven(ground: Ground, params: RulesParams, listed: Listed) -> tuple[Listed, pl.DataFrame]:
    """The rules to act on and what is known of them apart from the customers they were found on."""
    if ground.proof.n:
        return holdout.confirm(ground, params)
    known = listed.frame.with_row_index("rule").with_columns(confirmed=pl.lit(None, pl.Boolean))
    return listed, known


def _main(listed: Listed, proven: pl.DataFrame, held_out: int) -> pl.DataFrame:
    """The list with the hold-out's verdict; `confirmed` is null for a rule not carried there."""
    if not held_out:
        frame = listed.frame.with_columns(confirmed=pl.lit(None, pl.Boolean))
    else:
        verdict = proven.select("antecedent", "consequent", "confirmed")
        frame = listed.frame.join(
            verdict, on=["antecedent", "consequent"], how="left", maintain_order="left"
        )
    return frame.select(*LEADING, pl.exclude(*LEADING))


def _actions(acting: Listed, proven: pl.DataFrame, whole: Holdings, params: RulesParams
             ) -> dict[str, pl.DataFrame]:  # fmt: skip
    rules = acting.rules
    bits = Bits(whole.baskets, np.concatenate([rules.antecedent.ravel(), rules.consequent.ravel()]))
    if whole.unit == "behaviour":  # its index dates lie in the past: nobody to offer anything now
        return {}
    return {"opportunities": offers.opportunities(rules, proven, whole, bits),
            "offers": offers.offers(rules, proven, whole, bits, params)}  # fmt: skip


def _parts(listed: Listed, held: Holdings, params: RulesParams) -> dict[str, pl.DataFrame]:
    """The best rules by year of joining, and by group where a breakdown was asked for."""
    found = {}
    years = views.cohorts(held.customers["opened_on"])
    if years.drop_nulls().len():
        found["cohorts"] = views.stability(listed, held, years, "cohort")
    if params.by is not None:
        found["breakdown"] = views.stability(listed, held, held.customers["group"], "group")
    return found


def itemsets(listed: Listed, held: Holdings) -> pl.DataFrame:
    """items, length, count, support, closed, maximal of the most frequent sets of two or more."""
    sets = listed.rules.sets
    closed, maximal = discover.kinds_of_sets(sets, listed.rules.supports)
    several = np.flatnonzero(sets.lengths > 1)
    best = several[np.argsort(-sets.counts[several], kind="stable")[:MOST_SETS]]
    written = [discover.AND.join(held.items[i] for i in sets.items[sets.starts[s] : sets.starts[s + 1]])
               for s in best]  # fmt: skip
    return pl.DataFrame({
        "items": pl.Series(written, dtype=pl.String), "length": sets.lengths[best],
        "count": sets.counts[best], "support": sets.counts[best] / max(held.baskets.n, 1),
        "closed": closed[best], "maximal": maximal[best]})  # fmt: skip


def tables(result: RulesResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first; the others where they hold something."""
    return {name: frame for name, frame in result.frames.items() if name == "rules" or frame.height}


def members(result: RulesResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    baskets_held = drill.behind(result, table, row)
    return drill.ids(result.held, baskets_held)
