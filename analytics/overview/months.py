"""The extract month by month: active customers, movements, money in and out, balances, newcomers."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.lifecycle import balances

RECENT_DAYS = 90
MOST_MONTHS = 36
MOVEMENTS = """
SELECT date_trunc('month', happened_at)::DATE AS month, count(*) AS movements,
       count(DISTINCT customer_key) AS active_customers,
       coalesce(sum(amount) FILTER (amount > 0), 0) AS money_in,
       coalesce(-sum(amount) FILTER (amount < 0), 0) AS money_out
FROM transactions WHERE happened_at IS NOT NULL GROUP BY 1 ORDER BY 1"""
OPENED = """
SELECT date_trunc('month', opened_on)::DATE AS month, count(*) AS new_customers
FROM customers WHERE opened_on <= $as_of GROUP BY 1 ORDER BY 1"""
PEOPLE = """
SELECT count(*) AS customers,
       count(*) FILTER (customer_key IN (SELECT customer_key FROM transactions
                                         WHERE happened_at >= $since)) AS recent
FROM customers WHERE opened_on IS NULL OR opened_on <= $as_of"""


@dataclass(frozen=True)
class Glance:
    """The extract at a glance.

    Args:
        provenance: where it comes from.
        months: month (first day), complete, movements, active_customers, money_in, money_out, net,
            new_customers and balance (at the month's end or as_of); the latest 36, oldest first.
        customers: known at as_of.
        recent: of these, with a movement in the last 90 days.
        currency: three letters, or None.
        has_balances: whether the extract knows any.
    """

    provenance: Provenance
    months: pl.DataFrame
    customers: int
    recent: int
    currency: str | None
    has_balances: bool


def glance(data: Dataset, as_of: date, population: Population = EVERYBODY) -> Glance:
    """Count the extract month by month up to the end of `as_of`."""
    with data.scope(as_of, population) as scope:
        people = scope.query(
            PEOPLE, step="customers", as_of=as_of, since=as_of - timedelta(days=RECENT_DAYS - 1)
        )
        months = monthly(scope, as_of)
        months, known = _with_balances(scope, months, as_of)
        sql = scope.sql()
    row = people.row(0, named=True)
    counts = {"customers": row["customers"], "recent": row["recent"]}
    return Glance(
        provenance=Provenance(as_of, population, data.fingerprint, sql, counts), months=months,
        customers=row["customers"], recent=row["recent"], currency=data.currency, has_balances=known)  # fmt: skip


def monthly(scope: Scope, as_of: date) -> pl.DataFrame:
    """Movements and newcomers per month; a month without any is there, with zeros."""
    moved = scope.query(MOVEMENTS, step="movements")
    opened = scope.query(OPENED, step="newcomers", as_of=as_of)
    first = moved["month"].min()
    if not isinstance(first, date):
        return moved.with_columns(new_customers=0, net=0, complete=pl.lit(False)).head(0)
    every = pl.DataFrame({"month": pl.date_range(first, as_of, "1mo", eager=True)}).tail(
        MOST_MONTHS
    )
    numbers = ["movements", "active_customers", "money_in", "money_out", "new_customers"]
    found = every.join(moved, on="month", how="left").join(opened, on="month", how="left")
    return found.with_columns(pl.col(numbers).fill_null(0)).with_columns(
        net=pl.col("money_in") - pl.col("money_out"),
        complete=(pl.col("month").dt.month_end() <= as_of) & (pl.col("month") > first)).sort("month")  # fmt: skip


def _with_balances(scope: Scope, months: pl.DataFrame, as_of: date) -> tuple[pl.DataFrame, bool]:
    """Add the sum of all known balances at each month's end."""
    ends = [min(month_end(month), as_of) for month in months["month"]]
    found = balances.read(scope, ends) if ends and balances.source_of(scope) else None
    if found is None or not found.known.any():
        return months.with_columns(balance=pl.lit(None, dtype=pl.Decimal(38, 4))), False
    total = pl.Series("balance", balances.money(found.amount.sum(axis=1)))
    return months.with_columns(total), True


def month_end(month: date) -> date:
    """The last day of the month a day lies in."""
    return month.replace(day=monthrange(month.year, month.month)[1])
