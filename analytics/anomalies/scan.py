"""All rules over one scope: what they found, strongest cases first.

What no threshold enters (the ledger, the bank's tails, the pace of payments, round trips, month-end
balances, new devices) is remembered per dataset; a slider repeats only the comparison.

Score of a flag: -log10 of the incidents as rare as its own that chance would give in the whole bank
under the rule's tail, never below 0. It puts rules of different kinds on one scale and pays for how
often a rule looks. A case is one customer on one day; its score is its strongest flag's, plus a tenth
of every other kind's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from analytics.anomalies import amounts, burst, clusters, ledger, levels, paths
from analytics.anomalies.amounts import Sizes
from analytics.anomalies.burst import Pace
from analytics.anomalies.found import Found, nothing
from analytics.anomalies.ledger import Ledger
from analytics.anomalies.params import AnomalyParams
from analytics.dataset import Population, Scope
from analytics.memo import remember

BEST_SCORE = 20.0  # beyond it rarer is not told apart
OTHER_KINDS = 0.1


@dataclass(frozen=True)
class Ground:
    """What all rules stand on; no threshold enters."""

    ledger: Ledger
    sizes: Sizes
    pace: Pace


def ground(scope: Scope, population: Population) -> Ground:
    """The ledger and what is measured on it, remembered."""

    def work() -> Ground:
        book = ledger.read(scope)
        return Ground(book, amounts.measure(book), burst.measure(book))

    return remember(scope, population, None, "anomalies ground", work)


def run(scope: Scope, population: Population, params: AnomalyParams, base: Ground) -> list[Found]:
    """What every chosen rule that this extract can carry has found."""

    def kept(name: Any, work: Callable[[], Any]) -> Any:
        return remember(scope, population, None, ("anomalies", name), work)

    book, data = base.ledger, scope.data
    rules: dict[str, Callable[[], Found]] = {
        "large_amount": lambda: amounts.large(book, base.sizes, params),
        "dormant_then_large": lambda: amounts.after_silence(book, base.sizes, params),
        "in_out_48h": lambda: paths.in_and_out(book, params),
        "structuring": lambda: clusters.structuring(book, params),
    }
    if book.timed:
        rules["burst"] = lambda: burst.burst(book, base.pace, params)
        rules["night"] = lambda: clusters.night(book, params)
    if data.has("events.device"):
        rules["new_device_then_large"] = lambda: amounts.after_device(
            book, base.sizes, kept("devices", lambda: amounts.devices(scope)), params
        )
    if data.has("transactions.counterparty"):
        ask = ("trips", params.trip_days, params.trip_keep)
        rules["round_trip"] = lambda: paths.round_trips(
            book, kept(ask, lambda: paths.trips(scope, params.trip_days, params.trip_keep)), params
        )
    if data.has("balances.balance") or data.has("transactions.balance_after"):
        rules["balance_change"] = lambda: levels.balance_change(
            book, kept("balances", lambda: levels.balances(scope)), params
        )
    return [rules[kind]() for kind in params.kinds if kind in rules]


def score(found: list[Found]) -> pl.DataFrame:
    """All flags with their score, strongest first; one row per movement and kind."""
    frames = [one.flags.with_columns(
        score=(-(pl.col("p") * max(one.tests, 1)).log10()).clip(0.0, BEST_SCORE)) for one in [Found("", nothing(), 0, 0.0), *found]]  # fmt: skip
    flags = pl.concat(frames).with_columns(day=(pl.col("second") // ledger.DAY).cast(pl.Int32))
    return flags.unique(["kind", "customer_key", "account_key", "second", "amount"], keep="first",
                        maintain_order=True)  # fmt: skip


def cases(flags: pl.DataFrame) -> pl.DataFrame:
    """customer_key, day, score, kinds (list, strongest first), flags; strongest first."""
    by_kind = flags.group_by("customer_key", "day", "kind").agg(
        pl.col("score").max(), pl.len().alias("flags")
    ).sort("score", "kind", descending=[True, False])  # fmt: skip
    other = (pl.col("score").sum() - pl.col("score").max()) * OTHER_KINDS
    return by_kind.group_by("customer_key", "day", maintain_order=True).agg(
        score=pl.col("score").max() + other, kinds=pl.col("kind"), flags=pl.col("flags").sum()
    ).sort("score", "day", "customer_key", descending=[True, True, False])  # fmt: skip
