"""What is true of each customer, as columns of zeros and ones: outcomes, and what was done in a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from analytics.dataset import Dataset, Scope
from analytics.lifecycle import balances
from analytics.text import Text

Array = np.ndarray
RECENT_DAYS = 90
MOST_KINDS = 10  # the most frequent ones are looked at
MANY_PRODUCTS = 3
FALLEN = 0.5
OUTCOMES = {
    "quiet": Text("had no transaction in the last 90 days", "近 90 天没有交易"),
    "app": Text("used the app in the last 90 days", "近 90 天使用过手机银行"),
    "fallen": Text("hold at most half the balance of 90 days ago", "余额较 90 天前下降一半以上"),
    "products": Text("hold three products or more", "持有三种及以上产品"),
}  # fmt: skip
PEOPLE = """
SELECT customer_key FROM customers WHERE opened_on IS NULL OR opened_on <= $since ORDER BY 1"""
OLD_CUSTOMERS = """
SELECT customer_key FROM customers WHERE opened_on <= $since
UNION SELECT customer_key FROM transactions WHERE happened_at <= $since ORDER BY 1"""
DONE = """
SELECT customer_key, {name} AS name, bool_or(happened_at >= $first AND happened_at < $first_end) AS before,
       bool_or(happened_at >= $last AND happened_at < $last_end) AS after
FROM {table} WHERE (happened_at >= $first AND happened_at < $first_end)
                OR (happened_at >= $last AND happened_at < $last_end)
GROUP BY ALL"""


@dataclass(frozen=True)
class Facts:
    """Zeros and ones per customer.

    Args:
        keys: customer keys, sorted; shape (customers,).
        names: of the columns.
        values: 0 or 1; shape (customers, columns).
        known: 1 where a customer can be judged; same shape.
    """

    keys: Array
    names: list[str]
    values: Array
    known: Array


def outcomes(scope: Scope, as_of: date) -> Facts:
    """The outcomes this extract can tell, of customers who have been there for 90 days."""
    since = as_of - timedelta(days=RECENT_DAYS)
    keys = scope.query(PEOPLE, step="customers", since=since)["customer_key"].to_numpy()
    found: dict[str, tuple[Array, Array]] = {}
    everybody = np.ones(len(keys), np.float32)
    if scope.data.has("transactions"):
        found["quiet"] = 1 - _with_any(scope, "transactions", keys, since), everybody
    if scope.data.has("events"):
        found["app"] = _with_any(scope, "events", keys, since), everybody
    if balances.source_of(scope) and (held := balances.read(scope, [since, as_of])) is not None:
        then, now = held.by_place(keys)
        found["fallen"] = (now <= then * FALLEN).astype(np.float32), (then > 0).astype(np.float32)
    if scope.data.has("accounts.product"):
        found["products"] = _many_products(scope, keys, as_of), everybody
    return _facts(keys, found)


def groups(scope: Scope, data: Dataset, keys: Array) -> list[tuple[str, str, Array]]:
    """Every value of every attribute with its members: (attribute, value, 0 or 1 per customer)."""
    found: list[tuple[str, str, Array]] = []
    for key, group in data.groups().items():
        if not group.sql:
            continue
        rows = scope.query(group.sql, step=f"group {len(found) + 1}").drop_nulls()
        for (value,), members in rows.group_by("group_name", maintain_order=True):
            found.append((key, str(value), _member(keys, members["customer_key"].to_numpy())))
    return sorted(found, key=lambda one: one[:2])


def paired(scope: Scope, first: tuple[date, date], last: tuple[date, date]) -> tuple[Facts, Facts]:
    """What the customers of before the first period did in it, and in the last one.

    A period is its first day and the day after its last. Columns are `transactions`, `events`, and
    `kind:NAME` of the most frequent kinds.
    """
    keys = scope.query(OLD_CUSTOMERS, step="customers before", since=first[0])[
        "customer_key"
    ].to_numpy()
    days = {"first": first[0], "first_end": first[1], "last": last[0], "last_end": last[1]}
    before: dict[str, tuple[Array, Array]] = {}
    after: dict[str, tuple[Array, Array]] = {}
    everybody = np.ones(len(keys), np.float32)
    for table, column in (("transactions", "NULL"), ("events", "NULL"), ("transactions", "kind")):
        if not scope.data.has(table) or (
            column == "kind" and not scope.data.has("transactions.kind")
        ):
            continue
        rows = scope.query(DONE.format(name=column, table=table), step=f"{table} {column}", **days)
        for name, part in _by_name(rows, table, column):
            for side, into in (("before", before), ("after", after)):
                there = part.filter(pl.col(side))["customer_key"].to_numpy()
                into[name] = _member(keys, there), everybody
    return _facts(keys, before), _facts(keys, after)


def _by_name(rows: pl.DataFrame, table: str, column: str) -> list[tuple[str, pl.DataFrame]]:
    if column == "NULL":
        return [(table, rows)]
    most = (
        rows.drop_nulls("name")["name"]
        .value_counts()
        .sort(["count", "name"], descending=[True, False])
    )
    return [
        (f"kind:{name}", rows.filter(pl.col("name") == name))
        for name in most["name"].head(MOST_KINDS)
    ]


def _facts(keys: Array, found: dict[str, tuple[Array, Array]]) -> Facts:
    shape = (len(keys), len(found))
    values = np.array([v for v, _ in found.values()], np.float32).T.reshape(shape)
    known = np.array([k for _, k in found.values()], np.float32).T.reshape(shape)
    return Facts(keys, list(found), values * known, known)


def _with_any(scope: Scope, table: str, keys: Array, since: date) -> Array:
    rows = scope.query(f"SELECT DISTINCT customer_key FROM {table} WHERE happened_at >= $after "
                       "AND customer_key IS NOT NULL", step=f"recent {table}", after=since + timedelta(days=1))  # fmt: skip
    return _member(keys, rows["customer_key"].to_numpy())


def _many_products(scope: Scope, keys: Array, as_of: date) -> Array:
    rows = scope.query(
        "SELECT customer_key FROM accounts WHERE (opened_on IS NULL OR opened_on <= $as_of) "
        "AND (closed_on IS NULL OR closed_on > $as_of) AND customer_key IS NOT NULL "
        "GROUP BY 1 HAVING count(DISTINCT product) >= $many", step="products", as_of=as_of, many=MANY_PRODUCTS)  # fmt: skip
    return _member(keys, rows["customer_key"].to_numpy())


def _member(keys: Array, members: Array) -> Array:
    return np.isin(keys, members).astype(np.float32)
