"""The best that chance alone finds: the same search in copies of the bank where nothing hangs together.

A search over many attributes and outcomes always finds something. What it finds in a copy in which the
customers' outcomes were dealt anew (or the two months of each customer swapped by a coin) is chance; a
finding has to beat the best of all copies. Because whole rows are dealt, outcomes stay together as they
are, and so do the attributes.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
MOST_CUSTOMERS = (
    60_000  # copies are dealt from so many at most; scores are scaled, so that is enough
)


def group_scores(members: Array, values: Array, known: Array) -> Array:
    """Two-sample scores of every group against the rest, shape (groups, outcomes).

    z of the difference of two shares with the pooled variance; 0 where a side is empty.

    Args:
        members: 0 or 1, shape (groups, customers).
        values: 0 or 1 (0 where not known), shape (customers, outcomes).
        known: 0 or 1, same shape.
    """
    hits, size = members @ values, members @ known
    all_hits, all_size = values.sum(axis=0), known.sum(axis=0)
    rest_hits, rest_size = all_hits - hits, all_size - size
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = all_hits / all_size
        error = np.sqrt(pooled * (1 - pooled) * (1 / size + 1 / rest_size))
        score = (hits / size - rest_hits / rest_size) / error
    return np.where(np.isfinite(score), score, 0.0)


def best_of_dealt(members: Array, values: Array, known: Array, copies: int, seed: int) -> float:
    """The largest |z| over all groups and outcomes in `copies` banks with outcomes dealt anew."""
    draw, best = np.random.default_rng(seed), 0.0
    if not members.size or not values.size:
        return best
    if members.shape[1] > MOST_CUSTOMERS:
        some = draw.choice(members.shape[1], MOST_CUSTOMERS, replace=False)
        members, values, known = members[:, some], values[some], known[some]
    for _ in range(copies):
        dealt = draw.permutation(members.shape[1])
        best = max(best, float(np.abs(group_scores(members, values[dealt], known[dealt])).max()))
    return best


def paired_scores(differences: Array) -> Array:
    """McNemar's z of every column of -1, 0, 1 per customer; 0 where nothing differs."""
    total, size = differences.sum(axis=0), np.sqrt((differences**2).sum(axis=0))
    return np.divide(total, size, out=np.zeros(len(total)), where=size > 0)


def best_of_swapped(differences: Array, copies: int, seed: int) -> float:
    """The largest |z| over all columns in `copies` banks with each customer's months swapped by a coin."""
    draw, best = np.random.default_rng(seed), 0.0
    if not differences.size:
        return best
    size = np.sqrt((differences**2).sum(axis=0))
    for _ in range(copies):
        signs = draw.integers(0, 2, len(differences)).astype(np.float32) * 2 - 1
        scores = np.abs(signs @ differences)[size > 0] / size[size > 0]
        best = max(best, float(scores.max(initial=0.0)))
    return best
