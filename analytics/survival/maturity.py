"""Term deposits: when they mature, how much, and how many of those that did were rolled over."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from analytics.dataset import Scope

BEFORE_DAYS, AFTER_DAYS = 7, 30


def read(scope: Scope) -> pl.DataFrame:
    """Accounts with a maturity day: customer_id, matures_on, balance, renewed (null while open).

    The balance is the last known one up to the maturity (none where no balance is known).
    """
    return scope.query(f"""
        WITH term AS (SELECT a.* FROM accounts a
                      WHERE matures_on IS NOT NULL AND coalesce(opened_on <= $as_of, true)
                        AND customer_key IS NOT NULL AND account_key IS NOT NULL),
        held AS (SELECT t.account_key, arg_max(b.balance, ROW(b.balance_on, b.balance)) AS balance
                 FROM term t JOIN balances b ON b.account_key = t.account_key
                  AND b.balance_on < t.matures_on GROUP BY 1),
        again AS (SELECT DISTINCT t.account_key FROM term t JOIN accounts n
                    ON n.customer_key = t.customer_key AND n.account_key <> t.account_key
                   AND n.product IS NOT DISTINCT FROM t.product
                   AND n.opened_on BETWEEN t.matures_on - {BEFORE_DAYS} AND t.matures_on + {AFTER_DAYS}
                   AND n.opened_on <= $as_of)
        SELECT c.customer_id, t.matures_on, t.closed_on, h.balance, g.account_key IS NOT NULL AS renewed
        FROM term t JOIN customers c USING (customer_key) LEFT JOIN held h USING (account_key)
             LEFT JOIN again g USING (account_key) ORDER BY t.matures_on, c.customer_id, t.account_key
        """, step="term deposits", as_of=scope.as_of)  # fmt: skip


def by_month(term: pl.DataFrame, as_of: date, months: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The calendar, and the customers behind each of its months.

    The calendar: month, accounts, balance, due (whether still ahead), judged (matured long enough
    ago to see a roll-over), renewed, renewal_share; the coming months first, then the past ones.
    """
    judged_until = as_of - timedelta(days=AFTER_DAYS)
    near = term.filter(
        (pl.col("matures_on") > as_of - timedelta(days=31 * months))
        & (pl.col("matures_on") <= as_of + timedelta(days=31 * months)),
        pl.col("closed_on").is_null() | (pl.col("closed_on") >= pl.col("matures_on")),
    ).with_columns(month=pl.col("matures_on").dt.truncate("1mo"), due=pl.col("matures_on") > as_of,
                   old=pl.col("matures_on") <= judged_until)  # fmt: skip
    found = near.group_by("month", "due").agg(
        accounts=pl.len().cast(pl.Int64), balance=pl.col("balance").sum(),
        judged=pl.col("old").sum().cast(pl.Int64), renewed=(pl.col("renewed") & pl.col("old")).sum().cast(pl.Int64),
    ).with_columns(renewal_share=pl.when(pl.col("judged") > 0).then(pl.col("renewed") / pl.col("judged")))  # fmt: skip
    return (found.sort(pl.col("due").not_(), "month"), near.select("month", "due", "customer_id"))
