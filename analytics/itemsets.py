"""Frequent itemsets by packed bits: which items occur together in at least `min_count` baskets.

An item is a row of bits, one bit a basket; the support of a set is the number of ones in the AND of
its rows (vertical mining; Zaki 2000, "Scalable algorithms for association mining", IEEE TKDE 12).

Why depth-first over the rarest item first: the baskets that hold it are few, so every row below it
shrinks to support/64 words, and the frequent items are joined only inside those short rows. All
joins of a level run as one AND over two gathered matrices, cut into pieces of at most 64 MiB.
Why an integer threshold: a float support of 8/10 may compare below .8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.ragged import Array, Found, Ragged
from analytics.text import Text

CHUNK_BYTES = 64 << 20
WIDE_WORDS = 2048  # rows of this many words are joined one by one
KEPT_BYTES = 32 << 20  # packed rows of all items up to this size are kept beside the baskets
TOO_MANY = Text(
    "More than {limit} itemsets: raise the support or lower the length.",
    "频繁项集超过 {limit} 个：请提高支持度或降低最大长度。",
)


@dataclass(frozen=True, eq=False)
class Baskets:
    """Distinct (basket, item) pairs, sorted by basket; codes are 0-based. Equal only to itself.

    Args:
        basket: basket of each pair, shape (pairs,).
        item: item of each pair, shape (pairs,).
        n: baskets in all, empty ones included: the denominator of every support.
        n_items: items in all.
    """

    basket: Array
    item: Array
    n: int
    n_items: int

    @classmethod
    def of(cls, basket: Array, item: Array, n: int, n_items: int) -> Baskets:
        """Sort and remove repeats: a basket holds an item or it does not.

        Why not `np.unique`: it hashes before it sorts, at four times the cost.
        """
        pair = np.asarray(basket, np.int64) * max(n_items, 1) + item
        if (pair[1:] > pair[:-1]).all():
            return cls(np.asarray(basket, np.int64), np.asarray(item, np.int64), n, n_items)
        pair.sort()
        pair = pair[np.append(True, pair[1:] > pair[:-1])]
        basket = pair // max(n_items, 1)
        return cls(basket, pair - basket * max(n_items, 1), n, n_items)

    def packed(self, items: Array) -> Array:
        """A row of bits over the baskets for each of these items, in words of 64: (items, words)."""
        words = -(-self.n // 64)
        return self._rows[items] if 8 * words * self.n_items <= KEPT_BYTES else self._pack(items)

    @cached_property
    def _rows(self) -> Array:
        """The rows of all items: kept where they are small, so that a slider does not pack them again."""
        return self._pack(np.arange(self.n_items))

    def _pack(self, items: Array) -> Array:
        words = -(-self.n // 64)
        packed = np.zeros((len(items), words), np.uint64)
        place = np.full(self.n_items, -1)
        place[items] = np.arange(len(items))
        row = place[self.item]
        step = max(1, CHUNK_BYTES // (64 * max(words, 1)))
        for first in range(0, len(items), step):
            bits = np.zeros((min(step, len(items) - first), words * 64), np.bool_)
            held = (row >= first) & (row < first + step)
            bits[row[held] - first, self.basket[held]] = True
            packed[first : first + step] = np.packbits(bits, axis=1).view(np.uint64)
        return packed


def mine(baskets: Baskets, min_count: int, max_length: int | None = None,
         max_itemsets: int | None = None) -> Ragged:  # fmt: skip
    """All sets of at most `max_length` items held by at least `min_count` baskets.

    Args:
        baskets: who holds what.
        min_count: smallest count that is frequent, at least 1.
        max_length: most items in a set; None for no limit.
        max_itemsets: refuse to go on past this many, naming what to change.

    Returns: the sets, longest last, more frequent ones first within a length.
    """
    limit = max_length or baskets.n_items
    counts = np.bincount(baskets.item, minlength=baskets.n_items)
    frequent = np.flatnonzero(counts >= max(min_count, 1))
    order = frequent[np.argsort(counts[frequent], kind="stable")]  # rarest first
    found = Found(max_itemsets, TOO_MANY)
    found.add(order[:, None], counts[order])
    if _dense(baskets, counts[order]):
        _grow(found, order[:, None], baskets.packed(order), max(min_count, 1), limit)
    elif limit > 1:
        for first, pairs in _conditional(baskets, order):
            _grow_conditional(found, order, first, pairs, max(min_count, 1), limit)
    return found.sorted()


def _dense(baskets: Baskets, counts: Array) -> bool:
    """Whether whole rows beat shortened ones: few items that many baskets hold."""
    return len(counts) <= 64 and counts.sum() >= 0.1 * baskets.n * len(counts)


def _conditional(baskets: Baskets, order: Array) -> Iterator[tuple[int, tuple[Array, Array]]]:
    """For each item by rank: the later items' bit rows over the baskets that hold it."""
    rank = np.full(baskets.n_items, -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    keep = rank[baskets.item] >= 0
    basket, ranks = baskets.basket[keep], rank[baskets.item[keep]]
    by_basket = np.lexsort((ranks, basket))
    basket, ranks = basket[by_basket], ranks[by_basket]
    ends = np.searchsorted(basket, basket, side="right")  # end of each pair's basket
    by_rank = np.argsort(ranks, kind="stable")
    starts = np.searchsorted(ranks[by_rank], np.arange(len(order) + 1))
    for first in range(len(order) - 1):
        own = by_rank[starts[first] : starts[first + 1]]
        yield first, _rows(ranks, own + 1, ends[own])


def _rows(ranks: Array, begin: Array, end: Array) -> tuple[Array, Array]:
    """(rank, column) pairs of the items that follow in each of the baskets given by slices."""
    sizes = end - begin
    column = np.repeat(np.arange(len(begin)), sizes)
    offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return ranks[np.repeat(begin, sizes) + offset], column


def _pack(ranks: Array, column: Array, width: int, min_count: int) -> tuple[Array, Array, Array]:
    """Ranks frequent below the first item, their counts, and their packed rows."""
    counts = np.bincount(ranks) if len(ranks) else np.zeros(0, np.int64)
    kept = np.flatnonzero(counts >= min_count)
    place = np.full(len(counts), -1, np.int64)
    place[kept] = np.arange(len(kept))
    row = place[ranks]
    words = -(-width // 64)
    bits = np.zeros((len(kept), words * 64), np.bool_)
    inside = row >= 0
    bits[row[inside], column[inside]] = True
    return kept, counts[kept], np.packbits(bits, axis=1).view(np.uint64)


def _grow_conditional(found: Found, order: Array, first: int, pairs: tuple[Array, Array],
                      min_count: int, limit: int) -> None:  # fmt: skip
    width = int(pairs[1][-1]) + 1 if len(pairs[1]) else 0
    kept, counts, rows = _pack(*pairs, width, min_count)
    if not len(kept):
        return
    head = np.full((len(kept), 1), order[first])
    sets = np.hstack([head, order[kept][:, None]])
    found.add(np.sort(sets, axis=1), counts)
    _grow(found, sets, rows, min_count, limit)


def _grow(found: Found, sets: Array, rows: Array, min_count: int, limit: int) -> None:
    """Join the sets of one class (equal but for the last item) until nothing is frequent."""
    stack = [(sets, np.zeros(len(sets), np.int64), rows)] if sets.shape[1] < limit else []
    while stack:
        sets, group, rows = stack.pop()
        for left, right, joint in _joined(group, rows):
            counts = np.bitwise_count(joint).sum(axis=1, dtype=np.int64)
            good = counts >= min_count
            if not good.any():
                continue
            left, right = left[good], right[good]
            longer = np.hstack([sets[left], sets[right, -1:]])
            found.add(np.sort(longer, axis=1), counts[good])
            if longer.shape[1] < limit:
                stack.append((longer, left, joint[good]))


def _joined(group: Array, rows: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Pairs (left, right) of rows of the same group with their AND.

    Why wide rows go one left at a time: the partners are a slice, so nothing is gathered, and one
    piece stays in the processor's cache.
    """
    if rows.shape[1] < WIDE_WORDS:
        for left, right in _joins(group, rows.shape[1]):
            joint = rows[left]
            joint &= rows[right]
            yield left, right, joint
        return
    ends = np.searchsorted(group, group, side="right")
    for one in np.flatnonzero(ends > np.arange(len(group)) + 1):
        right = np.arange(one + 1, ends[one])
        yield np.full(len(right), one), right, rows[one] & rows[one + 1 : ends[one]]


def _joins(group: Array, words: int) -> Iterator[tuple[Array, Array]]:
    """Pairs (left, right) of rows of the same group, left before right, in bounded pieces.

    `group` is non-decreasing: rows that share all but their last item stand together.
    """
    ends = np.searchsorted(group, group, side="right")
    partners = ends - np.arange(len(group)) - 1
    per_chunk = max(1, CHUNK_BYTES // (24 * max(words, 1)))
    cumulative = np.cumsum(partners)
    begin = 0
    while begin < len(group):
        base = cumulative[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(cumulative, base + per_chunk, side="right")))
        sizes = partners[begin:end]
        left = np.repeat(np.arange(begin, end), sizes)
        step = np.arange(len(left)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        if len(left):
            yield left, left + 1 + step
        begin = end
