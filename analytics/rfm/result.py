"""The RFM result: scored customers, and the tables that summarise them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.rfm import activity, drill, scores, segment_map, summaries
from analytics.rfm.kinds import Kinds
from analytics.rfm.params import RfmParams
from analytics.rfm.scores import MEASURES, goodness


@dataclass(frozen=True)
class RfmResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from; `counts` holds the denominators and exclusions.
        params: as given.
        customers: customers at as_of, one row each: customer_id, seen, frequency, balance, group,
            and for those with activity recency_days, monetary, r, f, m, segment (else null); in
            the order of customer_id.
        kinds: which transactions were counted.
        balance_source: `balances`, `transactions` or None where no balance is known.
        currency: three letters, or None.
        rfm: customer_id, recency_days, frequency, monetary, r, f, m, segment, balance; best first.
        grid: r, f, customers, share (of those with activity), median_monetary, balance.
        segments: segment, customers, share, balance, and medians of R, F and M.
        cuts: measure, score, customers, share, from_value, to_value, cut_at (the value that just
            earns the score, null for score 1), tied_across_cut (customers).
        distribution: measure, bin, from_value, to_value, customers, open_ended (the last bin also
            holds everything above it).
        coverage: who has a score and who has not: status, customers, share.
        breakdown: group, segment, customers, share (within the group), rest_share (within all
            other customers), difference; None without `by`.
        groups: group, customers, with_activity, and medians; None without `by`.
    """

    provenance: Provenance
    params: RfmParams
    customers: pl.DataFrame
    kinds: Kinds
    balance_source: str | None
    currency: str | None
    rfm: pl.DataFrame
    grid: pl.DataFrame
    segments: pl.DataFrame
    cuts: pl.DataFrame
    distribution: pl.DataFrame
    coverage: pl.DataFrame
    breakdown: pl.DataFrame | None = None
    groups: pl.DataFrame | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts


def compute(data: Dataset, params: RfmParams, as_of: date,
            population: Population = EVERYBODY) -> RfmResult:  # fmt: skip
    """Score the customers of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        facts = activity.read(scope, population, params)
        sql = scope.sql()
    customers = score(facts.customers, params, as_of)
    scored = customers.filter(pl.col("r").is_not_null())
    segments = [rule.name for rule in segment_map.parse(params.segments, params.scores)]
    cuts = summaries.cuts(scored, params)
    by_group = {} if params.by is None else {
        "breakdown": summaries.breakdown(scored, segments), "groups": summaries.groups(customers)}  # fmt: skip
    coverage = summaries.coverage(customers)
    counts = {"customers": customers.height, "with_activity": scored.height,
              "without_activity": customers.height - scored.height, **facts.counts}  # fmt: skip
    return RfmResult(
        provenance=Provenance(as_of, population, data.fingerprint, sql, counts),
        params=params, customers=customers, kinds=facts.kinds, currency=data.currency,
        balance_source=facts.balance_source, rfm=summaries.best_first(scored),
        grid=summaries.grid(scored), segments=summaries.segments(scored, segments), cuts=cuts,
        distribution=summaries.distribution(scored), coverage=coverage, **by_group)  # fmt: skip


def score(customers: pl.DataFrame, params: RfmParams, as_of: date) -> pl.DataFrame:
    """Add recency_days, r, f, m, segment and whether ties straddle a cut (r_tied, ...).

    All of them are null, and so is monetary, where a customer has no active day.
    """
    active = pl.col("frequency") > 0
    frame = customers.with_columns(
        recency_days=pl.when(active).then(pl.lit(as_of) - pl.col("last_day")).dt.total_days().cast(pl.Int32),
        monetary=pl.when(active).then(pl.col("monetary")))  # fmt: skip
    scored = frame.filter(active)
    scored = scored.with_columns(
        [s for measure in MEASURES for s in _scores(scored, measure, params)]
    )
    scored = scored.with_columns(segment=_segment(params))
    added = [c for c in scored.columns if c not in frame.columns]
    return frame.join(scored.select("customer_key", *added), on="customer_key", how="left",
                      maintain_order="left")  # fmt: skip


def _scores(frame: pl.DataFrame, measure: str, params: RfmParams) -> list[pl.Series]:
    """A measure's score and whether it was decided among ties, named `r` and `r_tied`."""
    short = MEASURES[measure][1]
    values = goodness(frame, measure)
    if params.cuts == "percentile":
        score, tied = scores.by_percentile(values, params.scores)
        return [score.alias(short), tied.alias(f"{short}_tied")]
    cut_offs = params.cut_offs(f"{measure}_cuts")
    if measure == "recency":
        cut_offs = [-cut for cut in reversed(cut_offs)]
    score = scores.by_cut_offs(values.cast(pl.Float64), cut_offs)
    return [score.alias(short), pl.Series(f"{short}_tied", [False]).new_from_index(0, len(score))]


def _segment(params: RfmParams) -> pl.Expr:
    """The first rule of the map that fits a customer's scores."""
    chosen = pl.lit(segment_map.OTHER)
    for rule in reversed(segment_map.parse(params.segments, params.scores)):
        fits = pl.lit(True)
        for measure, (low, high) in rule.ranges.items():
            fits = fits & pl.col(measure).is_between(low, high)
        chosen = pl.when(fits).then(pl.lit(rule.name)).otherwise(chosen)
    return chosen


def members(result: RfmResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    return drill.behind(result.customers, tables(result), table, row)


def tables(result: RfmResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    names = ["rfm", "segments", "grid", "cuts", "distribution", "coverage"]
    if result.breakdown is not None:
        names += ["breakdown", "groups"]
    return {name: getattr(result, name) for name in names}
