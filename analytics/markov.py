"""Markov chains over behaviour: how many steps of memory, where customers end up, how soon.

All figures are computed from counts; nothing is simulated. Kemeny & Snell 1960, "Finite Markov
Chains", for absorption and stationarity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Array = np.ndarray


def transition_counts(sequence: Array, state: Array, n_states: int) -> Array:
    """Counts of state to next state inside each sequence, shape (states, states).

    Args:
        sequence: sequence of each event, non-decreasing; events in order of time within.
        state: state code of each event, 0-based.
        n_states: states in all.
    """
    inside = sequence[1:] == sequence[:-1]
    pair = state[:-1].astype(np.int64)[inside] * n_states + state[1:][inside]
    return np.bincount(pair, minlength=n_states**2).reshape(n_states, n_states)


def probabilities(counts: Array, smoothing: float = 0.0) -> Array:
    """Row shares of the counts; a state never left stays where it is (an absorbing row)."""
    raised = counts + smoothing
    total = raised.sum(axis=1, keepdims=True)
    stay = np.eye(len(counts))
    return np.where(total > 0, raised / np.where(total > 0, total, 1), stay)


@dataclass(frozen=True)
class OrderFit:
    """How well a memory of `order` steps explains the same events."""

    order: int
    log_likelihood: float
    parameters: int
    events: int

    @property
    def bic(self) -> float:
        """Bayesian information criterion: lower is better."""
        return -2 * self.log_likelihood + self.parameters * float(np.log(self.events))


def order_fits(sequence: Array, state: Array, n_states: int, most: int = 2) -> list[OrderFit]:
    """Orders 0 to `most` on one common set of events, so that their likelihoods compare.

    The first `most` events of every sequence are only conditioned on. Parameters are the contexts
    seen times (states - 1). Source: Katz 1981, Technometrics 23:243.
    """
    position = np.arange(len(state)) - np.searchsorted(sequence, sequence, side="left")
    at = np.flatnonzero(position >= most)
    fits = []
    for order in range(most + 1):
        context = np.zeros(len(at), np.int64)
        for back in range(order, 0, -1):
            context = context * n_states + state[at - back]
        fits.append(_order_fit(order, context, state[at], n_states))
    return fits


def _order_fit(order: int, context: Array, state: Array, n_states: int) -> OrderFit:
    _, place = np.unique(context, return_inverse=True)
    contexts = int(place.max()) + 1 if len(place) else 0
    counts = np.bincount(place * n_states + state, minlength=contexts * n_states)
    counts = counts.reshape(contexts, n_states).astype(float)
    total = np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape)
    seen = counts > 0
    likelihood = float((counts[seen] * np.log(counts[seen] / total[seen])).sum())
    return OrderFit(order, likelihood, contexts * (n_states - 1), len(state))


@dataclass(frozen=True)
class Classes:
    """Communicating classes of a chain: which states reach each other, and which trap."""

    label: Array  # class of each state
    closed: Array  # per class: nobody leaves it
    period: Array  # per class: 1 is aperiodic

    @property
    def regular(self) -> bool:
        """One class without a rhythm: only then does one stationary distribution describe it."""
        return len(self.closed) == 1 and int(self.period[0]) == 1


def classes(matrix: Array) -> Classes:
    """Communicating classes of a transition matrix, whether each is closed, and its period."""
    n, label = connected_components(csr_array(matrix > 0), directed=True, connection="strong")
    leaves = (matrix > 0) & (label[:, None] != label[None, :])
    closed = np.array([not leaves[label == c].any() for c in range(n)])
    period = np.array([_period(matrix[np.ix_(label == c, label == c)] > 0) for c in range(n)])
    return Classes(label, closed, period)


def _period(linked: Array) -> int:
    """Greatest common divisor of cycle lengths by breadth-first levels; 0 without a cycle."""
    level = np.full(len(linked), -1)
    level[0], queue, divisor = 0, [0], 0
    while queue:
        state = queue.pop(0)
        for following in np.flatnonzero(linked[state]):
            if level[following] < 0:
                level[following] = level[state] + 1
                queue.append(int(following))
            divisor = int(np.gcd(divisor, level[state] + 1 - level[following]))
    return divisor


def stationary(matrix: Array) -> Array:
    """Long-run share of each state; ValueError unless the chain is one class without a rhythm."""
    if not classes(matrix).regular:
        raise ValueError("a stationary distribution needs one aperiodic class of states")
    n = len(matrix)
    system = np.vstack([matrix.T - np.eye(n), np.ones(n)])
    return np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)[0]


def first_passage(matrix: Array) -> Array:
    """Mean steps from row state to column state for the first time; 0 on the diagonal."""
    n = len(matrix)
    steps = np.zeros((n, n))
    for target in range(n):
        other = np.arange(n) != target
        inner = np.eye(n - 1) - matrix[np.ix_(other, other)]
        steps[other, target] = np.linalg.solve(inner, np.ones(n - 1))
    return steps


@dataclass(frozen=True)
class Absorption:
    """Where the transient states end up: shapes follow `transient` (rows) and `absorbing`."""

    transient: Array
    absorbing: Array
    visits: Array  # expected visits, transient x transient
    steps: Array  # expected steps until absorbed, per transient state
    share: Array  # chance of ending in each absorbing state, transient x absorbing


def absorption(matrix: Array) -> Absorption:
    """Absorbing-chain figures by solving (I - Q), never by powers. Kemeny & Snell, chapter III."""
    absorbing = np.flatnonzero(np.isclose(np.diag(matrix), 1.0))
    transient = np.setdiff1d(np.arange(len(matrix)), absorbing)
    inner = np.eye(len(transient)) - matrix[np.ix_(transient, transient)]
    visits = np.linalg.solve(inner, np.eye(len(transient)))
    share = np.linalg.solve(inner, matrix[np.ix_(transient, absorbing)])
    return Absorption(transient, absorbing, visits, visits.sum(axis=1), share)
