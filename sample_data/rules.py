"""Planted rules: further products, some of which are really held together.

Every product has a base share of holders. Nine rules raise the share of the consequent among the
holders of the antecedent by a stated lift and lower it among the others, so that the base share
and therefore the lift are exact: `lift = P(consequent | antecedent) / P(consequent)`.

What makes them hard to tell from noise, as in a real bank:

- holding leans on how active and how well paid a customer is, a common cause that ties every pair
  of leaning products a little (lifts up to about 1.1) without a rule between them;
- in a rule with two antecedents neither product alone says anything: its lift is 1 by itself.

Why counts are spread evenly and not drawn one by one: see `timeline.spread`; every rule then holds
in a bank of 600 customers too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from sample_data.timeline import Days, EngagedDays, dates, days, spread
from sample_data.world import ACCOUNT, Block, Plan, frame, rng

GROUPS = {"instalment": "分期", "insurance": "保险", "service": "服务签约", "metals": "贵金属",
          "fund": "基金", "deposit_plan": "储蓄计划"}  # fmt: skip


@dataclass(frozen=True)
class Product:
    """A product a customer may hold besides the base accounts; `share` of all customers do."""

    name: str
    zh: str
    group: str
    share: float
    leans_on: Literal["activity", "income", ""] = ""


@dataclass(frozen=True)
class Rule:
    """Holders of every `antecedent` hold `consequent` `lift` times as often as customers do."""

    antecedent: tuple[str, ...]
    consequent: str
    lift: float


PRODUCTS = (
    Product("car_instalment", "购车分期", "instalment", 0.11),
    Product("etc_pass", "ETC通行卡", "service", 0.14),
    Product("auto_insurance", "车险", "insurance", 0.17),
    Product("childrens_account", "儿童账户", "service", 0.11),
    Product("education_plan", "教育储蓄计划", "deposit_plan", 0.13),
    Product("foreign_currency_account", "外币账户", "service", 0.11, "income"),
    Product("travel_insurance", "旅行保险", "insurance", 0.14),
    Product("gold_savings", "积存金", "metals", 0.10),
    Product("safe_deposit_box", "保管箱", "service", 0.12, "income"),
    Product("pension_plan", "个人养老金账户", "deposit_plan", 0.13, "income"),
    Product("health_insurance", "重疾保险", "insurance", 0.15),
    Product("renovation_instalment", "装修分期", "instalment", 0.10),
    Product("home_insurance", "家财险", "insurance", 0.13),
    Product("money_market_fund", "货币基金", "fund", 0.26, "activity"),
    Product("bond_fund", "债券基金", "fund", 0.23, "income"),
    Product("structured_deposit", "结构性存款", "deposit_plan", 0.13),
    Product("digital_wallet", "数字人民币钱包", "service", 0.28, "activity"),
    Product("bill_autopay", "代扣缴费", "service", 0.24, "activity"),
    Product("cashback_card", "返现联名卡", "service", 0.14),
)
RULES = (
    Rule(("car_instalment",), "auto_insurance", 2.8),
    Rule(("etc_pass",), "auto_insurance", 2.8),
    Rule(("childrens_account",), "education_plan", 3.2),
    Rule(("foreign_currency_account",), "travel_insurance", 2.9),
    Rule(("gold_savings",), "safe_deposit_box", 3.4),
    Rule(("pension_plan",), "health_insurance", 2.6),
    Rule(("renovation_instalment",), "home_insurance", 3.0),
    Rule(("money_market_fund", "bond_fund"), "structured_deposit", 3.6),
    Rule(("digital_wallet", "bill_autopay"), "cashback_card", 3.4),
)
LEAN = 0.6
"""The most active (or best paid) customer's chance against the average one's, less 1."""
EARLY = 365
"""Days with the bank before the data begin at which half of the holdings are as old as that."""


def truth(plan: Plan) -> dict[str, Any]:
    """The planted rules with their lift over all customers of the bank, one basket a customer."""
    kept = () if "rules" in plan.without else RULES
    return {
        "rules": [
            {"antecedent": list(r.antecedent), "consequent": r.consequent, "lift": r.lift}
            for r in kept
        ]
    }


def titles_zh() -> dict[str, dict[str, str]]:
    """The Chinese words for the values this module writes, per canonical column."""
    return {"accounts.product": {p.name: p.zh for p in PRODUCTS},
            "accounts.product_group": dict(GROUPS)}  # fmt: skip


def add_products(plan: Plan, block: Block) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The further products of every customer of the block, as rows of `ACCOUNT`."""
    draw = rng(plan, block.number, "rules")
    rules = () if "rules" in plan.without else RULES
    held = holdings(block, rules, draw)
    age = _ages(held, rules, draw)
    opened = _Opening(plan, block)
    rows = [_accounts(block, product, held[product.name], opened, age[product.name])
            for product in PRODUCTS]  # fmt: skip
    return pl.concat(rows), {}


# -- who holds what --------------------------------------------------------------------------------
def holdings(
    block: Block, rules: tuple[Rule, ...], draw: np.random.Generator
) -> dict[str, np.ndarray]:
    """Product name -> whether each customer of the block holds it."""
    consequents = {rule.consequent for rule in rules}
    leaning = {name: _lean(block.people[column]) for name, column in
               (("activity", "activity"), ("income", "income_cents"))}  # fmt: skip
    leaning[""] = np.ones(block.size)
    held: dict[str, np.ndarray] = {}
    for product in sorted(PRODUCTS, key=lambda p: p.name in consequents):
        causes = [rule for rule in rules if rule.consequent == product.name]
        chance, strata = _chance(product, causes, held, block.size)
        held[product.name] = spread(_leant(chance, strata, leaning[product.leans_on]), strata, draw)
    return held


def _lean(column: pl.Series) -> np.ndarray:
    """1 - LEAN for the lowest value to 1 + LEAN for the highest, by rank."""
    rank = column.rank("average").to_numpy()
    return 1 + LEAN * (2 * (rank - 0.5) / max(len(column), 1) - 1)


def _leant(chance: np.ndarray, strata: np.ndarray, leaning: np.ndarray) -> np.ndarray:
    """The chances leant, with the same mean in every stratum."""
    count = np.maximum(np.bincount(strata), 1)
    mean = np.bincount(strata, weights=leaning) / count
    return np.minimum(chance * leaning / mean[strata], 0.97)


def _chance(
    product: Product, causes: list[Rule], held: dict[str, np.ndarray], size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Chance of holding a consequent, and the stratum it is spread within.

    A stratum is one combination of the antecedents held.
    """
    items = sorted({name for rule in causes for name in rule.antecedent})
    strata = np.zeros(size, np.int64)
    for item in items:
        strata = strata * 2 + held[item]
    if not causes:
        return np.full(size, product.share), strata
    if len(causes[0].antecedent) == 2:
        return _pair_chance(product.share, causes[0], held), strata
    fired = np.logical_or.reduce([held[item] for item in items])
    inside = min(product.share * causes[0].lift, 0.97)
    return np.where(fired, inside, _rest(product.share, inside, fired.mean())), strata


def _pair_chance(share: float, rule: Rule, held: dict[str, np.ndarray]) -> np.ndarray:
    """Chances under which the two antecedents matter together and neither does alone."""
    first, second = (held[name] for name in rule.antecedent)
    both = min(share * rule.lift, 0.97)
    first_only = _rest(share, both, second[first].mean() if first.any() else 0.0)
    second_only = _rest(share, both, first[second].mean() if second.any() else 0.0)
    neither = _rest(share, second_only, second[~first].mean() if (~first).any() else 0.0)
    return np.select([first & second, first, second], [both, first_only, second_only], neither)


def _rest(share: float, inside: float, part: float) -> float:
    """The chance outside a `part` with chance `inside` that keeps the whole at `share`."""
    return max((share - part * inside) / max(1 - part, 1e-9), 0.0)


# -- since when ------------------------------------------------------------------------------------
def _ages(
    held: dict[str, np.ndarray], rules: tuple[Rule, ...], draw: np.random.Generator
) -> dict[str, np.ndarray]:
    """Per product and customer, the share of the customer's time at which it was opened.

    Where a rule has fired its consequent was opened last: a rule learnt in the early months
    foretells the later ones.
    """
    share = {name: draw.random(len(holds)) for name, holds in held.items()}
    for rule in rules:
        names = (*rule.antecedent, rule.consequent)
        fired = np.logical_and.reduce([held[name] for name in names])
        ordered = np.sort([share[name][fired] for name in names], axis=0)
        for name, values in zip(names, ordered, strict=True):
            share[name][fired] = values
    return share


class _Opening:
    """When a customer opened something: before the data begin, or on an engaged day."""

    def __init__(self, plan: Plan, block: Block) -> None:
        self._engaged = EngagedDays(block)
        self._since = days(block.people["opened_on"])
        start = int(np.datetime64(plan.start, "D").astype(np.int64))
        self._early = np.maximum(start - self._since, 0)

    def day(self, customer: np.ndarray, share: np.ndarray) -> Days:
        """The day at `share` (0..1) of the customer's time, early and engaged days together."""
        early = self._early[customer]
        some = self._engaged.total[customer] > 0
        part = np.where(some, early / (early + EARLY), 1.0)
        before = self._since[customer] + np.floor(share / np.maximum(part, 1e-9) * early)
        later = np.clip((share - part) / np.maximum(1 - part, 1e-9), 0, 0.999999)
        return np.where(share < part, before, self._engaged.at(customer, later)).astype(np.int64)


def _accounts(
    block: Block, product: Product, holds: np.ndarray, opened: _Opening, age: np.ndarray
) -> pl.DataFrame:
    customer = np.flatnonzero(holds)
    return frame(
        ACCOUNT,
        customer=customer,
        product=pl.repeat(product.name, len(customer), eager=True),
        product_group=pl.repeat(product.group, len(customer), eager=True),
        opened_on=dates(opened.day(customer, age[customer])),
        closed_on=block.people["closed_on"].gather(customer),
        opening_cents=np.zeros(len(customer), np.int64),
    )
