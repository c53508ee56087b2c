"""Movements that are due rather than drawn: first deposits, terms, cards, loans, leaving, fees.

Opening balances of savings and wealth accounts are settled here, those of current accounts in
`ledger`, after every other step has added its movements.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sample_data.calendar import number
from sample_data.draft import DAY_SECONDS, KIND, Draft
from sample_data.flows import Manners, Rows, make_flows
from sample_data.products_base import CARD, LOAN, SAVINGS, TERM, TERM_RATES, WEALTH, account_of
from sample_data.world import Block, Plan, rng

DRAWN_DOWN, DRAWN_DOWN_DECAY = 0.2, 0.85
FEE_CENTS = 1_000
LOAN_MONTHS = 60
LEAVING_SECOND = 21 * 3600 + 40 * 60
OPENING_SECOND = 7 * 3600


def make_money(plan: Plan, block: Block) -> None:
    """Fill `block.movements`, and the opening balances of all but the current accounts."""
    random = rng(plan, block.number, "money")
    draft = Draft()
    make_flows(plan, block, draft)
    manners, rows = Manners(plan, block, rng(plan, block.number, "flows")), Rows.of(block)
    _milestones(block, draft, manners, random)
    _drawing_down(draft, manners, rows, random)
    _terms(plan, block, draft, manners, random)
    _card(block, draft, rows, random)
    _loan(plan, block, draft, manners, rows)
    _fees(draft, rows, manners)
    for product, kind, level in ((SAVINGS, "own_transfer", 4.0), (WEALTH, "wealth_buy", 9.0)):
        _settle(plan, block, draft, manners, random, product, kind, level)
    block.movements = draft.frame()


def _milestones(block: Block, draft: Draft, manners: Manners, random: np.random.Generator) -> None:
    """The days on which something is sure to happen; the first one brings the money."""
    days = block.milestones
    for what in ("first", "second", "third", "pause", "return", "leave"):
        some = days.filter(pl.col("what") == what)
        who, day = some["customer"].to_numpy(), some["day"].to_physical().to_numpy()
        second = day * DAY_SECONDS + random.integers(9 * 3600, 17 * 3600, len(who))
        channel = manners.channels(random, who)
        if what == "first":
            level = manners.of([h.level for h in manners.kinds])
            cents = (manners.income * level)[who] * np.exp(random.normal(0, 0.3, len(who)))
            draft.add(who, who, second, (cents / 1e4 + 1).astype(np.int64) * 10_000, "deposit",
                      channel)  # fmt: skip
            continue
        cents = manners.income[who] * 0.05 * np.exp(random.normal(0, 0.4, len(who)))
        for kind in sorted({h.anchor for h in manners.kinds}):
            mine = np.array([h.anchor == kind for h in manners.kinds])[manners.code][who]
            draft.add(who[mine], who[mine], second[mine], -cents[mine].astype(np.int64) - 1, kind,
                      channel[mine])  # fmt: skip


def _drawing_down(draft: Draft, manners: Manners, rows: Rows, random: np.random.Generator) -> None:
    """Declining months: a transfer out that is a falling share of what used to lie there."""
    some = rows.declining & (rows.decline_age > 0)
    who = rows.customer[some]
    level = np.maximum(manners.of([h.level for h in manners.kinds]), 1.0)
    share = DRAWN_DOWN * DRAWN_DOWN_DECAY ** (rows.decline_age[some] - 1)
    cents = (manners.income * level)[who] * share * np.exp(random.normal(0, 0.2, len(who)))
    day = manners.days(random, who, rows.first[some], rows.last[some])
    draft.add(who, who, manners.seconds(random, who, day), -cents.astype(np.int64),
              "transfer_out", manners.channels(random, who))  # fmt: skip


def _terms(plan: Plan, block: Block, draft: Draft, manners: Manners, random: np.random.Generator
           ) -> None:  # fmt: skip
    """Principal in and out of every term account, and the interest paid to the current account."""
    terms = block.terms
    account = np.flatnonzero((block.accounts["product"] == TERM).to_numpy())
    who = terms["customer"].to_numpy()
    opened, closed = _days(terms["opened_on"]), _days(terms["closed_on"])
    principal = _principal(block, manners, random)[who]
    ended = terms["ended"].to_numpy()
    start = number(plan.start)
    previous = np.roll(np.arange(len(who)), 1)
    follows = (who == who[previous]) & (ended[previous] == "rolled") & (closed[previous] == opened)
    before = opened < start
    openings = block.accounts["opening_cents"].to_numpy().copy()
    openings[account[before]] = principal[before]
    block.accounts = block.accounts.with_columns(opening_cents=openings)
    fresh = ~before & ~follows
    second = manners.seconds(random, who, opened)
    draft.pair(who[fresh], who[fresh], account[fresh], second[fresh], principal[fresh],
               "term_open", manners.channels(random, who)[fresh])  # fmt: skip
    rolled = np.flatnonzero(~before & follows)
    at = opened[rolled] * DAY_SECONDS + 300
    draft.pair(who[rolled], account[previous[rolled]], account[rolled], at, principal[rolled],
               "maturity")  # fmt: skip
    for how, kind, hour in (("lapsed", "maturity", 300), ("broken", "payout", LEAVING_SECOND)):
        some = ended == how
        draft.pair(who[some], account[some], who[some], closed[some] * DAY_SECONDS + hour,
                   principal[some], kind)  # fmt: skip
    rate = terms["term_months"].replace_strict(TERM_RATES, return_dtype=pl.Float64).to_numpy()
    kept = np.isin(ended, ["lapsed", "rolled"])
    interest = principal * rate / 100 * terms["term_months"].to_numpy() / 12
    draft.add(who[kept], who[kept], closed[kept] * DAY_SECONDS + 360,
              interest[kept].astype(np.int64), "interest")  # fmt: skip


def _days(column: pl.Series) -> np.ndarray:
    """Day numbers, -1 for none."""
    return column.to_physical().fill_null(-1).to_numpy().astype(np.int64)


def _principal(block: Block, manners: Manners, random: np.random.Generator) -> np.ndarray:
    principal = manners.of([h.principal for h in manners.kinds])
    cents = manners.income * principal * np.exp(random.normal(0, 0.35, block.size))
    return np.maximum((cents / 1e5).round().astype(np.int64), 1) * 100_000


def _card(block: Block, draft: Draft, rows: Rows, random: np.random.Generator) -> None:
    """A month's card purchases are paid back in the next month in which the customer is there."""
    card = account_of(block, CARD)
    on_card = (draft.column("kind") == KIND["purchase"]) & (
        draft.column("account") != draft.column("customer")
    )
    who, cents = draft.column("customer")[on_card], -draft.column("cents")[on_card]
    month = draft.column("second")[on_card] // DAY_SECONDS
    months = month.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    row_month = rows.first.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    spent = pl.DataFrame({"who": who, "month": months + 1, "cents": cents}).group_by(
        "who", "month").agg(pl.col("cents").sum())  # fmt: skip
    here = pl.DataFrame({"who": rows.customer.astype(np.int64), "month": row_month,
                         "day": np.minimum(rows.first + 9, rows.last).astype(np.int64)})  # fmt: skip
    due = spent.join(here, on=["who", "month"]).sort("who", "month")
    owner = due["who"].to_numpy()
    second = due["day"].to_numpy() * DAY_SECONDS + random.integers(28_800, 72_000, len(owner))
    draft.pair(owner, owner, card[owner], second, due["cents"].to_numpy(), "repayment", "mobile",
               "bank")  # fmt: skip


def _loan(plan: Plan, block: Block, draft: Draft, manners: Manners, rows: Rows) -> None:
    """Equal repayments on the 20th, or on the last engaged day of the month before that."""
    loan = account_of(block, LOAN)
    monthly = (manners.income * 0.18 / 100).astype(np.int64) * 100
    openings = block.accounts["opening_cents"].to_numpy().copy()
    holders = np.flatnonzero(loan >= 0)
    openings[loan[holders]] = -monthly[holders] * max(LOAN_MONTHS, plan.months + 1)
    block.accounts = block.accounts.with_columns(opening_cents=openings)
    some = loan[rows.customer] >= 0
    who, day = rows.customer[some], np.minimum(rows.first + 19, rows.last)[some]
    draft.pair(who, who, loan[who], day * DAY_SECONDS + 32_400, monthly[who], "repayment",
               "system", "bank")  # fmt: skip


def _fees(draft: Draft, rows: Rows, manners: Manners) -> None:
    """A yearly account fee, in the same month of every year, from a third of the customers."""
    month = rows.first.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    charged = (rows.customer % 36) == month
    who = rows.customer[charged]
    draft.add(who, who, rows.first[charged] * DAY_SECONDS + 1800, np.full(len(who), -FEE_CENTS),
              "fee")  # fmt: skip


def _settle(plan: Plan, block: Block, draft: Draft, manners: Manners, random: np.random.Generator,
            product: str, kind: str, level: float) -> None:  # fmt: skip
    """Give the accounts of one product the balance they need, and empty them when people leave."""
    account = account_of(block, product)
    holders = np.flatnonzero(account >= 0)
    usual = manners.income * level * np.exp(random.normal(0, 0.4, block.size))
    lowest, total = _walk(draft, account[holders], len(block.accounts))
    opened = _days(block.accounts["opened_on"].gather(account[holders]))
    before = opened < number(plan.start)
    needed = np.maximum(-lowest, 0) + 10_000
    opening = np.where(before, np.maximum(usual[holders].astype(np.int64), needed), needed)
    openings = block.accounts["opening_cents"].to_numpy().copy()
    openings[account[holders[before]]] = opening[before]
    block.accounts = block.accounts.with_columns(opening_cents=openings)
    new, at = holders[~before], opened[~before] * DAY_SECONDS + OPENING_SECOND
    draft.pair(new, new, account[new], at, opening[~before], kind)
    left = _days(block.people["churned_on"])[holders]
    leaves = left >= 0
    out = {"own_transfer": "own_transfer", "wealth_buy": "wealth_sell"}[kind]
    who = holders[leaves]
    draft.pair(who, account[who], who, left[leaves] * DAY_SECONDS + LEAVING_SECOND,
               (opening + total)[leaves], out)  # fmt: skip


def _walk(draft: Draft, accounts: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The lowest running sum (at most 0) and the sum of the movements of each of the accounts."""
    account, cents = draft.column("account"), draft.column("cents")
    wanted = np.zeros(n, bool)
    wanted[accounts] = True
    mine = np.flatnonzero(wanted[account])
    order = mine[np.lexsort((mine, draft.column("second")[mine], account[mine]))]
    walk = pl.DataFrame({"account": account[order], "cents": cents[order]})
    ends = walk.group_by("account").agg(low=pl.col("cents").cum_sum().min(),
                                        total=pl.col("cents").sum())  # fmt: skip
    lowest, total = np.zeros(n, np.int64), np.zeros(n, np.int64)
    lowest[ends["account"].to_numpy()] = np.minimum(ends["low"].to_numpy(), 0)
    total[ends["account"].to_numpy()] = ends["total"].to_numpy()
    return lowest[accounts], total[accounts]
