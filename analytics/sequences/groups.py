"""Patterns per group of customers, each group held against all others, corrected over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from analytics.ragged import Array
from analytics.sequences.builder import Sequences
from analytics.sequences.holders import Pattern, Tracer
from analytics.sequences.mining import limits_of, spelled
from analytics.sequences.params import MineParams
from analytics.statistics import benjamini_hochberg, fisher_two_sided, newcombe

MOST_PATTERNS, MOST_GROUPS = 30, 20
SCHEMA = {"pattern": pl.String, "group": pl.String, "customers": pl.Int64, "group_customers": pl.Int64,
          "share": pl.Float64, "rest_share": pl.Float64, "difference": pl.Float64, "low": pl.Float64,
          "high": pl.Float64, "p": pl.Float64, "q": pl.Float64}  # fmt: skip


def group_of(built: Sequences) -> tuple[list[str | None], Array]:
    """Groups, the largest first, and each customer row's place in that list (-1 without a sequence)."""
    have = np.zeros(built.customers.height, bool)
    have[built.owner] = True
    sizes = built.customers.filter(pl.Series(have, dtype=pl.Boolean)).group_by("group").len().sort(
        "len", "group", descending=[True, False], nulls_last=True)  # fmt: skip
    names = sizes["group"].to_list()
    place = {name: number for number, name in enumerate(names)}
    return names, np.array(
        [place[g] if h else -1 for g, h in zip(built.customers["group"], have, strict=True)],
        np.int64,
    )


def sizes(built: Sequences) -> pl.DataFrame:
    """group, customers, steps; the largest first."""
    names, place = group_of(built)
    customers = np.bincount(place[place >= 0], minlength=len(names))
    steps = np.bincount(place[built.owner[built.events.sequence]], minlength=len(names))
    return pl.DataFrame({"group": names, "customers": customers, "steps": steps},
                        schema={"group": pl.String, "customers": pl.Int64, "steps": pl.Int64})  # fmt: skip


def tables_of(breakdown: pl.DataFrame | None, groups: pl.DataFrame | None
              ) -> dict[str, pl.DataFrame]:  # fmt: skip
    """The tables of a breakdown by name; none where nothing was broken down."""
    found = {"breakdown": breakdown, "groups": groups}
    return {name: frame for name, frame in found.items() if frame is not None}


def of_group(built: Sequences, ids: pl.Series, row: Mapping[str, Any]) -> pl.Series:
    """Those of the ids that belong to the group a row names; all where it names none."""
    if "group" not in row:
        return ids
    own = built.customers.filter(pl.col("group").eq_missing(pl.lit(row["group"])))["customer_id"]
    return ids.filter(ids.is_in(own.implode()))


def held_by(built: Sequences, sequences: Iterable[Array]) -> Array:
    """Customers of each group behind each list of sequences, shape (lists, groups)."""
    names, place = group_of(built)
    rows = [
        np.bincount(place[np.unique(built.owner[one])], minlength=len(names)) for one in sequences
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(names))


def compared(built: Sequences, labels: list[str], held: Array, column: str) -> pl.DataFrame:
    """Each label's holders in each group against all others; see `against_rest`."""
    names, place = group_of(built)
    if not len(held):
        return empty(column)
    size = np.bincount(place[place >= 0], minlength=len(names))
    return against_rest(labels, held, size, names, column)


def empty(column: str) -> pl.DataFrame:
    """No comparison: a frame without rows."""
    return pl.DataFrame(
        schema={column: pl.String, **{k: v for k, v in SCHEMA.items() if k != "pattern"}}
    )


def breakdown(built: Sequences, patterns: list[Pattern], params: MineParams) -> pl.DataFrame:
    """The most frequent patterns of two steps or more (else any) in the largest groups."""
    longer = ([p for p in patterns if len(p) > 1] or patterns)[:MOST_PATTERNS]
    tracer = Tracer(built.events, limits_of(params))
    held = held_by(built, (tracer.trace(p).sequence for p in longer))
    return compared(built, [spelled(p, built.alphabet) for p in longer], held, "pattern")


def against_rest(labels: list[str], held: Array, size: Array, names: list[str | None], column: str = "pattern"
                 ) -> pl.DataFrame:  # fmt: skip
    """Each label's holders in each group against all others, with Fisher's p and one q over all.

    Args:
        labels: one per row of `held`.
        held: customers, shape (labels, groups).
        size: customers of each group.
        names: of the groups.
        column: name of the label's column.
    """
    shown = min(len(names), MOST_GROUPS)
    a, n_a = held[:, :shown].ravel(), np.tile(size[:shown], len(held))
    c, n_c = np.repeat(held.sum(1), shown) - a, size.sum() - n_a
    p = fisher_two_sided(a, n_a - a, c, n_c - c)
    low, high = newcombe(a, np.maximum(n_a, 1), c, np.maximum(n_c, 1))
    rest = np.where(n_c > 0, c / np.maximum(n_c, 1), np.nan)
    share = a / np.maximum(n_a, 1)
    frame = pl.DataFrame({
        column: np.repeat(np.array(labels[: len(held)], dtype=object), shown).tolist(), "group": names[:shown] * len(held), "customers": a,
        "group_customers": n_a, "share": share, "rest_share": rest, "difference": share - rest, "low": low,
        "high": high, "p": p, "q": benjamini_hochberg(p)},
        schema={column: pl.String, **{k: v for k, v in SCHEMA.items() if k != "pattern"}})  # fmt: skip
    return frame.with_columns(pl.col("rest_share", "difference").fill_nan(None))
