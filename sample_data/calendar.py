"""Days of the invented bank: public holidays of mainland China, adjusted working days, paydays.

Days are numbered from 1970-01-01 (as in datetime64[D]), so that arrays of days are plain integers.
The holidays of 2023 to 2025 and their working weekends are the ones the State Council announced;
for other years the moving Spring Festival, 1 January, 1 May and 1 October are kept, without
adjusted working days.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np

SPRING_FESTIVAL = {  # first day of the lunar year
    2013: (2, 10), 2014: (1, 31), 2015: (2, 19), 2016: (2, 8), 2017: (1, 28), 2018: (2, 16),
    2019: (2, 5), 2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10),
    2025: (1, 29), 2026: (2, 17),
}  # fmt: skip
HOLIDAYS = {  # (month, day, length in days)
    2023: ((1, 1, 2), (1, 21, 7), (4, 5, 1), (4, 29, 5), (6, 22, 3), (9, 29, 8)),
    2024: ((1, 1, 1), (2, 10, 8), (4, 4, 3), (5, 1, 5), (6, 8, 3), (9, 15, 3), (10, 1, 7)),
    2025: ((1, 1, 1), (1, 28, 8), (4, 4, 3), (5, 1, 5), (5, 31, 3), (10, 1, 8)),
}  # fmt: skip
WORKING_WEEKENDS = {
    2023: ((1, 28), (1, 29), (4, 23), (5, 6), (6, 25), (10, 7), (10, 8)),
    2024: ((2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)),
    2025: ((1, 26), (2, 8), (4, 27), (9, 28), (10, 11)),
}
FIRST_YEAR, LAST_YEAR = 2000, 2027
EPOCH = date(1970, 1, 1)


def number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def _holidays(year: int) -> list[tuple[date, int]]:
    if year in HOLIDAYS:
        return [(date(year, m, d), length) for m, d, length in HOLIDAYS[year]]
    plain = [(date(year, 1, 1), 1), (date(year, 5, 1), 3), (date(year, 10, 1), 7)]
    if year in SPRING_FESTIVAL:
        plain.append((date(year, *SPRING_FESTIVAL[year]) - timedelta(1), 7))
    return plain


@cache
def working_days() -> np.ndarray:
    """Whether each day from 2000-01-01 to 2027-12-31 is a working day; bool."""
    first = number(date(FIRST_YEAR, 1, 1))
    days = np.arange(first, number(date(LAST_YEAR, 12, 31)) + 1)
    working = (days + 3) % 7 < 5  # 1970-01-01 was a Thursday
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for day, length in _holidays(year):
            working[number(day) - first : number(day) - first + length] = False
        for month, day_of_month in WORKING_WEEKENDS.get(year, ()):
            working[number(date(year, month, day_of_month)) - first] = True
    working.setflags(write=False)
    return working


@cache
def _last_working() -> np.ndarray:
    working = working_days()
    positions = np.where(working, np.arange(len(working)), 0)
    return np.maximum.accumulate(positions)


def last_working_day(days: np.ndarray) -> np.ndarray:
    """The day itself or the nearest working day before it."""
    first = number(date(FIRST_YEAR, 1, 1))
    return _last_working()[days - first] + first


def is_working(days: np.ndarray) -> np.ndarray:
    """Whether each day is a working day."""
    return working_days()[days - number(date(FIRST_YEAR, 1, 1))]


def festival_of(year: int) -> int | None:
    """First day of the lunar year as a day number; None where the table ends."""
    return number(date(year, *SPRING_FESTIVAL[year])) if year in SPRING_FESTIVAL else None
