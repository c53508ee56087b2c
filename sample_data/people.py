"""Who the customers are: attributes, latent segment, income, when they joined."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from sample_data.calendar import number
from sample_data.habits import Habit, habits
from sample_data.world import Block, Plan, rng

REGIONS = ("Shanghai", "Suzhou", "Hangzhou", "Nanjing", "Ningbo", "Hefei")
REGION_SHARES = (0.3, 0.2, 0.18, 0.14, 0.1, 0.08)
BRANCHES_PER_REGION = 4
OCCUPATIONS = ("employee", "civil servant", "self-employed", "retired", "student", "professional",
               "worker", "other")  # fmt: skip
ACQUISITION = ("branch", "employer", "app_store", "referral", "campaign")
ACQUISITION_SHARES = (0.4, 0.22, 0.16, 0.14, 0.08)
JOIN_SHARE_PER_MONTH = 0.0045
APP_SHARE = {"term_depositor": 0.35, "merchant_micro": 0.75, "everyone": 0.8}


def pick(random: np.random.Generator, words: tuple[str, ...], shares: tuple[float, ...], n: int
         ) -> pl.Series:  # fmt: skip
    """`n` words drawn with these shares."""
    total = np.array(shares) / np.sum(shares)
    return pl.Series(list(words)).gather(random.choice(len(words), n, p=total))


def _per_habit(table: Mapping[str, Habit], segment: np.ndarray, values: list[float]) -> np.ndarray:
    assert len(values) == len(table)
    return np.array(values)[segment]


def make_people(plan: Plan, block: Block) -> None:
    """Fill `block.people` with everything but the dates of leaving, which `stages` adds."""
    random = rng(plan, block.number, "people")
    table = habits(plan.without)
    kinds = list(table.values())
    n = block.size
    shares = np.array([h.weight for h in kinds])
    segment = random.choice(len(kinds), n, p=shares / shares.sum())
    types = _customer_types(random, kinds, segment)
    income = _per_habit(table, segment, [h.income for h in kinds]) * np.exp(
        random.normal(0, 0.55, n)
    )
    names = np.array(list(table))[segment]
    low, high = (_per_habit(table, segment, [h.ages[i] for h in kinds]) for i in (0, 1))
    age = (low + (high - low) * random.beta(1.6, 1.8, n)).astype(int)
    region = random.choice(len(REGIONS), n, p=REGION_SHARES)
    branch = region * BRANCHES_PER_REGION + random.integers(0, BRANCHES_PER_REGION, n)
    app = random.random(n) < np.array([APP_SHARE.get(s, 0.97) for s in table])[segment]
    block.people = pl.DataFrame({
        "customer": np.arange(n, dtype=np.int32),
        "customer_id": pl.Series(np.arange(n) + block.first + 1).cast(pl.String).str.zfill(8),
        "segment": names, "customer_type": types, "opened_on": _opened_on(plan, random, n),
        "birth_year": plan.as_of.year - age,
        "gender": pick(random, ("female", "male"), (0.51, 0.49), n),
        "region": pl.Series(list(REGIONS)).gather(region),
        "occupation": _occupations(random, age, types),
        "risk_level": pick(random, ("conservative", "steady", "aggressive"), (0.4, 0.42, 0.18), n),
        "acquisition_channel": pick(random, ACQUISITION, ACQUISITION_SHARES, n),
        "consent": random.random(n) < 0.72,
        "branch": "B" + pl.Series(branch + 1).cast(pl.String).str.zfill(3),
        "app_user": app, "activity": np.exp(random.normal(0, 0.3, n)),
        "income_cents": (income * 100).astype(np.int64),
    })  # fmt: skip


def _customer_types(random: np.random.Generator, kinds: list[Habit], segment: np.ndarray
                    ) -> np.ndarray:  # fmt: skip
    found = np.full(len(segment), "mass", dtype=object)
    draws = random.random(len(segment))
    for code, habit in enumerate(kinds):
        edges = np.cumsum(list(habit.types.values()))
        mine = segment == code
        names = np.array(list(habit.types), dtype=object)
        found[mine] = names[np.minimum(np.searchsorted(edges, draws[mine]), len(names) - 1)]
    return found


def _opened_on(plan: Plan, random: np.random.Generator, n: int) -> pl.Series:
    """Most customers were there before the first month; a few join in every month but the last."""
    start, end = number(plan.start), number(plan.as_of)
    joins = random.random(n) < JOIN_SHARE_PER_MONTH * plan.months
    before = start - 150 - (random.gamma(1.8, 900, n)).astype(int)
    during = random.integers(start, max(start + 1, end - 10), n)
    days = np.where(joins, during, np.maximum(before, number(plan.start) - 7300))
    return pl.Series(days.astype(np.int32)).cast(pl.Date)


def _occupations(random: np.random.Generator, age: np.ndarray, types: np.ndarray) -> pl.Series:
    code = random.choice([0, 1, 2, 5, 6, 7], len(age), p=[0.4, 0.1, 0.14, 0.14, 0.16, 0.06])
    code = np.where(age >= 60, 3, code)
    code = np.where((age <= 22) & (random.random(len(age)) < 0.7), 4, code)
    code = np.where(np.isin(types, ["micro_business", "company"]), 2, code)
    return pl.Series(list(OCCUPATIONS)).gather(code)
