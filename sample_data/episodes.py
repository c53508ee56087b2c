"""Planted sequences: three things a customer does on three days, whose order tells what follows.

Every engaged customer, app or no app, has episodes of each planted sequence at one constant rate:
the same three events on three days close together. Only their order differs. Usually it is any
order; in the `WINDOW` days before the outcome it is nearly always the planted one. So each event by
itself is as frequent before an outcome as at any other time, and so is every pair of events as a
set: a test that looks at single events has nothing to find, one that looks at the order has.

Why episodes are reordered and not inserted: an inserted one would make its events more frequent
before the outcome, and a count would then do.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import polars as pl

from sample_data.timeline import Days, days, moments
from sample_data.world import EVENT, Block, Plan, frame, rng

WINDOW = 60
"""Days before the outcome in which the order speaks."""
RATE = 0.66
"""Chance of an episode in two engaged months, per sequence."""
ORDERED_BEFORE, ORDERED_ELSEWHERE = 0.95, 0.05
"""Chance that an episode has the planted order, before the outcome and at any other time."""
LONGEST_GAP = 4
"""Days between two events of an episode, at most."""
ORDERS = np.array(list(permutations(range(3))))


@dataclass(frozen=True)
class Sequence:
    """Three events, the outcome they precede (`churned`, or a kind of movement), where they occur."""

    events: tuple[str, str, str]
    outcome: str
    source: str


SEQUENCES = (
    Sequence(("fee_query", "rate_comparison", "autopay_cancel"), "churned", "website"),
    Sequence(("limit_raise", "payee_added", "statement_export"), "churned", "hotline"),
    Sequence(("rate_table", "deposit_calculator", "branch_booking"), "term_open", "wechat"),
)


def make_episodes(plan: Plan, block: Block) -> pl.DataFrame:
    """The episodes of all planted sequences as rows of `EVENT`; sessions are left unnamed."""
    draw = rng(plan, block.number, "sequences")
    months = block.months.sort("customer", "month")
    planted = "sequences" not in plan.without
    return pl.concat(_episodes(block, months, sequence, planted, draw) for sequence in SEQUENCES)


def _episodes(
    block: Block,
    months: pl.DataFrame,
    sequence: Sequence,
    planted: bool,
    draw: np.random.Generator,
) -> pl.DataFrame:
    customer, day = _days(block, months, draw)
    before = _precedes(customer, day, _outcomes(block, sequence)) & planted
    chance = np.where(before, ORDERED_BEFORE, ORDERED_ELSEWHERE if planted else 1 / len(ORDERS))
    other = draw.integers(1, len(ORDERS), len(customer))
    order = np.where(draw.random(len(customer)) < chance, 0, other)
    second = draw.integers(8 * 3600, 21 * 3600, day.shape)
    names = pl.Series(sequence.events).gather(ORDERS[order].ravel())
    return frame(
        EVENT,
        customer=np.repeat(customer, 3),
        happened_at=moments(day.ravel(), second.ravel()),
        event=names,
        page=names,
        source=pl.repeat(sequence.source, len(names), eager=True),
        result=pl.repeat("done", len(names), eager=True),
        duration_s=draw.integers(15, 240, len(names)).astype(float),
    )


def _days(
    block: Block, months: pl.DataFrame, draw: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Customers with an episode and its three days (rising), one a row.

    Two months share at most one episode, so that two of them seldom fall into one window. The last
    engaged day of a month is left out, so that an episode before leaving ends before the last day.
    """
    customer, month = (months[c].to_numpy() for c in ("customer", "month"))
    first, last = days(months["active_from"]), days(months["active_to"]) - 1
    pairs = int(month.max(initial=0)) // 2 + 2
    phase = draw.integers(0, 2, block.size)[customer]
    pair = (month + phase) // 2
    happens = draw.random((block.size, pairs))[customer, pair] < RATE
    chosen = draw.integers(0, 2, (block.size, pairs))[customer, pair] == (month + phase) % 2
    whole = draw.random(len(customer)) < (last - first + 1) / 29
    row = np.flatnonzero(happens & chosen & whole & (last - first >= 2))
    gaps = draw.integers(1, LONGEST_GAP + 1, (len(row), 2))
    tight = gaps.sum(1) > last[row] - first[row]
    gaps[tight] = 1
    room = last[row] - first[row] - gaps.sum(1) + 1
    start = first[row] + np.floor(draw.random(len(row)) * room).astype(np.int64)
    return customer[row], start[:, None] + np.column_stack([np.zeros(len(row), np.int64),
                                                           np.cumsum(gaps, 1)])  # fmt: skip


def _outcomes(block: Block, sequence: Sequence) -> tuple[np.ndarray, Days]:
    """Customer and day of every outcome of the sequence."""
    if sequence.outcome == "churned":
        left = block.people.filter(pl.col("churned_on").is_not_null())
        return left["customer"].to_numpy(), days(left["churned_on"])
    moved = block.movements.filter(pl.col("kind").cast(pl.String) == sequence.outcome)
    return moved["customer"].to_numpy(), days(moved["happened_at"])


def _precedes(
    customer: np.ndarray, day: np.ndarray, outcomes: tuple[np.ndarray, Days]
) -> np.ndarray:
    """Whether the customer's next outcome after an episode comes within `WINDOW` of its start."""
    span = np.int64(1) << 20
    known = np.sort(outcomes[0].astype(np.int64) * span + outcomes[1])
    if not len(known):
        return np.zeros(len(customer), bool)
    place = np.searchsorted(known, customer.astype(np.int64) * span + day[:, 2], side="right")
    found = known[np.minimum(place, len(known) - 1)]
    mine = (place < len(known)) & (found // span == customer)
    return mine & (found % span - day[:, 0] <= WINDOW)
