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
        last: position in `Calendar.day` of the last active day; before the customer's first one
            where there is none, shape (boundaries, customers).
    """

    boundaries: Array
    stage: Array
    last: Array


def snapshots(calendar: Calendar, boundaries: Array, rule: Rule, last: Array | None = None
              ) -> Snapshots:  # fmt: skip
    """Stages at all boundary days at once; the work is one pass over the active days.

    `last` is `last_active` at the boundaries, if at hand: no threshold changes it.
    """
    boundaries = np.asarray(boundaries, np.int32)
    last = last_active(calendar, boundaries) if last is None else last
    stage = np.full(last.shape, NOT_YET, np.int8)
    if calendar.size:
        returned = last_return(calendar, rule)
        opened = calendar.opened
        for row, day in enumerate(boundaries):
            stage[row] = _stages_on(calendar, rule, day, last[row], returned, opened)
    return Snapshots(boundaries, stage, last)


def last_active(calendar: Calendar, boundaries: Array) -> Array:
    """Position of the last active day up to each boundary, shape (boundaries, customers)."""
    m, n = len(boundaries), calendar.size
    bucket = np.searchsorted(boundaries, calendar.day, side="left")
    cell = bucket.astype(np.int32) * np.int32(n) + calendar.place
    counted = np.bincount(cell, minlength=(m + 1) * n)[: m * n].reshape(m, n)
    return calendar.start[:-1] - 1 + np.cumsum(counted, axis=0)


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


def _stages_on(calendar: Calendar, rule: Rule, day: int, last: Array,
               returned: tuple[Array, Array | int], opened: Array) -> Array:  # fmt: skip
    """Stage codes at the end of one day, shape (customers,)."""
    latest_return, limit = returned
    began = last >= calendar.start[:-1]
    at = np.where(began, last, 0)
    if not len(calendar.day):
        return np.where(opened > day, NOT_YET, OPENED).astype(np.int8)
    idle = day - calendar.day[at]
    back = latest_return[at]
    ever = back >= 0
    since = day - calendar.day[np.maximum(back, 0)]
    days = at - calendar.start[:-1] + 1
    dormant = limit if isinstance(limit, int) else limit[at]
    stage = np.where((days >= rule.active_from) | ever, ACTIVE, ACTIVATED)
    stage = np.where(ever & (since < rule.reactivated_days), REACTIVATED, stage)
    stage = np.where(idle >= dormant, DORMANT, stage)
    stage = np.where(idle >= rule.lost_days, LOST, stage)
    stage = np.where(began, stage, OPENED)
    return np.where(opened > day, NOT_YET, stage).astype(np.int8)
