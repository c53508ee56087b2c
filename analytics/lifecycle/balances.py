"""Balances of every account at boundary days, exact to the last place: a matrix of integers.

An account's balance at a boundary is the last known one up to that day; before the first known one
and from `closed_on` on it is nothing. Of several values of one day the last in time counts, then
that of the later transaction, then the larger. Amounts are counted in ten-thousandths of the
currency (`UNIT`), the scale of the canonical money type, so that sums are exact.

Read on: `levels` (one pass over the rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import Scope
from analytics.lifecycle import levels
from analytics.lifecycle.levels import EPOCH, UNIT

__all__ = ["UNIT", "AccountBalances", "money", "nothing", "read", "source_of"]
Array = np.ndarray


@dataclass(frozen=True)
class AccountBalances:
    """Balances of accounts at boundary days.

    Args:
        source: `balances` or `transactions` (the balance after the last movement).
        accounts: customer_key, account_key (null for an unnamed account), product, opened_on,
            closed_on; one row per account with a known balance, in the order of these two keys.
        amount: in 1/10000, shape (boundaries, accounts), int64.
        known: whether the account is there and its balance known, same shape.
    """

    source: str
    accounts: pl.DataFrame
    amount: Array
    known: Array

    def by_place(self, keys: Array) -> Array:
        """Balance per customer, in the order of `keys` (sorted customer keys), int64,
        shape (boundaries, customers)."""
        owner = self.accounts["customer_key"].to_numpy()
        total = np.zeros((len(self.amount), len(keys)), np.int64)
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        if not len(first) or not len(keys):
            return total
        place = np.searchsorted(keys, owner[first])
        inside = (place < len(keys)) & (keys[np.minimum(place, len(keys) - 1)] == owner[first])
        total[:, place[inside]] = np.add.reduceat(self.amount, first, axis=1)[:, inside]
        return total


def money(amount: Array | int) -> Any:
    """Ten-thousandths as a decimal, or a series of decimals."""
    if isinstance(amount, np.ndarray):
        return pl.Series(amount.astype(np.int64)).cast(pl.Decimal(38, 4)) / Decimal(UNIT)
    return Decimal(int(amount)) / UNIT


def source_of(scope: Scope) -> str | None:
    """Where balances come from: their own table, else the balance after each movement."""
    for path in ("balances.balance", "transactions.balance_after"):
        if scope.data.has(path):
            return path.partition(".")[0]
    return None


def nothing(boundaries: int) -> AccountBalances:
    """No account at all: what an extract without balances holds."""
    accounts = pl.DataFrame(schema={"customer_key": pl.Int32, "account_key": pl.Int32, "product": pl.String,
                                    "opened_on": pl.Date, "closed_on": pl.Date})  # fmt: skip
    none = np.zeros((boundaries, 0), np.int64)
    return AccountBalances("balances", accounts, none, none.astype(bool))


def read(scope: Scope, boundaries: list[date]) -> AccountBalances | None:
    """The matrix for these rising days; None without any balance column."""
    source = source_of(scope)
    if source is None:
        return None
    days = np.array([(d - EPOCH).days for d in boundaries])
    found = levels.read(scope, source, days)
    accounts = _described(scope, found)
    closed = accounts["closed_on"].to_physical().fill_null(2**31 - 1).to_numpy()
    known = found.known & (closed[None, :] > days[:, None])
    return AccountBalances(source, accounts, np.where(known, found.amount, 0), known)


def _described(scope: Scope, found: levels.Levels) -> pl.DataFrame:
    """The accounts of the matrix with what the table of accounts knows of each."""
    told = scope.query("SELECT account_key, product::VARCHAR AS listed, opened_on, closed_on FROM accounts",
                       step="accounts")  # fmt: skip
    return found.units.join(told, on="account_key", how="left", maintain_order="left").select(
        "customer_key", "account_key", pl.coalesce("listed", "product").alias("product"), "opened_on", "closed_on")  # fmt: skip
