"""The overview as analyses that can be pinned, rebuilt and run headless: its months, and its findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from analytics.dataset import Dataset, Population
from analytics.overview import charts, forest, words
from analytics.overview.findings import COPIES, Findings, search
from analytics.overview.months import Glance, glance
from analytics.params import ParameterError, Params, knob
from analytics.registry import Analysis, ChartSpec, Sentence
from analytics.text import Text, UserError

NO_BREAKDOWN = Text(
    "The overview is not broken down; choose an analysis.", "总览不支持分组，请使用具体分析。"
)
NO_MEMBERS = Text("The overview keeps totals only; open the analysis for its customers.",
                  "总览仅含汇总数据，请在具体分析中查看客户。")  # fmt: skip
NOT_CHANCE = Text("Nothing stands out from chance.", "没有超出偶然的发现。")


@dataclass(frozen=True, kw_only=True)
class OverviewParams(Params):
    """The overview has no settings."""

    def check(self) -> None:
        """A breakdown is what the analyses are for."""
        if self.by is not None:
            raise ParameterError(NO_BREAKDOWN)


@dataclass(frozen=True, kw_only=True)
class FindingParams(OverviewParams):
    """What the search for findings is held against."""

    seed: int = knob(1, Text("Seed", "随机种子"), "int", low=0)
    copies: int = knob(COPIES, Text("Copies", "副本数"), "int", low=19, high=9_999, help=Text(
        "Copies of the bank in which chance is the only cause; a finding beats the best of all.",
        "仅由偶然构成的数据副本数量，发现须优于全部副本中的最佳结果。"))  # fmt: skip


def _glance(data: Dataset, params: OverviewParams, as_of: date, population: Population) -> Glance:
    return glance(data, as_of, population)


def _search(data: Dataset, params: FindingParams, as_of: date, population: Population) -> Findings:
    return search(data, as_of, population, params.seed, params.copies)


def _months(result: Glance) -> dict[str, pl.DataFrame]:
    """Without newcomers: they are few, and a small number would blank its whole row in a story."""
    months = charts.named(result.months).sort("month", descending=True).drop("new_customers")
    kept = months if result.has_balances else months.drop("balance")
    return {"months": kept, "flows": charts.by_side(months)}


def _findings(result: Findings) -> dict[str, pl.DataFrame]:
    return {"findings": forest.table(result)}


def _headline(result: Findings) -> list[Text]:
    return [one.sentence for one in result.found[:3]] or [NOT_CHANCE]


def _sentences(result: Findings) -> dict[str, Sentence]:
    return {one.key: Sentence(text=one.sentence, fewest=one.fewest) for one in result.found}


def _no_members(result: Any, table: str, row: Mapping[str, Any]) -> pl.Series:
    raise UserError(NO_MEMBERS, "members")


def _has_months(result: Glance) -> bool:
    return result.months.height > 0


def _has_balances(result: Glance) -> bool:
    return result.has_balances and result.months.height > 0


def _has_shares(result: Findings) -> bool:
    return bool(forest.shares(result))


ANALYSES = {
    "overview": Analysis(
        key="overview", title=words.TITLE, question=words.QUESTION, page="start/overview", params=OverviewParams,
        needs=(), compute=_glance, tables=_months, headline=words.headline, members=_no_members,
        definition=words.DEFINITION, titles={"side": charts.SIDES}, count_titles=words.COUNT_TITLES, charts=(
            ChartSpec(key="activity", title=charts.ACTIVITY, build=charts.activity, alt_text=charts.activity_alt,
                      table="months", shown=_has_months),
            ChartSpec(key="flows", title=charts.FLOWS, build=charts.flows, alt_text=charts.flows_alt,
                      table="flows", headline=1, shown=_has_months),
            ChartSpec(key="balance", title=charts.BALANCE, build=charts.balance, alt_text=charts.balance_alt,
                      table="months", headline=2, shown=_has_balances))),
    "findings": Analysis(
        key="findings", title=words.FINDINGS, question=words.QUESTION, page="start/overview", params=FindingParams,
        needs=(), compute=_search, tables=_findings, headline=_headline, members=_no_members,
        definition=words.FINDINGS_DEFINITION, count_titles=words.COUNT_TITLES, titles=words.CELLS,
        sentences=_sentences, charts=(
            ChartSpec(key="findings", title=forest.TITLE, build=forest.forest, alt_text=forest.forest_alt,
                      table="findings", shown=_has_shares),)),
}  # fmt: skip
