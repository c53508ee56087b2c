"""Markov chains against Grinstead & Snell and the Alofi rain counts."""

import numpy as np
import pytest

from analytics import markov

OZ = np.array([[0.5, 0.25, 0.25], [0.5, 0.0, 0.5], [0.25, 0.25, 0.5]])  # rain, nice, snow
WALK = np.array([[1, 0, 0, 0, 0], [0.5, 0, 0.5, 0, 0], [0, 0.5, 0, 0.5, 0], [0, 0, 0.5, 0, 0.5],
                 [0, 0, 0, 0, 1.0]])  # fmt: skip
RAIN = np.array([[362, 126, 60], [136, 90, 68], [50, 79, 124]])


def test_land_of_oz():
    assert markov.stationary(OZ) == pytest.approx([0.4, 0.2, 0.4])
    steps = markov.first_passage(OZ)
    assert (steps[0, 1], steps[0, 2], steps[1, 0]) == pytest.approx((4, 10 / 3, 8 / 3))


def test_the_drunkards_walk():
    found = markov.absorption(WALK)
    assert found.visits == pytest.approx(np.array([[1.5, 1, 0.5], [1, 2, 1], [0.5, 1, 1.5]]))
    assert found.steps == pytest.approx([3, 4, 3])
    assert found.share == pytest.approx(np.array([[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]))


def test_no_stationary_distribution_without_one_aperiodic_class():
    for matrix in (WALK, np.array([[0.0, 1.0], [1.0, 0.0]])):
        with pytest.raises(ValueError, match="aperiodic"):
            markov.stationary(matrix)
    assert list(markov.classes(np.array([[0.0, 1.0], [1.0, 0.0]])).period) == [2]


def rain_events() -> tuple[np.ndarray, np.ndarray]:
    """Two-event sequences with exactly the published transition counts."""
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(RAIN[i, j])]
    return np.repeat(np.arange(len(pairs)), 2), np.array(pairs).ravel()


def test_alofi_rain():
    counts = markov.transition_counts(*rain_events(), 3)
    assert (counts == RAIN).all()
    published = [[0.6606, 0.2299, 0.1095], [0.4626, 0.3061, 0.2313], [0.1976, 0.3123, 0.4901]]
    assert np.round(markov.probabilities(counts), 4) == pytest.approx(np.array(published))


def test_alofi_rain_has_a_memory_of_one_day():
    zero, one = markov.order_fits(*rain_events(), 3, most=1)
    assert 2 * (one.log_likelihood - zero.log_likelihood) == pytest.approx(192.0736, abs=1e-3)
    assert one.parameters - zero.parameters == 4
    assert (zero.bic, one.bic) == pytest.approx((2286.91, 2122.83), abs=0.02)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_true_memory_is_found(order):
    random = np.random.default_rng(order)
    table = random.dirichlet([0.4] * 3, size=3**order)
    rows = np.zeros((200, 40), int)
    for step in range(40):
        context = np.zeros(200, int)
        for back in range(order, 0, -1):
            context = context * 3 + (rows[:, step - back] if step >= back else 0)
        chance = table[context].cumsum(axis=1)
        rows[:, step] = (random.random((200, 1)) > chance[:, :-1]).sum(axis=1)
    fits = markov.order_fits(np.repeat(np.arange(200), 40), rows.ravel(), 3)
    assert min(fits, key=lambda fit: fit.bic).order == order


def test_a_state_never_left_keeps_its_customers():
    assert markov.probabilities(np.array([[1, 1], [0, 0]])).tolist() == [[0.5, 0.5], [0.0, 1.0]]
