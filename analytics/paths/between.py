"""What two groups are compared by on their paths: transitions, and the edges and nodes of the layers.

Why backwards before a cut-off: a window of days begins anywhere in a customer's behaviour, but it
ends where it matters. So step -1 is the last one before the cut-off. From an anchor, and between
groups of a breakdown, the layers are those of the Sankey chart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from analytics.paths import layers
from analytics.paths.params import PathParams
from analytics.patterns import Events
from analytics.sequences.apart import Cells
from analytics.sequences.sides import Sides
from analytics.spoken import spoken
from analytics.text import Text

PARTS = {"transition": Text("Transition", "转移"), "flow": Text("Flow between layers", "层间流向"),
         "step": Text("Step of a layer", "分层步骤")}  # fmt: skip
WHAT = Text("whoever ever makes a transition, takes an edge between two layers or is in a node of a layer, of everybody in the group",
            "以组内全部客户为分母，比较发生过某转移、经过某层间流向或位于某分层节点的客户占比")  # fmt: skip
AT_STEP = Text("step {k}: {way}", "第 {k}步：{way}")
BEFORE_END = Text("step -{k}: {way}", "倒数第 {k}步：{way}")
NOTHING, NO_STEP = "∅", Text("no earlier step", "无更早步骤")


def cells(both: Sides, alphabet: tuple[str, ...], params: PathParams) -> Cells:
    """Columns part, step (0 for a transition anywhere), source, target ("" for a step), sequence."""
    events = both.held.events
    back = both.cut_off and not params.anchor.strip()
    rows, codes, names = layers.grid(events, alphabet, params, from_end=back)
    if back:
        names[-1] = NOTHING  # beyond the last step counted back lies the window's beginning
    laid = [*_nodes(rows, codes, back), *_flows(rows, codes, len(alphabet) + 1, back)]
    held = pl.concat([_transitions(events), *laid])
    called = pl.Series("names", [*names, ""], dtype=pl.String)
    return Cells(held.with_columns(
        called.gather(held["source"]).alias("source"), called.gather(held["target"]).alias("target")))  # fmt: skip


def _frame(part: str, step: int, source: np.ndarray, target: np.ndarray | int, sequence: np.ndarray
           ) -> pl.DataFrame:  # fmt: skip
    return pl.DataFrame({"source": source, "target": np.broadcast_to(target, len(source)).copy(), "sequence": sequence},
                        schema={"source": pl.Int64, "target": pl.Int64, "sequence": pl.Int64}).select(
        part=pl.lit(part), step=pl.lit(step, pl.Int64), source="source", target="target", sequence="sequence")  # fmt: skip


def _transitions(events: Events) -> pl.DataFrame:
    inside = events.sequence[1:] == events.sequence[:-1]
    return _frame("transition", 0, events.item[:-1][inside], events.item[1:][inside],
                  events.sequence[1:][inside])  # fmt: skip


def _nodes(rows: np.ndarray, codes: np.ndarray, back: bool) -> list[pl.DataFrame]:
    sign = -1 if back else 1
    return [_frame("step", sign * (k + 1), codes[:, k], -1, rows) for k in range(codes.shape[1])]


def _flows(rows: np.ndarray, codes: np.ndarray, end: int, back: bool) -> list[pl.DataFrame]:
    """Edges in the order of time; from End to End nobody moves."""
    found = []
    for k in range(codes.shape[1] - 1):
        near, far = codes[:, k], codes[:, k + 1]
        moves = (near != end) | (far != end)
        source, target, step = (far, near, -(k + 2)) if back else (near, far, k + 1)
        found.append(_frame("flow", step, source[moves], target[moves], rows[moves]))
    return found


def label(row: Mapping[str, Any]) -> Text:
    """A cell in words: `a → b`, `step 2: a → b`, `step -1: a`."""
    way = spoken(f"{row['source']} → {row['target']}" if row["target"] else row["source"])
    way = Text(*(words.replace(NOTHING, none) for words, none in zip(way, NO_STEP, strict=True)))
    if row["part"] == "transition":
        return way
    return (AT_STEP if row["step"] > 0 else BEFORE_END).fill(k=abs(row["step"]), way=way)
