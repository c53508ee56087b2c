"""Buy-till-you-die models: how often customers come back, and whether they still will.

Each customer is three numbers over a calibration period: `frequency` x (repeat active units),
`recency` tx (time from the first to the last of them) and `age` T (time from the first to the end).
Between active units a customer comes at a rate that varies by customer as gamma(r, alpha), and drops
out silently:

- BG/NBD: after any repeat unit with a chance that varies as beta(a, b). Fader, Hardie & Lee 2005,
  Marketing Science 24:275.
- MBG/NBD: also after the first one. Batislam, Denizel & Filiztekin 2007, IJRM 24:201. The default:
  in BG/NBD whoever never came back is alive for certain.
- Pareto/NBD: at any time, at a rate that varies as gamma(s, beta). Schmittlein, Morrison & Colombo
  1987, Management Science 33:1; the form of Fader & Hardie 2005, "A note on deriving".
- Gamma-Gamma: mean amount of a repeat unit. Fader & Hardie 2013, "The Gamma-Gamma model".

Identical customers are counted once with a weight, which makes a fit on a million customers as
quick as one on the few thousand different triples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Array = np.ndarray
NODES = 48
Model = Literal["bg_nbd", "mbg_nbd", "pareto_nbd"]


@dataclass(frozen=True)
class Fit:
    """Fitted parameters in the order of the paper, and the log-likelihood they reach."""

    model: str
    parameters: tuple[float, ...]
    log_likelihood: float
    customers: int


def fit(model: Model, frequency: Array, recency: Array, age: Array) -> Fit:
    """Maximum likelihood fit; all times in one unit, such as weeks.

    Args:
        model: which of the three.
        frequency: repeat active units, integers >= 0, shape (customers,).
        recency: time of the last repeat unit, 0 <= recency <= age; 0 for no repeat.
        age: time since the first unit, > 0.
    """
    triples, weight = np.unique(
        np.column_stack([frequency, recency, age]).astype(float), axis=0, return_counts=True)  # fmt: skip
    one = _LOG_LIKELIHOODS[model]

    def loss(log_parameters: Array) -> float:
        with np.errstate(all="ignore"):  # a step too far is no number, and is refused below
            value = (weight * one(np.exp(log_parameters), *triples.T)).sum()
        return -value if np.isfinite(value) else 1e12

    parameters, best = _minimise(loss, 4)
    return Fit(model, parameters, -best, len(frequency))


def _minimise(loss: Callable[[Array], float], size: int) -> tuple[tuple[float, ...], float]:
    options = {"maxiter": 5000, "maxfev": 5000, "xatol": 1e-6, "fatol": 1e-8}
    found = minimize(loss, np.zeros(size), method="Nelder-Mead", options=options)
    found = minimize(loss, found.x, method="Nelder-Mead", options=options)  # restart: no false halt
    return tuple(float(p) for p in np.exp(found.x)), float(found.fun)


def _bg(parameters: Array, x: Array, tx: Array, t: Array) -> Array:
    r, alpha, a, b = parameters
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + t)
    gone = betaln(a + 1, b + x - 1 + (x == 0)) - betaln(a, b) - (r + x) * np.log(alpha + tx)
    return common + np.logaddexp(alive, np.where(x > 0, gone, -np.inf))


def _mbg(parameters: Array, x: Array, tx: Array, t: Array) -> Array:
    r, alpha, a, b = parameters
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x + 1) - betaln(a, b) - (r + x) * np.log(alpha + t)
    gone = betaln(a + 1, b + x) - betaln(a, b) - (r + x) * np.log(alpha + tx)
    return common + np.logaddexp(alive, gone)


def _pareto(parameters: Array, x: Array, tx: Array, t: Array) -> Array:
    r, alpha, s, beta = parameters
    rsx = r + s + x
    high, gap, second = max(alpha, beta), abs(alpha - beta), s + 1 if alpha >= beta else r + x
    early, late = (hyp2f1(rsx, second, rsx + 1, gap / (high + end)) for end in (tx, t))
    log_early = np.log(early) - rsx * np.log(high + tx)
    log_late = np.log(late) - rsx * np.log(high + t)
    died = np.log(s) - np.log(rsx) + log_early + np.log1p(-np.exp(np.minimum(log_late - log_early, -1e-12)))  # fmt: skip
    alive = -(r + x) * np.log(alpha + t) - s * np.log(beta + t)
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return common + np.logaddexp(alive, died)


_LOG_LIKELIHOODS: dict[str, Callable[..., Array]] = {
    "bg_nbd": _bg, "mbg_nbd": _mbg, "pareto_nbd": _pareto,
}  # fmt: skip


def probability_alive(fitted: Fit, frequency: Array, recency: Array, age: Array) -> Array:
    """Chance that a customer has not dropped out, in [0, 1], shape (customers,)."""
    p = np.array(fitted.parameters)
    x, tx, t = (np.asarray(v, float) for v in (frequency, recency, age))
    r, alpha = p[0], p[1]
    if fitted.model == "pareto_nbd":
        s, beta = p[2], p[3]
        alive = (gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
                 - (r + x) * np.log(alpha + t) - s * np.log(beta + t))  # fmt: skip
        return np.exp(np.minimum(alive - _pareto(p, x, tx, t), 0.0))
    a, b = p[2], p[3]
    odds = np.exp((r + x) * (np.log(alpha + t) - np.log(alpha + tx)))
    if fitted.model == "mbg_nbd":
        return 1 / (1 + a / (b + x) * odds)
    return 1 / (1 + np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * odds, 0.0))


def probability_return(fitted: Fit, frequency: Array, recency: Array, age: Array,
                       horizon: float) -> Array:  # fmt: skip
    """Chance of at least one active unit within `horizon`: the score that ranks for a campaign.

    BG/NBD and MBG/NBD: closed form, as dropping out happens only at an active unit. Pareto/NBD: the
    density of the first one, (r + x) / (alpha + t + u) * ((alpha + t) / (alpha + t + u)) ** (r + x) *
    ((beta + t) / (beta + t + u)) ** s, integrated over u by Gauss-Legendre.
    """
    r, alpha = fitted.parameters[:2]
    x, t = np.asarray(frequency, float), np.asarray(age, float)
    alive = probability_alive(fitted, frequency, recency, age)
    if fitted.model == "pareto_nbd":
        s, beta = fitted.parameters[2:]
        share = np.zeros(np.broadcast(x, t).shape)
        for node, weight in zip(*np.polynomial.legendre.leggauss(NODES), strict=True):
            u = horizon * (node + 1) / 2
            gone_on = (r + x) * (np.log(alpha + t) - np.log(alpha + t + u))
            there = s * (np.log(beta + t) - np.log(beta + t + u))
            share = share + weight * horizon / 2 * (r + x) / (alpha + t + u) * np.exp(
                gone_on + there
            )
        return alive * np.minimum(share, 1.0)
    silent = np.exp((r + x) * (np.log(alpha + t) - np.log(alpha + t + horizon)))
    return alive * (1 - silent)


def expected_returns(fitted: Fit, frequency: Array, recency: Array, age: Array,
                     horizon: float) -> Array:  # fmt: skip
    """Expected active units within `horizon` after the calibration period, >= 0.

    Source: Fader, Hardie & Lee 2005, equation 10; Batislam et al. 2007 for MBG/NBD; Fader & Hardie
    2005 (a note on the Pareto/NBD) for Pareto/NBD.
    """
    r, alpha, a, b = fitted.parameters
    x, t = np.asarray(frequency, float), np.asarray(age, float)
    if fitted.model == "pareto_nbd":  # a and b are s and beta
        left = -np.expm1((a - 1) * (np.log(b + t) - np.log(b + t + horizon)))
        alive = probability_alive(fitted, frequency, recency, age)
        return (r + x) * (b + t) / ((alpha + t) * (a - 1)) * left * alive
    shift = {"bg_nbd": 0, "mbg_nbd": 1}[fitted.model]
    z = horizon / (alpha + t + horizon)
    curve = hyp2f1(r + x, b + x + shift, a + b + x - 1 + shift, z)
    shrink = np.exp((r + x) * (np.log(alpha + t) - np.log(alpha + t + horizon)))
    alive = probability_alive(fitted, frequency, recency, age)
    return (a + b + x - 1 + shift) / (a - 1) * (1 - curve * shrink) * alive


def fit_gamma_gamma(frequency: Array, mean_amount: Array) -> Fit:
    """Gamma-Gamma fit (p, q, v) on customers with repeat units; amounts are > 0."""
    x, m = np.asarray(frequency, float), np.asarray(mean_amount, float)
    if (x <= 0).any() or (m <= 0).any():
        raise ValueError("Gamma-Gamma takes customers with repeat units and positive mean amounts")

    def loss(log_parameters: Array) -> float:
        p, q, v = np.exp(log_parameters)
        value = (gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
                 + (p * x - 1) * np.log(m) + p * x * np.log(x)
                 - (p * x + q) * np.log(x * m + v)).sum()  # fmt: skip
        return -value if np.isfinite(value) else 1e12

    parameters, best = _minimise(loss, 3)
    return Fit("gamma_gamma", parameters, -best, len(x))


def expected_amount(fitted: Fit, frequency: Array, mean_amount: Array) -> Array:
    """Expected mean amount of a unit, shrunk to the population. Fader & Hardie 2013, equation 5."""
    p, q, v = fitted.parameters
    x, m = np.asarray(frequency, float), np.asarray(mean_amount, float)
    return p * (v + x * m) / (p * x + q - 1)
