"""The base accounts of every customer: current, savings, term, wealth, card and loan."""

from __future__ import annotations

import numpy as np
import polars as pl

from sample_data.calendar import number
from sample_data.habits import habits
from sample_data.world import ACCOUNT, Block, Plan, frame, rng

CURRENT, SAVINGS, TERM = "current_account", "savings_account", "term_deposit"
WEALTH, CARD, LOAN = "wealth_product", "credit_card", "personal_loan"
GROUPS = {CURRENT: "deposit", SAVINGS: "deposit", TERM: "deposit", WEALTH: "wealth",
          CARD: "card", LOAN: "loan"}  # fmt: skip
RATES = {CURRENT: 0.05, SAVINGS: 0.55, WEALTH: 2.4, CARD: 18.0, LOAN: 4.6}
TERM_RATES = {3: 1.15, 6: 1.35, 12: 1.45, 24: 1.65, 36: 1.95}
TITLES = {CURRENT: "活期存款", SAVINGS: "储蓄账户", TERM: "定期存款", WEALTH: "理财产品",
          CARD: "信用卡", LOAN: "个人贷款"}  # fmt: skip
GROUP_TITLES = {"deposit": "存款", "wealth": "理财", "card": "银行卡", "loan": "贷款"}


def account_of(block: Block, product: str) -> np.ndarray:
    """Row number of each customer's account of that base product, -1 without; shape (size,)."""
    found = np.full(block.size, -1)
    rows = block.accounts.with_row_index("row").filter(pl.col("product") == product)
    found[rows["customer"].to_numpy()] = rows["row"].to_numpy()
    return found


def make_accounts(plan: Plan, block: Block) -> None:
    """Fill `block.accounts`: the current account of every customer first, then the others."""
    random = rng(plan, block.number, "products")
    people, n = block.people, block.size
    table = habits(plan.without)
    opened = people["opened_on"].to_physical().to_numpy()
    everyone = np.arange(n)
    begun = _begun(plan, block)
    parts = [_account(block, everyone, CURRENT, opened)]
    for product, name in ((SAVINGS, "savings"), (WEALTH, "wealth"), (CARD, "card"), (LOAN, "loan")):
        share = people["segment"].replace_strict({k: getattr(h, name) for k, h in table.items()},
                                                 return_dtype=pl.Float64).to_numpy()  # fmt: skip
        holds = (random.random(n) < share) & (begun >= 0)
        if product == LOAN:  # a loan was paid out before the data begin
            holds &= opened < number(plan.start) - 200
        day = np.maximum(opened, np.minimum(begun, opened + random.integers(0, 200, n)))
        day = np.where(opened < number(plan.start), np.minimum(day, number(plan.start) - 1), begun)
        parts.append(_account(block, everyone[holds], product, day[holds]))
    parts.append(_terms(block))
    block.accounts = pl.concat(parts)


def _begun(plan: Plan, block: Block) -> np.ndarray:
    """The first engaged day, or -1 for those who never begin."""
    first = block.months.group_by("customer").agg(pl.col("active_from").min())
    begun = np.full(block.size, -1, dtype=np.int64)
    begun[first["customer"].to_numpy()] = first["active_from"].to_physical().to_numpy()
    return begun


def _account(block: Block, who: np.ndarray, product: str, opened: np.ndarray) -> pl.DataFrame:
    closed = block.people["closed_on"].gather(who)
    return frame(ACCOUNT, customer=who, product=[product] * len(who),
                 product_group=[GROUPS[product]] * len(who),
                 opened_on=pl.Series(opened.astype(np.int32)).cast(pl.Date), closed_on=closed,
                 rate=[RATES[product]] * len(who), opening_cents=[0] * len(who))  # fmt: skip


def _terms(block: Block) -> pl.DataFrame:
    terms = block.terms
    n = terms.height
    rate = terms["term_months"].replace_strict(TERM_RATES, return_dtype=pl.Float64)
    return frame(ACCOUNT, customer=terms["customer"], product=[TERM] * n,
                 product_group=[GROUPS[TERM]] * n, opened_on=terms["opened_on"],
                 closed_on=terms["closed_on"], matures_on=terms["matures_on"],
                 term_months=terms["term_months"], rate=rate, opening_cents=[0] * n)  # fmt: skip
