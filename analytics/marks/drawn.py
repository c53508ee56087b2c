"""Marks in a chart over months: a dashed line under a number, and a key that tells the numbers.

Why numbers: labels at the lines lie over each other and over the data as soon as there are three of
them, or the chart is narrow. A number never does, and its words stand in full under the chart, in the
page's language, in a file as well as in a picture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from analytics.marks.mark import SORTS, Mark
from analytics.text import Lang, Text

MOST = 12  # marks of one chart
DATA = "marks"
INK, PAPER = "#4A5560", "#FFFFFF"  # a number on its disc, legible on light and on dark
DISC, ROW = 11, 20  # radius, and height of a row of discs, in pixels
NARROWEST = 340  # pixels that the months of a chart have at least
ROWS = 3
KEY = Text("{number}: {what}", "{number}：{what}")
BETWEEN = " | "
AND = Text("; ", "；")
EVENT = Text("Event", "事件")
_MONTH = re.compile(r"\d{4}-\d{2}(-\d{2})?$")
_INNER = ("mark", "encoding", "layer", "params", "transform", "data")


def with_marks(spec: Mapping[str, Any], marks: Sequence[Mark], lang: Lang = "en") -> dict[str, Any]:
    """A chart over months with a numbered line at each marked month; any other as it is.

    The chart becomes the first layer; marks outside its own months are left out.
    """
    x, groups = _time_axis(spec), by_month(spec, marks)
    if not groups:
        return dict(spec)
    rows: list[dict[str, Any]] = [{x["field"]: month, "number": str(number), "row": row, "marked": _words(found, lang)}
            for number, (month, found, row) in enumerate(_rows(spec, x, groups), 1)]  # fmt: skip
    at = {"x": {name: value for name, value in x.items() if name in ("field", "type")}}
    lines = {"data": {"name": DATA}, "encoding": at,
             "mark": {"type": "rule", "strokeDash": [4, 3], "color": INK, "opacity": 0.75, "aria": False}}  # fmt: skip
    inner = {name: spec[name] for name in _INNER if name in spec}
    outer = {name: value for name, value in spec.items() if name not in inner}
    layers = [inner, lines, *(part for row in sorted({one["row"] for one in rows})
                              for part in _discs(at, row, lang))]  # fmt: skip
    return {**outer, "layer": layers, "datasets": {**spec["datasets"], DATA: rows}}


def key_line(spec: Mapping[str, Any], marks: Sequence[Mark], lang: Lang) -> str:
    """What the numbers in the chart stand for, in one line; empty without marks in its months."""
    return BETWEEN.join(KEY.fill(number=number, what=_words(found, lang))(lang)
                        for number, found in enumerate(by_month(spec, marks).values(), 1))  # fmt: skip


def by_month(spec: Mapping[str, Any], marks: Sequence[Mark]) -> dict[str, list[Mark]]:
    """The chart's own months that are marked, oldest first, with what happened in them."""
    months = {one[:7]: one for one in _months(spec, _time_axis(spec))}
    inside = [one for one in marks if one.day.isoformat()[:7] in months]
    sorts = list(SORTS)
    first = sorted(inside, key=lambda one: (sorts.index(one.sort), -one.day.toordinal()))[:MOST]
    found: dict[str, list[Mark]] = {}
    for one in sorted(first, key=lambda one: (one.day, sorts.index(one.sort))):
        found.setdefault(months[one.day.isoformat()[:7]], []).append(one)
    return found


def _words(marks: Sequence[Mark], lang: Lang) -> str:
    return AND(lang).join(one.words(lang) for one in marks)


def _rows(spec: Mapping[str, Any], x: Mapping[str, Any], groups: Mapping[str, list[Mark]]
          ) -> list[tuple[str, list[Mark], int]]:  # fmt: skip
    """Every marked month with the row of its disc: a neighbour too near goes one row lower."""
    months = _months(spec, x)
    step, last, found = NARROWEST / len(months), dict[int, float](), []
    for month, marks in groups.items():
        place = months.index(month) * step
        row = next((r for r in range(ROWS) if place - last.get(r, -1e9) >= 2 * DISC), ROWS - 1)
        last[row] = place
        found.append((month, marks, row))
    return found


def _discs(at: Mapping[str, Any], row: int, lang: Lang) -> list[dict[str, Any]]:
    """The numbers of one row, each on its disc."""
    tip = [{"field": "marked", "type": "nominal", "title": EVENT(lang)}]
    only, y = [{"filter": f"datum.row === {row}"}], DISC + row * ROW
    disc = {"type": "point", "shape": "circle", "filled": True, "size": 300, "color": INK, "opacity": 1, "y": y,
            "aria": False}  # fmt: skip
    number = {"type": "text", "color": PAPER, "fontSize": 11, "fontWeight": "bold", "baseline": "middle",
              "align": "center", "y": y}  # fmt: skip
    shared = {"data": {"name": DATA}, "transform": only}
    return [{**shared, "mark": disc, "encoding": {**at, "tooltip": tip}},
            {**shared, "mark": number, "encoding": {**at, "text": {"field": "number"}, "tooltip": tip}}]  # fmt: skip


def _months(spec: Mapping[str, Any], x: Mapping[str, Any]) -> list[str]:
    """The months on the axis, oldest first; empty if it holds anything else."""
    found = {str(row[x["field"]]) for name, rows in spec.get("datasets", {}).items() if x and name != DATA
             for row in rows if isinstance(row, Mapping) and row.get(x["field"])}  # fmt: skip
    return sorted(found) if found and all(_MONTH.match(one) for one in found) else []


def _time_axis(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The x of a single or layered chart if it is one field of names; empty otherwise."""
    for part in (spec, *spec.get("layer", [])):
        x = part.get("encoding", {}).get("x", {}) if isinstance(part, Mapping) else {}
        if x.get("type") in ("ordinal", "nominal") and isinstance(x.get("field"), str):
            return dict(x)
    return {}
