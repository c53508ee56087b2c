"""Public holidays of mainland China that move, and which days count as working days.

A payment due on a free day is booked on the working day before it, so a salary of the 10th comes on
the 8th, and one of the end of January comes before the Spring Festival. `payday_slot` undoes that:
equal slots are the same payday, whatever the weekday or the festival.

Covered: the Spring Festival of 2010 to 2030; all holidays and the adjusted working weekends of 2021
to 2026 as the State Council announced them. In other years Saturdays, Sundays, 1 January, 1 May, the
first week of October and the festival week are free; nothing else is assumed.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

SPRING_FESTIVAL = {
    2010: (2, 14), 2011: (2, 3), 2012: (1, 23), 2013: (2, 10), 2014: (1, 31), 2015: (2, 19),
    2016: (2, 8), 2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12),
    2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6),
    2028: (1, 26), 2029: (2, 13), 2030: (2, 3),
}  # fmt: skip
FREE = {  # month, day, length in days
    2021: ((1, 1, 3), (2, 11, 7), (4, 3, 3), (5, 1, 5), (6, 12, 3), (9, 19, 3), (10, 1, 7)),
    2022: ((1, 1, 3), (1, 31, 7), (4, 3, 3), (4, 30, 5), (6, 3, 3), (9, 10, 3), (10, 1, 7)),
    2023: ((1, 1, 2), (1, 21, 7), (4, 5, 1), (4, 29, 5), (6, 22, 3), (9, 29, 8)),
    2024: ((1, 1, 1), (2, 10, 8), (4, 4, 3), (5, 1, 5), (6, 8, 3), (9, 15, 3), (10, 1, 7)),
    2025: ((1, 1, 1), (1, 28, 8), (4, 4, 3), (5, 1, 5), (5, 31, 3), (10, 1, 8)),
    2026: ((1, 1, 3), (2, 15, 9), (4, 4, 3), (5, 1, 5), (6, 19, 3), (9, 25, 3), (10, 1, 7)),
}
WORKING = {
    2021: ((2, 7), (2, 20), (4, 25), (5, 8), (9, 18), (9, 26), (10, 9)),
    2022: ((1, 29), (1, 30), (4, 2), (4, 24), (5, 7), (10, 8), (10, 9)),
    2023: ((1, 28), (1, 29), (4, 23), (5, 6), (6, 25), (10, 7), (10, 8)),
    2024: ((2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)),
    2025: ((1, 26), (2, 8), (4, 27), (9, 28), (10, 11)),
    2026: ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)),
}
YEARS = (min(SPRING_FESTIVAL), max(SPRING_FESTIVAL))
ADJUSTED_YEARS = (min(WORKING), max(WORKING))
FESTIVAL_DAYS = 8
LAST_SLOT = 31
ONE = timedelta(days=1)


@lru_cache(maxsize=256)
def _free(year: int) -> frozenset[date]:
    spans = FREE.get(year, ((1, 1, 1), (5, 1, 3), (10, 1, 7)))
    days = {date(year, m, d) + k * ONE for m, d, length in spans for k in range(length)}
    if year not in FREE and year in SPRING_FESTIVAL:
        days |= {date(year, *SPRING_FESTIVAL[year]) + k * ONE for k in range(-1, 6)}
    return frozenset(days)


def is_working(day: date) -> bool:
    """Whether banks and offices work on that day.

    >>> is_working(date(2024, 2, 12)), is_working(date(2024, 2, 18)), is_working(date(2024, 3, 3))
    (False, True, False)
    """
    if (day.month, day.day) in WORKING.get(day.year, ()):
        return True
    return day.weekday() < 5 and day not in _free(day.year)


def in_festival(day: date) -> bool:
    """Whether the day lies in the week of the Spring Festival, its eve included.

    >>> in_festival(date(2025, 1, 28)), in_festival(date(2025, 1, 27)), in_festival(date(1993, 1, 23))
    (True, False, False)
    """
    if day.year not in SPRING_FESTIVAL:
        return False
    since = (day - date(day.year, *SPRING_FESTIVAL[day.year])).days
    return -1 <= since < FESTIVAL_DAYS - 1


def payday_slot(day: date) -> int:
    """The day of the month a payment booked on `day` may have been due; 31 is the end of the month.

    The last of the days from `day` up to the eve of the next working day. 8 March 2024 was a Friday:

    >>> payday_slot(date(2024, 3, 8)), payday_slot(date(2024, 3, 12)), payday_slot(date(2024, 2, 9))
    (10, 12, 17)
    >>> payday_slot(date(2024, 3, 29)), payday_slot(date(2024, 4, 30))
    (31, 31)
    """
    last = day
    while not is_working(last + ONE):
        last += ONE
    if last.month != day.month or (last + ONE).month != day.month:
        return LAST_SLOT
    return last.day
