"""Who is at risk at a day, and what became of them: from the calendar of active days alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from analytics.lifecycle.days import Calendar, number
from analytics.lifecycle.stages import last_active

Array = np.ndarray


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

    The frame: customer_key, idle_days, acts_30, acts_90, acts_before (days 91 to 180), opened_on.
    """
    t = number(day)
    edges = np.array([t - 180, t - 90, t - 30, t], np.int32)
    at = last_active(calendar, edges)
    last = at[3]
    began = last >= calendar.start[:-1]
    idle = np.where(
        began, t - calendar.day[np.where(began, last, 0)] if len(calendar.day) else 0, 10**6
    )
    inside = idle <= question.active_within_days if question.target == "loss" else (
        began & (idle >= question.dormant_days))  # fmt: skip
    place = np.flatnonzero(inside & (calendar.opened <= t))
    frame = calendar.people.select("customer_key", "opened_on").with_columns(
        idle_days=pl.Series(idle), acts_30=pl.Series(last - at[2]), acts_90=pl.Series(last - at[1]),
        acts_before=pl.Series(at[1] - at[0]))  # fmt: skip
    return place, frame[place.tolist()] if len(place) else frame[:0]


def outcome(calendar: Calendar, day: date, place: Array, question: Question) -> Array:
    """Whether it happened to each customer at risk, shape (places,), bool; see the package."""
    t = number(day) + question.gap_days
    until = t + question.horizon_days
    if question.target == "wake_up":
        ends = last_active(calendar, np.array([t, until], np.int32))
        return ((ends[1] - ends[0]) > 0)[place]
    last = last_active(calendar, np.array([t, until, until + question.silent_days], np.int32))
    quiet_after = (last[2] - last[1]) == 0
    last_day = calendar.day[np.maximum(last[1], 0)]
    following = np.minimum(last[1] + 1, len(calendar.day) - 1)
    silent = np.where(quiet_after, question.silent_days,
                      np.where(last[1] + 1 < calendar.start[1:], calendar.day[following] - last_day, 10**6))  # fmt: skip
    return ((silent >= question.silent_days) & (last_day <= until))[place]


def teaching_days(first_day: date, as_of: date, question: Question, most: int) -> list[date]:
    """The day of judging last, the day of calibration before it, then the days of teaching.

    All are as late as their outcomes allow: the judged day's is complete by as_of, the others' by
    the judged day. Empty where the extract is too short for one of each.
    """
    judged = as_of - timedelta(days=question.complete_days)
    latest = judged - timedelta(days=question.complete_days)
    earliest = first_day + timedelta(days=90)
    step = min(question.horizon_days, 91)
    days: list[date] = []
    while len(days) <= most and latest >= earliest:
        days.append(latest)
        latest -= timedelta(days=step)
    return [*days[::-1], judged] if len(days) >= 2 else []
