"""Choosing the dormancy threshold from the data: how many it flags, and how many of them falsely.

A silence is the time from an active day to the next one of the same customer, or to as_of. It is
flagged at threshold t if it is longer than t (no active day up to and on the t-th day), falsely if
the customer came back within `h` days of being flagged. Only silences flagged at least h days
before as_of are judged, so that a return had the time to happen.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def long_silences(calendar: Calendar) -> tuple[Array, Array, Array]:
    """`silences` of at least the smallest threshold of the grid, and the open ones of any length."""
    first, length, ended = silences(calendar)
    kept = (length >= min(GRID)) | ~ended
    return first[kept], length[kept], ended[kept]


def curve(calendar: Calendar, returns_within_days: int, thresholds: Sequence[int],
          known: tuple[Array, Array, Array] | None = None) -> pl.DataFrame:  # fmt: skip
    """One row per threshold.

    Args:
        calendar: active days.
        returns_within_days: who came back so soon after the threshold was flagged falsely.
        thresholds: idle days, in any order.
        known: `long_silences`, if at hand.

    Returns threshold_days, flagged_now (customers idle that long at as_of), flagged_share (of those
    who ever were active), judged (past silences flagged early enough to judge), false_alarms,
    false_share.
    """
    first, length, ended = (
        silences(calendar) if known is None or min(thresholds) < min(GRID) else known
    )
    end = number(calendar.as_of)
    began = int((np.diff(calendar.start) > 0).sum())
    idle_now = length[~ended]
    long = length >= min(thresholds)
    first, length, ended = first[long], length[long], ended[long]
    rows = []
    for days in sorted(set(thresholds)):
        reached = (length > days) | (~ended & (length >= days))
        judged = reached & (first + days + returns_within_days <= end)
        false = int((judged & ended & (length <= days + returns_within_days)).sum())
        n = int(judged.sum())
        flagged = int((idle_now >= days).sum())
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
