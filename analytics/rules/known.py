"""What was already counted and tested of each rule on some baskets, so that a slider tests only new ones.

A rule's counts and p values depend on the baskets alone, not on the thresholds that list it. They
are found by the hashes of its sides (`mining.Supports`), and are gone with the baskets.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

import numpy as np

from analytics.itemsets import Baskets
from analytics.ragged import Array
from analytics.rules.mining import Rules

MOST_KEPT = 200_000  # rules per baskets and question; beyond it only the last answer is kept
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd, so that X -> Y and Y -> X differ
_KEPT: WeakKeyDictionary[Baskets, dict[str, tuple[Array, Array]]] = WeakKeyDictionary()


def ask(baskets: Baskets, question: str, rules: Rules, work: Callable[[Rules], Array]) -> Array:
    """One row of numbers a rule, (rules, numbers): as kept, or from `work` for the rules not yet asked."""
    with np.errstate(over="ignore"):
        keys = rules.supports.of(rules.antecedent) * _SPREAD + rules.supports.of(rules.consequent)
    known, rows = _KEPT.setdefault(baskets, {}).get(question, (np.zeros(0, np.uint64), None))
    new = np.flatnonzero(~np.isin(keys, known))
    if len(new) or rows is None:
        found = work(rules.take(new))
        joined = np.concatenate([known, keys[new]])
        rows = found if rows is None else np.vstack([rows, found])
        order = np.argsort(joined, kind="stable")
        known, rows = joined[order], rows[order]
    answer: Array = rows[np.searchsorted(known, keys)]
    if len(known) > MOST_KEPT:
        order = np.argsort(keys, kind="stable")
        known, rows = keys[order], answer[order]
    _KEPT[baskets][question] = known, rows
    return answer
