"""The result of the anomalies view: flags, cases, and the tables that summarise them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies import digits, drill, kept, labels, ranking, samples, scan, summaries
from analytics.anomalies.params import AnomalyParams
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
        digits: digit, movements, share, expected_share.
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
    digits: pl.DataFrame
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
        everyone = _everyone(scope, base, params.by)
        ranked = ranking.rank(scope, population, params, base, everyone)
        first_digits = _digits(scope, base)
        counts = base.answers.ask(scope, "counts", lambda: _counts(scope, base, everyone))
        board = _board(scope, base, population, params, ranked.cases, everyone)
        sql = scope.sql()
    on_list = ranking.listed(params)
    scored = ranked.cases.select("customer_key", "score", listed=on_list)
    flags, cases = ranked.flags.filter(on_list), ranked.cases.filter(on_list)
    rules, unflagged = (
        summaries.listed_rules(ranked.rules, flags),
        samples.unlisted(ranked.sample, on_list),
    )
    flags, cases = flags.select(summaries.FLAG_COLUMNS), cases.select(summaries.CASE_COLUMNS)
    facts = Provenance(as_of, population, data.fingerprint, sql, counts | _listed(scored))
    return AnomalyResult(
        provenance=facts, params=params, customers=everyone, scored=scored, unusual=ranked.unusual,
        currency=data.currency, timed=base.ledger.timed, flags=flags, cases=cases, rules=rules,
        unflagged=unflagged, **first_digits, **board,
        **_changes(data, params, as_of, population, cases))  # fmt: skip


def _digits(scope: Scope, base: Ground) -> dict[str, Any]:
    """First digits of all movements, and of the accounts that have enough."""
    counted = base.answers.ask(scope, "digits", lambda: digits.counted(base.ledger))
    shares = base.answers.ask(scope, "digit shares", lambda: digits.shares(counted))
    accounts = base.answers.ask(scope, "account digits", lambda: digits.accounts(
        scope, digits.counted_accounts(base.ledger)))  # fmt: skip
    return {
        "digits_of": counted,
        "digits": shares,
        "accounts": accounts if accounts.height else None,
    }


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


def _counts(scope: Scope, base: Ground, everyone: pl.DataFrame) -> dict[str, int]:
    """Denominators that no parameter changes."""
    book = base.ledger
    starts = base.answers.ask(scope, "days", lambda: samples.day_starts(book))
    return {"customers": everyone.height, "customers_with_baseline": int((~np.isnan(book.usual)).sum()),
            "movements": len(book.second), "movements_judged": int(book.judged.sum()),
            "movements_leaving": int(book.leaving.sum()), "customer_days": len(starts)}  # fmt: skip


def _listed(scored: pl.DataFrame) -> dict[str, int]:
    """Cases, those left out, and the customers of the others."""
    on_list = scored["customer_key"].filter(scored["listed"])
    return {"cases": scored.height, "cases_over_capacity": scored.height - len(on_list),
            "customers_flagged": on_list.n_unique()}  # fmt: skip


def members(result: AnomalyResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    return drill.behind(result, table, row)


def tables(result: AnomalyResult) -> Mapping[str, pl.DataFrame]:
    """The result's tables by name, the main one first; summaries are made when asked for."""
    optional = [name for name in OPTIONAL if getattr(result, name) is not None]
    grouped = GROUPED if result.params.by is not None else ()
    names = (*FIXED, *optional, *grouped)
    return Tables({NAMES.get(name, name): partial(getattr, result, name) for name in names})
