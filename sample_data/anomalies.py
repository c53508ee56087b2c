"""Planted anomalies and innocent look-alikes, named in the column `mark` of the movements.

About one customer in eighty is unusual, on two or three separate days and in different ways; the
nine kinds are as many (three per thousand customers each). `unusual.py` says what each looks like,
`lookalikes.py` what is innocent though it stands out.

Why several cases on one customer: those who misuse an account seldom do it once, and a kind then has
enough cases to be judged by while few customers are concerned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from sample_data.history import DAY_SECONDS, ENOUGH, History, Rows
from sample_data.lookalikes import raise_bonuses, write_lookalikes
from sample_data.unusual import ON_A_DAY, Scene, dormant_large, new_device_large, round_trip
from sample_data.world import Block, Plan, rng

CASES_PER_KIND = 0.003
"""Cases of each kind per customer of the bank."""
CUSTOMER_SHARE = 0.0125
"""Customers with at least one case."""
DORMANT_DAYS = 95
"""Days without a movement of the customer's own before a large one counts as planted."""
LEAD_DAYS = {"balance_change": 100, "in_out_48h": 25}
"""Days before the data end that a kind needs: a lifted balance is to be seen, a quiet day found."""
TRIES = 60


def truth(plan: Plan) -> dict[str, Any]:
    """Nothing beyond the marked movements."""
    return {}


def titles_zh() -> dict[str, dict[str, str]]:
    """The movements use the bank's own words only."""
    return {}


def inject(plan: Plan, block: Block) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The movements with the anomalies and look-alikes added."""
    if "anomalies" in plan.without or block.movements.is_empty():
        return block.movements, {}
    draw = rng(plan, block.number, "anomalies")
    history = History(block)
    ids = ("A" + block.people["customer_id"] + "-01").to_list()
    scene = Scene(history, draw, Rows(), block.people["income_cents"].to_numpy(), ids)
    cast = Cast(plan, block, scene)
    cast.play()
    quiet = np.ones(block.size, bool)
    quiet[list(cast.days)] = False
    write_lookalikes(scene, quiet & cast.able)
    movements = raise_bonuses(block.movements, quiet, draw)
    return pl.concat([movements, scene.rows.frame()]), {}


class Cast:
    """Which customers are unusual, in which way, on which days.

    Attributes:
        days: the days of the cases so far, per customer.
        able: customers with enough history who have not left.
    """

    def __init__(self, plan: Plan, block: Block, scene: Scene) -> None:
        self.scene, self.block = scene, block
        self.last = int(np.datetime64(plan.as_of, "D").astype(np.int64))
        least = 1 if block.number == 0 else 0
        self.cases = max(round(CASES_PER_KIND * block.size), least)
        self.size = max(round(CUSTOMER_SHARE * block.size), 4 * least)
        stayed = block.people["churned_on"].is_null().to_numpy()
        self.able = stayed & (scene.history.count >= ENOUGH + 15)
        self.days: dict[int, list[int]] = {}

    def play(self) -> None:
        """Write all cases of the block."""
        self._dormant()
        self._new_device()
        self._recruit()
        for kind, act in ON_A_DAY.items():
            until = self.last - LEAD_DAYS.get(kind, 3)
            for _ in range(self.cases):
                customer, day = self._next(until, rich=kind == "structuring")
                if customer is not None and day is not None:
                    act(self.scene, customer, day)
                    self._note(customer, day)
        for case in range(self.cases):
            self._round_trip(2 + case % 3)

    def _note(self, customer: int, day: int) -> None:
        self.days.setdefault(customer, []).append(day)

    def _dormant(self) -> None:
        """Customers who come back after a long silence."""
        left = self.cases
        for customer in self.scene.draw.permutation(np.flatnonzero(self.able)).tolist():
            returns = self.scene.history.idle_returns(customer, DORMANT_DAYS)
            if not left:
                break
            if len(returns):
                dormant_large(self.scene, customer, int(returns[0]))
                self._note(customer, int(returns[0]) // DAY_SECONDS)
                left -= 1

    def _new_device(self) -> None:
        """App users who log in on a phone not seen before, with enough history behind them."""
        seen = (
            self.block.events.filter(pl.col("device").is_not_null())
            .group_by("customer", "device")
            .agg(pl.col("happened_at").min())
            .sort("customer", "happened_at")
            .filter(pl.int_range(pl.len()).over("customer") == 1)
        )
        who = seen["customer"].to_numpy()
        when = seen["happened_at"].to_physical().to_numpy() // 1_000_000
        free = self.able[who] & ~np.isin(who, list(self.days))
        left = self.cases
        for row in self.scene.draw.permutation(np.flatnonzero(free)).tolist():
            customer, second = int(who[row]), int(when[row])
            before = np.searchsorted(self.scene.history.seconds(customer), second)
            if not left:
                break
            if before >= ENOUGH:
                new_device_large(self.scene, customer, second)
                self._note(customer, second // DAY_SECONDS)
                left -= 1

    def _recruit(self) -> None:
        """Fill the pool: first those with large movements, for whom the threshold is in reach."""
        most = self.scene.history.most
        free = [int(c) for c in np.flatnonzero(self.able) if int(c) not in self.days]
        order = self.scene.draw.permutation(len(free))
        bar = np.quantile(most[free], 0.9) if free else 0.0
        rich = [free[i] for i in order if most[free[i]] >= bar]
        others = [free[i] for i in order]
        for customer in [*rich[: self.cases], *others]:
            if len(self.days) < self.size:
                self.days.setdefault(customer, [])

    def _next(self, until: int, rich: bool = False) -> tuple[int | None, int | None]:
        """The customer with the fewest cases so far (of those with large amounts, if `rich`) and a day."""
        pool = [int(c) for c in self.scene.draw.permutation(list(self.days))]
        most = self.scene.history.most
        if rich:
            pool = sorted(pool, key=lambda c: -most[c])[: self.cases + 1]
        pool.sort(key=lambda c: len(self.days[c]))
        for customer in pool:
            day = self.scene.history.day(customer, self.days[customer], self.scene.draw, until)
            if day is not None:
                return customer, day
        return None, None

    def _round_trip(self, size: int) -> None:
        """One cycle among the pool, on days on which payer and payee are both engaged."""
        draw, history = self.scene.draw, self.scene.history
        for _ in range(TRIES):
            if len(self.days) < size:
                return
            pool = [int(c) for c in draw.permutation(list(self.days))]
            parties = sorted(pool, key=lambda c: len(self.days[c]))[:size]
            parties = parties if draw.random() < 0.5 else pool[:size]
            day = history.day(parties[0], self.days[parties[0]], draw, self.last - size - 2)
            if day is None:
                continue
            days = (day + np.cumsum(draw.integers(0, 2, size)) * 1).tolist()
            if self._meet(parties, days):
                round_trip(self.scene, parties, days)
                for party in parties:
                    self._note(party, day)
                return

    def _meet(self, parties: list[int], days: list[int]) -> bool:
        """Whether every leg's two parties are engaged on its day and have no case near it."""
        both = np.array([*parties, *parties[1:], parties[0]])
        engaged = self.scene.history.engaged.has(both, np.array([*days, *days])).all()
        near = any(abs(other - days[0]) < 12 for p in parties for other in self.days[p])
        known = all((self.scene.history.seconds(p)[ENOUGH:][:1] < days[0] * DAY_SECONDS).all()
                    for p in parties)  # fmt: skip
        return bool(engaged) and not near and known
