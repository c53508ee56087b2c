"""Sequences of few states: from steps, or the deposit state of every month.

Deposit states at a month's end, the first that fits: `term` an open term deposit; `withdrawing` the
balance fell by `withdrawn_share` or more since the month before; `large`, `small`, `none` by the sum
of the last balances of all accounts.

Why "lost" is a state only for those who are: a customer last seen yesterday has not ended; to treat
the end of the data as the end of the customer would make everybody leave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from analytics.chains.params import ChainParams
from analytics.dataset import Population, Scope
from analytics.memo import remember
from analytics.patterns import Events
from analytics.sequences import builder
from analytics.sequences.builder import DAY_US, Log, Sequences, microseconds
from analytics.text import Text, UserError

DEPOSIT = ("none", "small", "large", "withdrawing", "term")
OTHER, LOST = "…", "(lost)"


@dataclass(frozen=True)
class Chain:
    """Sequences of states, and where they come from.

    Args:
        built: the sequences, `(lost)` appended to those who are.
        log: every step as it was read; its alphabet may be larger.
        params: how the sequences were built.
    """

    built: Sequences
    log: Log
    params: ChainParams

    def recoded(self, events: Events) -> Events:
        """Steps in the codes of the log as the states of this chain."""
        names = {name: code for code, name in enumerate(self.built.alphabet)}
        other = names.get(OTHER, -1)
        place = np.array([names.get(name, other) for name in self.log.alphabet], np.int64)
        return replace(events, item=place[events.item], n_items=len(names))


def read(scope: Scope, population: Population, params: ChainParams, lost_days: int | None = None
         ) -> Chain:  # fmt: skip
    """The sequences of states, with `(lost)` appended to those idle for `lost_days`."""
    if params.chain == "deposit":
        asked = ("deposit", params.large_balance, params.small_balance, params.withdrawn_share)
        log = remember(scope, population, params.by, asked, lambda: _deposit(scope, params))
        params = replace(params, collapse=False, unit="customer")
        built = builder.build(log, params, scope.as_of)
    else:
        log = builder.read_log(scope, population, params)
        built = _few(builder.build(log, params, scope.as_of), params.max_states)
    if lost_days is not None and params.unit == "customer" and built.events.n:
        built = _with_lost(built, scope.as_of, lost_days)
    return Chain(built, log, params)


def _few(built: Sequences, most: int) -> Sequences:
    """The most frequent steps stay, the others become one."""
    events = built.events
    counts = np.bincount(events.item, minlength=len(built.alphabet))
    if (counts > 0).sum() <= most:
        return built
    kept = np.sort(np.argsort(-counts, kind="stable")[: most - 1])
    place = np.full(len(counts), len(kept))
    place[kept] = np.arange(len(kept))
    names = (*(built.alphabet[k] for k in kept), OTHER)
    return replace(
        built, events=replace(events, item=place[events.item], n_items=len(names)), alphabet=names
    )


def _with_lost(built: Sequences, as_of: date, lost_days: int) -> Sequences:
    events = built.events
    last = np.searchsorted(events.sequence, np.arange(events.n), side="right") - 1
    edge = microseconds(as_of) + DAY_US - lost_days * DAY_US
    gone = np.flatnonzero(events.time[last] < edge)
    if not len(gone):
        return built
    code, at = len(built.alphabet), last[gone] + 1
    return replace(built, alphabet=(*built.alphabet, LOST), events=Events(
        np.insert(events.sequence, at, gone), np.insert(events.item, at, code),
        np.insert(events.time, at, events.time[last[gone]] + lost_days * DAY_US), events.n, code + 1))  # fmt: skip


def _deposit(scope: Scope, params: ChainParams) -> Log:
    if not scope.data.has("balances.balance"):
        raise UserError(Text("chain = deposit needs balances; this extract has none. Take chain = steps.",
                             "chain = deposit 需要余额数据，本数据没有；请改用 chain = steps。"), "chain")  # fmt: skip
    columns = [c for c in ("product", "product_group") if scope.data.has(f"accounts.{c}")]
    is_term = (
        " OR ".join(f"regexp_matches({c}, '(?i)(^|[^a-z])term|fixed|定期|存单')" for c in columns)
        or "false"
    )
    rows = scope.query(f"""
        WITH monthly AS (
            SELECT customer_key, coalesce(account_key, -1) AS account, date_trunc('month', balance_on)::DATE AS month,
                   arg_max(balance, ROW(balance_on, balance)) AS balance
            FROM balances WHERE customer_key IS NOT NULL GROUP BY ALL),
        total AS (SELECT customer_key, month, sum(balance)::DOUBLE AS balance FROM monthly GROUP BY ALL),
        term AS (
            SELECT DISTINCT t.customer_key, t.month FROM total t JOIN accounts a USING (customer_key)
            WHERE ({is_term}) AND coalesce(a.opened_on <= last_day(t.month), true)
              AND coalesce(a.closed_on > last_day(t.month), true)),
        moved AS (
            SELECT *, lag(balance) OVER (PARTITION BY customer_key ORDER BY month) AS before FROM total)
        SELECT m.customer_key, epoch_us(last_day(m.month)::TIMESTAMP) AS moment,
               CASE WHEN x.customer_key IS NOT NULL THEN 4
                    WHEN before >= $small AND m.balance <= before * (1 - $fall) THEN 3
                    WHEN m.balance >= $large THEN 2 WHEN m.balance >= $small THEN 1 ELSE 0 END AS code
        FROM moved m LEFT JOIN term x USING (customer_key, month) ORDER BY 1, 2""", step="deposit states",
        small=params.small_balance, large=params.large_balance, fall=params.withdrawn_share)  # fmt: skip
    keys, customer = np.unique(rows["customer_key"].to_numpy(), return_inverse=True)
    return Log(builder.customers_of(scope, keys, params.by), customer, rows["code"].to_numpy().astype(np.int64),
               rows["moment"].to_numpy(), DEPOSIT, {})  # fmt: skip


def months_of(time: np.ndarray) -> pl.Series:
    """The calendar month of moments in microseconds, as its first day."""
    return pl.Series("month", time).cast(pl.Datetime("us")).dt.truncate("1mo").dt.date()
