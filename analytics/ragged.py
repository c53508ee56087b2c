"""What the miners return: many short lists of item codes with a count each, in flat arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.text import Text, UserError

Array = np.ndarray


@dataclass(frozen=True)
class Ragged:
    """List p is `items[starts[p]:starts[p + 1]]`, held by `counts[p]` baskets or sequences.

    Shorter lists come first, within a length the more frequent, then by item code.
    """

    items: Array
    starts: Array
    counts: Array

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def lengths(self) -> Array:
        """Items per list."""
        return np.diff(self.starts)

    def take(self, kept: Array) -> Ragged:
        """Only the lists where `kept` (bool) is true, in the same order."""
        sizes = self.lengths
        starts = np.concatenate([[0], np.cumsum(sizes[kept])])
        return Ragged(self.items[np.repeat(kept, sizes)], starts, self.counts[kept])

    def as_dict(self) -> dict[tuple[int, ...], int]:
        """Lists as tuples of item codes, with their counts."""
        parts = np.split(self.items, self.starts[1:-1]) if len(self) else []
        return {tuple(p.tolist()): int(c) for p, c in zip(parts, self.counts, strict=True)}


class Found:
    """Collects lists of equal length block by block and refuses an explosion."""

    def __init__(self, limit: int | None, refusal: Text) -> None:
        self.parts: list[tuple[Array, Array]] = []
        self.total, self.limit, self.refusal = 0, limit, refusal

    def add(self, lists: Array, counts: Array) -> None:
        """Add lists of shape (lists, length) with their counts."""
        self.parts.append((lists, counts))
        self.total += len(counts)
        if self.limit is not None and self.total > self.limit:
            raise UserError(self.refusal.fill(limit=f"{self.limit:,}"), "explosion")

    def sorted(self) -> Ragged:
        """Everything collected, in the order `Ragged` promises."""
        by_length: dict[int, list[tuple[Array, Array]]] = {}
        for lists, counts in self.parts:
            by_length.setdefault(lists.shape[1], []).append((lists, counts))
        none = np.zeros(0, np.int64)
        items, lengths, supports = [none], [none], [none]
        for length in sorted(by_length):
            lists = np.concatenate([one for one, _ in by_length[length]])
            counts = np.concatenate([one for _, one in by_length[length]])
            order = np.lexsort((*_packed(lists)[::-1], -counts))
            items.append(lists[order].ravel())
            supports.append(counts[order])
            lengths.append(np.full(len(counts), length))
        starts = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
        return Ragged(np.concatenate(items), starts, np.concatenate(supports))


def _packed(lists: Array) -> list[Array]:
    """Integers that sort as the rows of `lists` (codes from 0) do: as many codes in each as 63 bits hold."""
    bits = max(int(lists.max(initial=0)).bit_length(), 1)
    per_key, keys = 63 // bits, []
    for begin in range(0, lists.shape[1], per_key):
        key = np.zeros(len(lists), np.int64)
        for column in lists[:, begin : begin + per_key].T:
            key = key << bits | column
        keys.append(key)
    return keys
