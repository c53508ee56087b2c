"""Rules: raw p values against false-discovery control with productivity, over the same tests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control, hypergeom

from sample_data.rules import RULES
from sample_data.world import Block

MIN_SUPPORT, ALPHA, MIN_LIFT = 0.01, 0.05, 1.1
EVERYBODY = "current_account"


@dataclass(frozen=True)
class Found:
    """What a method believes: sets of products that are planted, and others."""

    planted: int
    others: int


def baskets(block: Block) -> tuple[list[str], np.ndarray]:
    """Products and who holds them: names, bool (customers, products)."""
    held = block.accounts.filter(pl.col("product") != EVERYBODY).select("customer", "product")
    names = sorted(held["product"].unique())
    matrix = np.zeros((block.size, len(names)), bool)
    place = {name: i for i, name in enumerate(names)}
    matrix[held["customer"].to_numpy(), [place[p] for p in held["product"]]] = True
    return names, matrix


def mine(names: list[str], held: np.ndarray) -> pl.DataFrame:
    """Every rule of one or two products to one that has the support.

    Returns:
        items (the antecedent, then the consequent), lift, p (one-sided Fisher), productive_p (the
        largest p of the rule against each simpler one).
    """
    n = len(held)
    counts = held.sum(0)
    both = held.T.astype(np.int64) @ held
    least = math.ceil(MIN_SUPPORT * n - 1e-9)
    rows = []
    for first, second in [(i, i) for i in range(len(names))] + list(
        combinations(range(len(names)), 2)
    ):
        with_both = held[:, first] & held[:, second]
        size, joint = int(with_both.sum()), held[with_both].sum(0)
        for item in np.flatnonzero(joint >= least):
            if item in (first, second):
                continue
            p = hypergeom.sf(joint[item] - 1, n, counts[item], size)
            simpler = [p] + [
                hypergeom.sf(joint[item] - 1, counts[one], both[one, item], size)
                for one in {first, second} if first != second
            ]  # fmt: skip
            items = [names[i] for i in sorted({first, second})] + [names[item]]
            rows.append((items, joint[item] * n / (size * counts[item]), p, max(simpler)))
    return pl.DataFrame(rows, schema=["items", "lift", "p", "productive_p"], orient="row")


def judge(rules: pl.DataFrame) -> tuple[Found, Found]:
    """The naive (raw p below 0.05) and the careful reading of the same tests.

    A rule and its mirror image are one finding: what is counted is the set of products.
    """
    wanted = {frozenset((*r.antecedent, r.consequent)) for r in RULES}
    sets = [frozenset(items) for items in rules["items"].to_list()]
    raw = rules["p"].to_numpy() < ALPHA
    q = false_discovery_control(np.clip(rules["productive_p"].to_numpy(), 0, 1))
    careful = (q < ALPHA) & (rules["lift"].to_numpy() >= MIN_LIFT)
    believed = [{items for items, kept in zip(sets, keep, strict=True) if kept}
                for keep in (raw, careful)]  # fmt: skip
    naive, good = (Found(len(b & wanted), len(b - wanted)) for b in believed)
    return naive, good
