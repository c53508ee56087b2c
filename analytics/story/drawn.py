"""A chart's specification as it may leave in a story: small rows gone, and only what it draws inside.

Why a tooltip goes before a bar: a second count in a tooltip (of 14 dormant customers 12 may be
contacted) tells of a small group and would blank the whole row. Left out of the tooltip, the bar stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

import polars as pl

from analytics.legible import is_names
from analytics.story.counts import count_columns, key_columns
from analytics.story.sentences import safe_sentence
from analytics.story.withhold import safe_rows, safe_table, withheld_rows
from analytics.text import Lang

_EXACT = 1e-9


def leanest(tables: Mapping[str, pl.DataFrame], name: str, spec: Mapping[str, Any], smallest: int
            ) -> tuple[pl.DataFrame, frozenset[str]]:  # fmt: skip
    """The safe table with the columns the chart draws, and the columns its tooltips must lose."""
    frame, used = tables[name], fields(spec)
    full, keys = safe_table(tables, name, smallest), key_columns(frame)
    marks, first = fields(without_tooltips(spec)), next(iter(count_columns(frame)), None)
    drawn = [c for c in frame.columns if c in used or c in keys]
    told = full.select(drawn or full.columns)
    # The first count decides whether a group is small, drawn or not; others may be left out.
    lean = [c for c in frame.columns if c == first or (
        c in drawn and (c in keys or c in marks or _explained(frame, c, first)))]  # fmt: skip
    if any(_unexplained_share(frame, c, first) for c in lean if c not in keys):
        return told, frozenset()
    other = safe_table({**tables, name: frame.select(lean)}, name, smallest)
    if withheld_rows(other) < withheld_rows(full):
        return other.select(c for c in lean if c in drawn), frozenset(drawn) - frozenset(lean)
    return told, frozenset()


def _explained(frame: pl.DataFrame, column: str, count: str | None) -> bool:
    """Whether a share is the count over its total, or a sum of money of the same customers."""
    kind = frame[column].dtype
    if isinstance(kind, pl.Decimal):
        return True
    if count is None or not kind.is_float():
        return False
    expected = frame[count] / max(int(frame[count].sum()), 1)
    return bool(((frame[column] - expected).abs() < _EXACT).fill_null(False).all())


def _unexplained_share(frame: pl.DataFrame, column: str, count: str | None) -> bool:
    values = frame[column].drop_nulls()
    share = values.dtype.is_float() and values.len() > 0 and bool(values.is_between(0, 1).all())
    return share and not _explained(frame, column, count)


def safe_chart(drawn: dict[str, Any], table: str, safe: pl.DataFrame | None, dropped: frozenset[str],
               lang: Lang, smallest: int) -> dict[str, Any]:  # fmt: skip
    """The specification with small rows and unused columns left out of its data and words."""
    spec = {**without_tooltips(drawn, dropped), "datasets": drawn["datasets"]} if dropped else drawn
    used = fields(spec) | names_in_expressions(spec)
    judged = used | set(_deciding(safe)) if safe is not None else None
    datasets = {}
    for name, rows in drawn["datasets"].items():
        given = [{c: _plain(v) for c, v in row.items() if c not in dropped and (judged is None or c in judged)}
                 for row in rows]  # fmt: skip
        kept = safe_rows(given, table, safe, smallest)
        datasets[name] = [{c: v for c, v in row.items() if c in used} for row in kept]
    return _with_safe_words({**spec, "datasets": datasets}, lang, smallest)


def _deciding(safe: pl.DataFrame) -> list[str]:
    """What a row of a chart is judged by beside what it draws: its keys, and the people in it."""
    return [*key_columns(safe), *count_columns(safe)[:1], "customers"]


def with_bars(spec: Any, **axis: Any) -> Any:
    """The specification with further settings for every axis of names beside bars, such as `title=None`."""
    if isinstance(spec, list):
        return [with_bars(one, **axis) for one in spec]
    if not isinstance(spec, Mapping):
        return spec
    found = {key: part if key == "datasets" else with_bars(part, **axis) for key, part in spec.items()}  # fmt: skip
    y: Any = spec.get("y")
    if is_names(y) and y["type"] == "nominal" and isinstance(y.get("axis", {}), Mapping):
        found["y"] = {**y, "axis": {**y.get("axis", {}), **axis}}
    return found


def _with_safe_words(spec: dict[str, Any], lang: Lang, smallest: int) -> dict[str, Any]:
    """Without the description, which the frame carries; the note under its title looked through."""
    title = spec.get("title")
    if isinstance(title, Mapping) and isinstance(note := title.get("subtitle"), str):
        spec = {**spec, "title": {**title, "subtitle": safe_sentence(note, lang, smallest)}}
    return {name: value for name, value in spec.items() if name != "description"}


def without_tooltips(spec: Any, dropped: frozenset[str] | None = None) -> Any:
    """The specification without tooltips, or without those of the dropped columns; no data."""
    if isinstance(spec, list):
        return [without_tooltips(one, dropped) for one in spec]
    if not isinstance(spec, Mapping):
        return spec
    found = {name: without_tooltips(value, dropped) for name, value in spec.items()
             if name not in ("datasets", "tooltip")}  # fmt: skip
    if dropped is not None and "tooltip" in spec:
        tips = spec["tooltip"] if isinstance(spec["tooltip"], list) else [spec["tooltip"]]
        found["tooltip"] = [tip for tip in tips
                            if not (isinstance(tip, Mapping) and tip.get("field") in dropped)]  # fmt: skip
    return found


def fields(spec: Any) -> set[str]:
    """Every field a specification encodes, sorts or selects by."""
    found: set[str] = set()
    if isinstance(spec, Mapping):
        for name, value in spec.items():
            if name == "field" and isinstance(value, str):
                found.add(value)
            elif name in ("fields", "groupby", "fold") and isinstance(value, list):
                found |= {one for one in value if isinstance(one, str)}
            if name != "datasets":
                found |= fields(value)
    elif isinstance(spec, list):
        for value in spec:
            found |= fields(value)
    return found


def names_in_expressions(spec: Mapping[str, Any]) -> set[str]:
    """Names behind `datum` in conditions and filters."""
    written = json.dumps({k: v for k, v in spec.items() if k != "datasets"}, default=str)
    plain = re.findall(r"datum\.(\w+)", written)
    return set(plain) | set(re.findall(r"datum\[\\?['\"](\w+)", written))


def _plain(value: Any) -> Any:
    """A value as JSON holds it; what a chart draws as a number stays one."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    return value.isoformat() if isinstance(value, date) else value
