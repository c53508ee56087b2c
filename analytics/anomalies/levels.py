"""Sudden change of the balance: a day that lifts or lowers it by far, and it stays so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from analytics.anomalies import found, tails
from analytics.anomalies.changes import many_change_points
from analytics.anomalies.found import Found
from analytics.anomalies.ledger import Ledger
from analytics.anomalies.params import AnomalyParams
from analytics.dataset import Scope

Array = np.ndarray
LEAST_MONTHS = 2
NEAR_MONTHS = 1
BELOW = 0.35  # log units under the threshold in which lasting shifts are counted: the larger, the more last
PART = 0.2  # of the day's net movement that a movement must make up to be listed
NEAREST = np.log(1.5) - BELOW  # under what the lowest threshold looks at
FLOOR = 0.02  # least noise of a log balance
CUSTOMERS_AT_ONCE = 20_000


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
    return _in_blocks(scope, table, f"""
        WITH last AS (
            SELECT customer_key, (year({when}) * 12 + month({when}))::INTEGER AS month,
                   arg_max({column}, ({when}, {column}))::DOUBLE AS balance
            FROM {table} WHERE customer_key >= $low AND customer_key < $high AND {column} IS NOT NULL
            GROUP BY customer_key, 2, {part})
        SELECT customer_key, month, sum(balance) AS balance FROM last
        GROUP BY customer_key, month ORDER BY customer_key, month""")  # fmt: skip


def _in_blocks(scope: Scope, table: str, sql: str) -> pl.DataFrame:
    """The answers to `sql` for one range of customer keys after the other, in one frame.

    Why: the groups of all customers at once would take more memory than all their movements.
    """
    most = scope.query(
        f"SELECT max(customer_key) AS most FROM {table}", step="customers with a balance"
    ).item()
    told = len(scope.steps) + 1
    parts = [scope.query(sql, step="month-end balances", low=low, high=low + CUSTOMERS_AT_ONCE)
             for low in range(0, (most or 0) + 1, CUSTOMERS_AT_ONCE)]  # fmt: skip
    del scope.steps[told:]  # the same statement every time
    return pl.concat(parts)


@dataclass(frozen=True)
class Nets:
    """Net movement of every customer-day, and the days large enough to look at the balance.

    Of the judged days whose net movement comes near the usual largest or exceeds it: `starts` and `ends`
    in the ledger, `net`, `excess` (log of how many times the usual largest). The tails are fitted to all
    judged days. `shifts` remembers, per customer, where the balance shifts.
    """

    starts: Array
    ends: Array
    net: Array
    excess: Array
    tail: tails.Tails
    shifts: dict[int, list[tuple[int, float]]] = field(default_factory=dict, repr=False)


def nets(ledger: Ledger) -> Nets:
    """Sum up days; no threshold enters."""
    key = ledger.place.astype(np.int64) * 100_000 + ledger.day
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, int)
    ends = np.r_[starts[1:], len(key)]
    judged = np.logical_and.reduceat(ledger.judged, starts) if len(key) else np.zeros(0, bool)
    net = np.add.reduceat(ledger.amount, starts) if len(key) else np.zeros(0)
    starts, ends, net = starts[judged].astype(np.int32), ends[judged].astype(np.int32), net[judged]
    with np.errstate(divide="ignore"):
        excess = np.log(np.abs(net)) - ledger.usual[ledger.place[starts]]
    brief, some = ledger.brief[ledger.place[starts]], np.isfinite(excess)
    tail = tails.fit_both(np.sort(excess[some & ~brief]), np.sort(excess[some & brief]))
    near = np.flatnonzero(excess >= NEAREST)
    return Nets(starts[near], ends[near], net[near], excess[near], tail)


def balance_change(ledger: Ledger, days: Nets, months: pl.DataFrame | None,
                   params: AnomalyParams) -> Found:  # fmt: skip
    """Days whose net movement is `balance_times` the usual largest, at a change point of the balance.

    Tail: that of a day's net movement against the usual largest, fitted over all days, times how often
    the balance shifts with days just too small to be flagged.
    """
    if months is None or not days.tail.tests:
        return Found("balance_change", found.nothing(), 0, 0.0)
    net, excess = days.net, days.excess
    least = np.log(params.balance_times)
    near = np.flatnonzero(excess >= least - BELOW)
    lasting = _lasting(ledger, days, months, near)
    below = excess[near] < least
    stays = (lasting[below].sum() + 0.5) / (below.sum() + 1)
    frames = []
    for number, i in enumerate(near[lasting & ~below]):
        rows = np.arange(days.starts[i], days.ends[i])
        who = ledger.place[rows[0]]
        usual = float(np.exp(ledger.usual[who]))
        same = np.maximum(ledger.amount[rows] * np.sign(net[i]), 0.0)
        rows = rows[same >= min(PART * abs(net[i]), same.max())]
        p = float(days.tail(excess[i], ledger.brief[who]) * stays)
        frames.append(found.rows("balance_change", ledger, rows, p, net[i], usual,
                                 usual * params.balance_times, number))  # fmt: skip
    by_chance = days.tail.by_chance(least) * stays
    return Found("balance_change", found.together(frames), days.tail.tests, by_chance)


def _lasting(ledger: Ledger, days: Nets, months: pl.DataFrame, near: Array) -> Array:
    """Whether the balance moved for good on each of these days, the way of the day's net movement."""
    who = ledger.customer[days.starts[near]]
    fresh = [key for key in np.unique(who).tolist() if key not in days.shifts]
    days.shifts.update({key: [] for key in fresh} | shifts(months, fresh))
    when = [date.fromordinal(int(day) + 719_163) for day in ledger.day[days.starts[near]]]
    return np.array([
        any(abs(month - (day.year * 12 + day.month)) <= NEAR_MONTHS and np.sign(way) == np.sign(net)
            for month, way in days.shifts[int(key)])
        for key, day, net in zip(who, when, days.net[near], strict=True)], bool)  # fmt: skip


def shifts(months: pl.DataFrame, keys: list[int]) -> dict[int, list[tuple[int, float]]]:
    """Month (since year 0) and size of every lasting shift of the log balance, by customer."""
    chosen = months.filter(pl.col("customer_key").is_in(keys))
    who, month = chosen["customer_key"].to_numpy(), chosen["month"].to_numpy()
    size = np.log(np.maximum(chosen["balance"].to_numpy(), 1.0))
    begin = np.flatnonzero(np.r_[True, who[1:] != who[:-1]]) if len(who) else np.zeros(0, int)
    lengths, found = np.diff(np.r_[begin, len(who)]), {}
    for length in np.unique(lengths):
        at = begin[lengths == length]
        rows = at[:, None] + np.arange(length)
        for one, points in zip(at, _points(size[rows]), strict=True):
            level = size[one : one + length]
            found[int(who[one])] = [(int(month[one + p]), float(level[p:].mean() - level[:p].mean()))
                                    for p in points]  # fmt: skip
    return found


def _points(sizes: Array) -> list[list[int]]:
    """The change points of series of one length, their noise taken from their steps."""
    steps = np.diff(sizes, axis=1)
    if not steps.shape[1]:
        return [[] for _ in sizes]
    sigma = 1.4826 * np.median(np.abs(steps - np.median(steps, axis=1, keepdims=True)), axis=1)
    return many_change_points(sizes, np.maximum(sigma, FLOOR), LEAST_MONTHS)
