"""Tail probabilities: how rarely chance alone would give a value at least this large.

- `Tail`: an exponential upper tail fitted to the bank's own values between two high quantiles (peaks
  over a threshold with shape 0; Pickands 1975, Davison & Smith 1990). Why quantiles and not moments:
  the few values looked for must not stretch the tail they are measured against.
- `Tails`: one for customers with a brief history and one for all others.
- `count_tail`: predictive negative-binomial tail of a count whose rate has a gamma posterior.
- `share_tail`: predictive beta-binomial tail of a count out of n.
- `robust_z`, `extreme_deviates`: z from median and MAD (Iglewicz & Hoaglin 1993); Rosner's
  generalised extreme studentised deviates (1983), the reference the tests hold it against.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import stats

Array = np.ndarray
LEAST_VALUES = 100  # under which no tail is fitted
FARTHEST = 10  # values beyond the outer quantile, or
FAR = 5e-4  # this share of them, if that is more
INNER = 10  # times as many lie beyond the inner quantile
MAD_TO_SIGMA = 1.4826
LEAST = 1e-300
GRID = 200
NO_SPREAD = 0.5


@dataclass(frozen=True)
class Tail:
    """P(value >= x): the bank's own shares up to `start`, share * exp(-(x - start) / scale) beyond.

    Args:
        start: the quantile the exponential begins at.
        share: share of the values above it.
        scale: mean excess above it, in units of the value.
        grid: quantiles of the values at equal steps up to `start`, rising.
    """

    start: float
    share: float
    scale: float
    grid: Array = field(repr=False)

    def __call__(self, x: Array | float) -> Array:
        """The probability of a value of at least `x`."""
        value = np.asarray(x, float)
        below = 1 - np.interp(value, self.grid, np.linspace(0, 1 - self.share, len(self.grid)))
        beyond = np.maximum(value - self.start, 0.0)
        return np.maximum(below * np.exp(-beyond / self.scale), LEAST)


@dataclass(frozen=True)
class Tails:
    """The tail of customers with a brief history, and that of all others.

    Why two: the third largest of fifteen movements is no usual largest as that of a hundred is, so
    that chance gives the same multiple of it far more often.

    Args:
        known, brief: the two tails; the same one where either would rest on too few values.
        tests, brief_tests: how many values were held against a threshold, in all and of brief histories.
    """

    known: Tail
    brief: Tail
    tests: int
    brief_tests: int

    def __call__(self, x: Array | float, brief: Array | bool) -> Array:
        """The probability of a value of at least `x`; `brief` says whose history is."""
        return np.where(brief, self.brief(x), self.known(x))

    def of(self, tested: Array) -> Tails:
        """The same tails for other tests, of which `tested` says whose history is brief."""
        return replace(self, tests=len(tested), brief_tests=int(tested.sum()))

    def by_chance(self, x: float) -> float:
        """How many of the tests reach `x` by chance."""
        long = self.tests - self.brief_tests
        return float(long * self.known(x) + self.brief_tests * self.brief(x))


def fit_both(known: Array, brief: Array) -> Tails:
    """The tails of the values of long and of brief histories, both rising and finite."""
    tests = len(known) + len(brief), len(brief)
    if min(len(known), len(brief)) < 2 * LEAST_VALUES:
        one = fit(np.concatenate([known, brief]))
        return Tails(one, one, *tests)
    return Tails(fit(known, ordered=True), fit(brief, ordered=True), *tests)


def fit(values: Array, ordered: bool = False) -> Tail:
    """The tail of the bank's values; a spread of half a unit where there are too few to tell.

    `ordered` values rise and are finite: their quantiles are looked up and not searched for.
    """
    values = values if ordered else np.sort(values[np.isfinite(values)])
    if len(values) < LEAST_VALUES:
        top = float(np.max(values, initial=0.0))
        return Tail(top, 1 / (len(values) + 1), NO_SPREAD, np.array([min(top, 0.0), top]))
    outer = min(max(FARTHEST / len(values), FAR), 0.5 / INNER)
    inner = INNER * outer
    grid = _quantiles(values, np.linspace(0, 1 - inner, GRID))
    high = float(_quantiles(values, np.array([1 - outer]))[0])
    scale = (high - grid[-1]) / np.log(inner / outer)
    return Tail(float(grid[-1]), inner, float(scale) if scale > 1e-9 else NO_SPREAD, grid)


def _quantiles(ordered: Array, shares: Array) -> Array:
    """Linear quantiles of values that rise."""
    at = shares * (len(ordered) - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high].astype(float) - ordered[low])


def gamma_prior(counts: Array, exposures: Array) -> tuple[float, float]:
    """Shape and rate of the gamma that the customers' rates follow, by moments.

    Args:
        counts: events per customer.
        exposures: how long or how often each was looked at; positive.
    """
    if len(counts) < 2 or counts.sum() == 0:
        return 0.5, max(float(exposures.mean()) if len(exposures) else 1.0, 1.0)
    mean = counts.sum() / exposures.sum()
    rates = counts / exposures
    between = np.average((rates - mean) ** 2, weights=exposures)
    between -= mean * len(counts) / exposures.sum()
    rate = mean / max(between, mean * mean / 100)
    return float(mean * rate), float(rate)


def count_tail(count: Array | float, shape: Array | float, rate: Array | float,
               exposure: Array | float = 1.0) -> Array:  # fmt: skip
    """P(N >= count) where N given its rate is Poisson over `exposure`, the rate gamma(shape, rate)."""
    success = rate / (rate + exposure)
    return np.maximum(stats.nbinom.sf(np.asarray(count) - 1, shape, success), LEAST)


def share_tail(count: Array | float, trials: Array | float, a: Array | float, b: Array | float
               ) -> Array:  # fmt: skip
    """P(N >= count) where N is beta-binomial with `trials` and beta(a, b)."""
    return np.maximum(stats.betabinom.sf(np.asarray(count) - 1, trials, a, b), LEAST)


def robust_z(values: Array, floor: float = 0.0) -> Array:
    """Modified z: (x - median) / (1.4826 MAD), where the MAD is at least `floor`.

    Why a floor: nine zeros and one 5,000 have a MAD of 0.
    """
    middle = np.median(values)
    mad = max(float(np.median(np.abs(values - middle))), floor)
    return (values - middle) / (MAD_TO_SIGMA * mad) if mad > 0 else np.zeros(len(values))


def extreme_deviates(values: Array, most: int, alpha: float = 0.05) -> tuple[Array, Array, int]:
    """Rosner's generalised ESD: the statistics, their critical values, and how many outliers.

    R_i is the largest |x - mean| / s of what is left after removing i - 1 values; the number of
    outliers is the last i with R_i > lambda_i.
    """
    left, found, limits = np.array(values, float), [], []
    n = len(left)
    for i in range(1, most + 1):
        away = np.abs(left - left.mean())
        worst = int(away.argmax())
        found.append(away[worst] / left.std(ddof=1))
        t = stats.t.ppf(1 - alpha / (2 * (n - i + 1)), n - i - 1)
        limits.append((n - i) * t / np.sqrt((n - i - 1 + t * t) * (n - i + 1)))
        left = np.delete(left, worst)
    above = np.flatnonzero(np.array(found) > np.array(limits))
    return np.array(found), np.array(limits), int(above[-1]) + 1 if len(above) else 0
