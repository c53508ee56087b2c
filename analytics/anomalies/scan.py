"""All rules over one scope: what they found, strongest cases first.

What no threshold enters (the ledger, the bank's tails, the pace of payments, round trips, month-end
balances, new devices) is kept (`kept`), and so is what every rule found under its own thresholds
(`USES`): a slider repeats the comparison of the rules it belongs to, and review capacity or the cut none.

Score of a flag: -log10 of the incidents as rare as its own that chance would give in the whole bank
under the rule's tail, never below 0. It puts rules of different kinds on one scale and pays for how
often a rule looks. A case is one customer on one day; its score is its strongest flag's, plus a tenth
of every other kind's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies import (
    amounts,
    burst,
    clusters,
    found,
    kept,
    ledger,
    levels,
    models,
    paths,
    reasons,
)
from analytics.anomalies.amounts import Sizes
from analytics.anomalies.burst import Pace
from analytics.anomalies.found import Found
from analytics.anomalies.kept import Answers
from analytics.anomalies.ledger import Ledger
from analytics.anomalies.params import KINDS, AnomalyParams
from analytics.anomalies.peers import Peers
from analytics.dataset import Population, Scope

BEST_SCORE = 20.0  # beyond it rarer is not told apart
OTHER_KINDS = 0.1
PROFILE = "profile"
FEWEST_PROFILES = 5  # listed in a small bank too, unless none are asked for
ORDER = {kind: number for number, kind in enumerate(KINDS)}
USES: Mapping[str, tuple[str, ...]] = {  # the parameters that a rule's findings depend on
    "large_amount": ("large_times", "large_z"),
    "dormant_then_large": ("after_times", "idle_days"),
    "new_device_then_large": ("after_times", "device_hours"),
    "burst": ("rarity", "burst_count"),
    "structuring": ("threshold", "band", "rarity"),
    "in_out_48h": ("pass_share", "pass_times"),
    "round_trip": ("trip_days", "trip_keep"),
    "night": ("night_until", "night_count", "rarity"),
    "balance_change": ("balance_times",),
    PROFILE: ("profiles", "seed", "peers"),
}


@dataclass(frozen=True)
class Ground:
    """What all rules stand on; no threshold enters. `answers` and `rankings` keep what was derived from it."""

    ledger: Ledger
    sizes: Sizes
    pace: Pace
    answers: Answers = field(default_factory=lambda: Answers(kept.PARTS), repr=False)
    rankings: Answers = field(default_factory=lambda: Answers(kept.RANKINGS), repr=False)
    ids: dict[str, pl.DataFrame] = field(
        default_factory=dict, repr=False
    )  # of movements looked up so far


def ground(scope: Scope, population: Population) -> Ground:
    """The ledger and what is measured on it, kept."""

    def work() -> Ground:
        book = ledger.read(scope)
        return Ground(book, amounts.measure(book), burst.measure(book))

    return kept.ground(scope, population, work)


def run(scope: Scope, params: AnomalyParams, base: Ground, peers: Peers) -> list[Found]:
    """What every chosen rule that this extract can carry has found, each flag with its reason."""
    rules = _rules(scope, params, base, peers)

    def explained(kind: str) -> Found:
        one = rules[kind]()
        return Found(
            kind, reasons.explained(one.flags, base.ledger, peers), one.tests, one.by_chance
        )

    def ask(kind: str) -> Found:
        question = (kind, params.peers, *(getattr(params, name) for name in USES[kind]))
        if kept.changeable(params.peers):
            return explained(kind)
        return base.answers.ask(scope, question, lambda: explained(kind))

    return [ask(kind) for kind in params.kinds if kind in rules]


def _rules(
    scope: Scope, params: AnomalyParams, base: Ground, peers: Peers
) -> dict[str, Callable[[], Found]]:
    """The rules that this extract can carry, not yet run."""
    book, sizes, data = base.ledger, base.sizes, scope.data

    def ask(question: Any, work: Callable[[], Any]) -> Any:
        return base.answers.ask(scope, question, work)

    rules: dict[str, Callable[[], Found]] = {
        "large_amount": lambda: amounts.large(book, sizes, params),
        "dormant_then_large": lambda: amounts.after_silence(book, sizes, params),
        "in_out_48h": lambda: paths.in_and_out(
            book, ask("through", lambda: paths.through(book)), params
        ),
        "structuring": lambda: clusters.structuring(book, params),
        PROFILE: lambda: profile(base, profiles(scope, base, params, peers), params),
    }
    if book.timed:
        until = params.night_until
        rules["burst"] = lambda: burst.burst(book, base.pace, params)
        rules["night"] = lambda: clusters.night(
            book, ask(("nights", until), lambda: clusters.nights(book, until)), params
        )
    if data.has("events.device"):
        rules["new_device_then_large"] = lambda: amounts.after_device(
            book, sizes, ask("devices", lambda: amounts.devices(scope)), params
        )
    if data.has("transactions.counterparty"):
        trip = (params.trip_days, params.trip_keep)
        rules["round_trip"] = lambda: paths.round_trips(
            book, ask(("trips", trip), lambda: paths.trips(scope, *trip)), params
        )
    if data.has("balances.balance") or data.has("transactions.balance_after"):
        rules["balance_change"] = lambda: levels.balance_change(
            book,
            ask("nets", lambda: levels.nets(book)),
            ask("balances", lambda: levels.balances(scope)),
            params,
        )
    return rules


def profiles(scope: Scope, base: Ground, params: AnomalyParams, peers: Peers) -> pl.DataFrame:
    """How unusual every customer's habits are, most unusual first (see `models.profiles`)."""

    def work() -> pl.DataFrame:
        return models.profiles(base.ledger, base.sizes.excess, params.seed, peers.group)

    if kept.changeable(params.peers):
        return work()
    return base.answers.ask(scope, ("profiles", params.seed, params.peers), work)


def profile(base: Ground, unusual: pl.DataFrame, params: AnomalyParams) -> Found:
    """The most unusual customers by all models, each at the largest of its movements.

    Tail: the share of customers whose profile is at least as unusual.
    """
    wanted = int(np.ceil(params.profiles * unusual.height / 1000))
    top = unusual.head(max(wanted, FEWEST_PROFILES if wanted else 0))
    book = base.ledger
    at = [int(b + np.abs(book.amount[b:e]).argmax())
          for b, e in ((book.begin[w], book.begin[w + 1]) for w in top["who"])]  # fmt: skip
    share = np.arange(1, top.height + 1) / max(unusual.height, 1)
    frame = found.rows(PROFILE, book, np.array(at, int), share, top["ensemble"].to_numpy(), 0.0, 0.0,
                       driver=top["driver"].to_list())  # fmt: skip
    return Found(PROFILE, frame, unusual.height, float(top.height))


def score(rules: list[Found]) -> pl.DataFrame:
    """All flags with their score, strongest first; one row per movement and kind."""
    frames = [one.flags.with_columns(score=(-(pl.col("p") * max(one.tests, 1)).log10()).clip(0.0, BEST_SCORE))
              for one in [Found("", reasons.nothing(), 0, 0.0), *rules]]  # fmt: skip
    flags = pl.concat(frames).with_columns(day=(pl.col("second") // ledger.DAY).cast(pl.Int32))
    return flags.unique(["kind", "customer_key", "account_key", "second", "amount"], keep="first",
                        maintain_order=True)  # fmt: skip


def cases(flags: pl.DataFrame) -> pl.DataFrame:
    """customer_key, day, score, kinds (list, in the order of the rules), flags; strongest first."""
    by_kind = flags.group_by("customer_key", "day", "kind").agg(
        pl.col("score").max(), pl.len().alias("flags")
    ).sort("score", "kind", descending=[True, False])  # fmt: skip
    other = (pl.col("score").sum() - pl.col("score").max()) * OTHER_KINDS
    return by_kind.group_by("customer_key", "day", maintain_order=True).agg(
        score=pl.col("score").max() + other, kinds=pl.col("kind").sort_by(pl.col("kind").replace_strict(ORDER, return_dtype=pl.Int64)), flags=pl.col("flags").sum()
    ).sort("score", "day", "customer_key", descending=[True, True, False])  # fmt: skip
