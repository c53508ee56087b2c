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
EXPECTED = ("kind", "month", "months_ahead", "stage", "customers", "balance")
ORDER = {"forecast": 0, "what_if": 1, "backtest": 2}


def outlook(now: Array, moved: Moves, held: Array | None, scheme: Scheme, params: LifecycleParams,
            as_of: date) -> pl.DataFrame:  # fmt: skip
    """Forecast and what-if as expected, without a band; see `LifecycleResult.outlook`.

    Balances are expected customers times today's mean balance of the stage: what-if shows the
    difference a stage makes, not growth within a stage. `now` is the code of each customer today.
    """
    start, names = moved.stocks[-1], scheme.names
    if not start.sum() or not len(moved.counts):
        return pl.DataFrame(schema={name: SCHEMA[name] for name in EXPECTED})
    shares = probabilities(moved.pooled)
    asleep, awake = names.index(scheme.asleep), names.index(scheme.awake)
    mean = _mean_balances(now, held, start)
    months = [_month_after(as_of, n) for n in range(params.horizon_months + 1)]
    rows: list[tuple[object, ...]] = []
    for kind, matrix in (("forecast", shares),
                         ("what_if", flows.nudged(shares, asleep, awake, params.wake_up_points))):  # fmt: skip
        rows += _rows(kind, months, names, flows.path(start, matrix, params.horizon_months), mean)
    return _sorted(
        pl.DataFrame(rows, orient="row", schema={name: SCHEMA[name] for name in EXPECTED})
    )


def table(expected: pl.DataFrame, codes: Array, moved: Moves, scheme: Scheme, params: LifecycleParams
          ) -> pl.DataFrame:  # fmt: skip
    """`outlook` with the band of the forecast, and the back-test; see `LifecycleResult.forecast`."""
    if expected.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    names, as_of = scheme.names, expected["month"].min()
    low, high = flows.band(
        moved.stocks[-1], moved.counts[moved.usable][:, :-1], params.horizon_months, params.seed
    )
    band = pl.DataFrame([("forecast", step, name, float(low[step, c]), float(high[step, c]))
                         for step in range(len(low)) for c, name in enumerate(names)],
                        orient="row", schema=["kind", "months_ahead", "stage", "low", "high"])  # fmt: skip
    back, predicted, under, over, observed = flows.backtest(
        codes, moved, params.horizon_months, params.seed
    )
    past = pl.DataFrame([("backtest", as_of, back, name, float(predicted[c]), float(under[c]), float(over[c]),
                          int(observed[c]), None) for c, name in enumerate(names)],
                        orient="row", schema=SCHEMA)  # fmt: skip
    ahead = expected.join(band, on=["kind", "months_ahead", "stage"], how="left")
    return _sorted(
        pl.concat([ahead.with_columns(observed=pl.lit(None, pl.Int64)).select(list(SCHEMA)), past])
    )


def _sorted(rows: pl.DataFrame) -> pl.DataFrame:
    """The forecast first, month after month, the largest stage first."""
    return rows.sort(pl.col("kind").replace_strict(ORDER, return_dtype=pl.Int8), "months_ahead",
                     pl.col("customers").neg(), "stage")  # fmt: skip


def _rows(kind: str, months: list[date], names: tuple[str, ...], found: Array, mean: Array | None
          ) -> list[tuple[object, ...]]:  # fmt: skip
    return [(kind, months[step], step, name, float(found[step, c]),
             None if mean is None else float(found[step, c] * mean[c]))
            for step in range(len(months)) for c, name in enumerate(names)]  # fmt: skip


def _mean_balances(now: Array, held: Array | None, start: Array) -> Array | None:
    if held is None:
        return None
    total = np.array([held[-1][now == c].sum() for c in range(len(start))]) / 10_000
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
