"""What the verdicts say of the list, and the random sample that tells what it misses."""

from __future__ import annotations

import polars as pl
import streamlit as st

from analytics.anomalies import verdicts
from analytics.anomalies.verdicts import ENOUGH_POSITIVES
from analytics.run import Run
from analytics.statistics import wilson
from analytics.text import Text, count, share
from pages.ui import runs, tables
from pages.ui.risk import casecard
from pages.ui.risk.verdict_form import said
from pages.ui.words import lang, say

K = Text("Precision at the first", "前若干个案件的精确率")
JUDGED = Text("Cases judged", "已判定案件")
PRECISION = Text("Precision at {k}", "前 {k} 个精确率")
RECALL = Text("Recall, estimated", "召回率（估计）")
LEARNT = Text("Confirmed, for re-ranking", "已确认（用于重排）")
OF = Text("{a} of {b}", "{b}个中的{a}个")
BETWEEN = Text("95 %: {low} to {high}", "95% 区间：{low} 至 {high}")
NOT_YET = Text(
    "judge some cases of the list and some of the random sample", "请判定部分名单案件和部分随机样本"
)
RANKED = Text("The list is ordered by what the verdicts taught.", "名单已按已有结论重新排序。")
NOT_RANKED = Text("From {n} confirmed cases on, the list is ordered by what they taught.",
                  "确认满{n}个案件后，名单将据此重新排序。")  # fmt: skip
SAMPLE = Text("Random sample of days that are not on the list", "未列入名单日期的随机样本")
SAMPLE_WHY = Text("Only by judging some of these can be known what the list misses, be it that no rule flagged the day or "
                  "that capacity or the cut left it out. Each stands for {n} days. As long as cases of the list are not "
                  "judged, the recall is estimated too low.",
                  "只有判定其中一部分，才能估计名单遗漏了多少，无论是规则未提示，还是因核查能力或得分下限而未列出。"
                  "每条代表{n}个客户日。名单未全部判定前，召回率会被低估。")  # fmt: skip
ALL = Text("All verdicts", "全部结论")
OUTCOMES = Text("{hits} of {n} customers have a known outcome; the score tells them from the others with an area of {auc} "
                "under the ROC curve. The chart of precision and recall below shows it by share.",
                "{n}位客户中{hits}位有已知异常结果；得分区分二者的 ROC 曲线下面积为 {auc}，按占比的精确率与召回率见下方图表。")  # fmt: skip


def panel(found: Run) -> None:
    """What the verdicts say of the list, and where more are needed."""
    known, result = said(), found.result
    days = result.counts["customer_days"]
    ranked = verdicts.rerank(result.cases, known)
    most = max(result.cases.height, 1)
    k = st.slider(say(K), 1, max(most, 2), min(50, most), key="anomalies.k")
    _figures(result.cases, known, days, k)
    learnt = ranked["likelihood"].count() > 0
    st.caption(say(RANKED) if learnt else say(NOT_RANKED, n=ENOUGH_POSITIVES))
    if result.board is not None:
        st.caption(say(OUTCOMES, hits=count(result.board.hits, lang()), n=count(result.board.n, lang()),
                       auc=f"{result.board.roc_auc:.2f}"))  # fmt: skip
    _sample(found, known, days - result.cases.height)
    if known.height:
        st.markdown(f"**{say(ALL)}**")
        tables.table(
            _written(known), "verdicts", "anomalies.verdicts", say(ALL), found.analysis.titles
        )


def _written(known: pl.DataFrame) -> pl.DataFrame:
    """Verdicts as they are shown and exported: the time to the minute, in UTC."""
    at = pl.col("decided_at").str.slice(0, 16).str.replace("T", " ")
    return known.with_columns(at).drop("flagged")


def _figures(cases: pl.DataFrame, known: pl.DataFrame, days: int, k: int) -> None:
    hits, decided = verdicts.precision(cases, known, k)
    confirmed = known.filter(pl.col("flagged") & (pl.col("verdict") == "confirmed")).height
    estimate = verdicts.recall(cases, known, days)
    low, high = (float(end) for end in wilson(hits, decided))  # type: ignore[arg-type]
    judged = verdicts.judged(cases, known)["verdict"].count()
    cards = [
        (JUDGED, count(judged, lang()), say(OF, a=count(judged, lang()), b=count(cases.height, lang()))),
        (PRECISION.fill(k=k), share(hits / decided if decided else None),
         say(BETWEEN, low=share(low), high=share(high)) if decided else say(OF, a=hits, b=decided)),
        (RECALL, share(estimate.value if estimate else None),
         say(BETWEEN, low=share(estimate.low), high=share(estimate.high)) if estimate else say(NOT_YET)),
        (LEARNT, count(confirmed, lang()), say(OF, a=confirmed, b=ENOUGH_POSITIVES)),
    ]  # fmt: skip
    with st.grid(4, min_column_width=200):
        for title, value, note in cards:
            with st.container(border=True, gap="xsmall", height="stretch"):
                st.metric(say(title), value)
                st.caption(note)


def _sample(found: Run, known: pl.DataFrame, unlisted: int) -> None:
    sample = found.result.unflagged
    if sample.is_empty():
        return
    st.markdown(f"**{say(SAMPLE)}**")
    st.caption(say(SAMPLE_WHY, n=count(unlisted // sample.height, lang())))
    shown = sample.join(known.select("customer_id", "day", "verdict"), on=["customer_id", "day"], how="left",
                        maintain_order="left")  # fmt: skip
    rows = tables.table(shown, "random-sample", "anomalies.sample", say(SAMPLE), found.analysis.titles,
                        one=True)  # fmt: skip
    if rows:
        with runs.failures_in_words():
            casecard.show(
                found,
                rows[0]["customer_id"],
                rows[0]["day"],
                "anomalies.sample.card",
                flagged=False,
            )
