"""Calendar weeks and months as numbers."""

from __future__ import annotations

from datetime import date

import numpy as np

from analytics.lifecycle.days import EPOCH

Array = np.ndarray


def period_of(days: Array, unit: str) -> Array:
    """Number of the calendar week (ISO, from Monday) or month of each day since 1970."""
    if unit == "week":
        return (np.asarray(days, np.int64) + 3) // 7  # 1970-01-01 was a Thursday
    return (
        np.asarray(days, np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    )


def first_of(period: int, unit: str) -> date:
    """The first day of a period.

    >>> first_of(0, "month"), first_of(1, "week")
    (datetime.date(1970, 1, 1), datetime.date(1970, 1, 5))
    """
    if unit == "week":
        return date.fromordinal(EPOCH.toordinal() + int(period) * 7 - 3)
    return date(1970 + int(period) // 12, int(period) % 12 + 1, 1)
