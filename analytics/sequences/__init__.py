"""Sequences: what customers do, in which order, and what those who leave do before.

Read on: `params`, `alphabet` and `builder` (rows to sequences), `mining` and `holders` (patterns,
rules, who holds them), `outcome` and `windows` (two groups without a leak), `contrast` (tests and
corrections), `compared`, `groups`, `result`, `words`, `charts`. The miner itself is
`analytics.patterns`. Funnels, paths, Markov chains and hidden states build on the same sequences.
"""

from analytics.registry import Analysis, ChartSpec, Need
from analytics.sequences import charts, words
from analytics.sequences.params import MineParams
from analytics.sequences.result import SequencesResult, compute, members, tables

__all__ = ["ANALYSES", "NEEDS", "MineParams", "SequencesResult", "compute", "members", "tables"]

NEEDS = (Need(path="events|transactions|accounts.opened_on"),)
CHARTS = (
    ChartSpec(key="patterns", title=words.TOP_TITLE, build=charts.top_patterns, alt_text=charts.top_alt, table="patterns"),
    ChartSpec(key="contrast", title=words.CONTRAST_TITLE, build=charts.contrast, alt_text=charts.contrast_alt,
              table="contrast", shown=lambda result: result.compared is not None),
    ChartSpec(key="rules", title=words.RULES_TITLE, build=charts.rules, alt_text=charts.rules_alt, table="rules"),
    ChartSpec(key="alphabet", title=words.ALPHABET_TITLE, build=charts.alphabet, alt_text=charts.alphabet_alt,
              table="alphabet"),
    ChartSpec(key="breakdown", title=words.BREAKDOWN_TITLE, build=charts.breakdown, alt_text=charts.breakdown_alt,
              table="breakdown", shown=lambda result: result.breakdown is not None),
)  # fmt: skip
ANALYSES = {
    "sequences": Analysis(
        key="sequences", title=words.TITLE, question=words.QUESTION, page="behaviour/sequences", params=MineParams,
        compute=compute, tables=tables, headline=words.headline, charts=CHARTS, members=members,
        definition=words.DEFINITION, count_titles=words.COUNT_TITLES, needs=NEEDS),
}  # fmt: skip
