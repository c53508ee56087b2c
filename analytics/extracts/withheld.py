"""A comparison as it may leave in a file: small groups, then and now, blanked beyond recovery.

Each table of each analysis is a list of parts of a whole, once per extract; both go through the rule of
stories (`story.withhold`), and a row that is small on either side goes as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from analytics.extracts.compare import Compared
from analytics.story.counts import measures
from analytics.story.sentences import safe_texts
from analytics.story.withhold import safe_table
from analytics.text import Text

PLACE = ("analysis", "table", "basis")
SIDES = (("part_before", "whole_before"), ("part_now", "whole_now"))


def withheld(found: Compared, k: int) -> Compared:
    """The same comparison without groups of fewer than `k` customers, and what would give them back."""
    return replace(found, moves=safe_shares(found.moves, k), means=safe_means(found.means, k),
                   headlines={key: _safe(pair, k) for key, pair in found.headlines.items()})  # fmt: skip


def safe_shares(moves: pl.DataFrame, k: int) -> pl.DataFrame:
    """Shares with every number of a small or telling row blanked; rows keep their order."""
    if moves.is_empty():
        return moves
    gone = np.zeros(moves.height, dtype=bool)
    for _, rows in moves.with_row_index("_at").group_by(PLACE, maintain_order=True):
        keys = _keys(rows["row"])
        for part, whole in SIDES:
            side = keys.with_columns(rows[part].alias("customers"), rows[whole].alias("whole"))
            blank = safe_table({"side": side}, "side", k)["customers"].is_null()
            gone[rows["_at"].filter(blank & rows[part].is_not_null()).to_numpy()] = True
    return _blanked(moves, gone)


def safe_means(means: pl.DataFrame, k: int) -> pl.DataFrame:
    """Means of fewer than `k` customers blanked."""
    if means.is_empty():
        return means
    return _blanked(means, means["customers"].is_between(1, k - 1).to_numpy())


def _safe(pair: tuple[Text, Text], k: int) -> tuple[Text, Text]:
    before, now = safe_texts(pair, k)
    return before, now


def _keys(rows: pl.Series) -> pl.DataFrame:
    """What tells the rows apart as columns again: `r=5, f=1` has a subtotal per r and one per f."""
    parts: list[Mapping[str, str]] = [dict(_pair(one) for one in row.split(", ")) for row in rows]
    names = list(parts[0])
    if any(list(one) != names for one in parts):
        return pl.DataFrame({"row": rows})
    return pl.DataFrame({f"key_{n}": [one[n] for one in parts] for n in names})


def _pair(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def _blanked(frame: pl.DataFrame, gone: np.ndarray) -> pl.DataFrame:
    """Every number of these rows is blank; what moved stays told."""
    keep = pl.Series("_keep", ~gone)
    return frame.with_columns(
        pl.when(keep).then(pl.col(c)).otherwise(None).alias(c) for c in measures(frame)
    )
