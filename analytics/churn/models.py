"""The two models, their mean, and the calibration, on plain arrays: features in, probabilities out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Array = np.ndarray
SINGLE = ("boosting", "logistic")
NAMES = (*SINGLE, "blend")
FOLDS = 3
MOST_TAUGHT = 20_000
FEWEST = 5  # outcomes of either kind that teaching and judging need each


def untaught(name: str, seed: int) -> Any:
    """A classifier that has seen nothing.

    Why so small trees: leavers are few, some hundreds in a hundred thousand, and a deep tree learns
    them by heart. Why a part of the signals at each split: several tell the same story, and trees that
    must look at another one err in other ways, which the sum evens out. No class weights: they would
    spoil the probabilities.
    """
    if name == "logistic":
        return make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000))
    return HistGradientBoostingClassifier(
        max_iter=250, learning_rate=0.06, max_leaf_nodes=3, min_samples_leaf=40, max_bins=63, max_features=0.3,
        l2_regularization=10.0, early_stopping=False, random_state=seed)  # fmt: skip


def logit(p: Array) -> Array:
    """Log odds, kept finite."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


@dataclass(frozen=True)
class Calibrated:
    """Taught models and the curve that turns the mean of their log odds into a probability."""

    name: str
    models: tuple[Any, ...]
    curve: Any

    def raw(self, features: Array) -> Array:
        """The mean log odds."""
        return np.mean([logit(m.predict_proba(features)[:, 1]) for m in self.models], axis=0)

    def probability(self, features: Array) -> Array:
        """Calibrated probabilities, shape (customers,)."""
        if not len(features):
            return np.zeros(0)
        return self.curve.predict_proba(self.raw(features)[:, None])[:, 1]


def can_teach(*outcomes: Array) -> bool:
    """Whether every set holds enough of both outcomes."""
    return all(FEWEST <= int(one.sum()) <= len(one) - FEWEST for one in outcomes)


def taught(features: Array, outcome: Array, customer: Array, seed: int
           ) -> tuple[dict[str, Calibrated], str]:  # fmt: skip
    """Both models and their blend, calibrated, and the name of the one to use.

    Calibration and choice go by customers whom a model had not seen: whole customers, with all
    their days, are set aside in turn (`FOLDS`). The curve is a sigmoid (Platt): it has two numbers
    to learn, so that few outcomes suffice.
    """
    random = np.random.default_rng(seed)
    kept, weight = _sampled(outcome, random)
    x, y, customer = features[kept], outcome[kept], customer[kept]
    fold = random.integers(0, FOLDS, int(customer.max()) + 1)[customer]
    unseen = {name: np.zeros(len(y)) for name in SINGLE}
    for number in range(FOLDS):
        out = fold == number
        for name in SINGLE:
            model = _fit(name, x[~out], y[~out], weight[~out], seed)
            unseen[name][out] = logit(model.predict_proba(x[out])[:, 1])
    unseen["blend"] = (unseen["boosting"] + unseen["logistic"]) / 2
    whole = {name: _fit(name, x, y, weight, seed) for name in SINGLE}
    found, loss = {}, {}
    for name, score in unseen.items():
        curve = LogisticRegression(C=100.0).fit(score[:, None], y, sample_weight=weight)
        members = tuple(whole[one] for one in _members(name))
        found[name] = Calibrated(name, members, curve)
        loss[name] = log_loss(y, curve.predict_proba(score[:, None])[:, 1], sample_weight=weight)
    return found, min(NAMES, key=lambda name: loss[name])


def again(model: Calibrated, features: Array, outcome: Array, seed: int) -> Calibrated:
    """The same recipe and curve, taught on other customers or days (more recent ones)."""
    kept, weight = _sampled(outcome, np.random.default_rng(seed))
    members = tuple(
        _fit(name, features[kept], outcome[kept], weight, seed) for name in _members(model.name)
    )
    return Calibrated(model.name, members, model.curve)


def _members(name: str) -> tuple[str, ...]:
    return SINGLE if name == "blend" else (name,)


def _sampled(outcome: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """Rows to teach on and their weights: all with the outcome, and a part of the many without it.

    Why: thirty without the outcome for one with it teach as much as a thousand, in a fraction of the
    time; weighing them up again keeps the probabilities right.
    """
    with_it, without = np.flatnonzero(outcome), np.flatnonzero(~outcome)
    most = max(MOST_TAUGHT - len(with_it), 3 * len(with_it))
    if len(without) <= most:
        return np.arange(len(outcome)), np.ones(len(outcome))
    kept = np.sort(np.concatenate([with_it, random.choice(without, most, replace=False)]))
    return kept, np.where(outcome[kept], 1.0, len(without) / most)


def _fit(name: str, features: Array, outcome: Array, weight: Array, seed: int) -> Any:
    model = untaught(name, seed)
    last = "logisticregression__sample_weight" if name == "logistic" else "sample_weight"
    return model.fit(features, outcome, **{last: weight})


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
