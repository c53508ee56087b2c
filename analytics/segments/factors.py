"""Few factors in place of many features: factor analysis with varimax, or parts by NMF.

- **factors**: maximum-likelihood factor analysis of the comparable values, rotated so that every
  feature loads on few factors (H. F. Kaiser, Psychometrika 23, 1958, 187-200; the answer of R's
  `factanal`). A loading is the correlation of feature and factor.
- **parts**: non-negative matrix factorisation of the values above their smallest (D. D. Lee, H. S.
  Seung, Nature 401, 1999, 788-791): every customer is a sum of parts, none is subtracted. Loadings
  are scaled so that a part's largest is 1.

How many: parallel analysis (J. L. Horn, Psychometrika 30, 1965, 179-185), the leading eigenvalues of
the correlations that exceed the 95th percentile of copies with shuffled columns.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from sklearn.decomposition import NMF, FactorAnalysis
from sklearn.exceptions import ConvergenceWarning

from analytics.segments.engine import Array, part

ROWS, COPIES, ITERATIONS = 5_000, 20, 2_000
SCHEMA: dict[str, Any] = {"feature": pl.String, "factor": pl.String, "loading": pl.Float64}


@dataclass(frozen=True)
class Reduction:
    """Factors fitted on comparable values, frozen.

    Args:
        model: FactorAnalysis or NMF.
        low: taken from the values before, shape (features,); zeros for factors.
        centre, width: of the factors' scores, shape (factors,).
        loadings: shape (features, factors).
    """

    model: FactorAnalysis | NMF
    low: Array
    centre: Array
    width: Array
    loadings: Array

    def apply(self, scaled: Array) -> Array:
        """Standardised scores, shape (customers, factors)."""
        return (self._scores(scaled) - self.centre) / self.width

    def _scores(self, scaled: Array) -> Array:
        moved = scaled - self.low
        if isinstance(self.model, NMF):
            moved = np.maximum(moved, 0)
        found: Array = self.model.transform(moved)
        return found


def how_many(values: Array, seed: int) -> int:
    """Number of factors by parallel analysis, 1 at least and half of the features at most."""
    random = np.random.default_rng([seed, 11])
    own = _eigenvalues(values)
    copies = [
        _eigenvalues(np.column_stack([random.permutation(column) for column in values.T]))
        for _ in range(COPIES)
    ]
    above = own > np.quantile(copies, 0.95, axis=0)
    leading = len(own) if above.all() else int(np.argmin(above))
    return int(np.clip(leading, 1, max(values.shape[1] // 2, 1)))


def _eigenvalues(values: Array) -> Array:
    found: Array = np.linalg.eigvalsh(np.corrcoef(values, rowvar=False))[::-1]
    return found


def factor_analysis(values: Array, factors: int) -> FactorAnalysis:
    """Maximum-likelihood factors of standardised values, rotated by varimax if there are several."""
    model = FactorAnalysis(factors, tol=1e-8, svd_method="lapack", max_iter=ITERATIONS).fit(values)
    if factors > 1:
        model.components_ = varimax(model.components_.T).T
    return model


def varimax(loadings: Array) -> Array:
    """Loadings turned so that their squares vary most, shape (features, factors).

    With Kaiser's normalisation as in R, so that a feature that the factors explain badly weighs as
    much as any other; scikit-learn's own rotation leaves it out and gives other loadings.
    """
    lengths = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    rows = loadings / np.maximum(lengths, 1e-12)
    turn, before = np.eye(loadings.shape[1]), 0.0
    for _ in range(ITERATIONS):
        turned = rows @ turn
        spread = turned**3 - turned * (turned**2).mean(axis=0)
        left, sizes, right = np.linalg.svd(rows.T @ spread)
        turn = left @ right
        if sizes.sum() < before * (1 + 1e-10):
            break
        before = sizes.sum()
    return lengths * (rows @ turn)


def fit(scaled: Array, kind: str, seed: int) -> Reduction | None:
    """Factors of `kind` (`factors` or `parts`); None for `features`, or with fewer than three features."""
    if kind == "features" or scaled.shape[1] < 3 or len(scaled) < 3 * scaled.shape[1]:
        return None
    some = part(scaled, ROWS, seed)
    count = how_many(some, seed)
    low = np.zeros(scaled.shape[1]) if kind == "factors" else scaled.min(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the factors are read, not tested
        if kind == "factors":
            model = factor_analysis(some, count)
        else:
            model = NMF(count, init="nndsvda", max_iter=400, random_state=seed).fit(some - low)
    found = Reduction(model, low, np.zeros(count), np.ones(count), _loadings(model))
    scores = found._scores(scaled)
    width = scores.std(axis=0)
    return Reduction(model, low, scores.mean(axis=0), np.where(width > 0, width, 1), found.loadings)


def _loadings(model: FactorAnalysis | NMF) -> Array:
    loadings: Array = model.components_.T
    if isinstance(model, NMF):
        return loadings / np.maximum(loadings.max(axis=0), 1e-12)
    return turned(loadings)


def turned(loadings: Array) -> Array:
    """The strongest factor first, each with its largest loading positive, as they are shown.

    The scores keep the model's order and sign: distances do not depend on them.
    """
    sign = np.sign(loadings[np.abs(loadings).argmax(axis=0), np.arange(loadings.shape[1])])
    found = loadings * np.where(sign == 0, 1, sign)
    return found[:, np.argsort(-(found**2).sum(axis=0), kind="stable")]


def table(reduction: Reduction | None, keys: tuple[str, ...]) -> pl.DataFrame:
    """feature, factor (f1, f2, ...), loading; features by the factor they load on most."""
    if reduction is None:
        return pl.DataFrame(schema=SCHEMA)
    loadings = reduction.loadings
    own = np.abs(loadings).argmax(axis=1)
    order = np.lexsort((-np.abs(loadings).max(axis=1), own))
    rows = [(keys[at], f"f{number + 1}", float(loadings[at, number]))
            for at in order for number in range(loadings.shape[1])]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
