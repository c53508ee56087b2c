"""Rules mined on some customers and confirmed on others, so that a claim does not rest on luck.

A share of the customers is held out by lot (all baskets of a customer go together; a basket without
one goes by itself). The rest is mined with the same parameters; every rule found there is counted
and tested anew on those held out, corrected by Holm over the rules carried over (Webb 2007).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.ragged import Array
from analytics.rules.baskets import Holdings
from analytics.rules.bits import Bits
from analytics.rules.discover import Listed, discover
from analytics.rules.measures import fisher_tail, measure
from analytics.rules.mining import Rules
from analytics.rules.params import RulesParams
from analytics.statistics import holm


def drawn(held: Holdings, share: float, seed: int) -> Array:
    """Which baskets are held out, bool (n,); by customer where there is one."""
    draw = np.random.default_rng(seed)
    by_customer = draw.random(held.customers.height + 1) < share
    by_basket = draw.random(held.baskets.n) < share
    return np.where(held.owner >= 0, by_customer[held.owner], by_basket)


def confirm(held: Holdings, params: RulesParams) -> tuple[Listed, pl.DataFrame]:
    """The rules of the customers mined, and what those held out say of each.

    The frame has a row per rule: antecedent, consequent, mined_confidence, mined_lift, and on the
    held-out baskets n, the counts, confidence with its interval, lift, p (the largest of the whole
    and every item given the others), p_holm and confirmed (p_holm at most alpha); best first by
    the lower end of the confidence interval over the consequent's share.
    """
    out = drawn(held, params.holdout_share, params.seed)
    mined = discover(held.some(~out), held, params)
    return mined, tested(mined, held, out, params.alpha)


def tested(mined: Listed, held: Holdings, out: Array, alpha: float) -> pl.DataFrame:
    """Counts and tests of the mined rules on the baskets `out`."""
    rules, n = mined.rules, int(out.sum())
    bits = Bits(held.baskets, np.concatenate([rules.antecedent.ravel(), rules.consequent.ravel()]))
    within = bits.pack(out)
    whole = np.hstack([rules.antecedent, rules.consequent])
    a, c, both = (bits.count(x, within) for x in (rules.antecedent, rules.consequent, whole))
    p = np.maximum(
        fisher_tail(both, a, c, np.full(len(a), n)), _given_others(rules, bits, within, a, both)
    )
    frame = measure(a, c, both, n)
    adjusted = holm(p)
    return pl.DataFrame({
        "antecedent": mined.frame["antecedent"], "consequent": mined.frame["consequent"],
        "mined_confidence": mined.frame["confidence"], "mined_lift": mined.frame["lift"],
        "antecedent_count": a, "consequent_count": c, "count": both,
        "n": np.full(len(a), n, np.int64), "confidence": frame["confidence"],
        "confidence_low": frame["confidence_low"], "confidence_high": frame["confidence_high"],
        "lift": frame["lift"].fill_nan(None), "lift_low": frame["lift_low"].fill_nan(None),
        "p": p, "p_holm": adjusted, "confirmed": adjusted <= alpha,
    }).with_row_index("rule")  # fmt: skip


def _given_others(rules: Rules, bits: Bits, within: Array, a: Array, both: Array) -> Array:
    """The largest p over the items of each antecedent, each among the holders of the others."""
    worst = np.zeros(len(rules))
    sizes = (rules.antecedent >= 0).sum(axis=1)
    for column in range(rules.antecedent.shape[1]):
        rows = np.flatnonzero((sizes > 1) & (rules.antecedent[:, column] >= 0))
        others = rules.antecedent[rows].copy()
        others[:, column] = -1
        joint = bits.count(np.hstack([others, rules.consequent[rows]]), within)
        p = fisher_tail(both[rows], a[rows], joint, bits.count(others, within))
        worst[rows] = np.maximum(worst[rows], p)
    return worst
