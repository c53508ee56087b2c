"""Many small k-means at once: resamples and shuffled copies, as one stack of tables.

The criteria need some five hundred fits of a few thousand rows. One at a time, a library's checks
cost more than the arithmetic; as a stack they are a few matrix products. Rows lie on the last axis
and clusters before it, so that every step is a pass over long runs of memory; a table whose labels
no longer change leaves the stack.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
ROUNDS, TRIALS = 30, 4


def fit(
    tables: Array, weights: Array, k: int, random: np.random.Generator
) -> tuple[Array, Array, Array]:
    """k-means of every table of a stack (k-means++ start, Lloyd's rounds), rows weighted.

    Args:
        tables: shape (tables, rows, features).
        weights: shape (tables, rows), not negative; a bootstrap resample is how often a row counts.
        k: number of clusters.
        random: of the starts.

    Returns:
        labels (tables, rows), centres (tables, k, features), inertia (tables,).
    """
    weights = weights.astype(tables.dtype, copy=False)
    squares = np.einsum("bnd,bnd->bn", tables, tables)
    centres = _starts(tables, weights, squares, k, random)
    labels, least = _nearest(_distances(tables, centres))
    moving = np.arange(len(tables))
    for _ in range(ROUNDS):
        some = tables[moving] if len(moving) < len(tables) else tables
        centres[moving] = _means(some, weights[moving], labels[moving], centres[moving])
        found, near = _nearest(_distances(some, centres[moving]))
        changed = (found != labels[moving]).any(axis=1)
        labels[moving], least[moving] = found, near
        moving = moving[changed]
        if not len(moving):
            break
    return labels, centres, (weights * np.maximum(least + squares, 0)).sum(axis=1, dtype=float)


def _distances(tables: Array, centres: Array) -> Array:
    """Squared distances less the row's own square, shape (tables, k, rows)."""
    found: Array = (-2 * centres) @ tables.transpose(0, 2, 1)
    found += np.einsum("bkd,bkd->bk", centres, centres)[:, :, None]
    return found


def _nearest(distances: Array) -> tuple[Array, Array]:
    """The nearest centre of every row, and its distance; the first of equals."""
    least = distances[:, 0].copy()
    labels = np.zeros(least.shape, int)
    for number in range(1, distances.shape[1]):
        nearer = distances[:, number] < least
        labels[nearer] = number
        np.minimum(least, distances[:, number], out=least)
    return labels, least


def _starts(
    tables: Array, weights: Array, squares: Array, k: int, random: np.random.Generator
) -> Array:
    """Rows drawn by their squared distance to the nearest one drawn before (greedy k-means++).

    Of TRIALS draws the one counts that brings all rows nearest; without, most fits of well parted
    customers end with two centres in one segment, and a true number of segments looks unstable.
    """
    stack = np.arange(len(tables))
    centres = np.empty((len(tables), k, tables.shape[2]), tables.dtype)
    nearest = np.ones_like(squares)
    for number in range(k):
        trials = TRIALS if number else 1
        mass = np.cumsum(weights * nearest, axis=1, dtype=float)
        marks = random.random((trials, len(tables))) * mass[:, -1]
        drawn = np.array([[np.searchsorted(row, mark) for row, mark in zip(mass, some, strict=True)]
                          for some in marks])  # fmt: skip
        drawn = np.minimum(drawn, tables.shape[1] - 1).T  # (tables, trials)
        found = _distances(tables, tables[stack[:, None], drawn]) + squares[:, None]
        found = np.maximum(found, 0)
        if number:
            found = np.minimum(found, nearest[:, None])
        best = np.einsum("bn,btn->bt", weights, found).argmin(axis=1)
        centres[:, number], nearest = tables[stack, drawn[stack, best]], found[stack, best]
    return centres


def _means(tables: Array, weights: Array, labels: Array, before: Array) -> Array:
    """Weighted means of the clusters; an empty one stays where it was."""
    clusters = np.arange(before.shape[1])[:, None]
    hot = np.where(labels[:, None, :] == clusters, weights[:, None, :], 0)
    mass = hot.sum(axis=2)[:, :, None]
    return np.where(mass > 0, (hot @ tables) / np.maximum(mass, 1e-12), before)
