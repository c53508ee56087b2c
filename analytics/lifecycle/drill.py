"""From a mark or a row back to the customers behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from analytics.lifecycle import threshold
from analytics.text import Text, UserError

if TYPE_CHECKING:
    from analytics.lifecycle.result import LifecycleResult

Array = np.ndarray
KEYS: Mapping[str, tuple[str, ...]] = {
    "stages": ("customer_id",), "actions": ("stage",), "stocks": ("month", "stage"),
    "transitions": ("from_stage", "to_stage"), "flows": ("month", "from_stage", "to_stage"),
    "forecast": ("stage",), "threshold": ("threshold_days",), "gaps": ("from_days",),
    "breakdown": ("group", "stage"),
}  # fmt: skip


def described(
    keys: Mapping[str, tuple[str, ...]], table: str, row: Mapping[str, Any]
) -> dict[str, Any]:
    """The key columns a row gives; UserError if it gives none."""
    known = {name: row[name] for name in keys.get(table, ()) if name in row}
    if not known:
        expected = ", ".join(keys.get(table, tuple(keys)))
        raise UserError(Text(f"No row of {table!r} is described; expected {expected}.",
                             f"未指明“{table}”的行；应包含 {expected}。"), "row")  # fmt: skip
    return known


def as_day(value: Any) -> date:
    """A day as a table holds it, or as a chart gives it back (milliseconds or ISO text)."""
    if isinstance(value, date):
        return value
    if isinstance(value, int | float):
        return date.fromordinal(date(1970, 1, 1).toordinal() + round(value / 86_400_000))
    return date.fromisoformat(str(value)[:10])


def members(result: LifecycleResult, table: str, row: Mapping[str, Any]) -> pl.Series:
    """Ids of the customers behind one row (or a part of one), in the order of the id."""
    known = described(KEYS, table, row)
    ids = result.calendar.people["customer_id"]
    if table == "stages":
        return ids.filter(ids == known["customer_id"])
    return ids.filter(pl.Series(_FINDERS[table](result, known), dtype=pl.Boolean))


def _code(result: LifecycleResult, name: str) -> int:
    return result.scheme.names.index(name) if name in result.scheme.names else -1


def _now(result: LifecycleResult, known: Mapping[str, Any]) -> Array:
    chosen = np.ones(result.calendar.size, bool)
    if "stage" in known:
        chosen = result.codes[-1] == _code(result, known["stage"])
    if "group" in known:
        chosen = chosen & result.calendar.people["group"].eq_missing(
            pl.Series([known["group"]], dtype=pl.String)).to_numpy()  # fmt: skip
    return chosen


def _stock(result: LifecycleResult, known: Mapping[str, Any]) -> Array:
    at = result.boundaries.index(as_day(known["month"])) if "month" in known else -1
    if "stage" not in known:
        return result.codes[at] >= 0
    return result.codes[at] == _code(result, known["stage"])


def _moved(result: LifecycleResult, known: Mapping[str, Any]) -> Array:
    """Who made this move in the month named, or in any month."""
    pairs = range(1, len(result.boundaries))
    if "month" in known:
        pairs = [result.boundaries.index(as_day(known["month"]))]  # type: ignore[assignment]
    chosen = np.zeros(result.calendar.size, bool)
    for at in pairs:
        came, went = result.codes[at - 1], result.codes[at]
        here = went >= 0
        if "from_stage" in known:
            here = here & (came == _code(result, known["from_stage"]))
        if "to_stage" in known:
            here = here & (went == _code(result, known["to_stage"]))
        chosen |= here
    return chosen


def _idle(result: LifecycleResult, known: Mapping[str, Any]) -> Array:
    """Who is idle for that long at as_of: the customers the threshold flags."""
    _, length, ended = threshold.silences(result.calendar)
    chosen = np.zeros(result.calendar.size, bool)
    chosen[result.calendar.place[~ended]] = length[~ended] >= known["threshold_days"]
    return chosen


def _gap(result: LifecycleResult, known: Mapping[str, Any]) -> Array:
    _, length, ended = threshold.silences(result.calendar)
    low, high = next(b for b in threshold.BINS if b[0] == known["from_days"])
    inside = ended & (length >= low) & (length <= (high or length.max(initial=low)))
    chosen = np.zeros(result.calendar.size, bool)
    chosen[result.calendar.place[inside]] = True
    return chosen


_FINDERS: Mapping[str, Callable[..., Array]] = {
    "actions": _now, "breakdown": _now, "forecast": _now, "stocks": _stock, "transitions": _moved,
    "flows": _moved, "threshold": _idle, "gaps": _gap,
}  # fmt: skip
