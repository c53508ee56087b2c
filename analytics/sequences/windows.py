"""The compared customers' steps: one sequence each, only what lies before the own index day."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.patterns import Events
from analytics.sequences.builder import DAY_US, Log, Sequences, arrange
from analytics.sequences.outcome import Groups
from analytics.sequences.params import BuildParams

Array = np.ndarray


@dataclass(frozen=True)
class Windows:
    """One sequence per compared customer, empty ones included.

    Args:
        events: their steps inside the window.
        customer: customer_key of each sequence, rising.
        in_a: group of each sequence.
        cutoff: end of each window in microseconds, exclusive.
    """

    events: Events
    customer: Array
    in_a: Array
    cutoff: Array


def before_index(log: Log, groups: Groups, params: BuildParams, exposure_days: int) -> Windows:
    """Steps in the `exposure_days` before each customer's index day, that day left out."""
    order = np.argsort(groups.customer, kind="stable")
    customer, in_a = groups.customer[order], groups.in_a[order]
    cutoff = groups.index_day[order] * DAY_US
    keys = log.customers["customer_key"].to_numpy()
    place = np.searchsorted(customer, keys)
    known = (
        (place < len(customer)) & (customer[np.minimum(place, len(customer) - 1)] == keys)
        if len(customer)
        else keys < 0
    )
    own = np.where(known, place, 0)
    end = cutoff[own][log.customer] if len(customer) else np.zeros(len(log.at), np.int64)
    inside = known[log.customer] & (log.at < end) & (log.at >= end - exposure_days * DAY_US)
    built = arrange(log, inside, replace(params, unit="customer"))
    events = replace(
        built.events, sequence=own[built.owner][built.events.sequence], n=len(customer)
    )
    return Windows(events, customer, in_a, cutoff)


def whole(built: Sequences, in_a: Array) -> Windows:
    """Two groups over the same period: every sequence as it is, without a cut-off.

    Args:
        built: one sequence per customer.
        in_a: group of every row of `built.customers`.
    """
    keys = built.customers["customer_key"].to_numpy()[built.owner]
    return Windows(built.events, keys, in_a[built.owner], np.zeros(0, np.int64))
