"""Movements per account and month, by what they are: own move, interest, fee, in, out."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import polars as pl

from analytics.dataset import Scope
from analytics.lifecycle.balances import UNIT
from analytics.lifecycle.days import name_sql

INTEREST = re.compile(r"(?<![^\W_])(interest|urok)(?![^\W_])|利息|结息|付息|派息", re.IGNORECASE)
FEES = re.compile(r"(?<![^\W_])(fees?|charges?|commission|penalty|sankc|sluzby)(?![^\W_])|"
                  r"手续费|年费|管理费|工本费|服务费|短信费|罚息|滞纳金", re.IGNORECASE)  # fmt: skip
SORTS = ("own_moves", "interest", "fees", "organic_in", "organic_out")


def read(scope: Scope, since: date) -> pl.DataFrame:
    """account_key, month (year * 12 + month), and one integer per sort, in 1/10000.

    Only movements after `since`. Why by day and not by second: two systems book the two legs.
    A name that is both interest and fee (a fee on interest) counts as interest only if no fee.
    """
    if not (scope.data.has("transactions.account_id")):
        return pl.DataFrame(schema={"account_key": pl.Int32, "month": pl.Int64,
                                    **dict.fromkeys(SORTS, pl.Int64)})  # fmt: skip
    named = name_sql(scope)
    names = [] if named.startswith("NULL") else scope.query(
        f"SELECT DISTINCT {named} AS name FROM transactions", step="names")["name"].drop_nulls().to_list()  # fmt: skip
    fees = [n for n in names if FEES.search(n)]
    values: dict[str, Any] = {
        "interest": [n for n in names if INTEREST.search(n) and n not in fees], "fees": fees,
        "since": since}  # fmt: skip
    return scope.query(f"""
        WITH raw AS (
            SELECT customer_key, account_key, happened_at::DATE AS day, (amount * {UNIT})::BIGINT AS a,
                   {named} AS name
            FROM transactions WHERE account_key IS NOT NULL AND customer_key IS NOT NULL
              AND happened_at >= $since::DATE + 1),
        several AS (
            SELECT customer_key FROM raw GROUP BY 1 HAVING min(account_key) <> max(account_key)),
        pairs AS (
            SELECT customer_key, day, abs(a) AS size FROM raw SEMI JOIN several USING (customer_key)
            WHERE a <> 0
            GROUP BY ALL HAVING sum(a) = 0 AND min(account_key) <> max(account_key)),
        told AS (
            SELECT r.account_key, year(r.day) * 12 + month(r.day) AS month, r.a,
                   CASE WHEN p.size IS NOT NULL THEN 0
                        WHEN coalesce(list_contains($interest, r.name), false) THEN 1
                        WHEN coalesce(list_contains($fees, r.name), false) THEN 2
                        WHEN r.a >= 0 THEN 3 ELSE 4 END AS sort
            FROM raw r LEFT JOIN pairs p
              ON p.customer_key = r.customer_key AND p.day = r.day AND p.size = abs(r.a))
        SELECT account_key, month,
               {", ".join(f"coalesce(sum(a) FILTER (sort = {i}), 0)::BIGINT AS {s}" for i, s in enumerate(SORTS))}
        FROM told GROUP BY account_key, month ORDER BY account_key, month
        """, step="movements per account and month", **values)  # fmt: skip
