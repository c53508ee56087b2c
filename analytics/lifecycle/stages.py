"""The rule: exactly one stage per customer and day, from the active days alone.

At the end of day d, with n active days up to d, the last of them `idle_days` before d:

    not yet a customer           opened_on > d
    opened                       n = 0
    lost                         idle_days >= lost_days
    dormant                      idle_days >= dormant_days
    reactivated                  fewer than reactivated_days since the last return
    active                       n >= active_from, or ever returned
    activated                    else

A return is an active day whose day before was spent dormant or lost, so the gap is longer than
`dormant_days`.

Own rhythm (`rule = rhythm`) replaces dormant_days by a personal threshold. Gaps of a customer are
exponential with a rate that varies by customer as gamma(r, a); after x gaps over t days a silence
is longer than g with chance ((a + t) / (a + t + g)) ** (r + x) (Lomax), so 5 % exceed
(a + t) * (0.05 ** (-1 / (r + x)) - 1). It says whether a silence is unusual for this customer; it
does not rank who is gone (METHODS of the design: plain recency ranks better).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.lifecycle.days import Calendar
from analytics.lifecycle.standing import Standing, gaps, standing

Array = np.ndarray
STAGES = ("opened", "activated", "active", "dormant", "lost", "reactivated")
OPENED, ACTIVATED, ACTIVE, DORMANT, LOST, REACTIVATED = range(6)
NOT_YET = -1
UNUSUAL = 0.05


@dataclass(frozen=True)
class Rule:
    """The thresholds, in days and active days."""

    dormant_days: int = 90
    lost_days: int = 180
    reactivated_days: int = 30
    active_from: int = 3
    rhythm: bool = False


@dataclass(frozen=True)
class Snapshots:
    """Where every customer stands at every boundary day.

    Args:
        boundaries: days since 1970, rising, shape (boundaries,).
        stage: code in `STAGES` or -1 for not yet a customer, shape (boundaries, customers).
        last: as in `Standing`.
    """

    boundaries: Array
    stage: Array
    last: Array


def snapshots(calendar: Calendar, boundaries: Array, rule: Rule, known: Standing | None = None
              ) -> Snapshots:  # fmt: skip
    """Stages at all boundary days at once.

    `known` is the `standing` at the boundaries, if at hand: no threshold changes it.
    """
    known = standing(calendar, boundaries) if known is None else known
    if rule.rhythm:
        stage = _by_rhythm(calendar, rule, known)
    else:
        stage = _placed(known, rule, rule.dormant_days, *_returned(calendar, rule, known))
    return Snapshots(known.boundaries, stage, known.last)


def _placed(known: Standing, rule: Rule, dormant: Array | int, ever: Array, lately: Array) -> Array:
    """Stage codes from the idle days and from who returned, ever and lately, all of one shape."""
    awake = _either(((known.acts >= rule.active_from) | ever), ACTIVE, ACTIVATED)
    asleep = _either(known.idle_days >= rule.lost_days, LOST, DORMANT)
    silent = (known.idle_days >= dormant) | (known.idle_days >= rule.lost_days)
    stage = _either(silent, asleep, _either(lately, REACTIVATED, awake))
    return _either(known.absent, NOT_YET, _either(known.acts <= 0, OPENED, stage))


def _either(test: Array, yes: Array | int, no: Array | int) -> Array:
    """`yes` where the test holds, else `no`, int8.

    Why by arithmetic: on the grid of customers and months it takes a fifth of the time of a choice.
    """
    low = np.asarray(no, np.int8)
    return low + test.view(np.int8) * (np.asarray(yes, np.int8) - low)


def _returned(calendar: Calendar, rule: Rule, known: Standing) -> tuple[Array, Array]:
    """Who returned by each boundary, ever and fewer than `reactivated_days` before it."""
    long = (
        known.gaps if rule.dormant_days >= known.gaps.least else gaps(calendar, rule.dormant_days)
    )
    back = long.days > rule.dormant_days
    place, day = long.place[back], long.day[back]
    first = np.full(calendar.size, 2**31 - 1, np.int32)
    first[place[::-1]] = day[::-1]  # the last written stays: the earliest day
    ever = first[None, :] <= known.boundaries[:, None]
    lately = np.zeros(ever.shape, bool)
    until = np.searchsorted(day, known.boundaries, side="right")
    since = np.searchsorted(day, known.boundaries - rule.reactivated_days, side="right")
    for row, (low, high) in enumerate(zip(since, until, strict=True)):
        lately[row, place[low:high]] = True
    return ever, lately


def _by_rhythm(calendar: Calendar, rule: Rule, known: Standing) -> Array:
    """The same with a threshold of each customer's own."""
    latest, limit = last_return(calendar, rule)
    at = np.maximum(known.last, calendar.start[:-1].astype(np.int32))
    if not len(calendar.day):
        none = np.zeros(at.shape, bool)
        return _placed(known, rule, rule.dormant_days, none, none)
    at = np.minimum(at, len(calendar.day) - 1)
    back = latest[at]
    ever = back >= 0
    since = known.boundaries[:, None] - calendar.day[np.maximum(back, 0)]
    dormant = limit if isinstance(limit, int) else limit[at]
    return _placed(known, rule, dormant, ever, ever & (since < rule.reactivated_days))


def personal_days(calendar: Calendar) -> Array:
    """Silence in days that 5 % of a customer's own gaps would exceed, at every active day.

    The population's gamma is fitted by moments on the customers' mean gaps.
    """
    if not len(calendar.day):
        return np.zeros(0)
    first = np.repeat(calendar.start[:-1], np.diff(calendar.start))
    gaps = np.arange(len(calendar.day)) - first
    days = (calendar.day - calendar.day[first]).astype(float)
    shape, scale = _population_gamma(calendar, calendar.start[1:] - 1)
    return (scale + days) * (UNUSUAL ** (-1 / (shape + gaps)) - 1)


def silence_chance(calendar: Calendar, last: Array, day: int) -> Array:
    """Chance of a silence as long as the one at `day`, going by the customer's own gaps until then.

    Args:
        calendar: active days.
        last: position of the last active day up to `day`, shape (customers,).
        day: in days since 1970.

    Returns 1 for who has not been active yet, shape (customers,).
    """
    began = last >= calendar.start[:-1]
    if not began.any():
        return np.ones(calendar.size)
    shape, scale = _population_gamma(calendar, last)
    at, first = np.where(began, last, 0), np.where(began, calendar.start[:-1], 0)
    known = scale + calendar.day[at] - calendar.day[first]
    idle = np.maximum(day - calendar.day[at], 0)
    return np.where(began, (known / (known + idle)) ** (shape + at - first), 1.0)


def _population_gamma(calendar: Calendar, last: Array) -> tuple[float, float]:
    """Shape and scale (days) of the customers' rates, from the gaps up to the `last` positions."""
    gaps = last - calendar.start[:-1]
    some = np.flatnonzero(gaps >= 1)
    if not len(some):
        return 1.0, 30.0
    ends, starts = last[some], calendar.start[some]
    rate = gaps[some] / np.maximum(calendar.day[ends] - calendar.day[starts], 1)
    mean, spread = float(rate.mean()), float(rate.var())
    if spread <= 0:
        return 1.0, 1.0 / mean
    return mean**2 / spread, mean / spread


def _thresholds(calendar: Calendar, rule: Rule) -> Array | int:
    """Days of silence that make dormant, per active day where the rhythm is one's own."""
    if not rule.rhythm:
        return rule.dormant_days
    own = np.ceil(personal_days(calendar))
    return np.clip(own, 1, rule.lost_days).astype(np.int32)


def last_return(calendar: Calendar, rule: Rule) -> tuple[Array, Array | int]:
    """Position of the last return up to every active day (-1 for none), and the thresholds."""
    limit = _thresholds(calendar, rule)
    gap = np.diff(calendar.day, prepend=0)
    before = limit if isinstance(limit, int) else np.concatenate([[0], limit[:-1]])
    back = gap > before
    first = calendar.start[:-1]
    back[first[first < len(gap)]] = False
    position = np.where(back, np.arange(len(gap)), -1)
    latest = np.maximum.accumulate(position) if len(position) else position
    begins = np.repeat(first, np.diff(calendar.start))
    return np.where(latest >= begins, latest, -1), limit
