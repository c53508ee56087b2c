"""Bursts: far more payments in a window than usually follow one of this customer's.

For every payment, the number of further ones in the hour, day and week after it. What usually
follows is a gamma-Poisson rate: the bank's as the prior, the customer's own payments as evidence,
leaving out all that lie within a window of the one judged, so that a burst is no excuse for itself.
The negative-binomial tail is taken three times for the three windows (Bonferroni).

Why given a payment and not per hour: payments come in errands. An hour with two is rare among all
hours and common among hours with one.

In the week of the Spring Festival only the hour counts: red packets go out all day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from analytics.anomalies import found, tails
from analytics.anomalies.found import Found
from analytics.anomalies.ledger import BLOCK, HOUR, Ledger, moment
from analytics.anomalies.params import AnomalyParams
from analytics.holidays import in_festival

Array = np.ndarray
WINDOWS_H = (1, 24, 168)
ANCHORS = 10  # payments of a customer before the customer shapes the prior
EPOCH = date(1970, 1, 1)
WORTH = 0.01  # tail probability from which a payment is not kept


@dataclass(frozen=True)
class Window:
    """Payments after which more follow within `hours` than usual, and the posterior of how many do.

    Only these are kept: `at` holds their positions among the payments, rising; the other arrays go
    with it.
    """

    hours: int
    at: Array
    more: Array
    shape: Array
    rate: Array
    p: Array

    def index(self, payment: int) -> int | None:
        """Where a payment stands in the arrays; None where what follows it is ordinary."""
        place = int(np.searchsorted(self.at, payment))
        return place if place < len(self.at) and self.at[place] == payment else None

    def tail(self, index: int, more: int) -> float:
        """The probability had `more` payments followed, Bonferroni included; baseline frozen."""
        one = float(tails.count_tail(more, self.shape[index], self.rate[index]))
        return min(1.0, len(WINDOWS_H) * one)


@dataclass(frozen=True)
class Pace:
    """The payments (positions in the ledger) and what follows each in every window."""

    out: Array
    windows: tuple[Window, ...]
    tests: int


def measure(ledger: Ledger) -> Pace:
    """Count what follows every payment, and how rare that is; no threshold of a person enters."""
    out = np.flatnonzero(ledger.amount < 0)
    place = ledger.place[out]
    key = moment(place, ledger.second[out])
    judged = (ledger.judged | ledger.leaving)[out]
    red = np.r_[0, np.cumsum(festive(ledger)[out], dtype=np.int32)]
    windows = tuple(_window(h, place, key, judged, red) for h in WINDOWS_H)
    return Pace(out, windows, int(judged.sum()))


def festive(ledger: Ledger) -> Array:
    """Whether each movement lies in the week of a Spring Festival."""
    inside = [in_festival(EPOCH + timedelta(days=int(d))) for d in ledger.present]
    days = ledger.present[np.array(inside, bool)]
    return np.isin(ledger.day, days) if len(days) else np.zeros(len(ledger.day), bool)


def _window(hours: int, place: Array, key: Array, judged: Array, red: Array) -> Window:
    """One window; `red` counts the payments of festival weeks so far."""
    n = len(key)
    if not n:
        return Window(hours, np.zeros(0, int), *(np.zeros(0),) * 4)
    begin, end = _reach(key, hours * HOUR)
    more = end - np.arange(1, n + 1, dtype=np.int32)
    sums = np.r_[0, np.cumsum(more, dtype=np.int64)]
    anchors, total = np.bincount(place), np.bincount(place, weights=more)
    some = anchors >= ANCHORS
    a, b = tails.gamma_prior(total[some], anchors[some].astype(float))
    calm = (red[end] == red[:-1]) | (hours == 1)
    parts = [_rare(part, more, begin, end, place, anchors, total, sums, a, b) for part in
             np.array_split(np.flatnonzero(judged & (more > 0) & calm), 1 + n // BLOCK)]  # fmt: skip
    return Window(hours, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def _rare(at: Array, more: Array, begin: Array, end: Array, place: Array, anchors: Array, total: Array,
          sums: Array, a: float, b: float) -> tuple[Array, ...]:  # fmt: skip
    """Of the payments `at` those that are followed by far more than usual: at, more, shape, rate, p."""
    begin, end, who, more = begin[at], end[at], place[at], more[at].astype(np.int64)
    shape = a + total[who] - (sums[end] - sums[begin])
    rate = b + anchors[who] - (end - begin)
    mean = shape / rate
    far = np.flatnonzero(more > mean + 2 * np.sqrt(mean * (1 + 1 / rate)))
    p = np.minimum(1, len(WINDOWS_H) * tails.count_tail(more[far], shape[far], rate[far]))
    far, p = far[p < WORTH], p[p < WORTH]
    return at[far], more[far], shape[far], rate[far], p


def _reach(key: Array, width: int) -> tuple[Array, Array]:
    """Of every payment the first and, beyond the last, the end of those within `width` of it.

    Only payments with a neighbour that near are searched for: most have none within an hour.
    """
    n = len(key)
    near = np.flatnonzero(np.diff(key) <= width)
    begin, end = np.arange(n, dtype=np.int32), np.arange(1, n + 1, dtype=np.int32)
    end[near] = np.searchsorted(key, key[near] + width, "right")
    begin[near + 1] = np.searchsorted(key, key[near + 1] - width, "left")
    return begin, end


def burst(ledger: Ledger, pace: Pace, params: AnomalyParams) -> Found:
    """The rarest windows of every customer that do not overlap, all their payments flagged."""
    hits = [(w.p[i], int(w.at[i]), int(w.more[i]), w, int(i)) for w in pace.windows
            for i in np.flatnonzero((w.p <= params.alpha) & (w.more + 1 >= params.burst_count))]  # fmt: skip
    hits.sort(key=lambda hit: (hit[0], hit[1], hit[3].hours))
    used = np.zeros(len(pace.out), bool)
    frames = []
    for number, (p, first, more, window, i) in enumerate(hits):
        span = slice(first, first + more + 1)
        if used[span].any():
            continue
        used[span] = True
        usual = 1 + window.shape[i] / window.rate[i]
        limit = most_allowed(pace, first, window, params)
        frames.append(found.rows("burst", ledger, pace.out[span], p, more + 1, usual, limit, number,
                                 more + 1, window.hours))  # fmt: skip
    return Found("burst", found.together(frames), pace.tests, pace.tests * params.alpha)


def flagged(pace: Pace, payment: int, window: Window, count: int, params: AnomalyParams) -> bool:
    """Whether any window after `payment` flags had only `count` payments been made in `window`.

    Payments are taken away from the end of the window; baselines stay as they are.
    """
    here = window.index(payment)
    taken = (0 if here is None else int(window.more[here])) + 1 - count
    for one in pace.windows:
        index = one.index(payment)
        if index is None:
            continue
        more = int(one.more[index])
        more = more - taken if one.hours >= window.hours else min(more, count - 1)
        if more + 1 >= params.burst_count and one.tail(index, more) <= params.alpha:
            return True
    return False


def most_allowed(pace: Pace, payment: int, window: Window, params: AnomalyParams) -> int:
    """The largest number of payments in the window that would not have been flagged."""
    here = window.index(payment)
    count = 0 if here is None else int(window.more[here])
    while count > 1 and flagged(pace, payment, window, count, params):
        count -= 1
    return count
