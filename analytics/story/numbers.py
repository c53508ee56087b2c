"""Numbers with their identity, and which of them moved between two tellings of a story."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import polars as pl

from analytics.story.counts import key_columns, measures
from analytics.story.frame import Number
from analytics.text import LANGS, Text

MOST_ROWS = 200  # of a table in a story; more is a download, not a frame
DIGITS = 10  # significant digits kept; what differs beyond them is the order of additions
TOLERANCE = 1e-6
What = Literal["moved", "new", "gone"]
WHAT: Mapping[str, Text] = {
    "moved": Text("moved", "已变动"), "new": Text("new", "新增"), "gone": Text("gone", "消失"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Move:
    """One number that is not what it was."""

    frame: int
    identity: str
    before: Number
    after: Number
    what: What


def table_numbers(name: str, table: pl.DataFrame) -> dict[str, Number]:
    """Every number of a table: `table[key=value, ...].column` -> value."""
    keys, columns = key_columns(table), measures(table)
    found: dict[str, Number] = {}
    seen = Counter[str]()
    for row in table.head(MOST_ROWS).iter_rows(named=True):
        place = ", ".join(f"{key}={plain(row[key])}" for key in keys)
        seen[place] += 1
        place += f" #{seen[place]}" if seen[place] > 1 or not keys else ""
        found |= {f"{name}[{place}].{column}": plain(row[column]) for column in columns}
    return found


def sentence_numbers(headline: Sequence[Text]) -> dict[str, Number]:
    """The headline as a number of its own: a sentence moved if a word of it did."""
    return {f"headline[{number}].{lang}": text(lang)
            for number, text in enumerate(headline) for lang in LANGS}  # fmt: skip


def plain(value: Any) -> Number:
    """A value as JSON holds it: money as text, a float to ten digits, a day as ISO."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    number = float(value)
    return float(f"{number:.{DIGITS}g}") if math.isfinite(number) else str(number)


def moves(frame: int, before: Mapping[str, Number], after: Mapping[str, Number]) -> list[Move]:
    """What differs, in the order of the old numbers, new ones last."""
    found = []
    for identity in [*before, *(one for one in after if one not in before)]:
        what: What | None = None
        if identity not in after:
            what = "gone"
        elif identity not in before:
            what = "new"
        elif not _same(before[identity], after[identity]):
            what = "moved"
        if what:
            found.append(Move(frame=frame, identity=identity, before=before.get(identity),
                              after=after.get(identity), what=what))  # fmt: skip
    return found


def _same(one: Number, other: Number) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        both = isinstance(one, int | float) and isinstance(other, int | float)
        return both and math.isclose(float(one or 0), float(other or 0), rel_tol=TOLERANCE, abs_tol=1e-12)  # fmt: skip
    return one == other
