"""The shared contract of the invented bank: the plan, the random streams, and one block of it.

A bank is made block by block (at most `BLOCK` customers each), so that its size never decides how
much memory it takes. One block passes through these steps, each of which only reads what stands
before it and adds to the block:

1. `people`, `stages`   who the customers are; what they will do month by month (latent states)
2. `products_base`      current, savings, term, wealth, card and loan accounts
3. `rules`              further products, with the planted associations
4. `money`              movements of the accounts
5. `journeys`           app events (and movements that follow from them)
6. `campaigns`          contacts (and movements that follow from them)
7. `anomalies`          unusual movements and innocent look-alikes, named in the column `mark`
8. `write`              ids, balances to the cent, CSV

Rules every step keeps:

- Every random number comes from `rng(plan, block, name)`; a step never shares its stream.
- Nothing a customer does lies outside the days `active_from`..`active_to` of a row of
  `block.months`: that is what makes silence true. Only system kinds (`SYSTEM_KINDS`) may.
- A step that the plan leaves out (`plan.without`) plants nothing but keeps the tables filled.
- Money is whole cents (Int64), positive into the account, negative out of it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

BLOCK = 8_000
AS_OF = date(2025, 12, 31)
PARTS = ("segments", "sequences", "rules", "anomalies", "campaigns")

SYSTEM_KINDS = {"interest": "结息", "fee": "手续费", "maturity": "到期转存",
                "payout": "本息支取", "closing": "销户结清"}  # fmt: skip
"""Kinds the bank books by itself: they say nothing about what a customer does."""
CUSTOMER_KINDS = {
    "salary": "代发工资", "pension": "养老金", "deposit": "存入现金", "withdrawal": "支取现金",
    "purchase": "消费", "bill": "缴费", "transfer_in": "转入", "transfer_out": "转出",
    "receipt": "商户收款", "supplier": "货款支付", "own_transfer": "本人账户互转",
    "wealth_buy": "理财申购", "wealth_sell": "理财赎回", "term_open": "定期存入",
    "repayment": "还款", "refund": "退款",
}  # fmt: skip
KINDS = {**CUSTOMER_KINDS, **SYSTEM_KINDS}
CHANNELS = {"branch": "网点", "counter": "柜台", "atm": "自助设备", "online": "网上银行",
            "mobile": "手机银行", "system": "系统"}  # fmt: skip
CATEGORIES = {"groceries": "日用百货", "dining": "餐饮", "transport": "交通出行", "travel": "旅游",
              "health": "医疗", "education": "教育", "utilities": "水电燃气", "leisure": "娱乐",
              "online_shopping": "网购", "housing": "住房", "business": "经营", "income": "收入",
              "savings": "储蓄", "investment": "投资", "bank": "银行"}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What was asked for; the same plan always gives the same bytes.

    Args:
        customers: customers in the bank.
        months: whole months, the last of which ends on `as_of`.
        seed: seed of every random stream.
        as_of: last day of the data; always the last day of a month.
        without: planted parts to leave out, of `PARTS`.
    """

    customers: int
    months: int = 36
    seed: int = 7
    as_of: date = AS_OF
    without: frozenset[str] = frozenset()

    @property
    def start(self) -> date:
        """First day of the data."""
        return self.month(0)

    def month(self, number: int) -> date:
        """First day of month `number` (0-based; `months` is the day after `as_of`)."""
        ordinal = self.as_of.year * 12 + self.as_of.month - self.months + number
        return date(ordinal // 12, ordinal % 12 + 1, 1)

    def month_starts(self) -> np.ndarray:
        """First days of months 0..months, datetime64[D], length months + 1."""
        days = [self.month(i) for i in range(self.months + 1)]
        return np.array(days, dtype="datetime64[D]")

    def blocks(self) -> int:
        """How many blocks the bank has."""
        return -(-self.customers // BLOCK)

    def block_size(self, number: int) -> int:
        """Customers in block `number`."""
        return min(BLOCK, self.customers - number * BLOCK)


def rng(plan: Plan, block: int, name: str) -> np.random.Generator:
    """The random stream of one purpose in one block: independent of every other stream.

    Why a checksum of the name: adding a stream never shifts the numbers of another one.
    """
    return np.random.default_rng([plan.seed, block, zlib.crc32(name.encode())])


MOVEMENT = {
    "customer": pl.Int32, "account": pl.Int32, "happened_at": pl.Datetime("us"), "cents": pl.Int64,
    "kind": pl.Enum(list(KINDS)), "channel": pl.Enum(list(CHANNELS)),
    "category": pl.Enum(list(CATEGORIES)), "counterparty": pl.String, "mark": pl.String,
}  # fmt: skip
"""Columns of a movement. `mark` is null, `anomaly:<kind>` or `innocent:<kind>`."""
ACCOUNT = {
    "customer": pl.Int32, "product": pl.String, "product_group": pl.String, "opened_on": pl.Date,
    "closed_on": pl.Date, "matures_on": pl.Date, "term_months": pl.Int32, "rate": pl.Float64,
    "opening_cents": pl.Int64,
}  # fmt: skip
"""Columns of an account; its row number in `block.accounts` is what `account` means."""
EVENT = {
    "customer": pl.Int32, "happened_at": pl.Datetime("us"), "event": pl.String,
    "session_id": pl.String, "page": pl.String, "source": pl.String, "slot": pl.String,
    "device": pl.String, "result": pl.String, "reason": pl.String, "duration_s": pl.Float64,
}  # fmt: skip
"""Columns of an event; about three a customer and month, so that 100,000 customers are made in 90 s."""
CONTACT = {
    "campaign": pl.String, "customer": pl.Int32, "sent_at": pl.Datetime("us"), "arm": pl.String,
    "channel": pl.String, "slot": pl.String, "creative": pl.String,
    "seen_at": pl.Datetime("us"), "clicked_at": pl.Datetime("us"),
    "converted_at": pl.Datetime("us"), "cost": pl.Float64,
}  # fmt: skip


def frame(schema: dict[str, Any], **columns: Any) -> pl.DataFrame:
    """A frame with exactly the columns and types of `schema`; columns not given are null.

    Arrays, lists, Series and scalars are taken; text is cast to the enumerations.
    """
    given = pl.DataFrame(columns) if columns else pl.DataFrame(schema=schema)
    missing = [pl.lit(None).alias(name) for name in schema if name not in given.columns]
    return given.with_columns(missing).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )


@dataclass
class Block:
    """Customers `first` .. `first` + `size` - 1 of the bank, as far as the steps have come.

    `customer` in every frame is the row number in `people`, from 0 within the block.

    Args:
        people: one row per customer: customer, customer_id, segment (latent; "everyone" without
            the segments), customer_type, opened_on, birth_year, gender, region, occupation,
            risk_level, acquisition_channel, consent (bool), branch, app_user (bool),
            activity (expected customer-initiated movements per engaged month, Float64),
            income_cents (a usual month's income), churned_on (left for good on that day; null),
            closed_on (accounts closed; null).
        months: one row per customer and month in which the customer is engaged, and no other row:
            customer, month (0-based), active_from, active_to (inclusive days of that month),
            declining (balance is being drawn down), salary (a salary or pension comes this month),
            login_failures, complaints (how many the app events of this month must show: exactly
            that many events, all between active_from and active_to), hazard (true probability of
            leaving for good in this month).
        spells: true stage spells: customer, since (Date), stage, in order.
        milestones: days on which something customer-initiated is sure to happen: customer, day,
            what (first, second, third, pause, return, leave).
        terms: term deposits: customer, opened_on, term_months, matures_on, closed_on, ended (one
            of rolled, lapsed, broken, open).
        accounts: `ACCOUNT`. Rows 0..size-1 are the current accounts of customers 0..size-1, so
            the main account of a customer has the customer's own number.
        movements: `MOVEMENT`, in no order.
        events: `EVENT`.
        contacts: `CONTACT`.
        truth: what the steps have planted; merged over blocks (lists joined, dicts updated).
    """

    number: int
    first: int
    size: int
    people: pl.DataFrame = field(default_factory=pl.DataFrame)
    months: pl.DataFrame = field(default_factory=pl.DataFrame)
    spells: pl.DataFrame = field(default_factory=pl.DataFrame)
    milestones: pl.DataFrame = field(default_factory=pl.DataFrame)
    terms: pl.DataFrame = field(default_factory=pl.DataFrame)
    accounts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ACCOUNT))
    movements: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MOVEMENT))
    events: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EVENT))
    contacts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CONTACT))
    truth: dict[str, Any] = field(default_factory=dict)


# What the planted parts provide, each called once per block in the order of the steps above:
#
#   rules.add_products(plan, block)      -> (accounts: ACCOUNT rows to append, truth)
#   journeys.make_events(plan, block)    -> (events: EVENT, movements: MOVEMENT, truth)
#   campaigns.make_contacts(plan, block) -> (contacts: CONTACT, movements: MOVEMENT, truth)
#   anomalies.inject(plan, block)        -> (movements: the whole, changed MOVEMENT frame, truth)
#
# `truth` holds what this block adds (merged as `Block.truth` says; the innocent look-alikes and the
# anomalies themselves need no entry: they are written from `mark`, with the final transaction ids).
# Each module also has `truth(plan) -> dict` for what holds for the whole bank (planted sequences
# with their strength, rules with their lift, campaigns with their effect). Its keys are those of
# truth.json and win over the block's. A movement that pays must leave the main account (row number
# of the customer) with the balance it needs: opening balances are raised so that no deposit account
# ever goes below zero, so an unusual debit should come with the credit that funds it, unless its
# size is small against the balance.
# `titles_zh() -> dict[str, dict[str, str]]` gives, per canonical column path such as
# "events.event" or "accounts.product", the Chinese word for every value the module writes.
