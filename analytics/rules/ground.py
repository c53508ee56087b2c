"""The ground rules are mined on: the baskets, and which of them are held out.

Held out are customers by lot (all baskets of a customer go together; a basket without one goes by
itself), or the later months: baskets are cut at the month that comes nearest to the share. With
products the month is the one the customer joined in, so that the later customers confirm what was
found on the earlier ones.

Everything here stands between a dataset and the sliders of thresholds, and is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.dataset import Population, Scope
from analytics.itemsets import Baskets
from analytics.memo import remember
from analytics.ragged import Array
from analytics.rules import baskets, quantities
from analytics.rules.baskets import Holdings
from analytics.rules.params import RulesParams, names


@dataclass(frozen=True)
class Ground:
    """Baskets as the rules see them.

    Args:
        held: the baskets.
        out: which of them are held out, bool (n,).
        mined: the others, numbered anew.
        proof: those held out, numbered anew.
        per_customer: `held`, a customer's baskets made one; the ground of offers.
    """

    held: Holdings
    out: Array
    mined: Baskets
    proof: Baskets
    per_customer: Holdings


def read(scope: Scope, population: Population, params: RulesParams) -> Ground:
    """The baskets of the scope, split; remembered, so that a threshold's slider does not read again."""
    held = baskets.read(scope, population, params)
    question = ("rules ground", *baskets.question(held.unit, params), params.features, params.bins,
                params.holdout_share, params.holdout_by, params.seed)  # fmt: skip
    return remember(
        scope, population, params.by, question, lambda: _read(scope, population, held, params)
    )


def _read(scope: Scope, population: Population, held: Holdings, params: RulesParams) -> Ground:
    out = drawn(held, params)
    if asked := names(params.features):
        held = quantities.added(scope, population, held, asked, params.bins, ~out)
    return Ground(held, out, held.some(~out), held.some(out), by_customer(held))


def drawn(held: Holdings, params: RulesParams) -> Array:
    """Which baskets are held out, bool (n,)."""
    if params.holdout_by == "months" and params.holdout_share:
        return _later(held, params.holdout_share)
    draw = np.random.default_rng(params.seed)
    by_customer = draw.random(held.customers.height + 1) < params.holdout_share
    by_basket = draw.random(held.baskets.n) < params.holdout_share
    return np.where(held.owner >= 0, by_customer[held.owner], by_basket)


def _later(held: Holdings, share: float) -> Array:
    """The baskets of the later months, cut nearest to the share asked for; none where all lie in one month."""
    months, counts = np.unique(held.month[held.month >= 0], return_counts=True)
    if len(months) < 2:
        return np.zeros(held.baskets.n, bool)
    later = counts[::-1].cumsum()[::-1][1:] / max(held.baskets.n, 1)
    return np.asarray(held.month >= months[1:][np.argmin(np.abs(later - share))])


def by_customer(held: Holdings) -> Holdings:
    """One basket a customer: everything in any of the customer's baskets."""
    if held.unit in ("products", "behaviour"):
        return held
    n = held.customers.height
    owner = held.owner[held.baskets.basket]
    known = owner >= 0
    merged = Baskets.of(owner[known], held.baskets.item[known], n, held.baskets.n_items)
    return Holdings(merged, held.items, np.arange(n), held.customers, held.unit, np.full(n, -1),
                    held.parents, held.consequents)  # fmt: skip
