"""How much more than chance: intervals, z and p of every number, adjusted over all of them together."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.stats import binom, norm

from analytics.statistics import fisher_two_sided, holm, newcombe

LEVEL = 0.05
WIDTH = 1.959964  # standard errors of a 95 % interval
JUDGED = ("difference", "low", "high", "z", "p", "p_adjusted", "moved")
SHARES = ("analysis", "table", "row", "basis", "part_before", "whole_before", "part_now", "whole_now",
          "share_before", "share_now", *JUDGED)  # fmt: skip
MEANS = ("analysis", "table", "figure", "customers", "mean_before", "mean_now", *JUDGED)
Array = np.ndarray


def judged(
    of_all: list[pl.DataFrame], of_same: list[pl.DataFrame], means: list[pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All shares, and all means, what moved most first; p adjusted over both together."""
    parts = [_independent(pl.concat(of_all))] if of_all else []
    parts += [_same(pl.concat(of_same))] if of_same else []
    shares = (
        pl.concat(parts, how="diagonal")
        if parts
        else pl.DataFrame(schema=dict.fromkeys(SHARES, pl.String))
    )
    figures = (
        _figures(pl.concat(means))
        if means
        else pl.DataFrame(schema=dict.fromkeys(MEANS, pl.String))
    )
    p = np.r_[*(frame["p"].cast(pl.Float64).to_numpy() for frame in (shares, figures))]
    adjusted = holm(p) if len(p) else p
    shares = _with_verdict(shares, adjusted[: shares.height])
    figures = _with_verdict(figures, adjusted[shares.height :])
    return (shares.select(SHARES).sort(["moved", pl.col("difference").cast(pl.Float64).abs()], descending=True),
            figures.select(MEANS).sort(["moved", pl.col("z").cast(pl.Float64).abs()], descending=True))  # fmt: skip


def _with_verdict(frame: pl.DataFrame, adjusted: Array) -> pl.DataFrame:
    return frame.with_columns(p_adjusted=pl.Series(adjusted, dtype=pl.Float64),
                              moved=pl.Series(adjusted <= LEVEL, dtype=pl.Boolean))  # fmt: skip


def _independent(rows: pl.DataFrame) -> pl.DataFrame:
    """Two samples: Newcombe's interval, Fisher's p, z with the pooled share."""
    rows = rows.filter((pl.col("whole_before") > 0) & (pl.col("whole_now") > 0))
    a, n, c, m = (rows[name].to_numpy().astype(np.int64)
                  for name in ("part_now", "whole_now", "part_before", "whole_before"))  # fmt: skip
    low, high = newcombe(a, n, c, m)
    pooled = (a + c) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return _shown(rows, low, high, _ratio(a / n - c / m, error), fisher_two_sided(a, n - a, c, m - c)).with_columns(
        basis=pl.lit("all"))  # fmt: skip


def _same(rows: pl.DataFrame) -> pl.DataFrame:
    """The same customers: McNemar's exact p, and the interval of a paired difference of shares."""
    left, joined, n = (
        rows[name].to_numpy().astype(float) for name in ("left", "joined", "whole_now")
    )
    gap = (joined - left) / n
    half = WIDTH * np.sqrt(np.maximum(left + joined - (joined - left) ** 2 / n, 0)) / n
    p = np.minimum(2 * binom.cdf(np.minimum(left, joined), left + joined, 0.5), 1.0)
    z = _ratio(joined - left, np.sqrt(left + joined))
    return _shown(rows.drop("left", "joined"), gap - half, gap + half, z, p).with_columns(
        basis=pl.lit("same")
    )


def _figures(rows: pl.DataFrame) -> pl.DataFrame:
    """The mean difference of the same customers against its standard error."""
    error = rows["error"].to_numpy()
    gap = (rows["mean_now"] - rows["mean_before"]).to_numpy()
    z = _ratio(gap, error)
    return rows.drop("error").with_columns(
        difference=pl.Series(gap), low=pl.Series(gap - WIDTH * error), high=pl.Series(gap + WIDTH * error),
        z=pl.Series(z), p=pl.Series(2 * norm.sf(np.abs(z))))  # fmt: skip


def _shown(rows: pl.DataFrame, low: Array, high: Array, z: Array, p: Array) -> pl.DataFrame:
    return rows.with_columns(
        share_before=pl.col("part_before") / pl.col("whole_before"),
        share_now=pl.col("part_now") / pl.col("whole_now"), low=pl.Series(low, dtype=pl.Float64),
        high=pl.Series(high, dtype=pl.Float64), z=pl.Series(z, dtype=pl.Float64),
        p=pl.Series(p, dtype=pl.Float64)).with_columns(
        difference=pl.col("share_now") - pl.col("share_before"))  # fmt: skip


def _ratio(top: Array, bottom: Array) -> Array:
    """0 where nothing varies."""
    return np.divide(top, bottom, out=np.zeros(len(top)), where=bottom > 0)
