"""What is said of a rule X -> Y: twenty-odd numbers from four counts.

With n baskets, `a` of them holding X, `c` holding Y and `both` holding both. The first eleven
equal mlxtend's (`association_rules`); representativity is 1, as there are no missing cells.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import gammaln

from analytics.statistics import odds_ratio, wilson
from analytics.text import Text

Array = np.ndarray
STEPS = 16  # terms of a series between two looks at which have ended
ENOUGH = 1e-14  # of what is added up: terms under it no longer move the sum
MEASURES = {
    "lift_low": Text("Lift, lower end", "提升度下限"),
    "support": Text("Support", "支持度"),
    "confidence": Text("Confidence", "置信度"),
    "lift": Text("Lift", "提升度"),
    "antecedent_support": Text("Antecedent's share", "前项支持度"),
    "consequent_support": Text("Consequent's share", "后项支持度"),
    "representativity": Text("Representativity", "代表性"),
    "leverage": Text("Leverage", "杠杆率"),
    "conviction": Text("Conviction", "确信度"),
    "zhangs_metric": Text("Zhang's metric", "Zhang 指标"),
    "jaccard": Text("Jaccard", "Jaccard 系数"),
    "certainty": Text("Certainty", "确定性因子"),
    "kulczynski": Text("Kulczynski", "Kulczynski 系数"),
    "confidence_low": Text("Confidence, lower end", "置信度下限"),
    "confidence_high": Text("Confidence, upper end", "置信度上限"),
    "chi_square": Text("Chi-square", "卡方"),
    "odds_ratio": Text("Odds ratio", "优势比"),
    "odds_ratio_low": Text("Odds ratio, lower end", "优势比下限"),
    "odds_ratio_high": Text("Odds ratio, upper end", "优势比上限"),
    "relative_risk": Text("Relative risk", "相对风险"),
    "phi": Text("Phi", "Phi 系数"),
    "cosine": Text("Cosine", "余弦"),
    "imbalance": Text("Imbalance", "不平衡比"),
    "improvement": Text("Better than the best simpler rule by", "较最佳简单规则提升"),
    "p": Text("p (Fisher, one-sided)", "p 值（Fisher 单侧）"),
    "p_productive": Text("p, every item tested", "p 值（逐项检验）"),
    "p_adjusted": Text("p, corrected", "校正后 p 值"),
    "count": Text("Baskets", "篮数"),
    "length": Text("Items", "项数"),
}
SMALLER_IS_BETTER = ("p", "p_productive", "p_adjusted", "imbalance", "length")


def measure(a: Array, c: Array, both: Array, n: int) -> pl.DataFrame:
    """Every measure that four counts give; shapes (rules,), counts as integers.

    Ratios over 0 are: conviction infinite (the rule never fails), relative risk infinite (nobody
    else holds Y), Zhang's metric, certainty and phi 0 (Y or X is in every basket).
    """
    a, c, both = (np.asarray(x, np.float64) for x in (a, c, both))
    n_ = float(max(n, 1))
    s_a, s_c, s = a / n_, c / n_, both / n_
    confidence = both / np.maximum(a, 1)
    leverage = s - s_a * s_c
    low, high = wilson(both, a)
    odds, odds_low, odds_high = odds_ratio(both, a - both, c - both, n - a - c + both)
    with np.errstate(divide="ignore", invalid="ignore"):
        elsewhere = (c - both) / (n - a)
        spread = np.sqrt(s_a * s_c * (1 - s_a) * (1 - s_c))
        phi = np.where(spread > 0, leverage / spread, 0.0)
        zhang_below = np.maximum(s * (1 - s_a), s_a * (s_c - s))
        columns = {
            "support": s, "confidence": confidence, "lift": confidence / s_c,
            "antecedent_support": s_a, "consequent_support": s_c,
            "representativity": np.ones_like(s), "leverage": leverage,
            "conviction": np.where(both == a, np.inf, (1 - s_c) / (1 - confidence)),
            "zhangs_metric": np.where(zhang_below > 0, leverage / zhang_below, 0.0),
            "jaccard": both / (a + c - both),
            "certainty": np.where(s_c < 1, (confidence - s_c) / (1 - s_c), 0.0),
            "kulczynski": (confidence + both / c) / 2,
            "confidence_low": low, "confidence_high": high, "lift_low": low / s_c,
            "chi_square": n_ * phi**2, "odds_ratio": odds, "odds_ratio_low": odds_low,
            "odds_ratio_high": odds_high,
            "relative_risk": np.where(n == a, 1.0, np.where(c > both, confidence / elsewhere, np.inf)),
            "phi": phi, "cosine": both / np.sqrt(a * c), "imbalance": np.abs(a - c) / (a + c - both),
        }  # fmt: skip
    return pl.DataFrame(columns)


def fisher_tail(both: Array, a: Array, c: Array, n: Array) -> Array:
    """One-sided exact p: at least `both` of `a` draws hit, with `c` hits among `n`.

    Why not SciPy's: it takes half a millisecond a table; this adds the falling terms of the tail
    from the first on for all tables at once. Below the mean the other tail is added and taken away.
    """
    both, a, c, n = (np.asarray(x, np.int64) for x in np.broadcast_arrays(both, a, c, n))
    above = both.astype(float) * n >= a.astype(float) * c
    upper = _sum(both, a, c, n, up=True, active=above)
    lower = _sum(both - 1, a, c, n, up=False, active=~above)
    return np.clip(np.where(above, upper, 1.0 - lower), 0.0, 1.0)


def _log_choose(n: Array, k: Array) -> Array:
    found: Array = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return found


def _sum(k: Array, a: Array, c: Array, n: Array, *, up: bool, active: Array) -> Array:
    """P(K >= k) or P(K <= k) where active, else 0; k lies on the falling side of the mean."""
    total = np.zeros(len(k))
    lowest, highest = np.maximum(0, a + c - n), np.minimum(a, c)
    todo = np.flatnonzero(active & (k >= lowest) & (k <= highest))
    total[np.flatnonzero(active & ((k < lowest) if up else (k > highest)))] = 1.0
    k, a, c, n = (x[todo].astype(float) for x in (k, a, c, n))
    first = np.exp(_log_choose(c, k) + _log_choose(n - c, a - k) - _log_choose(n, a))
    falling = (a - k, c - k) if up else (k, n - a - c + k)
    rising = (k + 1, n - a - c + k + 1) if up else (a - k + 1, c - k + 1)
    total[todo] = first * _series(np.stack(falling), np.stack(rising))
    return total


def _series(falling: Array, rising: Array) -> Array:
    """1 + r1 + r1 r2 + ..., with r = product of `falling` over product of `rising`, (2, tables) each.

    From a factor to the next the falling numbers lose one and the rising gain one; a factor of 0 ends it.
    """
    total = np.ones(falling.shape[1])
    live = np.arange(len(total))
    term, added = np.ones(len(live)), np.ones(len(live))
    while len(live):
        for _ in range(STEPS):  # ended series go on with terms of 0, until they are put aside
            term *= np.maximum(falling[0] * falling[1], 0.0) / (rising[0] * rising[1])
            added += term
            falling -= 1
            rising += 1
        total[live] = added
        more = term > added * ENOUGH
        live, term, added = live[more], term[more], added[more]
        falling, rising = falling[:, more], rising[:, more]
    return total
