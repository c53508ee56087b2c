"""A generated bank as a dataset, with its truth, for the analyses of the lifecycle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from analytics.dataset import Dataset
from analytics.ingest.build import build_from_frames
from analytics.schema import TABLES
from sample_data.generate import write_bank
from tests.banks import POLARS_TYPES

NAMES = ("customers", "accounts", "transactions", "balances", "events")


def life_bank(
    folder: Path, customers: int, seed: int, months: int = 36
) -> tuple[Dataset, dict[str, Any]]:
    """The bank's dataset and its truth; `folder/csv` keeps the files."""
    written = write_bank(folder / "csv", customers, months=months, seed=seed)
    truth = json.loads((written / "truth.json").read_text(encoding="utf-8"))
    frames = {name: _read(written / f"{name}.csv", name) for name in NAMES}
    return Dataset(build_from_frames(folder / "bank", "life", frames)), truth


def without(folder: Path, customers: int, seed: int, *parts: str) -> Dataset:
    """The dataset of a generated bank that lacks these planted parts."""
    written = write_bank(folder / "csv", customers, seed=seed, without=frozenset(parts))
    frames = {name: _read(written / f"{name}.csv", name) for name in NAMES}
    return Dataset(build_from_frames(folder / "bank", "plain", frames))


def _read(path: Path, table: str) -> pl.DataFrame:
    kinds = {c.name: c.kind for c in TABLES[table].columns}
    frame = pl.read_csv(path, infer_schema=False)
    return frame.select(c for c in frame.columns if c in kinds).with_columns(
        _cast(c, kinds[c]) for c in frame.columns if c in kinds)  # fmt: skip


def _cast(name: str, kind: str) -> pl.Expr:
    column = pl.col(name)
    if kind == "timestamp":
        return column.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")
    if kind == "date":
        return column.str.to_date("%Y-%m-%d")
    return column == "true" if kind == "bool" else column.cast(POLARS_TYPES[kind])
