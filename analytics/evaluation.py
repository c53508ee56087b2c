"""The evaluation board: how good a score is at telling those with an outcome from the others.

One module for every analysis that predicts: segments (a chosen label), lifecycle (early warning),
anomalies (verdicts), later campaigns. It takes a score and what happened, never a model, and the two
must come from customers or a period that the model has not seen; the caller says which in `held_out`.

Definitions: precision = hits among the flagged; recall = flagged among the hits; PR-AUC = average
precision (Davis & Goadrich 2006), to be read beside the base rate; lift = precision / base rate;
calibration error = mean distance between predicted and observed share over 10 bins of equal count,
weighted by count (Naeini et al. 2015); Brier = mean squared error of the probability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score

from analytics.text import Text, UserError

Array = np.ndarray
CURVE_POINTS = 100
TOO_GOOD = 0.95
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True)
class Board:
    """How a score did on customers it had not seen.

    Args:
        held_out: what those customers or that period are.
        n: customers judged.
        hits: customers with the outcome.
        roc_auc, pr_auc: areas in [0, 1].
        brier, calibration_error: None where the score is no probability.
        top: flagged share of the highest scores: share, flagged, hits, precision, recall, lift.
        curve: at most 100 thresholds: threshold, flagged, hits, precision, recall, false_alarm_rate.
        reliability: ten bins of equal count: bin, customers, predicted, observed.
    """

    held_out: Text
    n: int
    hits: int
    roc_auc: float
    pr_auc: float
    brier: float | None
    calibration_error: float | None
    top: pl.DataFrame
    curve: pl.DataFrame
    reliability: pl.DataFrame

    @property
    def base_rate(self) -> float:
        """Share with the outcome: the PR-AUC of a random score."""
        return self.hits / self.n

    @property
    def too_good(self) -> bool:
        """Whether the score is so good that a leak is likelier than skill."""
        return self.roc_auc > TOO_GOOD


def judge(score: Array, outcome: Array, held_out: Text, probability: bool = True) -> Board:
    """Build the board from scores (higher = likelier) and outcomes (bool), shape (customers,)."""
    score, outcome = np.asarray(score, float), np.asarray(outcome, bool)
    n, hits = len(outcome), int(outcome.sum())
    if not 0 < hits < n:
        raise UserError(
            Text(f"{hits} of {n} judged customers have the outcome: there is nothing to compare. "
                 "Choose a longer period or another outcome.",
                 f"{n} 位待评估客户中有 {hits} 位出现目标结果，无法比较。请选择更长的时间段或其他目标。"),
            "one_outcome")  # fmt: skip
    curve, bins = _curve(score, outcome), _reliability(score, outcome)
    return Board(
        held_out, n, hits, float(roc_auc_score(outcome, score)),
        float(average_precision_score(outcome, score)),
        float(((score - outcome) ** 2).mean()) if probability else None,
        calibration_error(bins) if probability else None, _top(score, outcome), curve, bins)  # fmt: skip


def _by_threshold(score: Array, outcome: Array) -> pl.DataFrame:
    """Flagged and hits at every distinct score, highest first; equal scores are flagged together."""
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], np.cumsum(outcome[order])
    last = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
    return pl.DataFrame({"threshold": ranked[last], "flagged": last + 1, "hits": hits[last]})


def _rates(frame: pl.DataFrame, n: int, hits: int) -> pl.DataFrame:
    return frame.with_columns(
        precision=pl.col("hits") / pl.col("flagged"), recall=pl.col("hits") / hits,
        false_alarm_rate=(pl.col("flagged") - pl.col("hits")) / (n - hits),
        lift=pl.col("hits") / pl.col("flagged") / (hits / n))  # fmt: skip


def _curve(score: Array, outcome: Array) -> pl.DataFrame:
    points = _by_threshold(score, outcome)
    if points.height > CURVE_POINTS:
        at = np.unique(np.linspace(0, points.height - 1, CURVE_POINTS).round().astype(int))
        points = points[at]
    return _rates(points, len(outcome), int(outcome.sum()))


def _top(score: Array, outcome: Array) -> pl.DataFrame:
    """The best `share` of customers; ties across the cut count by their average hit rate."""
    n, hits = len(outcome), int(outcome.sum())
    all_points = _by_threshold(score, outcome)
    flagged = np.maximum(np.round(np.array(SHARES) * n), 1)
    reached = np.interp(flagged, np.r_[0, all_points["flagged"]], np.r_[0, all_points["hits"]])
    frame = pl.DataFrame({"share": SHARES, "flagged": flagged.astype(int), "hits": reached})
    return _rates(frame, n, hits)


def _reliability(score: Array, outcome: Array, bins: int = 10) -> pl.DataFrame:
    order = np.argsort(score, kind="stable")
    number = np.empty(len(score), int)
    number[order] = np.arange(len(score)) * bins // len(score)
    frame = pl.DataFrame({"bin": number, "predicted": score, "observed": outcome.astype(float)})
    return frame.group_by("bin").agg(
        pl.len().alias("customers"), pl.col("predicted").mean(), pl.col("observed").mean()
    ).sort("bin")  # fmt: skip


def calibration_error(reliability: pl.DataFrame) -> float:
    """Expected calibration error of the bins of a board, in [0, 1]."""
    bins = reliability.select("predicted", "observed", "customers").to_numpy()
    return float(np.average(np.abs(bins[:, 0] - bins[:, 1]), weights=bins[:, 2]))


def at_capacity(score: Array, capacity: int) -> Array:
    """Which customers a team that can contact `capacity` takes: the highest scores, exactly that many.

    Ties at the cut are taken in the given order, so the caller sorts by customer first.
    """
    chosen = np.zeros(len(score), bool)
    chosen[np.argsort(-np.asarray(score), kind="stable")[:capacity]] = True
    return chosen


def confusion(truth: Array, predicted: Array, labels: list[str]) -> pl.DataFrame:
    """True label by predicted label: truth, predicted, customers, share of the true label."""
    pairs = pl.DataFrame({"truth": truth, "predicted": predicted})
    every = pl.DataFrame({"truth": labels}).join(pl.DataFrame({"predicted": labels}), how="cross")
    counted = pairs.group_by("truth", "predicted").agg(pl.len().alias("customers"))
    return every.join(counted, on=["truth", "predicted"], how="left").with_columns(
        pl.col("customers").fill_null(0).cast(pl.Int64)
    ).with_columns(share=pl.col("customers") / pl.col("customers").sum().over("truth"))  # fmt: skip


def permutation_importance(predict: Callable[[Array], Array], features: Array, outcome: Array,
                           names: list[str], seed: int, repeats: int = 5) -> pl.DataFrame:  # fmt: skip
    """How much PR-AUC each feature is worth: its loss when the feature is shuffled (Breiman 2001).

    Returns feature, importance (mean loss), spread (standard deviation over repeats), best first.
    """
    random = np.random.default_rng(seed)
    full = average_precision_score(outcome, predict(features))
    rows = []
    for column, name in enumerate(names):
        losses = []
        for _ in range(repeats):
            shuffled = features.copy()
            shuffled[:, column] = random.permutation(shuffled[:, column])
            losses.append(full - average_precision_score(outcome, predict(shuffled)))
        rows.append((name, float(np.mean(losses)), float(np.std(losses))))
    return pl.DataFrame(rows, schema=["feature", "importance", "spread"], orient="row").sort(
        "importance", "feature", descending=[True, False])  # fmt: skip


def by_class(truth: Array, predicted: Array, labels: list[str]) -> pl.DataFrame:
    """Per class: class, customers, predicted, precision, recall, f1; null where undefined."""
    rows = []
    for label in labels:
        real, said = np.asarray(truth) == label, np.asarray(predicted) == label
        hits, n, m = int((real & said).sum()), int(real.sum()), int(said.sum())
        rows.append((label, n, m, hits / m if m else None, hits / n if n else None,
                     2 * hits / (n + m) if n + m else None))  # fmt: skip
    return pl.DataFrame(rows, orient="row", schema={
        "class": pl.String, "customers": pl.Int64, "predicted": pl.Int64, "precision": pl.Float64,
        "recall": pl.Float64, "f1": pl.Float64})  # fmt: skip
