"""Tables and charts of a result as they may leave in a story: small cells blanked, beyond recovery.

A row is blanked as a whole: its counts, and every share, sum and median that would give them back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from analytics.story.cells import withheld
from analytics.story.counts import (
    CUMULATIVE,
    count_columns,
    is_single,
    key_columns,
    measures,
    nested,
)
from analytics.text import Text, UserError

SMALLEST_SHOWN = 10  # customers; smaller cells stay in the house
SINGLE = Text("This table has a row per customer. Stories and their files hold totals only; pin a chart or a summary.",
              "该数据表逐客户列示。汇报及其文件仅含汇总数据，请固定图表或汇总表。")  # fmt: skip


def safe_table(tables: Mapping[str, pl.DataFrame], name: str, k: int) -> pl.DataFrame:
    """One table with its small cells blanked; UserError if its rows are single customers."""
    frame = tables[name]
    if is_single(frame):
        raise UserError(SINGLE, "single_customers")
    gone = _gone(name, frame, k) if count_columns(frame) else _inherited(frame, name, tables, k)
    return _blanked(frame, gone)


def withheld_rows(safe: pl.DataFrame) -> int:
    """How many rows of a safe table are blanked."""
    numbers = count_columns(safe)[:1] or measures(safe)[:1]
    return int(safe[numbers[0]].null_count()) if numbers else 0


def safe_rows(rows: list[Any], table: str, safe: pl.DataFrame | None, k: int) -> list[Any]:
    """The rows of a chart's data that may leave.

    A row goes if its own counts are small, or if it draws a row that is blanked in its table.
    """
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        return rows
    frame = pl.DataFrame(rows, infer_schema_length=None, strict=False)
    gone = _gone(table, frame, k)
    if safe is not None and (keys := key_columns(safe)) and set(keys) <= set(frame.columns):
        blank = set(safe.filter(blank_rows(safe)).select(keys).rows())
        gone |= np.array(
            [_plain(row, keys) in {_plain_tuple(b) for b in blank} for row in rows], bool
        )
    return [row for row, hide in zip(rows, gone, strict=True) if not hide]


def _gone(table: str, frame: pl.DataFrame, k: int) -> np.ndarray:
    """Rows to blank for their own counts: small ones, small rests within a row, between neighbours."""
    gone = np.zeros(frame.height, dtype=bool)
    counts, keys = count_columns(frame), key_columns(frame)
    for part, whole in nested(frame):
        rest = (frame[whole] - frame[part]).fill_null(0).to_numpy()
        gone |= (rest > 0) & (rest < k)
    for name in counts:
        gone |= withheld(frame.select(keys), frame[name].to_list(), k, gone)
    for name in CUMULATIVE.get(table, ()):
        if name in frame.columns:
            gone |= _too_close(frame, keys, name, gone, k)
    return gone


def _too_close(frame: pl.DataFrame, keys: list[str], name: str, gone: np.ndarray, k: int) -> np.ndarray:  # fmt: skip
    """Rows that differ from the last one kept by a few people only, within their group."""
    found, last = gone.copy(), dict[Any, int]()
    groups = frame.select(keys[:-1]).rows() if len(keys) > 1 else [()] * frame.height
    for place, (group, n) in enumerate(zip(groups, frame[name], strict=True)):
        if found[place] or n is None:
            continue
        if group in last and 0 < abs(n - last[group]) < k:
            found[place] = True
        else:
            last[group] = n
    return found


def _inherited(
    frame: pl.DataFrame, name: str, tables: Mapping[str, pl.DataFrame], k: int
) -> np.ndarray:
    """A table without counts of its own is blank where the group it describes is blank elsewhere."""
    found = np.zeros(frame.height, dtype=bool)
    for other, rows in tables.items():
        if other == name or is_single(rows) or not count_columns(rows):
            continue
        keys = key_columns(rows)
        if len(keys) == 1 and frame.schema.get(keys[0]) == rows[keys[0]].dtype:
            blank = rows.filter(_gone(other, rows, k))[keys[0]]
            found |= frame[keys[0]].is_in(blank.implode(), nulls_equal=True).to_numpy()
    return found


def _blanked(frame: pl.DataFrame, gone: np.ndarray) -> pl.DataFrame:
    keep = pl.Series("_keep", ~gone)
    return frame.with_columns(
        pl.when(keep).then(pl.col(c)).otherwise(None).alias(c) for c in measures(frame))  # fmt: skip


def blank_rows(safe: pl.DataFrame) -> pl.Expr:
    """Whether a row of a safe table is blanked."""
    numbers = measures(safe)
    return pl.all_horizontal(pl.col(c).is_null() for c in numbers) if numbers else pl.lit(False)


def _plain(row: Mapping[str, Any], keys: list[str]) -> tuple[str, ...]:
    return _plain_tuple(tuple(row[key] for key in keys))


def _plain_tuple(values: tuple[Any, ...]) -> tuple[str, ...]:
    """Values as text, because a chart writes days and numbers its own way."""
    return tuple(str(value)[:10] if hasattr(value, "isoformat") else str(value) for value in values)
