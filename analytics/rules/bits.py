"""Rows of bits for a few items, to count given sets in any part of the baskets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.itemsets import Baskets
from analytics.ragged import Array

CHUNK_WORDS = 1 << 17  # 1 MiB of rows at a time stays in the processor's cache


class Bits:
    """One packed row of baskets for each of the items that are asked about."""

    def __init__(self, baskets: Baskets, items: Array) -> None:
        self.n = baskets.n
        self.words = -(-baskets.n // 64)
        items = np.unique(items[items >= 0])
        self._place = np.full(baskets.n_items + 1, len(items))  # -1 is the row that is always full
        self._place[items] = np.arange(len(items))
        self._rows = np.vstack([baskets.packed(items), self.pack(np.ones(baskets.n, bool))])

    def pack(self, chosen: Array) -> Array:
        """A bool mask over the baskets as a packed row."""
        padded = np.zeros(self.words * 64, bool)
        padded[: self.n] = chosen
        return np.packbits(padded).view(np.uint64)

    def rows(self, sets: Array) -> Array:
        """Packed rows of the baskets that hold each set (item codes padded with -1)."""
        places = self._place[sets]
        found: Array = self._rows[places[:, 0]]
        for column in range(1, places.shape[1]):
            found = found & self._rows[places[:, column]]
        return found

    def count(self, sets: Array, within: Array | None = None) -> Array:
        """Baskets that hold each set, of those in the packed mask `within`."""
        step = max(1, CHUNK_WORDS // max(self.words, 1))
        parts = [np.zeros(0, np.int64)]
        for first in range(0, len(sets), step):
            rows = self.rows(sets[first : first + step])
            rows = rows if within is None else rows & within
            parts.append(np.bitwise_count(rows).sum(axis=1, dtype=np.int64))
        return np.concatenate(parts)

    def held(self, one: Array) -> Array:
        """Whether each basket holds the set, bool (n,)."""
        return self.unpack(self.rows(np.asarray(one)[None, :])[0])

    def unpack(self, row: Array) -> Array:
        """A packed row as a bool mask over the baskets, (n,)."""
        return np.unpackbits(row.view(np.uint8), count=self.n).view(bool)

    def places(self, row: Array) -> Array:
        """The baskets of a packed row, ascending; only words that hold any are looked into."""
        words = np.flatnonzero(row)
        inside = np.flatnonzero(np.unpackbits(row[words].view(np.uint8)))
        return words[inside >> 6] * 64 + (inside & 63)

    def claims(self, antecedents: Array, consequents: Array, order: Array, free: Array,
               most: int | None = None) -> Iterator[tuple[int, Array]]:  # fmt: skip
        """Rules in `order` claim the baskets that fit them: (rule, baskets), where there are any.

        A basket fits that is `free`, holds the antecedent, lacks an item of the consequent, was not
        claimed for this consequent by an earlier rule, and has fewer than `most` claims.

        Args:
            antecedents: item codes padded with -1, one row a rule.
            consequents: the same of the other side.
            order: rows of the rules, the best first.
            free: baskets that may be claimed, bool (n,).
            most: claims of one basket; None for any number.
        """
        targets, target = np.unique(consequents, axis=0, return_inverse=True)
        left = self.pack(free)  # baskets that may still be claimed
        closed = self.rows(targets)
        claimed = np.zeros((most or 0, self.words), np.uint64)  # row j: j + 1 claims or more
        for rule in order:
            row = self.rows(antecedents[rule : rule + 1])[0] & left & ~closed[target[rule]]
            if not row.any():
                continue
            closed[target[rule]] |= row
            claimed[1:] |= claimed[:-1] & row
            claimed[:1] |= row
            yield int(rule), self.places(row)
            if most:
                left &= ~claimed[-1]
                if not left.any():
                    return


def bits_of(baskets: Baskets, *sides: Array) -> Bits:
    """Rows for the items of these rules' sides (codes padded with -1)."""
    return Bits(baskets, np.concatenate([side.ravel() for side in sides]))
