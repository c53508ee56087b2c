"""What customers will do: a latent life, month by month, and the true stages that follow from it.

A customer waits (opened, then two single days: activated), is engaged, may pause and come back,
and may leave for good. The stages are read from these states, never from a count of idle days;
that a rule by idle days agrees with them is a property of the bank, not its definition.

Leaving has a true monthly hazard, logistic in drivers that the extract shows: the balance is being
drawn down, the salary has stopped, logins failed in the last three months, a complaint or a term
deposit that was not renewed in the last months, and a short tenure. A month's hazard uses drivers
up to the month before. A pause is blind to them. In the first month after joining or returning
nobody leaves or pauses, so that a spell is long enough to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sample_data.calendar import number
from sample_data.habits import habits
from sample_data.terms import TermBook
from sample_data.world import Block, Plan, rng

WAITING, ENGAGED, PAUSED, GONE = range(4)
NEVER = 2**30
PAUSE_RATE = 0.003
LONG_PAUSE_SHARE = 0.1
CLOSES_SHARE = 0.15
NEVER_BEGINS = {"joined": 0.05, "before": 0.006}
REMEMBERED_MONTHS = 5
HAZARD = {"base": -6.6, "declining": 2.7, "salary_stopped": 2.4, "login_failure": 0.55,
          "complaint": 1.9, "lapsed": 2.5, "tenure_year": -0.06}  # fmt: skip
REGIMES = {"declining": (0.012, 0.08), "salary_stopped": (0.009, 0.08), "failing": (0.01, 0.2)}
"""Chance per month that a regime begins, and that it ends."""


@dataclass
class Life:
    """The latent states of one block's customers while the months go by; days are day numbers."""

    plan: Plan
    block: Block

    def __post_init__(self) -> None:
        self.random = rng(self.plan, self.block.number, "stages")
        people, n = self.block.people, self.block.size
        self.n = n
        self.opened = people["opened_on"].to_physical().to_numpy().astype(np.int64)
        self.start, self.end = number(self.plan.start), number(self.plan.as_of)
        table = habits(self.plan.without)
        self.salaried = np.isin(people["segment"], [k for k, h in table.items() if h.salary])
        self.app = people["app_user"].to_numpy()
        self.regime = {name: np.zeros(n, bool) for name in REGIMES}
        self.decline_age = np.zeros(n, np.int64)
        self.failures = np.zeros((3, n), np.int64)
        self.complaint_left = np.zeros(n, np.int64)
        self.state = np.full(n, WAITING)
        self.returns = np.full(n, NEVER)
        self.left = np.full(n, NEVER)
        self.closes = self.random.random(n) < CLOSES_SHARE
        self.rows: list[dict[str, Any]] = []
        self.spells: list[tuple[np.ndarray, np.ndarray, str]] = []
        self.milestones: list[tuple[np.ndarray, np.ndarray, str]] = []
        self._begin()
        self.terms = TermBook.begin(self.plan, self.block, self.opened, self.start)

    def _begin(self) -> None:
        """First, second and third active day; those who were there before are engaged already."""
        random, n = self.random, self.n
        joined = self.opened >= self.start
        first = self.opened + 1 + random.exponential(8, n).astype(int)
        second = first + 3 + random.integers(0, 30, n)
        third = second + 3 + random.integers(0, 30, n)
        rate = np.where(joined, NEVER_BEGINS["joined"], NEVER_BEGINS["before"])
        never = random.random(n) < rate
        self.begins = np.where(never, NEVER, third)
        self.engaged_since = np.where(never, NEVER, third)
        everyone = np.arange(n)
        self._spell(everyone, self.opened, "opened")
        self._spell(everyone[~never], first[~never], "activated")
        self._spell(everyone[~never], third[~never], "active")
        new = joined & ~never
        for what, day in (("first", first), ("second", second), ("third", third)):
            self._milestone(everyone[new], day[new], what)

    def _spell(self, who: np.ndarray, since: np.ndarray, stage: str) -> None:
        seen = since <= self.end
        self.spells.append((who[seen], since[seen], stage))

    def _milestone(self, who: np.ndarray, day: np.ndarray, what: str) -> None:
        seen = day <= self.end
        self.milestones.append((who[seen], day[seen], what))

    def hazard(self, first: int) -> np.ndarray:
        """True probability of leaving in the month that begins on `first`, shape (n,)."""
        score = np.full(self.n, HAZARD["base"])
        score += HAZARD["declining"] * self.regime["declining"]
        score += HAZARD["salary_stopped"] * self.regime["salary_stopped"]
        score += HAZARD["login_failure"] * np.minimum(self.failures.sum(0), 6)
        score += HAZARD["complaint"] * (self.complaint_left > 0)
        score += HAZARD["lapsed"] * (self.terms.lapse_left > 0)
        score += HAZARD["tenure_year"] * np.clip((first - self.opened) / 365.25, 0, 10)
        settled = (self.state == ENGAGED) & (first - self.engaged_since >= 31)
        return np.where(settled, 1 / (1 + np.exp(-score)), 0.0)

    def live(self, month: int, first: int, last: int) -> None:
        """One month: begin, return, leave, pause; then what the month will show."""
        random, n = self.random, self.n
        hazard = self.hazard(first)
        begin = (self.state == WAITING) & (self.begins <= last)
        back = (self.state == PAUSED) & (self.returns <= last)
        day_in = np.where(begin, self.begins, np.where(back, self.returns, first))
        day_in = np.maximum(day_in, first)
        self.engaged_since[back] = self.returns[back]
        self.state[begin | back] = ENGAGED
        engaged = self.state == ENGAGED
        draw = random.random((3, n))
        leave = engaged & (draw[0] < hazard)
        pause = engaged & ~leave & (hazard > 0) & (draw[1] < PAUSE_RATE)
        day_out = np.where(leave | pause, first + (draw[2] * (last - first + 1)).astype(int), last)
        self._leave(np.flatnonzero(leave), day_out[leave])
        self._pause(np.flatnonzero(pause), day_out[pause])
        self._come_back(np.flatnonzero(back))
        self.terms.month(month, first, last, day_in, day_out, engaged, leave)
        self._drivers(engaged)
        self._show(month, np.flatnonzero(engaged), day_in, day_out, hazard)

    def _leave(self, who: np.ndarray, day: np.ndarray) -> None:
        self.state[who], self.left[who] = GONE, day
        self._milestone(who, day, "leave")
        closes = self.closes[who]
        self._spell(who[closes], day[closes] + 1, "lost")
        stays, since = who[~closes], day[~closes] + 1
        self._spell(stays, since, "dormant")
        self._spell(stays, since + self._until_lost(len(stays)), "lost")

    def _pause(self, who: np.ndarray, day: np.ndarray) -> None:
        long = self.random.random(len(who)) < LONG_PAUSE_SHARE
        short = self.random.integers(95, 160, len(who))
        length = np.where(long, self.random.integers(200, 340, len(who)), short)
        self.state[who], self.returns[who] = PAUSED, day + length
        self._milestone(who, day, "pause")
        self._spell(who, day + 1, "dormant")
        until = self._until_lost(len(who))
        self._spell(who[long], (day + 1 + until)[long], "lost")

    def _until_lost(self, n: int) -> np.ndarray:
        return np.clip(self.random.normal(176, 7, n), 160, 190).astype(int)

    def _come_back(self, who: np.ndarray) -> None:
        day = self.returns[who]
        self._milestone(who, day, "return")
        self._spell(who, day, "reactivated")
        self._spell(who, day + 30, "active")

    def _drivers(self, engaged: np.ndarray) -> None:
        """Move the regimes one month on; they only begin in those who are engaged."""
        random = self.random
        for name, (begins, ends) in REGIMES.items():
            draw = random.random(self.n)
            able = {"salary_stopped": self.salaried, "failing": self.app}.get(name, True)
            on = self.regime[name]
            self.regime[name] = engaged & np.where(on, draw >= ends, (draw < begins) & able)
        self.decline_age = np.where(self.regime["declining"], self.decline_age + 1, 0)
        failing = self.regime["failing"]
        failures = random.poisson(np.where(failing, 2.2, 0.07)) * (self.app & engaged)
        self.failures = np.concatenate([self.failures[1:], failures[None]])
        complains = engaged & (random.random(self.n) < np.where(failing, 0.08, 0.005))
        left = np.maximum(self.complaint_left - 1, 0)
        self.complaint_left = np.where(complains, REMEMBERED_MONTHS, left)
        self.complains = complains

    def _show(self, month: int, who: np.ndarray, day_in: np.ndarray, day_out: np.ndarray,
              hazard: np.ndarray) -> None:  # fmt: skip
        self.rows.append({
            "customer": who, "month": np.full(len(who), month),
            "active_from": day_in[who], "active_to": day_out[who],
            "declining": self.regime["declining"][who], "decline_age": self.decline_age[who],
            "salary": (self.salaried & ~self.regime["salary_stopped"])[who],
            "login_failures": self.failures[-1][who], "complaints": self.complains[who] * 1,
            "hazard": hazard[who],
        })  # fmt: skip


def make_stages(plan: Plan, block: Block) -> None:
    """Fill `months`, `spells`, `milestones`, `terms`, and the dates of leaving in `people`."""
    life = Life(plan, block)
    starts = plan.month_starts().astype(np.int64)
    for month in range(plan.months):
        life.live(month, int(starts[month]), int(starts[month + 1]) - 1)
    columns = {k: np.concatenate([row[k] for row in life.rows]) for k in life.rows[0]}
    block.months = pl.DataFrame(columns).with_columns(
        pl.col("customer", "month", "active_from", "active_to").cast(pl.Int32),
        pl.col("login_failures", "complaints", "decline_age").cast(pl.Int32),
    ).with_columns(pl.col("active_from", "active_to").cast(pl.Date))  # fmt: skip
    block.spells = _dated(life.spells, "since", "stage")
    block.milestones = _dated(life.milestones, "day", "what")
    block.terms = life.terms.frame()
    left = pl.Series(np.where(life.left == NEVER, -1, life.left).astype(np.int32))
    closes = pl.Series(life.closes)
    block.people = block.people.with_columns(
        churned_on=pl.select(pl.when(left >= 0).then(left.cast(pl.Date))).to_series(),
    ).with_columns(closed_on=pl.when(closes).then(pl.col("churned_on")))  # fmt: skip


def _dated(parts: list[tuple[np.ndarray, np.ndarray, str]], day: str, word: str) -> pl.DataFrame:
    """One frame of customer, day and word, in the order of customer and day."""
    words = list(dict.fromkeys(label for _, _, label in parts))
    code = np.repeat([words.index(label) for _, _, label in parts], [len(w) for w, _, _ in parts])
    joined = pl.DataFrame({
        "customer": np.concatenate([who for who, _, _ in parts]).astype(np.int32),
        day: pl.Series(np.concatenate([d for _, d, _ in parts]).astype(np.int32)).cast(pl.Date),
        word: pl.Series(words).gather(code),
    })  # fmt: skip
    return joined.sort("customer", day, maintain_order=True)
