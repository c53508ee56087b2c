"""A customer's engaged days laid end to end, so that a share between 0 and 1 names a day.

Every planted part asks the same question: on which day can this customer have done something?
Silence is true only if nobody acts outside the days of `Block.months`; this class is how the
planted parts keep that promise without a loop over customers.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sample_data.world import Block

MICROSECONDS_A_DAY = 86_400_000_000
Days = np.ndarray
"""Whole days since 1970-01-01, int64."""


class EngagedDays:
    """The engaged days of all customers of a block.

    Args:
        block: a block whose `months` are filled.

    Attributes:
        total: engaged days per customer, int64, length `block.size`; 0 where there are none.
    """

    def __init__(self, block: Block) -> None:
        months = block.months.sort("customer", "month")
        self._first = days(months["active_from"])
        self._last = days(months["active_to"])
        length = self._last - self._first + 1
        self._before = np.concatenate([[0], np.cumsum(length)])
        owner = months["customer"].to_numpy()
        self.total = np.bincount(owner, weights=length, minlength=block.size).astype(np.int64)
        self._offset = np.concatenate([[0], np.cumsum(self.total)])[:-1]

    def at(self, customer: np.ndarray, share: np.ndarray) -> Days:
        """The day at `share` (0 <= share < 1) of each customer's engaged days.

        Customers without any engaged day must be filtered out first (`total > 0`).
        """
        return self._day(self._offset[customer] + np.floor(share * self.total[customer]))

    def has(self, customer: np.ndarray, day: Days) -> np.ndarray:
        """Whether the customer is engaged on that day."""
        return (day >= 0) & (self._day(self._position(customer, day)) == day)

    def _position(self, customer: np.ndarray, day: Days) -> np.ndarray:
        """Place on the long line of all engaged days of `day`, or of the next engaged day."""
        low, high = self._rows(customer)
        row = _first_at_least(self._last, day, low, high)
        inside = np.minimum(row, len(self._last) - 1)
        ahead = np.maximum(day - self._first[inside], 0)
        end = self._offset[customer] + self.total[customer] - 1
        return np.where(row < high, np.minimum(self._before[inside] + ahead, end), end)

    def _rows(self, customer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        start = np.searchsorted(self._before, self._offset[customer], side="left")
        end = np.searchsorted(self._before, self._offset[customer] + self.total[customer], "left")
        return start, end

    def _day(self, position: np.ndarray) -> Days:
        place = position.astype(np.int64)
        row = np.searchsorted(self._before, place, side="right") - 1
        row = np.clip(row, 0, len(self._first) - 1)
        return self._first[row] + (place - self._before[row])


def _first_at_least(
    values: np.ndarray, wanted: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Per element, the first row in [low, high) with values[row] >= wanted (else high)."""
    low, high = low.copy(), high.copy()
    while (open_ := low < high).any():
        middle = (low + high) // 2
        above = values[np.minimum(middle, len(values) - 1)] >= wanted
        high = np.where(open_ & above, middle, high)
        low = np.where(open_ & ~above, middle + 1, low)
    return low


def days(column: pl.Series) -> Days:
    """A date or timestamp column as whole days; nulls become the smallest day."""
    return column.cast(pl.Date).cast(pl.Int64).fill_null(np.iinfo(np.int32).min).to_numpy()


def dates(day: Days) -> pl.Series:
    """Whole days as dates."""
    return pl.Series(day.astype(np.int32), dtype=pl.Int32).cast(pl.Date)


def moments(day: Days, second: np.ndarray) -> pl.Series:
    """Day and second of the day as timestamps."""
    micro = day.astype(np.int64) * MICROSECONDS_A_DAY + second.astype(np.int64) * 1_000_000
    return pl.Series(micro).cast(pl.Datetime("us"))


def spread(chance: np.ndarray, strata: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """A random draw with these chances whose count per stratum is the expected one (within 1).

    Systematic sampling over a random order within each stratum. Why not independent draws: a
    planted strength then holds in a small bank as it does in a large one.

    Args:
        chance: probability of each element, 0..1.
        strata: integer group of each element.
        draw: the random stream.
    """
    order = np.lexsort((draw.random(len(chance)), strata))
    run = np.cumsum(chance[order]) + draw.random()
    hit = np.floor(run) > np.floor(run - chance[order])
    out = np.zeros(len(chance), bool)
    out[order] = hit
    return out
