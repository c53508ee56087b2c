"""Days worth a line in every chart over time: when a campaign went out.

A mark is a fact of the extract and no result: it says when something was sent, not that it worked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from analytics import style
from analytics.dataset import EVERYBODY, Dataset, Population

MOST = 8
DATA = "marks"
_MONTH = re.compile(r"\d{4}-\d{2}(-\d{2})?$")
_INNER = ("mark", "encoding", "layer", "params", "transform", "data")
LONGEST = 24
FIRST_SENT = """
SELECT campaign, min(sent_at)::DATE AS day FROM contacts
WHERE sent_at IS NOT NULL AND campaign IS NOT NULL GROUP BY 1 ORDER BY 2, 1"""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A day and what happened on it."""

    day: date
    label: str


def campaigns(data: Dataset, as_of: date, population: Population = EVERYBODY) -> tuple[Mark, ...]:
    """The first day of each campaign up to as_of; the latest few."""
    if not data.has("contacts.sent_at"):
        return ()
    with data.scope(as_of, population) as scope:
        rows = scope.query(FIRST_SENT, step="campaigns").tail(MOST)
    return tuple(Mark(day=day, label=str(name)[:LONGEST]) for name, day in rows.rows())


def with_marks(spec: Mapping[str, Any], marks: Sequence[Mark]) -> dict[str, Any]:
    """A chart over months with a dashed line and a label at each marked day; any other as it is.

    The chart becomes the first layer; marks outside its own months are left out.
    """
    x = _time_axis(spec)
    values = {str(row[x["field"]]) for rows in spec.get("datasets", {}).values() for row in rows
              if x and isinstance(row, Mapping) and row.get(x["field"])}  # fmt: skip
    if not values or not all(_MONTH.match(one) for one in values):
        return dict(spec)
    months = {one[:7]: one for one in values}
    rows = [{x["field"]: months[one.day.isoformat()[:7]], "marked": one.label} for one in marks
            if one.day.isoformat()[:7] in months]  # fmt: skip
    if not rows:
        return dict(spec)
    at = {"x": {name: value for name, value in x.items() if name in ("field", "type")}}
    rule = {"data": {"name": DATA}, "encoding": at,
            "mark": {"type": "rule", "strokeDash": [4, 3], "color": style.NEUTRAL, "aria": False}}  # fmt: skip
    label = {"data": {"name": DATA}, "encoding": {**at, "text": {"field": "marked"}},
             "mark": {"type": "text", "angle": 270, "align": "right", "baseline": "bottom", "dx": -4, "dy": -3,
                      "y": 0, "fontSize": 10, "opacity": 0.85}}  # fmt: skip
    inner = {name: spec[name] for name in _INNER if name in spec}
    outer = {name: value for name, value in spec.items() if name not in inner}
    return {**outer, "layer": [inner, rule, label], "datasets": {**spec["datasets"], DATA: rows}}


def _time_axis(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The x of a single or layered chart if it is one field of names; empty otherwise."""
    for part in (spec, *spec.get("layer", [])):
        x = part.get("encoding", {}).get("x", {}) if isinstance(part, Mapping) else {}
        if x.get("type") in ("ordinal", "nominal") and isinstance(x.get("field"), str):
            return dict(x)
    return {}
