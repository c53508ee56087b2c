"""Hidden Markov models against hmmlearn and the textbook fever."""

import numpy as np
import pytest
from hmmlearn.hmm import CategoricalHMM

from analytics import hmm

# Healthy, fever; normal, cold, dizzy (the textbook example of the Viterbi algorithm)
FEVER = hmm.Model(
    np.array([0.6, 0.4]),
    np.array([[0.7, 0.3], [0.4, 0.6]]),
    np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]]),
)


def test_the_textbook_fever():
    data = hmm.Padded.of(np.zeros(3, int), np.array([0, 1, 2]))
    assert np.exp(hmm.log_likelihood(data, FEVER)) == pytest.approx(0.03628, abs=1e-6)
    assert hmm.decode(data, FEVER).tolist() == [[0, 0, 1]]


def ragged(customers: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    length = random.integers(1, 15, customers)
    symbol = random.integers(0, 8, length.sum())
    return np.repeat(np.arange(customers), length), symbol, length


def theirs(model: hmm.Model) -> CategoricalHMM:
    other = CategoricalHMM(len(model.start), n_features=model.emit.shape[1], init_params="")
    other.startprob_, other.transmat_, other.emissionprob_ = model.start, model.move, model.emit
    return other


def test_ragged_log_likelihood_and_path_equal_hmmlearn():
    sequence, symbol, length = ragged(60, 1)
    model = hmm.random_model(np.random.default_rng(2), 3, 8)
    data = hmm.Padded.of(sequence, symbol)
    other = theirs(model)
    assert hmm.log_likelihood(data, model) == pytest.approx(
        other.score(symbol[:, None], length), abs=1e-6
    )
    _, path = other.decode(symbol[:, None], length)
    mine = hmm.decode(data, model)
    order = np.argsort(length, kind="stable")
    assert np.concatenate([mine[np.flatnonzero(order == c)[0], : length[c]] for c in range(60)]).tolist() == path.tolist()  # fmt: skip


def test_five_steps_of_em_equal_hmmlearn():
    sequence, symbol, length = ragged(80, 3)
    model = hmm.random_model(np.random.default_rng(4), 3, 8)
    other = theirs(model)
    other.n_iter, other.tol, other.params = 5, -np.inf, "ste"
    other.fit(symbol[:, None], length)
    mine, value, _ = hmm.climb(hmm.Padded.of(sequence, symbol), model, 5, -np.inf)
    assert value == pytest.approx(other.score(symbol[:, None], length), abs=1e-6)
    assert mine.move == pytest.approx(other.transmat_, abs=1e-6)


def test_bic_charges_for_start_move_and_emission():
    # 3 states, 8 symbols: 2 + 3 x 2 + 3 x 7 = 29 free shares
    assert hmm.random_model(np.random.default_rng(0), 3, 8).free_parameters == 29


def test_more_blocks_give_the_same_answer(monkeypatch):
    sequence, symbol, _ = ragged(50, 5)
    data, model = hmm.Padded.of(sequence, symbol), hmm.random_model(np.random.default_rng(6), 2, 8)
    whole = hmm.log_likelihood(data, model)
    monkeypatch.setattr(hmm, "BLOCK", 7)
    assert hmm.log_likelihood(data, model) == pytest.approx(whole, abs=1e-9)


def test_a_planted_mood_is_found():
    random = np.random.default_rng(7)
    state = np.zeros((400, 30), int)
    for step in range(1, 30):
        state[:, step] = np.where(
            random.random(400) < 0.1, 1 - state[:, step - 1], state[:, step - 1]
        )
    symbol = np.where(random.random(state.shape) < 0.8, state, 2)
    data = hmm.Padded.of(np.repeat(np.arange(400), 30), symbol.ravel())
    found = hmm.fit(data, 2, 3, seed=1, starts=3).model
    assert np.sort(found.emit[:, 2]) == pytest.approx([0.2, 0.2], abs=0.02)
    assert np.diag(found.move) == pytest.approx([0.9, 0.9], abs=0.02)
