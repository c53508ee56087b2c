"""Ranked findings: what differs between customers, what changed, what is unusual; nothing that chance gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.overview import outcomes, shuffled, words
from analytics.overview.months import month_end, monthly
from analytics.statistics import newcombe
from analytics.text import Text

Sort = Literal["differs", "changed", "unusual"]
COPIES = 99  # of the bank, with chance as the only cause
LEAST_GROUP, LEAST_DIFFERENCE, LEAST_CHANGE = 30, 0.05, 0.03
MOST_SHOWN = 12
LEAST_MONTHS, FAR, BEYOND = 12, 4.0, 1.25
MAD_TO_SD = 1.4826


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing worth a look.

    Args:
        sort: what kind of news.
        subject: attribute and value of the group; the measure where all customers are meant.
        what: key of the outcome, of what was done, or of the total.
        sentence: with its numbers.
        n: customers (months for `unusual`) it rests on.
        share: of the group, or of the last month; None for `unusual`.
        against: of all others, or of the month before; None for `unusual`.
        effect: difference of two shares, or of a log-change from its median.
        low: lower end of the 95 % interval of the effect.
        high: upper end.
        score: standard errors from nothing; more than chance's best.
        concerned: customers more (or fewer) than if there were no difference; the rank.
        analysis: the page that shows it.
        params: the parameters that page needs.
        fewest: customers in the smallest group that the shares and n give away; 0 if none.
    """

    sort: Sort
    subject: tuple[str, str]
    what: str
    sentence: Text
    n: int
    effect: float
    low: float
    high: float
    score: float
    concerned: float
    analysis: str
    params: Mapping[str, Any] = field(default_factory=dict)
    share: float | None = None
    against: float | None = None
    fewest: int = 0

    @property
    def key(self) -> str:
        """What it is about, the same on another extract."""
        return "/".join(filter(None, (self.sort, *self.subject, self.what)))


@dataclass(frozen=True)
class Findings:
    """Every finding that beats chance, those that concern most customers first.

    Args:
        provenance: where it comes from.
        found: at most twelve.
        copies: of the bank that they had to beat.
    """

    provenance: Provenance
    found: tuple[Finding, ...]
    copies: int


def findings(data: Dataset, as_of: date, population: Population = EVERYBODY, seed: int = 1,
             copies: int = COPIES) -> list[Finding]:  # fmt: skip
    """The findings alone; see `search`."""
    return list(search(data, as_of, population, seed, copies).found)


def search(data: Dataset, as_of: date, population: Population = EVERYBODY, seed: int = 1,
           copies: int = COPIES) -> Findings:  # fmt: skip
    """Look for news in all customers; see the package for what counts as news.

    Args:
        data: an opened dataset.
        as_of: the last day counted.
        population: the customers looked at.
        seed: of the copies.
        copies: of the bank, with chance as the only cause.
    """
    with data.scope(as_of, population) as scope:
        found = [*_differing(scope, data, as_of, seed, copies), *_changed(scope, as_of, seed, copies),
                 *_unusual(scope, as_of)]  # fmt: skip
        sql = scope.sql()
    ranked = sorted(found, key=lambda one: -one.concerned)[:MOST_SHOWN]
    facts = Provenance(as_of, population, data.fingerprint, sql, {"findings": len(ranked)})
    return Findings(facts, tuple(ranked), copies)


def _differing(scope: Scope, data: Dataset, as_of: date, seed: int, copies: int) -> list[Finding]:
    facts = outcomes.outcomes(scope, as_of)
    groups = [one for one in outcomes.groups(scope, data, facts.keys)
              if LEAST_GROUP <= one[2].sum() <= len(facts.keys) - LEAST_GROUP]  # fmt: skip
    if not groups or not facts.names:
        return []
    members = np.array([one[2] for one in groups])
    scores = shuffled.group_scores(members, facts.values, facts.known)
    chance = shuffled.best_of_dealt(members, facts.values, facts.known, copies, seed)
    found, told = list[Finding](), set[tuple[str, str]]()
    for g, k in sorted(
        np.argwhere(np.abs(scores) > chance).tolist(), key=lambda at: -abs(scores[at[0], at[1]])
    ):
        attribute, value, member = groups[g]
        if (attribute, facts.names[k]) in told:  # the strongest value speaks for its attribute
            continue
        one = _difference(attribute, value, facts, member, k, float(scores[g, k]), data)
        if abs(one.effect) >= LEAST_DIFFERENCE:
            told.add((attribute, facts.names[k]))
            found.append(one)
    return found


def _difference(attribute: str, value: str, facts: outcomes.Facts, member: np.ndarray, k: int,
                score: float, data: Dataset) -> Finding:  # fmt: skip
    values, known = facts.values[:, k], facts.known[:, k]
    a, n = float(member @ values), float(member @ known)
    c, m = float(values.sum() - a), float(known.sum() - n)
    low, high = (float(end) for end in newcombe(np.array(a), np.array(n), np.array(c), np.array(m)))
    sentence = words.differs(
        data.group(attribute).title, value, facts.names[k], (a, n), (c, m), (low, high)
    )
    page, params = words.page_of_outcome(facts.names[k], attribute)
    return Finding(sort="differs", subject=(attribute, value), what=facts.names[k], sentence=sentence,
                   n=round(n + m), effect=a / n - c / m, low=low, high=high, score=score,
                   concerned=abs(a - n * c / m), analysis=page, params=params, share=a / n, against=c / m,
                   fewest=_fewest(a, n - a, c, m - c))  # fmt: skip


def _changed(scope: Scope, as_of: date, seed: int, copies: int) -> list[Finding]:
    months = monthly(scope, as_of).filter(pl.col("complete"))["month"].to_list()
    if len(months) < 2:
        return []
    last = months[-1]
    first = months[-13] if len(months) >= 13 else months[-2]
    before, after = outcomes.paired(scope, _period(first), _period(last))
    if not before.names or len(before.keys) < LEAST_GROUP:
        return []
    differences = after.values - before.values
    scores = shuffled.paired_scores(differences)
    chance = shuffled.best_of_swapped(differences, copies, seed)
    n = len(before.keys)
    found = []
    for k in np.flatnonzero(np.abs(scores) > chance):
        effect = float(differences[:, k].mean())
        if abs(effect) < LEAST_CHANGE:
            continue
        half = 1.96 * float(np.sqrt(((differences[:, k] - effect) ** 2).sum())) / n
        then, now = float(before.values[:, k].mean()), float(after.values[:, k].mean())
        name = before.names[k]
        found.append(Finding(
            sort="changed", subject=("", ""), what=name, n=n, share=now, against=then,
            fewest=_fewest(now * n, n - now * n, then * n, n - then * n), effect=effect, low=effect - half, high=effect + half, score=float(scores[k]),
            concerned=abs(effect) * n, analysis=words.page_of_change(name),
            sentence=words.changed(name, n, (first, then), (last, now), (effect - half, effect + half))))  # fmt: skip
    return found


def _unusual(scope: Scope, as_of: date) -> list[Finding]:
    months = monthly(scope, as_of).filter(pl.col("complete"))
    if months.height < LEAST_MONTHS:
        return []
    found = []
    for name in words.TOTALS:
        total = months[name].cast(pl.Float64).to_numpy()
        if (total <= 0).any():
            continue
        steps = np.diff(np.log(total))
        earlier, last = steps[:-1], float(steps[-1])
        middle = float(np.median(earlier))
        spread = MAD_TO_SD * float(np.median(np.abs(earlier - middle)))
        far = (last - middle) / spread if spread > 0 else 0.0
        if abs(far) > FAR and abs(last - middle) > BEYOND * np.abs(earlier - middle).max():
            low, high = float(earlier.min()), float(earlier.max())
            found.append(Finding(
                sort="unusual", subject=("", ""), what=name, n=months.height, effect=last - middle, low=low, high=high, score=far,
                concerned=abs(last - middle) * float(months["active_customers"][-1]), analysis="ledger",
                sentence=words.unusual(name, months["month"][-1], last, (low, high), months.height)))  # fmt: skip
    return found


def _fewest(*groups: float) -> int:
    """The smallest group that is not empty."""
    return min((round(one) for one in groups if round(one) > 0), default=0)


def _period(month: date) -> tuple[date, date]:
    return month, month_end(month) + timedelta(days=1)
