"""Many small k-means at once: resamples and shuffled copies, as one stack of tables.

The criteria need some five hundred fits of a few thousand rows. One at a time, a library's checks
cost more than the arithmetic; as a stack they are a few matrix products.
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
    squares = np.einsum("bnd,bnd->bn", tables, tables)
    centres = _starts(tables, weights, squares, k, random)
    labels = np.full(weights.shape, -1)
    for _ in range(ROUNDS):
        distances = _distances(tables, centres)
        found = distances.argmin(axis=2)
        if np.array_equal(found, labels):
            break
        labels = found
        centres = _means(tables, weights, labels, centres)
    best = np.take_along_axis(_distances(tables, centres), labels[:, :, None], axis=2)[:, :, 0]
    return labels, centres, (weights * np.maximum(best + squares, 0)).sum(axis=1)


def _distances(tables: Array, centres: Array) -> Array:
    """Squared distances less the row's own square, shape (tables, rows, k)."""
    products = tables @ centres.transpose(0, 2, 1)
    return np.einsum("bkd,bkd->bk", centres, centres)[:, None, :] - 2 * products


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
        mass = np.cumsum(weights * nearest, axis=1)
        after, drawn = nearest, np.zeros(len(tables), int)
        least = np.full(len(tables), np.inf)
        for _ in range(TRIALS if number else 1):
            at = (mass < (random.random(len(tables)) * mass[:, -1])[:, None]).sum(axis=1)
            at = np.minimum(at, tables.shape[1] - 1)
            one = np.maximum(_distances(tables, tables[stack, at][:, None])[:, :, 0] + squares, 0)
            one = np.minimum(nearest, one) if number else one
            total = (weights * one).sum(axis=1)
            better = total < least
            after = np.where(better[:, None], one, after)
            drawn, least = np.where(better, at, drawn), np.where(better, total, least)
        centres[:, number], nearest = tables[stack, drawn], after
    return centres


def _means(tables: Array, weights: Array, labels: Array, before: Array) -> Array:
    """Weighted means of the clusters; an empty one stays where it was."""
    k = before.shape[1]
    hot = (labels[:, :, None] == np.arange(k)) * weights[:, :, None].astype(tables.dtype)
    mass = hot.sum(axis=1)[:, :, None]
    return np.where(mass > 0, (hot.transpose(0, 2, 1) @ tables) / np.maximum(mass, 1e-12), before)
