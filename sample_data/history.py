"""What is usual for a customer: the sizes and days of the movements made so far.

The planted anomalies are measured against it, and are put on days on which the customer acts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from sample_data.timeline import Days, EngagedDays
from sample_data.world import MOVEMENT, Block, frame

DAY_SECONDS = 86_400
SINGLE_KINDS = ("salary", "pension", "deposit", "withdrawal", "purchase", "bill", "transfer_in",
                "transfer_out", "receipt", "supplier", "refund")  # fmt: skip
"""Kinds that move money between the customer and others."""
ENOUGH = 25
"""Movements that must lie before an anomaly, so that there is a history to differ from."""


@dataclass
class Rows:
    """New movements of main accounts, one list per column."""

    customer: list[int] = field(default_factory=list)
    second: list[int] = field(default_factory=list)
    cents: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    channel: list[str] = field(default_factory=list)
    category: list[str] = field(default_factory=list)
    counterparty: list[str] = field(default_factory=list)
    mark: list[str | None] = field(default_factory=list)

    def add(
        self,
        customer: int,
        second: float,
        cents: float,
        kind: str,
        mark: str | None,
        channel: str = "mobile",
        category: str = "bank",
        counterparty: str = "P00000",
    ) -> None:
        """One movement at `second` (since 1970); the sign of `cents` is its direction."""
        row = (customer, int(second), int(cents), kind, channel, category, counterparty, mark)
        columns = (self.customer, self.second, self.cents, self.kind, self.channel, self.category,
                   self.counterparty, self.mark)  # fmt: skip
        for column, value in zip(columns, row, strict=True):
            column.append(value)

    def frame(self) -> pl.DataFrame:
        """The movements as a `MOVEMENT` frame."""
        moment = pl.Series(np.array(self.second, np.int64) * 1_000_000).cast(pl.Datetime("us"))
        return frame(
            MOVEMENT, customer=pl.Series(self.customer, dtype=pl.Int32),
            account=pl.Series(self.customer, dtype=pl.Int32), happened_at=moment,
            cents=pl.Series(self.cents, dtype=pl.Int64),
            kind=pl.Series(self.kind, dtype=pl.String),
            channel=pl.Series(self.channel, dtype=pl.String),
            category=pl.Series(self.category, dtype=pl.String),
            counterparty=pl.Series(self.counterparty, dtype=pl.String),
            mark=pl.Series(self.mark, dtype=pl.String))  # fmt: skip


class History:
    """The customers' movements with others on their main accounts, sorted by customer and time.

    Attributes:
        count: movements per customer.
        typical: median size in cents per customer, 0 without movements.
        most: largest size in cents per customer, 0 without movements.
        engaged: the days on which something may happen.
    """

    def __init__(self, block: Block) -> None:
        own = block.movements.filter(
            (pl.col("account") == pl.col("customer"))
            & pl.col("kind").cast(pl.String).is_in(SINGLE_KINDS)
        ).sort("customer", "happened_at")
        owner = own["customer"].to_numpy()
        self._second = own["happened_at"].to_physical().to_numpy() // 1_000_000
        self.count = np.bincount(owner, minlength=block.size)
        self._begin = np.concatenate([[0], np.cumsum(self.count)])
        # The first movements of a new customer bring the money: they are no measure of a habit.
        size = own.select("customer", pl.col("cents").abs()).with_columns(
            place=pl.int_range(pl.len()).over("customer")
        )
        usual = (
            size.filter(pl.col("place") > 0)
            .group_by("customer")
            .agg(typical=pl.col("cents").median(), most=pl.col("cents").max())
        )
        self.typical, self.most = np.zeros(block.size), np.zeros(block.size)
        for column, values in (("typical", self.typical), ("most", self.most)):
            values[usual["customer"].to_numpy()] = usual[column].to_numpy()
        self.engaged = EngagedDays(block)

    def seconds(self, customer: int) -> np.ndarray:
        """When the customer's movements happened, seconds since 1970, rising."""
        return self._second[self._begin[customer] : self._begin[customer + 1]]

    def day(
        self, customer: int, apart: list[int], draw: np.random.Generator, until: int, days: int = 30
    ) -> int | None:
        """A day of action up to `until`, with `ENOUGH` history, `days` away from those in `apart`.

        None where the customer has no such day.
        """
        later = np.unique(self.seconds(customer)[ENOUGH:] // DAY_SECONDS)
        free = later[later <= until]
        for other in apart:
            free = free[np.abs(free - other) >= days]
        return int(draw.choice(free)) if len(free) else None

    def next_day(self, customer: int, day: int) -> int:
        """The day after, where the customer is engaged on it, else the same day."""
        following = np.array([day + 1])
        return day + int(self.engaged.has(np.array([customer]), following)[0])

    def quiet_day(self, customer: int, day: int) -> int:
        """The first engaged day after `day` on which, and after which, nothing else happens.

        At most three weeks later; `day` itself if there is none.
        """
        acts = self.seconds(customer) // DAY_SECONDS
        for later in range(day + 1, day + 22):
            engaged = self.engaged.has(np.array([customer] * 2), np.array([later, later + 1]))
            if engaged.all() and not np.isin(acts, (later, later + 1)).any():
                return later
        return day

    def idle_returns(self, customer: int, idle_days: int) -> Days:
        """Seconds of the movements that follow `idle_days` or more without any.

        Only those with some history (half of `ENOUGH`) before the silence.
        """
        second = self.seconds(customer)
        place = np.flatnonzero(np.diff(second // DAY_SECONDS) >= idle_days) + 1
        return second[place[place >= ENOUGH // 2]]
