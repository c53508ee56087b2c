"""Patterns that tell two groups apart: tested, corrected, and told once.

Every pattern frequent enough is a 2x2 table (holders and others, group a and group b) with Fisher's
exact p. For exploring, q is the false discovery rate over every pattern tested (Benjamini &
Hochberg 1995). For a claim, `p_claim` is the share of label shuffles whose smallest p is at most
this p (Westfall & Young 1993, min-P): it holds the chance of any false claim, and wastes less than
Bonferroni because patterns overlap.

Why the family does not look at the labels: a pattern is tested if the whole data hold it at least as
often as the smaller group would at the minimum support. Choosing by each group's own count would
favour patterns that stand out by chance, and the correction would not know. If the family is larger
than `max_patterns`, that count is doubled until it fits.

Why sub-patterns: most hits repeat one finding with a step more. A pattern is reported if its p is
smaller than that of everything it contains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from scipy.stats import hypergeom

from analytics.patterns import Events, Limits
from analytics.ragged import Array
from analytics.sequences.holders import Family, Pattern, mine_family
from analytics.sequences.mining import spelled
from analytics.statistics import benjamini_hochberg, newcombe, odds_ratio, support_count
from analytics.text import UserError

CHUNK = 100  # shuffles held at once
SCHEMA = {"pattern": pl.String, "customers_a": pl.Int64, "customers_b": pl.Int64, "p": pl.Float64, "q": pl.Float64,
          "p_claim": pl.Float64, "share_a": pl.Float64, "share_b": pl.Float64, "difference": pl.Float64,
          "low": pl.Float64, "high": pl.Float64, "odds_ratio": pl.Float64, "lead_days": pl.Float64,
          "length": pl.Int64}  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """Every pattern tested, and which of them are reported.

    Args:
        family: the patterns with their holders; sequences are customers.
        in_a: whether each sequence belongs to group a.
        min_count: holders that made a pattern part of the family.
        p, q, p_claim: per pattern of the family; p_claim is nan without shuffles.
        reported: patterns of the family that improve on all they contain, best first.
    """

    family: Family
    in_a: Array
    min_count: int
    p: Array
    q: Array
    p_claim: Array
    reported: Array

    @property
    def counts_a(self) -> Array:
        """Holders in group a, per pattern of the family."""
        return holders_in(self.family, self.in_a)


def compare(events: Events, in_a: Array, limits: Limits, *, min_support: float, max_length: int,
            max_patterns: int, permutations: int, seed: int) -> Compared:  # fmt: skip
    """Test every pattern between the sequences of group a and the others.

    Args:
        events: one sequence per customer; a customer without a step is a sequence without events.
        in_a: group of every sequence, shape (n,).
        limits: what an embedding must keep.
        min_support: share of the smaller group.
        max_length: most steps of a pattern.
        max_patterns: patterns tested, at most.
        permutations: label shuffles for `p_claim`; 0 leaves it out.
        seed: of the shuffles.
    """
    family, least = _family(events, in_a, limits, min_support, max_length, max_patterns)
    tables = PTables(int(in_a.sum()), int((~in_a).sum()), family.counts)
    p = tables.of(holders_in(family, in_a))
    order = np.lexsort((np.arange(len(p)), p))
    reported = order[_improves(family, p)[order]]
    q = benjamini_hochberg(p)
    claim = _westfall_young(family, events.n, in_a, tables, p, permutations, seed)
    return Compared(family, in_a, least, p, q, claim, reported)


def _family(events: Events, in_a: Array, limits: Limits, min_support: float, max_length: int,
            max_patterns: int) -> tuple[Family, int]:  # fmt: skip
    smaller = int(min(in_a.sum(), (~in_a).sum()))
    least = max(2, support_count(min_support, smaller))
    while True:
        try:
            return mine_family(events, least, limits, max_length, max_patterns), least
        except UserError as refused:
            if refused.code != "explosion" or least >= events.n:
                raise
            least *= 2


def holders_in(family: Family, chosen: Array) -> Array:
    """Holders of each pattern among the chosen sequences."""
    return np.bincount(family.of[chosen[family.sequence]], minlength=len(family.patterns))


class PTables:
    """Two-sided exact p of every possible count, one row per distinct number of holders."""

    def __init__(self, n_a: int, n_b: int, holders: Array) -> None:
        self.sizes, self.row = np.unique(holders, return_inverse=True)
        width = min(n_a, int(self.sizes.max(initial=0))) + 1
        self.table = np.ones((len(self.sizes), width))
        for number, m in enumerate(self.sizes):
            low, high = max(0, m - n_b), min(n_a, m)
            chance = hypergeom.pmf(np.arange(low, high + 1), n_a + n_b, m, n_a)
            rising = np.sort(chance)
            total = np.cumsum(rising)
            last = np.searchsorted(rising, chance * (1 + 1e-7), side="right") - 1
            self.table[number, low : high + 1] = np.minimum(total[last], 1.0)

    def of(self, counts_a: Array) -> Array:
        """p of each pattern; `counts_a` has shape (patterns,) or (shuffles, patterns)."""
        return self.table[self.row, counts_a]


def _improves(family: Family, p: Array) -> Array:
    """Whether each pattern's p is below that of every pattern it contains."""
    place = {pattern: number for number, pattern in enumerate(family.patterns)}
    best, improves = p.copy(), np.ones(len(p), bool)
    for pattern, number in place.items():  # shorter patterns come first
        inside = [place[s] for s in _shorter(pattern) if s in place]
        least = min((best[one] for one in inside), default=np.inf)
        improves[number] = p[number] < least
        best[number] = min(p[number], least)
    return improves


def _shorter(pattern: Pattern) -> list[Pattern]:
    return [pattern[:k] + pattern[k + 1 :] for k in range(len(pattern))] if len(pattern) > 1 else []


def _westfall_young(family: Family, n: int, in_a: Array, tables: PTables, p: Array, shuffles: int,
                    seed: int) -> Array:  # fmt: skip
    """Share of shuffles (this labelling among them) whose smallest p is at most each p."""
    if not shuffles or not len(p):
        return np.full(len(p), np.nan)
    smallest = np.concatenate(
        [part.min(axis=1) for part in shuffled_p(family, n, in_a, tables, shuffles, seed)]
    )
    smallest.sort()
    as_small = np.searchsorted(smallest, p * (1 + 1e-9), side="right")
    return (1 + as_small) / (1 + shuffles)


def shuffled_p(family: Family, n: int, in_a: Array, tables: PTables, shuffles: int, seed: int
               ) -> Iterator[Array]:  # fmt: skip
    """p of every pattern under shuffled labels, shape (shuffles of a chunk, patterns).

    Nothing is mined again: who holds a pattern does not depend on the labels.
    """
    random = np.random.default_rng(seed)
    held = csr_array((np.ones(len(family.sequence), np.float32), family.sequence, family.starts),
                     shape=(len(family.patterns), n))  # fmt: skip
    for begin in range(0, shuffles, CHUNK):
        size = min(CHUNK, shuffles - begin)
        labels = random.permuted(np.broadcast_to(in_a, (size, n)), axis=1).T.astype(np.float32)
        yield tables.of(np.asarray(held @ labels).astype(np.int64).T)


def contrast_table(found: Compared, alphabet: tuple[str, ...], lead_days: Array) -> pl.DataFrame:
    """The reported patterns, best first, with effect and interval.

    Args:
        found: the comparison.
        alphabet: names of the steps.
        lead_days: per entry of the family's holders: days from completing the pattern to the
            cut-off; nan where there is none. The table shows the median over group a.
    """
    at, family = found.reported, found.family
    n_a, n_b = int(found.in_a.sum()), int((~found.in_a).sum())
    a = found.counts_a[at]
    b = family.counts[at] - a
    low, high = newcombe(a, np.full(len(a), n_a), b, np.full(len(b), n_b)) if len(at) else (a, b)
    ratio = odds_ratio(a, n_a - a, b, n_b - b)[0]
    return pl.DataFrame({
        "pattern": [spelled(family.patterns[k], alphabet) for k in at], "customers_a": a, "customers_b": b,
        "p": found.p[at], "q": found.q[at], "p_claim": found.p_claim[at],
        "share_a": a / max(n_a, 1), "share_b": b / max(n_b, 1),
        "difference": a / max(n_a, 1) - b / max(n_b, 1), "low": low, "high": high, "odds_ratio": ratio,
        "lead_days": [_lead(found, int(k), lead_days) for k in at],
        "length": [len(family.patterns[k]) for k in at]}, schema=SCHEMA).with_columns(
            pl.col("p_claim", "lead_days").fill_nan(None))  # fmt: skip


def _lead(found: Compared, number: int, lead_days: Array) -> float:
    part = slice(found.family.starts[number], found.family.starts[number + 1])
    days = lead_days[part][found.in_a[found.family.sequence[part]]]
    days = days[~np.isnan(days)]
    return float(np.median(days)) if len(days) else float("nan")
