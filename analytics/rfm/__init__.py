"""RFM: how recently, how often and with how much money every customer banks.

Definition
----------
Within the look-back (`lookback_days` calendar days, of which the last is `as_of`):

- **F**, frequency: number of distinct days with a customer-initiated transaction, in days.
- **R**, recency: whole days from the last such day to `as_of`; 0 is the as-of day itself.
- **M**, monetary: sum of the absolute amounts (or of money in, money out, or net), in the run's
  currency. A refund or reversal counts negative and makes no day active.

`kinds` says what "customer-initiated" and "refund" mean; where the extract names no kinds, all rows
count, and the result says so. Scores run from 1 to `scores`, the highest is best (`scores`). Named
segments come from the scores by a map that can be edited (`segment_map`).

Denominator: customers at `as_of`, that is listed and not opened later, or with an account or any
transaction by then. Those with an active day in the look-back are scored and are the denominator of
all shares; the others are counted apart (`coverage`).

Read on: `params`, `kinds`, `activity` and `history` (SQL), `scores`, `segment_map`, `result`,
`summaries` (its tables), `drill` (back to customers), `words`, `charts`.

Literature: A. M. Hughes, Strategic Database Marketing (1994), for scores by equal shares; P. S. Fader,
B. G. S. Hardie, K. L. Lee, "RFM and CLV", Journal of Marketing Research 42 (2005), 415-430, for
recency and frequency as sufficient statistics. Days and not transactions are counted, because one
errand often posts several rows.
"""

from analytics.registry import Analysis, ChartSpec, Need
from analytics.rfm import charts, segment_map, words
from analytics.rfm.params import RfmParams
from analytics.rfm.result import RfmResult, compute, members, tables
from analytics.text import Text

__all__ = ["ANALYSES", "RfmParams", "RfmResult", "compute", "members", "tables"]


def _has_balance(result: RfmResult) -> bool:
    return result.balance_source is not None


def _has_groups(result: RfmResult) -> bool:
    return result.params.by is not None


def _distribution(measure: str) -> ChartSpec:
    return ChartSpec(
        key=measure, title=words.DISTRIBUTION_TITLES[measure], build=charts.distribution(measure),
        alt_text=lambda result, lang: words.distribution_alt(result, measure, lang),
        table="distribution", rows=charts.distribution_rows(measure), shape=charts.shape)  # fmt: skip


CHARTS = (
    ChartSpec(key="grid", title=words.GRID_TITLE, build=charts.score_grid,
              alt_text=words.grid_alt, table="grid", rows=charts.grid_rows, shape=charts.shape),
    ChartSpec(key="segments", title=words.SEGMENTS_TITLE, build=charts.segment_bars,
              alt_text=words.segments_alt, table="segments", rows=charts.segment_rows,
              shape=charts.shape),
    ChartSpec(key="breakdown", title=words.BREAKDOWN_TITLE, build=charts.breakdown_bars,
              alt_text=words.breakdown_alt, table="breakdown", shown=_has_groups,
              rows=charts.breakdown_rows, shape=charts.shape),
    ChartSpec(key="balances", title=words.BALANCE_TITLE, build=charts.balance_bars,
              alt_text=words.balance_alt, table="segments", shown=_has_balance,
              rows=charts.segment_rows, shape=charts.shape),
    *(_distribution(measure) for measure in words.DISTRIBUTION_TITLES),
)  # fmt: skip

ANALYSES = {
    "rfm": Analysis(
        key="rfm", title=words.TITLE, question=words.QUESTION, page="customers/rfm",
        params=RfmParams, compute=compute, tables=tables, headline=words.headline, charts=CHARTS,
        members=members, definition=words.DEFINITION,
        titles={"segment": segment_map.TITLES, "measure": words.MEASURE_TITLES,
                "status": words.STATUS_TITLES},
        count_titles=words.COUNT_TITLES,
        needs=(
            Need(path="transactions.happened_at"),
            Need(path="transactions.amount"),
            Need(path="transactions.kind|transactions.category", required=False, without=Text(
                "every transaction counts, also interest, fees and salary",
                "将计入全部交易，包括利息、手续费和代发工资")),
            Need(path="balances.balance|transactions.balance_after", required=False, without=Text(
                "no balances per segment", "无法显示各分群余额")),
        )),
}  # fmt: skip
