"""Rules mined on some customers and confirmed on others, so that a claim does not rest on luck.

What is held out says `ground`. The rest is mined with the same parameters; every rule found there is
counted and tested anew on those held out, corrected by Holm over the rules carried over (Webb 2007).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from analytics.itemsets import Baskets
from analytics.ragged import Array
from analytics.rules import known
from analytics.rules.believe import largest_p
from analytics.rules.bits import Bits, bits_of
from analytics.rules.discover import Listed, discover
from analytics.rules.ground import Ground
from analytics.rules.measures import measure
from analytics.rules.mining import Rules
from analytics.rules.params import RulesParams
from analytics.statistics import holm


def confirm(ground: Ground, params: RulesParams) -> tuple[Listed, pl.DataFrame]:
    """The rules of the customers mined, and what those held out say of each.

    The frame has a row per rule: antecedent, consequent, mined_confidence, mined_lift, and on the
    held-out baskets n, the counts, confidence with its interval, lift, p (the largest of the whole
    and every item given the others), p_holm and confirmed (p_holm at most alpha); best first by
    the lower end of the confidence interval over the consequent's share.
    """
    mined = discover(ground.mined, ground.held, params)
    return mined, tested(mined, ground.proof, params.alpha)


def tested(mined: Listed, proof: Baskets, alpha: float) -> pl.DataFrame:
    """Counts and tests of the mined rules on the baskets held out."""
    n = proof.n
    *counts, p = known.ask(proof, "holdout", mined.rules, lambda new: _counted(new, proof)).T
    a, c, both = (one.astype(np.int64) for one in counts)
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


def _counted(rules: Rules, proof: Baskets) -> Array:
    """Baskets held out with the antecedent, the consequent, both, and the p of the rule: (rules, 4)."""
    bits = bits_of(proof, rules.antecedent, rules.consequent)
    whole = np.hstack([rules.antecedent, rules.consequent])
    a, c, both = (bits.count(x) for x in (rules.antecedent, rules.consequent, whole))
    tables = [(np.arange(len(a)), c, np.full(len(a), proof.n)), *_given_others(rules, bits)]
    return np.stack([a, c, both, largest_p(both, a, tables)[1]], axis=1)


def _given_others(rules: Rules, bits: Bits) -> Iterator[tuple[Array, Array, Array]]:
    """For each item of the antecedents: the rules that have it, and their tables among the holders of the others."""
    sizes = (rules.antecedent >= 0).sum(axis=1)
    for column in range(rules.antecedent.shape[1]):
        rows = np.flatnonzero((sizes > 1) & (rules.antecedent[:, column] >= 0))
        others = rules.antecedent[rows].copy()
        others[:, column] = -1
        joint = bits.count(np.hstack([others, rules.consequent[rows]]))
        yield rows, joint, bits.count(others)
