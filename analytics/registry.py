"""The one list of analyses. Pages, command line, readiness, contract tests and README iterate it.

A new analysis costs its three files, one line in `MODULES`, and one row in the README. Modules are
imported when first asked for, so that a page does not wait for what it does not use.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import Any, Protocol

import altair as alt
import polars as pl

from analytics.dataset import Dataset, Population, Provenance
from analytics.params import Params
from analytics.text import NO_TEXT, Lang, Text, UserError

MODULES: Mapping[str, str] = {
    "rfm": "analytics.rfm",
    "segments": "analytics.segments",
    "classes": "analytics.classes",
    "tiers": "analytics.tiers",
    "lifecycle": "analytics.lifecycle",
    "retention": "analytics.retention",
    "survival": "analytics.survival",
    "value": "analytics.value",
    "churn": "analytics.churn",
    "ledger": "analytics.ledger",
    "sequences": "analytics.sequences",
    "funnel": "analytics.funnel",
    "paths": "analytics.paths",
    "markov": "analytics.chains",
    "hmm": "analytics.chains",
    "rules": "analytics.rules",
    "anomalies": "analytics.anomalies",
}
# What the overview shows can be pinned, rebuilt and run like an analysis, but has no form of its own.
BESIDE: Mapping[str, str] = {"overview": "analytics.overview", "findings": "analytics.overview"}


class Result(Protocol):
    """What every compute returns: a frozen dataclass with at least its provenance."""

    @property
    def provenance(self) -> Provenance: ...


@dataclass(frozen=True, kw_only=True)
class Need:
    """A table or column an analysis uses; without a required one it is blocked, else degraded."""

    path: str  # "transactions" or "transactions.amount"; "a|b" means either
    required: bool = True
    without: Text = NO_TEXT  # what is lost when an optional one is missing


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence of a result that can be told alone.

    Args:
        text: with its numbers.
        fewest: the smallest group of customers that the numbers would give away; 0 if none.
    """

    text: Text
    fewest: int = 0


@dataclass(frozen=True, kw_only=True)
class ChartSpec:
    """One chart of an analysis: `build(result, lang)` only draws, every statistic is in result.

    Args:
        key: name in file names and on the page.
        title: what stands above it.
        build: the chart of a result.
        alt_text: the chart in words, with its numbers.
        table: the table that holds what the chart shows; its selection `pick` names its columns.
        headline: the sentence of the headline that tells of it, where there are so many.
        shown: whether this result has anything to draw.
        rows: what the chart's data sources hold, in the order of the specification.
        shape: everything else of a result that the drawing depends on. With both, a page draws
            once per shape, and then only sends rows: drawing takes some 30 ms, rows take one.
    """

    key: str
    title: Text
    build: Callable[[Any, Lang], alt.TopLevelMixin]
    alt_text: Callable[[Any, Lang], str]
    table: str
    headline: int = 0
    shown: Callable[[Any], bool] = lambda result: True
    rows: Callable[[Any, Lang], Sequence[pl.DataFrame]] | None = None
    shape: Callable[[Any], Hashable] | None = None


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Everything the rest of the house needs to know about one analysis.

    Args:
        key: name on the command line and in file names.
        title: name for people.
        question: what it answers, one sentence.
        page: module path below pages/, such as `customers/rfm`.
        params: its parameter class.
        needs: tables and columns it uses.
        compute: `(data, params, as_of, population) -> result`, pure.
        tables: named frames of a result; `customer_key` never, `customer_id` raw (the egress gate
            turns it into a pseudonym); best rows first.
        headline: one to three sentences written from the numbers, with n.
        charts: what is drawn.
        members: `(result, table, row) -> customer ids` behind one mark or row, a Series of text;
            `row` maps column names to values, and a subset of a row's columns is enough.
        definition: how the figures are defined, their denominator and exclusions.
        titles: column of a table -> key in its cells -> how people call it.
        count_titles: name in `provenance.counts` -> how people call it.
        sentences: sentences of a result that can be pinned alone, by a key that another run gives again.
        ahead: parameters that are likely asked for next and cost little beside what these left in
            memory; the likeliest first.
    """

    key: str
    title: Text
    question: Text
    page: str
    params: type[Params]
    needs: tuple[Need, ...]
    compute: Callable[[Dataset, Any, date, Population], Any]
    tables: Callable[[Any], Mapping[str, pl.DataFrame]]
    headline: Callable[[Any], list[Text]]
    charts: tuple[ChartSpec, ...]
    members: Callable[[Any, str, Mapping[str, Any]], pl.Series]
    definition: Text
    titles: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    count_titles: Mapping[str, Text] = field(default_factory=dict)
    sentences: Callable[[Any], Mapping[str, Sentence]] = lambda result: {}
    ahead: Callable[[Any], Sequence[Any]] = lambda params: ()

    def charts_of(self, result: Any) -> list[ChartSpec]:
        """The charts that this result can fill, in order."""
        return [chart for chart in self.charts if chart.shown(result)]


def load(key: str) -> Analysis:
    """The analysis of that key; UserError naming the known keys if there is none."""
    modules = {**MODULES, **BESIDE}
    if key not in modules:
        known = ", ".join(modules)
        raise UserError(Text(f"No analysis {key!r}; expected one of {known}.",
                             f"没有分析 {key!r}；可用：{known}。"), "analysis")  # fmt: skip
    analyses: dict[str, Analysis] = import_module(modules[key]).ANALYSES
    return analyses[key]


def all_analyses() -> list[Analysis]:
    """Every analysis, in the order of the list."""
    return [load(key) for key in MODULES]
