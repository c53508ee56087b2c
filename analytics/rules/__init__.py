"""Rules: what goes together, which of it can be believed, and whom to offer it.

Definition
----------
A rule X -> Y over n baskets of items, with `a` baskets holding X, `c` holding Y and `both` holding
both: support = both / n, confidence = both / a, lift = (both / a) / (c / n). Thresholds are compared
as whole numbers of baskets (ceil(share x n), guarded against float error).

Baskets: products held per customer (default; customers without an open account are not baskets),
the extract's own orders, a customer's months, or behaviour around an index date (`behaviour`).

Believing: Fisher's exact test of the rule and of every item of its antecedent given the others
(`believe`), corrected over every rule that could have been listed (`mining.Rules.tested`); rules
no better than a simpler one are folded; what was mined on some customers is confirmed on others
(`holdout`); `noise` says what shuffled baskets would give. With `correction=none` nothing is tested
or folded: every rule over the thresholds is listed.

Read on: `params`, `baskets`, `mining` (with `analytics.itemsets`), `measures`, `believe`, `known`, `discover`,
`ground`, `quantities`, `holdout`, `offers`, `nextbest` with `ranking`, `frames` with `views` and `network`, `result`,
`drill`, `words`, `charts`, `charts_beside`.

Literature: Agrawal, Imielinski, Swami 1993 (SIGMOD); Webb 2007, "Discovering significant patterns",
Machine Learning 68:1; Benjamini & Hochberg 1995; Holm 1979; Steck 2019 (EASE).
"""

from analytics.registry import Analysis, ChartSpec, Need
from analytics.rules import charts, charts_beside, nextbest, ranking, words
from analytics.rules.params import RulesParams
from analytics.rules.result import RulesResult, compute, members, tables
from analytics.text import Text

__all__ = ["ANALYSES", "RulesParams", "RulesResult", "compute", "members", "tables"]


def _has(table: str):  # type: ignore[no-untyped-def]
    """Whether a result has something in this table."""
    return lambda result: table in tables(result)


def _fixed(result: RulesResult) -> bool:
    """The shape of a chart whose drawing depends on its rows alone."""
    return True


CHARTS = (
    ChartSpec(key="scatter", title=words.SCATTER_TITLE, build=charts.scatter, alt_text=words.scatter_alt,
              table="rules", shown=_has("card"), rows=charts.scatter_rows, shape=charts.scatter_shape),
    ChartSpec(key="card", title=words.CARD_TITLE, build=charts.card, alt_text=words.card_alt, table="card",
              shown=_has("card"), rows=charts.card_rows, shape=charts.card_shape),
    ChartSpec(key="graph", title=words.GRAPH_TITLE, build=charts.graph, alt_text=words.graph_alt, table="graph",
              shown=_has("graph"), rows=charts.graph_rows, shape=charts.graph_shape),
    ChartSpec(key="takers", title=words.OFFERS_TITLE, build=charts_beside.takers, alt_text=words.offers_alt,
              table="opportunities", shown=_has("opportunities"), rows=charts_beside.takers_rows,
              shape=charts_beside.takers_shape),
    ChartSpec(key="matrix", title=words.MATRIX_TITLE, build=charts.matrix, alt_text=words.matrix_alt,
              table="matrix", shown=_has("matrix")),
    ChartSpec(key="parallel", title=words.PARALLEL_TITLE, build=charts.parallel, alt_text=words.parallel_alt,
              table="parallel", shown=_has("parallel")),
    ChartSpec(key="pairs", title=words.PAIRS_TITLE, build=charts_beside.pairs, alt_text=words.pairs_alt,
              table="pairs", shown=_has("pairs"), rows=charts_beside.pairs_rows, shape=_fixed),
    ChartSpec(key="next_best", title=words.NEXT_TITLE, build=charts_beside.next_best, alt_text=words.next_alt,
              table="next_best", shown=_has("next_best"), rows=charts_beside.next_rows,
              shape=charts_beside.next_shape),
    ChartSpec(key="noise", title=words.NOISE_TITLE, build=charts_beside.noise, alt_text=words.noise_alt,
              table="noise", shown=_has("noise")),
    ChartSpec(key="cohorts", title=words.STABILITY_TITLE, build=charts_beside.stability("cohorts", "cohort"),
              alt_text=lambda result, lang: words.stability_alt("cohorts", result, lang), table="cohorts",
              shown=_has("cohorts")),
    ChartSpec(key="breakdown", title=words.BREAKDOWN_TITLE, build=charts_beside.stability("breakdown", "group"),
              alt_text=lambda result, lang: words.stability_alt("breakdown", result, lang), table="breakdown",
              shown=_has("breakdown")),
)  # fmt: skip

ANALYSES = {
    "rules": Analysis(
        key="rules", title=words.TITLE, question=words.QUESTION, page="behaviour/rules",
        params=RulesParams, compute=compute, tables=tables, headline=words.headline, charts=CHARTS,
        members=members, definition=words.DEFINITION,
        titles={"role": words.ROLE_TITLES, "method": ranking.METHODS, "phase": nextbest.PERIODS},
        count_titles=words.COUNT_TITLES, ahead=RulesParams.ahead,
        needs=(
            Need(path="accounts.product|transactions.item|transactions.kind|transactions.category"),
            Need(path="accounts.opened_on", required=False, without=Text(
                "next best products cannot be measured", "无法评估下一产品推荐效果")),
        )),
}  # fmt: skip
