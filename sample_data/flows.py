"""The everyday movements of engaged customers, drawn from their habit.

Amounts are shares of the customer's own income. What goes out is then scaled per customer so that
a habit's share of what came in stays on the account: balances wander but do not run away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sample_data.calendar import festival_of, last_working_day
from sample_data.draft import CATEGORY, CHANNEL, DAY_SECONDS, PARTIES, Draft
from sample_data.habits import Habit, habits
from sample_data.products_base import CARD, SAVINGS, WEALTH, account_of
from sample_data.world import Block, Plan, rng

INFLOWS = ("transfer_in", "receipt", "deposit", "wealth_sell")
ELASTIC = ("purchase", "bill", "withdrawal", "transfer_out", "supplier")
OWN = {"own_transfer": SAVINGS, "wealth_buy": WEALTH, "wealth_sell": WEALTH}
FLOW_CATEGORY = {"bill": "utilities", "withdrawal": "bank", "transfer_in": "income",
                 "transfer_out": "bank", "receipt": "business", "supplier": "business",
                 "deposit": "bank", "own_transfer": "savings", "wealth_buy": "investment",
                 "wealth_sell": "investment"}  # fmt: skip
CARD_SHARE = 0.4
BACK_SHARE = 0.08
FESTIVAL_SHARE = 0.35


@dataclass
class Rows:
    """One entry per engaged customer-month, as arrays; days are day numbers."""

    customer: np.ndarray
    month: np.ndarray
    first: np.ndarray
    last: np.ndarray
    declining: np.ndarray
    decline_age: np.ndarray
    salary: np.ndarray

    @classmethod
    def of(cls, block: Block) -> Rows:
        """The rows of `block.months`."""
        m = block.months
        return cls(*(m[c].to_physical().to_numpy() for c in (
            "customer", "month", "active_from", "active_to", "declining", "decline_age",
            "salary")))  # fmt: skip


class Manners:
    """How the customers of a block act: their habit's numbers, one entry per customer."""

    def __init__(self, plan: Plan, block: Block, random: np.random.Generator) -> None:
        table = habits(plan.without)
        self.kinds: list[Habit] = list(table.values())
        names = {name: code for code, name in enumerate(table)}
        people = block.people
        self.code = np.array([names[s] for s in people["segment"].to_list()])
        self.income = people["income_cents"].to_numpy()
        self.activity = people["activity"].to_numpy()
        n = block.size
        first = self.of([h.channel_shares[0] for h in self.kinds])
        second = self.of([h.channel_shares[1] for h in self.kinds]) / (1 - first)
        self.first_share = _jitter(random, first, n)
        self.second_share = _jitter(random, second, n)
        self.hour = self.of([h.hours[0] for h in self.kinds]) + random.normal(0, 0.5, n)
        self.hour_spread = self.of([h.hours[1] for h in self.kinds])
        self.working = self.of([h.working_days for h in self.kinds]).astype(bool)

    def of(self, values: list[float]) -> np.ndarray:
        """A number per habit, spread over the customers."""
        return np.array(values, dtype=float)[self.code]

    def channels(self, random: np.random.Generator, who: np.ndarray) -> np.ndarray:
        """A channel code for each movement of these customers."""
        order = np.array([[CHANNEL[c] for c in h.channels] for h in self.kinds])[self.code]
        draw = random.random((2, len(who)))
        rest = np.where(draw[1] < self.second_share[who], order[who, 1], order[who, 2])
        return np.where(draw[0] < self.first_share[who], order[who, 0], rest)

    def seconds(self, random: np.random.Generator, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """A time on `day`: working hours for those who come to the bank."""
        hour = random.normal(self.hour[who], self.hour_spread[who])
        low = np.where(self.working[who], 8.6, 6.2)
        high = np.where(self.working[who], 17.4, 21.4)
        folded = np.where(hour < low, 2 * low - hour, np.where(hour > high, 2 * high - hour, hour))
        return day * DAY_SECONDS + (np.clip(folded, low, high) * 3600).astype(np.int64)

    def days(self, random: np.random.Generator, who: np.ndarray, first: np.ndarray,
             last: np.ndarray) -> np.ndarray:  # fmt: skip
        """A day from `first` to `last`; a working day, where there is one, if the habit says so."""
        day = first + (random.random(len(who)) * (last - first + 1)).astype(np.int64)
        earlier = last_working_day(day)
        return np.where(self.working[who] & (earlier >= first), earlier, day)


def _jitter(random: np.random.Generator, share: np.ndarray, n: int) -> np.ndarray:
    return 1 / (1 + np.exp(-(np.log(share / (1 - share)) + random.normal(0, 0.45, n))))


def make_flows(plan: Plan, block: Block, draft: Draft) -> None:
    """Append the everyday movements of the block to `draft`."""
    random = rng(plan, block.number, "flows")
    manners, rows = Manners(plan, block, random), Rows.of(block)
    salaries(random, manners, rows, plan, draft)
    drawn = {}
    for kind in sorted({kind for h in manners.kinds for kind in h.flows}):
        drawn[kind] = _draw(plan, random, manners, rows, kind)
    factor = _outflow_factor(block, manners, draft, drawn)
    card = account_of(block, CARD)
    for kind, (who, second, cents, channel, declining) in drawn.items():
        if kind in OWN:
            _own(block, draft, kind, who, second, cents, channel, declining, random)
            continue
        account = who
        if kind in ELASTIC:
            cents = _round(kind, cents * factor[who])
        if kind == "purchase":
            on_card = (random.random(len(who)) < CARD_SHARE) & (card[who] >= 0)
            account = np.where(on_card, card[who], who)
        party = random.integers(0, PARTIES, len(who))
        sign = 1 if kind in INFLOWS else -1
        draft.add(who, account, second, sign * cents, kind, channel,
                  _categories(random, manners, who, kind), party)  # fmt: skip


def salaries(random: np.random.Generator, manners: Manners, rows: Rows, plan: Plan, draft: Draft
             ) -> None:  # fmt: skip
    """One salary or pension in every month that has one: most at the month's end, in working days."""
    n = len(manners.code)
    payday = np.where(random.random(n) < 0.65, 99, random.choice([9, 14, 19, 24], n))
    employer = random.integers(0, PARTIES, n)
    starts = plan.month_starts().astype(np.int64)
    who = rows.customer
    due = np.minimum(starts[rows.month] + payday[who], starts[rows.month + 1] - 1)
    due = last_working_day(due)
    paid = rows.salary & (due >= rows.first) & (due <= rows.last)
    who, due = who[paid], due[paid]
    january = plan.month_starts().astype("datetime64[M]").astype(int)[rows.month[paid]] % 12 == 0
    bonus = np.where(january & (random.random(n) < 0.3)[who], 1.8, 1.0)
    cents = manners.income[who] * bonus * np.exp(random.normal(0, 0.03, len(who)))
    second = due * DAY_SECONDS + random.integers(9 * 3600, 16 * 3600, len(who))
    for kind in ("salary", "pension"):
        mine = np.array([h.salary == kind for h in manners.kinds])[manners.code][who]
        draft.add(who[mine], who[mine], second[mine], cents[mine].astype(np.int64), kind,
                  "system", "income", employer[who[mine]])  # fmt: skip


def _draw(plan: Plan, random: np.random.Generator, manners: Manners, rows: Rows, kind: str
          ) -> tuple[np.ndarray, ...]:  # fmt: skip
    """Who, when (seconds), how much, by which channel, and whether in a declining month."""
    rate, size, spread = (manners.of([getattr(h.flows[kind], part) if kind in h.flows else 0.0
                                      for h in manners.kinds])
                          for part in ("rate", "size", "spread"))  # fmt: skip
    length = (rows.last - rows.first + 1) / 30.4
    counts = random.poisson((rate * manners.activity)[rows.customer] * length)
    anchor = np.array([h.anchor == kind for h in manners.kinds])[manners.code][rows.customer]
    counts = np.where(anchor, np.maximum(counts, 1), counts)
    place = np.repeat(np.arange(len(counts)), counts)
    who = rows.customer[place]
    day = manners.days(random, who, rows.first[place], rows.last[place])
    if kind in ("purchase", "withdrawal"):
        day = _before_festival(plan, random, rows, place, day)
    cents = manners.income[who] * size[who] * np.exp(random.normal(0, 1, len(who)) * spread[who])
    second = manners.seconds(random, who, day)
    return who, second, _round(kind, cents), manners.channels(random, who), rows.declining[place]


def _before_festival(plan: Plan, random: np.random.Generator, rows: Rows, place: np.ndarray,
                     day: np.ndarray) -> np.ndarray:  # fmt: skip
    """Move a share of the festival month's days into the twelve days before Spring Festival."""
    moved = day.copy()
    for year in range(plan.start.year, plan.as_of.year + 1):
        festival = festival_of(year)
        if festival is None:
            continue
        near = (np.abs(day - festival) < 25) & (random.random(len(day)) < FESTIVAL_SHARE)
        target = festival - 1 - random.integers(0, 12, len(day))
        fits = near & (target >= rows.first[place]) & (target <= rows.last[place])
        moved = np.where(fits, target, moved)
    return moved


def _round(kind: str, cents: np.ndarray) -> np.ndarray:
    """Cash in whole hundreds of yuan, everything else to the cent; never nothing."""
    step = 10_000 if kind in ("withdrawal", "deposit") else 1
    return np.maximum((cents / step).round().astype(np.int64), 1) * step


def _outflow_factor(block: Block, manners: Manners, draft: Draft,
                    drawn: dict[str, tuple[np.ndarray, ...]]) -> np.ndarray:  # fmt: skip
    """By how much each customer's elastic outflows are scaled, shape (size,)."""
    n = block.size
    paid = np.bincount(draft.column("customer"), weights=draft.column("cents"), minlength=n)
    total = paid.astype(float)  # counting nothing gives integers
    elastic = np.zeros(n)
    for kind, (who, _, cents, _, _) in drawn.items():
        amount = np.bincount(who, weights=cents, minlength=n)
        if kind in OWN:
            amount = amount * (account_of(block, OWN[kind]) >= 0)
        if kind in ELASTIC:
            elastic += amount
        else:
            total += amount if kind in INFLOWS else -amount
    saves = manners.of([h.saves for h in manners.kinds])
    return np.clip(total * (1 - saves) / np.maximum(elastic, 1), 0.4, 2.5)


def _own(block: Block, draft: Draft, kind: str, who: np.ndarray, second: np.ndarray,
         cents: np.ndarray, channel: np.ndarray, declining: np.ndarray,
         random: np.random.Generator) -> None:  # fmt: skip
    other = account_of(block, OWN[kind])
    keep = (other[who] >= 0) & ~(declining & (kind != "wealth_sell"))
    who, second, cents, channel = who[keep], second[keep], cents[keep], channel[keep]
    back = kind == "wealth_sell" or random.random(len(who)) < BACK_SHARE * (kind == "own_transfer")
    back = np.broadcast_to(back, len(who))
    source, target = np.where(back, other[who], who), np.where(back, who, other[who])
    category = "savings" if kind == "own_transfer" else "investment"
    draft.pair(who, source, target, second, cents, kind, channel, category)


def _categories(random: np.random.Generator, manners: Manners, who: np.ndarray, kind: str
                ) -> np.ndarray | str:  # fmt: skip
    if kind != "purchase":
        return FLOW_CATEGORY[kind]
    width = max(len(h.categories) for h in manners.kinds)
    table = np.array([[CATEGORY[h.categories[i % len(h.categories)]] for i in range(width)]
                      for h in manners.kinds])  # fmt: skip
    return table[manners.code[who], random.integers(0, width, len(who))]
