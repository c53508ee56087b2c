"""The second engine: mlxtend's miners behind the same door, to check the first against."""

from __future__ import annotations

import numpy as np
import pandas as pd
from mlxtend.frequent_patterns import fpgrowth, hmine

from analytics.itemsets import Baskets
from analytics.ragged import Found, Ragged
from analytics.text import NO_TEXT

MINERS = {"hmine": hmine, "fpgrowth": fpgrowth}


def mlxtend_sets(baskets: Baskets, least: int, max_length: int | None, engine: str) -> Ragged:
    """The itemsets held by at least `least` baskets, in the order of the first engine.

    The threshold handed over lies half a basket lower, because mlxtend compares floats.
    """
    found = Found(None, NO_TEXT)
    table = np.zeros((baskets.n, baskets.n_items), bool)
    table[baskets.basket, baskets.item] = True
    if table.any():
        frame = pd.DataFrame(table)
        sets = MINERS[engine](frame, min_support=(least - 0.5) / baskets.n, max_len=max_length)
        for length, some in sets.groupby(sets["itemsets"].map(len)):
            codes = np.array([sorted(one) for one in some["itemsets"]], np.int64)
            counts = np.rint(some["support"].to_numpy(float) * baskets.n).astype(np.int64)
            found.add(codes.reshape(-1, int(str(length))), counts)
    return found.sorted()
