"""Balances of every account at month ends, exact to the last place: a matrix of integers.

An account's balance at a boundary is the last known one up to that day; before the first known one
and from `closed_on` on it is nothing. Amounts are counted in ten-thousandths of the currency
(`UNIT`), the scale of the canonical money type, so that sums are exact.

Why period by period: boundaries are month ends and as_of, or lie evenly spaced before as_of, so the
last value of each period is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import Scope

Array = np.ndarray
UNIT = 10_000


@dataclass(frozen=True)
class AccountBalances:
    """Balances of accounts at boundary days.

    Args:
        source: `balances` or `transactions` (the balance after the last movement).
        accounts: customer_key, account_key (null for an unnamed account), product, opened_on,
            closed_on; one row per account with a known balance.
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
        place = np.searchsorted(keys, owner)
        inside = (place < len(keys)) & (keys[np.minimum(place, len(keys) - 1)] == owner)
        total = np.zeros((len(self.amount), len(keys)), np.int64)
        for row, amount in zip(total, self.amount, strict=True):
            np.add.at(row, place[inside], amount[inside])
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


def read(
    scope: Scope, boundaries: list[date], every_days: int | None = None
) -> AccountBalances | None:
    """The matrix for these boundary days; None where the extract knows no balance.

    Args:
        scope: where to read.
        boundaries: rising; month ends with as_of last, or every `every_days` days up to as_of.
        every_days: distance of evenly spaced boundaries in days; None for month ends.
    """
    source = source_of(scope)
    if source is None:
        return None
    values: dict[str, Any] = (
        {} if scope.data.currency is None else {"currency": scope.data.currency}
    )
    if every_days is not None:
        values |= {"last": boundaries[-1], "every_days": every_days}
    rows = scope.query(_sql(scope, source, every_days), step="balances per period", **values)
    rows = rows.sort("customer_key", "account_key", "unnamed", "period", nulls_last=True)
    unit = rows.select(pl.struct("customer_key", "account_key", "unnamed").rle_id()).to_series().to_numpy()  # fmt: skip
    first = np.flatnonzero(np.diff(unit, prepend=-1))
    accounts = rows.select("customer_key", "account_key", "product", "opened_on", "closed_on")[
        first
    ]
    periods = (np.array([d.year * 12 + d.month for d in boundaries]) if every_days is None
               else np.arange(1 - len(boundaries), 1))  # fmt: skip
    amount, known = _filled(unit, rows["period"].to_numpy(), rows["balance"].to_numpy(),
                            periods, len(first))  # fmt: skip
    closed = accounts["closed_on"].to_physical().fill_null(2**31 - 1).to_numpy()
    days = np.array([(d - date(1970, 1, 1)).days for d in boundaries])
    known &= closed[None, :] > days[:, None]
    return AccountBalances(source, accounts, np.where(known, amount, 0), known)


def _filled(unit: Array, period: Array, balance: Array, periods: Array, accounts: int
            ) -> tuple[Array, Array]:  # fmt: skip
    """Spread (account, period, balance) over the boundaries, each carried on until the next."""
    m = len(periods)
    column = np.clip(np.searchsorted(periods, period, side="left"), 0, m - 1)
    at = np.full((m, accounts), -1, np.int64)
    at[column, unit] = np.arange(len(unit))  # rows come in order: the last of a period stays
    at = np.maximum.accumulate(at, axis=0)
    known = at >= 0
    return (balance[np.maximum(at, 0)] if len(balance) else np.zeros_like(at)), known


def _sql(scope: Scope, source: str, every_days: int | None) -> str:
    amount, moment, product, order = (
        ("balance", "balance_on", "product", "ROW(balance_on, balance)") if source == "balances" else
        ("balance_after", "happened_at", "NULL", "ROW(happened_at, coalesce(transaction_id, ''), balance_after)"))  # fmt: skip
    period = (f"year({moment}) * 12 + month({moment})" if every_days is None
              else f"-(($last::DATE - {moment}::DATE) // $every_days::INTEGER)")  # fmt: skip
    own = (
        "" if scope.data.currency is None else " AND (b.currency IS NULL OR b.currency = $currency)"
    )
    return f"""
        WITH last_of_period AS (
            SELECT customer_key, account_key,
                   CASE WHEN account_key IS NULL THEN {product} END::VARCHAR AS unnamed,
                   {period} AS period,
                   (arg_max({amount}, {order}) * {UNIT})::BIGINT AS balance,
                   min({product})::VARCHAR AS own_product
            FROM {source} b WHERE customer_key IS NOT NULL AND {amount} IS NOT NULL{own}
            GROUP BY 1, 2, 3, 4)
        SELECT l.customer_key, l.account_key, l.unnamed, l.period, l.balance,
               coalesce(a.product::VARCHAR, l.own_product, l.unnamed) AS product,
               a.opened_on, a.closed_on
        FROM last_of_period l LEFT JOIN accounts a USING (account_key)
        """
