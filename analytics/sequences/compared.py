"""The comparison of patterns as a whole: what was tested, what is told, and who shows it now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from analytics.dataset import Population, Scope
from analytics.memo import remember
from analytics.sequences import contrast, sides
from analytics.sequences.builder import DAY_US, Log, arrange, microseconds
from analytics.sequences.contrast import Compared
from analytics.sequences.holders import Tracer
from analytics.sequences.mining import limits_of, spelled
from analytics.sequences.params import MineParams
from analytics.sequences.sides import Sides
from analytics.sequences.windows import Windows
from analytics.text import Text

SCORED = {
    "customer_id": pl.String,
    "pattern": pl.String,
    "score": pl.Float64,
    "days_ago": pl.Float64,
}
MOST_FIRING = 50


@dataclass(frozen=True)
class Contrast:
    """Two groups compared.

    Args:
        kind: lost, event or groups.
        names: how people call group a and group b.
        tested: every pattern tested.
        table: the reported patterns, best first.
        scored: customer_id, pattern, score (of those who held the pattern, the share in group a),
            days_ago (since it was completed): customers of group b whose latest steps hold a
            pattern with q below alpha that is more frequent in group a; highest score first.
        customer: customer_key of each sequence compared.
        counts: customers compared and left out.
    """

    kind: str
    names: tuple[Text, Text]
    tested: Compared
    table: pl.DataFrame
    scored: pl.DataFrame
    customer: np.ndarray
    counts: dict[str, int]

    def holders(self, words: str, customers: pl.DataFrame) -> pl.Series:
        """Ids of the compared customers that hold a reported pattern."""
        number = int(self.tested.reported[self.table["pattern"].to_list().index(words)])
        keys = pl.Series(self.customer[self.tested.family.holders(number)]).cast(
            customers.schema["customer_key"]
        )
        return customers.filter(pl.col("customer_key").is_in(keys.implode()))["customer_id"]


def compute(scope: Scope, population: Population, log: Log, params: MineParams) -> Contrast | None:
    """The comparison asked for, or None where the data hold no two groups large enough."""
    both = sides.choose(scope, population, log, params)
    if both is None:
        return None
    tested, held = _tested(scope, population, both, params), both.held
    family = tested.family
    lead = np.full(len(family.end), np.nan)
    if both.cut_off:
        lead = (held.cutoff[family.sequence] - family.end) / DAY_US
    table = contrast.contrast_table(tested, log.alphabet, lead)
    scored = pl.DataFrame(schema=SCORED)
    if both.cut_off:
        scored = _score(tested, log, held, params, scope.as_of)
    counts = {**both.counts, "patterns_tested": len(family.patterns), "min_count_tested": tested.min_count,
              "survivors": int((table["q"] < params.alpha).sum())}  # fmt: skip
    return Contrast(both.kind, both.names, tested, table, scored, held.customer, counts)


def _tested(scope: Scope, population: Population, both: Sides, params: MineParams) -> Compared:
    """The tests; remembered, since what only narrows or sorts needs no new mining."""
    limits, held = limits_of(params), both.held
    asked = ("tested", both.kind, both.group, params.built_from(), limits, params.min_support, params.max_length,
             params.max_patterns, params.permutations, params.seed, params.outcome_event, params.lost_days,
             params.exposure_days)  # fmt: skip
    return remember(scope, population, params.by, asked, lambda: contrast.compare(
        held.events, held.in_a, limits, min_support=params.min_support, max_length=params.max_length,
        max_patterns=params.max_patterns, permutations=params.permutations, seed=params.seed))  # fmt: skip


def _score(
    tested: Compared, log: Log, held: Windows, params: MineParams, as_of: date
) -> pl.DataFrame:
    """Customers not in group a whose last `exposure_days` up to as_of hold a telling pattern."""
    end = microseconds(as_of + timedelta(days=1))
    known = log.customers["customer_key"].to_numpy()
    left = np.isin(known, held.customer[held.in_a])
    inside = (log.at >= end - params.exposure_days * DAY_US) & ~left[log.customer]
    now = arrange(log, inside, replace(params, unit="customer"))
    found: dict[int, tuple[float, str, float]] = {}
    tracer = Tracer(now.events, limits_of(params))
    for number, share in _telling(tested, params):
        pattern = tested.family.patterns[number]
        held_now = tracer.trace(pattern)
        for sequence, when in zip(held_now.sequence.tolist(), held_now.end.tolist(), strict=True):
            who = int(now.owner[sequence])
            if who not in found:
                found[who] = (share, spelled(pattern, log.alphabet), (end - when) / DAY_US)
    ids = log.customers["customer_id"]
    rows = [(ids[who], words, share, days) for who, (share, words, days) in found.items()]
    return pl.DataFrame(rows, schema=SCORED, orient="row").sort("score", "customer_id", descending=[True, False]) \
        if rows else pl.DataFrame(schema=SCORED)  # fmt: skip


def _telling(tested: Compared, params: MineParams) -> list[tuple[int, float]]:
    """Reported patterns, q below alpha, more frequent in group a, with a's share among holders."""
    a, n = tested.counts_a, tested.family.counts
    base = tested.in_a.mean()
    good = [
        (int(k), float(a[k] / n[k]))
        for k in tested.reported
        if tested.q[k] < params.alpha and a[k] / n[k] > base
    ]
    return sorted(good[:MOST_FIRING], key=lambda one: -one[1])
