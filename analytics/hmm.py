"""Hidden Markov models with categorical emissions: the moods behind what customers do.

Expectation-maximisation with a scaled forward-backward pass (Rabiner 1989, Proc IEEE 77:257), all
customers of a block at once: the loop runs over time, never over customers. Sequences of unlike
length are padded and masked; a customer's first event starts from `start`.

Why short climbs first: most random starts show within a few steps that they lead nowhere; the best
are climbed to the end (Biernacki, Celeux & Govaert 2003, Comput. Stat. Data Anal. 41:561).

Why blocks: the arrays of a block stay in the processor's cache, and memory stays bounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
BLOCK = 4096
SHORT, LONG = 15, 3  # steps that every start climbs; starts that climb to the end


@dataclass(frozen=True)
class Model:
    """States s, symbols v: `start` (s,), `move` (s, s), `emit` (s, v); every row sums to 1."""

    start: Array
    move: Array
    emit: Array

    @property
    def free_parameters(self) -> int:
        """Free shares in start, move and emit: the count that BIC charges for."""
        s, v = self.emit.shape
        return (s - 1) + s * (s - 1) + s * (v - 1)


@dataclass(frozen=True)
class Fit:
    """The best of several starts, and how much the starts disagreed."""

    model: Model
    log_likelihood: float
    events: int
    iterations: int
    by_start: tuple[float, ...]

    @property
    def bic(self) -> float:
        """Bayesian information criterion with n = events and the start shares counted."""
        return -2 * self.log_likelihood + self.model.free_parameters * float(np.log(self.events))


@dataclass(frozen=True)
class Padded:
    """Sequences as rows: `symbol` (customers, longest), the first `length[c]` of a row count."""

    symbol: Array
    length: Array

    @classmethod
    def of(cls, sequence: Array, symbol: Array) -> Padded:
        """From flat events sorted by (sequence, time); sequences are renumbered by length.

        Rows come shortest first, so that a block's padding is small.
        """
        begins = np.flatnonzero(np.r_[True, sequence[1:] != sequence[:-1]])
        length = np.diff(np.r_[begins, len(sequence)])
        order = np.argsort(length, kind="stable")
        rows = np.zeros((len(length), int(length.max(initial=0))), np.int64)
        step = np.arange(len(sequence)) - np.repeat(begins, length)
        place = np.empty(len(length), np.int64)
        place[order] = np.arange(len(length))
        rows[np.repeat(place, length), step] = symbol
        return cls(rows, length[order])

    def blocks(self) -> list[Padded]:
        """Rows cut into blocks, each no wider than its longest row."""
        cuts = range(0, len(self.length), BLOCK)
        return [Padded(self.symbol[a : a + BLOCK, : int(self.length[a : a + BLOCK].max())],
                       self.length[a : a + BLOCK]) for a in cuts]  # fmt: skip


def fit(data: Padded, states: int, symbols: int, *, seed: int, starts: int = 10,
        iterations: int = 200, tolerance: float = 1e-4) -> Fit:  # fmt: skip
    """Maximum likelihood over `starts` random starts.

    Args:
        data: the sequences.
        states: hidden states, at least 1.
        symbols: different symbols.
        seed: fixes the random starts.
        starts: random starts, at least 1.
        iterations: most steps of each start.
        tolerance: a start ends when a step gains less than this per event.
    """
    random = np.random.default_rng(seed)
    short = min(SHORT, iterations)
    runs = [climb(data, random_model(random, states, symbols), short, tolerance)
            for _ in range(starts)]  # fmt: skip
    runs.sort(key=lambda run: -run[1])
    for place, (model, _, steps) in enumerate(runs[:LONG]):
        further = climb(data, model, iterations - short, tolerance)
        runs[place] = (further[0], further[1], steps + further[2])
    model, value, steps = max(runs, key=lambda run: run[1])
    return Fit(model, value, int(data.length.sum()), steps, tuple(run[1] for run in runs))


def random_model(random: np.random.Generator, states: int, symbols: int) -> Model:
    """A random start: sticky states, random emissions."""
    move = 0.7 * np.eye(states) + 0.3 * random.dirichlet(np.ones(states), states)
    return Model(
        random.dirichlet(np.ones(states)), move, random.dirichlet(np.ones(symbols), states)
    )


def climb(data: Padded, model: Model, iterations: int, tolerance: float
          ) -> tuple[Model, float, int]:  # fmt: skip
    """EM from one start: the model, its log-likelihood and the steps taken."""
    events, before, step = int(data.length.sum()), -np.inf, 0
    blocks = data.blocks()
    for step in range(1, iterations + 1):
        totals = _Totals.zero(*model.emit.shape)
        for block in blocks:
            totals = totals.plus(_expect(block, model))
        if totals.log_likelihood - before < tolerance * events:
            return model, totals.log_likelihood, step
        model, before = totals.model(), totals.log_likelihood
    return model, log_likelihood(data, model), step


def log_likelihood(data: Padded, model: Model) -> float:
    """Sum over customers of the log chance of their events."""
    return float(sum(np.log(_forward(block, model)[1]).sum() for block in data.blocks()))


@dataclass(frozen=True)
class _Totals:
    """Expected counts of a pass over the data."""

    start: Array
    move: Array
    emit: Array
    log_likelihood: float

    @classmethod
    def zero(cls, states: int, symbols: int) -> _Totals:
        return cls(np.zeros(states), np.zeros((states, states)), np.zeros((states, symbols)), 0.0)

    def plus(self, other: _Totals) -> _Totals:
        return _Totals(self.start + other.start, self.move + other.move, self.emit + other.emit,
                       self.log_likelihood + other.log_likelihood)  # fmt: skip

    def model(self) -> Model:
        return Model(_shares(self.start[None])[0], _shares(self.move), _shares(self.emit))


def _shares(counts: Array) -> Array:
    raised = counts + 1e-12
    return raised / raised.sum(axis=1, keepdims=True)


def _forward(block: Padded, model: Model) -> tuple[Array, Array]:
    """Scaled forward shares (time, customers, states) and scales (time, customers).

    Past a customer's end the last share is carried on and the scale is 1.
    """
    chance = model.emit.T[block.symbol.T]  # (time, customers, states)
    live = np.arange(block.symbol.shape[1])[:, None] < block.length
    alpha, scale = np.empty_like(chance), np.ones(live.shape)
    share = model.start * chance[0]
    for step in range(len(chance)):
        if step:
            share = (alpha[step - 1] @ model.move) * chance[step]
        total = share.sum(axis=1)
        scale[step] = np.where(live[step], total, 1.0)
        previous = alpha[step - 1] if step else share
        alpha[step] = np.where(live[step, :, None], share / total[:, None], previous)
    return alpha, scale


def _backward(block: Padded, model: Model, scale: Array) -> Array:
    """Scaled backward shares (time, customers, states); 1 at and past a customer's last event."""
    chance = model.emit.T[block.symbol.T]
    beta = np.ones_like(chance)
    for step in range(len(chance) - 2, -1, -1):
        inside = (step + 1 < block.length)[:, None]
        ahead = (chance[step + 1] * beta[step + 1] / scale[step + 1, :, None]) @ model.move.T
        beta[step] = np.where(inside, ahead, 1.0)
    return beta


def _expect(block: Padded, model: Model) -> _Totals:
    """Expected counts of one block under the model (the E step)."""
    alpha, scale = _forward(block, model)
    beta = _backward(block, model, scale)
    live = np.arange(len(alpha))[:, None] < block.length
    occupied = alpha * beta * live[:, :, None]
    chance = model.emit.T[block.symbol.T]
    ahead = chance[1:] * beta[1:] / scale[1:, :, None] * live[1:, :, None]
    states, symbols = model.emit.shape
    move = model.move * (alpha[:-1].reshape(-1, states).T @ ahead.reshape(-1, states))
    seen = block.symbol.T.ravel()
    emit = np.stack([np.bincount(seen, occupied[:, :, s].ravel(), symbols) for s in range(states)])
    return _Totals(occupied[0].sum(axis=0), move, emit, float(np.log(scale).sum()))


def decode(block: Padded, model: Model) -> Array:
    """Most likely state of every event (Viterbi 1967), shape of `block.symbol`; -1 is padding."""
    with np.errstate(divide="ignore"):
        move, chance = np.log(model.move), np.log(model.emit.T[block.symbol.T])
        best = np.log(model.start) + chance[0]
    back = np.zeros(chance.shape, np.int64)
    for step in range(1, len(chance)):
        through = best[:, :, None] + move
        back[step] = through.argmax(axis=1)
        following = through.max(axis=1) + chance[step]
        live = (step < block.length)[:, None]
        best = np.where(live, following, best)
        back[step] = np.where(live, back[step], np.arange(best.shape[1]))
    path = np.full(block.symbol.shape, -1)
    state = best.argmax(axis=1)
    for step in range(len(chance) - 1, -1, -1):
        live = step < block.length
        path[live, step] = state[live]
        state = np.take_along_axis(back[step], state[:, None], axis=1)[:, 0]
    return path
