"""Customers one by one: where each stands at as_of, whom an action may reach, and by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analytics.lifecycle import balances, schemes
from analytics.lifecycle.days import Calendar, number
from analytics.lifecycle.params import LifecycleParams

if TYPE_CHECKING:
    from analytics.lifecycle.result import LifecycleResult

Array = np.ndarray


def held_out(calendar: Calendar, params: LifecycleParams) -> Array:
    """Who is kept out of every action, so that its effect can be measured, shape (customers,)."""
    return np.random.default_rng(params.seed).random(calendar.size) < params.holdout_share


def free(calendar: Calendar, params: LifecycleParams) -> Array:
    """Who gave consent (everybody, where no extract says) and is not held out, shape (customers,)."""
    consent = calendar.people["consent"]
    given = consent.null_count() == calendar.size or consent.fill_null(False).to_numpy()
    return given & ~held_out(calendar, params)


def table(result: LifecycleResult) -> pl.DataFrame:
    """One row per customer at as_of, best first; see `LifecycleResult.stages`."""
    calendar, last, n = result.calendar, result.last, result.calendar.size
    began = last >= calendar.start[:-1]
    day = calendar.day[np.maximum(last, 0)] if len(calendar.day) else np.zeros(n, np.int32)
    held = result.held
    frame = pl.DataFrame({
        "customer_id": calendar.people["customer_id"],
        "stage": pl.Series(result.scheme.names, dtype=pl.String).gather(result.codes[-1]),
        "idle_days": pl.Series(number(result.boundaries[-1]) - day, dtype=pl.Int32),
        "active_days": pl.Series(np.diff(calendar.start), dtype=pl.Int32),
        "last_active_on": pl.Series(day, dtype=pl.Int32).cast(pl.Date),
        "balance": pl.Series([None] * n, dtype=pl.Decimal(38, 4)) if held is None else balances.money(held[-1]),
        "contactable": pl.Series(result.free, dtype=pl.Boolean),
        "hold_out": pl.Series(held_out(calendar, result.params), dtype=pl.Boolean),
        "began": pl.Series(began, dtype=pl.Boolean),
    })  # fmt: skip
    order = {name: place for place, name in enumerate(schemes.BEST_FIRST)}
    return frame.with_columns(
        pl.when("began").then("idle_days"), pl.when("began").then("last_active_on"),
        place=pl.col("stage").replace_strict(order, return_dtype=pl.Int32),
    ).with_row_index("row").sort(
        "place", "idle_days", nulls_last=True, maintain_order=True).drop("place", "began")  # fmt: skip


def by_group(now: pl.DataFrame, group: pl.Series) -> pl.DataFrame:
    """Every group's shares of stages, held against all other customers; largest group first."""
    placed = now.with_columns(group=group.gather(now["row"]))
    counts = placed.group_by("group", "stage").agg(pl.len().cast(pl.Int64).alias("customers"))
    group_n = pl.col("customers").sum().over("group")
    stage_n = pl.col("customers").sum().over("stage")
    rest = pl.col("customers").sum() - group_n
    return counts.with_columns(
        share=pl.col("customers") / group_n, group_customers=group_n,
        rest_share=pl.when(rest > 0).then((stage_n - pl.col("customers")) / rest),
    ).with_columns(difference=pl.col("share") - pl.col("rest_share")).sort(
        "group_customers", "group", "customers", "stage",
        descending=[True, False, True, False], nulls_last=True).drop("group_customers")  # fmt: skip
