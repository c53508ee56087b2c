"""How many segments, and whether there are any: four criteria, and copies with shuffled columns.

- **silhouette** (Rousseeuw 1987): how much nearer a customer is to the own segment than to the next.
- **gap** (Tibshirani, Walther, Hastie 2001) against copies in which every column is shuffled by
  itself: how much better k segments fit than the same columns without any connection.
- **BIC** of a Gaussian mixture with diagonal covariances on the main components, started from k-means.
- **stability**: median adjusted Rand index (Hubert and Arabie 1985) between the segments and those of
  a bootstrap resample; and the **least stable segment** (Hennig 2007): its mean best Jaccard overlap
  over the resamples, of the segment where that is smallest.

A number k is **eligible** if stability >= .8, the least stable segment >= .75 and the smallest
share >= `min_share`. Of these the one is **chosen** where the gap bends most: the gain of the k-th
segment less the gain of the next; two only where no larger number is eligible, because the first
cut through any two connected columns gains most, clusters or not. It stands only if the fit at k is
better than all of 99 shuffled copies (p = .01), by three of their standard deviations; else there is
no cluster structure. Why both: of a hundred tables without any connection one beats all its copies,
but hardly (z of 2 to 2.5), where connected columns stand 18 and more away (METHODS).

Why not the smallest eligible k: any connection between columns beats the copies at k = 2 already, so
that rule would merge what is plainly apart. Why not the silhouette: its best is the worst business
segmentation (METHODS), and on pure noise it still chooses a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

from analytics.segments import lloyd
from analytics.segments.engine import Array, mixture, part

ROWS, SILHOUETTE_ROWS, TEST_ROWS = 2_000, 1_000, 1_000
COPIES_FOR_GAP, COPIES_FOR_TEST = 8, 99
KEPT_VARIANCE = 0.95
STARTS, TINY = 4, 1e-300
STABLE, STABLE_SEGMENT, LEVEL, CLEAR = 0.8, 0.75, 0.01, 3
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {"k": pl.Int64, "silhouette": pl.Float64, "gap": pl.Float64, "gap_error": pl.Float64,
          "bend": pl.Float64, "bic": pl.Float64, "stability": pl.Float64,
          "least_stable_segment": pl.Float64, "smallest_share": pl.Float64, "eligible": pl.Boolean,
          "chosen": pl.Boolean}  # fmt: skip


@dataclass(frozen=True)
class Structure:
    """Whether k segments fit better than copies whose columns know nothing of each other.

    Args:
        k: number of segments tested.
        p: share of the copies (and the table itself) that fit at least as well.
        z: distance of the fit from the copies' mean, in their standard deviations.
        copies: number of copies.
        customers: rows tested.
    """

    k: int
    p: float
    z: float
    copies: int
    customers: int

    @property
    def found(self) -> bool:
        """Whether no copy fits as well, and the mean copy clearly worse."""
        return self.p <= LEVEL and self.z >= CLEAR


def criteria(
    values: Array, k_max: int, resamples: int, min_share: float, seed: int
) -> pl.DataFrame:
    """One row per k from 2 to k_max: see the module; k stays below a third of the rows."""
    return judged(values, k_max, resamples, min_share, seed)[0]


def judged(
    values: Array, k_max: int, resamples: int, min_share: float, seed: int
) -> tuple[pl.DataFrame, dict[int, Array]]:
    """The criteria, and by k the centres they were measured with, shape (k, features)."""
    some = part(values, ROWS, seed)
    top = min(k_max, len(np.unique(some, axis=0)) // 3)
    if top < 2 or not some.shape[1]:
        return pl.DataFrame(schema=SCHEMA), {}
    light = some.astype(np.float32)  # enough for whose centre is nearest, in half the time
    spread = _reference(light, top + 1, seed)
    inertia: dict[int, float] = {}
    centres: dict[int, Array] = {}
    rows: list[dict[str, Any]] = []
    main = _main_components(some)
    light = main.astype(np.float32)
    for k in range(2, top + 2):
        model = KMeans(k, n_init=10, random_state=seed).fit(some)
        inertia[k], centres[k] = float(model.inertia_), model.cluster_centers_
        if k <= top:
            rows.append({"k": k, **_judge(some, main, light, model.labels_, k, resamples, seed)})
    gap = {1: 0.0} | {k: spread[k][0] - np.log(max(i, TINY)) for k, i in inertia.items()}
    for row in rows:
        k = row["k"]
        row |= {
            "gap": gap[k],
            "gap_error": spread[k][1],
            "bend": 2 * gap[k] - gap[k - 1] - gap[k + 1],
        }
    return _marked(pl.DataFrame(rows), min_share), centres


def _marked(rows: pl.DataFrame, min_share: float) -> pl.DataFrame:
    """Add which k are eligible and which one is chosen (none where none is eligible)."""
    eligible = ((pl.col("stability") >= STABLE) & (pl.col("least_stable_segment") >= STABLE_SEGMENT)
                & (pl.col("smallest_share") >= min_share))  # fmt: skip
    rows = rows.with_columns(eligible=eligible, gap=pl.col("gap").cast(pl.Float64))
    best = rows.filter("eligible").sort(
        pl.col("k") > 2, "bend", "k", descending=[True, True, False])["k"].head(1)  # fmt: skip
    return (
        rows.with_columns(chosen=pl.col("k").is_in(best.implode()))
        .select(list(SCHEMA))
        .cast(SCHEMA)  # type: ignore[arg-type]
    )


def chosen_k(criteria: pl.DataFrame) -> int | None:
    """The chosen number of segments; None where none is eligible."""
    found = criteria.filter("chosen")["k"]
    return None if found.is_empty() else int(found[0])


def _main_components(values: Array) -> Array:
    """The components that hold 95 % of the variance: distances nearly the same, in less time."""
    scores = PCA(min(values.shape), svd_solver="full").fit(values)
    kept = int(np.searchsorted(np.cumsum(scores.explained_variance_ratio_), KEPT_VARIANCE)) + 1
    return np.ascontiguousarray(scores.transform(values)[:, :kept])


def shuffled(values: Array, random: np.random.Generator) -> Array:
    """A copy in which every column is shuffled by itself."""
    return np.column_stack([random.permutation(column) for column in values.T])


def _reference(values: Array, top: int, seed: int) -> dict[int, tuple[float, float]]:
    """Per k the mean log inertia of shuffled copies, and the error of the gap."""
    random = np.random.default_rng([seed, 1])
    copies = np.stack([shuffled(values, random) for _ in range(COPIES_FOR_GAP)])
    found = {}
    for k in range(2, top + 1):
        logs = np.log(np.maximum(lloyd.fit(copies, np.ones(copies.shape[:2]), k, random)[2], TINY))
        found[k] = float(logs.mean()), float(logs.std() * np.sqrt(1 + 1 / len(logs)))
    return found


def _judge(values: Array, main: Array, light: Array, labels: Array, k: int, resamples: int,
           seed: int) -> dict[str, float]:  # fmt: skip
    """Every criterion of one k but the gap; `light` are the main components at half precision."""
    agreement, overlap = _resampled(light, labels, k, resamples, seed)
    rows = min(SILHOUETTE_ROWS, len(values))
    at = np.random.default_rng([seed, 2]).permutation(len(values))[:rows]
    many = 1 < len(set(labels[at])) < len(at)
    return {
        "silhouette": float(silhouette_score(values[at], labels[at])) if many else 0.0,
        "bic": float(mixture(main, k, seed, tolerance=1e-2, covariance="diag").bic(main)),
        "stability": agreement, "least_stable_segment": overlap,
        "smallest_share": float(np.bincount(labels, minlength=k).min() / len(labels)),
    }  # fmt: skip


def _resampled(
    values: Array, labels: Array, k: int, resamples: int, seed: int
) -> tuple[float, float]:
    """Median adjusted Rand index over resamples, and the least stable segment's mean overlap.

    Each resample is fitted from STARTS starts, and the better fit is the one that counts.
    """
    random = np.random.default_rng([seed, 3, k])
    rows = len(values)
    drawn = random.multinomial(rows, np.full(rows, 1 / rows), resamples).astype(values.dtype)
    stack = np.broadcast_to(values, (resamples, *values.shape))
    fits = [lloyd.fit(stack, drawn, k, random) for _ in range(STARTS)]
    best = np.argmin([inertia for _, _, inertia in fits], axis=0)
    again = np.stack([fits[start][0][number] for number, start in enumerate(best)])
    tables = np.stack([contingency(labels, one, k) for one in again])
    overlaps = jaccard(tables).max(axis=2)
    return float(np.median(agreement(tables))), float(overlaps.mean(axis=0).min())


def contingency(one: Array, two: Array, k: int) -> Array:
    """Rows in segment i of `one` and j of `two`, shape (k, k)."""
    return np.bincount(one * k + two, minlength=k * k).reshape(k, k).astype(float)


def jaccard(tables: Array) -> Array:
    """Overlap of every segment of one with every one of the other, shape (..., k, k), in [0, 1]."""
    either = tables.sum(axis=-1)[..., :, None] + tables.sum(axis=-2)[..., None, :] - tables
    return tables / np.maximum(either, 1)


def agreement(tables: Array) -> Array:
    """Adjusted Rand index of contingency tables (Hubert and Arabie 1985), shape (...,); at most 1."""
    pairs = (tables * (tables - 1)).sum(axis=(-2, -1)) / 2
    rows, columns = tables.sum(axis=-1), tables.sum(axis=-2)
    in_rows, in_columns = ((some * (some - 1)).sum(axis=-1) / 2 for some in (rows, columns))
    n = tables.sum(axis=(-2, -1))
    expected = in_rows * in_columns / np.maximum(n * (n - 1) / 2, 1)
    most = (in_rows + in_columns) / 2
    alike = np.isclose(most, expected)
    found: Array = np.where(alike, 1.0, (pairs - expected) / np.where(alike, 1, most - expected))
    return found


def structure(values: Array, k: int, seed: int, copies: int = COPIES_FOR_TEST) -> Structure:
    """Hold the fit at k against shuffled copies, with the same search on all of them."""
    some = part(values, TEST_ROWS, seed).astype(np.float32)
    if len(np.unique(some, axis=0)) <= k:
        return Structure(k, 1.0, 0.0, copies, len(some))
    random = np.random.default_rng([seed, 4])
    stack = np.stack([some, *(shuffled(some, random) for _ in range(copies))])
    weights = np.ones(stack.shape[:2], dtype=np.float32)
    fits = np.min([lloyd.fit(stack, weights, k, random)[2] for _ in range(2)], axis=0)
    own, others = float(fits[0]), fits[1:]
    p = (1 + int((others <= own).sum())) / (1 + copies)
    spread = float(others.std()) or 1.0
    return Structure(k, p, (float(others.mean()) - own) / spread, copies, len(some))
