"""Which columns of a result's table count people, which tell its rows apart, and what is nested.

Safe by default: a whole-number column counts people unless it is named here as something else, so a
new analysis is covered before anybody thinks of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import polars as pl

from analytics.privacy import id_prefix

# Whole numbers that are places, scores or settings, and never a count of anything in the data.
ORDINALS = frozenset({
    "r", "f", "m", "score", "bin", "step", "period", "weeks", "acts", "k", "hidden", "horizon",
    "place", "rank", "digit", "tenth", "day", "day_of_month", "months_ahead", "length", "order",
    "class", "group_number", "rule", "parameters", "copies", "contacts", "ribbon", "x", "y",
    "left", "right", "tests", "rules", "repeats_from", "strength", "cohort_number", "year",
})  # fmt: skip
# Counts of things of which one customer may have many: no count of people is a part of them.
EVENTS = frozenset({
    "steps", "visits", "movements", "cases", "incidents", "accounts", "spells", "silences", "flags",
    "customer_months", "from_customer_months", "events", "sequences",
})  # fmt: skip
# Counts that only fall (or only rise) down the rows: neighbours differ by people, too.
CUMULATIVE: Mapping[str, tuple[str, ...]] = {
    "funnel": ("customers", "sequences"), "curve": ("at_risk",), "group_curves": ("at_risk",),
    "threshold": ("flagged_now", "judged", "false_alarms"), "gains": ("flagged",),
}  # fmt: skip
WORDS = ("rule_sql", "rule", "definition", "reason", "title", "name", "unit", "action", "driver")


def is_single(frame: pl.DataFrame) -> bool:
    """Whether the rows stand for single customers, accounts or transactions."""
    return any(id_prefix(name) for name in frame.columns)


def count_columns(frame: pl.DataFrame) -> list[str]:
    """The columns that count, `customers` first."""
    found = [c for c, kind in frame.schema.items() if kind.is_integer() and not is_ordinal(c)]
    return sorted(found, key=lambda c: c != "customers")


def key_columns(frame: pl.DataFrame) -> list[str]:
    """The fewest columns that tell the rows apart, in the frame's order."""
    kinds = (pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Boolean)
    keys = [c for c, kind in frame.schema.items()
            if (kind in kinds or (kind.is_numeric() and is_ordinal(c)) or c.startswith("from_") or c.endswith("_from"))
            and not c.endswith(("_zh", "_sql"))]  # fmt: skip
    apart = frame.select(keys).n_unique() if keys else 0
    for one in sorted(
        keys, key=lambda c: (frame[c].dtype != pl.Boolean, c not in WORDS, -keys.index(c))
    ):
        rest = [c for c in keys if c != one]
        if rest and frame.select(rest).n_unique() == apart:
            keys = rest
    return keys


def measures(frame: pl.DataFrame) -> list[str]:
    """Every number that is not a key: what is blanked in a withheld row."""
    keys = key_columns(frame)
    return [c for c, kind in frame.schema.items() if kind.is_numeric() and c not in keys]


def nested(frame: pl.DataFrame) -> list[tuple[str, str]]:
    """Pairs (part, whole) of counts of people: the difference counts people as well.

    Taken from the data: a count that nowhere exceeds another may be a part of it.
    """
    people = [c for c in count_columns(frame) if c not in EVENTS]
    pairs = [
        (a, b) for one, other in combinations(people, 2) for a, b in ((one, other), (other, one))
    ]
    return [(a, b) for a, b in pairs if (frame[a] <= frame[b]).fill_null(True).all()]


def is_ordinal(name: str) -> bool:
    """Whether a whole number is a place, a score or a setting."""
    return name in ORDINALS or name.endswith(("_days", "_number", "_place"))
