"""What every customer did on every day, read once: moving the look-back only takes differences.

Why whole days in memory: a slider of days asks for another window at every step, and reading their
transactions again takes fifty times as long. Above `MOST_TRANSACTIONS` the days would not fit beside
everything else, and each window is read by itself.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import Population, Scope
from analytics.memo import remember
from analytics.rfm.kinds import Kinds

MOST_TRANSACTIONS = 20_000_000
EVER = date(1, 1, 1)

# How much a row adds to M, by basis. A refund takes back a row of the opposite sign, so it lowers
# the side it came from: a credit that is a refund lowers the debits.
VALUE_SQL = {
    "turnover": "CASE WHEN is_refund THEN -abs(amount) ELSE abs(amount) END",
    "credits": "CASE WHEN is_refund THEN least(amount, 0) ELSE greatest(amount, 0) END",
    "debits": "CASE WHEN is_refund THEN -greatest(amount, 0) ELSE -least(amount, 0) END",
    "net": "amount",
}


def first_read(scope: Scope, since: date) -> date:
    """The first day to read for a window from `since`: all of them, unless they are too many."""
    return EVER if scope.data.rows("transactions") <= MOST_TRANSACTIONS else since


def names(scope: Scope, population: Population, first: date) -> pl.DataFrame:
    """name, day, rows, without_customer, returns (rows of negative quantity) from the first day on.

    A name is a transaction's kind, or its category where it has no kind; null where it has neither.
    """
    return remember(scope, population, None, ("rfm names", first), lambda: scope.query(f"""
        SELECT {_name_sql(scope)} AS name, happened_at::DATE AS day, count(customer_key) AS rows,
               count(*) - count(customer_key) AS without_customer,
               count(customer_key) FILTER (quantity < 0) AS returns
        FROM transactions WHERE happened_at >= $since GROUP BY ALL
        """, step="transactions by kind and day", since=first))  # fmt: skip


def in_window(names: pl.DataFrame, since: date) -> pl.DataFrame:
    """name, rows, without_customer, returns of the days from `since` on; most rows first."""
    return names.filter(pl.col("day") >= since).group_by("name").agg(
        pl.col("rows", "without_customer", "returns").sum()).sort(
        "rows", "name", descending=[True, False])  # fmt: skip


def active(scope: Scope, population: Population, basis: str, kinds: Kinds, first: date, since: date
           ) -> pl.DataFrame:  # fmt: skip
    """customer_key, frequency (distinct days), last_day, monetary of who was active from `since` on.

    Args:
        scope: an open scope.
        population: its population.
        basis: what M sums, a key of `VALUE_SQL`.
        kinds: which names count, of all that occur from the first day on.
        first: from which day on transactions are read.
        since: first day of the window.
    """
    asked = "rfm days", first, basis, tuple(kinds.counted) if kinds.chosen else None
    days = remember(scope, population, None, asked,
                    lambda: Totals(_days(scope, basis, kinds, first)))  # fmt: skip
    scope.steps.append(("look-back, in memory", "-- per customer over the days from "
                        f"{since}: count(active_day), max(active_day), sum(value)"))  # fmt: skip
    return days.window(since)


class Totals:
    """Running totals over the days of all customers.

    Why: the days of a window are the last ones of each customer, so its sums are differences of two
    totals, and a moved slider adds nothing up again.

    Args:
        days: customer_key, day, active_day, value, by customer and day.
    """

    def __init__(self, days: pl.DataFrame) -> None:
        self._customers = days.group_by("customer_key", maintain_order=True).agg(
            days=pl.len(), last_day=pl.col("active_day").max()).with_columns(
            pl.col("customer_key").set_sorted())  # fmt: skip
        self._day = days["day"].to_numpy()
        self._end = self._customers["days"].to_numpy().cumsum(dtype=np.int64)
        self._start = self._end - self._customers["days"].to_numpy()
        # One more than there are days, so that "before the first day" has a total, too.
        self._active = np.append(
            np.int32(0), days["active_day"].is_not_null().to_numpy().cumsum(dtype=np.int32)
        )
        none = days["value"].clear(1).fill_null(0)
        self._value = none.append(days["value"].fill_null(0).cum_sum().cast(none.dtype))

    def window(self, since: date) -> pl.DataFrame:
        """customer_key, frequency, last_day, monetary of who was active from `since` on."""
        inside = np.add.reduceat(self._day >= np.datetime64(since), self._start, dtype=np.int64)
        first = self._end - inside
        frequency = pl.Series(self._active[self._end] - self._active[first], dtype=pl.Int32)
        monetary = self._value.gather(self._end) - self._value.gather(first)
        return self._customers.select("customer_key", frequency=frequency, last_day="last_day",
                                      monetary=monetary).filter(pl.col("frequency") > 0)  # fmt: skip


def other_currency(scope: Scope, population: Population, first: date, since: date) -> int:
    """Transactions of the window in other currencies than the run's; of all customers."""
    data = scope.data
    if data.currency is None or not data.has("transactions.currency"):
        return 0
    days = remember(scope, population, None, ("rfm currency", first), lambda: data.query("""
        SELECT happened_at::DATE AS day, count(*) AS rows FROM transactions
        WHERE currency <> $currency AND happened_at >= $since AND happened_at < $until GROUP BY 1
        """, currency=data.currency, since=first, until=scope.as_of + timedelta(days=1)))  # fmt: skip
    return int(days.filter(pl.col("day") >= since)["rows"].sum())


def _name_sql(scope: Scope) -> str:
    columns = [c for c in ("kind", "category") if scope.data.has(f"transactions.{c}")]
    parts = [f"nullif(trim({c}), '')" for c in columns]
    return f"coalesce({', '.join(parts)})" if parts else "NULL::VARCHAR"


def _days(scope: Scope, basis: str, kinds: Kinds, since: date) -> pl.DataFrame:
    """customer_key, day, active_day (the day if it counts, else null), value; by customer and day."""
    name = _name_sql(scope)
    counted, refund = "true", "coalesce(quantity < 0, false)"
    values: dict[str, Any] = {}
    if kinds.chosen:
        counted, values["counted"] = (
            f"list_contains($counted, {name})",
            [n for n in kinds.counted if n is not None],
        )
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
            WHERE happened_at >= $since AND customer_key IS NOT NULL AND {counted})
        SELECT customer_key, day, CASE WHEN bool_or(NOT is_refund) THEN day END AS active_day,
               sum({VALUE_SQL[basis]})::DECIMAL(38,4) AS value
        FROM counted GROUP BY customer_key, day ORDER BY customer_key, day
        """, step="activity per customer and day", since=since, **values
    ).with_columns(pl.col("customer_key").set_sorted())  # fmt: skip
