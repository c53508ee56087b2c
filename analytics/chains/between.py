"""What two groups are compared by on a chain: where they go from each state, and in which hidden
state they are.

Why the first move out of a state: seen from the moment a customer first is in a state, the next one
is drawn as the chain says, however often that customer comes back. The last move is not: it leans
to states without a way back. Counting all moves would let busy customers vote many times.

Why hidden states are decoded inside the window: the likeliest path looks ahead, and a path over all
steps would let what happened after the cut-off speak.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from analytics import hmm
from analytics.chains.decoding import decode
from analytics.chains.states import Chain, months_of
from analytics.sequences.apart import Cells
from analytics.sequences.builder import DAY_US
from analytics.sequences.sides import Sides
from analytics.spoken import spoken
from analytics.text import Text

MONTH_DAYS = 30  # of a month counted back from a cut-off
MOVES = Text("the first move out of each state, of everybody who leaves it",
             "以离开某状态的客户为分母，比较其首次离开后的去向")  # fmt: skip
MONTHS = Text("the hidden state of everybody's last step in a calendar month, or in each 30 days back from the cut-off, "
              "every window decoded by itself",
              "以当月有步骤的客户为分母，比较其当月最后一步的隐状态；有截止日时按向前每 30 天为一月，并仅用窗口内步骤解码")  # fmt: skip
IN_MONTH = Text("{state} in {month}", "{month} {state}")
IN_BACK = Text("{state}, month -{k}", "倒数第 {k}个月 {state}")


def moves(both: Sides, chain: Chain) -> Cells:
    """Columns state, next, sequence: every customer's first move out of each state."""
    events = chain.recoded(both.held.events)
    names = pl.Series("names", chain.built.alphabet, dtype=pl.String)
    at = np.flatnonzero(events.sequence[1:] == events.sequence[:-1])
    held = pl.DataFrame(
        {"sequence": events.sequence[at], "state": events.item[at], "next": events.item[at + 1]}
    )
    first = held.unique(["sequence", "state"], keep="first", maintain_order=True)
    return Cells(first.select(
        names.gather(first["state"]).alias("state"), names.gather(first["next"]).alias("next"), "sequence"), ("state",))  # fmt: skip


def move_label(row: Mapping[str, Any]) -> Text:
    """A move in words: `a → b`."""
    return spoken(f"{row['state']} → {row['next']}")


def months(both: Sides, chain: Chain, model: hmm.Model | None, names: list[str]) -> Cells:
    """Columns period, state, sequence: every customer's hidden state at the end of each month.

    `period` is `2024-05`, or `-1` for the 30 days before the own cut-off.
    """
    events = chain.recoded(both.held.events)
    if model is None or not len(events.item):
        return Cells(
            pl.DataFrame(schema={"period": pl.String, "state": pl.String, "sequence": pl.Int64}),
            ("period",),
        )
    decoded = decode(events, model)
    if both.cut_off:
        ago = (both.held.cutoff[events.sequence] - 1 - events.time) // (MONTH_DAYS * DAY_US) + 1
        period = (-pl.Series("period", ago)).cast(pl.String)
    else:
        period = months_of(events.time).dt.strftime("%Y-%m").alias("period")
    state = pl.Series("state", names).gather(decoded)
    held = pl.DataFrame([period, state, pl.Series("sequence", events.sequence)])
    return Cells(held.unique(["sequence", "period"], keep="last", maintain_order=True), ("period",))


def month_label(row: Mapping[str, Any]) -> Text:
    """A state and a month in words: `S1 in 2024-05`, `S1, month -1`."""
    if row["period"].startswith("-"):
        return IN_BACK.fill(state=row["state"], k=row["period"][1:])
    return IN_MONTH.fill(state=row["state"], month=row["period"])
