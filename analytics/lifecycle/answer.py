"""The result of an analysis that is a few frames, and the customers behind each of their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from analytics.dataset import Provenance
from analytics.lifecycle.drill import as_day, described
from analytics.params import Params

Behind = tuple[tuple[str, ...], Callable[[], pl.DataFrame]]


@dataclass(frozen=True)
class Answer:
    """Frames by name, the main one first, with what leads back to customers.

    Args:
        provenance: where it comes from.
        params: as given.
        frames: the tables.
        behind: table -> the columns that tell its rows apart, and a function that gives a frame of
            these columns and customer_id (one row per customer and table row it counts for).
        facts: single numbers that headline and charts need.
        currency: three letters, or None.
    """

    provenance: Provenance
    params: Params
    frames: Mapping[str, pl.DataFrame]
    behind: Mapping[str, Behind]
    facts: Mapping[str, Any] = field(default_factory=dict)
    currency: str | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Denominators and exclusions by name."""
        return self.provenance.counts


def tables(answer: Answer) -> dict[str, pl.DataFrame]:
    """The tables by name, the main one first."""
    return dict(answer.frames)


def members(answer: Answer, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one), in the order of the id."""
    keys = {name: columns for name, (columns, _) in answer.behind.items()}
    known = described(keys, table, row)
    frame = answer.behind[table][1]()
    conditions = [pl.col(name).eq_missing(pl.lit(_value(frame, name, value), dtype=frame.schema[name]))
                  for name, value in known.items()]  # fmt: skip
    return frame.filter(conditions)["customer_id"].unique().sort()


def _value(frame: pl.DataFrame, name: str, value: Any) -> Any:
    """A value as the frame holds it: charts give days back as text or milliseconds."""
    is_day = frame.schema[name] == pl.Date and value is not None
    return as_day(value) if is_day and not isinstance(value, date) else value


def has(table: str) -> Callable[[Answer], bool]:
    """Whether a result has rows in a table: what a chart asks before it is shown."""
    return lambda answer: table in answer.frames and not answer.frames[table].is_empty()
