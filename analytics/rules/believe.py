"""Which rules to believe: exact tests, every item tested given the others, many tests corrected.

- p: one-sided Fisher against independence of the two sides.
- p_productive (Webb 2007, Machine Learning 68:1): the largest p over the items of the antecedent,
  each tested among the baskets that hold the others; a rule that only repeats a simpler one is
  large here. For one item it is p.
- p_adjusted: Benjamini-Hochberg or Holm over `tested` hypotheses (see `mining.Rules`), a rule that
  missed a threshold counting as one that was not rejected.
- improvement: confidence less the best confidence of any simpler rule with the same consequent,
  the empty antecedent (the consequent's share) among them. A rule without improvement is redundant.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import polars as pl

from analytics.itemsets import Baskets
from analytics.ragged import Array
from analytics.rules import known
from analytics.rules.measures import fisher_tail, measure
from analytics.rules.mining import Rules
from analytics.statistics import benjamini_hochberg, holm

CORRECT = {"bh": benjamini_hochberg, "holm": holm}
TINY = 1e-12


def facts(rules: Rules, baskets: Baskets) -> pl.DataFrame:
    """Every measure of every rule, one row each in the order of `rules`; see `measures.MEASURES`.

    `baskets` are those that the rules were mined on.
    """
    frame = measure(rules.a, rules.c, rules.both, rules.n)
    best, best_p, whole_p = known.ask(baskets, "believe", rules, _against_simpler).T
    length = (rules.antecedent >= 0).sum(axis=1) + (rules.consequent >= 0).sum(axis=1)
    return frame.with_columns(
        antecedent_count=pl.Series(rules.a, dtype=pl.Int64),
        consequent_count=pl.Series(rules.c, dtype=pl.Int64),
        count=pl.Series(rules.both, dtype=pl.Int64), n=pl.lit(rules.n, dtype=pl.Int64),
        length=pl.Series(length, dtype=pl.Int64),
        improvement=frame["confidence"] - pl.Series(best, dtype=pl.Float64),
        p=pl.Series(whole_p, dtype=pl.Float64),
        p_productive=pl.Series(best_p, dtype=pl.Float64))  # fmt: skip


def adjusted(p: Array, tested: int, correction: str) -> Array:
    """Corrected p values; `none` gives them back as they are."""
    return np.asarray(p, float) if correction == "none" else CORRECT[correction](p, tested)


def _against_simpler(rules: Rules) -> Array:
    """Best confidence of a simpler rule, largest p given the other items, p of the whole: (rules, 3)."""
    best = rules.c / max(rules.n, 1)
    of_right = rules.supports.of(rules.consequent)
    tables = [(np.arange(len(rules)), rules.c, np.full(len(rules), rules.n))]
    for rows, parts, dropped in _simpler(rules):
        smaller = rules.supports.count(parts)
        joint = rules.supports.count(parts + of_right[rows])
        best[rows] = np.maximum(best[rows], joint / np.maximum(smaller, 1))
        if dropped == 1:
            tables.append((rows, joint, smaller))
    whole, worst = largest_p(rules.both, rules.a, tables)
    return np.stack([best, worst, whole], axis=1)


def largest_p(
    both: Array, a: Array, tables: list[tuple[Array, Array, Array]]
) -> tuple[Array, Array]:
    """Fisher's p of each rule in the first table, and the largest over all tables.

    A table is (rows, joint, among): of `among` baskets `joint` hold the consequent. Why at once: the
    terms of all tails are added in one loop.
    """
    rows, joint, among = (np.concatenate(column) for column in zip(*tables, strict=True))
    p = fisher_tail(both[rows], a[rows], joint, among)
    whole = p[: len(tables[0][0])]
    worst = whole.copy()
    np.maximum.at(worst, rows, p)
    return whole, worst


def _simpler(rules: Rules) -> Iterator[tuple[Array, Array, int]]:
    """For each way to drop items (not all): rows of rules, hashes of what is left, items dropped."""
    sizes = (rules.antecedent >= 0).sum(axis=1)
    for size in np.unique(sizes[sizes > 1]):
        rows = np.flatnonzero(sizes == size)
        left = rules.antecedent[rows, :size]
        for dropped in range(1, int(size)):
            for kept in combinations(range(int(size)), int(size) - dropped):
                yield rows, rules.supports.of(left[:, list(kept)]), dropped


def folded_under(rules: Rules, redundant: Array) -> Array:
    """For each redundant rule, the row of the kept rule it repeats (the shortest, then the surest), else -1."""
    kept = np.flatnonzero(~redundant)
    found = np.full(len(rules), -1)
    for row in np.flatnonzero(redundant):
        inside = _within(rules.antecedent[kept], rules.antecedent[row])
        same = inside & np.all(rules.consequent[kept] == rules.consequent[row], axis=1)
        if same.any():
            choice = kept[same]
            sizes = (rules.antecedent[choice] >= 0).sum(axis=1)
            found[row] = choice[np.lexsort((-rules.both[choice] / rules.a[choice], sizes))[0]]
    return found


def _within(parts: Array, whole: Array) -> Array:
    """Whether every item of each row of `parts` (padded with -1) is among those of `whole`."""
    inside: Array = np.isin(parts, whole)
    return np.asarray(np.all(inside | (parts < 0), axis=1))


def keep(frame: pl.DataFrame, conditions: list[tuple[str, str, float]]) -> pl.Series:
    """Which rows hold all conditions (measure, operator, number); equality and bounds to 1e-12."""
    found = pl.Series("keep", [True]).new_from_index(0, frame.height)
    for name, sign, number in conditions:
        value = frame[name]
        compared = {">=": value >= number - TINY, "<=": value <= number + TINY,
                    ">": value > number + TINY, "<": value < number - TINY,
                    "=": (value - number).abs() <= TINY}  # fmt: skip
        found = found & compared[sign].fill_null(False)
    return found
