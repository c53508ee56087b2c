"""From itemsets to candidate rules, with integer thresholds; supports are looked up by hash.

A set's hash is the sum of its items' fixed 64-bit keys, so that the hash of a part is a
subtraction; one sorted array answers for all sets. Two of a million sets share a hash with a
chance of 3e-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb, inf
from weakref import WeakKeyDictionary

import numpy as np

from analytics.itemsets import Baskets, mine
from analytics.ragged import Array, Ragged
from analytics.statistics import support_count
from analytics.text import Text, UserError

TOO_MANY = Text(
    "More than {limit} itemsets at a support of {given} baskets. {enough} baskets ({share} of {n}) would do, or a "
    "shorter length.",
    "支持度为{given}篮时频繁项集超过{limit}个。提高到{enough}篮（{n}篮的 {share}）即可，或缩短规则长度。",
)


@dataclass(frozen=True)
class Mined:
    """Sets of one `Baskets`, how they were mined, and the thresholds they are complete for."""

    sets: Ragged
    engine: str
    least: int
    max_length: float


# The last sets of each Baskets, gone with it: a slider that leaves fewer sets does not mine again.
_MINED: WeakKeyDictionary[Baskets, Mined] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which rules to look for; masks say per item whether it may stand on a side.

    Args:
        min_support, min_confidence: shares in (0, 1].
        min_lift: ratio; 0 for any.
        max_length: items of both sides; None for no limit.
        max_consequent: items of the consequent.
        max_itemsets: refuse to go on past this many.
        antecedent, consequent: bool (items,).
        must: items every antecedent holds.
        engine: `bits`, `hmine` or `fpgrowth`.
    """

    min_support: float
    min_confidence: float
    min_lift: float
    max_length: int | None
    antecedent: Array
    consequent: Array
    max_consequent: int = 1
    max_itemsets: int | None = None
    must: tuple[int, ...] = ()
    engine: str = "bits"


class Supports:
    """The count of every frequent set, found by the sum of its items' keys."""

    def __init__(self, sets: Ragged, n_items: int, n: int) -> None:
        self.n = n
        self.keys = _mixed(n_items)
        self.hashes = np.add.reduceat(self.keys[sets.items], sets.starts[:-1]) if len(sets) else (
            np.zeros(0, np.uint64))  # fmt: skip
        order = np.argsort(self.hashes, kind="stable")
        self._sorted, self._counts, self._order = self.hashes[order], sets.counts[order], order

    def of(self, codes: Array) -> Array:
        """Hashes of sets given as rows of item codes padded with -1."""
        padded = np.append(self.keys, np.uint64(0))
        found: Array = padded[codes].sum(axis=1, dtype=np.uint64)
        return found

    def place(self, hashes: Array) -> Array:
        """Position of each set among the mined ones; -1 where it is not frequent."""
        if not len(self._sorted):
            return np.full(len(hashes), -1)
        at = np.minimum(np.searchsorted(self._sorted, hashes), len(self._sorted) - 1)
        return np.where(self._sorted[at] == hashes, self._order[at], -1)

    def count(self, hashes: Array) -> Array:
        """Baskets that hold each set; n for the empty set, 0 where it is not frequent."""
        found = np.zeros(len(hashes), np.int64)
        if len(self._sorted):
            at = np.minimum(np.searchsorted(self._sorted, hashes), len(self._sorted) - 1)
            found = np.where(self._sorted[at] == hashes, self._counts[at], 0)
        return np.where(hashes == 0, self.n, found)


@dataclass(frozen=True)
class Rules:
    """Candidate rules: sides as rows of item codes padded with -1, counts, and what was tested.

    Args:
        antecedent, consequent: int (rules, most items).
        a, c, both: baskets with the antecedent, the consequent, both.
        tested: hypotheses looked at: every frequent antecedent with every frequent consequent,
            also where both are too rarely together. Why: whether they meet often enough is decided
            by the data, and correcting for the lucky ones only would let noise through.
        supports: counts of all sets.
        sets: the itemsets the rules come from.
    """

    antecedent: Array
    consequent: Array
    a: Array
    c: Array
    both: Array
    n: int
    tested: int
    supports: Supports
    sets: Ragged

    def __len__(self) -> int:
        return len(self.both)

    def take(self, rows: Array) -> Rules:
        """Only these rules, in this order."""
        return Rules(self.antecedent[rows], self.consequent[rows], self.a[rows], self.c[rows],
                     self.both[rows], self.n, self.tested, self.supports, self.sets)  # fmt: skip


def _mixed(n: int) -> Array:
    """A fixed well-spread 64-bit key per code (splitmix64; Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        z = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def frequent(baskets: Baskets, wanted: Wanted) -> Ragged:
    """The frequent itemsets; too many are refused with the support that would do."""
    least, length = support_count(wanted.min_support, baskets.n), wanted.max_length or inf
    found = _MINED.get(baskets)
    if not (
        found
        and found.engine == wanted.engine
        and found.least <= least
        and found.max_length >= length
    ):
        found = Mined(_mined(baskets, least, wanted), wanted.engine, least, length)
        _MINED[baskets] = found
    sets = found.sets
    kept = (sets.counts >= least) & (sets.lengths <= length)
    sets = sets if kept.all() else sets.take(kept)
    if wanted.max_itemsets is not None and len(sets) > wanted.max_itemsets:
        raise UserError(_advice(baskets, least, wanted), "explosion")
    return sets


def _mined(baskets: Baskets, least: int, wanted: Wanted) -> Ragged:
    if wanted.engine != "bits":
        from analytics.rules.second import mlxtend_sets

        return mlxtend_sets(baskets, least, wanted.max_length, wanted.engine)
    try:
        return mine(baskets, least, wanted.max_length, wanted.max_itemsets)
    except UserError:
        raise UserError(_advice(baskets, least, wanted), "explosion") from None


def _advice(baskets: Baskets, least: int, wanted: Wanted) -> Text:
    """The refusal with a support that keeps to the limit, found by doubling."""
    assert wanted.max_itemsets is not None
    enough = least
    while enough <= baskets.n:
        enough *= 2
        try:
            mine(baskets, enough, wanted.max_length, wanted.max_itemsets)
            break
        except UserError:
            continue
    return TOO_MANY.fill(limit=f"{wanted.max_itemsets:,}", given=f"{least:,}", enough=f"{enough:,}",
                         n=f"{baskets.n:,}", share=f"{enough / max(baskets.n, 1):.2%}")  # fmt: skip


def candidates(baskets: Baskets, wanted: Wanted) -> Rules:
    """All rules over the thresholds of support, confidence and lift, in no special order."""
    sets = frequent(baskets, wanted)
    supports = Supports(sets, baskets.n_items, baskets.n)
    parts = [part for length in range(2, int(sets.lengths.max(initial=0)) + 1)
             for part in _of_length(sets, supports, wanted, length)]  # fmt: skip
    longest = max((p[0].shape[1] for p in parts), default=1)
    widest = max((p[1].shape[1] for p in parts), default=1)
    empty = (np.zeros((0, longest), np.int64), np.zeros((0, widest), np.int64),
             *(np.zeros(0, np.int64),) * 3)  # fmt: skip
    parts = [(_padded(p[0], longest), _padded(p[1], widest), *p[2:]) for p in parts] or [empty]
    left, right, a, c, both = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Rules(left, right, a, c, both, baskets.n, _tested(sets, wanted), supports, sets)


def _padded(codes: Array, width: int) -> Array:
    return np.pad(codes, ((0, 0), (0, width - codes.shape[1])), constant_values=-1)


def _of_length(sets: Ragged, supports: Supports, wanted: Wanted, length: int
               ) -> list[tuple[Array, ...]]:  # fmt: skip
    chosen = np.flatnonzero(sets.lengths == length)
    rows = sets.items[sets.starts[chosen][:, None] + np.arange(length)]
    both, whole = sets.counts[chosen], supports.hashes[chosen]
    found = []
    for size in range(1, min(wanted.max_consequent, length - 1) + 1):
        for places in combinations(range(length), size):
            rest = [i for i in range(length) if i not in places]
            one = _one_way(rows[:, rest], rows[:, list(places)], both, whole, supports, wanted)
            if len(one[0]):
                found.append(one)
    return found


def _one_way(left: Array, right: Array, both: Array, whole: Array, supports: Supports,
             wanted: Wanted) -> tuple[Array, ...]:  # fmt: skip
    """The rules left -> right that are allowed and over the thresholds, compared as integers."""
    good = wanted.antecedent[left].all(axis=1) & wanted.consequent[right].all(axis=1)
    for item in wanted.must:
        good &= (left == item).any(axis=1)
    left, right, both, whole = left[good], right[good], both[good], whole[good]
    of_right = supports.of(right)
    a, c = supports.count(whole - of_right), supports.count(of_right)
    enough = both >= least_counts(wanted.min_confidence * a)
    enough &= both >= least_counts(wanted.min_lift * a * (c / max(supports.n, 1)))
    return left[enough], right[enough], a[enough], c[enough], both[enough]


def least_counts(needed: Array) -> Array:
    """The smallest whole numbers that are at least `needed`, guarded against float error."""
    return np.ceil(needed - 1e-9 * np.maximum(1.0, needed)).astype(np.int64)


def _tested(sets: Ragged, wanted: Wanted) -> int:
    """Hypotheses looked at: allowed frequent antecedents times the consequents open to each."""
    if not len(sets):
        return 0
    single = sets.items[sets.starts[:-1][sets.lengths == 1]]
    targets = np.zeros(len(wanted.consequent), np.int64)
    targets[single] = wanted.consequent[single]
    allowed = np.logical_and.reduceat(wanted.antecedent[sets.items], sets.starts[:-1])
    for item in wanted.must:
        allowed &= np.logical_or.reduceat(sets.items == item, sets.starts[:-1])
    own = np.add.reduceat(targets[sets.items], sets.starts[:-1])
    most = wanted.max_length or int(sets.lengths.max())
    total = 0
    for length in range(1, most):
        here = allowed & (sets.lengths == length)
        for free, times in zip(
            *np.unique(targets.sum() - own[here], return_counts=True), strict=True
        ):
            total += int(times) * sum(comb(int(free), size)
                                      for size in range(1, min(wanted.max_consequent, most - length) + 1))  # fmt: skip
    return total
