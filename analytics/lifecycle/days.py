"""Who is a customer since when, and on which days each one was active. All the SQL of the stages.

An active day is a day with a customer-initiated transaction that takes nothing back
(`analytics.rfm.kinds`). The whole history up to as_of is read once; every threshold then works on
two arrays of integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import Population, Scope
from analytics.memo import remember
from analytics.rfm import kinds as kind_rules
from analytics.rfm.kinds import Kinds
from analytics.scope import CATALOG

Array = np.ndarray
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Calendar:
    """Active days of every customer, as flat arrays.

    Args:
        people: customer_key, customer_id, consent, opening_known, opened_on (the first day as a
            customer; the extract's first day where nothing says), group (with a breakdown); one row per
            customer at as_of in the order of the id. A customer's position here is its place. joint_only
            marks who holds an account only beside its owner.
        day: active days in days since 1970, rising within each customer, shape (active days,).
        start: where each customer's days begin in `day`, shape (customers + 1,).
        kinds: which transactions were counted.
        first_day: the first day of the extract's transactions (as_of where it has none).
        as_of: the last day.
    """

    people: pl.DataFrame
    day: Array
    start: Array
    kinds: Kinds
    first_day: date
    as_of: date

    @property
    def size(self) -> int:
        """Customers at as_of."""
        return len(self.start) - 1

    @property
    def opened(self) -> Array:
        """First day as a customer, in days since 1970, shape (customers,)."""
        return self.people["opened_on"].to_physical().to_numpy().astype(np.int32)

    @property
    def place(self) -> Array:
        """Place of the customer of every active day, shape (active days,)."""
        return np.repeat(np.arange(self.size, dtype=np.int32), np.diff(self.start))


def number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def name_sql(scope: Scope) -> str:
    """What a transaction is called: its kind, or its category where it has no kind."""
    columns = [c for c in ("kind", "category") if scope.data.has(f"transactions.{c}")]
    parts = [f"nullif(trim({c}::VARCHAR), '')" for c in columns]
    return f"coalesce({', '.join(parts)})" if parts else "NULL::VARCHAR"


def read(scope: Scope, population: Population, by: str | None = None,
         kinds: tuple[str, ...] | None = None) -> Calendar:  # fmt: skip
    """The calendar of the scope's customers; both steps are remembered apart."""
    names = remember(scope, population, None, "lifecycle kinds", lambda: _names(scope))
    found = kind_rules.choose(
        dict(names.filter(pl.col("rows") > 0).select("name", "rows").iter_rows()), kinds
    )
    first = min((d for d in names["first_day"] if d is not None), default=scope.as_of)
    people = remember(scope, population, by, "lifecycle people", lambda: _people(scope, first, by))
    day, start = remember(scope, population, None, ("lifecycle days", kinds),
                          lambda: _days(scope, found, people["customer_key"].to_numpy()))  # fmt: skip
    return Calendar(people, day, start, found, first, scope.as_of)


def _names(scope: Scope) -> pl.DataFrame:
    columns = [c for c in ("kind", "category") if scope.data.has(f"transactions.{c}")] or ["kind"]
    return scope.query(f"""
        WITH raw AS (SELECT {", ".join(columns)}, count(customer_key) AS rows,
                            min(happened_at)::DATE AS first_day
                     FROM transactions GROUP BY {", ".join(columns)})
        SELECT {name_sql(scope)} AS name, sum(rows)::BIGINT AS rows, min(first_day) AS first_day
        FROM raw GROUP BY 1 ORDER BY 2 DESC, 1
        """, step="transactions by kind")  # fmt: skip


def counted_sql(scope: Scope, kinds: Kinds) -> tuple[str, dict[str, Any]]:
    """The condition of a row that makes its day active, and the values bound in it."""
    name = name_sql(scope)
    refunds = set(kinds.refunds)
    conditions, values = [], {}
    if kinds.chosen:
        conditions.append(f"list_contains($counted, {name})")
        values["counted"] = [n for n in kinds.counted if n is not None and n not in refunds]
    elif left_out := [n for n in (*kinds.excluded, *refunds) if n is not None]:
        conditions.append(f"NOT coalesce(list_contains($left_out, {name}), false)")
        values["left_out"] = left_out
    if scope.data.has("transactions.quantity"):
        conditions.append("NOT coalesce(quantity < 0, false)")
    return " AND ".join(conditions) or "true", values


def _days(scope: Scope, kinds: Kinds, keys: Array) -> tuple[Array, Array]:
    """Distinct active days and where each customer's begin.

    Why sorted here and not by the database: a distinct count of ten million pairs takes it four
    times as long as one sort of integers that are nearly in order.
    """
    counted, values = counted_sql(scope, kinds)
    rows = scope.query(f"""
        SELECT (customer_key::BIGINT << 24) | (happened_at::DATE - DATE '1970-01-01' + 1000000) AS pair
        FROM transactions WHERE customer_key IS NOT NULL AND {counted}
        """, step="active days", **values)["pair"].to_numpy()  # fmt: skip
    if len(rows) and (np.diff(rows) < 0).any():
        rows = np.sort(rows, kind="stable")
    rows = rows[np.flatnonzero(np.diff(rows, prepend=-1))] if len(rows) else rows
    place = np.searchsorted(keys, rows >> 24).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=len(keys)))])
    return ((rows & 0xFFFFFF) - 1_000_000).astype(np.int32), start


def _people(scope: Scope, first_day: date, by: str | None) -> pl.DataFrame:
    """Customers at as_of with their first day as one; see the package on what opens a customer.

    `joint_only`: holds an account only beside its owner, to whom its transactions count.
    """
    group = ', g.group_name AS "group"' if by else ""
    join = "LEFT JOIN customer_groups g USING (customer_key)" if by else ""
    return scope.query(f"""
        WITH seen AS (SELECT customer_key, min(happened_at)::DATE AS first_seen
                      FROM transactions WHERE customer_key IS NOT NULL GROUP BY 1),
        held AS (SELECT customer_key, min(opened_on) AS first_account, bool_or(listed) AS listed
                 FROM accounts WHERE customer_key IS NOT NULL GROUP BY 1),
        joint AS (SELECT p.customer_key, min(a.opened_on) AS first_joint
                  FROM {CATALOG}.main.holders p JOIN {CATALOG}.main.accounts a USING (account_key)
                  WHERE NOT p.is_owner GROUP BY 1),
        dated AS (
            SELECT c.customer_key, c.customer_id, c.consent,
                   coalesce(c.opened_on, h.first_account) IS NOT NULL AS opening_known,
                   coalesce(least(coalesce(c.opened_on, h.first_account), s.first_seen), j.first_joint,
                            CASE WHEN c.listed OR h.listed OR j.customer_key IS NOT NULL
                                 THEN $first_day END) AS opened_on,
                   h.customer_key IS NULL AND s.customer_key IS NULL
                       AND j.customer_key IS NOT NULL AS joint_only
            FROM customers c LEFT JOIN seen s USING (customer_key)
                 LEFT JOIN held h USING (customer_key) LEFT JOIN joint j USING (customer_key))
        SELECT d.*{group} FROM dated d {join}
        WHERE opened_on <= $as_of ORDER BY d.customer_key
        """, step="customers at as_of", as_of=scope.as_of, first_day=first_day)  # fmt: skip


def month_ends(as_of: date, months: int, first_day: date) -> list[date]:
    """`as_of` and the month ends before it, at most `months` of them, none before the extract.

    >>> month_ends(date(2024, 3, 10), 2, date(2024, 1, 31))
    [datetime.date(2024, 1, 31), datetime.date(2024, 2, 29), datetime.date(2024, 3, 10)]
    """
    found = [as_of]
    last = as_of if (as_of + timedelta(days=1)).day == 1 else None
    while len(found) <= months:
        last = (last or as_of).replace(day=1) - timedelta(days=1)
        if last < first_day or last.year <= 1:
            break
        found.append(last)
    return found[::-1]
