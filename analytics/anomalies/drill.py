"""From a mark or a row back to the customers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from analytics.text import Text, UserError

if TYPE_CHECKING:
    from analytics.anomalies.result import AnomalyResult

KEYS: Mapping[str, tuple[str, ...]] = {
    "flags": ("customer_id",), "cases": ("customer_id",), "rules": ("kind",),
    "days": ("day", "month", "day_of_month"), "months": ("month",), "score_bins": ("from_value",),
    "profiles": ("customer_id",), "digits": ("digit",), "breakdown": ("group", "kind"),
    "groups": ("group",), "unflagged": ("customer_id",), "account_digits": ("customer_id",),
    "changes": ("customer_id",), "board": ("share",), "group_digits": ("group",),
}  # fmt: skip


def behind(result: AnomalyResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers that `row` of `table` counts, in the order of the id."""
    known = {name: row[name] for name in KEYS.get(table, ()) if name in row}
    if not known:
        expected = ", ".join(KEYS.get(table, tuple(KEYS)))
        raise UserError(Text(f"No row of {table!r} is described; expected {expected}.",
                             f"未指明“{table}”的行；应包含 {expected}。"), "row")  # fmt: skip
    return _frame(result, table, known)["customer_id"].unique().sort()


def _frame(result: AnomalyResult, table: str, known: Mapping[str, Any]) -> pl.DataFrame:
    """The rows, with a column customer_id, that the described row stands for."""
    if table == "digits":
        chosen = result.digits_of.filter(pl.col("digit") == known["digit"])
        return result.customers.join(chosen, on="customer_key", how="semi")
    if table == "board":
        return _best(result, known["share"])
    source = {"rules": result.flags, "breakdown": result.flags, "groups": result.customers,
              "profiles": result.profiles, "unflagged": result.unflagged, "account_digits": result.accounts,
              "changes": result.changes, "group_digits": result.customers}.get(table, result.cases)  # fmt: skip
    assert source is not None
    if table == "breakdown":
        source = source.join(result.customers.select("customer_id", "group"), on="customer_id")
    source = source.with_columns(_derived(table))
    conditions = [pl.col(name).eq_missing(pl.lit(value)) for name, value in known.items()]
    return source.filter(pl.all_horizontal(conditions))


def _best(result: AnomalyResult, part: float) -> pl.DataFrame:
    """The share of labelled customers with the highest scores."""
    assert result.labelled is not None
    return result.labelled.head(max(round(part * result.labelled.height), 1))


def _derived(table: str) -> list[pl.Expr]:
    if table in ("days", "months"):
        return [pl.col("day").dt.strftime("%Y-%m").alias("month"),
                pl.col("day").dt.day().cast(pl.Int64).alias("day_of_month")]  # fmt: skip
    return [pl.col("score").floor().alias("from_value")] if table == "score_bins" else []
