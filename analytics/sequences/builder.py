"""From rows to sequences: what every customer did, step by step, as flat arrays.

A step (token) comes from events, transactions, openings and closings of products, or all of them.
Steps of a customer are ordered by time; those of the same moment by the code of their name, which
makes the answer the same for shuffled rows (no order is claimed: see `strict_time`).

Why a long history is cut by itself: with tens of millions of steps, reading and mining all of it
would take minutes and gigabytes. Beyond `most_steps` the last 365 days are read, and it is said.

Why two stages: the log holds every step of the alphabet and is remembered; collapsing, cutting into
sessions and choosing a window are cheap and work on its arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import Population, Scope
from analytics.memo import remember
from analytics.patterns import Events
from analytics.sequences.alphabet import parse_edits
from analytics.sequences.params import BuildParams
from analytics.text import Text, UserError

Array = np.ndarray
DAY_US = 86_400_000_000
MOST_STEPS_NAMES = 5000
LONG_HISTORY_DAYS = 365  # what is read of a history longer than `most_steps`
NAMES = {  # how a source writes each part of a step's name
    "events": {"kind": "event", "channel": "source", "page": "page", "result": "result"},
    "transactions": {"channel": "channel", "kind": "kind"},
}


@dataclass(frozen=True)
class Log:
    """Every step, sorted by (customer, time, name).

    Args:
        customers: customer_key, customer_id, group (null without a breakdown); who has a step.
        customer: row in `customers` of each step.
        item: code of each step's name.
        at: microseconds since 1970 in the dataset's own time.
        alphabet: names by code.
        left_out: rows without a customer, hidden, or before `since`.
        since: moment before which nothing was read; None is all history.
    """

    customers: pl.DataFrame
    customer: Array
    item: Array
    at: Array
    alphabet: tuple[str, ...]
    left_out: dict[str, int]
    since: int | None = None


@dataclass(frozen=True)
class Sequences:
    """Sequences ready to be mined; `owner` is the row in `customers` behind each sequence."""

    events: Events
    owner: Array
    customers: pl.DataFrame
    alphabet: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Customers and sequences, for a result's provenance."""
        return {"customers": len(np.unique(self.owner)), "sequences": self.events.n}

    def ids(self, sequences: Array) -> pl.Series:
        """Ids of the customers behind these sequences, each once, in the order of the id."""
        return self.customers["customer_id"].gather(np.unique(self.owner[sequences]))

    def customers_of(self, sequences: Array) -> int:
        """Different customers behind these sequences."""
        return len(np.unique(self.owner[sequences]))


def microseconds(day: date) -> int:
    """Midnight of a day as microseconds since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def sources(scope: Scope, asked: str) -> tuple[str, ...]:
    """The tables a run reads, `products` being the openings and closings of accounts."""
    held = [s for s, path in (("events", "events"), ("transactions", "transactions"),
                              ("products", "accounts.opened_on")) if scope.data.has(path)]  # fmt: skip
    if asked == "auto":
        return tuple(held[:1])
    chosen = tuple(held) if asked == "all" else tuple(s for s in held if s == asked)
    if not chosen:
        raise UserError(Text(f"The extract holds nothing for source = {asked}; it holds: {', '.join(held) or '-'}.",
                             f"数据中没有 source = {asked} 所需内容；现有：{'、'.join(held) or '无'}。"), "source")  # fmt: skip
    return chosen


def read_log(scope: Scope, population: Population, params: BuildParams) -> Log:
    """The steps inside the scope; remembered until what names a step changes."""
    asked = ("log", params.source, params.token, params.bands, params.alphabet, params.most_steps,
             params.lookback_days)  # fmt: skip
    return remember(scope, population, params.by, asked, lambda: _read(scope, params))


def _read(scope: Scope, params: BuildParams) -> Log:
    parts = [_select(scope, source, params) for source in sources(scope, params.source)]
    union = (
        " UNION ALL ".join(parts)
        or "SELECT NULL::INTEGER AS customer_key, NULL::TIMESTAMP AS moment, '' AS name WHERE false"
    )
    scope.execute(f"CREATE TEMP TABLE steps AS {union}", step="steps",
                  **({"as_of": scope.as_of} if "$as_of" in union else {}))  # fmt: skip
    found = scope.query("SELECT name, count(*) AS steps FROM steps WHERE customer_key IS NOT NULL GROUP BY name ORDER BY name",
                        step="alphabet")  # fmt: skip
    if found.height > MOST_STEPS_NAMES:
        raise UserError(Text(f"The chosen step has {found.height:,} different names; at most {MOST_STEPS_NAMES:,} can be told apart. Choose another token.",
                             f"所选步骤口径有 {found.height:,} 个不同名称，最多支持 {MOST_STEPS_NAMES:,} 个，请更换口径。"), "alphabet")  # fmt: skip
    since = None
    if found["steps"].sum() > params.most_steps:
        first = scope.as_of - timedelta(days=(params.lookback_days or LONG_HISTORY_DAYS) - 1)
        since = microseconds(first)
        scope.execute(
            "DELETE FROM steps WHERE moment < $first", step="the last days only", first=first
        )
    edits = parse_edits(params.alphabet)
    new = [edits.get(name, name) for name in found["name"]]
    alphabet = tuple(sorted({name for name in new if name is not None}))
    code = {name: number for number, name in enumerate(alphabet)}
    scope.execute("CREATE TEMP TABLE codes AS SELECT unnest($old) AS name, unnest($code) AS code", step="names",
                  old=found["name"].to_list() or [""], code=[code.get(n, -1) if n else -1 for n in new] or [-1])  # fmt: skip
    rows = scope.query("""SELECT customer_key, epoch_us(moment) AS moment, code FROM steps JOIN codes USING (name)
        WHERE customer_key IS NOT NULL AND code >= 0 ORDER BY customer_key, moment, code""", step="steps in order")  # fmt: skip
    before = int(found["steps"].sum()) - int(scope.query("SELECT count(*) FROM steps WHERE customer_key IS NOT NULL",
                                                         step="steps kept").item()) if since else 0  # fmt: skip
    hidden = sum(n for name, n in zip(new, found["steps"], strict=True) if name is None)
    ownerless = int(
        scope.query(
            "SELECT count(*) FROM steps WHERE customer_key IS NULL", step="steps without a customer"
        ).item()
    )
    keys, customer = np.unique(rows["customer_key"].to_numpy(), return_inverse=True)
    return Log(customers_of(scope, keys, params.by), customer, rows["code"].to_numpy(), rows["moment"].to_numpy(),
               alphabet, {"steps_hidden": hidden, "steps_without_customer": ownerless,
                           **({"steps_before": before} if since else {})}, since)  # fmt: skip


def customers_of(scope: Scope, keys: Array, by: str | None) -> pl.DataFrame:
    """customer_key, customer_id, group of these customers, in the order of the key."""
    group = 'g.group_name AS "group"' if by else 'NULL::VARCHAR AS "group"'
    join = "LEFT JOIN customer_groups g USING (customer_key)" if by else ""
    everyone = scope.query(f"SELECT customer_key, customer_id, {group} FROM customers {join} ORDER BY customer_key",
                           step="customers")  # fmt: skip
    kept = pl.DataFrame({"customer_key": pl.Series(keys, dtype=everyone.schema["customer_key"])})
    return kept.join(everyone, on="customer_key", how="left", maintain_order="left")


def _text(column: str) -> str:
    return f"nullif(trim({column}::VARCHAR), '')"


def _band(limits: list[float]) -> str:
    """SQL of a signed band of `amount`: `+1000-10000`, `-<1000`."""
    size, words = "abs(amount)", [f"{one:g}" for one in limits]
    cases = [f"WHEN {size} < {limits[0]!r} THEN '<{words[0]}'"]
    cases += [f"WHEN {size} < {high!r} THEN '{low_w}-{high_w}'" for high, low_w, high_w in
              zip(limits[1:], words, words[1:], strict=False)]  # fmt: skip
    return f"(CASE WHEN amount < 0 THEN '-' ELSE '+' END || CASE {' '.join(cases)} ELSE '>={words[-1]}' END)"


def _select(scope: Scope, source: str, params: BuildParams) -> str:
    """SQL of (customer_key, moment, name) of one source."""
    if source == "products":
        return _products(scope)
    known = NAMES[source]
    kind = "event" if source == "events" else _transaction_kind(scope)
    name: dict[str, str] = {"kind": _text(kind) if source == "events" else kind}
    for part, column in known.items():
        if part != "kind" and scope.data.has(f"{source}.{column}"):
            name[part] = _text(column)
    account = ""
    if source == "transactions":
        name["amount_band"] = name["band"] = _band(params.band_limits())
        if scope.data.has("accounts.product") and scope.data.has("transactions.account_id"):
            name["product"], account = (
                _text("a.product"),
                "LEFT JOIN accounts a USING (account_key)",
            )
    parts = [name[p] for p in ([params.token] if params.token == "amount_band" else params.token.split("_"))
             if p in name]  # fmt: skip
    called = f"nullif(concat_ws('/', {', '.join(parts)}), '')" if parts else "NULL"
    return (f"SELECT t.customer_key, happened_at AS moment, coalesce({called}, {name['kind']}, '?') AS name "
            f"FROM {source} t {account}")  # fmt: skip


def _transaction_kind(scope: Scope) -> str:
    columns = [_text(f"t.{c}") for c in ("kind", "category") if scope.data.has(f"transactions.{c}")]
    return f"coalesce({', '.join([*columns, '''CASE WHEN amount < 0 THEN 'debit' ELSE 'credit' END'''])})"


def _products(scope: Scope) -> str:
    product = next(
        (_text(c) for c in ("product", "product_group") if scope.data.has(f"accounts.{c}")),
        "'account'",
    )
    sides = [("opened_on", "open")] + (
        [("closed_on", "close")] if scope.data.has("accounts.closed_on") else []
    )
    return " UNION ALL ".join(
        f"SELECT customer_key, {day}::TIMESTAMP AS moment, coalesce({product}, 'account') || '_{word}' AS name "
        f"FROM accounts WHERE {day} <= $as_of" for day, word in sides)  # fmt: skip


def build(log: Log, params: BuildParams, as_of: date) -> Sequences:
    """Sequences of the look-back, one per customer or session that has a step in it."""
    since = (
        None
        if params.lookback_days is None
        else microseconds(as_of - timedelta(days=params.lookback_days - 1))
    )
    inside = np.ones(len(log.at), bool) if since is None else log.at >= since
    return arrange(log, inside, params)


def arrange(log: Log, inside: Array, params: BuildParams) -> Sequences:
    """The chosen steps as sequences: cut into sessions where asked, repeats collapsed."""
    customer, item, at = log.customer[inside], log.item[inside], log.at[inside]
    fresh = np.ones(len(customer), bool)
    fresh[1:] = customer[1:] != customer[:-1]
    if params.unit == "session":
        fresh[1:] |= np.diff(at) > params.session_minutes * 60_000_000
    sequence = np.cumsum(fresh) - 1
    if params.collapse:
        kept = fresh.copy()
        kept[1:] |= item[1:] != item[:-1]
        owner = customer[fresh]
        sequence, item, at = sequence[kept], item[kept], at[kept]
    else:
        owner = customer[fresh]
    events = Events(sequence, item.astype(np.int64), at, len(owner), len(log.alphabet))
    return Sequences(events, owner, log.customers, log.alphabet)


def alphabet_table(built: Sequences) -> pl.DataFrame:
    """token, steps, customers, share (of customers with a sequence); most customers first."""
    events, names = built.events, list(built.alphabet)
    steps = np.bincount(events.item, minlength=len(names))
    pairs = np.unique(events.item * (len(built.customers) + 1) + built.owner[events.sequence])
    customers = np.bincount(pairs // (len(built.customers) + 1), minlength=len(names))
    n = max(len(np.unique(built.owner)), 1)
    frame: dict[str, Any] = {
        "token": names,
        "steps": steps,
        "customers": customers,
        "share": customers / n,
    }
    return pl.DataFrame(frame, schema_overrides={"token": pl.String}).filter(pl.col("steps") > 0).sort(
        "customers", "steps", "token", descending=[True, True, False])  # fmt: skip
