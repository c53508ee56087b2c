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
from analytics.rules.baskets import Holdings
from analytics.rules.bits import Bits
from analytics.rules.mining import Rules
from analytics.rules.params import RulesParams

OFFERS = {"customer_id": pl.String, "rank": pl.Int64, "offer": pl.String, "because": pl.String,
          "score": pl.Float64, "confidence": pl.Float64, "control": pl.Boolean}  # fmt: skip


def candidates(rules: Rules, held: Holdings, bits: Bits, row: int) -> Array:
    """Baskets that hold the rule's antecedent and lack a consequent, and may be contacted."""
    fits = bits.held(rules.antecedent[row]) & ~bits.held(rules.consequent[row])
    return fits & contactable(held)


def contactable(held: Holdings) -> Array:
    """Whether each basket's customer has not refused contact; unknown consent counts as given."""
    found = held.customers["consent"].fill_null(True).to_numpy()
    return (held.owner >= 0) & np.append(found, True)[held.owner]


def opportunities(rules: Rules, proven: pl.DataFrame, held: Holdings, bits: Bits) -> pl.DataFrame:
    """One row a rule: customers who fit and lack it, and the takers to expect; most takers first."""
    size = np.array(
        [int(candidates(rules, held, bits, row).sum()) for row in range(len(rules))], np.int64
    )
    return proven.select("rule", "antecedent", "consequent", "confidence", "confidence_low",
                         "confidence_high", "confirmed").with_columns(
        candidates=pl.Series(size, dtype=pl.Int64)).filter(pl.col("candidates") > 0).with_columns(
        expected_takers=pl.col("candidates") * pl.col("confidence"),
        expected_low=pl.col("candidates") * pl.col("confidence_low"),
        expected_high=pl.col("candidates") * pl.col("confidence_high"),
    ).sort("expected_low", "antecedent", "consequent", descending=[True, False, False])  # fmt: skip


def offers(rules: Rules, proven: pl.DataFrame, held: Holdings, bits: Bits, params: RulesParams
           ) -> pl.DataFrame:  # fmt: skip
    """customer_id, rank (1 is the customer's best), offer, because, score, confidence, control."""
    parts = []
    sound = proven.filter(pl.col("confirmed").fill_null(True))  # null: nothing was held out
    names = sound.select("rule", "consequent", "antecedent", "confidence_low", "confidence").rows()
    for row, offer, because, low, confidence in names:
        fits = np.flatnonzero(candidates(rules, held, bits, row))
        parts.append(pl.DataFrame({"row": held.owner[fits]}).with_columns(
            offer=pl.lit(offer), because=pl.lit(because), score=pl.lit(low), confidence=pl.lit(confidence),
            rule=pl.lit(row)))  # fmt: skip
    if not parts:
        return pl.DataFrame(schema=OFFERS)
    best = pl.concat(parts).sort(["row", "score", "rule"], descending=[False, True, False]).unique(
        ["row", "offer"], keep="first", maintain_order=True)  # fmt: skip
    best = best.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("row"))
    best = best.filter(pl.col("rank") <= params.offers_per_customer)
    control = (
        np.random.default_rng(params.seed + 1).random(held.customers.height) < params.control_share
    )
    place = best["row"].to_numpy()
    return best.with_columns(
        customer_id=held.customers["customer_id"].gather(place), control=pl.Series(control[place]),
    ).sort(["score", "customer_id"], descending=[True, False]).select(list(OFFERS))  # fmt: skip
