"""The two models and their calibration, on plain arrays: features in, probabilities out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Array = np.ndarray
NAMES = ("boosting", "logistic")
ENOUGH_FOR_ISOTONIC = 1000
FEWEST = 5  # outcomes of either kind that teaching and calibration need each


def untaught(name: str, seed: int) -> Any:
    """A classifier that has seen nothing.

    Why so small trees: leavers are few, some hundreds in a hundred thousand, and a deep tree learns
    them by heart. No class weights: they would spoil the probabilities.
    """
    if name == "logistic":
        return make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=2000))
    return HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=40,
        l2_regularization=5.0, early_stopping=False, random_state=seed)  # fmt: skip


def logit(p: Array) -> Array:
    """Log odds, kept finite."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


@dataclass(frozen=True)
class Calibrated:
    """A taught model and the curve that turns its score into a probability."""

    name: str
    model: Any
    curve: Any

    def raw(self, features: Array) -> Array:
        """The model's own score, in (0, 1)."""
        return self.model.predict_proba(features)[:, 1]

    def probability(self, features: Array) -> Array:
        """Calibrated probabilities, shape (customers,)."""
        if not len(features):
            return np.zeros(0)
        score = self.raw(features)
        if isinstance(self.curve, IsotonicRegression):
            return self.curve.predict(score)
        return self.curve.predict_proba(logit(score)[:, None])[:, 1]


def can_teach(*outcomes: Array) -> bool:
    """Whether every set holds enough of both outcomes."""
    return all(FEWEST <= int(one.sum()) <= len(one) - FEWEST for one in outcomes)


def taught(name: str, features: Array, outcome: Array, later: Array, later_outcome: Array, seed: int
           ) -> Calibrated:  # fmt: skip
    """Teach on the earlier customers, calibrate on the later ones (isotonic from 1,000 outcomes)."""
    model = untaught(name, seed).fit(features, outcome)
    score = model.predict_proba(later)[:, 1]
    if later_outcome.sum() >= ENOUGH_FOR_ISOTONIC:
        curve: Any = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(
            score, later_outcome
        )
    else:
        curve = LogisticRegression(C=100.0).fit(logit(score)[:, None], later_outcome)
    return Calibrated(name, model, curve)


def better(models: list[Calibrated], features: Array, outcome: Array) -> Calibrated:
    """The one with the smaller log loss on customers that did not teach it; the first on a tie."""
    return min(
        models, key=lambda one: log_loss(outcome, one.probability(features), labels=[False, True])
    )


def reasons(model: Calibrated, features: Array, typical: Array) -> Array:
    """What-if drop per customer and feature: how much the probability falls if the feature took its
    typical value; shape (customers, features)."""
    now = model.probability(features)
    drops = np.zeros(features.shape)
    for column in range(features.shape[1]):
        changed = features.copy()
        changed[:, column] = typical[column]
        drops[:, column] = now - model.probability(changed)
    return drops
