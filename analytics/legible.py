"""Charts whose words are whole: names on axes and in legends, and titles, in lines and never cut.

A bank's own names (branches, products, segments told by what their customers do) are as long as they
are. The drawing library ends at a fixed width what does not fit, and lets a title run out of the
picture. So names and titles are broken into lines (`names`), and a chart that is too low for them grows.

Sizes are points of the screen. The lines of a name must not depend on the size of the plot: it is
laid out twice, and what stands beside the names would stay where it was the first time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from analytics.names import (
    MOST_LINES,
    even,
    even_lines_drawn,
    letters,
    lines,
    lines_drawn,
    unless_short,
)

GAP = 3  # between the names of two bars
AROUND = 90  # of a chart's height: its title, the axis below and its title
BESIDE = 140  # of its width: the other axis
AT_BAR_ENDS = 48  # for the numbers at the end of bars
LETTER = 0.55  # of its height is the width of a letter
LEAST = 8  # letters of a line below the narrowest column
TITLE_LETTER = 8.6  # of a chart's own title
LEGENDS = ("color", "fill", "stroke", "shape", "size", "opacity", "strokeDash")


@dataclass(frozen=True)
class Room:
    """How names are set in one place.

    Args:
        letters: of a line beside bars; a name that is not longer stays in one line.
        upright: letters of a line below columns, where names are turned.
        legend: letters of a line in a legend.
        points: height of a letter.
        width: of a chart that is as wide as what holds it, where that cannot be asked.
        fixed: whether every chart has this width.
    """

    letters: int = 34
    upright: int = 24
    legend: int = 30
    points: float = 12
    width: int = 620
    fixed: bool = False

    @property
    def line(self) -> int:
        """Height of a line."""
        return math.ceil(self.points * 1.2)

    @property
    def across(self) -> str:
        """The width of the chart, as an expression."""
        return str(self.width) if self.fixed else f"(containerSize()[0] || {self.width})"


PAGE = Room()
View = Mapping[str, Any]


def whole(spec: View, room: Room = PAGE) -> dict[str, Any]:
    """The specification with its words in lines, and high enough for them."""
    made = _view(spec, "", spec.get("datasets", {}), room)
    if _writes_at_bar_ends(spec) and "padding" not in {**spec.get("config", {}), **spec}:
        made["padding"] = {"left": 0, "top": 0, "right": AT_BAR_ENDS, "bottom": 20}
    return made


def is_names(encoding: Any) -> bool:
    """Whether an encoding tells names apart, and not numbers or days."""
    return (isinstance(encoding, Mapping) and encoding.get("type") in ("nominal", "ordinal")
            and "field" in encoding and "timeUnit" not in encoding)  # fmt: skip


def _view(view: View, place: str, data: View, room: Room) -> dict[str, Any]:
    """One view and those in it; `place` is what the drawing library puts before the names of its parts."""
    found = dict(view)
    if isinstance(width := view.get("width"), int):
        room = replace(room, width=width, fixed=True)
    if isinstance(height := view.get("height"), int):
        found["height"] = height = max(height, _needed(view, data, room))
    if isinstance(encoding := view.get("encoding"), Mapping):
        found["encoding"] = {channel: _channel(channel, one, place, height, room)
                             for channel, one in encoding.items()}  # fmt: skip
    if "title" in view:
        found["title"] = _title(view["title"], room)
    found |= {name: _placed(found[name], place) for name in ("mark", "transform") if place and name in found}  # fmt: skip
    if isinstance(parts := view.get("layer"), list):
        found["layer"] = [_view({"height": height, **part}, place, data, room) for part in parts]
        for part, was in zip(found["layer"], parts, strict=True):
            if "height" not in was:
                del part["height"]
    for way in ("concat", "hconcat", "vconcat"):
        if isinstance(parts := view.get(way), list):
            found[way] = [_view(part, f"{place}concat_{n}_", data, room) for n, part in enumerate(parts)]  # fmt: skip
    return found


def _channel(channel: str, encoding: Any, place: str, height: Any, room: Room) -> Any:
    """An encoding with its names and its title in lines."""
    kind = "axis" if channel in ("x", "y") else "legend" if channel in LEGENDS else None
    if kind is None or not isinstance(encoding, Mapping) or encoding.get(kind, {}) is None:
        return encoding
    found, said = dict(encoding), dict(encoding.get(kind, {}))
    if isinstance(title := encoding.get("title"), str):
        found["title"] = _broken_title(title, channel, kind, said, height, room)
    if is_names(encoding) and "labelExpr" not in said and "format" not in said:
        said |= _label(channel, kind, said, place, room)
    if kind == "legend" and encoding.get("title"):
        said["titleLimit"] = 0
    return {**found, kind: said} if said else found


def _longest(columns: Sequence[pl.Series]) -> int:
    """No word in these columns is wider; the bytes of a word are never fewer than its letters."""
    told = [
        one.cast(pl.String) for one in columns if one.dtype in (pl.String, pl.Categorical, pl.Enum)
    ]
    words = [one.str.len_bytes().max() for one in told]
    return max((one for one in words if isinstance(one, int)), default=0)


def _label(channel: str, kind: str, said: View, place: str, room: Room) -> dict[str, Any]:
    """What an axis or a legend is told about its names, whatever names its rows hold.

    Why not only where the rows at hand ask for it: the browser makes a new chart of a new
    specification, and a slider that brings a long name would wait for one.
    """
    name, angle = "datum.label", turn(channel, said)
    columns = f"max(1, length(domain('{place}{channel}')))"
    step = f"({room.across} - {BESIDE}) / {columns}"
    if kind == "legend":
        broken = even_lines_drawn(name, room.legend)
    elif channel == "y":
        broken = even_lines_drawn(name, room.letters)
    elif angle == 0:
        broken = lines_drawn(name, f"max({LEAST}, floor({step} / {room.points * LETTER:.1f}))")
        broken = unless_short(name, LEAST, broken)  # every question for a size lays out the page
    else:
        fit = f"{step} * {math.sin(math.radians(angle)):.2f} / {room.line}"
        broken = even_lines_drawn(name, room.upright, f"clamp(floor({fit}), 1, {MOST_LINES})")
    found: dict[str, Any] = {"labelExpr": broken, "labelLimit": 0}
    if kind == "legend":
        return {**found, "rowPadding": said.get("rowPadding", GAP)}
    if (
        channel == "y" or angle == 90
    ):  # the library begins at the middle; the lines shall stand around it
        found["labelOffset"] = {"expr": f"(1 - length({broken})) * {room.line / 2}"}
    return {**found, "labelLineHeight": room.line}


def turn(channel: str, axis: View) -> float:
    """By how many degrees the names of an axis are turned, either way."""
    return abs(axis.get("labelAngle", -90 if channel == "x" else 0))


def _broken_title(title: str, channel: str, kind: str, said: View, height: Any, room: Room) -> Any:
    """The title of an axis or a legend; one line stays as it is."""
    line = 2 * room.letters
    if kind == "legend":
        line = room.legend if said.get("orient", "right") in ("right", "left") else line
    elif channel == "y" and "titleAngle" not in said and isinstance(height, int):
        line = max(12, int((height - AROUND - room.line) / (room.points * LETTER)))
    found = lines(title, line)
    return found if len(found) > 1 else title


def _title(title: Any, room: Room) -> Any:
    """A chart's own title and the note under it, as wide as the chart when it is drawn."""
    if not isinstance(title, Mapping):
        return title
    found = dict(title)
    for part, letter in (("text", TITLE_LETTER), ("subtitle", room.points * LETTER)):
        if isinstance(words := title.get(part), str) and len(words) * letter > 300:
            written = words.replace("\\", "\\\\").replace("'", "\\'")
            found[part] = {"expr": lines_drawn(f"'{written}'", f"floor(({room.across} - 20) / {letter:.1f})")}  # fmt: skip
    return found


def _placed(part: Any, place: str) -> Any:
    """Expressions over the size of a chart, for a chart that became a part of a drawing."""
    if isinstance(part, list):
        return [_placed(one, place) for one in part]
    if not isinstance(part, Mapping):
        return part
    return {name: re.sub(r"\b(width|height)\b", rf"{place}\1", value)
            if name in ("expr", "calculate", "filter") and isinstance(value, str) else _placed(value, place)
            for name, value in part.items()}  # fmt: skip


def lowest(spec: View, room: Room = PAGE) -> int:
    """The least height at which every name beside the bars of a chart has its lines."""
    names = set(_names(spec, spec.get("datasets", {}), None, ("y",)))
    return _height(names, room.letters, room)


def _needed(view: View, data: View, room: Room) -> int:
    """The height that the names of a view ask for; 0 where every name fits one line."""
    frames = [rows for rows in data.values() if isinstance(rows, pl.DataFrame)]
    if (
        frames
        and len(frames) == len(data)
        and _longest([c for f in frames for c in f]) <= min(room.letters, room.legend)
    ):
        return 0
    beside, aside = (set(_names(view, data, None, ways)) for ways in (("y",), LEGENDS))
    asked = [0]
    for names, line in ((beside, room.letters), (aside, room.legend)):
        if any(even(name, line) < letters(name) for name in names):
            asked.append(_height(names, line, room, equal=names is beside))
    return max(asked)


def _height(names: set[str], line: int, room: Room, *, equal: bool = True) -> int:
    """Of a chart whose names stand below each other; `equal` if all have the room of the longest."""
    rows = [len(lines(name, even(name, line))) for name in names]
    return AROUND + len(rows) * GAP + room.line * (len(rows) * max(rows, default=1) if equal else sum(rows))  # fmt: skip


def _names(view: View, data: View, rows: Any, channels: Sequence[str]) -> Iterator[str]:
    """Every name that some channels of a view tell apart."""
    source = view.get("data", {})
    rows = data.get(source.get("name"), source.get("values")) if source else rows
    for channel in channels:
        one = view.get("encoding", {}).get(channel)
        kind = "axis" if channel in ("x", "y") else "legend"
        if is_names(one) and one.get(kind, {}) is not None:
            yield from _column(rows, one["field"])
    for part in view.get("layer", ()):
        inherited = {**part, "encoding": {**view.get("encoding", {}), **part.get("encoding", {})}}
        yield from _names(inherited, data, rows, channels)


def _column(rows: pl.DataFrame | Sequence[Any] | None, field: str) -> Iterator[str]:
    if isinstance(rows, pl.DataFrame):
        if rows.schema.get(field) == pl.String:
            yield from rows[field].drop_nulls().unique()
    elif rows:
        yield from (row[field] for row in rows if isinstance(row, Mapping) and isinstance(row.get(field), str))  # fmt: skip


def _writes_at_bar_ends(view: View) -> bool:
    """Whether a view writes words to the right of its marks, where the longest ends at the edge."""
    mark = view.get("mark")
    ends = isinstance(mark, Mapping) and mark.get("type") == "text" and mark.get("align") == "left"
    return ends or any(map(_writes_at_bar_ends, view.get("layer", ())))
