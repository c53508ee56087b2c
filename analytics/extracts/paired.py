"""The customers who are in both extracts, each paired with themselves: categories and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from analytics.privacy import FREE_TEXT, id_prefix
from analytics.story.counts import ORDINALS

MOST_VALUES = 20  # of a category; more are names
LEAST = 30  # customers in both
ID = "customer_id"
NOT_FIGURES = ORDINALS | {"window_days", "group", "active_days"}  # the last only grows over a life
# Whose tables tell what customers did, or place them by frozen limits; elsewhere a row per customer is
# what a model of that extract says of them, and pairing it would compare the models.
OF_FACTS = frozenset({"rfm", "tiers", "lifecycle", "segments"})
SHARES = {"row": pl.String, "part_before": pl.Int64, "part_now": pl.Int64, "whole_before": pl.Int64,
          "whole_now": pl.Int64, "left": pl.Int64, "joined": pl.Int64}  # fmt: skip
MEANS = {"figure": pl.String, "customers": pl.Int64, "mean_before": pl.Float64, "mean_now": pl.Float64,
         "error": pl.Float64}  # fmt: skip


def pairs(then: Mapping[str, pl.DataFrame], now: Mapping[str, pl.DataFrame]
          ) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:  # fmt: skip
    """For every table with a row per customer: its name, shares and means of those in both."""
    for name, later in now.items():
        earlier = then.get(name)
        if earlier is None or ID not in later.columns or ID not in earlier.columns:
            continue
        if later[ID].is_duplicated().any() or earlier[ID].is_duplicated().any():
            continue
        same = [c for c in later.columns if c != ID and earlier.schema.get(c) == later.schema[c]]
        both = earlier.select(ID, *same).join(later.select(ID, *same), on=ID, suffix=" now")
        if both.height >= LEAST:
            yield name, _shares(both, same), _means(both, same)


def _shares(both: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Every value of every category: customers with it then and now, who left it, who joined it."""
    rows = []
    for column in columns:
        if both[column].dtype not in (pl.String, pl.Categorical, pl.Enum, pl.Boolean) or _hidden(
            column
        ):
            continue
        one, two = both[column].cast(pl.String), both[f"{column} now"].cast(pl.String)
        values = pl.concat([one, two]).drop_nulls().unique().sort()
        for value in values if len(values) <= MOST_VALUES else ():
            was, is_now = (one == value).fill_null(False), (two == value).fill_null(False)
            rows.append((f"{column}={value}", was.sum(), is_now.sum(), both.height, both.height,
                         (was & ~is_now).sum(), (~was & is_now).sum()))  # fmt: skip
    return pl.DataFrame(rows, schema=SHARES, orient="row")


def _means(both: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Every figure: its mean then and now, and the standard error of the mean difference."""
    rows = []
    for column in columns:
        if not both[column].dtype.is_numeric() or _hidden(column):
            continue
        known = both.select(
            one=pl.col(column).cast(pl.Float64), two=pl.col(f"{column} now").cast(pl.Float64)
        )
        known = known.filter(pl.all_horizontal(pl.col("one", "two").is_finite()))
        if known.height < LEAST:
            continue
        error = float((known["two"] - known["one"]).std() or 0.0) / known.height**0.5  # type: ignore[arg-type]
        rows.append((column, known.height, known["one"].mean(), known["two"].mean(), error))
    return pl.DataFrame(rows, schema=MEANS, orient="row")


def _hidden(column: str) -> bool:
    return (
        bool(id_prefix(column))
        or column in FREE_TEXT
        or column in NOT_FIGURES
        or column.endswith(("_zh", "_sql"))
    )
