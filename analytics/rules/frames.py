"""Every table of a result by name: what makes it, and whether it holds anything.

Why makers and not tables: a page shows two charts and one table, and a list of offers to a hundred
thousand customers that nobody looks at would be sorted anew at every step of a slider. Whether a
table holds a row is told from what is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analytics.rules import discover, nextbest, offers, views
from analytics.rules.baskets import Holdings
from analytics.rules.discover import Listed
from analytics.rules.network import graph

if TYPE_CHECKING:
    from analytics.rules.result import RulesResult

MOST_SETS = 2_000
LEADING = ("antecedent", "consequent", "antecedent_count", "consequent_count", "count", "n",
           "support", "confidence", "lift", "lift_low", "confirmed")  # fmt: skip
Maker = Callable[[], pl.DataFrame]


def makers(result: RulesResult) -> dict[str, Maker]:
    """What makes each table, the main one first; of those this kind of basket can have."""
    listed, held, params = result.listed, result.held, result.params
    found: dict[str, Maker] = {"rules": partial(main, result)}
    if held.unit != "behaviour":  # its index dates lie in the past: nobody to offer anything now
        found |= {"opportunities": partial(_opportunities, result), "offers": partial(_offers, result)}  # fmt: skip
    if result.ground.proof.n:
        found["holdout"] = partial(result.proven.drop, "rule")
    found |= {"matrix": partial(views.matrix, listed), "graph": partial(graph, listed, held),
              "parallel": partial(views.parallel, listed, held),
              "card": partial(views.card, listed, params.card), "pairs": partial(views.pairs, held),
              "itemsets": partial(itemsets, listed, held), "folded": lambda: listed.folded}  # fmt: skip
    if held.unit == "products":
        found |= {"next_best": partial(nextbest.quality, result.periods, held, params),
                  "next_product": partial(_next_product, result)}  # fmt: skip
    years = partial(views.cohorts, held.customers["opened_on"])
    found["cohorts"] = lambda: views.stability(listed, held, years(), "cohort")
    if params.by is not None:
        found["breakdown"] = partial(views.stability, listed, held, held.customers["group"], "group")  # fmt: skip
    if params.shuffles:
        found["noise"] = partial(discover.noise, held, params)
    return found


def filled(result: RulesResult) -> list[str]:
    """The tables that hold a row, by name; the main one always."""
    listed, acting = result.listed, result.acting
    rules, held = len(listed.rules) > 0, result.held
    facts = {
        "opportunities": _has_offers(result, sound=False), "offers": _has_offers(result, sound=True),
        "holdout": len(acting.rules) > 0, "matrix": rules, "graph": rules, "parallel": rules, "card": rules,
        "pairs": np.count_nonzero(np.bincount(held.baskets.item)) > 1,
        "itemsets": bool((listed.rules.sets.lengths > 1).any()), "folded": listed.folded.height > 0,
        "next_best": bool(result.periods), "next_product": nextbest.anybody_lacks(result.per_customer),
        "cohorts": rules and held.customers["opened_on"].count() > 0, "breakdown": rules,
    }  # fmt: skip
    return [name for name in result.frames if facts.get(name, True)]


def _has_offers(result: RulesResult, *, sound: bool) -> bool:
    """Whether any rule, or any rule that was confirmed, has a candidate."""
    if "opportunities" not in result.frames:
        return False
    rows = result.frames["opportunities"]
    return not (rows.filter(offers.SOUND) if sound else rows).is_empty()


def main(result: RulesResult) -> pl.DataFrame:
    """The list with the hold-out's verdict; `confirmed` is null for a rule not carried there."""
    frame = result.listed.frame
    if not result.ground.proof.n:
        frame = frame.with_columns(confirmed=pl.lit(None, pl.Boolean))
    else:
        verdict = result.proven.select("antecedent", "consequent", "confirmed")
        frame = frame.join(verdict, on=["antecedent", "consequent"], how="left", maintain_order="left")  # fmt: skip
    return frame.select(*LEADING, pl.exclude(*LEADING))


def _opportunities(result: RulesResult) -> pl.DataFrame:
    return offers.opportunities(result.acting.rules, result.proven, result.per_customer)


def _offers(result: RulesResult) -> pl.DataFrame:
    return offers.offers(result.acting.rules, result.proven, result.per_customer, result.params)


def _next_product(result: RulesResult) -> pl.DataFrame:
    quality = result.frames["next_best"] if result.periods else None
    method = nextbest.chosen(quality, result.params)
    return nextbest.for_everybody(method, result.per_customer, result.params)


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
