"""Two extracts side by side: which shares moved in every analysis, and by more than chance.

Definition. Every table of a result that counts customers (or accounts) as a part of a known whole is
read as shares: part / whole. The same row of the earlier and the later extract gives a difference with
Newcombe's interval and Fisher's exact p; over all rows of all analyses compared together p is adjusted
by Holm, so that at most 5 % of such comparisons would show any move where nothing moved.

Why this errs on the quiet side: most customers are in both extracts, and the same people vary less
than two independent samples, which the test takes them for. What it calls moved has moved.

Where the rows of a table part all customers, a row that only one extract has is nobody in the other;
rows of a list of the best (rules, patterns) are compared where both have them. Groups found by fitting (clusters, hidden
states) have no identity across extracts and are left out; their headlines stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.dataset import EVERYBODY, Dataset, Population
from analytics.params import Params
from analytics.run import Run, run_analysis
from analytics.statistics import fisher_two_sided, holm, newcombe
from analytics.story.counts import is_single, key_columns
from analytics.text import Text, UserError

PAIRS = (("retained", "customers"), ("count", "antecedent_count"), ("customers", "group_customers"))
FITTED = frozenset({"segments", "hmm"})
MOST_ROWS = 400  # of a table; a longer list is a distribution, not a set of shares
LEVEL = 0.05
MISSING = Text("{title}: {why}", "{title}：{why}")
_SHARE_ERROR = 1e-6
COLUMNS = ("analysis", "table", "row", "part_before", "whole_before", "part_now", "whole_now", "share_before",
           "share_now", "difference", "low", "high", "p", "p_adjusted", "moved")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two extracts, analysis by analysis.

    Args:
        moves: one row per share, those that moved most first: analysis, table, row (its keys),
            part_before, whole_before, part_now, whole_now, share_before, share_now, difference, low,
            high, p, p_adjusted, moved.
        headlines: analysis -> its first sentence then and now.
        refused: analysis -> why it could not be compared.
    """

    moves: pl.DataFrame
    headlines: Mapping[str, tuple[Text, Text]]
    refused: Mapping[str, Text]

    @property
    def moved(self) -> pl.DataFrame:
        """The shares that moved by more than chance."""
        return self.moves.filter(pl.col("moved"))


def compare(then: Dataset, now: Dataset, keys: Sequence[str], params: Mapping[str, Params] | None = None,
            population: Population = EVERYBODY, step: Callable[[str], None] = lambda key: None
            ) -> Compared:  # fmt: skip
    """Run every analysis on both extracts, each up to its own last day, and compare the shares.

    Args:
        then: the earlier extract.
        now: the later one.
        keys: of the analyses.
        params: analysis -> parameters for both; by itself the defaults.
        population: of both.
        step: called with the key of the analysis that comes next.
    """
    found, headlines, refused = (
        list[pl.DataFrame](),
        dict[str, tuple[Text, Text]](),
        dict[str, Text](),
    )
    for key in keys:
        step(key)
        try:
            runs = [
                run_analysis(key, data, (params or {}).get(key), None, population)
                for data in (then, now)
            ]
        except UserError as error:
            refused[key] = error.text
            continue
        headlines[key] = runs[0].headline[0], runs[1].headline[0]
        found += shares_of(*runs)
    return Compared(moves=_judged(found), headlines=headlines, refused=refused)


def shares_of(then: Run, now: Run) -> list[pl.DataFrame]:
    """The comparable rows of both runs, a frame per table: row, part_before, ..., whole_now."""
    found = []
    for name in now.tables if now.analysis.key not in FITTED else ():
        if name not in then.tables:
            continue
        before, after = _parts(then.tables[name]), _parts(now.tables[name])
        if before is None or after is None:
            continue
        joined = after.join(before, on="row", how="full" if _is_parted(now.tables[name]) else "inner",
                            coalesce=True, suffix="_before",
                            maintain_order="left_right")  # fmt: skip
        found.append(joined.select(
            analysis=pl.lit(now.analysis.key), table=pl.lit(name), row=pl.col("row"),
            part_before=pl.col("part_before").fill_null(0),
            whole_before=pl.col("whole_before").fill_null(pl.col("whole_before").max()),
            part_now=pl.col("part").fill_null(0), whole_now=pl.col("whole").fill_null(pl.col("whole").max())))  # fmt: skip
    return found


def _parts(table: pl.DataFrame) -> pl.DataFrame | None:
    """Part and whole of every row of a table of shares; None for any other table."""
    if is_single(table) or not 0 < table.height <= MOST_ROWS or not (keys := key_columns(table)):
        return None
    whole = _whole(table)
    if whole is None:
        return None
    part, of = whole
    row = pl.concat_str([pl.format("{}={}", pl.lit(key), pl.col(key).cast(pl.String).fill_null("–")) for key in keys],
                        separator=", ")  # fmt: skip
    return table.select(row=row, part=pl.Series(part, dtype=pl.Int64), whole=pl.Series(of, dtype=pl.Int64)).unique(
        "row", keep="first", maintain_order=True)  # fmt: skip


def _is_parted(table: pl.DataFrame) -> bool:
    """Whether the rows part one whole, so that a missing row is nobody."""
    return not any({part, whole} <= set(table.columns) for part, whole in PAIRS)


def _whole(table: pl.DataFrame) -> tuple[pl.Series, pl.Series] | None:
    """The counts and what they are parts of: a named pair, or customers with their share of the total."""
    for part, whole in PAIRS:
        if {part, whole} <= set(table.columns):
            return table[part].cast(pl.Int64), table[whole].cast(pl.Int64)
    if {"customers", "share"} <= set(table.columns):
        total = int(table["customers"].sum())
        even = (table["customers"] / max(total, 1) - table["share"]).abs().max()
        if total and even is not None and float(even) < _SHARE_ERROR:  # type: ignore[arg-type]
            return table["customers"].cast(pl.Int64), pl.Series(
                [total] * table.height, dtype=pl.Int64
            )
    return None


def _judged(found: list[pl.DataFrame]) -> pl.DataFrame:
    """Every share with its difference, interval and adjusted p; what moved most first."""
    if not found:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    rows = pl.concat(found).filter((pl.col("whole_before") > 0) & (pl.col("whole_now") > 0))
    a, n, c, m = (
        rows[name].to_numpy().astype(np.int64)
        for name in ("part_now", "whole_now", "part_before", "whole_before")
    )
    low, high = newcombe(a, n, c, m)
    p = fisher_two_sided(a, n - a, c, m - c)
    adjusted = holm(p) if len(p) else p
    judged = rows.with_columns(
        share_before=pl.col("part_before") / pl.col("whole_before"), share_now=pl.col("part_now") / pl.col("whole_now"),
        low=pl.Series(low), high=pl.Series(high), p=pl.Series(p), p_adjusted=pl.Series(adjusted),
        moved=pl.Series(adjusted <= LEVEL)).with_columns(
        difference=pl.col("share_now") - pl.col("share_before"))  # fmt: skip
    return judged.select(COLUMNS).sort(["moved", pl.col("difference").abs()], descending=True)
