"""From rule to action: who fits a rule and lacks its consequent, and what to expect of them.

A customer is a candidate of a rule who holds the antecedent, lacks the consequent and has not
refused contact. The score of an offer is the lower end of the rule's confidence among the customers
held out; only confirmed rules speak, the best of them for each customer and product. Expected takers are candidates times
the held-out confidence, with its interval: how many like them hold the product, not how many an
offer would move. For that a share of the list is left alone by lot.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.ragged import Array
from analytics.rules import known
from analytics.rules.baskets import Holdings
from analytics.rules.bits import bits_of
from analytics.rules.mining import Rules
from analytics.rules.params import RulesParams

OFFERS = {"customer_id": pl.String, "rank": pl.Int64, "offer": pl.String, "because": pl.String,
          "score": pl.Float64, "confidence": pl.Float64, "control": pl.Boolean}  # fmt: skip
SOUND = pl.col("confirmed").fill_null(True)  # null: nothing was held out


def candidates(rules: Rules, held: Holdings, row: int) -> Array:
    """Baskets that hold the rule's antecedent and lack a consequent, and may be contacted."""
    bits = bits_of(held.baskets, rules.antecedent, rules.consequent)
    fits = bits.held(rules.antecedent[row]) & ~bits.held(rules.consequent[row])
    return fits & contactable(held)


def contactable(held: Holdings) -> Array:
    """Whether each basket's customer has not refused contact; unknown consent counts as given."""
    found = held.customers["consent"].fill_null(True).to_numpy()
    return (held.owner >= 0) & np.append(found, True)[held.owner]


def opportunities(rules: Rules, proven: pl.DataFrame, held: Holdings) -> pl.DataFrame:
    """One row a rule: customers who fit and lack it, and the takers to expect; most takers first."""
    (size,) = known.ask(held.baskets, "candidates", rules, lambda new: _candidates(new, held)).T
    return proven.select("rule", "antecedent", "consequent", "confidence", "confidence_low",
                         "confidence_high", "confirmed").with_columns(
        candidates=pl.Series(size, dtype=pl.Int64)).filter(pl.col("candidates") > 0).with_columns(
        expected_takers=pl.col("candidates") * pl.col("confidence"),
        expected_low=pl.col("candidates") * pl.col("confidence_low"),
        expected_high=pl.col("candidates") * pl.col("confidence_high"),
    ).sort("expected_low", "antecedent", "consequent", descending=[True, False, False])  # fmt: skip


def _candidates(rules: Rules, held: Holdings) -> Array:
    """Customers who may be contacted, fit the rule and lack its consequent: (rules, 1)."""
    bits = bits_of(held.baskets, rules.antecedent, rules.consequent)
    free = bits.pack(contactable(held))
    whole = np.hstack([rules.antecedent, rules.consequent])
    return (bits.count(rules.antecedent, free) - bits.count(whole, free))[:, None]


def offers(rules: Rules, proven: pl.DataFrame, held: Holdings, params: RulesParams) -> pl.DataFrame:
    """customer_id, rank (1 is the customer's best), offer, because, score, confidence, control."""
    sound = proven.filter(SOUND)
    bits = bits_of(held.baskets, rules.antecedent, rules.consequent)
    order = sound.sort(["confidence_low", "rule"], descending=[True, False])["rule"].to_numpy()
    claims = list(bits.claims(rules.antecedent, rules.consequent, order, contactable(held),
                              params.offers_per_customer))  # fmt: skip
    if not claims:
        return pl.DataFrame(schema=OFFERS)
    rule = np.repeat([row for row, _ in claims], [len(baskets) for _, baskets in claims])
    customer = held.owner[np.concatenate([baskets for _, baskets in claims])]
    known = proven.select(offer="consequent", because="antecedent", score="confidence_low",
                          confidence="confidence")[rule]  # fmt: skip
    control = (
        np.random.default_rng(params.seed + 1).random(held.customers.height) < params.control_share
    )
    return known.with_columns(
        customer_id=held.customers["customer_id"].gather(customer), control=pl.Series(control[customer]),
        rank=pl.Series(_turn(customer)),
    ).sort(["score", "customer_id", "rank"], descending=[True, False, False]).select(list(OFFERS))  # fmt: skip


def _turn(customer: Array) -> Array:
    """1 where a customer comes for the first time, 2 for the second, and so on."""
    order = np.argsort(customer, kind="stable")
    place = np.arange(len(customer))
    first = np.append(True, customer[order][1:] != customer[order][:-1])
    turn = np.empty(len(customer), np.int64)
    turn[order] = place - np.maximum.accumulate(np.where(first, place, 0)) + 1
    return turn
