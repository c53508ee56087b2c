"""The lifecycle result: who stands where, how many moved, and what that leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.lifecycle import (
    actions,
    balances,
    customers,
    days,
    flows,
    forecast,
    schemes,
    stocks,
    threshold,
)
from analytics.lifecycle.days import Calendar
from analytics.lifecycle.flows import Moves
from analytics.lifecycle.params import LifecycleParams
from analytics.lifecycle.schemes import Scheme
from analytics.lifecycle.stages import DORMANT, LOST, Rule, Snapshots, snapshots
from analytics.lifecycle.standing import standing
from analytics.lifecycle.threshold import Silences
from analytics.memo import remember
from analytics.tables import Tables

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class LifecycleResult:
    """Every number the page, the headline and the charts show; a table is made when first asked for.

    Args:
        provenance: where it comes from; `counts` holds the denominators and exclusions.
        params: as given.
        calendar: customers and their active days.
        boundaries: month ends and as_of.
        codes: code in `names` (-1 not yet a customer), shape (boundaries, customers).
        last: position of the last active day up to as_of, as in `Standing`, shape (customers,).
        held: balance in 1/10000, shape (boundaries, customers); None where none is known.
        free: whether consent is given and the customer is not held out, shape (customers,).
        moved: moves between neighbouring boundaries.
        censored: boundaries too near the extract's start, shape (boundaries,).
        silences: as the threshold is chosen from.
        scheme: names of the stages.
        currency: three letters, or None.
        balance_source: where balances come from, or None.
        opened_observable: whether anything says when customers joined.
        grid: `threshold` at the fixed thresholds.
        gaps: see `threshold.gaps`.
    """

    provenance: Provenance
    params: LifecycleParams
    calendar: Calendar
    boundaries: list[date]
    codes: Array
    last: Array
    held: Array | None
    free: Array
    moved: Moves
    censored: Array
    silences: Silences
    scheme: Scheme
    currency: str | None
    balance_source: str | None
    opened_observable: bool
    grid: pl.DataFrame
    gaps: pl.DataFrame

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts

    @cached_property
    def stages(self) -> pl.DataFrame:
        """row, customer_id, stage, idle_days, active_days, last_active_on, balance, contactable,
        hold_out; best first."""
        return customers.table(self)

    @cached_property
    def actions(self) -> pl.DataFrame:
        """stage, action, customers, share, balance, contactable, moves_to, moved_share, low, high,
        expected_moves (of the contactable, within a month, without any action)."""
        sums = (
            None
            if self.held is None
            else stocks.balances(self.codes[-1], self.held[-1], self.scheme)
        )
        return actions.table(self.codes[-1], sums, self.free, self.moved, self.scheme)

    @cached_property
    def counted(self) -> pl.DataFrame:
        """`stocks` without the balances."""
        return stocks.table(self.moved.stocks, self.boundaries, self.scheme, self.censored)

    @cached_property
    def stocks(self) -> pl.DataFrame:
        """month, stage, customers, share, balance, left_censored; latest month first."""
        return stocks.valued(self.counted, self.codes, self.held, self.boundaries, self.scheme)

    @cached_property
    def transitions(self) -> pl.DataFrame:
        """from_stage, to_stage, customer_months, from_customer_months, share, low, high, few (fewer
        than 20 to judge by)."""
        return flows.matrix(self.moved, self.scheme.names)

    @cached_property
    def flows(self) -> pl.DataFrame:
        """month, from_stage, to_stage, customers; latest month first."""
        return flows.by_month(self.moved, self.scheme.names)

    @cached_property
    def outlook(self) -> pl.DataFrame:
        """kind (forecast, what_if), month, months_ahead, stage, customers, balance: as expected."""
        return forecast.outlook(self.codes[-1], self.moved, self.held, self.scheme, self.params,
                                self.boundaries[-1])  # fmt: skip

    @cached_property
    def forecast(self) -> pl.DataFrame:
        """kind (forecast, what_if, backtest), month, stage, customers, low, high, observed, balance."""
        return forecast.table(self.outlook, self.codes, self.moved, self.scheme, self.params)

    @cached_property
    def threshold(self) -> pl.DataFrame:
        """See `threshold.curve`; at the grid and at the threshold in use."""
        own = threshold.curve(self.calendar, self.params.returns_within_days, (self.params.dormant_days,),
                              self.silences)  # fmt: skip
        return pl.concat([self.grid, own]).unique("threshold_days").sort("threshold_days")

    @cached_property
    def breakdown(self) -> pl.DataFrame | None:
        """group, stage, customers, share, rest_share, difference; None without `by`."""
        if self.params.by is None:
            return None
        return customers.by_group(self.stages, self.calendar.people["group"])


def compute(data: Dataset, params: LifecycleParams, as_of: date,
            population: Population = EVERYBODY) -> LifecycleResult:  # fmt: skip
    """Stages of the customers of `population` at `as_of` and at the month ends before it."""
    with data.scope(as_of, population, params.by) as scope:
        keep = partial(remember, scope, population, None)
        calendar = days.read(scope, population, params.by, params.kinds)
        ends = days.month_ends(as_of, params.months, calendar.first_day)
        held = keep(("lifecycle held", tuple(ends)), lambda: (_held(scope, calendar, ends),))[0]
        at = np.array([days.number(d) for d in ends], np.int32)
        known = keep(
            ("lifecycle standing", tuple(ends), params.kinds), lambda: standing(calendar, at)
        )
        silent, gaps = keep(("lifecycle silences", params.kinds),
                            lambda: (threshold.by_length(calendar), threshold.gaps(calendar)))  # fmt: skip
        grid = keep(("lifecycle grid", params.kinds, params.returns_within_days),
                    lambda: threshold.curve(calendar, params.returns_within_days, threshold.GRID, silent))  # fmt: skip
        sql, source = scope.sql(), balances.source_of(scope)
    taken = snapshots(calendar, at, rule_of(params), known)
    scheme = schemes.SCHEMES[params.scheme]
    codes = schemes.coded(params.scheme, taken, calendar, held)
    censored = _censored(ends, calendar, params)
    free = customers.free(calendar, params)
    return LifecycleResult(
        provenance=Provenance(as_of, population, data.fingerprint, sql, _counts(calendar, free, taken)),
        params=params, calendar=calendar, boundaries=ends, codes=codes, last=taken.last[-1], held=held, free=free,
        moved=flows.moves(codes, ends, censored, len(scheme.names)), censored=censored, silences=silent,
        scheme=scheme, currency=data.currency, balance_source=source, grid=grid, gaps=gaps,
        opened_observable=bool(calendar.people["opening_known"].any()))  # fmt: skip


def _held(scope: Scope, calendar: Calendar, ends: list[date]) -> Array | None:
    """Balances per boundary and customer; None without any balance column."""
    known = balances.read(scope, ends)
    return None if known is None else known.by_place(calendar.people["customer_key"].to_numpy())


def rule_of(params: LifecycleParams) -> Rule:
    """The thresholds of the parameters."""
    return Rule(params.dormant_days, params.lost_days, params.reactivated_days, params.active_from,
                params.rule == "rhythm")  # fmt: skip


def _censored(ends: list[date], calendar: Calendar, params: LifecycleParams) -> Array:
    """Month ends too near the extract's start to see who was lost before it."""
    return np.array([d < calendar.first_day + timedelta(days=params.lost_days) for d in ends], bool)


def _counts(calendar: Calendar, free: Array, taken: Snapshots) -> dict[str, int]:
    return {
        "customers": calendar.size, "without_active_day": int((np.diff(calendar.start) == 0).sum()),
        "active_days": len(calendar.day), "dormant_or_lost": int(np.isin(taken.stage[-1], (DORMANT, LOST)).sum()),
        "transactions_counted": sum(calendar.kinds.counted.values()),
        "transactions_excluded_by_kind": sum(calendar.kinds.excluded.values()),
        "contactable": int(free.sum()), "joint_only": int(calendar.people["joint_only"].sum()),
    }  # fmt: skip


def tables(result: LifecycleResult) -> Mapping[str, pl.DataFrame]:
    """The result's tables by name, the main one first; each is made when it is asked for."""
    names = ["actions", "stocks", "transitions", "flows", "forecast", "threshold", "gaps"]
    if result.params.by is not None:
        names.append("breakdown")
    return Tables({"stages": lambda: result.stages.drop("row"),
                   **{name: partial(getattr, result, name) for name in names}})  # fmt: skip
