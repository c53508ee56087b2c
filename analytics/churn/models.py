"""The two models, their blend, and the calibration, on plain arrays: features in, probabilities out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, SplineTransformer, StandardScaler

Array = np.ndarray
SINGLE = ("boosting", "logistic")
NAMES = (*SINGLE, "blend")
MOST_SPREADS = 4.0  # standard deviations from the mean beyond which a signal counts no more
FOLDS = 3
MOST_TAUGHT = 20_000
MOST_OF_A_KIND = 8_000  # of those with the outcome, and of those who were away
FEWEST = 5  # outcomes of either kind that teaching and judging need each


def untaught(name: str, seed: int) -> Any:
    """A classifier that has seen nothing.

    Why so small trees: leavers are few, some hundreds in a hundred thousand, and a deep tree learns
    them by heart. Why a tenth of the signals at each split: several tell the same story, and trees that
    must look at another one err in other ways, which the sum evens out. Why the logistic draws a curve
    per signal (a cubic spline of five knots, held flat by the penalty; Hastie and Tibshirani, Generalized
    Additive Models, 1990): the odds rise steeply at some point of most signals and hardly elsewhere,
    which no straight line says, and to add up curves takes fewer leavers than to grow trees. Why
    far-off values are pulled in: a balance that fell by all but a thousandth is no ten times worse than
    one that fell by a half. No class weights: they would spoil the probabilities.
    """
    if name == "logistic":
        return make_pipeline(StandardScaler(), FunctionTransformer(_pulled_in),
                             SplineTransformer(n_knots=5, degree=3, include_bias=False),
                             LogisticRegression(C=0.1, max_iter=2000))  # fmt: skip
    return HistGradientBoostingClassifier(
        max_iter=300, learning_rate=0.06, max_leaf_nodes=3, min_samples_leaf=40, max_bins=31, max_features=0.1,
        l2_regularization=30.0, early_stopping=False, random_state=seed)  # fmt: skip


def _pulled_in(standard: Array) -> Array:
    return np.clip(standard, -MOST_SPREADS, MOST_SPREADS)


def logit(p: Array) -> Array:
    """Log odds, kept finite."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def still_there(odds: Array, away: Array) -> Array:
    """Log odds of leaving, from those of a customer who is still there and the chance of being away."""
    return logit((1 - away) / (1 + np.exp(-odds)))


@dataclass(frozen=True)
class Calibrated:
    """Taught models and the curve that turns the mean of their log odds into a probability.

    Why `away`: who left just before the day looks like who is about to, and is no outcome. Two
    questions apart (is she still there; if so, will she leave) are learnt from fewer customers than
    both at once. None where nobody was away.
    """

    name: str
    models: tuple[Any, ...]
    curve: Any
    away: Any = None

    def raw(self, features: Array) -> Array:
        """The mean of the log odds, less who is away."""
        odds = np.mean([logit(_chance(one, features)) for one in self.models], axis=0)
        return still_there(odds, _chance(self.away, features))

    def probability(self, features: Array) -> Array:
        """Calibrated probabilities, shape (customers,)."""
        if not len(features):
            return np.zeros(0)
        return self.curve.predict_proba(self.raw(features)[:, None])[:, 1]


def _chance(model: Any, features: Array) -> Array:
    """What a model says, 0 for no model."""
    return np.zeros(len(features)) if model is None else model.predict_proba(features)[:, 1]


def can_teach(*outcomes: Array) -> bool:
    """Whether every set holds enough of both outcomes."""
    return all(FEWEST <= int(one.sum()) <= len(one) - FEWEST for one in outcomes)


def taught(features: Array, outcome: Array, customer: Array, seed: int, away: Array | None = None
           ) -> tuple[dict[str, Calibrated], str]:  # fmt: skip
    """Both models and their blend, calibrated, and the name of the one to use: by PR-AUC, as the
    likeliest are called and the rest is not.

    Calibration and choice go by customers whom a model had not seen: whole customers, with all
    their days, are set aside in turn (`FOLDS`). The curve is a sigmoid (Platt): it has two numbers
    to learn, so that few outcomes suffice. `away` marks who had left for good by the day already.
    """
    random = np.random.default_rng(seed)
    x, y, gone, weight, kept = _rows(features, outcome, away, random)
    customer = customer[kept]
    fold = random.integers(0, FOLDS, int(customer.max()) + 1)[customer]
    unseen, left = {name: np.zeros(len(y)) for name in SINGLE}, np.zeros(len(y))
    for number in range(FOLDS):
        out = fold == number
        single, leaver = _learnt(SINGLE, x[~out], y[~out], gone[~out], weight[~out], seed)
        left[out] = _chance(leaver, x[out])
        for name, model in single.items():
            unseen[name][out] = logit(_chance(model, x[out]))
    single, leaver = _learnt(SINGLE, x, y, gone, weight, seed)
    found, worth = {}, {}
    for name in NAMES:
        odds = still_there(np.mean([unseen[one] for one in _members(name)], axis=0), left)
        curve = LogisticRegression(C=100.0).fit(odds[:, None], y, sample_weight=weight)
        found[name] = Calibrated(name, tuple(single[one] for one in _members(name)), curve, leaver)
        worth[name] = average_precision_score(y, odds, sample_weight=weight)
    return found, max(NAMES, key=lambda name: worth[name])


def again(model: Calibrated, features: Array, outcome: Array, seed: int, away: Array | None = None
          ) -> Calibrated:  # fmt: skip
    """The same recipe and curve, taught on other customers or days (more recent ones)."""
    rows = _rows(features, outcome, away, np.random.default_rng(seed))[:4]
    single, leaver = _learnt(_members(model.name), *rows, seed)
    return Calibrated(model.name, tuple(single.values()), model.curve, leaver)


def _rows(features: Array, outcome: Array, away: Array | None, random: np.random.Generator
          ) -> tuple[Array, Array, Array, Array, Array]:  # fmt: skip
    """The rows to teach on: features, outcome, who was away, weight, and which these are."""
    gone = np.zeros(len(outcome), bool) if away is None else away
    kept, weight = _sampled(outcome & ~gone, gone, random)
    return features[kept], outcome[kept], gone[kept], weight, kept


def _learnt(names: tuple[str, ...], x: Array, y: Array, gone: Array, weight: Array, seed: int
            ) -> tuple[dict[str, Any], Any]:  # fmt: skip
    """Models of who leaves, from those still there, and of who is away (None: too few were)."""
    there = ~gone
    single = {name: _fit(name, x[there], y[there], weight[there], seed) for name in names}
    return single, _fit("boosting", x, gone, weight, seed) if can_teach(gone) else None


def _members(name: str) -> tuple[str, ...]:
    return SINGLE if name == "blend" else (name,)


def _sampled(outcome: Array, gone: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """Rows to teach on and their weights: a part of each kind (the outcome, away, neither).

    Why: thousands of a kind teach these small trees as much as all of them, and thirty with neither
    for one of the others as much as a thousand, in a fraction of the time; weighing them up again
    keeps the probabilities right.
    """
    kinds = [np.flatnonzero(kind) for kind in (outcome, gone, ~(outcome | gone))]
    few = sum(min(len(rows), MOST_OF_A_KIND) for rows in kinds[:2])
    kept, weight = [], np.ones(len(outcome))
    for rows, most in zip(
        kinds, (MOST_OF_A_KIND, MOST_OF_A_KIND, max(MOST_TAUGHT - few, 3 * few)), strict=True
    ):
        if len(rows) > most:
            weight[rows] = len(rows) / most
            rows = random.choice(rows, most, replace=False)
        kept.append(rows)
    chosen = np.sort(np.concatenate(kept))
    return chosen, weight[chosen]


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
