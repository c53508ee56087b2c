"""Term deposits: opened, rolled over by the bank, left to lapse, broken by those who leave."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from sample_data.habits import habits
from sample_data.world import Block, Plan, rng

TERM_MONTHS = np.array([3, 6, 12, 24, 36])
TERM_SHARES = (0.15, 0.25, 0.35, 0.17, 0.08)
ROLL_SHARE = 0.85
REOPEN_RATE = 0.3
LAPSE_MONTHS = 5


def add_months(days: np.ndarray, months: np.ndarray) -> np.ndarray:
    """The same day of the month, at most the 28th, so many months later; day numbers."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    day_of_month = (dates - month).astype(np.int64)
    return (month + months).astype("datetime64[D]").astype(np.int64) + np.minimum(day_of_month, 27)


@dataclass
class TermBook:
    """The running term deposit of every customer of a block, at most one at a time."""

    random: np.random.Generator
    holder: np.ndarray
    running: np.ndarray
    opened: np.ndarray
    months: np.ndarray
    matures: np.ndarray
    lapse_left: np.ndarray
    records: list[tuple[np.ndarray, ...]] = field(default_factory=list)

    @classmethod
    def begin(cls, plan: Plan, block: Block, opened_on: np.ndarray, start: int) -> TermBook:
        """Customers who were there before the first month hold a deposit already."""
        random = rng(plan, block.number, "terms")
        n = block.size
        shares = {name: habit.term for name, habit in habits(plan.without).items()}
        names = block.people["segment"].to_numpy()
        share = np.array([shares[name] for name in names])
        holder = random.random(n) < share
        months = random.choice(TERM_MONTHS, n, p=TERM_SHARES)
        elapsed = (random.random(n) * 0.95 * months * 30.4).astype(np.int64)
        opened = np.maximum(start - 1 - elapsed, opened_on + 1)
        return cls(random, holder, holder & (opened_on < start), opened, months,
                   add_months(opened, months), np.zeros(n, np.int64))  # fmt: skip

    def month(self, month: int, first: int, last: int, day_in: np.ndarray, day_out: np.ndarray,
              engaged: np.ndarray, leave: np.ndarray) -> None:  # fmt: skip
        """Maturities, breaks and openings of one month; day numbers, flags of shape (n,)."""
        n = len(self.holder)
        draw = self.random.random((3, n))
        self.lapse_left = np.maximum(self.lapse_left - 1, 0)
        idle = self.holder & ~self.running
        due = self.running & (self.matures <= last)
        lapses = due & engaged & (self.matures <= day_out) & (self.matures >= day_in)
        lapses &= leave | (draw[0] >= ROLL_SHARE)
        breaks = self.running & leave & ~lapses
        rolls = due & ~lapses & ~breaks
        self._end(lapses, self.matures, "lapsed")
        self._end(breaks, day_out, "broken")
        self._end(rolls, self.matures, "rolled")
        self.lapse_left[lapses] = LAPSE_MONTHS
        self.opened = np.where(rolls, self.matures, self.opened)
        opens = idle & engaged & ~leave & (draw[1] < REOPEN_RATE)
        day = day_in + (draw[2] * (day_out - day_in + 1)).astype(np.int64)
        self.opened = np.where(opens, day, self.opened)
        fresh = self.random.choice(TERM_MONTHS, n, p=TERM_SHARES)
        self.months = np.where(opens, fresh, self.months)
        self.matures = np.where(rolls | opens, add_months(self.opened, self.months), self.matures)
        self.running = (self.running & ~lapses & ~breaks) | opens
        self.lapse_left[opens] = 0

    def _end(self, which: np.ndarray, day: np.ndarray, how: str) -> None:
        who = np.flatnonzero(which)
        self.records.append((who, self.opened[who], self.months[who], self.matures[who], day[who],
                             np.full(len(who), how)))  # fmt: skip

    def frame(self) -> pl.DataFrame:
        """Every term deposit; those still running have no `closed_on`."""
        self._end(self.running, np.full(len(self.running), -1), "open")
        names = ("customer", "opened_on", "term_months", "matures_on", "closed_on", "ended")
        columns = {name: np.concatenate([r[i] for r in self.records])
                   for i, name in enumerate(names)}  # fmt: skip
        days = ("opened_on", "matures_on", "closed_on")
        frame = pl.DataFrame(columns).with_columns(pl.exclude("ended").cast(pl.Int32))
        frame = frame.with_columns(pl.when(pl.col(d) >= 0).then(pl.col(d)).cast(pl.Date)
                                   for d in days)  # fmt: skip
        return frame.sort("customer", "opened_on")
