"""The workbench of the anomalies page: what to review today, verdicts, the gate before a campaign."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import streamlit as st

from analytics import registry
from analytics.anomalies import summaries, verdicts
from analytics.run import Run
from analytics.text import Text, count
from analytics.text import day as written_day
from pages.ui import analysis as kit
from pages.ui import choose, runs, session, tables
from pages.ui.risk import casecard, gating, judging, verdict_form
from pages.ui.words import lang, say

REVIEW = Text("Cases to review", "待核查案件")
VERDICTS = Text("Verdicts and what they say", "结论与评估")
GATE = Text("Risk gate", "风险闸口")
WORK = Text("Work on the cases", "案件处理")
SHOW = Text("Show", "显示")
MODES = {"best": Text("Strongest first", "按得分"), "day": Text("One day", "按日"),
         "changes": Text("New and cleared", "新增与解除")}  # fmt: skip
DAY = Text("Day", "日期")
DAY_CASES = Text("{day} · {n} cases", "{day} · {n}个案件")
BACK = Text("Compared with the list of so many days before", "与此前若干天的名单比较")
CHANGED = Text(
    "Since {day}: {new} new, {cleared} cleared.", "自{day}以来：新增{new}个，解除{cleared}个。"
)
HINT = Text(
    "Select a row to see the case in full and to judge it.", "选中一行，可查看案件全貌并作出判定。"
)
NOTHING = Text(
    "Nothing to review: no rule flagged a day up to now.", "没有待核查案件：截至目前没有规则提示。"
)
ALL_LEFT_OUT = Text("No case is listed: all {n} exceed the daily capacity or lie under the score set above.",
                    "名单为空：全部{n}个案件超出每日能力或低于上方设定的得分下限。")  # fmt: skip
COLUMNS = ("customer_id", "day", "kinds", "score", "reason", "reason_zh", "verdict")


def show(found: Run) -> None:
    """Three panels, of which only the open one is drawn."""
    panels = {"review": (REVIEW, review), "verdicts": (VERDICTS, judging.panel), "gate": (GATE, gating.panel)}  # fmt: skip
    titles = {name: say(title) for name, (title, _) in panels.items()}
    panels[choose.one_of(titles, WORK, "anomalies.work")][1](found)


def review(found: Run) -> None:
    """The list by strength, by day, or against an earlier list; a chosen case in full under it."""
    if found.result.cases.is_empty():
        left_out = found.result.counts["cases"]
        st.caption(say(ALL_LEFT_OUT, n=count(left_out, lang())) if left_out else say(NOTHING))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.segmented_control(say(SHOW), list(MODES), format_func=lambda key: say(MODES[key]), default="best",
                                    required=True, key=f"anomalies.mode.{lang()}")  # fmt: skip
        listed = {"best": _best, "day": _of_day, "changes": _changes}[mode](found)
    rows = tables.table(listed, f"anomalies-{mode}", f"anomalies.list.{mode}", say(REVIEW),
                        found.analysis.titles, one=True)  # fmt: skip
    if not rows:
        st.caption(f":material/touch_app: {say(HINT)}")
        return
    casecard.show(found, rows[0]["customer_id"], rows[0]["day"], "anomalies.case")


def _judged(cases: pl.DataFrame) -> pl.DataFrame:
    return verdicts.judged(cases, verdict_form.said())


def _best(found: Run) -> pl.DataFrame:
    """The strongest first; once enough were confirmed, the likeliest to be confirmed."""
    ranked = verdicts.rerank(found.result.cases, verdict_form.said())
    learnt = ("likelihood",) if ranked["likelihood"].count() else ()
    return _judged(ranked).select(*COLUMNS, *learnt)


def _of_day(found: Run) -> pl.DataFrame:
    cases = found.result.cases
    sizes = dict(cases.group_by("day").len().sort("day", descending=True).iter_rows())
    chosen = st.selectbox(say(DAY), list(sizes), key="anomalies.day",
                          format_func=lambda one: say(DAY_CASES, day=written_day(one, lang()), n=sizes[one]))  # fmt: skip
    return _judged(cases.filter(pl.col("day") == chosen)).select(COLUMNS)


def _changes(found: Run) -> pl.DataFrame:
    """What is new since an earlier list, and what is no longer listed."""
    days = st.select_slider(say(BACK), [1, 7, 14, 30, 90], 7, key="anomalies.back")
    before: date = session.as_of() - timedelta(days=days)
    changed = summaries.changes(found.result.cases, _list_of(found, before))
    sizes = dict(changed.group_by("status").len().iter_rows())
    st.caption(say(CHANGED, day=written_day(before, lang()), new=count(sizes.get("new", 0), lang()),
                   cleared=count(sizes.get("cleared", 0), lang())))  # fmt: skip
    return _judged(changed).select("status", *COLUMNS)


def _list_of(found: Run, day: date) -> pl.DataFrame:
    """The cases as they were listed at the end of an earlier day, under the same settings."""
    data, analysis = session.current(), registry.load("anomalies")
    params = replace(found.params, by=None, label=None, compare_days=None)
    key = (data.fingerprint, analysis.key, params, day, session.population(), session.revision())
    with runs.failures_in_words():
        return runs.result(key, "anomalies.before", data, lambda watched: kit.run_analysis(
            analysis.key, watched, params, day, found.population)).result.cases  # fmt: skip
