"""Two groups held against each other cell by cell: edges of paths, moves of a chain, hidden states.

A cell is anything a customer does or does not do: walk an edge, go from one state to another, be in
a state. The share of customers who do is compared between the groups by Fisher's exact test, with
Newcombe's interval of the difference, and Benjamini & Hochberg's q over every cell tested.

Why customers and not events: the steps of one customer go together; counted one by one they would
claim far more than is known. So everybody counts once in a cell, and every table is exact.

Why the family does not look at the groups: a cell is tested if `min_group` customers of both
groups together hold it. To choose by each group's own count would favour chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from analytics.registry import ChartSpec
from analytics.sequences import draw
from analytics.sequences.params import CompareParams
from analytics.sequences.sides import Sides
from analytics.sequences.words import number
from analytics.statistics import benjamini_hochberg, fisher_two_sided, newcombe
from analytics.text import Lang, Text, share

SHOWN = 18
TITLE = Text("Where the two groups differ", "两组差异")
NOTE = Text("{a} ({na}) less {b} ({nb}), 95 % intervals; grey: q ≥ {alpha}",
            "{a}（{na}位）减 {b}（{nb}位），附 95% 区间；灰色：q ≥ {alpha}")  # fmt: skip
DIFFERENCE = Text("Difference between the shares of customers", "客户占比之差")
DIFFERENCE_BACK = Text(
    "Difference of shares; -1 is the last before the cut-off",
    "客户占比之差（倒数第 1 即截止日前最后一个）",
)
NONE_APART = Text("{a} ({na}) against {b} ({nb}): none of {n} differences tested is clear.",
                  "{a}（{na}位）与{b}（{nb}位）：受检的 {n}项差异均不显著。")  # fmt: skip
APART = Text("{a} ({na}) against {b} ({nb}): the clearest of {k} differences (of {n} tested) is {cell}, {x} against {y}.",
             "{a}（{na}位）与{b}（{nb}位）：受检 {n}项中 {k}项差异显著，最明显的是“{cell}”，占比 {x} 对 {y}。")  # fmt: skip
DEFINITION = Text(
    " Two groups are compared customer by customer: {what}; for the lost (or those with an outcome) and the others only "
    "steps before each one's own cut-off and over the same exposure, for a breakdown the same look-back. p is Fisher's "
    "exact, two-sided; the interval of the difference is Newcombe's; q controls false discoveries over every cell that "
    "at least min_group customers hold.",
    "两组按客户逐项比较：{what}；流失（或发生目标事件）与其余客户只计各自截止日之前、同样长度窗口内的步骤，分组对比取相同观察期。"
    "p 为双侧 Fisher 精确检验，差异区间为 Newcombe 法；q 对至少 min_group 位客户涉及的全部项目控制错误发现率。",
)  # fmt: skip
TESTS = {"customers_a": pl.Int64, "of_a": pl.Int64, "share_a": pl.Float64, "customers_b": pl.Int64, "of_b": pl.Int64,
         "share_b": pl.Float64, "difference": pl.Float64, "low": pl.Float64, "high": pl.Float64, "p": pl.Float64,
         "q": pl.Float64}  # fmt: skip
Label = Callable[[Mapping[str, Any]], Text]


@dataclass(frozen=True)
class Apart:
    """A comparison of two groups.

    Args:
        names: how people call group a and group b.
        keys: columns that name a cell.
        table: keys and `TESTS`; the smallest p first.
        held: keys and `customer_key`, one row per cell and customer who holds it.
        counts: customers compared and left out, cells tested, cells with q below alpha.
        alpha: false discoveries accepted.
        cut_off: whether steps end at a day of each customer's own.
    """

    names: tuple[Text, Text]
    keys: list[str]
    table: pl.DataFrame
    held: pl.DataFrame
    counts: dict[str, int]
    alpha: float
    cut_off: bool

    def customers(self, row: Mapping[str, Any], customers: pl.DataFrame) -> pl.Series:
        """Ids of the compared customers behind a row, or a part of one."""
        asked = {key: row[key] for key in self.keys if key in row}
        keys = self.held.filter(**asked)["customer_key"].unique()
        return customers.filter(pl.col("customer_key").is_in(keys.implode()))["customer_id"]


class HasApart(Protocol):
    """A result that may hold a comparison."""

    @property
    def apart(self) -> Apart | None: ...


@dataclass(frozen=True)
class Cells:
    """Who holds what.

    Args:
        held: columns that name a cell, and `sequence` (of the compared); repeats count once.
        within: columns within which a customer holds at most one cell: those who hold any of them
            are the denominator. Without: everybody of a group.
    """

    held: pl.DataFrame
    within: Sequence[str] = field(default_factory=tuple)


def tested(
    both: Sides | None, cells: Callable[[Sides], Cells], params: CompareParams
) -> Apart | None:
    """Every cell that `min_group` customers hold, between the two groups; None without two groups.

    Args:
        both: the groups, with the steps that count.
        cells: what their customers do.
        params: how many must, and the false discoveries accepted.
    """
    return None if both is None else _tested(both, cells(both), params)


def _tested(both: Sides, cells: Cells, params: CompareParams) -> Apart:
    keys = [name for name in cells.held.columns if name != "sequence"]
    held = cells.held.unique()
    held = held.with_columns(pl.Series("in_a", both.held.in_a[held["sequence"].to_numpy()]))
    found = held.group_by(keys).agg(
        customers_a=pl.col("in_a").sum().cast(pl.Int64), customers_b=(~pl.col("in_a")).sum().cast(pl.Int64))  # fmt: skip
    n_a, n_b = int(both.held.in_a.sum()), int((~both.held.in_a).sum())
    whole = [pl.col(f"customers_{s}").sum().over(list(cells.within)) if cells.within else pl.lit(n, pl.Int64)
             for s, n in (("a", n_a), ("b", n_b))]  # fmt: skip
    found = found.with_columns(of_a=whole[0], of_b=whole[1]).filter(
        pl.col("customers_a") + pl.col("customers_b") >= params.min_group, pl.col("of_a") > 0, pl.col("of_b") > 0)  # fmt: skip
    table = _judged(found).sort("p", pl.col("difference").abs(), *keys,
                                descending=[False, True, *[False] * len(keys)])  # fmt: skip
    customer = pl.Series("customer_key", both.held.customer)
    behind = held.select(*keys, customer.gather(held["sequence"]))
    counts = {
        **both.counts,
        "cells_tested": table.height,
        "cells_apart": int((table["q"] < params.alpha).sum()),
    }
    return Apart(
        both.names, keys, table.select(*keys, *TESTS), behind, counts, params.alpha, both.cut_off
    )


def _judged(found: pl.DataFrame) -> pl.DataFrame:
    """The counts with shares, difference, interval, p and q."""
    a, n_a, b, n_b = (
        found[name].to_numpy() for name in ("customers_a", "of_a", "customers_b", "of_b")
    )
    low, high = newcombe(a, n_a, b, n_b)
    p = fisher_two_sided(a, n_a - a, b, n_b - b)
    return found.with_columns(
        pl.Series("share_a", a / n_a), pl.Series("share_b", b / n_b),
        pl.Series("difference", a / n_a - b / n_b), pl.Series("low", low), pl.Series("high", high),
        pl.Series("p", p, dtype=pl.Float64), pl.Series("q", benjamini_hochberg(p)))  # fmt: skip


def defined(own: Text, what: Text) -> Text:
    """An analysis' definition with that of its comparison, of which `what` says what is counted."""
    return Text(
        *(f"{first}{then}" for first, then in zip(own, DEFINITION.fill(what=what), strict=True))
    )


def table_of(found: Apart | None) -> dict[str, pl.DataFrame]:
    """The comparison among a result's tables: `compared`, where there is anything to tell."""
    return {} if found is None or found.table.is_empty() else {"compared": found.table}


def sentence(found: Apart | None, label: Label) -> list[Text]:
    """The headline of the comparison; nothing where nothing was compared."""
    if found is None or found.table.is_empty():
        return []
    counts, row = found.counts, found.table.row(0, named=True)
    words = {"a": found.names[0], "b": found.names[1], "na": number(counts["compared_a"]),
             "nb": number(counts["compared_b"]), "n": number(counts["cells_tested"])}  # fmt: skip
    if not counts["cells_apart"]:
        return [NONE_APART.fill(**words)]
    return [APART.fill(**words, k=number(counts["cells_apart"]), cell=label(row), x=share(row["share_a"]),
                       y=share(row["share_b"]))]  # fmt: skip


def chart(label: Label) -> ChartSpec:
    """The chart of the comparison of any result with `apart`; `label` says a cell in words."""

    def build(result: HasApart, lang: Lang) -> Any:
        assert result.apart is not None
        found = result.apart
        names = tuple(name(lang) for name in found.names)
        note = NOTE.fill(a=names[0], b=names[1], na=number(found.counts["compared_a"]),
                         nb=number(found.counts["compared_b"]), alpha=f"{found.alpha:g}")(lang)  # fmt: skip
        back = found.cut_off and {"step", "period"} & set(found.keys)
        rows = _labelled(found, label, lang)
        return draw.diverging(rows, found.keys, (names[0], names[1]), found.alpha, (TITLE, DIFFERENCE_BACK if back else DIFFERENCE),
                              alt(result, lang), lang, note)  # fmt: skip

    def alt(result: HasApart, lang: Lang) -> str:
        assert result.apart is not None
        return draw.described(_labelled(result.apart, label, lang), "label", "difference", lang)

    return ChartSpec(key="compared", title=TITLE, build=build, alt_text=alt, table="compared",
                     shown=lambda result: bool(table_of(result.apart)))  # fmt: skip


def _labelled(found: Apart, label: Label, lang: Lang) -> pl.DataFrame:
    """The clearest cells with their words in `label`; as in the data where two would read the same."""
    rows = found.table.head(SHOWN)
    words = [label(row) for row in rows.iter_rows(named=True)]
    own = len({word(lang) for word in words}) < len({word("en") for word in words})
    return rows.with_columns(
        pl.Series("label", [word("en" if own else lang) for word in words], dtype=pl.String)
    )
