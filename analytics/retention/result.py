"""The retention analysis: cohorts, their returns, stickiness and early behaviour of one dataset."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.lifecycle import balances, days
from analytics.lifecycle.answer import Answer
from analytics.lifecycle.days import Calendar
from analytics.memo import remember
from analytics.retention import cohorts, periods
from analytics.retention.params import RetentionParams

Array = np.ndarray


def compute(data: Dataset, params: RetentionParams, as_of: date,
            population: Population = EVERYBODY) -> Answer:  # fmt: skip
    """Cohort grid, mean curve, stickiness and early behaviour."""
    with data.scope(as_of, population, params.by) as scope:
        calendar = days.read(scope, population, params.by)
        place, begun, cohort = _starters(calendar, params)
        held = (
            _held(scope, calendar, place, cohort, params) if params.show == "balance_rate" else None
        )
        keep = partial(remember, scope, population, None)
        who = (params.unit, params.reference, params.first_period)
        acts = keep(("retention acts", who, params.periods, params.brackets),
                    lambda: cohorts.counts(calendar, place, begun, params.steps))  # fmt: skip
        early, windows = keep(("retention early", who, params.stays_days),
                              lambda: cohorts.early(calendar, place, begun, params.stays_days))  # fmt: skip
        sticky = keep(("retention stickiness",), lambda: cohorts.active_users(calendar))
        sql = scope.sql()
    kept = cohorts.returned(acts, params.occurrences, params.counting)
    cells = cohorts.table(cohort, kept, params.steps, as_of, held)
    frames = {"cohorts": cells, "curve": cohorts.mean_curve(cells), "stickiness": sticky,
              "early": early}  # fmt: skip
    frames = {name: frame for name, frame in frames.items() if name == "cohorts" or frame.height}
    behind = _behind(calendar, place, cohort, windows, early, params)
    if params.by is not None:
        frames["breakdown"], behind["breakdown"] = _by_group(
            calendar, place, cohort, kept, as_of, params
        )
    counts = {
        "customers": calendar.size,
        "in_cohorts": len(place),
        "left_out": calendar.size - len(place),
    }
    return Answer(Provenance(as_of, population, data.fingerprint, sql, counts), params, frames, behind,
                  {}, data.currency)  # fmt: skip


def _behind(calendar: Calendar, place: Array, cohort: Array, windows: Any, early: pl.DataFrame,
            params: RetentionParams) -> dict[str, Any]:  # fmt: skip
    """By table, the columns that name a row, and what finds the customers behind one."""
    ids = calendar.people["customer_id"]
    cells = partial(_cells, ids, place, cohort, params)
    return {"cohorts": (("cohort", "period"), cells), "curve": (("period",), cells),
            "stickiness": (("month",), lambda: _monthly(calendar, ids)),
            "early": (("weeks", "acts"), lambda: _windows(ids, windows, early))}  # fmt: skip


def _starters(calendar: Calendar, params: RetentionParams) -> tuple[Array, Array, Array]:
    """Places, first days and cohorts of the customers who count."""
    place, begun = cohorts.starts(calendar, params.reference)
    cohort = periods.period_of(begun, params.unit)
    first = periods.period_of(np.array([days.number(calendar.first_day)]), params.unit)[0]
    inside = np.ones(len(place), bool) if params.first_period else cohort > first
    return place[inside], begun[inside], cohort[inside]


def _held(
    scope: Scope, calendar: Calendar, place: Array, cohort: Array, params: RetentionParams
) -> Array | None:
    """Balance of each cohort customer at the end of each own period, shape (customers, periods + 1)."""
    low, high = int(cohort.min(initial=0)), int(cohort.max(initial=0)) + params.periods
    ends = [
        min(periods.first_of(p + 1, params.unit) - timedelta(days=1), scope.as_of)
        for p in range(low, high + 1)
    ]
    ends = sorted(set(ends))
    known = balances.read(scope, ends)
    if known is None or not len(place):
        return None
    total = known.by_place(calendar.people["customer_key"].to_numpy())
    at = np.clip((cohort - low)[:, None] + np.arange(params.periods + 1)[None, :], 0, len(ends) - 1)
    return total[at, place[:, None]].astype(float)


def _cells(ids: pl.Series, place: Array, cohort: Array, params: RetentionParams) -> pl.DataFrame:
    """Everybody of a cohort, once per period: a cell leads to its cohort, whoever stayed."""
    base = pl.DataFrame({"customer_id": ids[place.tolist()] if len(place) else ids[:0],
                         "cohort": pl.Series([periods.first_of(c, params.unit) for c in cohort], dtype=pl.Date)})  # fmt: skip
    return base.join(pl.DataFrame({"period": np.arange(len(params.steps))}), how="cross")


def _monthly(calendar: Calendar, ids: pl.Series) -> pl.DataFrame:
    month = pl.Series(calendar.day).cast(pl.Date).dt.truncate("1mo")
    return pl.DataFrame({"month": month, "customer_id": ids[calendar.place.tolist()]}).unique()


def _windows(ids: pl.Series, windows: Array, early: pl.DataFrame) -> pl.DataFrame:
    found = pl.DataFrame({"customer_id": ids[windows[:, 0].tolist()], **{
        str(w): windows[:, i + 1] for i, w in enumerate(cohorts.WEEKS)}}).unpivot(
        index="customer_id", variable_name="weeks", value_name="n").with_columns(pl.col("weeks").cast(pl.Int64))  # fmt: skip
    return (
        early.select("weeks", "acts").join(found, on="weeks").filter(pl.col("n") >= pl.col("acts"))
    )


def _by_group(calendar: Calendar, place: Array, cohort: Array, kept: Array, as_of: date,
              params: RetentionParams) -> tuple[pl.DataFrame, Any]:  # fmt: skip
    group = calendar.people["group"][place.tolist()] if len(place) else calendar.people["group"][:0]
    parts = []
    for name in group.unique().sort(nulls_last=True):
        one = group.eq_missing(pl.Series([name], dtype=pl.String)).to_numpy()
        cells = cohorts.table(cohort[one], kept[one], params.steps, as_of, None)
        parts.append(cohorts.mean_curve(cells).with_columns(group=pl.lit(name, pl.String)))
    empty = cohorts.mean_curve(
        cohorts.table(cohort[:0], kept[:0], params.steps, as_of, None)
    ).with_columns(group=pl.lit(None, pl.String))
    frame = pl.concat([empty, *parts]).select("group", "period", "customers", "retained", "rate").sort(
        "period", "customers", "group", descending=[False, True, False], nulls_last=True)  # fmt: skip
    ids = calendar.people["customer_id"]
    placed = pl.DataFrame(
        {"customer_id": ids[place.tolist()] if len(place) else ids[:0], "group": group}
    )
    return frame, (("group",), lambda: placed)
