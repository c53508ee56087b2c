"""Tiers: value, frequency and risk preference of every customer, their cross-tab, and customer types.

Definition
----------
Every customer at `as_of` is placed in a value tier (high, middle, low), a frequency tier (frequent,
occasional, rare, no activity) and a risk-preference tier, and has a customer type (mass, high net
worth, micro business, company, government). What the extract gives of risk and type is taken; the
rest follows from thresholds, each a parameter. Value is the balance, the amount moved, or a weighted
RFM score: the mean percentile rank of recency, active days and amount moved by their weights.

Cut-offs are shares of the customers, natural breaks, or fixed amounts (`cuts`). Moves between two
days hold both against today's cut-offs, so that a tier means the same on both.

Denominator: customers at `as_of`, as in `rfm`.

Read on: `params`, `cuts`, `result`, `words`, `charts`.

Literature: W. D. Fisher, "On grouping for maximum homogeneity", JASA 53 (1958), 789-798; G. F. Jenks,
International Yearbook of Cartography 7 (1967), 186-190.
"""

from analytics.registry import Analysis, ChartSpec, Need
from analytics.text import Text
from analytics.tiers import charts, words
from analytics.tiers.params import TiersParams
from analytics.tiers.result import TiersResult, compute, members, tables

__all__ = ["ANALYSES", "TiersParams", "TiersResult", "compute", "members", "tables"]


def _chart(key: str, title: Text, build: object, rows: charts.Rows) -> ChartSpec:
    return ChartSpec(
        key=key, title=title, build=build, table=key, rows=rows, shape=charts.shape,  # type: ignore[arg-type]
        alt_text=lambda result, lang: words.alt(result, title, lang),
        shown=lambda result: key in result.tables)  # fmt: skip


def _heat(key: str, title: Text, column: str, titles: dict[str, Text], axis: Text) -> ChartSpec:
    return _chart(key, title, charts.heat(key, column, titles, axis, title),
                  charts.heat_rows(key, column, titles))  # fmt: skip


CHARTS = (
    _heat("cross", words.CROSS, "risk_tier", words.RISK_TITLES, charts.RISK),
    _heat("frequency", words.FREQUENCY, "frequency_tier", words.FREQUENCY_TITLES, charts.OFTEN),
    _chart("types", words.TYPES, charts.types, charts.type_rows),
    _heat("migration", words.MIGRATION, "before_tier", words.TIER_TITLES, charts.BEFORE),
    _chart("breakdown", words.BREAKDOWN, charts.breakdown, charts.breakdown_rows),
)

ANALYSES = {
    "tiers": Analysis(
        key="tiers", title=words.TITLE, question=words.QUESTION, page="customers/tiers", params=TiersParams,
        compute=compute, tables=tables, headline=words.headline, charts=CHARTS, members=members,
        definition=words.DEFINITION, count_titles=words.COUNT_TITLES,
        titles={"value_tier": words.TIER_TITLES, "before_tier": words.TIER_TITLES, "risk_tier": words.RISK_TITLES,
                "frequency_tier": words.FREQUENCY_TITLES, "customer_type": words.TYPE_TITLES},
        needs=(
            Need(path="transactions.happened_at"),
            Need(path="transactions.amount"),
            Need(path="balances.balance|transactions.balance_after", required=False, without=Text(
                "value is the amount moved, and risk is known only where given",
                "价值以交易总额计，风险偏好仅在数据提供时可知")),
        )),
}  # fmt: skip
