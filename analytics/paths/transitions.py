"""Which step follows which: eight weights of every transition, and how long customers dwell."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.sequences.builder import Sequences

Array = np.ndarray
HOUR_US = 3_600_000_000
SCHEMA = {"source": pl.String, "target": pl.String, "count": pl.Int64, "customers": pl.Int64, "share": pl.Float64,
          "out_probability": pl.Float64, "in_probability": pl.Float64, "per_customer": pl.Float64,
          "median_hours": pl.Float64, "p95_hours": pl.Float64}  # fmt: skip
DWELL = {
    "token": pl.String,
    "visits": pl.Int64,
    "customers": pl.Int64,
    "median_hours": pl.Float64,
    "p95_hours": pl.Float64,
}


def pairs(built: Sequences) -> pl.DataFrame:
    """One row per transition: source and target code, owner (row of the customer), hours."""
    events = built.events
    inside = events.sequence[1:] == events.sequence[:-1]
    return pl.DataFrame({
        "source": events.item[:-1][inside], "target": events.item[1:][inside],
        "owner": built.owner[events.sequence[1:][inside]] if len(events.item) else np.zeros(0, np.int64),
        "hours": (events.time[1:] - events.time[:-1])[inside] / HOUR_US})  # fmt: skip


def transition_table(built: Sequences, steps: pl.DataFrame, min_customers: int) -> pl.DataFrame:
    """All transitions, the most frequent first.

    out_probability is the share of the source's transitions that go to the target, in_probability
    the share of the target's that come from the source, share that of all transitions,
    per_customer count / customers; hours from source to target.
    """
    table = steps.group_by("source", "target").agg(
        pl.len().cast(pl.Int64).alias("count"), pl.col("owner").n_unique().cast(pl.Int64).alias("customers"),
        pl.col("hours").median().alias("median_hours"), pl.col("hours").quantile(0.95, "linear").alias("p95_hours"))  # fmt: skip
    table = table.with_columns(
        share=pl.col("count") / pl.col("count").sum(),
        out_probability=pl.col("count") / pl.col("count").sum().over("source"),
        in_probability=pl.col("count") / pl.col("count").sum().over("target"),
        per_customer=pl.col("count") / pl.col("customers"),
    ).filter(pl.col("customers") >= min_customers).sort("count", "source", "target", descending=[True, False, False])  # fmt: skip
    return named(table, built.alphabet, "source", "target").select(list(SCHEMA)).cast(SCHEMA)  # type: ignore[arg-type]


def named(frame: pl.DataFrame, alphabet: tuple[str, ...], *columns: str) -> pl.DataFrame:
    """Codes in these columns as names."""
    names = pl.Series("names", list(alphabet), dtype=pl.String)
    return frame.with_columns(names.gather(frame[c].cast(pl.UInt32)).alias(c) for c in columns)


def dwell_table(built: Sequences, steps: pl.DataFrame) -> pl.DataFrame:
    """Hours from a step to the next one: token, visits (that had a next), customers, quantiles."""
    table = steps.group_by("source").agg(
        pl.len().cast(pl.Int64).alias("visits"), pl.col("owner").n_unique().cast(pl.Int64).alias("customers"),
        pl.col("hours").median().alias("median_hours"), pl.col("hours").quantile(0.95, "linear").alias("p95_hours"),
    ).sort("visits", "source", descending=[True, False])  # fmt: skip
    return named(table, built.alphabet, "source").rename({"source": "token"}).cast(DWELL)  # type: ignore[arg-type]
