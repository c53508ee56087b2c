"""Paths: which step follows which, how the ways spread step by step, and who walks a given way.

Read on: `params`, `transitions` (who follows whom, dwell times), `layers` (step matrix and Sankey),
`search` (ways such as `login -> * -> term_open`), `between` (two groups), `result`, `charts`.
"""

from analytics.paths import between, charts, result
from analytics.paths.params import PathParams
from analytics.paths.result import PathsResult, compute, members, tables
from analytics.registry import Analysis, ChartSpec
from analytics.sequences import NEEDS, apart

__all__ = ["ANALYSES", "PathParams", "PathsResult", "compute", "members", "tables"]

CHARTS = (
    ChartSpec(key="matrix", title=charts.MATRIX, build=charts.matrix, alt_text=charts.matrix_alt, table="transitions"),
    ChartSpec(key="steps", title=charts.STEPS, build=charts.steps, alt_text=charts.steps_alt, table="nodes"),
    ChartSpec(key="sankey", title=charts.SANKEY, build=charts.sankey, alt_text=charts.sankey_alt, table="nodes"),
    ChartSpec(key="graph", title=charts.GRAPH, build=charts.graph, alt_text=charts.graph_alt, table="transitions"),
    apart.chart(between.label),
    ChartSpec(key="differences", title=charts.DIFFERENCES, build=charts.differences, alt_text=charts.differences_alt,
              table="steps_by_group", shown=lambda found: found.steps_by_group is not None and found.steps_by_group.height > 0),
    ChartSpec(key="breakdown", title=charts.BREAKDOWN, build=charts.breakdown, alt_text=charts.breakdown_alt,
              table="breakdown", shown=lambda found: found.breakdown is not None),
)  # fmt: skip
ANALYSES = {
    "paths": Analysis(
        key="paths", title=charts.TITLE, question=charts.QUESTION, page="behaviour/paths", params=PathParams,
        compute=compute, tables=tables, headline=charts.headline, charts=CHARTS, members=members,
        definition=apart.defined(result.DEFINITION, between.WHAT), titles={"part": between.PARTS},
        count_titles=result.COUNT_TITLES, needs=NEEDS),
}  # fmt: skip
