"""Times to an event, one per customer, from the calendar of active days."""

from __future__ import annotations

import numpy as np

from analytics.lifecycle.days import Calendar, number
from analytics.lifecycle.threshold import silences
from analytics.survival.estimate import Spells

Array = np.ndarray


def activation(calendar: Calendar) -> tuple[Array, Spells]:
    """Opening to first active day, of customers who opened within the extract.

    Every function here returns the places of the customers and their spells.
    """
    end = number(calendar.as_of)
    opened, first = calendar.opened, number(calendar.first_day)
    known = calendar.people["opening_known"].to_numpy() & (opened >= first)
    held = np.diff(calendar.start) > 0
    acted = np.append(calendar.day, end)[np.where(held, calendar.start[:-1], -1)]
    place = np.flatnonzero(known)
    return place, Spells((acted - opened)[place].astype(float), held[place])


def silence(calendar: Calendar, idle_days: int) -> tuple[Array, Spells]:
    """First active day to the first day of `idle_days` idle days."""
    first, length, ended = silences(calendar)
    end = number(calendar.as_of)
    long = (length > idle_days) | (~ended & (length >= idle_days))
    place = np.flatnonzero(np.diff(calendar.start) > 0)
    reached = np.full(calendar.size, np.iinfo(np.int32).max, np.int64)
    np.minimum.at(reached, calendar.place[long], first[long] + idle_days)
    happened = reached[place] <= end
    until = np.where(happened, reached[place], end)
    return place, Spells((until - first[calendar.start[:-1][place]]).astype(float), happened)


def waking(calendar: Calendar, dormant_days: int) -> tuple[Array, Spells]:
    """First dormant day of the latest dormant spell to the next active day."""
    _, length, ended = silences(calendar)
    long = (length > dormant_days) | (~ended & (length >= dormant_days))
    at = np.flatnonzero(long)
    place = calendar.place[at]
    latest = np.flatnonzero(np.append(place[1:] != place[:-1], True)) if len(at) else at
    at = at[latest]
    return calendar.place[at], Spells((length[at] - dormant_days).astype(float), ended[at])
