"""The result of the anomalies view: flags, cases, and the tables that summarise them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies import digits, drill, kept, labels, peers, samples, scan, summaries
from analytics.anomalies.params import AnomalyParams
from analytics.anomalies.peers import Peers
from analytics.anomalies.scan import Ground
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.evaluation import Board
from analytics.tables import Tables

FIXED = ("flags", "cases", "rules", "days", "months", "scores", "profiles", "digits", "unflagged")
OPTIONAL = ("accounts", "changes", "board_table")
GROUPED = ("breakdown", "groups", "group_digits")
NAMES = {"scores": "score_bins", "accounts": "account_digits", "board_table": "board"}


@dataclass(frozen=True)
class AnomalyResult:
    """Every number the page, the headline and the charts show; summaries are made when first asked for.

    Args:
        provenance: where it comes from; `counts` holds the denominators and exclusions.
        params: as given.
        customers: customers with a movement: customer_key, customer_id, group (with a breakdown).
        digits_of: movements by customer_key, magnitude and first digit.
        scored: every case, listed or not: customer_key, score, listed.
        unusual: how unusual every customer's habits are (see `models.profiles`).
        currency: three letters, or None.
        timed: whether the extract knows the hour; without it bursts and nights are not looked for.
        flags: customer_id, transaction_id, kind, score (of the case), reason, reason_zh, day,
            happened_at, amount, usual, limit (what would not have been flagged), probability,
            flag_score, peer_percentile; best first.
        cases: customer_id, day, score, kinds (joined by ` + `), flags, place (on its day), reason,
            reason_zh; best first.
        rules: kind, incidents, by_chance, tests, probability, p, customers, movements; most first.
        unflagged: a random sample of customer-days not listed: customer_id, day, movements, largest, usual.
        accounts: accounts whose first digits conform least, or None where none is suited.
        changes: with `compare_days`: cases new since then, and those no longer listed.
        labelled: customer_id, score, outcome where outcomes came with the extract.
        board, board_table: how well the score tells them, and its best shares.
    """

    provenance: Provenance
    params: AnomalyParams
    customers: pl.DataFrame
    digits_of: pl.DataFrame
    scored: pl.DataFrame
    unusual: pl.DataFrame
    currency: str | None
    timed: bool
    flags: pl.DataFrame
    cases: pl.DataFrame
    rules: pl.DataFrame
    unflagged: pl.DataFrame
    accounts: pl.DataFrame | None = None
    changes: pl.DataFrame | None = None
    labelled: pl.DataFrame | None = None
    board: Board | None = None
    board_table: pl.DataFrame | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts

    @cached_property
    def days(self) -> pl.DataFrame:
        """day, cases, customers, month, day_of_month of the last twelve months; the latest first."""
        return summaries.days(self.cases, self.provenance.as_of)

    @cached_property
    def months(self) -> pl.DataFrame:
        """month, cases, customers, new_customers."""
        return summaries.months(self.cases)

    @cached_property
    def scores(self) -> pl.DataFrame:
        """Bins of the case score: from_value, to_value, cases (listed), left_out, customers."""
        return summaries.scores(self.scored)

    @cached_property
    def profiles(self) -> pl.DataFrame:
        """customer_id, ensemble and its three parts, driver; most unusual first."""
        return summaries.profiles(self.unusual, self.customers)

    @cached_property
    def digits(self) -> pl.DataFrame:
        """digit, movements, share, expected_share."""
        return digits.shares(self.digits_of)

    @cached_property
    def breakdown(self) -> pl.DataFrame | None:
        """Flagged customers per kind and group; None without `by`."""
        return summaries.breakdown(self.flags, self.customers) if self.params.by else None

    @cached_property
    def groups(self) -> pl.DataFrame | None:
        """Every group's customers, and how many are flagged; None without `by`."""
        return summaries.groups(self.flags, self.customers) if self.params.by else None

    @cached_property
    def group_digits(self) -> pl.DataFrame | None:
        """How each group's first digits conform; None without `by`."""
        if self.params.by is None:
            return None
        of_group = self.digits_of.join(
            self.customers.select("customer_key", "group"), on="customer_key"
        )
        return digits.judged(of_group, "group")


def compute(data: Dataset, params: AnomalyParams, as_of: date,
            population: Population = EVERYBODY) -> AnomalyResult:  # fmt: skip
    """Judge the movements of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        base = scan.ground(scope, population)
        among = peers_of(scope, population, base, params)
        rules = scan.run(scope, params, base, among)
        unusual = scan.profiles(scope, base, params, among)
        everyone = _everyone(scope, base, params.by)
        all_cases = scan.cases(found := scan.score(rules)).with_columns(
            place=pl.int_range(1, pl.len() + 1).over("day"))  # fmt: skip
        all_cases = all_cases.with_columns(
            listed=(pl.col("place") <= params.capacity) & (pl.col("score") >= params.cut))  # fmt: skip
        listed = all_cases.filter("listed")
        flags = _named(scope, base, found.join(listed.select("customer_key", "day", case_score="score"),
                                               on=["customer_key", "day"]))  # fmt: skip
        numbers = base.answers.ask(scope, "digits", lambda: digits.counted(base.ledger))
        accounts = base.answers.ask(scope, "account digits", lambda: digits.accounts(
            scope, digits.counted_accounts(base.ledger)))  # fmt: skip
        starts = base.answers.ask(scope, "days", lambda: samples.day_starts(base.ledger))
        drawn = base.answers.ask(scope, ("sample", params.seed), lambda: samples.drawn(
            base.ledger, starts, params.seed))  # fmt: skip
        board = _board(scope, base, population, params, all_cases, everyone)
        sql = scope.sql()
    flags = summaries.flags(flags.join(everyone, on="customer_key"))
    cases = summaries.cases(listed, flags, everyone)
    counts = _counts(base, everyone, all_cases, len(starts))
    unflagged = samples.unlisted(drawn, listed)
    return AnomalyResult(
        provenance=Provenance(as_of, population, data.fingerprint, sql, counts), params=params,
        customers=everyone, digits_of=numbers, scored=all_cases.select("customer_key", "score", "listed"),
        unusual=unusual, currency=data.currency, timed=base.ledger.timed, flags=flags, cases=cases,
        rules=summaries.rules(rules, flags), unflagged=summaries.unflagged(unflagged, everyone),
        accounts=accounts if accounts.height else None,
        **_changes(data, params, as_of, population, cases),
        **board)  # fmt: skip


def peers_of(scope: Scope, population: Population, base: Ground, params: AnomalyParams) -> Peers:
    """With whom each customer is compared under these parameters."""
    group = params.peers
    if group is None:
        return peers.everybody(base.ledger, base.sizes)

    def work() -> Peers:
        named = peers.read(scope.data, scope.as_of, population, group)
        return peers.by_group(base.ledger, base.sizes, named)

    return work() if kept.changeable(group) else base.answers.ask(scope, ("peers", group), work)


def _everyone(scope: Scope, base: Ground, by: str | None) -> pl.DataFrame:
    def work() -> pl.DataFrame:
        return _customers(scope, by)

    return work() if kept.changeable(by) else base.answers.ask(scope, ("customers", by), work)


def _changes(data: Dataset, params: AnomalyParams, as_of: date, population: Population,
             cases: pl.DataFrame) -> dict[str, Any]:  # fmt: skip
    """The list held against that of `compare_days` before."""
    if params.compare_days is None:
        return {}
    plain = replace(params, compare_days=None, by=None, label=None)
    before = compute(data, plain, as_of - timedelta(days=params.compare_days), population)
    return {"changes": summaries.changes(cases, before.cases)}


def _board(scope: Scope, base: Ground, population: Population, params: AnomalyParams,
           cases: pl.DataFrame, everyone: pl.DataFrame) -> dict[str, Any]:  # fmt: skip
    """How well the scores tell known outcomes; capacity and cut change no score, nor does a breakdown."""

    def work() -> dict[str, Any]:
        outcomes = labels.known(scope.data, scope.as_of, population, params.label)
        if outcomes is None:
            return {}
        labelled = labels.scored(outcomes, cases, everyone)
        one = labels.board(labelled)
        return (
            {}
            if one is None
            else {"labelled": labelled, "board": one, "board_table": labels.table(one)}
        )

    if kept.changeable(params.label, params.peers):
        return work()
    plain = replace(params, capacity=1, cut=0.0, by=None, compare_days=None)
    return base.answers.ask(scope, ("board", plain), work)


def _customers(scope: Scope, by: str | None) -> pl.DataFrame:
    group = ', g.group_name AS "group"' if by else ""
    join = "LEFT JOIN customer_groups g USING (customer_key)" if by else ""
    return scope.query(f"""
        SELECT c.customer_key, c.customer_id{group}
        FROM customers c SEMI JOIN transactions t USING (customer_key) {join}
        ORDER BY c.customer_key""", step="customers with a movement")  # fmt: skip


def _named(scope: Scope, base: Ground, flags: pl.DataFrame) -> pl.DataFrame:
    """Flags with the id of their transaction, null where the extract has none; each looked up once."""
    if not scope.data.has("transactions.transaction_id") or flags.is_empty():
        return flags.with_columns(transaction_id=pl.lit(None, pl.String))
    key = ["customer_key", "second", "amount"]
    known = base.ids.get(
        "ids", flags.select(key).clear().with_columns(transaction_id=pl.lit(None, pl.String))
    )
    fresh = flags.select(key).unique().join(known, on=key, how="anti")
    if fresh.height:
        scope.cursor.register("flag_frame", fresh.to_arrow())
        ids = scope.query("""
            SELECT f.customer_key, f.second, f.amount, min(t.transaction_id) AS transaction_id
            FROM transactions t JOIN flag_frame f ON t.customer_key = f.customer_key
             AND epoch(t.happened_at)::BIGINT = f.second AND t.amount::DOUBLE = f.amount
            GROUP BY ALL""", step="ids of the flagged movements")  # fmt: skip
        known = pl.concat([known, ids])
        base.ids["ids"] = known
    return flags.join(known, on=key, how="left", maintain_order="left")


def _counts(base: Ground, everyone: pl.DataFrame, cases: pl.DataFrame, days: int) -> dict[str, int]:
    book = base.ledger
    listed = cases.filter("listed")
    return {"customers": everyone.height, "customers_with_baseline": int((~np.isnan(book.usual)).sum()),
            "movements": len(book.second), "movements_judged": int(book.judged.sum()),
            "movements_leaving": int(book.leaving.sum()), "customer_days": days, "cases": cases.height,
            "cases_over_capacity": cases.height - listed.height, "customers_flagged": listed["customer_key"].n_unique()}  # fmt: skip


def members(result: AnomalyResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    return drill.behind(result, table, row)


def tables(result: AnomalyResult) -> Mapping[str, pl.DataFrame]:
    """The result's tables by name, the main one first; summaries are made when asked for."""
    optional = [name for name in OPTIONAL if getattr(result, name) is not None]
    grouped = GROUPED if result.params.by is not None else ()
    names = (*FIXED, *optional, *grouped)
    return Tables({NAMES.get(name, name): partial(getattr, result, name) for name in names})
