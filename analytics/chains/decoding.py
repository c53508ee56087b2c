"""The likeliest hidden state of every step, for sequences of unlike length."""

from __future__ import annotations

import numpy as np

from analytics import hmm
from analytics.patterns import Events

Array = np.ndarray


def decode(events: Events, model: hmm.Model) -> Array:
    """The likeliest state of every step, in the order of the events."""
    begins = np.flatnonzero(np.r_[True, events.sequence[1:] != events.sequence[:-1]])
    length = np.diff(np.r_[begins, len(events.sequence)])
    order = np.argsort(length, kind="stable")
    found = np.empty(len(events.item), np.int64)
    first = 0
    for block in hmm.Padded.of(events.sequence, events.item).blocks():
        path = hmm.decode(block, model)
        rows = order[first : first + len(path)]
        at = np.repeat(begins[rows], length[rows])
        inner = np.arange(len(at)) - np.repeat(np.cumsum(length[rows]) - length[rows], length[rows])
        found[at + inner] = path[path >= 0]
        first += len(path)
    return found
