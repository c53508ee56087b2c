"""Names on axes and in legends, whole: a long one stands in several lines and is never cut.

A bank's own names (branches, products, segments told by what their customers do) are as long as they
are, and the drawing library ends at a fixed width what does not fit. So every axis and legend of names
gets an expression that breaks a name into lines when it is drawn: at blanks, behind any Chinese letter
that no closing sign follows, else at a hyphen or underscore, else anywhere. A chart that is too low for
the lines of its names grows.

Units: letters are half-width ones, so a Chinese letter counts two; sizes are points of the screen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

CHINESE = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef“”"
OPENING, CLOSING = "（《「『“", "，。；、：！？）》」』”,.;:!?)%"
MOST_LINES = 5  # beyond it lines get longer instead of more
GAP = 3  # points between the names of two bars
SLACK = (
    4,
    10,
)  # letters that breaking between words costs a line: with lines to spare, and without
LEGENDS = ("color", "fill", "stroke", "shape", "size", "opacity", "strokeDash")
# Two signs without width, each the second half of a Chinese letter: a line may end here, and may not.
_END, _JOIN = "\u200b", "\u2060"
_WIDE = (f"replace(replace(datum.label, regexp('([{CHINESE}](?=[{CLOSING}])|[{OPENING}])', 'g'), '$1{_JOIN}'),"
         f" regexp('([{CHINESE}])(?!{_JOIN})', 'g'), '$1{_END}')")  # fmt: skip
_LINES = f"'(.{{1,N}})(?:[ {_END}]|$)|(.{{1,N}}[-_/])|(.{{N}})'"  # of N letters each
_BROKEN = (f"split(trim(replace(replace({_WIDE}, regexp(replace({_LINES}, regexp('N', 'g'), LETTERS), 'g'),"
           f" '$1$2$3\\n'), regexp('[{_END}{_JOIN}]', 'g'), '')), '\\n')")  # fmt: skip


@dataclass(frozen=True)
class Room:
    """How names are set in one place.

    Args:
        letters: of a line beside bars; a name that is not longer stays in one line.
        upright: letters of a line below columns, where names are turned.
        legend: letters of a line in a legend.
        points: size of a letter.
    """

    letters: int = 34
    upright: int = 24
    legend: int = 30
    points: float = 12

    @property
    def line(self) -> int:
        """Height of a line."""
        return math.ceil(self.points * 1.2)


PAGE = Room()


def whole(spec: Mapping[str, Any], room: Room = PAGE) -> dict[str, Any]:
    """The specification with the names of its axes and legends in lines, and high enough for them."""
    return _view(spec, "", spec.get("datasets", {}), room)


def in_lines(field: str, letters: str) -> str:
    """An expression that gives the words of a field as lines of at most so many letters, an expression too."""
    return _BROKEN.replace("LETTERS", letters).replace("datum.label", f"datum.{field}")


def letters(words: str) -> int:
    """How wide words are.

    >>> letters("ab"), letters("网点")
    (2, 4)
    """
    return len(words) + len(re.findall(f"[{CHINESE}]", words))


def _view(
    view: Mapping[str, Any], place: str, data: Mapping[str, Any], room: Room
) -> dict[str, Any]:
    """One view and those in it; `place` is what the drawing library puts before the names of its scales."""
    found = dict(view)
    if isinstance(encoding := view.get("encoding"), Mapping):
        found["encoding"] = {channel: _channel(channel, one, place, room) for channel, one in encoding.items()}  # fmt: skip
    found |= {name: _placed(found[name], place) for name in ("mark", "transform") if place and name in found}  # fmt: skip
    if isinstance(parts := view.get("layer"), list):
        found["layer"] = [_view(part, place, data, room) for part in parts]
    for way in ("concat", "hconcat", "vconcat"):
        if isinstance(parts := view.get(way), list):
            found[way] = [_view(part, f"{place}concat_{n}_", data, room) for n, part in enumerate(parts)]  # fmt: skip
    if isinstance(height := view.get("height"), int):
        found["height"] = max(height, _needed(view, data, room))
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


def _channel(channel: str, encoding: Any, place: str, room: Room) -> Any:
    kind = "axis" if channel in ("x", "y") else "legend" if channel in LEGENDS else None
    if kind is None or not is_names(encoding) or encoding.get(kind, {}) is None:
        return encoding
    said: dict[str, Any] = dict(encoding.get(kind, {}))
    if "labelExpr" in said or "format" in said:
        return encoding
    broken = _BROKEN.replace("LETTERS", _letters(channel, said, place, room))
    said |= {"labelExpr": broken, "labelLimit": 0}
    if kind == "legend":
        said.setdefault("rowPadding", GAP)
    else:
        said["labelLineHeight"] = room.line
        if turn(channel, said) in (0, 90) and (channel, turn(channel, said)) != ("x", 0):
            said["labelOffset"] = {"expr": f"(1 - length({broken})) * {room.line / 2}"}
    return {**encoding, kind: said}


def turn(channel: str, axis: Mapping[str, Any]) -> float:
    """By how many degrees the names of an axis are turned, either way."""
    return abs(axis.get("labelAngle", -90 if channel == "x" else 0))


def is_names(encoding: Any) -> bool:
    """Whether an encoding tells names apart, and not numbers or days."""
    return (isinstance(encoding, Mapping) and encoding.get("type") in ("nominal", "ordinal")
            and "field" in encoding and "timeUnit" not in encoding)  # fmt: skip


def _letters(channel: str, said: Mapping[str, Any], place: str, room: Room) -> str:
    """An expression for the letters of a line: as even as its lines can be, and no more lines than fit."""
    long = f"length({_WIDE})"
    if channel not in ("x", "y"):
        return _even(long, str(MOST_LINES), room.legend)
    step = f"abs(span(range('{place}{channel}'))) / max(1, length(domain('{place}{channel}')))"
    angle = turn(channel, said)
    if channel == "x" and angle == 0:
        return f"max(8, floor({step} / {room.points * 0.55:.1f}))"
    across = math.sin(math.radians(angle)) if channel == "x" else 1.0
    fit = f"clamp(floor({step} * {across:.2f} / {room.line}), 1, {MOST_LINES})"
    return _even(long, fit, room.upright if channel == "x" else room.letters)


def _even(long: str, most: str, line: int) -> str:
    """Lines as even as words allow; where there is no line to spare they are longer instead."""
    asked = f"ceil({long} / {line})"
    spare, none = (f"ceil({long} / min({most}, {asked})) + {more}" for more in SLACK)
    return f"{long} <= {line} ? {line} : {most} > {asked} ? {spare} : {none}"


def _needed(spec: Mapping[str, Any], data: Mapping[str, Any], room: Room) -> int:
    """The height that the lines of the longest name ask for; 0 where every name fits one."""
    names = set(_names(spec, data, None))
    longest = max(map(letters, names), default=0)
    lines = min(MOST_LINES, math.ceil(longest / room.letters))
    return len(names) * (lines * room.line + GAP) if lines > 1 else 0


def _names(view: Mapping[str, Any], data: Mapping[str, Any], rows: Any) -> Iterator[str]:
    """Every name along the upright axis."""
    source = view.get("data", {})
    rows = data.get(source.get("name"), source.get("values")) if source else rows
    y = view.get("encoding", {}).get("y")
    if is_names(y) and y.get("axis", {}) is not None:
        yield from _column(rows, y["field"])
    for part in view.get("layer", ()):
        inherited = {**part, "encoding": {**view.get("encoding", {}), **part.get("encoding", {})}}
        yield from _names(inherited, data, rows)


def _column(rows: pl.DataFrame | Sequence[Any] | None, field: str) -> Iterator[str]:
    if isinstance(rows, pl.DataFrame):
        if rows.schema.get(field) == pl.String:
            yield from rows[field].drop_nulls().unique()
    elif rows:
        yield from (row[field] for row in rows if isinstance(row, Mapping) and isinstance(row.get(field), str))  # fmt: skip
