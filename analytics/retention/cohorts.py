"""Cohorts, their returns and early behaviour, on the calendar of active days."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from analytics.lifecycle.days import Calendar, number
from analytics.retention.brackets import Steps
from analytics.retention.periods import first_of, period_of

Array = np.ndarray
WEEKS = tuple(range(1, 9))
ACTS = (1, 2, 3, 5, 8, 12)


def starts(calendar: Calendar, reference: str) -> tuple[Array, Array]:
    """Places of the customers with a start, and its day: first active day, or opening day."""
    if reference == "opening":
        place = np.flatnonzero(calendar.people["opening_known"].to_numpy()
                               & (calendar.opened >= number(calendar.first_day)))  # fmt: skip
        return place, calendar.opened[place]
    place = np.flatnonzero(np.diff(calendar.start) > 0)
    return place, calendar.day[calendar.start[:-1][place]]


def counts(calendar: Calendar, place: Array, begun: Array, steps: Steps) -> Array:
    """Active days of each customer in each step of their own, shape (customers, steps)."""
    row = np.full(calendar.size, -1, np.int64)
    row[place] = np.arange(len(place))
    owner = row[calendar.place]
    if not len(place):
        return np.zeros((0, len(steps)), np.int64)
    if steps.brackets:
        step = _bracket_of(calendar.day - begun[owner], steps)
    else:
        step = period_of(calendar.day, steps.unit) - period_of(begun, steps.unit)[owner]
    inside = (owner >= 0) & (step >= 0) & (step < len(steps))
    cell = owner[inside] * len(steps) + step[inside]
    return np.bincount(cell, minlength=len(place) * len(steps)).reshape(len(place), len(steps))


def _bracket_of(since: Array, steps: Steps) -> Array:
    """The bracket that each day since the start falls into, -1 for none."""
    last = steps.brackets[-1][1]
    table = np.full(last + 2, -1)
    for number_, (first, end) in enumerate(steps.brackets):
        table[first : end + 1] = number_
    return table[np.where((since >= 0) & (since <= last), since, last + 1)]


def returned(days: Array, occurrences: int, counting: str) -> Array:
    """Whether each customer counts in each period, shape (customers, periods + 1).

    `on`: active enough in it; `on_or_after`: in it or a later one; `streak`: in it and every one
    since the cohort's own.
    """
    here = days >= occurrences
    if counting == "streak":
        return np.logical_and.accumulate(here, axis=1)
    return (
        np.logical_or.accumulate(here[:, ::-1], axis=1)[:, ::-1]
        if counting == "on_or_after"
        else here
    )


def table(
    cohort: Array, kept: Array, steps: Steps, as_of: date, held: Array | None
) -> pl.DataFrame:
    """cohort (first day), period, customers, retained, rate, balance_rate, complete; oldest first.

    With brackets `period` counts them from 0, and `days` names each.
    """
    names, place = np.unique(cohort, return_inverse=True)
    size = np.bincount(place, minlength=len(names))
    rows = []
    for step in range(len(steps)):
        n = np.bincount(place, weights=kept[:, step], minlength=len(names)).astype(int)
        worth = _worth(held, step, place, len(names))
        for at, name in enumerate(names):
            begins, ends = steps.span(int(name), step)
            if begins <= as_of:
                rows.append((first_of(name, steps.unit), step, steps.label(step), int(size[at]), int(n[at]),
                             n[at] / size[at], worth[at], ends <= as_of))  # fmt: skip
    found = pl.DataFrame(rows, orient="row", schema={
        "cohort": pl.Date, "period": pl.Int64, "days": pl.String, "customers": pl.Int64, "retained": pl.Int64,
        "rate": pl.Float64, "balance_rate": pl.Float64, "complete": pl.Boolean}).sort("cohort", "period")  # fmt: skip
    return found if steps.brackets else found.drop("days")


def _worth(held: Array | None, step: int, place: Array, cohorts: int) -> list[float | None]:
    """What each cohort holds at the step as a share of step 0; None where it held nothing."""
    if held is None:
        return [None] * cohorts
    base, now = (np.bincount(place, weights=held[:, at], minlength=cohorts) for at in (0, step))
    return [float(b / a) if a > 0 else None for a, b in zip(base, now, strict=True)]


def mean_curve(cells: pl.DataFrame) -> pl.DataFrame:
    """period (and days), customers, retained, rate over the complete cells: weighted by the cohorts' sizes."""
    keys = [name for name in ("period", "days") if name in cells.columns]
    return cells.filter("complete").group_by(keys).agg(pl.col("customers", "retained").sum()).with_columns(
        rate=pl.col("retained") / pl.col("customers")).sort("period")  # fmt: skip


def active_users(calendar: Calendar, days_back: int = 365) -> pl.DataFrame:
    """month, daily (mean), weekly (mean of 7-day windows at month end), monthly, stickiness."""
    end = number(calendar.as_of)
    recent = calendar.day > end - days_back
    day, who = calendar.day[recent], calendar.place[recent]
    rows = []
    for month in np.unique(period_of(day, "month")):
        first, after = (number(first_of(month + k, "month")) for k in (0, 1))
        last = min(after - 1, end)
        inside = (day >= first) & (day <= last)
        monthly = len(np.unique(who[inside]))
        weekly = len(np.unique(who[inside & (day > last - 7)]))
        daily = inside.sum() / (last - first + 1)
        rows.append(
            (first_of(month, "month"), float(daily), weekly, monthly, float(daily / monthly))
        )
    return pl.DataFrame(rows, orient="row", schema={
        "month": pl.Date, "daily": pl.Float64, "weekly": pl.Int64, "monthly": pl.Int64,
        "stickiness": pl.Float64}).sort("month", descending=True)  # fmt: skip


def early(
    calendar: Calendar, place: Array, begun: Array, stays_days: int
) -> tuple[pl.DataFrame, Array]:
    """How well m active days within the first w weeks tell who stays; see the package.

    Staying: active in the 30 days that begin `stays_days` after the start. Only customers whose these
    30 days are over by as_of. Returns weeks, acts, customers, with_it, stayed_with_it, ppv,
    sensitivity, coverage, phi (best first), and the active days per window, (customers, windows).
    """
    old = begun + stays_days + 30 <= number(calendar.as_of)
    place, begun = place[old], begun[old].astype(np.int64)
    row = np.full(calendar.size, -1, np.int64)
    row[place] = np.arange(len(place))
    owner = row[calendar.place]
    since = calendar.day - (begun[owner] if len(place) else 0)
    mine = owner >= 0
    stay = np.zeros(len(place), bool)
    stay[owner[mine & (since >= stays_days) & (since < stays_days + 30)]] = True
    rows = []
    windows = np.zeros((len(place), len(WEEKS)), np.int64)
    for number_, weeks in enumerate(WEEKS):
        if weeks * 7 > stays_days:
            continue
        acts = np.bincount(owner[mine & (since >= 0) & (since < weeks * 7)], minlength=len(place))
        windows[:, number_] = acts
        for least in ACTS:
            has = acts >= least
            if has.any() and not has.all():
                rows.append((weeks, least, len(place), int(has.sum()), int((has & stay).sum()),
                             *_figures(has, stay)))  # fmt: skip
    frame = pl.DataFrame(rows, orient="row", schema={
        "weeks": pl.Int64, "acts": pl.Int64, "customers": pl.Int64, "with_it": pl.Int64, "stayed_with_it": pl.Int64,
        "ppv": pl.Float64, "sensitivity": pl.Float64, "coverage": pl.Float64, "phi": pl.Float64})  # fmt: skip
    ids = (
        np.column_stack([place, windows]) if len(place) else np.zeros((0, len(WEEKS) + 1), np.int64)
    )
    return frame.sort("phi", "weeks", "acts", descending=[True, False, False], nulls_last=True), ids


def _figures(has: Array, stay: Array) -> tuple[float | None, ...]:
    """PPV, sensitivity, coverage and phi of the 2x2 table; None where undefined."""
    a, n = int((has & stay).sum()), len(has)
    h, s = int(has.sum()), int(stay.sum())
    spread = np.sqrt(float(h) * (n - h) * s * (n - s))
    return (
        a / h if h else None,
        a / s if s else None,
        h / n,
        (n * a - h * s) / spread if spread > 0 else None,
    )
