"""What a frame shows as plain JSON values, and back: kept beside the dataset with the pin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from analytics.marks import Mark
from analytics.story.numbers import plain
from analytics.story.shown import Shown
from analytics.text import Text


def shown_as_dict(shown: Shown) -> dict[str, Any]:
    """The content of a frame for JSON."""
    return {
        "title": shown.title._asdict(), "headline": [one._asdict() for one in shown.headline],
        "command": shown.command, "definition": shown.definition._asdict(),
        "table": None if shown.table is None else table_as_dict(shown.table),
        "cells": {c: {k: t._asdict() for k, t in titles.items()} for c, titles in shown.cells.items()},
        "charts": dict(shown.charts), "alt_text": shown.alt_text._asdict(), "withheld": shown.withheld,
        "marks": [one.as_dict() for one in shown.marks],
    }  # fmt: skip


def shown_from_dict(told: Mapping[str, Any]) -> Shown:
    """The inverse of `shown_as_dict`."""
    return Shown(
        title=Text(**told["title"]), headline=tuple(Text(**one) for one in told["headline"]),
        command=told["command"], definition=Text(**told["definition"]),
        table=None if told["table"] is None else table_from_dict(told["table"]),
        cells={c: {k: Text(**t) for k, t in titles.items()} for c, titles in told["cells"].items()},
        charts=told["charts"], alt_text=Text(**told["alt_text"]), withheld=told["withheld"],
        marks=tuple(Mark.from_dict(one) for one in told.get("marks", ())))  # fmt: skip


def table_as_dict(table: pl.DataFrame) -> dict[str, Any]:
    """A small table for JSON, its types kept; a list, because an object's order may be lost."""
    return {"columns": [[c, _kind(kind)] for c, kind in table.schema.items()],
            "rows": [[plain(value) for value in row] for row in table.rows()]}  # fmt: skip


def table_from_dict(told: Mapping[str, Any]) -> pl.DataFrame:
    """The inverse of `table_as_dict`."""
    values = list(zip(*told["rows"], strict=True)) or [()] * len(told["columns"])
    return pl.DataFrame([
        pl.Series(c, [_read(kind, value) for value in column], dtype=_TYPES[kind], strict=False)
        for (c, kind), column in zip(told["columns"], values, strict=True)])  # fmt: skip


def _read(kind: str, value: Any) -> Any:
    if value is None or kind not in ("date", "money"):
        return value
    return date.fromisoformat(value[:10]) if kind == "date" else Decimal(value)


_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(), "whole": pl.Int64(), "number": pl.Float64(), "date": pl.Date(),
    "yes": pl.Boolean(), "money": pl.Decimal(38, 4),
}  # fmt: skip


def _kind(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "whole"
    if kind.is_float():
        return "number"
    if isinstance(kind, pl.Decimal):
        return "money"
    if kind in (pl.Date, pl.Datetime):
        return "date"
    return "yes" if kind == pl.Boolean else "text"
