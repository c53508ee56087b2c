"""Segments: groups of customers who bank alike, each told by a short rule.

Definition
----------
Every customer at `as_of` is a row of behaviour features (`analytics.features`). The features are
winsorised, transformed (Yeo-Johnson by default) and standardised (`transform`); k-means, a Gaussian
mixture, Ward or HDBSCAN groups them (`engine`). How many groups, and whether there are any at all,
is judged by four criteria and by copies with shuffled columns (`choose`).

With more customers than `sample`, everything is fitted on a seeded random sample of that size and
all customers are then assigned; `samples` says how far a second sample moves the shares.

Denominator: customers at `as_of`, as in `rfm`. Segments are numbered by size, s1 the largest; s0 are
the outliers of HDBSCAN. Features without a value are filled as `analytics.features` says.

Read on: `params`, `selection` (which features count), `transform`, `factors`, `engine`, `choose`,
`fitted` (a frozen segmentation), `answer`, `reading` (profiles, silhouettes, projection), `rule`,
`naming`, `drift`, `compared` (another day, other settings), `result`, `drill`, `words`, `headline`,
`charted` (rows of the charts), `charts`.

Literature: J. MacQueen (1967) and S. Lloyd (1982) for k-means; R. Tibshirani, G. Walther, T. Hastie,
JRSS B 63 (2001), 411-423, for the gap; C. Hennig, CSDA 52 (2007), 258-271, for stability by
resamples; I.-K. Yeo, R. Johnson, Biometrika 87 (2000), 954-959, for the transform.
"""

from analytics.registry import Analysis, ChartSpec, Need
from analytics.segments import charted, charts, charts_beside, naming, words
from analytics.segments.headline import headline
from analytics.segments.params import SegmentsParams
from analytics.segments.result import SegmentsResult, compute, members, tables
from analytics.text import Text

__all__ = ["ANALYSES", "SegmentsParams", "SegmentsResult", "compute", "members", "tables"]


def _chart(key: str, title: Text, build: object, table: str, rows: charted.Rows,
           coloured: bool = False) -> ChartSpec:  # fmt: skip
    return ChartSpec(
        key=key, title=title, build=build, table=table, rows=rows,  # type: ignore[arg-type]
        shape=charted.shape(table, coloured),
        alt_text=lambda result, lang: words.chart_alt(result, title, lang),
        shown=lambda result: table in result.tables)  # fmt: skip


def _criterion(name: str) -> ChartSpec:
    return ChartSpec(
        key=name, title=words.CRITERIA[name][0], build=charts.criterion(name), table="criteria",
        rows=charted.criterion_rows, shape=charted.shape("criteria"),
        alt_text=lambda result, lang: words.criterion_alt(result, name, lang),
        shown=lambda result: "criteria" in result.tables)  # fmt: skip


CHARTS = (
    _chart("sizes", words.SIZES, charts.sizes, "segments", charted.size_rows),
    _chart("profile", words.PROFILE, charts.profile, "profiles", charted.profile_rows),
    _chart("projection", words.PROJECTION, charts.projection, "projection",
           charted.of_table("projection"), coloured=True),
    _chart("silhouettes", words.SILHOUETTES, charts.silhouettes, "silhouettes",
           charted.of_table("silhouettes"), coloured=True),
    *(_criterion(name) for name in words.CRITERIA),
    _chart("loadings", words.LOADINGS, charts_beside.loadings, "loadings", charted.loading_rows),
    _chart("migration", words.MIGRATION, charts_beside.migration, "migration", charted.migration_rows),
    _chart("drift", words.DRIFT, charts_beside.drift, "drift", charted.drift_rows),
    _chart("comparison", words.COMPARISON, charts_beside.comparison, "comparison",
           charted.comparison_rows),
    _chart("breakdown", words.BREAKDOWN, charts.breakdown, "breakdown", charted.breakdown_rows,
           coloured=True),
)  # fmt: skip

ANALYSES = {
    "segments": Analysis(
        key="segments", title=words.TITLE, question=words.QUESTION, page="customers/segments",
        params=SegmentsParams, compute=compute, tables=tables, headline=headline, charts=CHARTS,
        members=members, definition=words.DEFINITION,
        titles={"segment": words.SEGMENT_TITLES, "from_segment": words.SEGMENT_TITLES,
                "to_segment": words.SEGMENT_TITLES, "other_segment": words.SEGMENT_TITLES,
                "status": naming.STATUSES},
        count_titles=words.COUNT_TITLES, ahead=SegmentsParams.ahead,
        needs=(
            Need(path="transactions.happened_at"),
            Need(path="transactions.amount"),
            Need(path="transactions.kind|transactions.category", required=False, without=Text(
                "no shares by kind of movement, and interest and fees count as activity",
                "无交易类型占比，利息与手续费也计为客户活动")),
            Need(path="transactions.channel", required=False, without=Text(
                "no shares by channel", "无渠道占比")),
            Need(path="balances.balance|transactions.balance_after", required=False, without=Text(
                "no balance features", "无余额特征")),
            Need(path="accounts.product", required=False, without=Text(
                "no features of products held", "无产品持有特征")),
            Need(path="events.event", required=False, without=Text(
                "no features of app use", "无 APP 使用特征")),
        )),
}  # fmt: skip
