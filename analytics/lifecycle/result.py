"""The lifecycle result: who stands where, how many moved, and what that leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance
from analytics.lifecycle import actions, balances, days, flows, forecast, schemes, threshold
from analytics.lifecycle.days import Calendar
from analytics.lifecycle.params import LifecycleParams
from analytics.lifecycle.schemes import Scheme
from analytics.lifecycle.stages import DORMANT, LOST, Rule, Snapshots, snapshots
from analytics.lifecycle.standing import standing
from analytics.memo import remember

Array = np.ndarray


@dataclass(frozen=True)
class LifecycleResult:
    """Every number the page, the headline and the charts show.

    Args:
        provenance: where it comes from; `counts` holds the denominators and exclusions.
        params: as given.
        calendar: customers and their active days.
        boundaries: month ends and as_of.
        codes: code in `names` (-1 not yet a customer), shape (boundaries, customers).
        scheme: names of the stages.
        currency: three letters, or None.
        balance_source: where balances come from, or None.
        opened_observable: whether anything says when customers joined.
        stages: customer_id, stage, idle_days, active_days, last_active_on, balance, contactable,
            hold_out; best first.
        actions: stage, action, customers, share, balance, contactable, moves_to, moved_share, low,
            high, expected_moves (of the contactable, within a month, without any action).
        stocks: month, stage, customers, share, balance, left_censored; latest month first.
        transitions: from_stage, to_stage, customer_months, from_customer_months, share, low, high,
            few (fewer than 20 to judge by).
        flows: month, from_stage, to_stage, customers; latest month first.
        forecast: kind (forecast, what_if, backtest), month, stage, customers, low, high, observed,
            balance.
        threshold: see `threshold.curve`.
        gaps: see `threshold.gaps`.
        breakdown: group, stage, customers, share, rest_share, difference; None without `by`.
    """

    provenance: Provenance
    params: LifecycleParams
    calendar: Calendar
    boundaries: list[date]
    codes: Array
    scheme: Scheme
    currency: str | None
    balance_source: str | None
    opened_observable: bool
    stages: pl.DataFrame
    actions: pl.DataFrame
    stocks: pl.DataFrame
    transitions: pl.DataFrame
    flows: pl.DataFrame
    forecast: pl.DataFrame
    threshold: pl.DataFrame
    gaps: pl.DataFrame
    breakdown: pl.DataFrame | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts


def compute(data: Dataset, params: LifecycleParams, as_of: date,
            population: Population = EVERYBODY) -> LifecycleResult:  # fmt: skip
    """Stages of the customers of `population` at `as_of` and at the month ends before it."""
    with data.scope(as_of, population, params.by) as scope:
        calendar = days.read(scope, population, params.by, params.kinds)
        ends = days.month_ends(as_of, params.months, calendar.first_day)
        known = remember(scope, population, None, ("lifecycle balances", tuple(ends)),
                         lambda: (balances.read(scope, ends),))[0]  # fmt: skip
        keys = calendar.people["customer_key"].to_numpy()
        held = None if known is None else remember(
            scope, population, None, ("lifecycle held", tuple(ends)), lambda: known.by_place(keys))  # fmt: skip
        at = np.array([days.number(d) for d in ends], np.int32)
        known_at = remember(scope, population, None, ("lifecycle standing", tuple(ends), params.kinds),
                            lambda: standing(calendar, at))  # fmt: skip
        silent, gaps = remember(scope, population, None, ("lifecycle silences", params.kinds),
                                lambda: (threshold.long_silences(calendar), threshold.gaps(calendar)))  # fmt: skip
        grid = remember(scope, population, None, ("lifecycle grid", params.kinds, params.returns_within_days),
                        lambda: threshold.curve(calendar, params.returns_within_days, threshold.GRID, silent))  # fmt: skip
        sql, source = scope.sql(), balances.source_of(scope)
    taken = snapshots(calendar, at, rule_of(params), known_at)
    own = threshold.curve(calendar, params.returns_within_days, (params.dormant_days,), silent)
    scheme = schemes.SCHEMES[params.scheme]
    codes = schemes.coded(params.scheme, taken, calendar, held)
    censored = _censored(ends, calendar, params)
    moved = flows.moves(codes, ends, censored, len(scheme.names))
    now = _now(calendar, taken, codes, scheme, held, params)
    return LifecycleResult(
        provenance=Provenance(as_of, population, data.fingerprint, sql, _counts(calendar, now, taken)),
        params=params, calendar=calendar, boundaries=ends, codes=codes, scheme=scheme,
        currency=data.currency, balance_source=source,
        opened_observable=bool(calendar.people["opening_known"].any()), stages=now,
        actions=actions.table(now, moved, scheme),
        stocks=_stocks(codes, ends, scheme.names, held, censored),
        transitions=flows.matrix(moved, scheme.names), flows=flows.by_month(moved, scheme.names),
        forecast=forecast.table(codes, moved, held, scheme, params, as_of),
        threshold=pl.concat([grid, own]).unique("threshold_days").sort("threshold_days"),
        gaps=gaps,
        breakdown=None if params.by is None else breakdown(now, calendar.people["group"]))  # fmt: skip


def rule_of(params: LifecycleParams) -> Rule:
    """The thresholds of the parameters."""
    return Rule(params.dormant_days, params.lost_days, params.reactivated_days, params.active_from,
                params.rule == "rhythm")  # fmt: skip


def _censored(ends: list[date], calendar: Calendar, params: LifecycleParams) -> Array:
    """Month ends too near the extract's start to see who was lost before it."""
    return np.array([d < calendar.first_day + timedelta(days=params.lost_days) for d in ends], bool)


def _counts(calendar: Calendar, now: pl.DataFrame, taken: Snapshots) -> dict[str, int]:
    return {
        "customers": calendar.size, "without_active_day": int((np.diff(calendar.start) == 0).sum()),
        "active_days": len(calendar.day), "dormant_or_lost": int(np.isin(taken.stage[-1], (DORMANT, LOST)).sum()),
        "transactions_counted": sum(calendar.kinds.counted.values()),
        "transactions_excluded_by_kind": sum(calendar.kinds.excluded.values()),
        "contactable": int(now["contactable"].sum()),
    }  # fmt: skip


def _now(calendar: Calendar, taken: Snapshots, codes: Array, scheme: Scheme, held: Array | None,
         params: LifecycleParams) -> pl.DataFrame:  # fmt: skip
    """One row per customer at as_of, best first."""
    last, n = taken.last[-1], calendar.size
    began = last >= calendar.start[:-1]
    day = calendar.day[np.maximum(last, 0)] if len(calendar.day) else np.zeros(n, np.int32)
    lots = np.random.default_rng(params.seed).random(n)
    consent = calendar.people["consent"]
    frame = pl.DataFrame({
        "customer_id": calendar.people["customer_id"],
        "stage": pl.Series(scheme.names, dtype=pl.String).gather(codes[-1]),
        "idle_days": pl.Series(taken.boundaries[-1] - day, dtype=pl.Int32),
        "active_days": pl.Series(np.diff(calendar.start), dtype=pl.Int32),
        "last_active_on": pl.Series(day, dtype=pl.Int32).cast(pl.Date),
        "balance": pl.Series([None] * n, dtype=pl.Decimal(38, 4)) if held is None else balances.money(held[-1]),
        "contactable": consent if consent.null_count() < n else pl.Series([True] * n, dtype=pl.Boolean),
        "hold_out": pl.Series(lots < params.holdout_share, dtype=pl.Boolean),
        "began": pl.Series(began, dtype=pl.Boolean),
    })  # fmt: skip
    order = {name: place for place, name in enumerate(schemes.BEST_FIRST)}
    return frame.with_columns(
        pl.when("began").then("idle_days"), pl.when("began").then("last_active_on"),
        contactable=pl.col("contactable").fill_null(False) & ~pl.col("hold_out"),
        place=pl.col("stage").replace_strict(order, return_dtype=pl.Int32),
    ).with_row_index("row").sort(
        "place", "idle_days", nulls_last=True, maintain_order=True).drop("place", "began")  # fmt: skip


def _stocks(codes: Array, ends: list[date], names: tuple[str, ...], held: Array | None,
            censored: Array) -> pl.DataFrame:  # fmt: skip
    """Customers and balance per month end and stage; the latest month first, the largest stage first."""
    rows = []
    for row, day in enumerate(ends):
        code = codes[row] + 1  # 0 for who is not yet a customer
        counts = np.bincount(code, minlength=len(names) + 1)[1:]
        sums = [None] * len(names) if held is None else [
            balances.money(one) for one in _sums(code, held[row], len(names) + 1)[1:]]  # fmt: skip
        rows += [(day, names[c], int(counts[c]), counts[c] / counts.sum(), sums[c], bool(censored[row]))
                 for c in range(len(names)) if counts.sum()]  # fmt: skip
    return pl.DataFrame(rows, orient="row", schema={
        "month": pl.Date, "stage": pl.String, "customers": pl.Int64, "share": pl.Float64,
        "balance": pl.Decimal(38, 4), "left_censored": pl.Boolean}).sort(
        "month", "customers", "stage", descending=[True, True, False])  # fmt: skip


def _sums(code: Array, amount: Array, codes: int) -> list[int]:
    """Exact sums of integers per code: by their halves, which floating point holds exactly."""
    high, low = (
        np.bincount(code, weights=half, minlength=codes)
        for half in (amount >> 24, amount & 0xFFFFFF)
    )
    return [(int(a) << 24) + int(b) for a, b in zip(high, low, strict=True)]


def breakdown(now: pl.DataFrame, group: pl.Series) -> pl.DataFrame:
    """Every group's shares of stages, held against all other customers; largest group first."""
    placed = now.with_columns(group=group.gather(now["row"]))
    counts = placed.group_by("group", "stage").agg(pl.len().cast(pl.Int64).alias("customers"))
    group_n = pl.col("customers").sum().over("group")
    stage_n = pl.col("customers").sum().over("stage")
    rest = pl.col("customers").sum() - group_n
    return counts.with_columns(
        share=pl.col("customers") / group_n, group_customers=group_n,
        rest_share=pl.when(rest > 0).then((stage_n - pl.col("customers")) / rest),
    ).with_columns(difference=pl.col("share") - pl.col("rest_share")).sort(
        "group_customers", "group", "customers", "stage",
        descending=[True, False, True, False], nulls_last=True).drop("group_customers")  # fmt: skip


def tables(result: LifecycleResult) -> dict[str, pl.DataFrame]:
    """The result's tables by name, the main one first."""
    names = ["stages", "actions", "stocks", "transitions", "flows", "forecast", "threshold", "gaps"]
    if result.breakdown is not None:
        names.append("breakdown")
    found = {name: getattr(result, name) for name in names}
    return {**found, "stages": result.stages.drop("row")}
