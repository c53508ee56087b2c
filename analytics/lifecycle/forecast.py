"""Where today's customers will stand, what a better wake-up rate would bring, and a check on both."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from analytics.lifecycle import flows
from analytics.lifecycle.flows import Moves
from analytics.lifecycle.params import LifecycleParams
from analytics.lifecycle.schemes import Scheme
from analytics.markov import probabilities

Array = np.ndarray
SCHEMA = {"kind": pl.String, "month": pl.Date, "months_ahead": pl.Int64, "stage": pl.String,
          "customers": pl.Float64, "low": pl.Float64, "high": pl.Float64, "observed": pl.Int64,
          "balance": pl.Float64}  # fmt: skip


def table(codes: Array, moved: Moves, held: Array | None, scheme: Scheme, params: LifecycleParams,
          as_of: date) -> pl.DataFrame:  # fmt: skip
    """Forecast, what-if and back-test, in one frame; see `LifecycleResult.forecast`.

    Balances are expected customers times today's mean balance of the stage: what-if shows the
    difference a stage makes, not growth within a stage.
    """
    names = scheme.names
    start = np.bincount(codes[-1][codes[-1] >= 0], minlength=len(names))
    if not start.sum() or not len(moved.counts):
        return pl.DataFrame(schema=SCHEMA)
    shares = probabilities(moved.pooled)
    counts = moved.counts[moved.usable][:, :-1]
    asleep, awake = names.index(scheme.asleep), names.index(scheme.awake)
    what_if = flows.nudged(shares, asleep, awake, params.wake_up_points)
    low, high = flows.band(start, counts, params.horizon_months, params.seed)
    mean = _mean_balances(codes[-1], held, start)
    months = [_month_after(as_of, n) for n in range(params.horizon_months + 1)]
    rows: list[tuple[object, ...]] = []
    for kind, matrix in (("forecast", shares), ("what_if", what_if)):
        found = flows.path(start, matrix, params.horizon_months)
        bands = (low, high) if kind == "forecast" else (None, None)
        rows += _rows(kind, months, names, found, bands, mean)
    back, predicted, under, over, observed = flows.backtest(
        codes, moved, params.horizon_months, params.seed)  # fmt: skip
    rows += [("backtest", as_of, back, name, float(predicted[c]), float(under[c]), float(over[c]),
              int(observed[c]), None) for c, name in enumerate(names)]  # fmt: skip
    order = {"forecast": 0, "what_if": 1, "backtest": 2}
    return pl.DataFrame(rows, orient="row", schema=SCHEMA).sort(
        pl.col("kind").replace_strict(order, return_dtype=pl.Int8), "months_ahead",
        pl.col("customers").neg(), "stage")  # fmt: skip


def _rows(kind: str, months: list[date], names: tuple[str, ...], found: Array, bands: tuple,
          mean: Array | None) -> list[tuple[object, ...]]:  # fmt: skip
    low, high = bands
    return [(kind, months[step], step, name, float(found[step, c]),
             None if low is None else float(low[step, c]), None if high is None else float(high[step, c]),
             None, None if mean is None else float(found[step, c] * mean[c]))
            for step in range(len(months)) for c, name in enumerate(names)]  # fmt: skip


def _mean_balances(codes: Array, held: Array | None, start: Array) -> Array | None:
    if held is None:
        return None
    total = np.array([held[-1][codes == c].sum() for c in range(len(start))]) / 10_000
    return total / np.maximum(start, 1)


def _month_after(day: date, months: int) -> date:
    """The last day of the month `months` later; `day` itself for 0.

    >>> _month_after(date(2024, 1, 31), 1), _month_after(date(2024, 11, 30), 2)
    (datetime.date(2024, 2, 29), datetime.date(2025, 1, 31))
    """
    if months == 0:
        return day
    year, month = divmod(day.year * 12 + day.month + months, 12)  # the month after that one
    return date.fromordinal(date(year, month + 1, 1).toordinal() - 1)
