"""One row per customer: what the customer did in the look-back, in original units. All the SQL.

This is the part that reads transactions; scoring (`scores`) works on its small result.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from analytics.dataset import Population, Scope
from analytics.memo import remember
from analytics.rfm import kinds as kind_rules
from analytics.rfm.kinds import Kinds
from analytics.rfm.params import RfmParams

# How much a row adds to M, by basis. A refund takes back a row of the opposite sign, so it lowers
# the side it came from: a credit that is a refund lowers the debits.
VALUE_SQL = {
    "turnover": "CASE WHEN is_refund THEN -abs(amount) ELSE abs(amount) END",
    "credits": "CASE WHEN is_refund THEN least(amount, 0) ELSE greatest(amount, 0) END",
    "debits": "CASE WHEN is_refund THEN -greatest(amount, 0) ELSE -least(amount, 0) END",
    "net": "amount",
}


@dataclass(frozen=True)
class Activity:
    """Customers at as_of with their activity in the look-back.

    Args:
        customers: customer_key, customer_id (text), seen (bool: any transaction by as_of), balance
            (null if unknown), group (with a breakdown), frequency (days), last_day, monetary; one
            row per customer at as_of, in the order of the id; frequency is 0 without activity.
        kinds: which transactions were counted.
        balance_source: `balances`, `transactions` (balance after the last movement) or None.
        counts: transactions by what became of them.
    """

    customers: pl.DataFrame
    kinds: Kinds
    balance_source: str | None
    counts: dict[str, int]


def read(scope: Scope, population: Population, params: RfmParams) -> Activity:
    """Aggregate the scope's transactions to one row per customer.

    Three steps are remembered apart (`memo`): moving a slider repeats only what it changes.
    """
    source = _balance_source(scope)
    people = remember(scope, population, params.by, "rfm customers",
                      lambda: _customers(scope, source, params.by))  # fmt: skip
    since = window_start(scope.as_of, params.lookback_days)
    names = remember(scope, population, None, ("rfm kinds", since), lambda: _names(scope, since))
    kinds = kind_rules.choose(_rows_by_name(names), params.kinds)
    active = remember(scope, population, None, ("rfm activity", since, params.kinds, params.basis),
                      lambda: _active(scope, params.basis, kinds, since))  # fmt: skip
    customers = people.join(active, on="customer_key", how="left", maintain_order="left")
    return Activity(customers.with_columns(pl.col("frequency").fill_null(0)), kinds, source,
                    _counts(scope, names, kinds, since))  # fmt: skip


def window_start(as_of: date, lookback_days: int | None) -> date:
    """First day of the look-back: `lookback_days` calendar days, the last of which is `as_of`."""
    return date(1, 1, 1) if lookback_days is None else as_of - timedelta(days=lookback_days - 1)


def _name_sql(scope: Scope) -> str:
    """What a transaction is called: its kind, or its category where it has no kind."""
    columns = [c for c in ("kind", "category") if scope.data.has(f"transactions.{c}")]
    parts = [f"nullif(trim({c}), '')" for c in columns]
    return f"coalesce({', '.join(parts)})" if parts else "NULL::VARCHAR"


def _names(scope: Scope, since: date) -> pl.DataFrame:
    return scope.query(f"""
        SELECT {_name_sql(scope)} AS name, count(customer_key) AS rows,
               count(*) - count(customer_key) AS without_customer,
               count(customer_key) FILTER (quantity < 0) AS returns
        FROM transactions WHERE happened_at >= $since GROUP BY 1 ORDER BY 2 DESC, 1
        """, step="transactions by kind", since=since)  # fmt: skip


def _rows_by_name(names: pl.DataFrame) -> dict[str | None, int]:
    return {name: rows for name, rows in names.select("name", "rows").iter_rows() if rows}


def _active(scope: Scope, basis: str, kinds: Kinds, since: date) -> pl.DataFrame:
    """customer_key, frequency (distinct days), last_day, monetary of who had a counted row.

    Days first, then customers: a distinct count per customer costs three times as much.
    """
    name = _name_sql(scope)
    counted, refund, values = "true", "coalesce(quantity < 0, false)", {}
    if kinds.chosen:
        counted = f"list_contains($counted, {name})"
        values["counted"] = [n for n in kinds.counted if n is not None]
    elif left_out := [n for n in kinds.excluded if n is not None]:
        counted = f"NOT coalesce(list_contains($left_out, {name}), false)"
        values["left_out"] = left_out
    if kinds.refunds:
        refund += f" OR coalesce(list_contains($refunds, {name}), false)"
        values["refunds"] = list(kinds.refunds)
    return scope.query(f"""
        WITH counted AS (
            SELECT customer_key, happened_at::DATE AS day, amount, {refund} AS is_refund
            FROM transactions
            WHERE happened_at >= $since AND customer_key IS NOT NULL AND {counted}),
        days AS (
            SELECT customer_key, day, bool_or(NOT is_refund) AS active,
                   sum({VALUE_SQL[basis]}) AS value
            FROM counted GROUP BY customer_key, day)
        SELECT customer_key, (count(*) FILTER (active))::INTEGER AS frequency,
               max(day) FILTER (active) AS last_day, sum(value)::DECIMAL(38,4) AS monetary
        FROM days GROUP BY customer_key
        """, step="activity per customer", since=since, **values)  # fmt: skip


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
        """, step="customers at as_of", as_of=scope.as_of)  # fmt: skip


def _counts(scope: Scope, names: pl.DataFrame, kinds: Kinds, since: date) -> dict[str, int]:
    """Transactions of the look-back by what became of them; every one is in exactly one count."""
    counted = sum(kinds.counted.values())
    refund_names = names.filter(pl.col("name").is_in(kinds.refunds))
    returns = names.filter(pl.col("name").is_in(list(kinds.counted), nulls_equal=True)
                           & ~pl.col("name").is_in(kinds.refunds).fill_null(False))  # fmt: skip
    return {
        "transactions_counted": counted,
        "transactions_excluded_by_kind": sum(kinds.excluded.values()),
        "transactions_refunded": int(refund_names["rows"].sum()) + int(returns["returns"].sum()),
        "transactions_without_customer": int(names["without_customer"].sum()),
        "transactions_other_currency": _other_currency(scope, since),
    }


def _other_currency(scope: Scope, since: date) -> int:
    data = scope.data
    if data.currency is None or not data.has("transactions.currency"):
        return 0
    end = scope.as_of + timedelta(days=1)
    return int(data.query("""SELECT count(*) FROM transactions WHERE currency <> $currency
        AND happened_at >= $since AND happened_at < $until""",
        currency=data.currency, since=since, until=end).item())  # fmt: skip
