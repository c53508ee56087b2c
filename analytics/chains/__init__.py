"""Chains: what comes next (Markov), and the moods behind it (hidden Markov).

Both run on the sequences of `analytics.sequences` or on the deposit state of every month (`deposit`).
Read on: `params`, `states` (sequences of few states), `scores` and `long_run`, `markov_result`;
`fitting`, `decoding`, `hidden_result`; `between` (two groups), `charts`, `hidden_charts`. The engines are `analytics.markov` and `analytics.hmm`.
"""

from analytics.chains import between, charts, hidden_charts, hidden_result, markov_result
from analytics.chains.params import HiddenParams, MarkovParams
from analytics.registry import Analysis, ChartSpec, Need
from analytics.sequences import apart

__all__ = ["ANALYSES", "HiddenParams", "MarkovParams"]

NEEDS = (Need(path="events|transactions|accounts.opened_on|balances"),)
MARKOV = (
    ChartSpec(key="matrix", title=charts.MATRIX, build=charts.matrix, alt_text=charts.matrix_alt, table="matrix"),
    ChartSpec(key="forecast", title=charts.FORECAST, build=charts.forecast, alt_text=charts.forecast_alt, table="forecast",
              shown=lambda found: found.forecast.height > 0),
    apart.chart(between.move_label),
    ChartSpec(key="states", title=charts.STATES, build=charts.states, alt_text=charts.states_alt, table="states"),
    ChartSpec(key="breakdown", title=charts.BREAKDOWN, build=charts.breakdown, alt_text=charts.breakdown_alt,
              table="breakdown", shown=lambda found: found.breakdown is not None),
)  # fmt: skip
HIDDEN = (
    ChartSpec(key="emission", title=hidden_charts.EMISSION, build=hidden_charts.emission,
              alt_text=hidden_charts.emission_alt, table="emission"),
    ChartSpec(key="months", title=hidden_charts.MONTHS, build=hidden_charts.months, alt_text=hidden_charts.months_alt,
              table="months"),
    apart.chart(between.month_label),
    ChartSpec(key="models", title=hidden_charts.MODELS, build=hidden_charts.models, alt_text=hidden_charts.models_alt,
              table="models"),
    ChartSpec(key="breakdown", title=charts.BREAKDOWN, build=charts.breakdown, alt_text=charts.breakdown_alt,
              table="breakdown", shown=lambda found: found.breakdown is not None),
)  # fmt: skip
ANALYSES = {
    "markov": Analysis(
        key="markov", title=charts.TITLE, question=charts.QUESTION, page="behaviour/markov", params=MarkovParams,
        compute=markov_result.compute, tables=markov_result.tables, headline=charts.headline, charts=MARKOV,
        members=markov_result.members, definition=apart.defined(markov_result.DEFINITION, between.MOVES), titles={"model": charts.MODEL_TITLES},
        count_titles=markov_result.COUNT_TITLES, needs=NEEDS),
    "hmm": Analysis(
        key="hmm", title=hidden_charts.TITLE, question=hidden_charts.QUESTION, page="behaviour/hmm",
        params=HiddenParams, compute=hidden_result.compute, tables=hidden_result.tables,
        headline=hidden_charts.headline, charts=HIDDEN, members=hidden_result.members,
        definition=apart.defined(hidden_result.DEFINITION, between.MONTHS), count_titles=hidden_result.COUNT_TITLES, needs=NEEDS),
}  # fmt: skip
