"""Positions of separators and quotes of one block of bytes, cut into regular stretches of records."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analytics.ingest.records import Dialect, Record

LF, CR = 10, 13
Cut = tuple[int, int, bytes]  # bytes [start, end) of the file are replaced by these


@dataclass
class Block:
    """The account of the records that begin in one block; `lines` is relative to its first line."""

    start: int
    end: int
    line_count: int = 0
    clean: int = 0
    quoted: int = 0
    loose: int = 0
    aside: list[tuple[Record, str, bytes]] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    lines: np.ndarray | None = None  # of clean records, None when they are 0, 1, 2, ...
    lf: int = 0
    crlf: int = 0
    bare_cr: int = 0
    inner_breaks: int = 0
    last: list[tuple[int, int]] = field(default_factory=list)  # (offset, line) of the last records


@dataclass
class FastScan:
    """What the body needs: cuts in file order, the line of every clean record, line ends met."""

    cuts: list[Cut]
    lines: np.ndarray | None
    mixed_ends: bool
    inner_breaks: bool


class Rows:
    """Positions of separators and quotes of one block, cut into regular stretches of records."""

    def __init__(self, pos: np.ndarray, ends: np.ndarray, is_quote: np.ndarray,
                 line_before: np.ndarray, arr: np.ndarray, d: Dialect, size: int) -> None:  # fmt: skip
        self.pos, self.ends, self.size, self.line_before = pos, ends, size, line_before
        self.is_quote = is_quote
        self.quotes = pos[is_quote]
        self.quote_before = np.cumsum(is_quote) - is_quote  # quotes before each position
        self.faults = self._faults(arr, d)

    def _opened(self, opens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Quoted fields before each quote if the even quotes open fields, and if the odd ones do."""
        even = np.arange(len(opens)) % 2 == 0
        return (np.concatenate(([0], np.cumsum(opens & even))),
                np.concatenate(([0], np.cumsum(opens & ~even))))  # fmt: skip

    def _faults(self, arr: np.ndarray, d: Dialect) -> tuple[np.ndarray, np.ndarray]:
        """Irregular quotes if the even ones open a field, and if the odd ones do."""
        q = self.quotes
        if not len(q):
            self.opened = self._opened(np.zeros(0, bool))
            return q, q
        apart = np.array([d.delimiter[0], LF, CR], np.uint8)
        before = np.where(q > 0, arr[q - 1], LF)
        after = arr[np.minimum(q + 1, len(arr) - 1)]
        after = np.where(q + 1 < len(arr), after, 0)
        twin = np.zeros(len(q) + 1, bool)
        twin[1:-1] = np.diff(q) == 1
        opens = np.isin(before, apart)
        self.opened = self._opened(opens)
        opens = opens | twin[:-1]
        closes = np.isin(after, apart) | twin[1:]
        even = np.arange(len(q)) % 2 == 0
        return (np.flatnonzero(~np.where(even, opens, closes)),
                np.flatnonzero(~np.where(even, closes, opens)))  # fmt: skip

    def line_of(self, offset: int) -> int:
        """Line ends before an offset of the block."""
        return int(self.line_before[np.searchsorted(self.pos, offset)])

    def lines_of(self, starts: np.ndarray) -> np.ndarray:
        """The same for the starts of records."""
        return self.line_before[np.searchsorted(self.pos, starts)]

    def quoted_fields(self, starts: np.ndarray, stops: np.ndarray) -> int:
        """Quoted fields in regular records of one stretch."""
        if not len(starts) or not len(self.quotes):
            return 0
        first, last = np.searchsorted(self.quotes, starts), np.searchsorted(self.quotes, stops)
        opened = self.opened[int(first[0]) % 2]
        return int((opened[last] - opened[first]).sum())

    def inner_breaks(self, starts: np.ndarray, stops: np.ndarray) -> int:
        """Line ends that lie within records."""
        total = self.line_of(int(stops[-1])) - self.line_of(int(starts[0]))
        return total - (len(starts) - 1)

    def segment(self, at: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """(starts, stops, fields) of the regular records from `at`, and where the next one begins.

        The next one is irregular, or cut off by the end of the block, or the end itself.
        """
        base = int(np.searchsorted(self.quotes, at))
        faults = self.faults[base % 2]
        i = int(np.searchsorted(faults, base))
        fault = int(self.quotes[faults[i]]) if i < len(faults) else self.size
        lo, hi = np.searchsorted(self.pos, (at, fault))
        outside = ~self.is_quote[lo:hi] & ((self.quote_before[lo:hi] - base) % 2 == 0)
        pos, ends = self.pos[lo:hi][outside], self.ends[lo:hi][outside]
        last = np.flatnonzero(ends)
        if not len(last):
            return pos[:0], pos[:0], pos[:0], at
        stops = pos[last]
        starts = np.concatenate(([at], stops[:-1] + 1))
        return starts, stops, np.diff(last, prepend=-1), int(stops[-1]) + 1
