"""Hidden Markov models with categorical emissions: the moods behind what customers do.

Expectation-maximisation with a scaled forward-backward pass (Rabiner 1989, Proc IEEE 77:257), all
customers of a block at once: the loop runs over time, never over customers. Sequences of unlike
length are padded; a customer's first event starts from `start`.

Why customers come last in the arrays: few states beside thousands of customers; products and sums
then run along memory, four times as fast as with the states last.

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
    """Sequences as rows: `symbol` (customers, longest), the first `length[c]` of a row count.

    The shortest come first.
    """

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

    def by_time(self) -> tuple[Array, Array]:
        """Symbols as (time, customers), and per step the first customer still there.

        Rows come shortest first, so those still there are a slice at the end: no mask is needed.
        """
        steps = np.arange(self.symbol.shape[1])
        return np.ascontiguousarray(self.symbol.T), np.searchsorted(
            self.length, steps, side="right"
        )

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
    """Scaled forward shares (states, time, customers) and scales (time, customers).

    Past a customer's end the shares are 0 and the scale is 1.
    """
    symbol, begin = block.by_time()
    shares = np.zeros((len(model.start), *symbol.shape))
    scale = np.ones(symbol.shape)
    share = model.start[:, None] * model.emit.take(symbol[0], 1)
    for step, live in enumerate(begin):
        if step:
            share = model.move.T @ shares[:, step - 1, live:]
            share *= model.emit.take(symbol[step, live:], 1)
        scale[step, live:] = share.sum(axis=0)
        np.divide(share, scale[step, live:], out=shares[:, step, live:])
    return shares, scale


def _expect(block: Padded, model: Model) -> _Totals:
    """Expected counts of one block under the model (the E step).

    Backward from the last event: `back` are the scaled backward shares of the step at hand, and
    the forward shares turn into occupancies in place.
    """
    occupied, scale = _forward(block, model)
    symbol, begin = block.by_time()
    states, symbols = model.emit.shape
    moves, back = np.zeros((states, states)), np.ones((states, symbol.shape[1]))
    for step in range(len(begin) - 2, -1, -1):
        live = begin[step + 1]
        ahead = model.emit.take(symbol[step + 1, live:], 1) * back[:, live:]
        ahead /= scale[step + 1, live:]
        moves += occupied[:, step, live:] @ ahead.T
        back[:, live:] = model.move @ ahead
        occupied[:, step, live:] *= back[:, live:]
    seen = symbol.ravel()
    emit = np.stack([np.bincount(seen, weight.ravel(), symbols) for weight in occupied])
    return _Totals(occupied[:, 0].sum(axis=1), model.move * moves, emit, float(np.log(scale).sum()))


def decode(block: Padded, model: Model) -> Array:
    """Most likely state of every event (Viterbi 1967), shape of `block.symbol`; -1 is padding."""
    symbol, begin = block.by_time()
    with np.errstate(divide="ignore"):
        start, move, emit = np.log(model.start), np.log(model.move), np.log(model.emit)
    best = start[:, None] + emit[:, symbol[0]]
    back = np.zeros((len(symbol), *best.shape), np.int8)
    for step in range(1, len(symbol)):
        live = begin[step]
        through, source = _best_source(best[:, live:], move)
        back[step, :, live:] = source
        best[:, live:] = through + emit[:, symbol[step, live:]]
    path = np.full(block.symbol.shape, -1)
    state = best.argmax(axis=0)
    for step in range(len(symbol) - 1, -1, -1):
        live = begin[step]
        path[live:, step] = state[live:]
        state[live:] = np.take_along_axis(back[step, :, live:], state[None, live:], axis=0)[0]
    return path


def _best_source(best: Array, move: Array) -> tuple[Array, Array]:
    """Per state (rows) and customer: the largest log chance of coming there, and from which state."""
    through = best[0] + move[0][:, None]
    source = np.zeros(through.shape, np.int8)
    for state in range(1, len(move)):
        other = best[state] + move[state][:, None]
        better = other > through
        np.copyto(through, other, where=better)
        source[better] = state
    return through, source
