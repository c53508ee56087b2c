"""The four ways to cluster scaled customers, each fitted on at most a sample and frozen.

k-means: ten starts on a part, the best refined on all rows given. Gaussian mixture: started from
k-means, on at most 10,000. Ward (Ward, JASA 58, 1963, 236-244) and HDBSCAN (Campello et al., PAKDD 2013) see a part
only; the others join the nearest segment centre, and for HDBSCAN the nearest seen customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier

Array = np.ndarray
START_ROWS, PART_ROWS, MIXTURE_ROWS = 2_000, 5_000, 10_000
STARTS = 10
MIN_CLUSTER_ROWS, MIN_CLUSTER_SHARE = 20, 0.01
OUTLIER = -1


class Model(Protocol):
    """A frozen segmentation of scaled values."""

    def predict(self, values: Array) -> Array:
        """Segment number per row; -1 is an outlier."""
        ...


@dataclass(frozen=True)
class Nearest:
    """The segment of the nearest centre; centres have shape (segments, features)."""

    centres: Array

    def predict(self, values: Array) -> Array:
        """Squared distances without the term all centres share."""
        products = values @ self.centres.T
        return np.argmin((self.centres**2).sum(axis=1) - 2 * products, axis=1)


def part(values: Array, rows: int, seed: int) -> Array:
    """At most `rows` of the rows, a seeded random choice."""
    if len(values) <= rows:
        return values
    return values[np.sort(np.random.default_rng(seed).permutation(len(values))[:rows])]


def started(values: Array, k: int, seed: int, starts: int = STARTS) -> Array:
    """The best centres of `starts` on a part, shape (k, features)."""
    some = part(values, START_ROWS, seed)
    found: Array = KMeans(k, n_init=starts, random_state=seed).fit(some).cluster_centers_
    return found


def kmeans(values: Array, k: int, seed: int, starts: int = STARTS,
           begin: Array | None = None) -> Nearest:  # fmt: skip
    """k-means centres (Lloyd; Arthur and Vassilvitskii's starts): best of `starts` on a part, refined.

    `begin` are the centres of such a part where they are known already, shape (k, features).
    The refinement is at single precision: the centres differ in the seventh digit.
    """
    if begin is None:
        begin = started(values, k, seed, starts)
    if len(values) <= START_ROWS:
        return Nearest(begin)
    light = values.astype(np.float32)
    return Nearest(KMeans(k, init=begin.astype(np.float32), n_init=1, max_iter=100).fit(
        light).cluster_centers_)  # fmt: skip


def mixture(values: Array, k: int, seed: int, tolerance: float = 1e-3, regular: float = 1e-4,
            covariance: str = "full", starts: int = 1) -> GaussianMixture:  # fmt: skip
    """A Gaussian mixture started from k-means."""
    return GaussianMixture(k, covariance_type=covariance, tol=tolerance, reg_covar=regular,
                           n_init=starts, max_iter=200, random_state=seed).fit(values)  # fmt: skip


def ward(values: Array, k: int, seed: int) -> Nearest:
    """Ward's tree of a part, cut at k; its centres."""
    some = part(values, PART_ROWS, seed)
    labels = AgglomerativeClustering(k, linkage="ward").fit_predict(some)
    return Nearest(np.array([some[labels == one].mean(axis=0) for one in range(k)]))


def density(values: Array, seed: int) -> Model:
    """HDBSCAN of a part; a customer is what the nearest seen one is, an outlier if that is one."""
    some = part(values, PART_ROWS, seed)
    least = max(MIN_CLUSTER_ROWS, round(MIN_CLUSTER_SHARE * len(some)))
    labels = HDBSCAN(min_cluster_size=least, copy=True).fit_predict(some)
    return KNeighborsClassifier(1).fit(some, labels)


def fit(values: Array, method: str, k: int, seed: int, begin: Array | None = None) -> Model:
    """The method's model with k segments (HDBSCAN finds its own number).

    Args:
        values: scaled, shape (customers, features).
        method: a key of `params.METHODS`.
        k: number of segments, at most the number of distinct rows.
        seed: of every random choice.
        begin: centres of k-means on a part, where they are known.
    """
    if method == "gmm":
        return mixture(part(values, MIXTURE_ROWS, seed), k, seed)
    if method == "ward":
        return ward(values, k, seed)
    if method == "hdbscan":
        return density(values, seed)
    return kmeans(values, k, seed, begin=begin)
