"""The long run of a chain: how often each state is met, how long it lasts, where it ends."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics import markov
from analytics.sequences.builder import DAY_US, Sequences

Array = np.ndarray
STATES = {"state": pl.String, "visits": pl.Int64, "customers": pl.Int64, "first_share": pl.Float64, "long_run_share": pl.Float64,
          "mean_days": pl.Float64, "class": pl.Int64, "expected_steps": pl.Float64, "expected_days": pl.Float64}  # fmt: skip
ABSORBED = {"state": pl.String, "ends_in": pl.String, "share": pl.Float64}


def _visits(built: Sequences) -> Array:
    """Customers per state: shape (states,)."""
    pairs = np.unique(
        built.events.item * (len(built.customers) + 1) + built.owner[built.events.sequence]
    )
    return np.bincount(pairs // (len(built.customers) + 1), minlength=len(built.alphabet))


def _mean_days(built: Sequences) -> Array:
    """Mean days from each state to the next step; nan for a state never left."""
    events = built.events
    inside = events.sequence[1:] == events.sequence[:-1]
    days, state = np.diff(events.time)[inside] / DAY_US, events.item[:-1][inside]
    total, n = (
        np.bincount(state, days, events.n_items),
        np.bincount(state, minlength=events.n_items),
    )
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def states_table(built: Sequences, counts: Array, chance: Array) -> pl.DataFrame:
    """One row per state: visits, shares, holding time, class, steps and days until absorbed."""
    events, k = built.events, len(built.alphabet)
    if not events.n:
        return pl.DataFrame(schema=STATES)
    firsts = np.bincount(
        events.item[np.searchsorted(events.sequence, np.arange(events.n))], minlength=k
    )
    found = markov.classes(chance)
    long_run = markov.stationary(chance) if found.regular else np.full(k, np.nan)
    days = _mean_days(built)
    steps, until = np.full(k, np.nan), np.full(k, np.nan)
    if _absorbs(chance, counts):
        ends = markov.absorption(chance)
        steps[ends.transient] = ends.steps
        until[ends.transient] = ends.visits @ np.nan_to_num(days[ends.transient])
    frame = pl.DataFrame({
        "state": list(built.alphabet), "visits": np.bincount(events.item, minlength=k), "customers": _visits(built),
        "first_share": firsts / events.n, "long_run_share": long_run, "mean_days": days, "class": found.label + 1,
        "expected_steps": steps, "expected_days": until}, schema=STATES)  # fmt: skip
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)).filter(pl.col("visits") > 0).sort(
        "visits", "state", descending=[True, False])  # fmt: skip


def _absorbs(chance: Array, counts: Array) -> bool:
    """Whether every state leads to one that keeps its customers, so that absorption is defined."""
    found = markov.classes(chance)
    sizes = np.bincount(found.label)
    closed = np.flatnonzero(found.closed)
    return (
        bool(len(closed))
        and bool((sizes[closed] == 1).all())
        and len(closed) < len(sizes)
        and counts.sum() > 0
    )


def absorption_table(built: Sequences, counts: Array, chance: Array) -> pl.DataFrame:
    """state, ends_in, share: where customers end up; empty where absorption is not defined."""
    if not len(chance) or not _absorbs(chance, counts):
        return pl.DataFrame(schema=ABSORBED)
    ends, names = markov.absorption(chance), built.alphabet
    seen = np.bincount(built.events.item, minlength=len(names)) > 0
    rows = [(names[s], names[e], float(ends.share[i, j])) for i, s in enumerate(ends.transient)
            for j, e in enumerate(ends.absorbing) if seen[s] and seen[e]]  # fmt: skip
    return pl.DataFrame(rows, schema=ABSORBED, orient="row").sort(
        "share", "state", "ends_in", descending=[True, False, False]
    )
