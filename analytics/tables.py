"""The tables of a result by name, each made when it is first asked for.

Why: a page shows one table at a time, and sorting a hundred thousand customers for a table that is
folded away would be paid at every move of a slider.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import polars as pl


class Tables(Mapping[str, pl.DataFrame]):
    """Frames by name in a fixed order; looks like the dict of them.

    >>> tables = Tables({"one": lambda: pl.DataFrame({"n": [1]})})
    >>> list(tables), tables["one"].height
    (['one'], 1)

    Args:
        makers: what makes each frame; asked once.
    """

    def __init__(self, makers: Mapping[str, Callable[[], pl.DataFrame]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers  # the mapping's own would make the table to see

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def some(self, names: Sequence[str]) -> Tables:
        """Only these, still made once and when asked for."""
        return Tables({name: partial(self.__getitem__, name) for name in names})
