"""First digits of amounts, counted so that any group or account can be held against Benford's law.

Counted per customer, order of magnitude and digit; a group's deviation and its span follow from the
sums. A hint about an account, a branch or the extract, never about a customer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from analytics.anomalies.benford import EXPECTED, LEAST, LIMITS, ORDERS, first_digits
from analytics.anomalies.ledger import BLOCK, Ledger
from analytics.dataset import Scope
from analytics.text import Text

CONFORMITY = {
    "close": Text("Close", "高度吻合"), "acceptable": Text("Acceptable", "基本吻合"),
    "marginal": Text("Marginal", "勉强吻合"), "deviant": Text("Not conforming", "不吻合"),
    "unsuitable": Text("Not suited: too few amounts or too narrow a range", "不适用：笔数过少或金额跨度过小"),
}  # fmt: skip
TOP_ORDER, OUTER = 9, 0.01
MOST_ACCOUNTS = 50
COLUMNS = ["movements", "deviation", "conformity"]


def _codes(amounts: np.ndarray) -> np.ndarray:
    """Ten times the order of magnitude plus the first digit; block by block, to save memory."""
    found = np.zeros(len(amounts), np.int8)
    for begin in range(0, len(amounts), BLOCK):
        part = amounts[begin : begin + BLOCK]
        order = np.floor(np.log10(np.maximum(np.abs(part), 1e-9)) + 1e-12)
        found[begin : begin + BLOCK] = np.clip(order, 0, TOP_ORDER) * 10 + first_digits(part)
    return found


def counted(book: Ledger) -> pl.DataFrame:
    """customer_key, magnitude, digit, movements."""
    pairs = np.bincount(book.place.astype(np.int64) * 100 + _codes(book.amount),
                        minlength=100 * len(book.keys))  # fmt: skip
    return _frame(pairs, book.keys, "customer_key")


def counted_accounts(book: Ledger) -> pl.DataFrame:
    """account_key, magnitude, digit, movements of the accounts with movements enough."""
    many = np.flatnonzero(np.bincount(np.maximum(book.account, -1) + 1)[1:] >= LEAST) if len(
        book.account) else np.zeros(0, int)  # fmt: skip
    at = np.flatnonzero(np.isin(book.account, many)) if len(many) else np.zeros(0, int)
    place = np.searchsorted(many, book.account[at]).astype(np.int64)
    pairs = np.bincount(place * 100 + _codes(book.amount[at]), minlength=100 * len(many))
    return _frame(pairs, many, "account_key")


def _frame(pairs: np.ndarray, keys: np.ndarray, name: str) -> pl.DataFrame:
    at = np.flatnonzero(pairs)
    return pl.DataFrame({
        name: keys[at // 100].astype(np.int32), "magnitude": (at // 10 % 10).astype(np.int64),
        "digit": (at % 10).astype(np.int64), "movements": pairs[at].astype(np.int64)})  # fmt: skip


def shares(frame: pl.DataFrame) -> pl.DataFrame:
    """Share of every first digit beside Benford's: digit, movements, share, expected_share."""
    found = (
        frame.filter(pl.col("digit") > 0)
        .group_by("digit")
        .agg(pl.col("movements").sum())
        .sort("digit")
    )
    expected = pl.DataFrame({"digit": np.arange(1, 10), "expected_share": EXPECTED})
    return found.with_columns(share=pl.col("movements") / pl.col("movements").sum()).join(
        expected, on="digit", how="left", maintain_order="left")  # fmt: skip


def judged(frame: pl.DataFrame, by: str) -> pl.DataFrame:
    """Per value of `by`: movements, deviation (MAD), conformity; the least conforming first.

    Suited are holders of at least 300 amounts that span two orders of magnitude without the outer
    percent on either side; only these have a deviation.
    """
    rows = []
    for (name,), part in frame.filter(pl.col("digit") > 0).group_by(by):
        digits = np.bincount(part["digit"], weights=part["movements"], minlength=10)[1:]
        orders = np.cumsum(np.bincount(part["magnitude"], weights=part["movements"]))
        n = int(digits.sum())
        low, high = np.searchsorted(orders, [OUTER * n, (1 - OUTER) * n])
        suited = n >= LEAST and high - low >= ORDERS
        mad = float(np.abs(digits / max(n, 1) - EXPECTED).mean())
        said = next((k for k, limit in LIMITS.items() if mad <= limit), "deviant")
        rows.append((name, n, mad if suited else None, said if suited else "unsuitable"))
    schema: dict[str, Any] = {
        by: frame.schema[by],
        "movements": pl.Int64,
        "deviation": pl.Float64,
        "conformity": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort(
        "deviation", "movements", by, descending=[True, True, False], nulls_last=True)  # fmt: skip


def accounts(scope: Scope, frame: pl.DataFrame) -> pl.DataFrame:
    """The accounts that conform least: account_id, customer_id, movements, deviation, conformity."""
    worst = judged(frame, "account_key").drop_nulls("deviation").head(MOST_ACCOUNTS)
    named = scope.query("""
        SELECT a.account_key, a.account_id, c.customer_id FROM accounts a JOIN customers c USING (customer_key)
        WHERE list_contains($keys, a.account_key)""", step="names of accounts",
        keys=worst["account_key"].to_list())  # fmt: skip
    return worst.join(
        named.cast({"account_key": pl.Int32}), on="account_key", maintain_order="left"
    ).select("account_id", "customer_id", *COLUMNS)
