"""How well the list agrees with outcomes that come with the extract.

The outcome is the flag of the risk extract, or an attribute that says yes. The score of a customer is
that of the strongest case, 0 without one; it saw no outcome, so nothing is trained on what it is judged by.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from analytics.dataset import Dataset, Population
from analytics.evaluation import Board, judge
from analytics.text import Text

YES = frozenset({"true", "yes", "y", "1", "是", "有", "confirmed", "positive"})
HELD_OUT = Text("All customers with a known outcome; the score was made without it.",
                "全部结果已知的客户；评分未使用该结果。")  # fmt: skip
COLUMNS = ["share", "flagged", "hits", "precision", "recall", "lift"]


def known(
    data: Dataset, as_of: date, population: Population, attribute: str | None
) -> pl.DataFrame | None:
    """customer_key and outcome of every customer whose outcome is known; None without any."""
    if attribute is not None:
        with data.scope(as_of, population, attribute) as scope:
            groups = scope.query(
                "SELECT customer_key, group_name FROM customer_groups", step="outcomes"
            )
        said = groups.drop_nulls("group_name")
        return said.select(
            "customer_key", outcome=pl.col("group_name").str.to_lowercase().is_in(list(YES))
        )
    if not data.has("risk.flag"):
        return None
    with data.scope(as_of, population) as scope:
        return scope.query(
            """
            SELECT customer_key, bool_or(flag) AS outcome FROM risk
            WHERE flag IS NOT NULL AND customer_key IS NOT NULL GROUP BY 1 ORDER BY 1""",
            step="outcomes",
        )


def scored(outcomes: pl.DataFrame, cases: pl.DataFrame, everyone: pl.DataFrame) -> pl.DataFrame:
    """customer_id, score, outcome of the customers with a movement and a known outcome; highest first."""
    best = cases.group_by("customer_key").agg(pl.col("score").max())
    return everyone.select("customer_key", "customer_id").join(
        outcomes.with_columns(pl.col("customer_key").cast(everyone.schema["customer_key"])), on="customer_key"
    ).join(best, on="customer_key", how="left").select(
        "customer_id", pl.col("score").fill_null(0.0), "outcome").sort(
        "score", "customer_id", descending=[True, False])  # fmt: skip


def board(frame: pl.DataFrame) -> Board | None:
    """The evaluation board; None where all or none have the outcome."""
    outcome = frame["outcome"].to_numpy().astype(bool)
    if not 0 < outcome.sum() < len(outcome):
        return None
    return judge(frame["score"].to_numpy(), outcome, HELD_OUT, probability=False)


def table(one: Board) -> pl.DataFrame:
    """share, flagged, hits, precision, recall, lift of the customers with the highest scores."""
    found = one.top.select(COLUMNS).with_columns(pl.col("flagged").cast(pl.Int64))
    return found.filter(pl.Series(np.isfinite(found["precision"].to_numpy())))
