"""Published intervals, exact p values and corrections."""

import numpy as np
import pytest

from analytics import statistics as s


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)],  # Newcombe 1998
)
def test_wilson(x, n, low, high):
    assert np.round(s.wilson(x, n), 4) == pytest.approx([low, high])


def test_wilson_of_nobody_says_nothing():
    assert [float(end) for end in s.wilson(0, 0)] == [0.0, 1.0]


def test_newcombe_difference():
    assert np.round(s.newcombe(56, 70, 48, 80), 4) == pytest.approx([0.0524, 0.3339])


@pytest.mark.parametrize(
    ("table", "greater", "two_sided"),
    [((3, 1, 1, 3), 0.242857, 0.485714),  # tea tasting
     ((10, 3, 2, 15), 0.0004651809, 0.0005367241)],  # convicted twins, R fisher.test help
)  # fmt: skip
def test_fisher(table, greater, two_sided):
    assert float(s.fisher_greater(*table)) == pytest.approx(greater, rel=1e-5)
    assert float(s.fisher_two_sided(*table)[0]) == pytest.approx(two_sided, rel=1e-5)


def test_the_fifteen_p_values_of_benjamini_and_hochberg():
    p = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
                  0.4262, 0.5719, 0.6528, 0.7590, 1.0])  # fmt: skip
    assert (s.benjamini_hochberg(p) <= 0.05).sum() == 4
    assert (s.holm(p) <= 0.05).sum() == 3
    assert (s.benjamini_hochberg(p[:4], tested=15) <= 0.05).sum() == 4


def test_odds_ratio_by_hand():
    # (10.5 x 15.5) / (3.5 x 2.5) = 18.6
    assert float(s.odds_ratio(10, 3, 2, 15)[0]) == pytest.approx(18.6)


@pytest.mark.parametrize(("share", "n", "least"), [(0.07, 100, 7), (0.071, 100, 8), (1, 5, 5)])
def test_support_count(share, n, least):
    assert s.support_count(share, n) == least
