"""What is known of every customer at the end of a day: some twenty signals, one row per customer.

All are read inside a scope cut at that day. What an extract lacks gives no column. Signals count
down in windows of 30 to 182 days, the time in which somebody on the way out shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from analytics.dataset import Scope
from analytics.features.names import is_salary
from analytics.lifecycle.days import name_sql
from analytics.text import Text, UserError

TITLES: Mapping[str, Text] = {
    "idle_days": Text("Days since the last active day", "距最近活跃日天数"),
    "acts_30": Text("Active days, last 30", "近 30 天活跃天数"),
    "acts_90": Text("Active days, last 90", "近 90 天活跃天数"),
    "acts_trend": Text("Activity against the 90 days before", "活跃度较前 90 天变化"),
    "tenure_years": Text("Years as a customer", "客户年限"),
    "balance": Text("Balance (log)", "余额（对数）"),
    "balance_1m": Text("Balance against a month before", "余额较上月变化"),
    "balance_3m": Text("Balance against three months before", "余额较 3 个月前变化"),
    "balance_6m": Text("Balance against six months before", "余额较 6 个月前变化"),
    "falling_months": Text("Months of falling balance, last 6", "近 6 个月余额下降月数"),
    "salary_ago_days": Text("Days since salary or pension", "距最近代发工资或养老金天数"),
    "salary_stopped": Text("Salary or pension has stopped", "代发工资或养老金已中断"),
    "failures_92": Text("Failed app events, last 3 months", "近 3 个月失败事件数"),
    "complaints_153": Text("Complaints, last 5 months", "近 5 个月投诉次数"),
    "app_days_30": Text("App days, last 30", "近 30 天使用 APP 天数"),
    "term_ended_ago_days": Text("Days since a term deposit ended", "距定期存款结束天数"),
    "term_lapsed": Text("A term deposit ended and was not renewed", "定期存款到期未续"),
    "accounts_open": Text("Open accounts", "未销户账户数"),
    "closed_182": Text("Accounts closed, last 6 months", "近 6 个月销户数"),
}  # fmt: skip
FAR_DAYS = 400.0


def read(scope: Scope, keys: pl.DataFrame) -> pl.DataFrame:
    """customer_key and the signals of the customers in `keys` (customer_key, idle_days, acts_30,
    acts_90, acts_before, opened_on), in their order; every value is a number."""
    found = keys.select(
        "customer_key", "idle_days", "acts_30", "acts_90",
        acts_trend=((pl.col("acts_90") + 1) / (pl.col("acts_before") + 1)).log(),
        tenure_years=(pl.lit(scope.as_of) - pl.col("opened_on")).dt.total_days() / 365.25)  # fmt: skip
    for part in (_balances(scope), _salary(scope), _events(scope), _accounts(scope)):
        if part is not None:
            found = found.join(part, on="customer_key", how="left", maintain_order="left")
    far = [c for c in ("salary_ago_days", "term_ended_ago_days") if c in found.columns]
    return found.with_columns(pl.col(far).fill_null(FAR_DAYS)).with_columns(
        pl.exclude("customer_key").cast(pl.Float64).fill_null(0.0))  # fmt: skip


def guard(scope: Scope) -> None:
    """Refuse rows dated after the scope's day: the cut that all signals rely on must hold."""
    for table, column in (
        ("transactions", "happened_at"),
        ("balances", "balance_on"),
        ("events", "happened_at"),
    ):
        newest = scope.query(
            f"SELECT max({column})::DATE AS d FROM {table}", step="leak guard"
        ).item()
        if newest is not None and newest > scope.as_of:
            raise UserError(Text(f"A feature would see {table} dated after {scope.as_of}: refused.",
                                 f"特征将用到 {scope.as_of} 之后的数据（{table}），已拒绝。"), "leak")  # fmt: skip


def _balances(scope: Scope) -> pl.DataFrame | None:
    """Month ends of the last seven months, what is owed left out, held against the newest."""
    if not scope.data.has("balances.balance"):
        return None
    return scope.query("""
        WITH newest AS (SELECT max(balance_on) AS d FROM balances),
        monthly AS (
            SELECT customer_key, datediff('month', balance_on, d) AS ago,
                   sum(greatest(balance, 0))::DOUBLE AS held
            FROM (SELECT customer_key, coalesce(account_key, -1) AS a, balance_on, balance,
                         row_number() OVER (PARTITION BY customer_key, account_key, product,
                                            date_trunc('month', balance_on)
                                            ORDER BY balance_on DESC, balance DESC) AS nth
                  FROM balances WHERE balance_on > $since AND customer_key IS NOT NULL), newest
            WHERE nth = 1 GROUP BY ALL),
        steps AS (SELECT *, ln(held + 100) AS level,
                         ln(held + 100) - lag(ln(held + 100)) OVER (PARTITION BY customer_key ORDER BY ago DESC) AS step
                  FROM monthly WHERE ago <= 6)
        SELECT customer_key, coalesce(max(level) FILTER (ago = 0), ln(100)) AS balance,
               coalesce(max(level) FILTER (ago = 0) - max(level) FILTER (ago = 1), 0) AS balance_1m,
               coalesce(max(level) FILTER (ago = 0) - max(level) FILTER (ago = 3), 0) AS balance_3m,
               coalesce(max(level) FILTER (ago = 0) - max(level) FILTER (ago = 6), 0) AS balance_6m,
               count(*) FILTER (step < -0.02) AS falling_months
        FROM steps GROUP BY customer_key
        """, step="balance signals", since=scope.as_of - timedelta(days=240))  # fmt: skip


def _salary(scope: Scope) -> pl.DataFrame | None:
    named = name_sql(scope)
    if named.startswith("NULL"):
        return None
    names = scope.query(f"SELECT DISTINCT {named} AS name FROM transactions", step="names")[
        "name"
    ].drop_nulls()
    paid = [n for n in names.to_list() if is_salary(n)]
    if not paid:
        return None
    return scope.query(f"""
        WITH paid AS (SELECT customer_key, $as_of - max(happened_at::DATE) AS ago, count(*) AS n
                      FROM transactions WHERE list_contains($paid, {named}) AND customer_key IS NOT NULL
                        AND happened_at >= $since AND amount > 0 GROUP BY 1)
        SELECT customer_key, least(ago, {FAR_DAYS}) AS salary_ago_days,
               (ago > 35 AND n >= 2)::INTEGER AS salary_stopped FROM paid
        """, step="salary signals", paid=sorted(paid), as_of=scope.as_of,
        since=scope.as_of - timedelta(days=300))  # fmt: skip


def _events(scope: Scope) -> pl.DataFrame | None:
    if not scope.data.has("events.event"):
        return None
    return scope.query("""
        SELECT customer_key,
               count(*) FILTER (happened_at >= $since_92 AND regexp_matches(
                   lower(coalesce(result::VARCHAR, '') || ' ' || event::VARCHAR), 'fail|error|失败|错误')) AS failures_92,
               count(*) FILTER (regexp_matches(lower(event::VARCHAR), 'complain|投诉')) AS complaints_153,
               count(DISTINCT happened_at::DATE) FILTER (happened_at >= $since_30) AS app_days_30
        FROM events WHERE happened_at >= $since_153 AND customer_key IS NOT NULL GROUP BY customer_key
        """, step="event signals", since_30=scope.as_of - timedelta(days=29),
        since_92=scope.as_of - timedelta(days=91), since_153=scope.as_of - timedelta(days=152))  # fmt: skip


def _accounts(scope: Scope) -> pl.DataFrame | None:
    """Closings and ended term deposits known by that day; a later closing date is not looked at."""
    if not scope.data.rows("accounts"):
        return None
    return scope.query(f"""
        WITH own AS (SELECT *, least(CASE WHEN closed_on <= $as_of THEN closed_on END,
                                     CASE WHEN matures_on <= $as_of THEN matures_on END) AS ended_on
                     FROM accounts WHERE customer_key IS NOT NULL AND coalesce(opened_on <= $as_of, true)),
        told AS (SELECT o.*, matures_on IS NOT NULL AND ended_on IS NOT NULL AS term_ended,
                        EXISTS (SELECT 1 FROM own n WHERE n.customer_key = o.customer_key
                                AND n.account_key <> o.account_key AND n.matures_on IS NOT NULL
                                AND n.opened_on BETWEEN o.ended_on - 7 AND o.ended_on + 30) AS again FROM own o)
        SELECT customer_key,
               least($as_of - max(ended_on) FILTER (term_ended), {FAR_DAYS}) AS term_ended_ago_days,
               coalesce(bool_or(term_ended AND NOT again AND ended_on > $as_of - 153), false)::INTEGER AS term_lapsed,
               count(*) FILTER (closed_on IS NULL OR closed_on > $as_of) AS accounts_open,
               count(*) FILTER (closed_on <= $as_of AND closed_on > $as_of - 182) AS closed_182
        FROM told GROUP BY customer_key
        """, step="account signals", as_of=scope.as_of)  # fmt: skip
