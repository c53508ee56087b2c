"""The one egress gate: what a chart, table, download or file may show of a customer.

Real ids become keyed pseudonyms (HMAC-SHA-256 under the dataset's own secret, cut to 60 bits):
the same customer has the same pseudonym everywhere in one dataset, and nobody without the secret
can tell which customer it is, nor match two datasets. Real ids leave only through an audience
export or `real_ids`, and both are logged (`analytics.audit`).

Why 60 bits: among 10 million customers two share a pseudonym with a chance of 0.004 %.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from analytics.text import Text, UserError

ID_PREFIXES: Mapping[str, str] = {
    "customer_id": "C", "account_id": "A", "transaction_id": "T", "counterparty": "P",
    "basket_id": "B", "session_id": "S",
}  # fmt: skip
FREE_TEXT = frozenset({"text", "note", "remark", "memo"})
KEYS = frozenset({"customer_key", "account_key"})  # positions in the sorted ids: as good as ids
MASK = "•••"
MAX_CHART_ROWS = 5_000
LETTERS = 12  # of a pseudonym, five bits each
_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype="S1")
_SHIFTS = np.arange(64 - 5, 64 - 5 * (LETTERS + 1), -5, dtype=np.uint64)


class Gate:
    """Stands before everything that leaves; one per opened dataset.

    Args:
        secret: the dataset's own key.
        real_ids: let ids through as they are; the caller logs it.
        ids: gives the dataset's real customer ids, for `resolve`.
    """

    def __init__(self, secret: bytes, real_ids: bool = False,
                 ids: Callable[[], pl.Series] | None = None) -> None:  # fmt: skip
        self.secret, self.real_ids = secret, real_ids
        self._ids = ids
        self._known: tuple[np.ndarray, pl.Series] | None = None  # sorted pseudonyms, their ids

    def frame(self, df: pl.DataFrame) -> pl.DataFrame:
        """The frame as it may leave: ids as pseudonyms, keys dropped, free text masked."""
        shown = df.drop([c for c in df.columns if c in KEYS])
        if self.real_ids:
            return shown
        return shown.with_columns(
            [self._pseudonyms(shown[c], p) for c in shown.columns if (p := id_prefix(c))]
            + [_masked(shown[c]) for c in shown.columns if c in FREE_TEXT]
        )

    def pseudonym(self, customer_id: str) -> str:
        """The pseudonym of one customer, such as `C-7QK2MZ4HTA3B`."""
        series = pl.Series("customer_id", [customer_id], dtype=pl.String)
        return str(self._pseudonyms(series, "C")[0])

    def resolve(self, shown: str) -> str:
        """The real id behind a pseudonym, or behind the id itself; UserError if there is none.

        For the one-customer page and for links between pages: the answer stays on the server.
        """
        if self._ids is None:
            raise ValueError("this gate was made without the dataset's ids")
        if self._known is None:
            ids = self._ids().drop_nulls().cast(pl.String)
            codes = self._codes(ids.to_list(), "C")
            order = np.argsort(codes)
            self._known = (codes[order], ids.gather(order))
        codes, ids = self._known
        code = (
            np.array([shown.strip().upper()], dtype=f"S{LETTERS + 2}") if shown.isascii() else None
        )
        place = int(np.searchsorted(codes, code)[0]) if code is not None else len(codes)
        if code is not None and place < len(codes) and codes[place] == code[0]:
            return str(ids[place])
        if (ids == shown.strip()).any():
            return shown.strip()
        raise UserError(Text("No customer of this dataset has this id or pseudonym.",
                             "该数据集中没有此客户号或化名。"), "customer")  # fmt: skip

    def spec(self, chart: Mapping[str, Any]) -> Mapping[str, Any]:
        """The chart specification itself, if it may leave; else UserError.

        Refused are id columns in data or encodings, and more than 5,000 rows of data: a chart
        draws aggregates, and every row of its specification reaches the browser.
        """
        rows = sum(len(values) for values in _data(chart))
        names = {name for values in _data(chart) for row in values[:50] if isinstance(row, Mapping)
                 for name in row} | set(_fields(chart))  # fmt: skip
        _refuse_single_customers(names, rows)
        return chart

    def rows(self, frames: Sequence[pl.DataFrame]) -> Sequence[pl.DataFrame]:
        """The rows of a chart whose specification has passed, by the same rule."""
        names = {name for frame in frames for name in frame.columns}
        _refuse_single_customers(names, sum(frame.height for frame in frames))
        return frames

    def _pseudonyms(self, series: pl.Series, prefix: str) -> pl.Series:
        """The same column with pseudonyms; each distinct id is computed once, null stays null."""
        text = series.cast(pl.String)
        distinct = text.unique()
        if (
            distinct.len() == text.len() and not text.null_count()
        ):  # one row each: no look-up needed
            return self._texts(text, prefix).alias(series.name)
        distinct = distinct.drop_nulls()
        new = self._texts(distinct, prefix)
        return text.replace_strict(distinct, new, default=None, return_dtype=pl.String).alias(
            series.name
        )

    def _texts(self, ids: pl.Series, prefix: str) -> pl.Series:
        """Pseudonyms as a text column, made in one piece: all have the same length."""
        codes, width = self._codes(ids.to_list(), prefix), LETTERS + 2
        offsets = np.arange(0, (len(codes) + 1) * width, width, dtype=np.int64)
        buffers = pa.py_buffer(offsets), pa.py_buffer(codes)
        made = pl.from_arrow(pa.LargeStringArray.from_buffers(len(codes), *buffers))
        assert isinstance(made, pl.Series)
        return made

    def _codes(self, ids: list[str], prefix: str) -> np.ndarray:
        """Pseudonyms as an array of bytes, in the order of `ids`."""
        digests = b"".join(_hmacs(self.secret, f"{prefix}:".encode(), ids))
        bits = np.frombuffer(digests, dtype=">u8").astype(np.uint64)
        letters = _ALPHABET[((bits[:, None] >> _SHIFTS) & np.uint64(31)).astype(np.intp)]
        head = np.broadcast_to(np.array([prefix.encode(), b"-"], dtype="S1"), (len(ids), 2))
        joined = np.ascontiguousarray(np.concatenate([head, letters], axis=1))
        return joined.view(f"S{LETTERS + 2}").reshape(len(ids))


def _hmacs(secret: bytes, tag: bytes, texts: list[str]) -> Iterator[bytes]:
    """The first 8 bytes of HMAC-SHA-256(secret, tag + text) of every text.

    Why not `hmac.digest`: it prepares the key again for every text, three times as slow.
    """
    key = secret.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + tag)
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in key))
    for text in texts:
        first, second = inner.copy(), outer.copy()
        first.update(text.encode())
        second.update(first.digest())
        yield second.digest()[:8]


def id_prefix(column: str) -> str | None:
    """The letter of the pseudonyms of an id column; None if the column holds no ids.

    >>> id_prefix("customer_id"), id_prefix("partner_customer_id"), id_prefix("region")
    ('C', 'C', None)
    """
    for name, prefix in ID_PREFIXES.items():
        if column == name or column.endswith(f"_{name}"):
            return prefix
    return None


def _refuse_single_customers(names: set[str], rows: int) -> None:
    """Raise where a chart's columns tell of one customer, or its rows are too many for aggregates."""
    told = sorted(n for n in names if n in KEYS or id_prefix(n) or n in FREE_TEXT)
    if told or rows > MAX_CHART_ROWS:
        what = ", ".join(told) or f"{rows:,}"
        raise UserError(
            Text(f"This chart would show single customers ({what}); it was not drawn. A chart may hold "
                 f"at most {MAX_CHART_ROWS:,} rows of aggregates.",
                 f"该图会显示单个客户的数据（{what}），因此未绘制。图表最多含 {MAX_CHART_ROWS:,} 行汇总数据。"),
            "egress")  # fmt: skip


def _masked(series: pl.Series) -> pl.Series:
    masked = pl.Series([None if null else MASK for null in series.is_null()], dtype=pl.String)
    return masked.alias(series.name)


def _data(chart: Any) -> Iterator[list[Any]]:
    """Every list of data rows in a specification: `values` of a data source, `datasets`."""
    for node in _nodes(chart):
        data = node.get("data")
        if isinstance(data, Mapping) and isinstance(data.get("values"), list):
            yield data["values"]
        sets = node.get("datasets")
        if isinstance(sets, Mapping):
            yield from (rows for rows in sets.values() if isinstance(rows, list))


def _fields(chart: Any) -> Iterator[str]:
    for node in _nodes(chart):
        if isinstance(field := node.get("field"), str):
            yield field


def _nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
        for key, value in node.items():
            if key not in ("values", "datasets"):
                yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)


def suppress(df: pl.DataFrame, count_column: str, k: int = 10) -> pl.DataFrame:
    """Small cells blanked (null), with a second one if the total would give a single one away.

    A count in 1..k-1 becomes null. If that leaves exactly one null, the smallest remaining
    positive count becomes null too (complementary suppression). Zero stays: nobody is in it.
    Other measures of a blanked row become null with it; text columns stay.
    """
    counts = df[count_column].fill_null(0).to_list()
    blank = {i for i, n in enumerate(counts) if 0 < n < k}
    rest = [(n, i) for i, n in enumerate(counts) if n > 0 and i not in blank]
    if len(blank) == 1 and rest:
        blank.add(min(rest)[1])
    keep = pl.Series([i not in blank for i in range(df.height)], dtype=pl.Boolean)
    numbers = [c for c in df.columns if df[c].dtype.is_numeric()]
    return df.with_columns(pl.when(keep).then(pl.col(c)).otherwise(None).alias(c) for c in numbers)


def scrub(error: BaseException) -> str:
    """What a log may say of an error: its type, and our own words if it is a UserError.

    Other messages are never passed on: the database and the frame library quote rows in theirs.
    """
    if isinstance(error, UserError):
        return f"{error.code}: {error.text.en}"
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def holds_any(chart: Mapping[str, Any], values: set[str]) -> bool:
    """Whether a specification holds one of these texts anywhere; for tests with planted ids."""
    written = json.dumps(chart, ensure_ascii=False, default=str)
    return any(json.dumps(value, ensure_ascii=False)[1:-1] in written for value in values)
