"""The books: opening balances, interest, emptied accounts, order, ids, balances to the cent.

This is the last step, so that every movement another step added is booked like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.calendar import number
from sample_data.habits import habits
from sample_data.products_base import GROUPS
from sample_data.world import MOVEMENT, Block, Plan, frame, rng

SECOND = 1_000_000
DAY = 86_400 * SECOND
INTEREST_DAY = 21
INTEREST_A_QUARTER = 0.0005 / 4
IDS_A_BLOCK = 100_000_000
EPOCH_BITS = 2**34
"""More seconds than any date here has, so that account and second fit in one sorting key."""


def keep_books(plan: Plan, block: Block) -> pl.DataFrame:
    """Settle every current account and book all movements.

    Returns the month-end balances: account (row number), balance_on, cents. Afterwards
    `block.movements` is sorted by customer and time, strictly increasing within an account, with
    the further columns transaction_id and balance_after (cents); `block.accounts` has account_id.
    """
    random = rng(plan, block.number, "ledger")
    _open_current(plan, block, random)
    block.movements = pl.concat([block.movements, _interest(plan, block)])
    block.movements = pl.concat([block.movements, _emptied(plan, block, random)])
    _book(block)
    block.accounts = block.accounts.with_columns(account_id=_account_ids(block))
    return _month_ends(plan, block)


@dataclass(frozen=True)
class Walk:
    """Movements in the order of account and time.

    Args:
        order: row numbers of the movements in that order.
        starts: places in `order` at which an account begins.
        accounts: the account that begins there.
        sums: running sum of cents within the account, in that order.
    """

    order: np.ndarray
    starts: np.ndarray
    accounts: np.ndarray
    sums: np.ndarray

    @classmethod
    def of(cls, movements: pl.DataFrame) -> Walk:
        """The walk of a frame; movements of the same second keep their order."""
        account = movements["account"].to_numpy().astype(np.int64)
        order = np.argsort(account * EPOCH_BITS + _seconds(movements), kind="stable")
        ordered = account[order]
        starts = np.flatnonzero(np.diff(ordered, prepend=-1))
        sums = np.cumsum(movements["cents"].to_numpy()[order])
        before = np.concatenate([[0], sums])[starts]
        lengths = np.diff(starts, append=len(order))
        return cls(order, starts, ordered[starts], sums - np.repeat(before, lengths))

    def per_account(self, values: np.ndarray) -> np.ndarray:
        """`values`, one per account of the walk, repeated for each of its movements."""
        return np.repeat(values, np.diff(self.starts, append=len(self.order)))


def _seconds(movements: pl.DataFrame) -> np.ndarray:
    return movements["happened_at"].to_physical().to_numpy() // SECOND


def _open_current(plan: Plan, block: Block, random: np.random.Generator) -> None:
    """Opening balances of those who were there before; the first deposit of those who joined."""
    n = block.size
    table = habits(plan.without)
    level = block.people["segment"].replace_strict({k: h.level for k, h in table.items()},
                                                   return_dtype=pl.Float64).to_numpy()  # fmt: skip
    usual = block.people["income_cents"].to_numpy() * level * np.exp(random.normal(0, 0.35, n))
    walk = Walk.of(block.movements)
    mine = walk.accounts < n
    lowest, first = np.zeros(n, np.int64), np.full(n, -1)
    lowest[walk.accounts[mine]] = np.minimum.reduceat(walk.sums, walk.starts)[mine]
    first[walk.accounts[mine]] = walk.order[walk.starts[mine]]
    needed = np.maximum(-lowest, 0) + random.integers(2_000, 50_000, n)
    before = block.people["opened_on"].to_physical().to_numpy() < number(plan.start)
    opening = block.accounts["opening_cents"].to_numpy().copy()
    opening[:n] = np.where(before, np.maximum(usual.astype(np.int64), needed), 0)
    block.accounts = block.accounts.with_columns(opening_cents=opening)
    short = ~before & (lowest < 0) & (first >= 0)
    cents = block.movements["cents"].to_numpy().copy()
    cents[first[short]] += -(lowest[short] // 10_000) * 10_000
    block.movements = block.movements.with_columns(cents=cents)


def _interest(plan: Plan, block: Block) -> pl.DataFrame:
    """Quarterly interest on current accounts, from the balance at the end of the month before."""
    n = block.size
    balances = block.accounts["opening_cents"].to_numpy()[:n, None] + _month_sums(
        plan, block, n).cumsum(axis=1)  # fmt: skip
    left = block.people["churned_on"].to_physical().fill_null(2**30).to_numpy()
    opened = block.people["opened_on"].to_physical().to_numpy()
    parts = []
    for month in range(1, plan.months):
        first = plan.month(month)
        if first.month % 3:
            continue
        day = number(first) + INTEREST_DAY - 1
        cents = (balances[:, month - 1] * INTEREST_A_QUARTER).astype(np.int64)
        who = np.flatnonzero((cents > 0) & (left > day) & (opened < number(first)))
        parts.append((who, np.full(len(who), day * DAY + 60 * SECOND), cents[who]))
    if not parts:
        return frame(MOVEMENT)
    who, when, cents = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _system(who, when, cents, "interest", "system")


def _system(who: np.ndarray, when: np.ndarray, cents: np.ndarray, kind: str, channel: str,
            mark: str | None = None) -> pl.DataFrame:  # fmt: skip
    n = len(who)
    return frame(MOVEMENT, customer=who, account=who,
                 happened_at=pl.Series(when.astype(np.int64)).cast(pl.Datetime("us")), cents=cents,
                 kind=[kind] * n, channel=[channel] * n, category=["bank"] * n,
                 mark=pl.Series([mark] * n, dtype=pl.String))  # fmt: skip


def _emptied(plan: Plan, block: Block, random: np.random.Generator) -> pl.DataFrame:
    """Who leaves takes the money along: all of it when the accounts are closed, else nearly all."""
    n = block.size
    left = block.people["churned_on"].to_physical().fill_null(-1).to_numpy().astype(np.int64)
    closes = block.people["closed_on"].is_not_null().to_numpy()
    sums = block.movements.filter(pl.col("account") < n).group_by("account").agg(
        pl.col("cents").sum(), pl.col("happened_at").max().to_physical())  # fmt: skip
    total, last = block.accounts["opening_cents"].to_numpy()[:n].copy(), np.zeros(n, np.int64)
    total[sums["account"].to_numpy()] += sums["cents"].to_numpy()
    last[sums["account"].to_numpy()] = sums["happened_at"].to_numpy()
    cents = total - np.where(closes, 0, random.integers(0, 3_000, n))
    when = np.maximum(last + 600 * SECOND, left * DAY + 14 * 3600 * SECOND)
    when = np.minimum(when, (left + 1) * DAY - SECOND)
    app = block.people["app_user"].to_numpy()
    parts = []
    for chosen, kind, channel in ((closes, "closing", "counter"), (~closes & app, "transfer_out", "mobile"),
                                  (~closes & ~app, "transfer_out", "counter")):  # fmt: skip
        who = np.flatnonzero((left >= 0) & chosen & (cents > 0))
        parts.append(_system(who, when[who], -cents[who], kind, channel, "innocent:leaving"))
    return pl.concat(parts)


def _book(block: Block) -> None:
    """Times, running balances, then the order of the extract and its transaction ids.

    Within an account no two movements share a second: a tie moves the later one on.
    """
    walk = Walk.of(block.movements)
    opening = block.accounts["opening_cents"].fill_null(0).to_numpy()
    rows = len(walk.order)
    step = np.arange(rows)
    shift = walk.per_account(walk.accounts * EPOCH_BITS)  # keeps one account above the one before
    late = np.maximum.accumulate(_seconds(block.movements)[walk.order] + shift - step) + step
    second, balance = np.empty(rows, np.int64), np.empty(rows, np.int64)
    second[walk.order] = late - shift
    balance[walk.order] = walk.sums + walk.per_account(opening[walk.accounts])
    customer = block.movements["customer"].to_numpy().astype(np.int64)
    order = np.lexsort((block.movements["account"].to_numpy(), customer * EPOCH_BITS + second))
    ids = pl.Series(np.arange(rows) + block.number * IDS_A_BLOCK + 1)
    block.movements = block.movements.with_columns(
        happened_at=pl.Series(second * SECOND).cast(pl.Datetime("us")), balance_after=balance,
    )[order].with_columns(transaction_id="T" + ids.cast(pl.String).str.zfill(11))  # fmt: skip


def _account_ids(block: Block) -> pl.Series:
    """A letter, the customer and a number within the customer; the current account is 01."""
    place = block.accounts.select(pl.int_range(pl.len()).over("customer") + 1).to_series()
    customer = block.people["customer_id"].gather(block.accounts["customer"])
    return "A" + customer + "-" + place.cast(pl.String).str.zfill(2)


def _month_sums(plan: Plan, block: Block, accounts: int) -> np.ndarray:
    """Cents per account and month for accounts 0 .. `accounts` - 1; int64 (accounts, months)."""
    mine = block.movements.filter(pl.col("account") < accounts)
    days = mine["happened_at"].cast(pl.Date).to_physical().to_numpy()
    starts = plan.month_starts().astype(np.int64)
    month = np.searchsorted(starts, days, side="right") - 1
    place = mine["account"].to_numpy().astype(np.int64) * plan.months + month
    sums = np.zeros(accounts * plan.months, np.int64)
    np.add.at(sums, place, mine["cents"].to_numpy())
    return sums.reshape(accounts, plan.months)


def _month_ends(plan: Plan, block: Block) -> pl.DataFrame:
    """Balances of base accounts, and of others that moved, at the end of months they were open."""
    accounts = block.accounts
    sums = _month_sums(plan, block, accounts.height)
    balance = accounts["opening_cents"].fill_null(0).to_numpy()[:, None] + sums.cumsum(axis=1)
    ends = plan.month_starts()[1:].astype(np.int64) - 1
    opened = accounts["opened_on"].to_physical().to_numpy()[:, None]
    closed = accounts["closed_on"].to_physical().fill_null(2**30).to_numpy()[:, None]
    told = accounts["product"].is_in(list(GROUPS)).to_numpy() | sums.any(axis=1)
    account, month = np.nonzero((opened <= ends) & (closed > ends) & told[:, None])
    return pl.DataFrame({"account": account.astype(np.int32),
                         "balance_on": pl.Series(ends[month].astype(np.int32)).cast(pl.Date),
                         "cents": balance[account, month]})  # fmt: skip
