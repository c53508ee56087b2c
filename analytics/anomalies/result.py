"""The result of the anomalies view: flags, cases, and the tables that summarise them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies import drill, found, models, reasons, scan, summaries
from analytics.anomalies.found import Found
from analytics.anomalies.params import AnomalyParams
from analytics.anomalies.scan import Ground
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.memo import remember

PROFILE = "profile"


@dataclass(frozen=True)
class AnomalyResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from; `counts` holds the denominators and exclusions.
        params: as given.
        customers: customers with a movement: customer_key, customer_id, group (with a breakdown).
        digits_of: first digit of every movement's amount with its customer_key.
        currency: three letters, or None.
        flags: customer_id, transaction_id, kind, score (of the case), reason, reason_zh, day,
            happened_at, amount, usual, limit (what would not have been flagged), probability,
            flag_score, peer_percentile; best first.
        cases: customer_id, day, score, kinds (joined by ` + `), flags, place (on its day), reason,
            reason_zh; best first.
        rules: kind, incidents, by_chance, tests, probability, customers, movements; most first.
        days: month, day_of_month, day, cases, customers (the last twelve months).
        months: month, cases, customers.
        scores: bins of the case score: from_value, to_value, cases, customers.
        profiles: customer_id, ensemble and its three parts, driver; most unusual first.
        digits: digit, movements, share, expected_share.
        breakdown, groups: with `by`: flagged customers per kind and group.
    """

    provenance: Provenance
    params: AnomalyParams
    customers: pl.DataFrame
    digits_of: pl.DataFrame
    currency: str | None
    flags: pl.DataFrame
    cases: pl.DataFrame
    rules: pl.DataFrame
    days: pl.DataFrame
    months: pl.DataFrame
    scores: pl.DataFrame
    profiles: pl.DataFrame
    digits: pl.DataFrame
    breakdown: pl.DataFrame | None = None
    groups: pl.DataFrame | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts


def compute(data: Dataset, params: AnomalyParams, as_of: date,
            population: Population = EVERYBODY) -> AnomalyResult:  # fmt: skip
    """Judge the movements of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        base = scan.ground(scope, population)
        unusual = remember(scope, population, None, ("anomaly profiles", params.seed),
                           lambda: models.profiles(base.ledger, base.sizes.excess, params.seed))  # fmt: skip
        rules = [*scan.run(scope, population, params, base), *_profile(base, unusual, params)]
        everyone = remember(scope, population, params.by, "anomaly customers",
                            lambda: _customers(scope, params.by))  # fmt: skip
        flags = scan.score(rules)
        all_cases = scan.cases(flags).with_columns(place=pl.int_range(1, pl.len() + 1).over("day"))
        kept = all_cases.filter(pl.col("place") <= params.capacity)
        flags = _named(scope, flags.join(kept.select("customer_key", "day", case_score="score"),
                                         on=["customer_key", "day"]))  # fmt: skip
        sql = scope.sql()
    flags = reasons.explained(flags, base, data.currency).join(everyone, on="customer_key")
    flags = summaries.flags(flags)
    cases = summaries.cases(kept, flags, everyone)
    digits_of = summaries.digits_of(base.ledger)
    counts = _counts(base, everyone, all_cases, kept)
    by_group = {} if params.by is None else {
        "breakdown": summaries.breakdown(flags, everyone), "groups": summaries.groups(flags, everyone)}  # fmt: skip
    return AnomalyResult(
        provenance=Provenance(as_of, population, data.fingerprint, sql, counts), params=params,
        customers=everyone, digits_of=digits_of, currency=data.currency, flags=flags, cases=cases,
        rules=summaries.rules(rules, flags), days=summaries.days(cases, as_of),
        months=summaries.months(cases), scores=summaries.scores(cases),
        profiles=summaries.profiles(unusual, everyone), digits=summaries.digits(digits_of),
        **by_group)  # fmt: skip


def _profile(base: Ground, unusual: pl.DataFrame, params: AnomalyParams) -> list[Found]:
    """The most unusual customers by all models, each at the largest of its movements."""
    wanted = int(np.ceil(params.profiles * unusual.height / 1000))
    if PROFILE not in params.kinds or not unusual.height:
        return []
    top = unusual.head(wanted)
    book = base.ledger
    at = [int(b + np.abs(book.amount[b:e]).argmax())
          for b, e in ((book.begin[w], book.begin[w + 1]) for w in top["who"])]  # fmt: skip
    frame = found.rows(PROFILE, book, np.array(at, int), 1.0, top["ensemble"].to_numpy(),
                       0.0, 0.0, count=top["who"].to_numpy())  # fmt: skip
    return [Found(PROFILE, frame, unusual.height, float(top.height))]


def _customers(scope: Scope, by: str | None) -> pl.DataFrame:
    group = ', g.group_name AS "group"' if by else ""
    join = "LEFT JOIN customer_groups g USING (customer_key)" if by else ""
    return scope.query(f"""
        SELECT c.customer_key, c.customer_id{group}
        FROM customers c SEMI JOIN transactions t USING (customer_key) {join}
        ORDER BY c.customer_key""", step="customers with a movement")  # fmt: skip


def _named(scope: Scope, flags: pl.DataFrame) -> pl.DataFrame:
    """Flags with the id of their transaction, null where the extract has none."""
    if not scope.data.has("transactions.transaction_id") or flags.is_empty():
        return flags.with_columns(transaction_id=pl.lit(None, pl.String))
    wanted = flags.select("customer_key", "second", "amount").unique()
    scope.cursor.register("flag_frame", wanted.to_arrow())
    ids = scope.query("""
        SELECT f.customer_key, f.second, f.amount, min(t.transaction_id) AS transaction_id
        FROM transactions t JOIN flag_frame f ON t.customer_key = f.customer_key
         AND epoch(t.happened_at)::BIGINT = f.second AND t.amount::DOUBLE = f.amount
        GROUP BY ALL""", step="ids of the flagged movements")  # fmt: skip
    return flags.join(ids, on=["customer_key", "second", "amount"], how="left",
                      maintain_order="left")  # fmt: skip


def _counts(
    base: Ground, everyone: pl.DataFrame, cases: pl.DataFrame, kept: pl.DataFrame
) -> dict[str, int]:
    book = base.ledger
    return {"customers": everyone.height, "customers_with_baseline": int((~np.isnan(book.usual)).sum()),
            "movements": len(book.second), "movements_judged": int(book.judged.sum()),
            "movements_leaving": int(book.leaving.sum()), "cases": cases.height,
            "cases_over_capacity": cases.height - kept.height,
            "customers_flagged": kept["customer_key"].n_unique()}  # fmt: skip


def members(result: AnomalyResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    return drill.behind(result, table, row)


def tables(result: AnomalyResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    names = ["flags", "cases", "rules", "days", "months", "scores", "profiles", "digits"]
    if result.breakdown is not None:
        names += ["breakdown", "groups"]
    return {name: getattr(result, name) for name in names}
