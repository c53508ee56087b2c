"""Sudden change of the balance: a day that lifts or lowers it by far, and it stays so."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from analytics.anomalies import found, tails
from analytics.anomalies.changes import change_points
from analytics.anomalies.found import Found
from analytics.anomalies.ledger import Ledger
from analytics.anomalies.params import AnomalyParams
from analytics.dataset import Scope

Array = np.ndarray
LEAST_MONTHS = 2
NEAR_MONTHS = 1
BELOW = 0.7  # log units under the threshold in which lasting shifts are counted for comparison
PART = 0.2  # of the day's net movement that a movement must make up to be listed
FLOOR = 0.02  # least noise of a log balance


def balances(scope: Scope) -> pl.DataFrame | None:
    """customer_key, month (months since year 0), balance: the total at the end of every month."""
    source = next((path for path in ("balances.balance", "transactions.balance_after")
                   if scope.data.has(path)), None)  # fmt: skip
    if source is None:
        return None
    table, _, column = source.partition(".")
    when = "balance_on" if table == "balances" else "happened_at"
    part = "coalesce(account_key, -1)"
    if table == "balances":
        part = f"{part}, coalesce(product, '')"
    return scope.query(f"""
        WITH last AS (
            SELECT customer_key, (year({when}) * 12 + month({when}))::INTEGER AS month,
                   arg_max({column}, ({when}, {column}))::DOUBLE AS balance
            FROM {table} WHERE customer_key IS NOT NULL AND {column} IS NOT NULL
            GROUP BY customer_key, 2, {part})
        SELECT customer_key, month, sum(balance) AS balance FROM last
        GROUP BY customer_key, month ORDER BY customer_key, month""", step="month-end balances")  # fmt: skip


def balance_change(ledger: Ledger, months: pl.DataFrame | None, params: AnomalyParams) -> Found:
    """Days whose net movement is `balance_times` the usual largest, at a change point of the balance.

    Tail: that of a day's net movement against the usual largest, fitted over all days, times how often
    the balance shifts with days just too small to be flagged.
    """
    if months is None or not len(ledger.second):
        return Found("balance_change", found.nothing(), 0, 0.0)
    place = ledger.place
    key = place.astype(np.int64) * 100_000 + ledger.day
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    net = np.add.reduceat(ledger.amount, starts)
    judged = np.logical_and.reduceat(ledger.judged, starts)
    with np.errstate(divide="ignore"):
        excess = np.log(np.abs(net)) - ledger.usual[place[starts]]
    tail = tails.fit(excess[judged])
    least = np.log(params.balance_times)
    near = np.flatnonzero(judged & (excess >= least - BELOW))
    series = _series(months, ledger.keys[place[starts[near]]])
    lasting = np.array([_lasts(series.get(int(ledger.keys[place[starts[i]]])),
                               int(ledger.day[starts[i]]), net[i]) for i in near], bool)  # fmt: skip
    below = excess[near] < least
    stays = (lasting[below].sum() + 0.5) / (below.sum() + 1)
    ends = np.r_[starts[1:], len(key)]
    frames = []
    for number, i in enumerate(near[lasting & ~below]):
        rows = np.arange(starts[i], ends[i])
        rows = rows[(np.sign(ledger.amount[rows]) == np.sign(net[i]))
                    & (np.abs(ledger.amount[rows]) >= PART * abs(net[i]))]  # fmt: skip
        usual = float(np.exp(ledger.usual[place[starts[i]]]))
        frames.append(found.rows("balance_change", ledger, rows, float(tail(excess[i]) * stays), net[i],
                                 usual, usual * params.balance_times, number))  # fmt: skip
    tests = int(judged.sum())
    return Found(
        "balance_change", found.together(frames), tests, tests * float(tail(least) * stays)
    )


def _series(months: pl.DataFrame, keys: Array) -> dict[int, tuple[Array, Array]]:
    chosen = months.filter(pl.col("customer_key").is_in(np.unique(keys).tolist()))
    return {int(who): (part["month"].to_numpy(), part["balance"].to_numpy())
            for (who,), part in chosen.group_by("customer_key", maintain_order=True)}  # fmt: skip


def _lasts(series: tuple[Array, Array] | None, day: int, net: float) -> bool:
    """Whether the log balance shifts its mean in the day's month (or beside it), the way of `net`."""
    if series is None:
        return False
    months, balance = series
    when = date.fromordinal(day + 719_163)
    month = when.year * 12 + when.month
    size = np.log(np.maximum(balance, 1.0))
    steps = np.diff(size)
    sigma = 1.4826 * np.median(np.abs(steps - np.median(steps))) if len(steps) else 0.0
    for point in change_points(size, max(float(sigma), FLOOR), LEAST_MONTHS):
        if abs(int(months[point]) - month) <= NEAR_MONTHS:
            way = size[point:].mean() - size[:point].mean()
            return bool(np.sign(way) == np.sign(net))
    return False
