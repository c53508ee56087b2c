"""Sequences side by side: the k-th step of each, the rest joined as Other, totals that reconcile.

Every sequence is in exactly one node of every layer: a name, Other, or End once it has no further
step. So the flows out of a node and into it sum to its size, and every layer sums to all sequences.
The matrix of steps is the same nodes as shares. Positions are computed here; charts only draw.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.paths.params import PathParams
from analytics.patterns import Events
from analytics.sequences.alphabet import codes_of

Array = np.ndarray
OTHER, END = "…", "■"  # said in words by `spoken`
NODES = {
    "step": pl.Int64,
    "token": pl.String,
    "sequences": pl.Int64,
    "share": pl.Float64,
    "y0": pl.Float64,
    "y1": pl.Float64,
}
FLOWS = {"step": pl.Int64, "source": pl.String, "target": pl.String, "sequences": pl.Int64,
         "y0": pl.Float64, "y1": pl.Float64, "to_y0": pl.Float64, "to_y1": pl.Float64}  # fmt: skip
GAP = 0.02


def grid(events: Events, alphabet: tuple[str, ...], params: PathParams, *, from_end: bool = False
         ) -> tuple[Array, Array, list[str]]:  # fmt: skip
    """Codes of the first steps: (sequences laid out, matrix (sequences, layers), names by code).

    Two codes are added behind the alphabet: Other and End.

    Args:
        events: the sequences.
        alphabet: names by code.
        params: how many layers and names, the anchor and its side.
        from_end: without an anchor, the last step first.
    """
    n_names = len(alphabet)
    begin = np.searchsorted(events.sequence, np.arange(events.n))
    stop = np.searchsorted(events.sequence, np.arange(events.n), side="right")
    rows, anchor = np.arange(events.n), params.anchor.strip()
    if anchor and events.n:
        code = codes_of([anchor], alphabet, "anchor")[0]
        at = np.flatnonzero(events.item == code)
        rows, first = np.unique(events.sequence[at], return_index=True)
        place = at[first]
    else:
        place = stop - 1 if from_end else begin
    back = params.side == "before" if anchor else from_end
    position = place[:, None] + (-1 if back else 1) * np.arange(params.max_steps)
    inside = (position >= begin[rows, None]) & (position < stop[rows, None])
    padded = np.append(events.item, n_names + 1)
    codes = np.where(inside, padded[np.where(inside, position, 0)], n_names + 1)
    return rows, _join_rare(codes, n_names, params.top_nodes), [*alphabet, OTHER, END]


def _join_rare(codes: Array, n_names: int, top: int) -> Array:
    joined = codes.copy()
    for layer in range(codes.shape[1]):
        counts = np.bincount(codes[:, layer], minlength=n_names + 2)[:n_names]
        kept = np.argsort(-counts, kind="stable")[:top]
        rare = ~np.isin(codes[:, layer], [*kept, n_names + 1])
        joined[rare, layer] = n_names
    return joined


def node_table(codes: Array, names: list[str]) -> pl.DataFrame:
    """step (1 is the first layer), token, sequences, share, y0, y1 (place in [0, 1] and a gap)."""
    parts = []
    for layer in range(codes.shape[1]):
        code, n = np.unique(codes[:, layer], return_counts=True)
        order = np.lexsort((code, -n, code >= len(names) - 2))
        share = n[order] / max(len(codes), 1)
        y0 = np.concatenate([[0.0], np.cumsum(share[:-1] + GAP)]) if len(share) else share
        parts.append(pl.DataFrame({
            "step": np.full(len(order), layer + 1), "token": [names[c] for c in code[order]], "sequences": n[order],
            "share": share, "y0": y0, "y1": y0 + share}, schema=NODES))  # fmt: skip
    return pl.concat(parts) if parts else pl.DataFrame(schema=NODES)


def flow_table(codes: Array, names: list[str], nodes: pl.DataFrame) -> pl.DataFrame:
    """step (the layer it leaves), source, target, sequences, and both ends' places; by layer."""
    start = {(s, t): y for s, t, y in nodes.select("step", "token", "y0").iter_rows()}
    out, into = dict(start), dict(start)
    rows = []
    for layer in range(codes.shape[1] - 1):
        both, n = np.unique(codes[:, layer] * len(names) + codes[:, layer + 1], return_counts=True)
        found = [
            (names[b // len(names)], names[b % len(names)], int(k))
            for b, k in zip(both, n, strict=True)
        ]
        found.sort(key=lambda one: (start[layer + 1, one[0]], start[layer + 2, one[1]]))
        for source, target, k in found:
            a, b, height = (layer + 1, source), (layer + 2, target), k / max(len(codes), 1)
            rows.append(
                (layer + 1, source, target, k, out[a], out[a] + height, into[b], into[b] + height)
            )
            out[a], into[b] = out[a] + height, into[b] + height
    return pl.DataFrame(rows, schema=FLOWS, orient="row")
