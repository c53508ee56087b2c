"""The tables that the parts of the feature table aggregate: one statement each, over the scope."""

from __future__ import annotations

from datetime import date
from typing import Any

from analytics.dataset import Scope
from analytics.features import names
from analytics.rfm import kinds as kind_rules

KEPT = ("term", "wealth", "savings")  # classes of product whose balances have columns of their own


def name_sql(scope: Scope) -> str:
    """What a transaction is called: its kind, or its category where it has no kind."""
    columns = [c for c in ("kind", "category") if scope.data.has(f"transactions.{c}")]
    parts = [f"nullif(trim({c}), '')" for c in columns]
    return f"coalesce({', '.join(parts)})" if parts else "NULL::VARCHAR"


def movements(scope: Scope, since: date) -> None:
    """Create `movements` and `days`: what customers started in the look-back (see `movements`)."""
    name = name_sql(scope)
    found = scope.query(f"SELECT DISTINCT {name} AS name FROM transactions WHERE happened_at >= $since",
                        step="kinds of transaction", since=since)["name"].drop_nulls()  # fmt: skip
    sorts = {n: kind_rules.sort_of(n) for n in found.sort()}
    system = [n for n, sort in sorts.items() if sort == "system"]
    refunds = [n for n, sort in sorts.items() if sort == "refund"]
    values: dict[str, Any] = {"system": system, "refunds": refunds}
    scope.execute(f"""
        CREATE TEMP TABLE movements AS
        SELECT customer_key, happened_at::DATE AS day, hour(happened_at) AS hour,
               amount::DOUBLE AS amount, {name} AS name, nullif(trim(channel), '') AS channel,
               nullif(trim(category), '') AS category, counterparty, basket_id, item,
               coalesce(quantity < 0, false)
               OR coalesce(list_contains($refunds, {name}), false) AS is_refund
        FROM transactions
        WHERE happened_at >= $since AND customer_key IS NOT NULL
              AND NOT coalesce(list_contains($system, {name}), false)
        """, step="movements the customer started", since=since, **values)  # fmt: skip
    scope.execute("""
        CREATE TEMP TABLE days AS
        WITH active AS (SELECT customer_key, day FROM movements WHERE NOT is_refund GROUP BY ALL)
        SELECT customer_key, day, date_diff('day', lag(day) OVER (
               PARTITION BY customer_key ORDER BY day), day) AS gap FROM active
        """, step="active days")  # fmt: skip


def income(scope: Scope, since: date) -> None:
    """Create `income`: credits that the customer did not start."""
    name = name_sql(scope)
    found = scope.query(f"SELECT DISTINCT {name} AS name FROM transactions WHERE happened_at >= $since",
                        step="kinds of income", since=since)["name"].drop_nulls()  # fmt: skip
    system = [n for n in found.sort() if kind_rules.sort_of(n) == "system"]
    scope.execute(f"""
        CREATE TEMP TABLE income AS
        SELECT customer_key, happened_at::DATE AS day, amount::DOUBLE AS amount,
               list_contains($salary, {name}) AS is_salary
        FROM transactions
        WHERE happened_at >= $since AND customer_key IS NOT NULL AND amount > 0
              AND coalesce(list_contains($system, {name}), false)
        """, step="income paid in", since=since, system=system,
        salary=[n for n in system if names.is_salary(n)])  # fmt: skip


def _classes(scope: Scope) -> dict[str, list[str]]:
    found = scope.query("SELECT product FROM accounts UNION SELECT product FROM balances",
                        step="names of products")["product"].drop_nulls()  # fmt: skip
    return names.by_class(found.sort())


def accounts(scope: Scope) -> None:
    """Create `holdings`: accounts opened by as_of, with what sort of product each is."""
    found = _classes(scope)
    flags = ", ".join(
        f"coalesce(list_contains(${kind}, product), false) AS is_{kind}" for kind in found
    )
    scope.execute(f"""
        CREATE TEMP TABLE holdings AS
        SELECT customer_key, account_key, product, opened_on, closed_on,
               coalesce(closed_on > $as_of, true) AS is_open, {flags}
        FROM accounts WHERE customer_key IS NOT NULL AND coalesce(opened_on <= $as_of, true)
        """, step="accounts", as_of=scope.as_of, **found)  # fmt: skip


def levels(scope: Scope, since: date) -> None:
    """Create `levels`: month-end balances per customer (see `holdings`).

    A balance of an account that is closed by the month's end counts no more. Of two balances of one
    account and moment the one with the later transaction id counts, then the larger.
    """
    found = _classes(scope)
    _month_ends(scope, since)
    parts = ", ".join(
        f"sum(greatest(balance, 0)) FILTER (list_contains(${k}, product))::DOUBLE AS {k}"
        for k in KEPT
    )
    scope.execute(f"""
        CREATE TEMP TABLE levels AS
        SELECT customer_key, age, sum(greatest(balance, 0))::DOUBLE AS held,
               sum(greatest(-balance, 0))::DOUBLE AS owed, {parts}, false AS newest
        FROM month_ends GROUP BY customer_key, age
        UNION ALL
        SELECT customer_key, NULL, sum(greatest(balance, 0))::DOUBLE,
               sum(greatest(-balance, 0))::DOUBLE, {parts}, true
        FROM month_ends WHERE newest AND coalesce(closed_on > $as_of, true) GROUP BY customer_key
        """, step="month-end balances", as_of=scope.as_of, **{k: found[k] for k in KEPT})  # fmt: skip


def _month_ends(scope: Scope, since: date) -> None:
    """Create `month_ends`: the last balance of every account and calendar month, newest marked."""
    if scope.data.has("balances.balance"):
        table, amount, moment, product = "balances", "balance", "balance_on", "product"
        order = "ROW(balance_on, balance)"
    else:
        table, amount, moment, product = "transactions", "balance_after", "happened_at", "NULL"
        order = "ROW(happened_at, coalesce(transaction_id, ''), balance_after)"
    currency = scope.data.currency if table == "balances" else None  # transactions are cut already
    own = " AND (currency IS NULL OR currency = $currency)" if currency else ""
    values: dict[str, Any] = {"currency": currency} if currency else {}
    scope.execute(f"""
        CREATE TEMP TABLE month_ends AS
        WITH monthly AS (
            SELECT customer_key, account_key, {product} AS product,
                   date_diff('month', {moment}::DATE, $as_of) AS age,
                   arg_max({amount}, {order}) AS balance
            FROM {table}
            WHERE customer_key IS NOT NULL AND {amount} IS NOT NULL AND {moment} >= $since{own}
            GROUP BY ALL)
        SELECT m.customer_key, m.age, m.balance, coalesce(a.product, m.product) AS product,
               m.age = min(m.age) OVER (PARTITION BY m.customer_key, m.account_key,
                   CASE WHEN m.account_key IS NULL THEN m.product END) AS newest, a.closed_on
        FROM monthly m LEFT JOIN accounts a USING (account_key)
        """, step="balances by account and month", since=since, as_of=scope.as_of, **values)  # fmt: skip
