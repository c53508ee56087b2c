"""Shares of all: every table that counts customers as a part of a known whole, row by row.

Where the rows of a table part all customers, a row that only one extract has is nobody in the other;
rows of a list of the best (rules, patterns) are compared where both have them.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from analytics.story.counts import is_single, key_columns

PAIRS = (("retained", "customers"), ("count", "antecedent_count"), ("customers", "group_customers"))
MOST_ROWS = 400  # of a table; a longer list is a distribution, not a set of shares
_SHARE_ERROR = 1e-6


def shares_of(
    analysis: str, then: Mapping[str, pl.DataFrame], now: Mapping[str, pl.DataFrame]
) -> list[pl.DataFrame]:
    """The comparable rows of both results, a frame per table: row, part_before, ..., whole_now."""
    found = []
    for name in now:
        if name not in then:
            continue
        before, after = _parts(then[name]), _parts(now[name])
        if before is None or after is None:
            continue
        joined = after.join(before, on="row", how="full" if _is_parted(now[name]) else "inner",
                            coalesce=True, suffix="_before",
                            maintain_order="left_right")  # fmt: skip
        found.append(joined.select(
            analysis=pl.lit(analysis), table=pl.lit(name), row=pl.col("row"),
            part_before=pl.col("part_before").fill_null(0),
            whole_before=pl.col("whole_before").fill_null(pl.col("whole_before").max()),
            part_now=pl.col("part").fill_null(0), whole_now=pl.col("whole").fill_null(pl.col("whole").max())))  # fmt: skip
    return found


def _parts(table: pl.DataFrame) -> pl.DataFrame | None:
    """Part and whole of every row of a table of shares; None for any other table."""
    if is_single(table) or not 0 < table.height <= MOST_ROWS or not (keys := key_columns(table)):
        return None
    whole = _whole(table)
    if whole is None:
        return None
    part, of = whole
    row = pl.concat_str([pl.format("{}={}", pl.lit(key), pl.col(key).cast(pl.String).fill_null("–")) for key in keys],
                        separator=", ")  # fmt: skip
    return table.select(row=row, part=pl.Series(part, dtype=pl.Int64), whole=pl.Series(of, dtype=pl.Int64)).unique(
        "row", keep="first", maintain_order=True)  # fmt: skip


def _is_parted(table: pl.DataFrame) -> bool:
    """Whether the rows part one whole, so that a missing row is nobody."""
    return not any({part, whole} <= set(table.columns) for part, whole in PAIRS)


def _whole(table: pl.DataFrame) -> tuple[pl.Series, pl.Series] | None:
    """The counts and what they are parts of: a named pair, or customers with their share of the total."""
    for part, whole in PAIRS:
        if {part, whole} <= set(table.columns):
            return table[part].cast(pl.Int64), table[whole].cast(pl.Int64)
    if {"customers", "share"} <= set(table.columns):
        total = int(table["customers"].sum())
        even = (table["customers"] / max(total, 1) - table["share"]).abs().max()
        if total and even is not None and float(even) < _SHARE_ERROR:  # type: ignore[arg-type]
            return table["customers"].cast(pl.Int64), pl.Series(
                [total] * table.height, dtype=pl.Int64
            )
    return None
