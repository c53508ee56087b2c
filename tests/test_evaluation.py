"""The evaluation board against scikit-learn's documented examples and hand counts."""

import numpy as np
import pytest

from analytics import evaluation as e
from analytics.text import Text, UserError

LATER = Text("the later period", "之后时段")


def test_documented_average_precision_and_brier():
    assert e.judge([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], LATER).pr_auc == pytest.approx(5 / 6)
    assert e.judge([0.1, 0.9, 0.8, 0.3], [0, 1, 1, 0], LATER).brier == pytest.approx(0.0375)


def test_the_top_ten_percent_by_hand():
    # 20 customers, 4 hits; the best two hold one hit: precision 1/2, recall 1/4, lift .5 / .2
    score = np.arange(20, 0, -1) / 20
    outcome = np.isin(np.arange(20), [1, 5, 6, 7])
    top = e.judge(score, outcome, LATER).top.row(by_predicate=e.pl.col("share") == 0.1, named=True)
    assert (top["flagged"], top["precision"], top["recall"], top["lift"]) == (2, 0.5, 0.25, 2.5)


def test_ties_across_the_cut_count_by_their_average():
    board = e.judge([1.0] * 10, [1] + [0] * 9, LATER)  # one score for all: nothing is told apart
    assert board.top["lift"].to_list() == pytest.approx([1.0] * len(e.SHARES))
    assert board.roc_auc == 0.5


def test_calibration_error_by_hand():
    # ten bins of two: five bins say .2 and see 0, five say .7 and see 1: (.2 + .3) / 2
    board = e.judge([0.2] * 10 + [0.7] * 10, [0] * 10 + [1] * 10, LATER)
    assert board.calibration_error == pytest.approx(0.25)
    assert board.too_good


def test_one_outcome_only_is_refused():
    with pytest.raises(UserError, match="nothing to compare"):
        e.judge([0.1, 0.2], [0, 0], LATER)


def test_capacity_takes_exactly_that_many():
    assert e.at_capacity([0.5, 0.9, 0.5, 0.1], 2).tolist() == [True, True, False, False]


def test_confusion_keeps_empty_cells():
    frame = e.confusion(["a", "a", "b"], ["a", "b", "b"], ["a", "b"])
    assert frame["customers"].to_list() == [1, 1, 0, 1]
    assert frame["share"].to_list() == [0.5, 0.5, 0.0, 1.0]


def test_only_the_informative_feature_matters():
    random = np.random.default_rng(0)
    features = random.normal(size=(400, 2))
    outcome = features[:, 0] > 0
    found = e.permutation_importance(lambda x: x[:, 0], features, outcome, ["told", "noise"], 1)
    assert found["feature"].to_list() == ["told", "noise"]
    assert found["importance"][1] == 0.0
