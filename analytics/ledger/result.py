"""The ledger's parameters and tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.ledger import movements, split
from analytics.ledger.split import LINES, Split
from analytics.lifecycle import balances, days
from analytics.lifecycle.answer import Answer
from analytics.lifecycle.balances import UNIT, AccountBalances
from analytics.params import MONTHS, Params, knob
from analytics.text import Text

Array = np.ndarray
TITLE = Text("Deposit flow ledger", "存款变动账")


@dataclass(frozen=True, kw_only=True)
class LedgerParams(Params):
    """Parameters of the ledger."""

    title: ClassVar[Text] = TITLE

    months: int = knob(
        12, Text("Months", "月数"), "int", low=1, high=600, slider=(1, 60, 1), unit=MONTHS,
        help=Text("Month ends before the as-of day that are compared.", "截至日之前参与比较的月末数。"))  # fmt: skip


def compute(data: Dataset, params: LedgerParams, as_of: date,
            population: Population = EVERYBODY) -> Answer:  # fmt: skip
    """Split every month's change of the balance into its lines."""
    with data.scope(as_of, population, params.by) as scope:
        ends = days.month_ends(as_of, params.months, _first_day(data, as_of))
        held = balances.read(scope, ends) or balances.nothing(len(ends))
        moved = movements.read(scope, held.accounts["account_key"].fill_null(-1).to_numpy(), ends)
        accounts = _owners(scope, held, params.by)
        sql = scope.sql()
    found = split.lines(held, moved)
    frames = {"ledger": _of(found, accounts), "months": _months(found, ends[1:]),
              "products": _of(found, accounts, "product"), "checks": _checks(held, found, ends)}  # fmt: skip
    keys: dict[str, tuple[str, ...]] = {"ledger": ("line",), "months": ("month", "line"),
                                        "products": ("product", "line"), "checks": ("month",)}  # fmt: skip
    if params.by is not None:
        frames["breakdown"] = _of(found, accounts, "group")
        keys["breakdown"] = ("group", "line")
    wrong = frames["checks"].filter(pl.col("difference") != 0).height
    counts = {"customers": accounts["customer_id"].n_unique(), "accounts": accounts.height,
              "months": len(ends) - 1, "months_that_do_not_sum": wrong}  # fmt: skip
    behind: dict[str, Any] = {name: (columns, lambda: _cells(found, accounts, ends[1:]))
                              for name, columns in keys.items()}  # fmt: skip
    return Answer(Provenance(as_of, population, data.fingerprint, sql, counts), params, frames, behind,
                  {"ends": ends}, data.currency)  # fmt: skip


def _first_day(data: Dataset, as_of: date) -> date:
    """The first day with a balance, in the whole extract."""
    table, column = (
        ("balances", "balance_on")
        if data.has("balances.balance")
        else ("transactions", "happened_at")
    )
    found = data.query(f"SELECT min({column})::DATE AS d FROM {table}").item()
    return as_of if found is None else min(found, as_of)


def _owners(scope: Scope, held: AccountBalances, by: str | None) -> pl.DataFrame:
    """customer_id, product and group of every account, in the order of the matrix."""
    people = scope.query(
        "SELECT customer_key, customer_id" + (', group_name AS "group"' if by else "") + " FROM customers"
        + (" LEFT JOIN customer_groups USING (customer_key)" if by else ""), step="customers")  # fmt: skip
    return held.accounts.select("customer_key", "product").join(
        people, on="customer_key", how="left", maintain_order="left")  # fmt: skip


def _of(found: Split, accounts: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Keys, line, amount, and customers with an amount; the largest movement of either sign first."""
    line, account = np.nonzero(found.touched)
    rows = accounts.select("customer_key", *keys)[account].with_columns(
        line=pl.Series(line), amount=pl.Series(found.by_account[line, account]))  # fmt: skip
    return _told(rows.group_by(*keys, "line").agg(
        pl.col("amount").sum(), customers=pl.col("customer_key").n_unique().cast(pl.Int64)), *keys)  # fmt: skip


def _months(found: Split, months: list[date]) -> pl.DataFrame:
    """The same per month and line."""
    month, line = np.nonzero(found.customers)
    return _told(pl.DataFrame({
        "month": pl.Series(months, dtype=pl.Date)[month], "line": line,
        "amount": found.by_month[month, line], "customers": found.customers[month, line]}), "month")  # fmt: skip


def _told(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Lines by name, amounts as money, the largest movement of either sign first."""
    return rows.with_columns(_name_of_line()).sort(
        pl.col("amount").abs(), *keys, "line", descending=[True, *[False] * len(keys), False],
        nulls_last=True).with_columns(amount=_money("amount")).select(*keys, "line", "amount", "customers")  # fmt: skip


def _name_of_line() -> pl.Expr:
    return pl.col("line").replace_strict(
        list(range(len(LINES))), list(LINES), return_dtype=pl.String
    )


def _money(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Decimal(38, 4)) / pl.lit(UNIT, pl.Decimal(38, 0))).cast(
        pl.Decimal(38, 4)
    )


def _checks(held: AccountBalances, found: Split, ends: list[date]) -> pl.DataFrame:
    """month, opening, closing, change, lines, difference (0 in every row); the latest first."""
    total, lines = held.amount.sum(axis=1), found.by_month.sum(axis=1)
    change = np.diff(total)
    names = ["opening", "closing", "change", "lines", "difference"]
    frame = pl.DataFrame({"month": pl.Series(ends[1:], dtype=pl.Date), "opening": total[:-1], "closing": total[1:],
                          "change": change, "lines": lines, "difference": change - lines})  # fmt: skip
    told = frame.filter(pl.Series(found.customers.any(axis=1))).sort("month", descending=True)
    return told.select("month", *[_money(name).alias(name) for name in names])


def _cells(found: Split, accounts: pl.DataFrame, months: list[date]) -> pl.DataFrame:
    """Whom every amount belongs to: customer_id, product, group, month, line."""
    month, line, account = found.where()
    return accounts[account].with_columns(
        month=pl.Series(months, dtype=pl.Date)[month], line=pl.Series(line)).with_columns(_name_of_line())  # fmt: skip
