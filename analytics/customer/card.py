"""The facts of one customer: profile, accounts, months, events, and where each analysis puts it.

`find` turns what a person typed into a customer of the dataset. `card` gathers the facts up to the
end of `as_of`, in the run's currency. The card is the one place where single rows of one customer
are looked at; chart data holds monthly sums only and never an id, and no card enters a story.

Balance at a month's end: the sum over the customer's accounts of the last balance dated in that
month; without balances, of the balance after the last movement so far (carried forward until the
account closes). `balance_from` says which.

Speed: rows are sorted by customer, so each question reads one short range of the file (a few
milliseconds at ten million transactions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import polars as pl

from analytics.dataset import Dataset, Scope
from analytics.registry import Analysis
from analytics.schema import TABLES
from analytics.text import Text, UserError

RECENT_DAYS = 90
BalanceSource = Literal["balances", "balance_after"]


class Fact(NamedTuple):
    """One line of a profile; a value or title `from_data` is shown through safe_label."""

    title: Text
    value: Any
    from_data: bool


@dataclass(frozen=True, kw_only=True)
class CustomerCard:
    """What is known of one customer up to the end of the day `as_of`.

    Args:
        customer_id: the id as in the extract; shown and exported by the egress gate only.
        as_of: the day of the card.
        listed: whether the customers extract names this customer.
        profile: canonical columns and attributes that have a value.
        accounts: account_id, product, product_group, opened_on, closed_on, matures_on, rate,
            currency; oldest first.
        months: month (first day), money_in (>= 0), money_out (<= 0), net, movements, balance
            (None where unknown); every month from the first to `as_of`.
        balance_from: where the balance comes from; None if it is not known.
        recent_kinds: kind, movements, total, last_day of the last `RECENT_DAYS` days.
        events: month, event, times.
        contacts: campaign, arm, contacts, seen, clicked, converted, last_day.
        currency: of every amount; None if the extract names none.
        fingerprint: of the dataset.
        sql: every statement that was run, for "how this was computed".
    """

    customer_id: str
    as_of: date
    listed: bool
    profile: tuple[Fact, ...]
    accounts: pl.DataFrame
    months: pl.DataFrame
    balance_from: BalanceSource | None
    recent_kinds: pl.DataFrame
    events: pl.DataFrame
    contacts: pl.DataFrame
    currency: str | None
    fingerprint: str
    sql: str


class CustomerNotFoundError(UserError):
    """Nobody in the dataset has the id that was typed."""

    def __init__(self) -> None:
        super().__init__(
            Text("No customer has this id. Ids are compared as text, in full; check for missing "
                 "leading zeros or letters.",
                 "未找到该客户号。客户号按文本完整匹配，请核对前导零及字母。"), "no_customer")  # fmt: skip


def find(data: Dataset, customer_id: str) -> str:
    """The id of the dataset that a person's typing means; CustomerNotFoundError if there is none.

    It is the typed id itself, or else the only one that differs from it by leading zeros alone,
    which spreadsheets drop.
    """
    typed = customer_id.strip()
    exact = data.query("SELECT customer_id FROM customers WHERE customer_id = $id", id=typed)
    if exact.height:
        return str(exact.item(0, 0))
    near = data.query("""
        SELECT customer_id FROM customers WHERE ltrim(customer_id, '0') = ltrim($id, '0')
        LIMIT 2""", id=typed)  # fmt: skip
    if near.height != 1 or not typed.strip("0"):
        raise CustomerNotFoundError
    return str(near.item())


def card(data: Dataset, customer_id: str, as_of: date) -> CustomerCard:
    """The card of one customer, by its exact id (see `find`)."""
    with data.scope(as_of) as scope:
        who = scope.query("SELECT * FROM customers WHERE customer_id = $id",
                          step="customer", id=customer_id)  # fmt: skip
        if who.is_empty():
            raise CustomerNotFoundError
        row = who.row(0, named=True)
        key = row["customer_key"]
        source = _balance_source(data)
        return CustomerCard(
            customer_id=row["customer_id"], as_of=as_of, listed=row["listed"],
            profile=_profile(data, row), accounts=_accounts(scope, key),
            months=_months(scope, key, source), balance_from=source,
            recent_kinds=_recent_kinds(scope, key), events=_events(scope, key),
            contacts=_contacts(scope, key), currency=data.currency, fingerprint=data.fingerprint, sql=scope.sql())  # fmt: skip


def standing(analysis: Analysis, result: Any, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    """Where one analysis puts this customer: per table of its result, the customer's own rows."""
    found = {}
    for name, frame in analysis.tables(result).items():
        if "customer_id" in frame.columns:
            rows = frame.filter(pl.col("customer_id") == customer_id).drop("customer_id")
            if rows.height:
                found[name] = rows.to_dicts()
    return found


def _profile(data: Dataset, row: Mapping[str, Any]) -> tuple[Fact, ...]:
    facts = []
    for column in TABLES["customers"].columns:
        value = row[column.name]
        if value is None or column.name == "customer_id":
            continue
        known = (column.values or {}).get(str(value))
        from_data = known is None and column.kind == "category"
        facts.append(Fact(column.title, value if known is None else known, from_data))
    attributes = data.manifest["tables"].get("customers", {}).get("attributes", {})
    facts += [Fact(Text(title, title), row[name], True) for name, title in attributes.items()
              if row.get(name) is not None]  # fmt: skip
    return tuple(facts)


def _accounts(scope: Scope, key: int) -> pl.DataFrame:
    return scope.query("""
        SELECT account_id, product, product_group, opened_on, closed_on, matures_on, rate, currency
        FROM accounts WHERE customer_key = $key AND (opened_on IS NULL OR opened_on <= $as_of)
        ORDER BY opened_on NULLS LAST, account_id""", step="accounts", key=key, as_of=scope.as_of)  # fmt: skip


def _balance_source(data: Dataset) -> BalanceSource | None:
    if data.has("balances"):
        return "balances"
    return "balance_after" if data.has("transactions.balance_after") else None


def _months(scope: Scope, key: int, source: BalanceSource | None) -> pl.DataFrame:
    flows = scope.query("""
        SELECT date_trunc('month', happened_at)::DATE AS month,
               coalesce(sum(amount) FILTER (amount > 0), 0)::DECIMAL(18,4) AS money_in,
               coalesce(sum(amount) FILTER (amount < 0), 0)::DECIMAL(18,4) AS money_out,
               coalesce(sum(amount), 0)::DECIMAL(18,4) AS net, count(*)::INTEGER AS movements
        FROM transactions WHERE customer_key = $key GROUP BY 1""", step="flows", key=key)  # fmt: skip
    balance = _balances(scope, key, source)
    seen = pl.concat([flows["month"], balance["month"]])
    first = min(seen.to_list(), default=scope.as_of.replace(day=1))
    every = pl.DataFrame({"month": pl.date_range(first, scope.as_of, "1mo", eager=True)})
    joined = every.join(flows, on="month", how="left").join(balance, on="month", how="left")
    zero = pl.col("money_in", "money_out", "net", "movements").fill_null(0)
    return joined.with_columns(zero).sort("month")


# Balances that are dated: (holder, day, balance); and how long one of them stays true.
_SOURCES: Mapping[BalanceSource, tuple[str, str]] = {
    "balances": (
        """SELECT (account_key, product, currency) AS holder, account_key, balance_on AS day,
                  sum(balance) AS balance
           FROM balances WHERE customer_key = $key GROUP BY ALL""",
        "date_trunc('month', d.day) = m.month"),
    "balance_after": (
        """SELECT account_key AS holder, account_key, happened_at::DATE AS day,
                  arg_max(balance_after, (happened_at, coalesce(transaction_id, '')))
                      FILTER (balance_after IS NOT NULL) AS balance
           FROM transactions WHERE customer_key = $key GROUP BY ALL HAVING balance IS NOT NULL""",
        "(a.closed_on IS NULL OR a.closed_on >= m.last_day)"),
}  # fmt: skip


def _balances(scope: Scope, key: int, source: BalanceSource | None) -> pl.DataFrame:
    if source is None:
        return pl.DataFrame(schema={"month": pl.Date, "balance": pl.Decimal(18, 4)})
    dated, holds = _SOURCES[source]
    return scope.query(f"""
        WITH dated AS ({dated}),
        months AS (
            SELECT unnest(range((SELECT date_trunc('month', min(day)) FROM dated)::TIMESTAMP,
                                $after::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS month,
                   last_day(month) AS last_day),
        held AS (SELECT DISTINCT holder, account_key FROM dated)
        SELECT m.month, sum(d.balance)::DECIMAL(18,4) AS balance
        FROM (SELECT * FROM months, held) m
        ASOF JOIN dated d ON d.holder = m.holder AND d.day <= m.last_day
        LEFT JOIN accounts a ON a.account_key = m.account_key
        WHERE {holds} GROUP BY 1""", step="balances", key=key,
        after=scope.as_of + timedelta(days=1))  # fmt: skip


def _recent_kinds(scope: Scope, key: int) -> pl.DataFrame:
    return scope.query("""
        SELECT kind, count(*)::INTEGER AS movements, sum(amount)::DECIMAL(18,4) AS total,
               max(happened_at)::DATE AS last_day
        FROM transactions WHERE customer_key = $key AND happened_at >= $since::DATE
        GROUP BY 1 ORDER BY movements DESC, kind""", step="recent kinds", key=key,
        since=scope.as_of - timedelta(days=RECENT_DAYS - 1))  # fmt: skip


def _events(scope: Scope, key: int) -> pl.DataFrame:
    return scope.query("""
        SELECT date_trunc('month', happened_at)::DATE AS month, event, count(*)::INTEGER AS times
        FROM events WHERE customer_key = $key GROUP BY 1, 2 ORDER BY 1, times DESC, event""",
        step="events", key=key)  # fmt: skip


def _contacts(scope: Scope, key: int) -> pl.DataFrame:
    return scope.query("""
        SELECT campaign, arm, count(*)::INTEGER AS contacts, count(seen_at)::INTEGER AS seen,
               count(clicked_at)::INTEGER AS clicked, count(converted_at)::INTEGER AS converted,
               max(sent_at)::DATE AS last_day
        FROM contacts WHERE customer_key = $key GROUP BY 1, 2 ORDER BY last_day DESC, campaign""",
        step="contacts", key=key)  # fmt: skip
