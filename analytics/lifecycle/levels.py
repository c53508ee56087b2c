"""The last known balance up to every boundary day, from one pass over the rows.

Rows come a part of the customers at a time (`slices`). Each falls into the cell of its account and
of the first boundary not before its day; the latest row of a cell stays, and is carried on to the
later boundaries. Why two passes of a running maximum and no sort: the rows of a large extract are
many more than its cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import Scope
from analytics.lifecycle import slices

Array = np.ndarray
UNIT = 10_000
EPOCH = date(1970, 1, 1)
UNNAMED = 2**31  # slots from here on stand for the products of balances without an account
NO_AMOUNT = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Levels:
    """Balances at boundary days, closings not yet regarded.

    Args:
        units: customer_key, account_key (null for a balance without an account), product (as the
            balances name it), in the order of the first two.
        amount: in 1/10000, shape (boundaries, units), int64.
        known: whether a balance is known by then, same shape.
    """

    units: pl.DataFrame
    amount: Array
    known: Array


def read(scope: Scope, source: str, days: Array) -> Levels:
    """Balances by the end of `days` (rising, in days since 1970) from the table `source`."""
    names = _products(scope, source)
    parts = [_part(scope, source, days, names, low, high)
             for low, high in slices.of_customers(scope, source)] or [_cells(_no_rows(), days)]  # fmt: skip
    unit, product = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    amount = np.concatenate([part[2] for part in parts], axis=1)
    return Levels(_units(unit, product, names), np.where(amount == NO_AMOUNT, 0, amount), amount != NO_AMOUNT)  # fmt: skip


def _products(scope: Scope, source: str) -> list[str]:
    """The products named beside balances, in the order of their names."""
    if not scope.data.has(f"{source}.product"):
        return []
    rows = scope.query(f"SELECT DISTINCT product::VARCHAR AS name FROM {source}", step="products")
    return rows["name"].drop_nulls().sort().to_list()


def _part(scope: Scope, source: str, days: Array, names: list[str], low: int, high: int
          ) -> tuple[Array, Array, Array]:  # fmt: skip
    values: dict[str, Any] = {
        "low": low,
        "high": high,
        "last": EPOCH + timedelta(days=int(days[-1])),
    }
    own = ""
    if scope.data.currency is not None:
        values["currency"] = scope.data.currency
        own = " AND (currency IS NULL OR currency = $currency)"
    product = str(len(names))
    if names:
        values["names"] = names
        product = f"coalesce(list_position($names, product::VARCHAR) - 1, {len(names)})"
    day = "balance_on" if source == "balances" else "happened_at::DATE"
    level = "balance" if source == "balances" else "balance_after"
    rows = scope.query(f"""
        SELECT (customer_key::BIGINT << 32) | coalesce(account_key::BIGINT, {UNNAMED} + {product}) AS unit,
               {product}::INTEGER AS product, {day} - DATE '1970-01-01' AS day, {_levels(scope, source)}
        FROM {source}
        WHERE customer_key BETWEEN $low AND $high AND {day} <= $last::DATE AND {level} IS NOT NULL{own}
        {"" if source == "balances" else "GROUP BY ALL"}
        """, step="balances", **values)  # fmt: skip
    if "afters" in rows.columns:
        rows = rows.select("unit", "product", "day", amount=_closing())
    return _cells({name: rows[name].to_numpy() for name in rows.columns}, days)


def _levels(scope: Scope, source: str) -> str:
    """The balance in ten-thousandths: as it stands, or that after the last movement of the day.

    Where no movement has a time of day, all balances of the day, in the order of the movements' ids
    (`afters`), and those before each (`befores`).
    """
    if source == "balances":
        return f"(balance * {UNIT})::BIGINT AS amount"
    parts = ["happened_at"]
    if scope.data.has("transactions.transaction_id"):  # so that number 1000 follows number 999
        parts += ["length(coalesce(transaction_id, ''))", "coalesce(transaction_id, '')"]
    after = f"(balance_after * {UNIT})::BIGINT"
    if _timed(scope):
        return f"arg_max({after}, ROW({', '.join(parts)}, balance_after)) AS amount"
    return (f"list({after} ORDER BY {', '.join(parts)}, balance_after) AS afters, "
            f"list({after} - (amount * {UNIT})::BIGINT) AS befores")  # fmt: skip


def _timed(scope: Scope) -> bool:
    """Whether any movement has a time of day."""
    return not scope.query("SELECT 1 AS one FROM transactions WHERE happened_at <> happened_at::DATE LIMIT 1",
                           step="times of day").is_empty()  # fmt: skip


def _closing() -> pl.Expr:
    """Of a day's balances the one that no other movement of the day goes on from, else the last.

    Why not simply the last: ids are given by the system that books, interest and fees by another
    one, so their order is not that of the day.
    """
    last = pl.col("afters").list.set_difference("befores").list
    return pl.when(pl.col("afters").list.len() == 1).then(pl.col("afters").list.last()).otherwise(
        pl.coalesce(last.last(), pl.col("afters").list.last()))  # fmt: skip


def _no_rows() -> dict[str, Array]:
    return {name: np.zeros(0, np.int64) for name in ("unit", "product", "day", "amount")}


def _cells(rows: dict[str, Array], days: Array) -> tuple[Array, Array, Array]:
    """The units in order, the first product of each, and the carried amounts (boundaries, units).

    Rows of a unit mostly follow one another, so cells of a unit lie together while they are filled.
    """
    units, place = slices.placed(rows["unit"])
    columns = np.minimum(np.searchsorted(days, np.arange(days[0], days[-1] + 1)), len(days) - 1)
    cell = place * len(days) + columns[np.clip(rows["day"] - days[0], 0, len(columns) - 1)]
    amount = _latest(cell, rows["day"], rows["amount"], len(units) * len(days))
    product = np.zeros(len(units), np.int64)
    if rows["product"].any():
        product[:] = 2**31 - 1
        np.minimum.at(product, place, rows["product"])
    return units, product, _carried(np.ascontiguousarray(amount.reshape(len(units), len(days)).T))


def _latest(cell: Array, day: Array, value: Array, cells: int) -> Array:
    """The value of every cell's latest row (the larger of one day), `NO_AMOUNT` where it has none."""
    amount = np.full(cells, NO_AMOUNT)
    if np.bincount(cell, minlength=1).max() < 2:  # month ends: there is nothing to choose
        amount[cell] = value
        return amount
    latest = np.full(cells, -(2**31), np.int32)
    np.maximum.at(latest, cell, day.astype(np.int32))
    last = np.flatnonzero(day == latest[cell])
    np.maximum.at(amount, cell[last], value[last])
    return amount


def _carried(amount: Array) -> Array:
    """Every boundary without a value of its own takes that of the one before, in place."""
    for before, here in pairwise(amount):
        np.copyto(here, before, where=here == NO_AMOUNT)
    return amount


def _units(unit: Array, product: Array, names: list[str]) -> pl.DataFrame:
    slot = unit & (2**32 - 1)
    named = np.array([*names, None], object)
    return pl.DataFrame({
        "customer_key": (unit >> 32).astype(np.int32),
        "account_key": pl.Series(np.where(slot < UNNAMED, slot, -1), dtype=pl.Int32),
        "product": pl.Series(named[product].tolist(), dtype=pl.String),
    }).with_columns(pl.col("account_key").replace(-1, None))  # fmt: skip
