"""Amounts against the customer's own history: large, large after silence, large on a new device.

What is measured is the log of how many times the usual largest size an amount is. Its tail over the
whole bank is fitted once (`tails.fit_both`), so "one in so many movements" is said of this bank.

A large amount must also lie `large_z` robust standard deviations above the customer's median, and
above the median of the same payday: with at least three other movements in the same slot of the month
(`holidays.payday_slot`) they are its baseline, so that a salary on its day is no surprise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from analytics.anomalies import found, tails
from analytics.anomalies.found import Found
from analytics.anomalies.ledger import HOUR, Ledger, moment
from analytics.anomalies.params import AnomalyParams
from analytics.dataset import Scope
from analytics.holidays import payday_slot

Array = np.ndarray
CYCLES = 3  # other movements in a slot before it is a baseline
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Sizes:
    """How large every movement is against its customer's usual largest, and the bank's tails."""

    excess: Array
    tail: tails.Tails
    ordered: Array = field(repr=False, default_factory=lambda: np.zeros(0, np.float32))
    seasonal: dict[int, float] = field(
        repr=False, default_factory=dict
    )  # by movement, as asked so far


def measure(ledger: Ledger) -> Sizes:
    """Excess of every movement (nan where not judged), the tails of those judged, and them in order."""
    excess = ledger.excess()
    brief = ledger.brief[ledger.place]
    known, rough = (np.sort(excess[ledger.judged & part].astype(np.float32))
                    for part in (~brief, brief))  # fmt: skip
    ordered = np.sort(np.concatenate([known, rough]), kind="stable")  # merges what is in order
    return Sizes(excess, tails.fit_both(known, rough), ordered)


def large(ledger: Ledger, sizes: Sizes, params: AnomalyParams) -> Found:
    """Amounts of at least `large_times` the usual largest size."""
    at = np.flatnonzero(sizes.excess >= np.log(params.large_times))
    at = at[_z(ledger, at) >= params.large_z]
    at = at[_seasonal(ledger, sizes, at) >= params.large_z]
    return _found("large_amount", ledger, sizes, at, params.large_times, sizes.tail)


def _z(ledger: Ledger, at: Array) -> Array:
    where = ledger.place[at]
    return (np.log(np.abs(ledger.amount[at])) - ledger.middle[where]) / ledger.spread[where]


def _seasonal(ledger: Ledger, sizes: Sizes, at: Array) -> Array:
    """How far each lies above the median of its slot of the month, in spreads; infinite without a baseline."""
    slot_of = _slots(ledger)
    for one in at.tolist():
        if one not in sizes.seasonal:
            sizes.seasonal[one] = _above_slot(ledger, slot_of, one)
    return np.array([sizes.seasonal[one] for one in at.tolist()])


def _above_slot(ledger: Ledger, slot_of: Array, one: int) -> float:
    who = ledger.place[one]
    span = slice(ledger.begin[who], ledger.begin[who + 1])
    slots = slot_of[ledger.day[span] - ledger.present[0]]
    same = (slots == slots[one - span.start]) & (
        np.sign(ledger.amount[span]) == np.sign(ledger.amount[one]))  # fmt: skip
    same[one - span.start] = False
    if same.sum() < CYCLES:
        return float("inf")
    usual = np.median(np.log(np.abs(ledger.amount[span][same])))
    return float((np.log(abs(ledger.amount[one])) - usual) / ledger.spread[who])


def _slots(ledger: Ledger) -> Array:
    """The payday slot of every day from the first with a movement on; 0 where nothing moved."""
    days = ledger.present
    found = np.zeros(int(days[-1] - days[0]) + 1 if len(days) else 0, np.int8)
    found[days - days[:1]] = [payday_slot(EPOCH + timedelta(days=int(d))) for d in days]
    return found


def _found(kind: str, ledger: Ledger, sizes: Sizes, at: Array, times: float, tail: tails.Tails
           ) -> Found:  # fmt: skip
    """Flags with the amount below which each would not have been flagged."""
    who = ledger.place[at]
    usual = np.exp(ledger.usual[who])
    p = tail(sizes.excess[at], ledger.brief[who])
    frame = found.rows(kind, ledger, at, p, np.exp(sizes.excess[at]), usual, usual * times)
    return Found(kind, frame, tail.tests, tail.by_chance(np.log(times)))


def _tail_of(ledger: Ledger, sizes: Sizes, tested: Array) -> tails.Tails:
    """The bank's tails for the movements that were `tested`."""
    return sizes.tail.of(ledger.brief[ledger.place[tested]])


def after_silence(ledger: Ledger, sizes: Sizes, params: AnomalyParams) -> Found:
    """The first movement after `idle_days` or more without one, if it is large."""
    gap = np.diff(ledger.day, prepend=ledger.day[:1])
    first = np.zeros(len(gap), bool)
    first[ledger.begin[:-1]] = True
    back = (gap >= params.idle_days) & ~first & ~np.isnan(sizes.excess)
    at = np.flatnonzero(back & (sizes.excess >= np.log(params.after_times)))
    made = _found("dormant_then_large", ledger, sizes, at, params.after_times,
                  _tail_of(ledger, sizes, back))  # fmt: skip
    return Found(made.kind, made.flags.with_columns(count=pl.Series(gap[at], dtype=pl.Int64)),
                 made.tests, made.by_chance)  # fmt: skip


def devices(scope: Scope) -> pl.DataFrame:
    """customer_key, second: the first use of every device but the customer's first."""
    if not scope.data.has("events.device"):
        return pl.DataFrame(schema={"customer_key": pl.Int32, "second": pl.Int64})
    return scope.query("""
        WITH seen AS (
            SELECT customer_key, device, min(happened_at) AS first_at FROM events
            WHERE customer_key IS NOT NULL AND device IS NOT NULL GROUP BY ALL)
        SELECT customer_key, epoch(first_at)::BIGINT AS second FROM seen
        QUALIFY row_number() OVER (PARTITION BY customer_key ORDER BY first_at, device) > 1
        ORDER BY ALL""", step="new devices")  # fmt: skip


def after_device(ledger: Ledger, sizes: Sizes, new: pl.DataFrame, params: AnomalyParams) -> Found:
    """Payments within `device_hours` of the first use of a new device, if large."""
    soon = np.zeros(len(ledger.second), bool)
    if new.height and len(soon):
        who = np.searchsorted(ledger.keys, new["customer_key"].to_numpy())
        who = np.minimum(who, len(ledger.keys) - 1)
        known = ledger.keys[who] == new["customer_key"].to_numpy()
        since, key = moment(who[known], new["second"].to_numpy()[known]), ledger.combined()
        begin = np.searchsorted(key, since)
        end = np.searchsorted(key, since + params.device_hours * HOUR, "right")
        edges = np.bincount(begin, minlength=len(soon) + 1) - np.bincount(
            end, minlength=len(soon) + 1
        )
        soon = np.cumsum(edges)[:-1] > 0
    tested = soon & ~np.isnan(sizes.excess) & (ledger.amount < 0)
    at = np.flatnonzero(tested & (sizes.excess >= np.log(params.after_times)))
    return _found("new_device_then_large", ledger, sizes, at, params.after_times,
                  _tail_of(ledger, sizes, tested))  # fmt: skip
