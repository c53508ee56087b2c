"""Choosing the dormancy threshold from the data: how many it flags, and how many of them falsely.

A silence is the time from an active day to the next one of the same customer, or to as_of. It is
flagged at threshold t if it is longer than t (no active day up to and on the t-th day), falsely if
the customer came back within `h` days of being flagged. Only silences flagged at least h days
before as_of are judged, so that a return had the time to happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.lifecycle.days import Calendar, number

Array = np.ndarray
GRID = tuple([*range(7, 120, 7), *range(120, 366, 15)])
BINS = ((1, 1), (2, 3), (4, 7), (8, 14), (15, 30), (31, 60), (61, 90), (91, 120), (121, 180),
        (181, 365), (366, None))  # fmt: skip


def silences(calendar: Calendar) -> tuple[Array, Array, Array]:
    """First day, length in days, and whether it has ended, of every silence, flat."""
    end = number(calendar.as_of)
    following = np.append(calendar.day[1:], end)
    last = calendar.start[1:][np.diff(calendar.start) > 0] - 1
    ended = np.ones(len(calendar.day), bool)
    ended[last] = False
    following[last] = end
    return calendar.day, following - calendar.day, ended


@dataclass(frozen=True)
class Silences:
    """Silences of at least `least` days, those that go on of any length, the shortest first.

    Args:
        least: days.
        first: first day, in days since 1970, shape (silences,).
        days: length, same shape.
        ended: whether the customer came back, same shape.
    """

    least: int
    first: Array
    days: Array
    ended: Array

    def longer(self, days: int) -> Silences:
        """Those of at least so many days."""
        low = int(np.searchsorted(self.days, days))
        return Silences(max(days, self.least), self.first[low:], self.days[low:], self.ended[low:])


def by_length(calendar: Calendar, least: int = min(GRID)) -> Silences:
    """The silences in the order of their length, so that a threshold is a place among them."""
    first, days, ended = silences(calendar)
    kept = np.flatnonzero((days >= least) | ~ended)
    kept = kept[np.argsort(days[kept], kind="stable")]
    return Silences(least, first[kept], days[kept], ended[kept])


def curve(calendar: Calendar, returns_within_days: int, thresholds: Sequence[int],
          known: Silences | None = None) -> pl.DataFrame:  # fmt: skip
    """One row per threshold.

    Args:
        calendar: active days.
        returns_within_days: who came back so soon after the threshold was flagged falsely.
        thresholds: idle days, in any order.
        known: `by_length`, if at hand.

    Returns threshold_days, flagged_now (customers idle that long at as_of), flagged_share (of those
    who ever were active), judged (past silences flagged early enough to judge), false_alarms,
    false_share.
    """
    if known is None or min(thresholds) < known.least:
        known = by_length(calendar, min(thresholds))
    end = number(calendar.as_of)
    began = int((np.diff(calendar.start) > 0).sum())
    rows = []
    for days in sorted(set(thresholds)):
        known = known.longer(days)
        flagged = int((~known.ended).sum())
        reached = known.ended & (known.days > days) | ~known.ended
        judged = reached & (known.first <= end - days - returns_within_days)
        soon = int(np.searchsorted(known.days, days + returns_within_days, side="right"))
        n, false = int(judged.sum()), int((judged & known.ended)[:soon].sum())
        rows.append((days, flagged, flagged / began if began else None, n, false,
                     false / n if n else None))  # fmt: skip
    return pl.DataFrame(rows, orient="row", schema={
        "threshold_days": pl.Int64, "flagged_now": pl.Int64, "flagged_share": pl.Float64,
        "judged": pl.Int64, "false_alarms": pl.Int64, "false_share": pl.Float64}).filter(began > 0)  # fmt: skip


def gaps(calendar: Calendar) -> pl.DataFrame:
    """Ended silences by length: from_days, to_days, silences, share, share_up_to."""
    _, length, ended = silences(calendar)
    length = length[ended]
    counted = [
        int(((length >= a) & (length <= (b or length.max(initial=a)))).sum()) for a, b in BINS
    ]
    total = sum(counted)
    frame = pl.DataFrame({"from_days": [a for a, _ in BINS], "to_days": [b for _, b in BINS],
                          "silences": counted}).filter(pl.col("silences") > 0)  # fmt: skip
    return frame.with_columns(share=pl.col("silences") / total,
                              share_up_to=pl.col("silences").cum_sum() / total)  # fmt: skip
