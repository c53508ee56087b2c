"""Models of two to six hidden states, the one that BIC chooses, and its states in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics import hmm
from analytics.chains.decoding import decode
from analytics.chains.params import HiddenParams
from analytics.sequences.builder import Sequences

Array = np.ndarray
RARE, TOLERANCE = 0.02, 1e-3


@dataclass(frozen=True)
class Tried:
    """A model of some number of states: its fit, and the smallest share of all steps in a state."""

    fit: hmm.Fit
    smallest_share: float


def draw(built: Sequences, params: HiddenParams) -> Array:
    """The sequences a model is fitted on."""
    n = built.events.n
    if n <= params.sample:
        return np.arange(n)
    return np.sort(np.random.default_rng(params.seed).choice(n, params.sample, replace=False))


def try_all(built: Sequences, drawn: Array, params: HiddenParams) -> dict[int, Tried]:
    """A model for every number of states asked for; none without a step."""
    events = built.events
    if not len(events.item):
        return {}
    left = np.searchsorted(events.sequence, events.sequence, side="right") - np.arange(
        len(events.item)
    )
    chosen = np.isin(events.sequence, drawn) & (left <= params.fitted_steps)
    data = hmm.Padded.of(events.sequence[chosen], events.item[chosen])
    fits = {k: hmm.fit(data, k, events.n_items, seed=params.seed, starts=params.starts, iterations=params.iterations,
                       tolerance=TOLERANCE) for k in range(params.fewest_hidden, params.most_hidden + 1)}  # fmt: skip
    return {k: Tried(fit, _smallest(fit, built)) for k, fit in fits.items()}


def _smallest(fit: hmm.Fit, built: Sequences) -> float:
    steps = np.bincount(decode(built.events, fit.model), minlength=len(fit.model.start))
    return float(steps.min() / max(len(built.events.item), 1))


def choose(tried: dict[int, Tried]) -> int | None:
    """The number of states with the lowest BIC among models without a rare state (else of all)."""
    allowed = [k for k, one in tried.items() if one.smallest_share >= RARE] or list(tried)
    return min(allowed, key=lambda k: (tried[k].fit.bic, k), default=None)


def ordered(model: hmm.Model) -> hmm.Model:
    """States by the chance of the step whose chance differs most between them."""
    key = int((model.emit.max(axis=0) - model.emit.min(axis=0)).argmax())
    order = np.argsort(-model.emit[:, key], kind="stable")
    return hmm.Model(model.start[order], model.move[np.ix_(order, order)], model.emit[order])
