"""Who is at risk at a day, and what became of them: from the calendar of active days alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from analytics.churn.spans import span_end
from analytics.lifecycle.days import Calendar, number
from analytics.lifecycle.stages import silence_chance
from analytics.lifecycle.standing import gaps, last_active

Array = np.ndarray
AWAY_DAYS = 60
MOST_MONTHS = 240


@dataclass(frozen=True)
class Question:
    """What is to be foretold, in days."""

    target: str = "loss"  # or wake_up
    horizon_days: int = 91
    silent_days: int = 180
    gap_days: int = 0
    active_within_days: int = 45
    dormant_days: int = 90

    @property
    def complete_days(self) -> int:
        """Days after t until the outcome of everybody is known."""
        silent = self.silent_days if self.target == "loss" else 0
        return self.gap_days + self.horizon_days + silent


def at_risk(calendar: Calendar, day: date, question: Question) -> tuple[Array, pl.DataFrame]:
    """Places of the customers at risk, and what the calendar knows of each at that day.

    The frame: idle_days, idle_unusual (minus the logarithm of the chance of such a silence, at most
    8), acts_30 and acts_before (active days of the last 30 days and of the 150 before), settled_days
    (since the first active day, or the last one after `AWAY_DAYS` of silence, at most 400), opened_on.
    """
    t = number(day)
    before, lately, last = last_active(calendar, np.array([t - 180, t - 30, t], np.int32))
    began = last >= calendar.start[:-1]
    idle = np.where(began, t - calendar.day[np.where(began, last, 0)], 10**6) if len(calendar.day) else (
        np.full(calendar.size, 10**6))  # fmt: skip
    inside = idle <= question.active_within_days if question.target == "loss" else (
        began & (idle >= question.dormant_days))  # fmt: skip
    place = np.flatnonzero(inside & (calendar.opened <= t))
    unusual = -np.log(np.maximum(silence_chance(calendar, last, t), np.exp(-8)))
    frame = pl.DataFrame({
        "idle_days": idle, "idle_unusual": unusual, "acts_30": last - lately, "acts_before": lately - before,
        "settled_days": _settled(calendar, last, t), "opened_on": calendar.people["opened_on"]})  # fmt: skip
    return place, frame[place.tolist()] if len(place) else frame[:0]


def _settled(calendar: Calendar, last: Array, day: int) -> Array:
    """Days since the present run of activity began, at most 400, shape (customers,)."""
    if not len(calendar.day):
        return np.zeros(calendar.size)
    first = calendar.start[:-1]
    began = calendar.day[np.minimum(first, len(calendar.day) - 1)].copy()
    back = gaps(calendar, AWAY_DAYS)
    known = np.searchsorted(back.day, day, side="right")
    began[back.place[:known]] = back.day[:known]  # the last written stays: the latest day
    return np.where(last >= first, np.minimum(day - began, 400), 0)


def outcome(calendar: Calendar, day: date, place: Array, question: Question) -> Array:
    """Whether it happened to each customer at risk, shape (places,), bool; see the package.

    Who was silent already at `day` and stayed so is no loss to come: no warning could reach them.
    """
    t = number(day) + question.gap_days
    until = t + question.horizon_days
    if question.target == "wake_up":
        ends = last_active(calendar, np.array([t, until], np.int32))
        return ((ends[1] - ends[0]) > 0)[place]
    known, last, silent = _silences(calendar, t, until, question)
    return ((last > known) & silent)[place]


def away(calendar: Calendar, day: date, place: Array, question: Question) -> Array:
    """Who had left for good by `day` (and the gap) already, shape (places,), bool: no loss to come."""
    if question.target == "wake_up":
        return np.zeros(len(place), bool)
    t = number(day) + question.gap_days
    return _silences(calendar, t, t, question)[2][place]


def _silences(
    calendar: Calendar, t: int, until: int, question: Question
) -> tuple[Array, Array, Array]:
    """Positions of the last active day up to `t` and up to `until`, and whether `silent_days`
    without any follow the latter, shape (customers,) each."""
    known, last, later = last_active(
        calendar, np.array([t, until, until + question.silent_days], np.int32)
    )
    last_day = calendar.day[np.maximum(last, 0)]
    following = np.minimum(last + 1, len(calendar.day) - 1)
    back_after = np.where(later > last, calendar.day[following] - last_day, 10**6)
    return known, last, back_after >= question.silent_days


def landmarks(first_day: date, as_of: date, question: Question) -> tuple[int, list[int]]:
    """The span that is judged, and those that may teach: numbers of spans back from as_of.

    The outcomes of the judged span's end are complete by as_of, those of the teaching ones by the
    end of the judged one. Every landmark has four spans of history.
    """
    ends = [span_end(as_of, span) for span in range(min(MOST_MONTHS, 12 * (as_of.year - 1)))]
    whole = timedelta(days=question.complete_days)
    judged = sum(end + whole > as_of for end in ends)
    if judged >= len(ends):
        return 0, []
    taught = sum(end + whole > ends[judged] for end in ends)
    whole_spans = sum(end >= first_day - timedelta(days=1) for end in ends) - 1
    return judged, list(range(taught, whole_spans - 3))
