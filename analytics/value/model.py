"""From the calendar of active days to the three numbers, and a fit on a sample that says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics import btyd
from analytics.btyd import Fit, Model
from analytics.lifecycle.days import Calendar
from analytics.lifecycle.standing import last_active

Array = np.ndarray
FEWEST = 100  # below that a fit runs off to the edge of its parameters
SAMPLE = 20_000
WEEK = 7.0


@dataclass(frozen=True)
class History:
    """Customers with an active day by a given day.

    Args:
        place: their positions in the calendar, shape (customers,).
        frequency: repeat active days.
        recency: weeks from the first active day to the last.
        age: weeks from the first active day to the day.
    """

    place: Array
    frequency: Array
    recency: Array
    age: Array


def history(calendar: Calendar, day: int) -> History:
    """The three numbers at the end of `day` (days since 1970); who first came on that day is left
    out, as nothing can be said of an age of nothing."""
    last = last_active(calendar, np.array([day], np.int32))[0]
    first = calendar.start[:-1]
    place = np.flatnonzero(last >= first)
    begin, end = calendar.day[first[place]], calendar.day[last[place]]
    old = begin < day
    place, begin, end = place[old], begin[old], end[old]
    return History(
        place, (last - first)[place].astype(float), (end - begin) / WEEK, (day - begin) / WEEK
    )


def fit(model: Model, known: History, seed: int) -> Fit | None:
    """Maximum likelihood on at most 20,000 customers drawn by `seed`; None where it cannot be fitted."""
    n = len(known.place)
    if n < FEWEST or known.frequency.max(initial=0) < 1:
        return None
    some = (
        np.arange(n)
        if n <= SAMPLE
        else np.random.default_rng(seed).choice(n, SAMPLE, replace=False)
    )
    found = btyd.fit(model, known.frequency[some], known.recency[some], known.age[some])
    usable = all(np.isfinite(found.parameters)) and abs(found.parameters[2] - 1) > 1e-9
    return found if usable and np.isfinite(found.log_likelihood) else None


def expected(found: Fit, known: History, weeks: float) -> Array:
    """Expected active days within `weeks`, never negative, never above one a day."""
    with np.errstate(all="ignore"):
        days = btyd.expected_returns(found, known.frequency, known.recency, known.age, weeks)
    rate = (found.parameters[0] + known.frequency) / (found.parameters[1] + known.age)
    alive = btyd.probability_alive(found, known.frequency, known.recency, known.age)
    bound = rate * weeks * alive  # nobody drops out: what it comes to at most
    return np.clip(np.where(np.isfinite(days), days, bound), 0.0, np.minimum(bound, weeks * WEEK))


def amounts(frequency: Array, mean: Array, seed: int) -> Array:
    """Expected amount of an active day, shrunk to the population by Gamma-Gamma where it can be fitted."""
    some = np.flatnonzero((frequency > 0) & (mean > 0))
    if len(some) < FEWEST:
        return np.where(mean > 0, mean, mean[mean > 0].mean() if (mean > 0).any() else 0.0)
    drawn = (
        some
        if len(some) <= SAMPLE
        else np.random.default_rng(seed).choice(some, SAMPLE, replace=False)
    )
    found = btyd.fit_gamma_gamma(frequency[drawn], mean[drawn])
    p, q, _ = found.parameters
    shrunk = btyd.expected_amount(found, frequency, np.maximum(mean, 0))
    bad = ~np.isfinite(shrunk) | (shrunk < 0) | (p * frequency + q <= 1)
    return np.where(bad, np.maximum(mean, 0), shrunk)
