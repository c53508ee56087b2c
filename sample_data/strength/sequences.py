"""Sequences: single events, raw p values, and ordered patterns ranked by p, lost against kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control, hypergeom

from sample_data.episodes import SEQUENCES, WINDOW
from sample_data.world import Block

ALPHA, MIN_SUPPORT, LONGEST = 0.05, 0.05, 30
Patterns = list[set[tuple[str, ...]]]


@dataclass(frozen=True)
class Contrast:
    """One comparison of lost and kept.

    Args:
        ranks: of the planted sequences among all patterns by p, 1 is best.
        single_events: planted events that pass Benjamini-Hochberg by themselves.
        raw: patterns with a raw p below 0.05.
        raw_shuffled, controlled_shuffled: the same with the labels shuffled, raw and controlled.
    """

    ranks: list[int]
    single_events: int
    raw: int
    raw_shuffled: int
    controlled_shuffled: int


def compare(block: Block, seed: int) -> Contrast:
    """Patterns of up to three events in the `WINDOW` days before leaving, or before the last day."""
    patterns, lost = _windows(block)
    names, p = _test(patterns, lost)
    ranks = {name: rank for rank, name in enumerate((names[i] for i in np.argsort(p)), 1)}
    q = dict(zip(names, false_discovery_control(p), strict=True))
    planted = [s.events for s in SEQUENCES if s.outcome == "churned"]
    events = {event for sequence in planted for event in sequence}
    shuffled = np.random.default_rng(seed).permutation(lost)
    _, noise = _test(patterns, shuffled)
    return Contrast(
        [ranks.get(s, len(names)) for s in planted],
        sum(q.get((event,), 1.0) < ALPHA for event in events),
        int((p < ALPHA).sum()),
        int((noise < ALPHA).sum()),
        int((false_discovery_control(noise) < ALPHA).sum()),
    )


def _windows(block: Block) -> tuple[Patterns, np.ndarray]:
    """The distinct patterns of each customer's window, and whether the customer left after it."""
    last = block.months.group_by("customer").agg(until=pl.col("active_to").max())
    cut = last.join(block.people.select("customer", "churned_on"), on="customer").with_columns(
        until=pl.coalesce("churned_on", "until")
    )
    day = pl.col("happened_at").dt.date()
    inside = (
        block.events.join(cut, on="customer")
        .filter((day < pl.col("until")) & (day >= pl.col("until") - pl.duration(days=WINDOW)))
        .sort("customer", "happened_at")
        .group_by("customer", maintain_order=True)
        .agg("event", lost=pl.col("churned_on").is_not_null().first())
    )
    patterns = [
        {p for size in (1, 2, 3) for p in combinations(events[-LONGEST:], size)}
        for events in inside["event"].to_list()
    ]
    return patterns, inside["lost"].to_numpy()


def _test(patterns: Patterns, lost: np.ndarray) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """Patterns frequent in either group, and their two-sided hypergeometric p (doubled tail)."""
    everyone: Counter[tuple[str, ...]] = Counter()
    leavers: Counter[tuple[str, ...]] = Counter()
    for found, left in zip(patterns, lost, strict=True):
        everyone.update(found)
        if left:
            leavers.update(found)
    n, k = len(lost), int(lost.sum())
    names = [p for p, c in everyone.items()
             if leavers[p] >= MIN_SUPPORT * k or c - leavers[p] >= MIN_SUPPORT * (n - k)]  # fmt: skip
    count = np.array([leavers[p] for p in names])
    total = np.array([everyone[p] for p in names])
    tail = np.minimum(hypergeom.sf(count - 1, n, total, k), hypergeom.cdf(count, n, total, k))
    return names, np.minimum(2 * tail, 1.0)
