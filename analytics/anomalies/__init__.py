"""Anomalies: who moves money unusually, against which baseline, and why.

Definition
----------
A flag is a movement with a kind, a reason in words and a tail probability: how often the bank's own
spread, or the customer's own rate, would give as much by chance. A *case* is one customer on one day.
Unusual is all it says.

Rules, each with its threshold (`params`) and its own tail:

- large amount, large after silence, large on a new device, lasting change of the balance: against the
  customer's usual largest movement (`amounts`, `levels`), seasonal by payday slot (`analytics.holidays`);
- burst, just under a threshold, at night: counts in a window against the customer's rate with the bank
  as prior (`burst`, `clusters`);
- in and out within 48 hours, round trips of two to four customers (`paths`);
- unusual profile: three models over twelve habits (`models`).

Instead of a contamination share, `capacity` says how many cases a day can be reviewed. `rules` shows how
many incidents chance would give beside how many there are.

Denominator: movements after a customer's first ten, of customers with at least fifteen, that are no
interest, fee, move between own accounts or last payment before leaving; each exclusion is counted.

Read on: `ledger` (SQL and baselines), `tails`, `changes`, `amounts`, `burst`, `clusters`, `paths`,
`levels`, `models`, `peers`, `benford`, `digits`, `kept` (what a slider does not repeat), `scan` (scores,
cases), `ranking` (the list before capacity and cut), `reasons`, `result`, `summaries`, `samples`, `labels`, `drill`, `card`, `verdicts`, `gate`, `words`,
`charts`, `charts_beside`.

Literature: see the modules; Iglewicz & Hoaglin (1993) for robust z, Chandola, Banerjee & Kumar, ACM
Computing Surveys 41 (2009), for the families of methods.
"""

from analytics.anomalies import charts, charts_beside, words
from analytics.anomalies.params import AnomalyParams
from analytics.anomalies.result import AnomalyResult, compute, members, tables
from analytics.registry import Analysis, ChartSpec, Need
from analytics.text import Text

__all__ = ["ANALYSES", "AnomalyParams", "AnomalyResult", "compute", "members", "tables"]


def _has_groups(result: AnomalyResult) -> bool:
    return result.breakdown is not None


def _has_board(result: AnomalyResult) -> bool:
    return result.board is not None


CHARTS = (
    ChartSpec(key="rules", title=words.RULES_TITLE, build=charts.rules, alt_text=words.rules_alt,
              table="rules", rows=charts.rules_rows, shape=charts.plain_shape),
    ChartSpec(key="calendar", title=words.CALENDAR_TITLE, build=charts.calendar,
              alt_text=words.calendar_alt, table="days", rows=charts.calendar_rows,
              shape=charts.calendar_shape),
    ChartSpec(key="scores", title=words.SCORES_TITLE, build=charts.scores, alt_text=words.scores_alt,
              table="score_bins", rows=charts.scores_rows, shape=charts.plain_shape),
    ChartSpec(key="months", title=words.MONTHS_TITLE, build=charts.months, alt_text=words.months_alt,
              table="months", rows=charts.months_rows, shape=charts.plain_shape),
    ChartSpec(key="digits", title=words.DIGITS_TITLE, build=charts_beside.digits,
              alt_text=words.digits_alt, table="digits", rows=charts_beside.digits_rows,
              shape=charts_beside.digits_shape),
    ChartSpec(key="board", title=words.BOARD_TITLE, build=charts_beside.board, alt_text=words.board_alt,
              table="board", shown=_has_board, rows=charts_beside.board_rows,
              shape=charts_beside.board_shape),
    ChartSpec(key="breakdown", title=words.BREAKDOWN_TITLE, build=charts_beside.breakdown,
              alt_text=words.breakdown_alt, table="groups", shown=_has_groups,
              rows=charts_beside.breakdown_rows, shape=charts_beside.breakdown_shape),
)  # fmt: skip

ANALYSES = {
    "anomalies": Analysis(
        key="anomalies", title=words.TITLE, question=words.QUESTION, page="risk/anomalies",
        params=AnomalyParams, compute=compute, tables=tables, headline=words.headline, charts=CHARTS,
        members=members, definition=words.DEFINITION, titles=words.TITLES,
        count_titles=words.COUNT_TITLES,
        needs=(
            Need(path="transactions.happened_at"),
            Need(path="transactions.amount"),
            Need(path="transactions.counterparty", required=False, without=Text(
                "no round trips", "无法识别资金回流")),
            Need(path="events.device", required=False, without=Text(
                "no new devices", "无法识别新设备")),
            Need(path="balances.balance|transactions.balance_after", required=False, without=Text(
                "no changes of the balance", "无法识别余额突变")),
            Need(path="risk.flag", required=False, without=Text(
                "no comparison with known outcomes", "无法与已知结果对照")),
        )),
}  # fmt: skip
