"""The latent behaviour segments: how a customer who belongs to one uses the bank.

The segments differ in mode (which channel, which kinds, at what hours, saved where, how regular)
and much less in scale: incomes and activity overlap widely, so that recency, frequency and money
alone do not tell them apart.

`sleeper` is no habit but what remains of any of them: a customer who left at least `ASLEEP_DAYS`
before the last day, or never began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ASLEEP_DAYS = 365
SLEEPER = "sleeper"


@dataclass(frozen=True)
class Flow:
    """One kind of movement of a habit.

    Args:
        rate: movements per engaged month of a customer of average activity (Poisson mean).
        size: median amount as a share of the customer's monthly income.
        spread: standard deviation of the logarithm of the amount.
    """

    rate: float
    size: float
    spread: float = 0.5


@dataclass(frozen=True)
class Habit:
    """One behaviour segment.

    Args:
        weight: share of the customers.
        income: median monthly income in yuan.
        ages: youngest and oldest, years.
        channels: first, second and third choice.
        channel_shares: how often the first and the second are taken; the rest is the third.
        hours: mean and standard deviation of the hour of the day.
        working_days: whether it happens on working days only.
        level: usual balance of the main account, in monthly incomes.
        salary: the kind of the regular monthly income, or empty.
        saves: share of the inflow that stays on the main account.
        term: share of customers with a term deposit.
        principal: the term deposit in monthly incomes.
        savings, wealth, card, loan: shares of customers with such an account.
        anchor: the kind that happens at least once in every engaged month.
        flows: movements by kind.
        categories: of purchases, equally likely.
    """

    weight: float
    income: float
    ages: tuple[int, int]
    channels: tuple[str, str, str]
    channel_shares: tuple[float, float]
    hours: tuple[float, float]
    level: float
    anchor: str
    flows: Mapping[str, Flow]
    categories: tuple[str, ...] = ("groceries", "utilities", "health")
    working_days: bool = False
    salary: str = ""
    saves: float = 0.0
    term: float = 0.0
    principal: float = 12.0
    savings: float = 0.0
    wealth: float = 0.0
    card: float = 0.0
    loan: float = 0.0
    types: Mapping[str, float] = field(default_factory=lambda: {"mass": 1.0})


SALARY_SAVER = Habit(
    weight=0.28, income=9500, ages=(26, 58), channels=("mobile", "online", "atm"),
    channel_shares=(0.7, 0.2), hours=(8.4, 1.3), level=2.2, anchor="bill", salary="salary",
    savings=1.0, card=0.35, loan=0.12, term=0.08,
    flows={"bill": Flow(1.3, 0.07), "purchase": Flow(0.4, 0.1), "own_transfer": Flow(0.6, 0.36, 0.3),
           "withdrawal": Flow(0.15, 0.1)},
    categories=("utilities", "groceries", "education", "housing"),
    types={"mass": 0.93, "high_net_worth": 0.07})  # fmt: skip
TERM_DEPOSITOR = Habit(
    weight=0.22, income=7000, ages=(52, 82), channels=("counter", "atm", "branch"),
    channel_shares=(0.74, 0.16), hours=(10.3, 1.3), level=1.6, anchor="withdrawal",
    working_days=True, salary="pension", term=1.0, principal=22.0, savings=0.05,
    flows={"withdrawal": Flow(1.3, 0.35), "deposit": Flow(0.3, 0.3)},
    types={"mass": 0.94, "high_net_worth": 0.06})  # fmt: skip
DAILY_SPENDER = Habit(
    weight=0.22, income=6500, ages=(18, 40), channels=("mobile", "atm", "online"),
    channel_shares=(0.94, 0.03), hours=(20.6, 2.2), level=0.5, anchor="purchase", card=0.25,
    flows={"purchase": Flow(2.4, 0.19, 0.7), "transfer_in": Flow(1.0, 0.7, 0.5),
           "transfer_out": Flow(0.2, 0.15)},
    categories=("dining", "online_shopping", "transport", "leisure", "groceries"))  # fmt: skip
WEALTH_INVESTOR = Habit(
    weight=0.13, income=16000, ages=(32, 68), channels=("online", "mobile", "counter"),
    channel_shares=(0.74, 0.19), hours=(13.5, 1.8), level=3.0, anchor="transfer_out",
    working_days=True, wealth=1.0, card=0.2, term=0.1,
    flows={"transfer_in": Flow(0.9, 1.1, 0.6), "transfer_out": Flow(1.2, 0.5, 0.7),
           "wealth_buy": Flow(0.6, 1.1, 0.6), "wealth_sell": Flow(0.35, 1.5, 0.6)},
    types={"mass": 0.5, "high_net_worth": 0.5})  # fmt: skip
MERCHANT_MICRO = Habit(
    weight=0.15, income=13000, ages=(25, 62), channels=("branch", "online", "counter"),
    channel_shares=(0.68, 0.2), hours=(15.0, 1.6), level=1.2, anchor="supplier", loan=0.2,
    flows={"receipt": Flow(2.4, 0.4, 0.6), "supplier": Flow(1.3, 0.55, 0.5),
           "deposit": Flow(0.3, 0.25)},
    types={"micro_business": 0.84, "company": 0.12, "government": 0.04})  # fmt: skip
HABITS: Mapping[str, Habit] = {
    "salary_saver": SALARY_SAVER, "term_depositor": TERM_DEPOSITOR, "daily_spender": DAILY_SPENDER,
    "wealth_investor": WEALTH_INVESTOR, "merchant_micro": MERCHANT_MICRO,
}  # fmt: skip
EVERYONE: Mapping[str, Habit] = {"everyone": Habit(
    weight=1.0, income=9000, ages=(18, 80), channels=("mobile", "counter", "atm"),
    channel_shares=(0.6, 0.25), hours=(14.5, 3.0), level=1.5, anchor="purchase", salary="salary",
    savings=0.4, wealth=0.15, card=0.25, loan=0.08, term=0.3, principal=12.0,
    flows={"purchase": Flow(1.8, 0.15, 0.6), "withdrawal": Flow(0.5, 0.2), "bill": Flow(0.5, 0.06),
           "own_transfer": Flow(0.4, 0.2, 0.3), "transfer_out": Flow(0.3, 0.2)},
    categories=("dining", "groceries", "utilities", "transport", "health"),
    types={"mass": 0.85, "high_net_worth": 0.1, "micro_business": 0.05},
)}  # fmt: skip


def habits(without: frozenset[str]) -> Mapping[str, Habit]:
    """The habits of a plan: five, or one for everybody without the segments."""
    return EVERYONE if "segments" in without else HABITS
