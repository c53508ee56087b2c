"""A chart as the specification that leaves for the browser, made fast and the same way every time.

Why not plain `to_dict()`: altair checks every part of a chart against the whole Vega-Lite schema,
several times over, and that is most of the time of drawing, on every change of a slider. The charts
of an analysis are fixed code, so the tests check them once and a page does not again.

Why data apart, under fixed names: a browser that gets the same specification with other data moves
the marks; one that gets another specification builds the whole chart anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl
from altair.utils.schemapi import debug_mode

from analytics.style import floats

ALTAIRS_SIZE = ("continuousWidth", "continuousHeight")  # of its default theme; a page has its own


def specification(build: Callable[[], alt.TopLevelMixin]) -> dict[str, Any]:
    """The unchecked specification of the chart that `build` draws; its rows stand in `datasets`.

    >>> made = specification(lambda: alt.Chart(alt.Data(values=[{"x": 1}])).mark_bar())
    >>> made["data"], made["datasets"]
    ({'name': 'data0'}, {'data0': [{'x': 1}]})
    """
    with debug_mode(False):
        made: dict[str, Any] = build().to_dict(validate=False)
    view = made.get("config", {}).get("view", {})
    for name in ALTAIRS_SIZE:
        view.pop(name, None)
    found: list[list[Any]] = []
    _take_rows(made, found)
    named = {f"data{place}": rows for place, rows in enumerate(found)}
    return {**made, "datasets": {**made.get("datasets", {}), **named}}


def with_rows(drawn: Mapping[str, Any], frames: Sequence[pl.DataFrame]) -> dict[str, Any] | None:
    """The specification with other rows, given in its order; None if it holds another number of them.

    >>> with_rows({"datasets": {"data0": []}}, [pl.DataFrame({"x": [1]})])["datasets"]["data0"].height
    1
    """
    names = sorted(drawn["datasets"], key=lambda name: int(name.removeprefix("data")))
    if len(names) != len(frames):
        return None
    return {**drawn, "datasets": dict(zip(names, map(floats, frames), strict=True))}


def _take_rows(node: Any, found: list[list[Any]]) -> None:
    """Move every list of rows to `found` and leave its name behind."""
    if isinstance(node, list):
        for one in node:
            _take_rows(one, found)
    elif isinstance(node, dict):
        data = node.get("data")
        if isinstance(data, dict) and isinstance(data.get("values"), list):
            if data["values"] not in found:
                found.append(data["values"])
            node["data"] = {"name": f"data{found.index(data['values'])}"}
        for key, value in node.items():
            if key not in ("data", "datasets", "encoding"):
                _take_rows(value, found)
