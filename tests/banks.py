"""Tiny banks for tests: a few readable rows per table become a real dataset file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from analytics.dataset import Dataset
from analytics.ingest.build import build_from_frames
from analytics.schema import TABLES

Row = Sequence[Any] | Mapping[str, Any] | str
Rows = Sequence[Row] | pl.DataFrame

SHORT: dict[str, tuple[str, ...]] = {
    "customers": ("customer_id", "opened_on", "region", "customer_type"),
    "accounts": ("account_id", "customer_id", "product", "opened_on", "closed_on"),
    "transactions": ("customer_id", "happened_at", "amount", "kind"),
    "balances": ("customer_id", "balance_on", "balance", "product"),
    "events": ("customer_id", "happened_at", "event", "result"),
    "contacts": ("campaign", "customer_id", "sent_at", "arm"),
    "feedback": ("customer_id", "happened_at", "score"),
    "risk": ("customer_id", "risk_score", "grade"),
}
POLARS_TYPES: dict[str, pl.DataType] = {
    "id": pl.String(), "text": pl.String(), "category": pl.String(), "date": pl.Date(),
    "timestamp": pl.Datetime("us"), "money": pl.Decimal(18, 4), "number": pl.Float64(),
    "integer": pl.Int32(), "bool": pl.Boolean(),
}  # fmt: skip


def build_bank(folder: Path, members: Callable[[str], pl.DataFrame] | None = None,
               audiences: Mapping[str, Sequence[str]] | None = None, **tables: Rows
               ) -> Dataset:  # fmt: skip
    """A dataset from a few rows per table, written into `folder`.

    A row is a tuple in the order of `SHORT` (a shorter one leaves the rest out), a mapping of
    column to value, or a bare string where only the first column matters. Days and times may be
    ISO text, amounts any number; columns that are not canonical become attributes.
    `audiences` maps the name of a kept audience to its customer ids.
    """
    frames = {table: frame_of(table, rows) for table, rows in tables.items()}
    path = build_from_frames(folder, "test bank", frames)
    kept = dict(audiences or {})
    if audiences is not None and members is None:
        members = lambda name: pl.DataFrame({"customer_id": list(kept[name])})  # noqa: E731
    return Dataset(path, members, lambda: list(kept))


def frame_of(table: str, rows: Rows) -> pl.DataFrame:
    """The canonical frame of a few readable rows (see `build_bank`)."""
    if isinstance(rows, pl.DataFrame):
        return rows
    named = [_named(table, row) for row in rows]
    columns = list(dict.fromkeys(name for row in named for name in row)) or list(SHORT[table][:1])
    kinds = {c.name: c.kind for c in TABLES[table].columns}
    return pl.DataFrame({
        name: pl.Series([_value(kinds.get(name, "text"), row.get(name)) for row in named],
                        dtype=POLARS_TYPES[kinds.get(name, "text")])
        for name in columns
    })  # fmt: skip


def _named(table: str, row: Row) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return row
    values = (row,) if isinstance(row, str) else tuple(row)
    assert len(values) <= len(SHORT[table]), f"{table} rows are {SHORT[table]}, found {values}"
    return dict(zip(SHORT[table], values, strict=False))


def _value(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "money":
        return Decimal(str(value))
    if kind == "date":
        return date.fromisoformat(value) if isinstance(value, str) else value
    if kind == "timestamp":
        return _moment(value)
    return float(value) if kind == "number" else value


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
