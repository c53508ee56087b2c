"""Kaplan-Meier curves and the log-rank test, by scipy; times in days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats

Array = np.ndarray
ENOUGH = 10
POINTS = 150


@dataclass(frozen=True)
class Spells:
    """Times of one group: days until the event or the end of sight, and whether it happened."""

    days: Array
    ended: Array

    @property
    def size(self) -> int:
        """Spells in all."""
        return len(self.days)

    def chosen(self, mask: Array) -> Spells:
        """Those of the mask."""
        return Spells(self.days[mask], self.ended[mask])


SCHEMA = {"day": pl.Float64, "at_risk": pl.Int64, "events": pl.Int64, "surviving": pl.Float64,
          "low": pl.Float64, "high": pl.Float64, "enough": pl.Boolean}  # fmt: skip


def curve(spells: Spells, confidence: float = 0.95) -> pl.DataFrame:
    """One row per distinct time: day, at_risk (just before), events, surviving, low, high, enough.

    Why not scipy's sf alone: the numbers at risk are part of the answer, and its interval warns on
    the points where the curve is still 1 or already 0; there the interval is the point itself.
    """
    if not spells.size:
        return pl.DataFrame(schema=SCHEMA)
    day, place = np.unique(spells.days, return_inverse=True)
    events = np.bincount(place, weights=spells.ended, minlength=len(day))
    leaving = np.bincount(place, minlength=len(day))
    at_risk = spells.size - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        surviving = np.cumprod(1 - events / at_risk)
        spread = np.cumsum(np.where(at_risk > events, events / (at_risk * (at_risk - events)), 0.0))
        z = stats.norm.ppf(0.5 + confidence / 2) * np.sqrt(spread) / np.log(surviving)
        low, high = surviving ** np.exp(-z), surviving ** np.exp(z)
    certain = (surviving >= 1) | (surviving <= 0)
    return pl.DataFrame({
        "day": day.astype(float), "at_risk": at_risk, "events": events.astype(np.int64),
        "surviving": surviving, "low": np.where(certain, surviving, np.minimum(low, high)),
        "high": np.where(certain, surviving, np.maximum(low, high)), "enough": at_risk >= ENOUGH,
    }, schema=SCHEMA)  # fmt: skip


def thinned(frame: pl.DataFrame, points: int = POINTS) -> pl.DataFrame:
    """At most `points` rows of a curve, evenly by position, the first and the last among them."""
    if frame.height <= points:
        return frame
    return frame[np.unique(np.linspace(0, frame.height - 1, points).round().astype(int))]


def median(frame: pl.DataFrame) -> float | None:
    """The first day by which half have had the event; None if that is not reached."""
    reached = frame.filter(pl.col("surviving") <= 0.5 + 1e-12)
    return None if reached.is_empty() else float(reached["day"][0])


def log_rank(one: Spells, two: Spells) -> tuple[float, float]:
    """Chi-square (1 degree of freedom) and p of the log-rank test of two groups.

    (nan, nan) where a group is empty or nobody had the event: there is nothing to compare.
    """
    if not (one.size and two.size and (one.ended.any() or two.ended.any())):
        return float("nan"), float("nan")
    day, place = np.unique(np.concatenate([one.days, two.days]), return_inverse=True)
    here, first = len(day), place[: one.size]
    died = [
        np.bincount(p, weights=s.ended, minlength=here)
        for p, s in ((first, one), (place[one.size :], two))
    ]
    left = [s.size - np.concatenate([[0], np.cumsum(np.bincount(p, minlength=here))[:-1]])
            for p, s in ((first, one), (place[one.size :], two))]  # fmt: skip
    n, d = left[0] + left[1], died[0] + died[1]
    expected = d * left[0] / n
    variance = np.where(n > 1, d * left[0] * left[1] * (n - d) / (n**2 * np.maximum(n - 1, 1)), 0.0)
    if variance.sum() <= 0:
        return float("nan"), float("nan")
    statistic = float((died[0] - expected).sum() ** 2 / variance.sum())
    return statistic, float(stats.chi2.sf(statistic, 1))
