"""Four models of a label, taught on some customers and judged on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from analytics import evaluation
from analytics.evaluation import Board
from analytics.text import Text

Array = np.ndarray
MOST_TAUGHT, MOST_SVM = 20_000, 3_000
FEWEST = 5  # customers of a class that teaching and judging need each
IMPORTANCE_ROWS = 2_000
TREES = 60


@dataclass(frozen=True)
class Learnt:
    """One model and how it did on customers it had not seen.

    Args:
        key: of `params.MODELS`.
        model: taught.
        classes: the labels, in the model's order.
        predicted: the label given to each judged customer.
        score: how strongly the target is suspected of each judged customer; higher is likelier.
        board: of that score against the truth.
    """

    key: str
    model: Any
    classes: list[str]
    predicted: Array
    score: Array
    board: Board


def untaught(key: str, depth: int, seed: int) -> Any:
    """A classifier that has seen nothing. Rare classes weigh as much as common ones.

    Why: most of the customers are of one type; a model that always says so is right most of the
    time and finds nobody. The scores are ranks, therefore, and no probabilities.
    """
    if key == "tree":
        return DecisionTreeClassifier(max_depth=depth, min_samples_leaf=5, class_weight="balanced",
                                      random_state=seed)  # fmt: skip
    if key == "forest":
        return RandomForestClassifier(TREES, min_samples_leaf=3, class_weight="balanced_subsample",
                                      random_state=seed, n_jobs=1)  # fmt: skip
    last: Any = SVC(class_weight="balanced", cache_size=100)
    if key == "logistic":
        last = LogisticRegression(C=0.3, class_weight="balanced", max_iter=2000)
    return make_pipeline(StandardScaler(), last)


def scores(model: Any, values: Array, at: int) -> Array:
    """How strongly class number `at` is suspected; a probability where the model gives one."""
    if hasattr(model, "predict_proba"):
        found: Array = model.predict_proba(values)[:, at]
        return found
    decided: Array = model.decision_function(values)
    return (decided if at else -decided) if decided.ndim == 1 else decided[:, at]


def teach(key: str, known: tuple[Array, Array], judged: tuple[Array, Array], target: str,
          held_out: Text, depth: int, seed: int) -> Learnt:  # fmt: skip
    """Teach one model and judge it.

    Args:
        key: of `params.MODELS`.
        known: values (customers, features) and labels to teach on.
        judged: the same of customers kept apart.
        target: the label to be found.
        held_out: who the judged are, for the board.
        depth: of the tree.
        seed: of every random choice.
    """
    values, labels = known
    most = MOST_SVM if key == "svm" else MOST_TAUGHT
    rows = np.sort(np.random.default_rng([seed, 1]).permutation(len(labels))[:most])
    rows = rows if len(set(labels[rows])) == len(set(labels)) else np.arange(len(labels))
    model = untaught(key, depth, seed).fit(values[rows], labels[rows])
    classes = [str(one) for one in model.classes_]
    score = scores(model, judged[0], classes.index(target))
    board = evaluation.judge(score, judged[1] == target, held_out, probability=False)
    return Learnt(key, model, classes, model.predict(judged[0]), score, board)


def importance(learnt: Learnt, values: Array, truth: Array, names: Sequence[str], target: str,
               seed: int) -> pl.DataFrame:  # fmt: skip
    """What each feature is worth to the model, on judged customers (see `evaluation`)."""
    rows = np.random.default_rng([seed, 2]).permutation(len(truth))[:IMPORTANCE_ROWS]
    rows = rows if (truth[rows] == target).any() else np.arange(len(truth))
    at = learnt.classes.index(target)
    return evaluation.permutation_importance(
        lambda some: scores(learnt.model, some, at), values[rows], truth[rows] == target,
        list(names), seed, repeats=2)  # fmt: skip
