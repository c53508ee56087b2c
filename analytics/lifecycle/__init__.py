"""Lifecycle: where every customer stands, who moves, and what each stage needs.

Definition
----------
At the end of a day, for a customer who has joined by then (`stages` holds the rule):

- **opened**: no customer-initiated transaction yet.
- **activated**: first and second active day (a day with such a transaction that is no refund).
- **active**: from the third active day.
- **dormant**: 90 idle days or more since the last active day; **lost**: 180 or more.
- **reactivated**: for 30 days from the day of return out of dormant or lost; then active.

Exactly one per customer and day; every threshold is a parameter. A customer joins on `opened_on`
(or the first account's), or with the first transaction where nothing earlier is known; without
either, on the extract's first day, and "opened" is then not observable. Kinds are recognised as in
RFM (`analytics.rfm.kinds`).

A joint account counts for its owner. Who holds an account only beside its owner is a customer since
that account opened; no transaction is known to be theirs, so they stand as **opened**, and are counted
and named apart (`joint_only`): they need no activation that the account has not had.

Left-censoring: what happened before the extract's first day is not seen. Month ends within
`lost_days` of it are marked, and left out of the transition shares.

Denominator: customers at as_of of the population. Balances are the last known ones of open accounts.

Read on: `params`, `days` (SQL), `standing`, `stages` (the rule), `schemes`, `balances`, `flows`,
`stocks`, `forecast`, `threshold`, `customers`, `actions`, `result`, `drill`, `words`, `rows`,
`charts`.

Literature: P. S. Fader, B. G. S. Hardie, "A Note on Deriving the Pareto/NBD Model" (2005) for the
gamma mixing behind the own-rhythm rule; J. G. Kemeny, J. L. Snell, Finite Markov Chains (1960).
"""

from analytics.lifecycle import actions, charts, rows, schemes, words
from analytics.lifecycle.drill import members
from analytics.lifecycle.params import LifecycleParams
from analytics.lifecycle.result import LifecycleResult, compute, tables
from analytics.registry import Analysis, ChartSpec, Need
from analytics.text import Text

__all__ = ["ANALYSES", "LifecycleParams", "LifecycleResult", "compute", "members", "tables"]


def _moved(result: LifecycleResult) -> bool:
    return bool(result.moved.counts.any())


def _ever_active(result: LifecycleResult) -> bool:
    return len(result.calendar.day) > 0


CHARTS = (
    ChartSpec(key="stages", title=words.STAGES_TITLE, build=charts.stage_bars,
              alt_text=words.stages_alt, rows=rows.stages, shape=rows.bars_shape, table="actions"),
    ChartSpec(key="balances", title=words.BALANCE_TITLE, build=charts.balance_bars,
              alt_text=words.balance_alt, rows=rows.balances, shape=rows.bars_shape, table="actions",
              shown=lambda result: result.balance_source is not None),
    ChartSpec(key="stocks", title=words.STOCKS_TITLE, build=charts.stock_areas,
              alt_text=words.stocks_alt, rows=rows.stocks, shape=rows.stocks_shape, table="stocks"),
    ChartSpec(key="sankey", title=words.SANKEY_TITLE, build=charts.sankey,
              alt_text=words.sankey_alt, rows=rows.sankey, shape=rows.sankey_shape,
              table="flows", shown=_moved),
    ChartSpec(key="transitions", title=words.MATRIX_TITLE, build=charts.matrix,
              alt_text=words.matrix_alt, rows=rows.matrix, shape=rows.matrix_shape,
              table="transitions", shown=lambda result: bool(result.moved.pooled.any())),
    ChartSpec(key="threshold", title=words.THRESHOLD_TITLE, build=charts.threshold_curve,
              alt_text=words.threshold_alt, rows=rows.threshold, shape=rows.lines_shape,
              table="threshold", shown=_ever_active),
    ChartSpec(key="forecast", title=words.FORECAST_TITLE, build=charts.forecast_lines,
              alt_text=words.forecast_alt, rows=rows.forecast, shape=rows.lines_shape,
              table="forecast", shown=lambda result: not result.outlook.is_empty()),
    ChartSpec(key="breakdown", title=words.BREAKDOWN_TITLE, build=charts.breakdown_bars,
              alt_text=words.breakdown_alt, rows=rows.breakdown, shape=rows.breakdown_shape,
              table="breakdown",
              shown=lambda result: result.params.by is not None),
)  # fmt: skip

_STAGE_TITLES = {**schemes.TITLES, "joined": words.JOINED}

ANALYSES = {
    "lifecycle": Analysis(
        key="lifecycle", title=words.TITLE, question=words.QUESTION, page="customers/lifecycle",
        params=LifecycleParams, compute=compute, tables=tables, headline=words.headline,
        charts=CHARTS, members=members, definition=words.DEFINITION,
        titles={"stage": schemes.TITLES, "moves_to": actions.goals(), "from_stage": _STAGE_TITLES, "to_stage": schemes.TITLES,
                "action": actions.ACTIONS, "kind": words.KIND_TITLES},
        count_titles=words.COUNT_TITLES, ahead=LifecycleParams.ahead,
        needs=(
            Need(path="transactions.happened_at"),
            Need(path="customers.opened_on|accounts.opened_on", required=False, without=Text(
                "who opened without ever acting is not seen", "无法识别开户后从未交易的客户")),
            Need(path="transactions.kind|transactions.category", required=False, without=Text(
                "every transaction counts, also interest, fees and salary",
                "将计入全部交易，包括利息、手续费和代发工资")),
            Need(path="balances.balance|transactions.balance_after", required=False, without=Text(
                "no balances per stage", "无法显示各阶段余额")),
        )),
}  # fmt: skip
