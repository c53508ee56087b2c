"""Every case in the order of the list, before review capacity and the cut take theirs off.

Why apart: capacity and cut change no score and no order, only who is listed. What they move over
(cases and flags with ids, days and reasons, sorted; the rules' numbers; the random sample) is made
once for all other parameters, and a move of these two sifts it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from analytics.anomalies import kept, peers, samples, scan, summaries
from analytics.anomalies.params import AnomalyParams
from analytics.anomalies.peers import Peers
from analytics.anomalies.scan import Ground
from analytics.dataset import Population, Scope


@dataclass(frozen=True)
class Ranking:
    """What no capacity and no cut enters.

    Args:
        cases: customer_key and the columns of the cases table; best first.
        flags: customer_key, place (of the case on its day) and the columns of the flags; best first.
        rules: kind, incidents, by_chance, tests, probability, p of every rule that ran.
        sample: random customer-days in the order drawn, with place and score of those that are cases.
        unusual: how unusual every customer's habits are (see `models.profiles`).
    """

    cases: pl.DataFrame
    flags: pl.DataFrame
    rules: pl.DataFrame
    sample: pl.DataFrame
    unusual: pl.DataFrame


def listed(params: AnomalyParams) -> pl.Expr:
    """Whether a row with the place and the score of its case is on the list."""
    return (pl.col("place") <= params.capacity) & (pl.col("score") >= params.cut)


def rank(scope: Scope, population: Population, params: AnomalyParams, base: Ground,
         everyone: pl.DataFrame) -> Ranking:  # fmt: skip
    """The ranking under these parameters, as kept or made now."""
    plain = replace(params, capacity=1, cut=0.0, by=None, label=None, compare_days=None)

    def work() -> Ranking:
        return _ranked(scope, population, plain, base, everyone)

    return work() if kept.changeable(params.peers) else base.rankings.ask(scope, plain, work)


def _ranked(scope: Scope, population: Population, params: AnomalyParams, base: Ground,
            everyone: pl.DataFrame) -> Ranking:  # fmt: skip
    among = peers_of(scope, population, base, params)
    rules = scan.run(scope, params, base, among)
    ids = everyone.select("customer_key", "customer_id")
    found = scan.score(rules)
    cases = scan.cases(found).with_columns(place=pl.int_range(1, pl.len() + 1).over("day"))
    of_case = cases.select("customer_key", "day", "place", case_score="score")
    flags = _named(scope, base, found.join(of_case, on=["customer_key", "day"]))
    flags = summaries.flags(flags.join(ids, on="customer_key"))
    cases = summaries.cases(cases, flags, ids)
    starts = base.answers.ask(scope, "days", lambda: samples.day_starts(base.ledger))
    drawn = base.answers.ask(scope, ("sample", params.seed), lambda: samples.drawn(
        base.ledger, starts, params.seed))  # fmt: skip
    return Ranking(cases, flags, summaries.rules(rules), summaries.sample(drawn, ids, cases),
                   scan.profiles(scope, base, params, among))  # fmt: skip


def peers_of(scope: Scope, population: Population, base: Ground, params: AnomalyParams) -> Peers:
    """With whom each customer is compared under these parameters."""
    group = params.peers
    if group is None:
        return peers.everybody(base.ledger, base.sizes)

    def work() -> Peers:
        named = peers.read(scope.data, scope.as_of, population, group)
        return peers.by_group(base.ledger, base.sizes, named)

    return work() if kept.changeable(group) else base.answers.ask(scope, ("peers", group), work)


def _named(scope: Scope, base: Ground, flags: pl.DataFrame) -> pl.DataFrame:
    """Flags with the id of their transaction, null where the extract has none; each looked up once."""
    if not scope.data.has("transactions.transaction_id") or flags.is_empty():
        return flags.with_columns(transaction_id=pl.lit(None, pl.String))
    key = ["customer_key", "second", "amount"]
    known = base.ids.get(
        "ids", flags.select(key).clear().with_columns(transaction_id=pl.lit(None, pl.String))
    )
    fresh = flags.select(key).unique().join(known, on=key, how="anti")
    if fresh.height:
        scope.cursor.register("flag_frame", fresh.to_arrow())
        ids = scope.query("""
            SELECT f.customer_key, f.second, f.amount, min(t.transaction_id) AS transaction_id
            FROM transactions t JOIN flag_frame f ON t.customer_key = f.customer_key
             AND epoch(t.happened_at)::BIGINT = f.second AND t.amount::DOUBLE = f.amount
            GROUP BY ALL""", step="ids of the flagged movements")  # fmt: skip
        known = pl.concat([known, ids])
        base.ids["ids"] = known
    return flags.join(known, on=key, how="left", maintain_order="left")
