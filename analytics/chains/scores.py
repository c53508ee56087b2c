"""How well a chain foretells the next step of customers it has not seen; and its uncertainty."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from analytics.chains.params import MarkovParams
from analytics.markov import probabilities
from analytics.patterns import Events

Array = np.ndarray
HELD_OUT = 0.2
TOP = 3
SCHEMA = {
    "model": pl.String,
    "log_loss": pl.Float64,
    "top3_hit_rate": pl.Float64,
    "events": pl.Int64,
}


def next_step_scores(events: Events, params: MarkovParams) -> pl.DataFrame:
    """model, log_loss (nats), top3_hit_rate, events: on the fifth of the sequences held out.

    The chain of one and of two steps against the marginal frequency and "the same again", each
    fitted on the other four fifths. Best first.
    """
    if events.n < 5:
        return pl.DataFrame(schema=SCHEMA)
    k = events.n_items
    held = np.zeros(events.n, bool)
    held[
        np.random.default_rng(params.seed).permutation(events.n)[: max(1, int(events.n * HELD_OUT))]
    ] = True
    at = np.flatnonzero(events.sequence[1:] == events.sequence[:-1]) + 1
    test = held[events.sequence[at]]
    learn, ask = at[~test], at[test]
    if not len(learn) or not len(ask):
        return pl.DataFrame(schema=SCHEMA)
    truth = events.item[ask]
    rows = [
        (name, *_judge(chance, truth))
        for name, chance in _models(events, learn, ask, k, params.smoothing)
    ]
    return pl.DataFrame([(*row, len(ask)) for row in rows], schema=SCHEMA, orient="row").sort(
        "log_loss", "model"
    )


def _models(
    events: Events, learn: Array, ask: Array, k: int, smoothing: float
) -> list[tuple[str, Array]]:
    """Name and chances (asked, states) of every model."""
    item, smooth = events.item, max(smoothing, 1e-6)
    marginal = np.bincount(item[learn], minlength=k) + smooth
    marginal = marginal / marginal.sum()
    counts = np.bincount(item[learn - 1] * k + item[learn], minlength=k * k).reshape(k, k)
    one = probabilities(counts, smooth)
    again = float((item[learn] == item[learn - 1]).mean())
    repeat = np.full((len(ask), k), (1 - again + 1e-6) / max(k - 1, 1))
    repeat[np.arange(len(ask)), item[ask - 1]] = max(again, 1e-6)
    return [("marginal", np.broadcast_to(marginal, (len(ask), k))), ("repeat_last", repeat), ("order_1", one[item[ask - 1]]),
            ("order_2", _two(events, learn, ask, one, smooth, k))]  # fmt: skip


def _two(events: Events, learn: Array, ask: Array, one: Array, smooth: float, k: int) -> Array:
    """Chances by the last two steps, drawn towards those by the last one where pairs are rare."""
    item, chance = events.item, one[events.item[ask - 1]].copy()
    deep = learn[(learn >= 2) & (events.sequence[learn - 2] == events.sequence[learn])]
    pairs, row = np.unique(item[deep - 2] * k + item[deep - 1], return_inverse=True)
    counts = np.zeros((len(pairs), k))
    np.add.at(counts, (row, item[deep]), 1)
    known = (ask >= 2) & (events.sequence[ask - 2] == events.sequence[ask])
    key = item[np.maximum(ask - 2, 0)] * k + item[ask - 1]
    place = np.searchsorted(pairs, key)
    known &= (
        (place < len(pairs)) & (pairs[np.minimum(place, max(len(pairs) - 1, 0))] == key)
        if len(pairs)
        else False
    )
    at = np.flatnonzero(known)
    found = counts[place[at]] + smooth * k * one[item[ask[at] - 1]]
    chance[at] = found / found.sum(axis=1, keepdims=True)
    return chance


def _judge(chance: Array, truth: Array) -> tuple[float, float]:
    right = chance[np.arange(len(truth)), truth]
    better = (chance > right[:, None]).sum(axis=1)
    return float(-np.log(np.maximum(right, 1e-12)).mean()), float((better < TOP).mean())


def bootstrap(
    events: Events, owner: Array, counts: Array, times: int, seed: int
) -> tuple[Array, Array]:
    """95 % interval of every transition probability, customers drawn with replacement.

    Why customers and not transitions: those of one customer go together, and drawing them apart
    would claim too much.
    """
    k = events.n_items
    if not times or not counts.any():
        return np.full((k, k), np.nan), np.full((k, k), np.nan)
    inside = events.sequence[1:] == events.sequence[:-1]
    who, column = np.unique(owner[events.sequence[1:][inside]], return_inverse=True)
    cell = events.item[:-1][inside] * k + events.item[1:][inside]
    per_customer = csr_array((np.ones(len(cell)), (cell, column)), shape=(k * k, max(len(who), 1)))
    random = np.random.default_rng(seed)
    weights = (
        random.multinomial(len(who), np.full(len(who), 1 / len(who)), times).T
        if len(who)
        else np.zeros((1, times))
    )
    drawn = np.asarray(per_customer @ weights.astype(float)).reshape(k, k, times)
    total = drawn.sum(axis=1, keepdims=True)
    share = np.where(total > 0, drawn / np.where(total > 0, total, 1), np.nan)
    seen = counts.sum(axis=1) > 0
    low, high = np.full((k, k), np.nan), np.full((k, k), np.nan)
    ends = np.nanquantile(np.where(np.isnan(share[seen]), 0.0, share[seen]), [0.025, 0.975], axis=2)
    low[seen], high[seen] = ends
    return low, high
