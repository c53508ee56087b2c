"""The RFM result: scored customers, and the tables that summarise them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, partial
from itertools import product
from typing import Any

import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.rfm import activity, drill, scores, segment_map, summaries
from analytics.rfm.kinds import Kinds
from analytics.rfm.params import RfmParams
from analytics.rfm.scores import MEASURES, goodness
from analytics.tables import Tables


@dataclass(frozen=True, kw_only=True)
class RfmResult:
    """Every number the page, the headline and the charts show; a table is made when first asked for.

    Args:
        provenance: where it comes from; `counts` holds the denominators and exclusions.
        params: as given.
        people: customers at as_of, one row each, in the order of customer_id: customer_key,
            customer_id, seen, balance and, with a breakdown, group.
        scored: those with activity, in the same order, with frequency, last_day, monetary,
            recency_days, r, f, m, segment, and whether ties straddle a cut (r_tied, ...).
        kinds: which transactions were counted.
        balance_source: `balances`, `transactions` or None where no balance is known.
        currency: three letters, or None.
    """

    provenance: Provenance
    params: RfmParams
    people: pl.DataFrame
    scored: pl.DataFrame
    kinds: Kinds
    balance_source: str | None
    currency: str | None

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts

    @property
    def segment_names(self) -> list[str]:
        """The segments in the order of the map."""
        return [rule.name for rule in segment_map.parse(self.params.segments, self.params.scores)]

    @cached_property
    def customers(self) -> pl.DataFrame:
        """`people` with the columns of `scored`; frequency is 0 and the rest null without activity."""
        added = [c for c in self.scored.columns if c not in self.people.columns]
        joined = self.people.join(self.scored.select("customer_key", *added), on="customer_key",
                                  how="left", maintain_order="left")  # fmt: skip
        return joined.with_columns(pl.col("frequency").fill_null(0))

    @cached_property
    def rfm(self) -> pl.DataFrame:
        """customer_id, recency_days, frequency, monetary, r, f, m, segment, balance; best first."""
        return summaries.best_first(self.scored)

    @cached_property
    def grid(self) -> pl.DataFrame:
        """r, f, customers, share (of those with activity), median_monetary, balance."""
        return summaries.grid(self.scored)

    @cached_property
    def segments(self) -> pl.DataFrame:
        """segment, customers, share, balance, and medians of R, F and M."""
        return summaries.segments(self.scored, self.segment_names)

    @cached_property
    def cuts(self) -> pl.DataFrame:
        """measure, score, customers, share, from_value, to_value, cut_at, tied_across_cut.

        `cut_at` is the value that just earns the score, null for score 1.
        """
        return pl.concat(list(self.cuts_of.values()))

    @cached_property
    def cuts_of(self) -> Mapping[str, pl.DataFrame]:
        """`cuts` by measure, each made when it is asked for: the page draws one at a time."""
        return Tables({measure: partial(summaries.cuts_of, self.scored, measure, self.params)
                       for measure in MEASURES})  # fmt: skip

    @cached_property
    def distribution(self) -> pl.DataFrame:
        """measure, bin, from_value, to_value, customers, open_ended (it holds all above it too)."""
        return pl.concat(list(self.bins_of.values()))

    @cached_property
    def bins_of(self) -> Mapping[str, pl.DataFrame]:
        """`distribution` by measure, each made when it is asked for."""
        return Tables({measure: partial(summaries.bins_of, self.scored, measure)
                       for measure in MEASURES})  # fmt: skip

    @cached_property
    def coverage(self) -> pl.DataFrame:
        """Who has a score and who has not: status, customers, share."""
        return summaries.coverage(self.customers)

    @cached_property
    def breakdown(self) -> pl.DataFrame | None:
        """group, segment, customers, share (within the group), rest_share, difference; or None."""
        if self.params.by is None:
            return None
        return summaries.breakdown(self.scored, self.segment_names)

    @cached_property
    def groups(self) -> pl.DataFrame | None:
        """group, customers, with_activity, and medians; None without `by`."""
        return None if self.params.by is None else summaries.groups(self.customers)


def compute(data: Dataset, params: RfmParams, as_of: date,
            population: Population = EVERYBODY) -> RfmResult:  # fmt: skip
    """Score the customers of `population` as known at the end of `as_of`."""
    with data.scope(as_of, population, params.by) as scope:
        facts = activity.read(scope, population, params)
        sql = scope.sql()
    scored = score(facts.people, facts.active, params, as_of)
    counts = {"customers": facts.people.height, "with_activity": scored.height,
              "without_activity": facts.people.height - scored.height, **facts.counts}  # fmt: skip
    return RfmResult(
        provenance=Provenance(as_of, population, data.fingerprint, sql, counts), params=params,
        people=facts.people, scored=scored, kinds=facts.kinds, currency=data.currency,
        balance_source=facts.balance_source)  # fmt: skip


def score(people: pl.DataFrame, active: pl.DataFrame, params: RfmParams, as_of: date
          ) -> pl.DataFrame:  # fmt: skip
    """The people with activity, with recency_days, r, f, m, segment and the ties (r_tied, ...)."""
    found = people.join(active, on="customer_key", maintain_order="left")
    scored = found.with_columns(
        recency_days=(pl.lit(as_of) - pl.col("last_day")).dt.total_days().cast(pl.Int32)
    )
    scored = scored.with_columns(
        [s for measure in MEASURES for s in _scores(scored, measure, params)])  # fmt: skip
    return scored.with_columns(segment=_segments(scored, params))


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


def _segments(scored: pl.DataFrame, params: RfmParams) -> pl.Series:
    """The first rule of the map that fits a customer's scores, looked up once per triple of scores."""
    base = params.scores + 1
    names = _names_by_triple(params.segments, params.scores)
    return names.gather((scored["r"] * base + scored["f"]) * base + scored["m"])


@lru_cache(maxsize=16)
def _names_by_triple(segments: str, scores: int) -> pl.Series:
    """The segment of every r, f, m from 0 to `scores`, m running fastest."""
    rules = segment_map.parse(segments, scores)
    triples = [dict(zip("rfm", one, strict=True)) for one in product(range(scores + 1), repeat=3)]
    return pl.Series([segment_map.first_fit(rules, one) for one in triples], dtype=pl.String)


def members(result: RfmResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one) of a table."""
    return drill.behind(result.customers, tables(result), table, row)


def tables(result: RfmResult) -> Mapping[str, pl.DataFrame]:
    """The result's tables by name, the main one first; each is made when it is asked for."""
    names = ["rfm", "segments", "grid", "cuts", "distribution", "coverage"]
    if result.params.by is not None:
        names += ["breakdown", "groups"]
    return Tables({name: partial(getattr, result, name) for name in names})
