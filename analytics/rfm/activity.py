"""One row per customer: who was there, and what the customer did in the look-back (`history`).

The two modules hold all the SQL; scoring (`scores`) works on their small result.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from analytics.dataset import Population, Scope
from analytics.memo import remember
from analytics.rfm import history
from analytics.rfm import kinds as kind_rules
from analytics.rfm.kinds import Kinds
from analytics.rfm.params import RfmParams


@dataclass(frozen=True)
class Activity:
    """Customers at as_of with their activity in the look-back.

    Args:
        people: customer_key, customer_id (text), seen (bool: any transaction by as_of), balance
            (null if unknown), group (with a breakdown); one row per customer at as_of, in the order
            of the id.
        active: customer_key, frequency (days, at least 1), last_day, monetary of those with
            activity in the look-back.
        kinds: which transactions were counted.
        balance_source: `balances`, `transactions` (balance after the last movement) or None.
        counts: transactions by what became of them.
    """

    people: pl.DataFrame
    active: pl.DataFrame
    kinds: Kinds
    balance_source: str | None
    counts: dict[str, int]


def read(scope: Scope, population: Population, params: RfmParams) -> Activity:
    """Aggregate the scope's transactions to one row per customer.

    Each step is remembered apart (`memo`): moving a slider repeats only what it changes.
    """
    source = _balance_source(scope)
    people = remember(scope, population, params.by, "rfm customers",
                      lambda: _customers(scope, source, params.by))  # fmt: skip
    since = window_start(scope.as_of, params.lookback_days)
    first = history.first_read(scope, since)
    names = history.names(scope, population, first)
    ever = remember(scope, population, None, ("rfm rows by name", first),
                    lambda: _rows_by_name(history.in_window(names, first)))  # fmt: skip
    counted = kind_rules.choose(ever, params.kinds)
    active = history.active(scope, population, params.basis, counted, first, since)
    window = history.in_window(names, since)
    kinds = kind_rules.choose(_rows_by_name(window), params.kinds)
    counts = _counts(window, kinds)
    counts["transactions_other_currency"] = history.other_currency(scope, population, first, since)
    return Activity(people, active, kinds, source, counts)


def window_start(as_of: date, lookback_days: int | None) -> date:
    """First day of the look-back: `lookback_days` calendar days, the last of which is `as_of`."""
    return date(1, 1, 1) if lookback_days is None else as_of - timedelta(days=lookback_days - 1)


def _rows_by_name(names: pl.DataFrame) -> dict[str | None, int]:
    return {name: rows for name, rows in names.select("name", "rows").iter_rows() if rows}


def _balance_source(scope: Scope) -> str | None:
    """Where balances come from: their own table, else the balance after each movement."""
    for path in ("balances.balance", "transactions.balance_after"):
        if scope.data.has(path):
            return path.partition(".")[0]
    return None


def _latest_balances(scope: Scope, source: str) -> None:
    """Create `latest_balances` (customer_key, balance): the last known one of every open account.

    An account without an id is told by its product. Of two balances of the same moment the one with
    the later transaction id counts, then the larger, so that the order of rows does not matter.
    """
    currency = scope.data.currency
    own = "" if currency is None else " AND (b.currency IS NULL OR b.currency = $currency)"
    values: dict[str, Any] = {} if currency is None else {"currency": currency}
    if source == "balances":
        amount, moment, product, order = "balance", "balance_on", "product", "b.balance"
    else:
        amount, moment, product = "balance_after", "happened_at", "NULL"
        order = "ROW(coalesce(b.transaction_id, ''), b.balance_after)"
    scope.execute(f"""
        CREATE TEMP TABLE latest_balances AS
        WITH known AS (
            SELECT b.*, CASE WHEN account_key IS NULL THEN {product} END AS unnamed
            FROM {source} b WHERE customer_key IS NOT NULL AND {amount} IS NOT NULL{own}),
        last_moment AS (
            SELECT customer_key, account_key, unnamed, max({moment}) AS moment
            FROM known GROUP BY ALL),
        last_known AS (
            SELECT b.customer_key, b.account_key, arg_max(b.{amount}, {order}) AS balance
            FROM known b JOIN last_moment l
              ON b.customer_key = l.customer_key AND b.{moment} = l.moment
             AND b.account_key IS NOT DISTINCT FROM l.account_key
             AND b.unnamed IS NOT DISTINCT FROM l.unnamed
            GROUP BY b.customer_key, b.account_key, b.unnamed)
        SELECT l.customer_key, sum(l.balance) AS balance
        FROM last_known l LEFT JOIN accounts a USING (account_key)
        WHERE a.closed_on IS NULL OR a.closed_on > $as_of GROUP BY l.customer_key
        """, step="latest balances", as_of=scope.as_of, **values)  # fmt: skip


def customers_at(scope: Scope, by: str | None = None) -> pl.DataFrame:
    """customer_key, customer_id, seen (and group, with a breakdown) of the customers at as_of."""
    return _customers(scope, None, by).drop("balance")


def _customers(scope: Scope, balance_source: str | None, by: str | None) -> pl.DataFrame:
    """Customers at as_of: listed and not opened later, or with an account or a transaction by then."""
    balance, balance_join = "NULL", ""
    if balance_source:
        _latest_balances(scope, balance_source)
        balance, balance_join = "b.balance", "LEFT JOIN latest_balances b USING (customer_key)"
    group = ', g.group_name AS "group"' if by else ""
    group_join = "LEFT JOIN customer_groups g USING (customer_key)" if by else ""
    return scope.query(f"""
        WITH seen AS (SELECT DISTINCT customer_key FROM transactions),
        holders AS (SELECT DISTINCT customer_key FROM accounts WHERE listed
                    AND coalesce(opened_on <= $as_of, true))
        SELECT c.customer_key, c.customer_id, s.customer_key IS NOT NULL AS seen,
               {balance}::DECIMAL(38,4) AS balance{group}
        FROM customers c LEFT JOIN seen s USING (customer_key)
             LEFT JOIN holders h USING (customer_key) {balance_join} {group_join}
        WHERE s.customer_key IS NOT NULL OR c.opened_on <= $as_of
              OR (c.opened_on IS NULL AND (c.listed OR h.customer_key IS NOT NULL))
        ORDER BY c.customer_key
        """, step="customers at as_of", as_of=scope.as_of
    ).with_columns(pl.col("customer_key").set_sorted())  # fmt: skip


def _counts(names: pl.DataFrame, kinds: Kinds) -> dict[str, int]:
    """Transactions of the look-back by what became of them; every one is in exactly one count."""
    refund_names = names.filter(pl.col("name").is_in(kinds.refunds))
    returns = names.filter(pl.col("name").is_in(list(kinds.counted), nulls_equal=True)
                           & ~pl.col("name").is_in(kinds.refunds).fill_null(False))  # fmt: skip
    return {
        "transactions_counted": sum(kinds.counted.values()),
        "transactions_excluded_by_kind": sum(kinds.excluded.values()),
        "transactions_refunded": int(refund_names["rows"].sum()) + int(returns["returns"].sum()),
        "transactions_without_customer": int(names["without_customer"].sum()),
    }
