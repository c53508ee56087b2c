"""First digits against Benford's law: a hint about accounts or branches, never about a customer.

Judged by the mean absolute deviation (Nigrini 2012: close to .006, acceptable to .012, marginal to
.015), not by chi-square, which calls any large extract deviant. Meaningful only where amounts span
two or more orders of magnitude and nobody prompts them.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
EXPECTED = np.log10(1 + 1 / np.arange(1, 10))
LIMITS = {"close": 0.006, "acceptable": 0.012, "marginal": 0.015}
LEAST, ORDERS = 300, 2.0


def first_digits(amounts: Array) -> Array:
    """The first significant digit of each amount, 1 to 9; 0 for zero."""
    size = np.abs(np.asarray(amounts, float))
    found = np.zeros(len(size), int)
    some = size > 0
    power = np.floor(np.log10(size[some]) + 1e-12)
    found[some] = np.clip(np.floor(size[some] / 10.0**power + 1e-9), 1, 9).astype(int)
    return found


def deviation(digits: Array) -> float:
    """Nigrini's mean absolute deviation of the shares of digits 1 to 9."""
    counts = np.bincount(digits[digits > 0], minlength=10)[1:]
    return float(np.abs(counts / max(counts.sum(), 1) - EXPECTED).mean())


def verdict(amounts: Array) -> str:
    """`close`, `acceptable`, `marginal`, `deviant`, or `unsuitable` (too few, too narrow a span)."""
    size = np.abs(np.asarray(amounts, float))
    size = size[size > 0]
    if len(size) < LEAST or np.log10(np.quantile(size, 0.99) / np.quantile(size, 0.01)) < ORDERS:
        return "unsuitable"
    mad = deviation(first_digits(size))
    return next((name for name, limit in LIMITS.items() if mad <= limit), "deviant")
