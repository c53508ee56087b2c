"""A growing list of movements, kept as plain arrays until the frame is made."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from sample_data.world import CATEGORIES, CHANNELS, KINDS, MOVEMENT, frame

KIND = {name: code for code, name in enumerate(KINDS)}
CHANNEL = {name: code for code, name in enumerate(CHANNELS)}
CATEGORY = {name: code for code, name in enumerate(CATEGORIES)}
PARTIES = 3000
DAY_SECONDS = 86_400
COLUMNS = ("customer", "account", "second", "cents", "kind", "channel", "category", "party")


@dataclass
class Draft:
    """Movements as parallel arrays; times are seconds since 1970-01-01."""

    parts: list[tuple[np.ndarray, ...]] = field(default_factory=list)

    def add(self, customer: np.ndarray, account: np.ndarray, second: np.ndarray, cents: np.ndarray,
            kind: str, channel: np.ndarray | str = "system", category: np.ndarray | str = "bank",
            party: np.ndarray | None = None) -> None:  # fmt: skip
        """Append movements of one kind; movements of nothing are left out."""
        n = len(customer)
        codes = [np.full(n, KIND[kind]), _codes(channel, CHANNEL, n), _codes(category, CATEGORY, n)]
        whom = np.full(n, -1) if party is None else party
        columns = (customer, account, second, cents, *codes, whom)
        some = np.asarray(cents) != 0
        self.parts.append(tuple(np.asarray(c)[some].astype(np.int64) for c in columns))

    def pair(self, customer: np.ndarray, source: np.ndarray, target: np.ndarray,
             second: np.ndarray, cents: np.ndarray, kind: str,
             channel: np.ndarray | str = "system", category: str = "savings") -> None:  # fmt: skip
        """Money that moves between two accounts of one customer."""
        self.add(customer, source, second, -cents, kind, channel, category)
        self.add(customer, target, second, cents, kind, channel, category)

    def column(self, name: str) -> np.ndarray:
        """One column of everything appended so far."""
        place = COLUMNS.index(name)
        return np.concatenate([part[place] for part in self.parts])

    def frame(self) -> pl.DataFrame:
        """All movements as a `MOVEMENT` frame."""
        party = self.column("party")
        names = pl.Series([f"P{i:05d}" for i in range(PARTIES)])
        place = pl.select(pl.when(pl.Series(party) >= 0).then(pl.Series(party)).cast(pl.UInt32))
        place = place.to_series()
        return frame(
            MOVEMENT, customer=self.column("customer"), account=self.column("account"),
            happened_at=pl.Series(self.column("second") * 1_000_000).cast(pl.Datetime("us")),
            cents=self.column("cents"), kind=_words("kind", KINDS, self.column("kind")),
            channel=_words("channel", CHANNELS, self.column("channel")),
            category=_words("category", CATEGORIES, self.column("category")),
            counterparty=names.gather(place))  # fmt: skip


def _codes(words: np.ndarray | str, table: dict[str, int], n: int) -> np.ndarray:
    return np.full(n, table[words]) if isinstance(words, str) else words


def _words(column: str, table: dict[str, str], codes: np.ndarray) -> pl.Series:
    return pl.Series(list(table), dtype=MOVEMENT[column]).gather(codes)
