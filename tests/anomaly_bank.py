"""Invented banks as datasets: with planted anomalies and how well a run finds them, and without any."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from analytics.anomalies.params import KINDS, AnomalyParams
from analytics.anomalies.result import AnomalyResult, compute
from analytics.dataset import Dataset
from analytics.statistics import holm
from tests.life_bank import life_bank, without


@dataclass
class Marks:
    """What was planted and found in one bank: cases, customers and kinds."""

    planted: set[tuple[str, Any]]
    unusual: set[str]
    innocent: set[str]
    kinds: set[tuple[str, Any, str]]
    result: AnomalyResult
    customers: int
    hits: dict[str, list[int]] = field(default_factory=dict)


def marked(folder: Path, customers: int, seed: int) -> Marks:
    """Make the bank, run the view with its defaults, and lay the truth beside it."""
    data, truth = life_bank(folder, customers, seed)
    known = data.query("SELECT transaction_id, happened_at::DATE AS day FROM transactions")
    result = compute(data, AnomalyParams(), data.default_as_of)
    data.close()
    rows = _dated(truth["anomalies"], known)
    unusual = {who for who, _, _ in rows}
    innocent = {who for who, _, _ in _dated(truth["innocent"], known)} - unusual
    return Marks({(who, day) for who, day, _ in rows}, unusual, innocent, rows, result, customers)


def _dated(marks: list[dict[str, str]], known: pl.DataFrame) -> set[tuple[str, Any, str]]:
    frame = pl.DataFrame(marks, schema=["customer_id", "transaction_id", "kind"])
    return set(frame.join(known, on="transaction_id").select("customer_id", "day", "kind").rows())


def by_chance(folder: Path, customers: int, seed: int, **params: Any) -> pl.DataFrame:
    """kind, incidents, by_chance of every rule, on a bank in which nothing is planted."""
    data: Dataset = without(folder, customers, seed, "anomalies")
    rules = tuple(kind for kind in KINDS if kind != "profile")
    found = compute(data, AnomalyParams(kinds=rules, **params), data.default_as_of).rules
    data.close()
    return found.select("kind", "incidents", "by_chance").sort("kind")


def explained(rules: pl.DataFrame) -> np.ndarray:
    """Per rule the probability, by chance, of a number as far off as was found; Holm over the rules.

    Exact Poisson, two-sided: twice the smaller tail.
    """
    found, mean = rules["incidents"].to_numpy(), rules["by_chance"].to_numpy()
    smaller = np.minimum(stats.poisson.cdf(found, mean), stats.poisson.sf(found - 1, mean))
    return holm(np.minimum(2 * smaller, 1.0))


def pooled(seeds: list[pl.DataFrame]) -> pl.DataFrame:
    """The same columns summed over seeds."""
    return (
        pl.concat(seeds)
        .group_by("kind")
        .agg(pl.col("incidents").sum(), pl.col("by_chance").sum())
        .sort("kind")
    )
