"""Three ways to rank the products a customer lacks: by rules, by regression, by popularity.

`rules`: the lower end of the best fitting rule's confidence, and where no rule speaks the
popularity. `ease` (Steck 2019, WWW): ridge regression of each product on the others, closed form.
`popularity`: the share of holders, the one to beat.

The rules that rank are those over the support that stand the tests. Thresholds and conditions that
shorten the list on the page are not theirs, so that a slider of the list does not change what
people are offered.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.itemsets import Baskets
from analytics.ragged import Array
from analytics.rules.baskets import Holdings
from analytics.rules.bits import bits_of
from analytics.rules.discover import Listed, discover
from analytics.rules.params import RulesParams
from analytics.text import Text

METHODS = {"rules": Text("Rules", "关联规则"), "ease": Text("EASE", "EASE 回归"),
           "popularity": Text("Popularity", "热门程度")}  # fmt: skip
RIDGE = 100.0
RANKING = (
    "min_support",
    "max_length",
    "correction",
    "alpha",
    "productive",
    "engine",
    "max_patterns",
)


def ranking(table: Baskets, held: Holdings, params: RulesParams) -> Listed:
    """The rules that rank products: all that stand the tests, at any confidence above chance."""
    plain = RulesParams(min_confidence=0.0, min_lift=1.0, **{name: getattr(params, name) for name in RANKING})  # fmt: skip
    return discover(table, held, plain)


def by_rules(found: Listed, table: Baskets, holders: Array, held: Holdings, free: Array, most: int
             ) -> Iterator[tuple[int, int, Array]]:  # fmt: skip
    """(rule, product, baskets) in ranked order: the rules by lower confidence, then what most hold.

    A rule of -1 is popularity: a rule without antecedent. Each free basket is met at most `most` times.
    """
    low = found.frame["confidence_low"].to_numpy()
    left, right = found.rules.antecedent, found.rules.consequent[:, :1]
    popular = np.argsort(-holders, kind="stable")
    popular = popular if held.consequents is None else popular[held.consequents[popular]]
    nothing = np.full((len(popular), left.shape[1]), -1)
    left, right = np.vstack([left, nothing]), np.vstack([right, popular[:, None]])
    order = np.concatenate([np.argsort(-low, kind="stable"), len(low) + np.arange(len(popular))])
    bits = bits_of(table, left, right)
    for rule, fits in bits.claims(left, right, order, free, most):
        yield (rule if rule < len(low) else -1), int(right[rule, 0]), fits


def ease(table: Array, ridge: float = RIDGE) -> Array:
    """Scores of the embarrassingly shallow autoencoder: B = I - P / diag(P), P = (X'X + ridge)^-1."""
    x = table.astype(np.float64)
    inverse = np.linalg.inv(x.T @ x + ridge * np.eye(x.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    scores: Array = x @ weights
    return scores
