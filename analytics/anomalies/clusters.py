"""Amounts just under a reporting threshold, and movements at night: too many in too short a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analytics.anomalies import found, tails
from analytics.anomalies.found import Found
from analytics.anomalies.ledger import DAY, HOUR, Ledger
from analytics.anomalies.params import AnomalyParams

Array = np.ndarray
STRUCTURING_H = 72
STRUCTURING_LEAST = 3
BINOMIAL = 0.2  # the share of amounts on either side of the threshold must also lean
NIGHT_WEIGHT = 20.0  # movements the bank's night share counts for beside the customer's own


def structuring(ledger: Ledger, params: AnomalyParams) -> Found:
    """Three or more amounts within 72 hours just under the threshold, together above it.

    Two tests. How many such amounts fall in 72 hours, given the customer's own rate and the bank's
    (gamma prior, negative-binomial tail); and whether amounts just under outnumber those just over by
    more than in the bank at large (binomial; salaries and prices bunch at round numbers too).
    """
    size, limit = np.abs(ledger.amount), params.threshold
    under = np.flatnonzero((size >= limit * (1 - params.band)) & (size < limit))
    over = np.flatnonzero((size >= limit) & (size < limit * (1 + params.band)))
    if not len(under):
        return Found("structuring", found.nothing(), 0, 0.0)
    key, place = ledger.combined(), ledger.place
    leaning = (len(under) + 1) / (len(under) + len(over) + 2)
    shape, rate = _own_rate(ledger, place, under)
    spans = _spans(key[under], STRUCTURING_H * HOUR)
    frames, last = [], -1
    for number, (i, j) in enumerate(spans):
        if i <= last or j - i < STRUCTURING_LEAST or size[under[i:j]].sum() < limit:
            continue
        if not ledger.judged[under[i:j]].all():
            continue
        beside = np.searchsorted(key[over], [key[under[i]] - STRUCTURING_H * HOUR, key[under[j - 1]]
                                             + STRUCTURING_H * HOUR])  # fmt: skip
        n = j - i + int(beside[1] - beside[0])
        leans = stats.binomtest(j - i, n, leaning, alternative="greater").pvalue
        who = place[under[i]]
        own = max(shape[who] - (j - i), shape.min())
        p = float(tails.count_tail(j - i - 1, own, rate[who]))
        if p <= params.alpha and leans <= max(BINOMIAL, leaning**STRUCTURING_LEAST):
            frames.append(found.rows("structuring", ledger, under[i:j], p, j - i, own / rate[who],
                                     STRUCTURING_LEAST - 1, number, j - i, STRUCTURING_H))  # fmt: skip
            last = j - 1
    return Found("structuring", found.together(frames), len(under), len(under) * params.alpha)


def _own_rate(ledger: Ledger, place: Array, under: Array) -> tuple[Array, Array]:
    """Posterior shape and rate per customer of amounts just under, per 72 hours."""
    customers = len(ledger.keys)
    seconds = ledger.second[ledger.begin[1:] - 1] - ledger.second[ledger.begin[:-1]]
    exposure = np.maximum(seconds / (STRUCTURING_H * HOUR), 1.0)
    counts = np.bincount(place[under], minlength=customers).astype(float)
    a, b = tails.gamma_prior(counts, exposure)
    return a + counts, b + exposure


def _spans(key: Array, width: int) -> list[tuple[int, int]]:
    """For every position the end of its window; windows of more members first in time order."""
    end = np.searchsorted(key, key + width, "right")
    return list(zip(range(len(key)), end.tolist(), strict=True))


@dataclass(frozen=True)
class Nights:
    """Customer-days with a movement at night: positions and counts that the night rule compares.

    `known` holds the positions of the movements whose hour is known. Of shape (nights,): `start`, where
    the day begins among them; `n` its movements, `k` those at night; `a` and `b` the beta posterior of
    the night share without that day. `tests` counts all customer-days.
    """

    known: Array
    start: Array
    n: Array
    k: Array
    a: Array
    b: Array
    tests: int


def nights(ledger: Ledger, until_h: int) -> Nights:
    """Count by day what falls between midnight and `until_h`; no other threshold enters."""
    known = np.flatnonzero((ledger.second % DAY != 0) & (ledger.judged | ledger.leaving)).astype(
        np.int32
    )
    if not len(known):
        return Nights(known, *(np.zeros(0, int),) * 5, 0)
    place = ledger.place[known]
    dark = ledger.second[known] % DAY < until_h * HOUR
    key = place.astype(np.int64) * 100_000 + ledger.day[known]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    n = np.diff(np.r_[starts, len(key)])
    k = np.add.reduceat(dark.astype(np.int64), starts)
    who = place[starts]
    all_n = np.bincount(place, minlength=len(ledger.keys))[who] - n
    all_k = np.bincount(place, weights=dark, minlength=len(ledger.keys))[who] - k
    bank = (dark.sum() + 0.5) / (len(dark) + 1)
    a = NIGHT_WEIGHT * bank + all_k
    b = NIGHT_WEIGHT * (1 - bank) + all_n - all_k
    some = k > 0
    return Nights(known, starts[some], n[some], k[some], a[some], b[some], len(starts))


def night(ledger: Ledger, counted: Nights, params: AnomalyParams) -> Found:
    """Nights with far more movements than the customer's other days and the bank's lead to expect.

    Of the day's movements, how many fall between midnight and `night_until`: beta-binomial, the
    bank's night share as the prior worth `NIGHT_WEIGHT` movements, the customer's other days as
    evidence. Rows at midnight sharp have no known hour and are left out.
    """
    frames = []
    for day in np.flatnonzero(counted.k >= params.night_count):
        n, k, a, b = counted.n[day], counted.k[day], counted.a[day], counted.b[day]
        p = float(tails.share_tail(k, n, a, b))
        if p <= params.alpha:
            rows = counted.known[counted.start[day] : counted.start[day] + n]
            rows = rows[ledger.second[rows] % DAY < params.night_until * HOUR]
            frames.append(found.rows("night", ledger, rows, p, k, a / (a + b),
                                     most_at_night(k, n, a, b, params), day, k, 24))  # fmt: skip
    return Found("night", found.together(frames), counted.tests, counted.tests * params.alpha)


def most_at_night(k: int, n: int, a: float, b: float, params: AnomalyParams) -> int:
    """The largest number of the day's movements at night that would not have been flagged."""
    allowed = int(k) - 1
    while allowed >= params.night_count and tails.share_tail(allowed, n, a, b) <= params.alpha:
        allowed -= 1
    return allowed
