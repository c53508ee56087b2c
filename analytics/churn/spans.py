"""What every customer did in every span of one month, counted back from the scope's day.

Span 0 holds the month that ends with that day, span 1 the month before, and so on; from a month's last
day they are the calendar months. A landmark (a day from which is foretold) lies at the end of a span,
so that each table is read once for all landmarks, and nothing dated after a landmark is in the spans
that it looks at. Why months and not thirty days: salaries, rents and statements come by the month, and
at every landmark they are then as long ago as at the day from which is foretold.

Movements are netted per customer and day first: both legs of a move between own accounts vanish.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from analytics.dataset import Scope
from analytics.features.names import is_salary, product_class
from analytics.lifecycle import balances
from analytics.lifecycle.days import EPOCH, name_sql
from analytics.text import Text, UserError

Array = np.ndarray
MONTH_DAYS = 30  # about
MOVEMENTS = (
    "net",
    "money_in",
    "largest_out",
    "transfers",
    "transferred",
    "put_by",
    "put_by_sum",
    "salary_day",
)
TRANSFER = r"transfer|remit|wire|\bach\b|sepa|prevod|转账|转出|汇款|汇出|跨行"
OWN_MOVE = r"own|internal|between|本人|行内|自有|内部"
PUT_BY = OWN_MOVE + r"|saving|wealth|\bfunds?\b|invest|subscri|理财|基金|申购|定存|存单"
EVENTS = ("failures", "complaints", "complaint_day", "app_days", "app_day")
CONTACTS = ("contacts", "clicks")


@dataclass(frozen=True)
class Spans:
    """What happened, per span and customer.

    Args:
        as_of: the end of span 0.
        keys: customer keys, rising, shape (customers,).
        of: name -> values, shape (spans, customers); only what the extract knows is there. `held` is
            the balance last known by the end of the span, what is owed left out; `salary_day`,
            `complaint_day` and `app_day` are the last such days in days since 1970, 0 for none.
        newest: table -> the latest day read into each span, in days since 1970, shape (spans,).
        accounts: place of the customer, whether a deposit, and opened, closed, matures in days since
            1970; None without accounts.
    """

    as_of: date
    keys: Array
    of: Mapping[str, Array]
    newest: Mapping[str, Array]
    accounts: pl.DataFrame | None

    @property
    def epoch(self) -> date:
        """Day 0 of every day number."""
        return EPOCH

    def day(self, span: int) -> date:
        """The last day of a span."""
        return span_end(self.as_of, span)


def span_end(as_of: date, span: int) -> date:
    """The last day of a span: the same day of the month so many months before, or the month's last.

    >>> [span_end(date(2024, 3, 31), k).isoformat() for k in (0, 1)]
    ['2024-03-31', '2024-02-29']
    >>> span_end(date(2024, 4, 30), 1), span_end(date(2024, 3, 30), 1), span_end(date(2024, 1, 5), 1)
    (datetime.date(2024, 3, 31), datetime.date(2024, 2, 29), datetime.date(2023, 12, 5))
    """
    months = as_of.year * 12 + as_of.month - 1 - span
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(_month_day(as_of), monthrange(year, month)[1]))


def _month_day(as_of: date) -> int:
    """The day of the month on which spans end; 31 for the last day of any."""
    return 31 if (as_of + timedelta(days=1)).day == 1 else as_of.day


def read(scope: Scope, keys: Array, spans: int) -> Spans:
    """Read `spans` spans of the customers in `keys` (rising)."""
    of: dict[str, Array] = {}
    newest: dict[str, Array] = {}
    since = span_end(scope.as_of, spans) + timedelta(days=1)
    parts = (("transactions", MOVEMENTS, _movements), ("events", EVENTS, _events), ("contacts", CONTACTS, _contacts))  # fmt: skip
    for table, names, query in parts:
        rows = query(scope, since)
        if rows is not None:
            of |= _spread(rows, names, keys, spans)
            newest[table] = _newest(rows, spans)
    held = _held(scope, keys, spans)
    if held is not None:
        of["held"] = held
    return Spans(scope.as_of, keys, of, newest, _accounts(scope, keys))


def guard(spans: Spans, span: int) -> None:
    """Refuse rows dated after the end of a span that its landmark would look at."""
    day = spans.day(span)
    limit = (day - EPOCH).days
    for table, newest in spans.newest.items():
        if newest[span:].max(initial=0) > limit:
            raise UserError(Text(f"A feature would see {table} dated after {day}: refused.",
                                 f"特征将用到 {day} 之后的数据（{table}），已拒绝。"), "leak")  # fmt: skip


def _span_sql(moment: str, as_of: date) -> str:
    """The span of a moment; see `span_end`."""
    ends = f"least({_month_day(as_of)}, day(last_day({moment}::DATE)))"
    return f"(datediff('month', {moment}::DATE, $as_of::DATE) - (day({moment}) > {ends})::INTEGER)"


def _movements(scope: Scope, since: date) -> pl.DataFrame:
    """Netted movements, outgoing transfers, and the last day of a salary or pension."""
    named = name_sql(scope)
    names = [] if named.startswith("NULL") else scope.query(
        f"SELECT DISTINCT {named} AS name FROM transactions", step="names")["name"].drop_nulls().to_list()  # fmt: skip
    paid = sorted(n for n in names if is_salary(n))
    moved = sorted(n for n in names if _is_transfer(n))
    kept = sorted(n for n in names if _is_put_by(n))
    return scope.query(f"""
        WITH told AS (
            SELECT customer_key, happened_at::DATE AS day, amount,
                   amount < 0 AND coalesce(list_contains($moved::VARCHAR[], {named}), false) AS transfer,
                   amount < 0 AND coalesce(list_contains($kept::VARCHAR[], {named}), false) AS put_by,
                   amount > 0 AND coalesce(list_contains($paid::VARCHAR[], {named}), false) AS salary
            FROM transactions WHERE customer_key IS NOT NULL AND happened_at >= $since),
        daily AS (
            SELECT customer_key, day, sum(amount)::DOUBLE AS net, bool_or(salary) AS salary,
                   count(*) FILTER (transfer) AS transfers, count(*) FILTER (put_by) AS put_by,
                   coalesce(-sum(amount) FILTER (put_by), 0)::DOUBLE AS put_by_sum,
                   coalesce(-sum(amount) FILTER (transfer), 0)::DOUBLE AS transferred
            FROM told GROUP BY 1, 2)
        SELECT customer_key, {_span_sql("day", scope.as_of)} AS span, max(day) - DATE '1970-01-01' AS newest,
               sum(net) AS net, sum(greatest(net, 0)) AS money_in, max(greatest(-net, 0)) AS largest_out,
               sum(transfers) AS transfers, sum(transferred) AS transferred, sum(put_by) AS put_by,
               sum(put_by_sum) AS put_by_sum, coalesce(max(day) FILTER (salary) - DATE '1970-01-01', 0) AS salary_day
        FROM daily GROUP BY 1, 2
        """, step="movements per month", as_of=scope.as_of, since=since, paid=paid, moved=moved, kept=kept)  # fmt: skip


def _is_transfer(name: str) -> bool:
    """Whether a kind of movement sends money to others (or other banks).

    >>> [_is_transfer(n) for n in ("transfer_out", "own_transfer", "他行转账", "purchase")]
    [True, False, True, False]
    """
    words = name.replace("_", " ").lower()
    return bool(re.search(TRANSFER, words)) and not re.search(OWN_MOVE, words)


def _is_put_by(name: str) -> bool:
    """Whether a kind of movement puts money by: into another account of one's own, or investments.

    >>> [_is_put_by(n) for n in ("own_transfer", "wealth_buy", "转存定存", "purchase", "refund")]
    [True, True, True, False, False]
    """
    return bool(re.search(PUT_BY, name.replace("_", " ").lower()))


def _events(scope: Scope, since: date) -> pl.DataFrame | None:
    """Failures, complaints and days with an event; a span's days are the bits of one number."""
    if not scope.data.has("events.event"):
        return None
    names = scope.query(
        "SELECT DISTINCT event::VARCHAR AS a, result::VARCHAR AS b FROM events", step="event names"
    )
    failed = names.filter(pl.concat_str("a", pl.lit(" "), pl.col("b").fill_null("")).str.to_lowercase()
                          .str.contains("fail|error|失败|错误"))  # fmt: skip
    complains = names.filter(pl.col("a").str.to_lowercase().str.contains("complain|投诉"))
    return scope.query(f"""
        SELECT customer_key, {_span_sql("happened_at", scope.as_of)} AS span,
               max(happened_at)::DATE - DATE '1970-01-01' AS newest,
               count(*) FILTER (list_contains($failed, event::VARCHAR || chr(31) || coalesce(result::VARCHAR, ''))) AS failures,
               count(*) FILTER (list_contains($complains, event::VARCHAR)) AS complaints,
               coalesce(max(happened_at::DATE) FILTER (list_contains($complains, event::VARCHAR))
                        - DATE '1970-01-01', 0) AS complaint_day,
               max(happened_at)::DATE - DATE '1970-01-01' AS app_day,
               bit_count(bit_or(1::BIGINT << day(happened_at)::INTEGER)) AS app_days
        FROM events WHERE customer_key IS NOT NULL AND happened_at >= $since GROUP BY 1, 2
        """, step="events per month", as_of=scope.as_of, since=since,
        failed=failed.select(pl.concat_str("a", pl.lit("\x1f"), pl.col("b").fill_null(""))).to_series().to_list(),
        complains=complains["a"].unique().sort().to_list())  # fmt: skip


def _contacts(scope: Scope, since: date) -> pl.DataFrame | None:
    if not scope.data.rows("contacts"):
        return None
    sent, clicked = (_span_sql(moment, scope.as_of) for moment in ("sent_at", "clicked_at"))
    return scope.query(f"""
        SELECT customer_key, {sent} AS span, max(sent_at)::DATE - DATE '1970-01-01' AS newest,
               count(*) AS contacts,
               count(*) FILTER (clicked_at IS NOT NULL AND {clicked} >= {sent}) AS clicks
        FROM contacts WHERE customer_key IS NOT NULL AND sent_at >= $since GROUP BY 1, 2
        """, step="contacts per month", as_of=scope.as_of, since=since)  # fmt: skip


def _spread(
    rows: pl.DataFrame, names: tuple[str, ...], keys: Array, spans: int
) -> dict[str, Array]:
    """One array per name, 0 where a customer did nothing in a span."""
    span, place, inside = _cells(rows, keys, spans)
    found = {}
    for name in names:
        values = np.zeros((spans, len(keys)), np.float32)
        values[span, place] = rows[name].to_numpy()[inside]
        found[name] = values
    return found


def _cells(rows: pl.DataFrame, keys: Array, spans: int) -> tuple[Array, Array, Array]:
    """Span and customer of every row that has both, and which rows these are."""
    owner, span = rows["customer_key"].to_numpy(), rows["span"].to_numpy()
    place = np.searchsorted(keys, owner)
    inside = (place < len(keys)) & (span >= 0) & (span < spans)
    inside[inside] = keys[place[inside]] == owner[inside]
    return span[inside], place[inside], inside


def _newest(rows: pl.DataFrame, spans: int) -> Array:
    newest = np.zeros(spans, np.int64)
    span = rows["span"].to_numpy()
    inside = (span >= 0) & (span < spans)
    np.maximum.at(newest, span[inside], rows["newest"].to_numpy()[inside])
    return newest


def _held(scope: Scope, keys: Array, spans: int) -> Array | None:
    """Balance last known by the end of each span, debts left out, shape (spans, customers)."""
    ends = [span_end(scope.as_of, s) for s in range(spans)][::-1]
    found = balances.read(scope, ends)
    if found is None:
        return None
    kept = np.maximum(found.amount, 0)
    per = balances.AccountBalances(found.source, found.accounts, kept, found.known).by_place(keys)
    return (per[::-1] / balances.UNIT).astype(np.float32)


def _accounts(scope: Scope, keys: Array) -> pl.DataFrame | None:
    """Accounts of the customers with what was known of each; days in days since 1970."""
    if not scope.data.rows("accounts"):
        return None
    rows = scope.query("""
        SELECT customer_key, product::VARCHAR AS product, opened_on - DATE '1970-01-01' AS opened,
               closed_on - DATE '1970-01-01' AS closed, matures_on - DATE '1970-01-01' AS matures
        FROM accounts WHERE customer_key IS NOT NULL ORDER BY customer_key, account_key
        """, step="accounts")  # fmt: skip
    owed = [
        n for n in rows["product"].unique().drop_nulls() if product_class(n) in ("loan", "card")
    ]
    rows = rows.with_columns(place=pl.Series(np.searchsorted(keys, rows["customer_key"].to_numpy())),
                             deposit=~pl.col("product").is_in(owed).fill_null(False))  # fmt: skip
    return rows.filter(pl.col("customer_key").is_in(keys.tolist()))
