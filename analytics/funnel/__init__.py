"""Funnel: how many take each of an ordered list of steps, how soon, and who drops off where.

Read on: `params`, `result` (definition and tables), `charts`.
"""

from analytics.funnel import charts, result
from analytics.funnel.params import FunnelParams
from analytics.funnel.result import FunnelResult, compute, members, tables
from analytics.registry import Analysis, ChartSpec
from analytics.sequences import NEEDS

__all__ = ["ANALYSES", "FunnelParams", "FunnelResult", "compute", "members", "tables"]

CHARTS = (
    ChartSpec(key="funnel", title=charts.FUNNEL, build=charts.funnel, alt_text=charts.funnel_alt, table="funnel"),
    ChartSpec(key="times", title=charts.TIMES, build=charts.times, alt_text=charts.times_alt, table="times",
              shown=lambda found: found.times.height > 0),
    ChartSpec(key="breakdown", title=charts.BREAKDOWN, build=charts.breakdown, alt_text=charts.breakdown_alt,
              table="breakdown", shown=lambda found: found.breakdown is not None),
)  # fmt: skip
ANALYSES = {
    "funnel": Analysis(
        key="funnel", title=charts.TITLE, question=charts.QUESTION, page="behaviour/funnel", params=FunnelParams,
        compute=compute, tables=tables, headline=charts.headline, charts=CHARTS, members=members,
        definition=result.DEFINITION, count_titles=result.COUNT_TITLES, needs=NEEDS),
}  # fmt: skip
