"""The result of the sequences view, its tables, and the way back to customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.ragged import Array
from analytics.sequences import builder, compared, groups, mining
from analytics.sequences.builder import Sequences
from analytics.sequences.compared import Contrast
from analytics.sequences.holders import Pattern, trace
from analytics.sequences.params import MineParams
from analytics.text import Text, UserError


@dataclass(frozen=True)
class SequencesResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from; `counts` holds the denominators and exclusions.
        params: as given.
        built: the sequences mined; holds who is behind each.
        supports: every frequent pattern with the sequences that hold it.
        patterns: pattern, customers, sequences, support, low, high, length; best first.
        alphabet: token, steps, customers, share.
        rules: rule, antecedent, consequent, count, antecedent_count, support, confidence, lift,
            median_lag_days; highest lift first.
        compared: the comparison of two groups, or None where there is none to make.
        breakdown: pattern, group, customers, group_customers, share, rest_share, difference, low,
            high, p, q; None without `by`.
        groups: group, customers, steps; None without `by`.
    """

    provenance: Provenance
    params: MineParams
    built: Sequences
    supports: dict[Pattern, int]
    patterns: pl.DataFrame
    alphabet: pl.DataFrame
    rules: pl.DataFrame
    compared: Contrast | None
    breakdown: pl.DataFrame | None = None
    groups: pl.DataFrame | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts

    @property
    def contrast(self) -> pl.DataFrame:
        """The reported patterns of the comparison."""
        assert self.compared is not None
        return self.compared.table

    @property
    def scored(self) -> pl.DataFrame:
        """Customers whose latest steps hold a pattern of group a."""
        assert self.compared is not None
        return self.compared.scored


def compute(
    data: Dataset, params: MineParams, as_of: date, population: Population = EVERYBODY
) -> SequencesResult:
    """Mine the sequences of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        log = builder.read_log(scope, population, params)
        built = builder.build(log, params, as_of)
        found = compared.compute(scope, population, log, params)
        supports, customers = mining.frequent(scope, population, built, params)
        lags = mining.known_lags(scope, population, params)
        sql = scope.sql()
    patterns = mining.chosen(supports, built, params) if supports else []
    table = mining.pattern_table(built, supports, customers, patterns)
    by_group: dict[str, Any] = {}
    if params.by is not None:
        by_group = {
            "breakdown": groups.breakdown(built, patterns, params),
            "groups": groups.sizes(built),
        }
    counts = {**built.counts, "steps": len(built.events.item),
              "patterns": len(supports), "min_count": _least(built, params), **log.left_out,
              **({} if found is None else found.counts)}  # fmt: skip
    return SequencesResult(
        provenance=Provenance(as_of, population, data.fingerprint, sql, counts), params=params, built=built,
        supports=supports, patterns=table, alphabet=builder.alphabet_table(built),
        rules=mining.rule_table(built, supports, params, lags), compared=found, **by_group)  # fmt: skip


def _least(built: Sequences, params: MineParams) -> int:
    return mining.support_count(params.min_support, built.events.n) if built.events.n else 0


def tables(result: SequencesResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    found = {"patterns": result.patterns}
    if result.compared is not None:
        found["contrast"] = result.contrast
        if result.scored.height:
            found["scored"] = result.scored
    found |= {"rules": result.rules, "alphabet": result.alphabet}
    return found | groups.tables_of(result.breakdown, result.groups)


def members(result: SequencesResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    built, key = result.built, _KEYS.get(table, ())
    if not any(name in row for name in key):
        raise UserError(Text(f"No row of {table!r} is described; expected {', '.join(key) or ', '.join(_KEYS)}.",
                             f"未指明“{table}”的行；应包含 {', '.join(key)}。"), "row")  # fmt: skip
    if "customer_id" in row:
        return built.customers.filter(customer_id=row["customer_id"])["customer_id"]
    if table == "contrast" and result.compared is not None:
        return result.compared.holders(str(row["pattern"]), built.customers)
    ids = None
    if words := row.get("rule") or row.get("pattern") or row.get("token"):
        ids = built.ids(_holding(result, str(words)))
    if ids is None:
        ids = (
            built.ids(np.arange(built.events.n))
            if "group" in row
            else pl.Series("customer_id", [], pl.String)
        )
    return groups.of_group(built, ids, row)


_KEYS: Mapping[str, tuple[str, ...]] = {
    "patterns": ("pattern",), "contrast": ("pattern",), "scored": ("customer_id", "pattern"), "rules": ("rule",),
    "alphabet": ("token",), "breakdown": ("pattern", "group"), "groups": ("group",),
}  # fmt: skip


def _holding(result: SequencesResult, words: str) -> Array:
    """Sequences that hold the pattern (or rule, or step) written as in the tables."""
    words = words.replace(mining.LEADS_TO, mining.ARROW)
    for pattern in result.supports:
        if mining.spelled(pattern, result.built.alphabet) == words:
            return trace(result.built.events, pattern, mining.limits_of(result.params)).sequence
    events = result.built.events
    codes = [number for number, name in enumerate(result.built.alphabet) if name == words]
    return events.sequence[events.item == codes[0]] if codes else events.sequence[:0]
