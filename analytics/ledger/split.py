"""The arithmetic of the ledger: every account's change into lines that sum to it exactly."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from analytics.ledger.movements import SORTS
from analytics.lifecycle.balances import AccountBalances

Array = np.ndarray
LINES = ("new_customers", "lost_customers", "opened_accounts", "closed_accounts", "own_moves",
         "interest", "fees", "organic_in", "organic_out", "unexplained")  # fmt: skip
NEW, LOST, OPENED, CLOSED = range(4)
SCHEMA = {"pair": pl.Int32, "account": pl.Int64, "line": pl.Int32, "amount": pl.Int64}


def lines(held: AccountBalances, moved: pl.DataFrame, ends: list[date]) -> pl.DataFrame:
    """pair (the month's position), account (row of `held.accounts`), line, amount (1/10000, not 0)."""
    owner = held.accounts["customer_key"].to_numpy()
    _, owner = np.unique(owner, return_inverse=True)
    placed = _placed(held, moved)
    parts = [_one_month(held, owner, placed, ends, pair) for pair in range(len(ends) - 1)]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


def _placed(held: AccountBalances, moved: pl.DataFrame) -> dict[int, tuple[Array, Array]]:
    """Movements by month: the account's row in `held`, and its sums, shape (accounts there, sorts)."""
    known = held.accounts.with_row_index("account").filter(pl.col("account_key").is_not_null())
    joined = moved.join(known.select(pl.col("account_key").cast(moved.schema["account_key"]), "account"),
                        on="account_key", how="inner", maintain_order="left")  # fmt: skip
    return {int(month[0]): (part["account"].to_numpy().astype(np.int64), part.select(SORTS).to_numpy())
            for month, part in joined.partition_by("month", as_dict=True).items()}  # fmt: skip


def _one_month(held: AccountBalances, owner: Array, placed: dict[int, tuple[Array, Array]],
               ends: list[date], pair: int) -> pl.DataFrame:  # fmt: skip
    before, after = held.known[pair], held.known[pair + 1]
    change = held.amount[pair + 1] - held.amount[pair]
    customers = int(owner.max(initial=-1)) + 1
    had = np.bincount(owner[before], minlength=customers)[owner] > 0
    has = np.bincount(owner[after], minlength=customers)[owner] > 0
    kept = before & after
    sort = np.select([~had, ~has, ~before, ~after], [NEW, LOST, OPENED, CLOSED], -1)
    coarse = np.flatnonzero(~kept & (before | after) & (change != 0))
    accounts, line, amount = [coarse], [sort[coarse]], [change[coarse]]
    split = _split(kept, change, placed.get(_month(ends[pair + 1])))
    for number, values in enumerate(split):
        at = np.flatnonzero(values)
        accounts.append(at)
        line.append(np.full(len(at), 4 + number))
        amount.append(values[at])
    account = np.concatenate(accounts)
    return pl.DataFrame({"pair": np.full(len(account), pair), "account": account,
                         "line": np.concatenate(line), "amount": np.concatenate(amount)}, schema=SCHEMA)  # fmt: skip


def _split(kept: Array, change: Array, moved: tuple[Array, Array] | None) -> Array:
    """The sorts of movement of kept accounts and what they leave unexplained, (sorts + 1, accounts)."""
    split = np.zeros((len(SORTS) + 1, len(change)), np.int64)
    if moved is not None:
        account, sums = moved
        split[:-1, account] = sums.T
        split[:, ~kept] = 0
    split[-1] = np.where(kept, change - split[:-1].sum(axis=0), 0)
    return split


def _month(day: date) -> int:
    return day.year * 12 + day.month
