"""Other names for where a customer stands: the same days, told in another bank's words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analytics.lifecycle.days import Calendar
from analytics.lifecycle.stages import DORMANT, LOST, NOT_YET, STAGES, Snapshots
from analytics.text import Text

Array = np.ndarray
NEW_DAYS = 180
TREND_MONTHS = 6
TITLES = {
    "opened": Text("Opened", "已开户"), "activated": Text("Activated", "已激活"),
    "active": Text("Active", "活跃"), "dormant": Text("Dormant", "沉睡"),
    "lost": Text("Lost", "流失"), "reactivated": Text("Reactivated", "已唤醒"),
    "novice": Text("Novice", "新手"), "growing": Text("Growing", "成长"),
    "mature": Text("Mature", "成熟"), "declining": Text("Declining", "衰退"),
    "new": Text("New", "新客"), "acquisition": Text("Acquisition", "获客"),
    "activation": Text("Activation", "激活"), "retention": Text("Retention", "留存"),
    "resurrection": Text("Resurrection", "回流"), "churn": Text("Churn", "流失客群"),
}  # fmt: skip


@dataclass(frozen=True)
class Scheme:
    """Names in the order of a customer's life, and the code of each for every one of `STAGES`.

    Args:
        names: keys of the stages.
        codes: position in `names` of each of the six stages.
        asleep: the name a wake-up starts from.
        awake: the name it leads to.
    """

    names: tuple[str, ...]
    codes: tuple[int, ...]
    asleep: str
    awake: str


SCHEMES = {
    "stages": Scheme(STAGES, (0, 1, 2, 3, 4, 5), "dormant", "reactivated"),
    "novice": Scheme(("novice", "growing", "active", "dormant", "lost"), (0, 1, 2, 3, 4, 2),
                     "dormant", "active"),
    "aarrr": Scheme(("acquisition", "activation", "retention", "churn", "resurrection"),
                    (0, 1, 2, 3, 3, 4), "churn", "resurrection"),
    "growth": Scheme(("new", "growing", "mature", "declining"), (0, 0, 2, 3, 3, 2),
                     "declining", "mature"),
}  # fmt: skip
# What is best to have comes first in lists.
BEST_FIRST = ("active", "retention", "growing", "mature", "reactivated", "resurrection", "activated",
              "activation", "novice", "new", "opened", "acquisition", "declining", "dormant", "churn",
              "lost")  # fmt: skip


def coded(key: str, taken: Snapshots, calendar: Calendar, balance: Array | None) -> Array:
    """Codes of the scheme in place of the six stages, shape (boundaries, customers)."""
    scheme = SCHEMES[key]
    if key == "growth":
        return _growth(taken, calendar, balance)
    if scheme.names == STAGES:
        return taken.stage
    table = np.array([*scheme.codes, NOT_YET], np.int8)  # -1 reads the last entry
    return table[taken.stage]


def _growth(taken: Snapshots, calendar: Calendar, balance: Array | None) -> Array:
    """New for the first 180 days; then by the trend of the balance; dormant or lost is declining.

    The trend is the Theil-Sen slope of the log balance over seven month ends; growing or declining
    only if its 95 % interval (Sen 1968, JASA 63:1379) excludes 0.
    """
    silent = (taken.stage == DORMANT) | (taken.stage == LOST)
    found = np.where(silent, 3, 2)
    if balance is not None:
        for row in range(TREND_MONTHS, len(balance)):
            trend = _trend(balance[row - TREND_MONTHS : row + 1])
            found[row] = np.where(silent[row], 3, np.array([2, 1, 3])[trend])
    tenure = taken.boundaries[:, None] - calendar.opened[None, :]
    found = np.where(tenure < NEW_DAYS, 0, found)
    return np.where(taken.stage == NOT_YET, NOT_YET, found).astype(np.int8)


def _trend(balance: Array) -> Array:
    """1 rising, -1 falling, 0 neither, shape (customers,)."""
    level = np.log1p(np.maximum(balance, 0).astype(float))
    n = len(level)
    slopes = np.sort(
        [(level[j] - level[i]) / (j - i) for i, j in combinations(range(n), 2)], axis=0
    )
    pairs = len(slopes)
    half = 1.96 * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low, high = int((pairs - half) // 2), int(np.ceil((pairs + half) / 2))
    return (slopes[max(low, 0)] > 0).astype(int) - (slopes[min(high, pairs - 1)] < 0)
