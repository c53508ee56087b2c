"""Behaviour around an index date: what a customer did long before it, lately, and after.

Every customer has an index date of their own, drawn by the seed among the days that leave room for
both windows before it and the horizon after it. Items:

- `past: K` and `recent: K`: a transaction of kind K in the past window [t - past, t - recent) and
  in the recent one [t - recent, t);
- `stopped: K`: in the past window and not in the recent one;
- `past: large credit` and the like: an amount at or above the customer's own 90th percentile of
  credits in the past window, and at least the bank's median credit;
- `then: open P`: an account of product P opened in [t, t + horizon). Only these are foretold.

Why an index date of each customer's own: one window around the outcome for everybody mixes seasons
into the rule, and a window that ends at the outcome of some knows who they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from analytics.dataset import Scope
from analytics.ragged import Array
from analytics.rules.params import RulesParams
from analytics.text import Text, UserError

THEN = "then: "
MOST_KINDS = 20


def name_sql(scope: Scope) -> str:
    """What a transaction is called: its kind, or its category where it has none."""
    columns = [c for c in ("kind", "category") if scope.data.has(f"transactions.{c}")]
    parts = [f"nullif(trim({c}), '')" for c in columns]
    return f"coalesce({', '.join(parts)})" if parts else "NULL::VARCHAR"


def month_sql(day: str) -> str:
    """Months since year 0 of a date, as a whole number; null where it is null."""
    return f"(date_part('year', {day}) * 12 + date_part('month', {day}) - 1)::BIGINT"


def consequents(items: Sequence[str]) -> Array:
    """Which items lie after the index date."""
    return np.array([item.startswith(THEN) for item in items], bool)


def read(scope: Scope, params: RulesParams, counts: dict[str, int]) -> pl.DataFrame:
    """customer_key, basket, item; one basket a customer with enough history."""
    if not scope.data.has("accounts.opened_on"):
        raise UserError(Text("baskets = behaviour needs accounts.opened_on, the openings to foretell.",
                             "baskets = behaviour 需要账户开户日期（accounts.opened_on）。"), "baskets")  # fmt: skip
    index = _index_dates(scope, params, counts)
    scope.cursor.register("index_frame", index)
    scope.execute("CREATE TEMP TABLE index_dates AS SELECT * FROM index_frame", step="index dates")
    windows = {"past": params.past_days, "recent": params.recent_days}
    _tell_windows(scope, windows)
    pairs = scope.query("""
        WITH told AS (SELECT customer_key, window_name, name, large FROM windowed),
        kinds AS (SELECT name FROM told WHERE name IS NOT NULL
                  GROUP BY 1 ORDER BY count(DISTINCT customer_key) DESC, 1 LIMIT $most),
        items AS (
            SELECT customer_key, window_name, name AS what FROM told SEMI JOIN kinds USING (name)
            UNION SELECT customer_key, window_name, large FROM told WHERE large IS NOT NULL)
        SELECT customer_key, window_name || ': ' || what AS item FROM items
        UNION SELECT p.customer_key, 'stopped: ' || p.what FROM items p
            ANTI JOIN (SELECT * FROM items WHERE window_name = 'recent') r
              ON p.customer_key = r.customer_key AND p.what = r.what WHERE p.window_name = 'past'
        UNION SELECT customer_key, 'then: open ' || product FROM accounts JOIN index_dates USING (customer_key)
            WHERE product IS NOT NULL AND opened_on >= index_on AND opened_on < index_on + $horizon::INTEGER
        UNION SELECT customer_key, NULL FROM index_dates ORDER BY ALL
        """, step="behaviour flags", most=MOST_KINDS, horizon=params.horizon_days)  # fmt: skip
    months = index.select("customer_key", month=pl.col("index_on").dt.year().cast(pl.Int64) * 12
                          + pl.col("index_on").dt.month() - 1)  # fmt: skip
    return pairs.with_columns(basket=pl.col("customer_key")).join(
        months, on="customer_key", how="left", maintain_order="left"
    )


def _index_dates(scope: Scope, params: RulesParams, counts: dict[str, int]) -> pl.DataFrame:
    """customer_key, index_on: drawn evenly among the days with room on both sides."""
    seen = scope.query("""
        SELECT customer_key, min(happened_at)::DATE AS first_day, max(happened_at)::DATE AS last_day
        FROM transactions WHERE customer_key IS NOT NULL GROUP BY 1 ORDER BY 1
        """, step="observed days")  # fmt: skip
    room = seen.with_columns(
        earliest=pl.col("first_day") + pl.duration(days=params.past_days),
        days=(pl.lit(scope.as_of) - pl.col("first_day")).dt.total_days()
        - params.past_days - params.horizon_days + 1).filter(pl.col("days") > 0)  # fmt: skip
    counts["customers_with_short_history"] = seen.height - room.height
    drawn = np.random.default_rng(params.seed).random(room.height)
    offset = pl.Series("offset", np.floor(drawn * room["days"].to_numpy()).astype(np.int64))
    return room.with_columns(offset).select(
        "customer_key", index_on=pl.col("earliest") + pl.duration(days="offset"))  # fmt: skip


def _tell_windows(scope: Scope, windows: dict[str, int]) -> None:
    """Create `windowed`: each transaction before the index date with its window and size."""
    scope.execute(f"""
        CREATE TEMP TABLE windowed AS
        WITH near AS (
            SELECT t.customer_key, {name_sql(scope)} AS name, amount,
                   CASE WHEN happened_at >= index_on - $recent::INTEGER THEN 'recent' ELSE 'past' END AS window_name
            FROM transactions t JOIN index_dates USING (customer_key)
            WHERE happened_at < index_on AND happened_at >= index_on - $past::INTEGER),
        bank AS (SELECT median(amount) FILTER (amount > 0) AS credit, median(-amount) FILTER (amount < 0) AS debit
                 FROM near WHERE window_name = 'past'),
        own AS (SELECT customer_key, quantile_cont(amount, 0.9) FILTER (amount > 0) AS credit,
                       quantile_cont(-amount, 0.9) FILTER (amount < 0) AS debit
                FROM near WHERE window_name = 'past' GROUP BY 1)
        SELECT n.customer_key, window_name, name,
               CASE WHEN amount > 0 AND amount >= greatest(o.credit, b.credit) THEN 'large credit'
                    WHEN amount < 0 AND -amount >= greatest(o.debit, b.debit) THEN 'large debit' END AS large
        FROM near n LEFT JOIN own o USING (customer_key), bank b
        """, step="windows before the index date", past=windows["past"], recent=windows["recent"])  # fmt: skip
