"""The risk gate: whom it stops, step by step, before an audience leaves for a campaign.

Only counts are shown beside an audience. Who was stopped is for the risk team: a list on the risk
page alone, with its own logged export.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import polars as pl
import streamlit as st

from analytics import audiences, audit, registry
from analytics.anomalies import gate, verdicts
from analytics.anomalies.gate import STEPS, Passed
from analytics.dataset import EVERYBODY
from analytics.download import csv_bytes
from analytics.readiness import readiness
from analytics.run import Run
from analytics.text import Text, UserError, count
from pages.ui import analysis as kit
from pages.ui import forms, session, tables
from pages.ui.words import lang, safe_label, say

INTRO = Text("Customers with unusual movements, a confirmed case or a high risk leave an audience before it is "
             "exported. Choose what is still acceptable; it is kept beside the dataset and holds for every export.",
             "交易异常、已确认或高风险的客户在导出前移出客群。请设定可接受的风险；设置随数据集保存，适用于所有导出。")  # fmt: skip
USE = Text("Use the risk gate", "启用风险闸口")
OFF = Text("The gate is off: all members are exported.", "闸口已关闭：将导出全部成员。")
LEAST = Text("Acceptable: cases with a score under", "可接受：案件得分低于")
SINCE = Text("Cases of how many days back", "回看天数内的案件")
HIGHEST = Text("Acceptable: risk score up to", "可接受：风险评分不超过")
ON_WHOM = Text("Audience", "客群")
ALL = Text("All customers", "全部客户")
STEP, CUSTOMERS = Text("Step", "步骤"), Text("Customers", "客户数")
KEEP_NAME = Text("Name of the audience that may be contacted", "可触达客群的名称")
KEEP = Text("Keep as audience", "保存为客群")
KEPT = Text("Kept “{name}”: {n} customers.", "已保存“{name}”：{n}位客户。")
TEAM = Text("For the risk team: who was stopped", "供风险团队：被拦截的客户")
TEAM_ONLY = Text("This list is no part of any audience and of no marketing export.",
                 "此名单不属于任何客群，也不会出现在营销导出中。")  # fmt: skip
TEAM_EXPORT = Text("Export real ids for the risk team", "为风险团队导出真实客户号")
NO_CASES = Text("Unusual movements cannot be looked for in this extract; the gate uses what else is known.",
                "此数据无法识别交易异常，闸口仅使用其他已知信息。")  # fmt: skip
LIMITS = {"least_score": (LEAST, 0.0, 20.0, 0.5), "last_days": (SINCE, 7, 1095, 1)}


def of_audience(members: pl.Series, place: str) -> Passed | None:
    """Show how the gate thins this audience out; None where the person switched it off."""
    on = st.toggle(say(USE), value=True, key=f"{place}.gate")
    if not on:
        st.caption(f":material/warning: {say(OFF)}")
        return None
    passed = let_through(members)
    _steps(passed)
    return passed


def panel(found: Run) -> None:
    """The gate on the risk page: what is acceptable, one audience, its steps, the list of the stopped."""
    st.caption(say(INTRO))
    _settings()
    state = session.state()
    names = audiences.names(state)
    chosen = st.selectbox(say(ON_WHOM), [None, *names], key="gate.audience",
                          format_func=lambda name: say(ALL) if name is None else name)  # fmt: skip
    members = found.result.customers["customer_id"] if chosen is None else audiences.members(
        state, chosen)["customer_id"]  # fmt: skip
    passed = let_through(members)
    shown, use = st.columns(2, gap="medium")
    with shown:
        _steps(passed)
    with use:
        _keep(found, passed)
    _team(passed)


def let_through(members: pl.Series) -> Passed:
    """The gate as it is set, on these customers."""
    data = session.current()
    assert data is not None
    chosen = gate.settings(session.state())
    since = session.as_of() - timedelta(days=chosen.last_days)
    said = verdicts.kept(session.state())
    risk = session.remember(("gate risk",), lambda: gate.risk_rows(data))
    return gate.pass_through(
        members, _cases(), said, risk, chosen.least_score, chosen.highest_risk, since
    )


def _cases() -> pl.DataFrame:
    """The cases of all customers, whatever the page's population is."""
    data, analysis = session.current(), registry.load("anomalies")
    if readiness(data, analysis).state == "blocked":
        st.caption(say(NO_CASES))
        return pl.DataFrame(schema={"customer_id": pl.String, "day": pl.Date, "score": pl.Float64})
    params = forms.current_params(analysis.key, analysis.params) or analysis.params()
    return kit.run(analysis, data, params, EVERYBODY).result.cases


def _settings() -> None:
    """The limits, as kept beside the dataset; every move of a slider is kept."""
    data = session.current()
    risk = session.remember(("gate risk",), lambda: gate.risk_rows(data))
    scores = risk["risk_score"].drop_nulls()
    chosen = gate.settings(session.state())
    with st.grid("auto", min_column_width=220):
        for name, (label, low, high, step) in LIMITS.items():
            _slider(name, label, low, high, getattr(chosen, name), step)
        if scores.len() and scores.min() < scores.max():
            low, high = float(scores.min()), float(scores.max())
            now = high if chosen.highest_risk is None else chosen.highest_risk
            _slider("highest_risk", HIGHEST, low, high, now, None)


def _slider(
    name: str, label: Text, low: float, high: float, now: float, step: float | None
) -> None:
    key = f"gate.{name}@{lang()}"
    st.session_state[key] = min(max(now, low), high)
    st.slider(
        say(label), low, high, step=step, key=key, on_change=_keep_setting, args=(name, key, high)
    )


def _keep_setting(name: str, key: str, high: float) -> None:
    """Keep what was chosen; a risk score up to the highest there is means no limit."""
    value = st.session_state[key]
    if name == "highest_risk" and value >= high:
        value = None
    gate.keep(session.state(), replace(gate.settings(session.state()), **{name: value}))


def _steps(passed: Passed) -> None:
    """Who was there, who left at each step, who is left: counts only."""
    rows = {
        STEPS[step](lang()): count(n, lang())
        if n == 0 or step in ("asked", "left")
        else f"-{count(n, lang())}"
        for step, n in passed.waterfall.iter_rows()
    }
    st.table(rows, border="horizontal")


def _keep(found: Run, passed: Passed) -> None:
    with st.form("gate.keep", border=False, clear_on_submit=True):
        name = st.text_input(say(KEEP_NAME), max_chars=80)
        sent = st.form_submit_button(say(KEEP), icon=":material/bookmark_add:")
    if not sent:
        return
    origin = audiences.Origin(analysis="anomalies", as_of=session.as_of(), params=found.params.as_dict(),
                              population=session.population().as_words(), selection={
                                  "gate": asdict(gate.settings(session.state()))})  # fmt: skip
    try:
        made = audiences.create(session.state(), name, origin, passed.allowed)
    except UserError as error:
        st.error(safe_label(error.text(lang()), 300))
        return
    st.toast(say(KEPT, name=safe_label(made.name), n=count(made.customers, lang())))


def _team(passed: Passed) -> None:
    """Who was stopped, and why; only here."""
    part = st.expander(
        say(TEAM), icon=":material/shield_person:", on_change="rerun", key="gate.team"
    )
    if not part.open:
        return
    with part:
        st.caption(say(TEAM_ONLY))
        shown = passed.stopped.rename({"step": "stopped_by"})
        tables.table(shown, "stopped", "gate.stopped", say(TEAM), {"stopped_by": STEPS})
        state, who, stopped = session.state(), session.who(), passed.stopped

        def written() -> bytes:
            audit.record(state, who, "export_risk_list", "risk gate", stopped.height)
            return csv_bytes(stopped)

        if stopped.height:
            st.download_button(say(TEAM_EXPORT), written, "risk_team.csv", "text/csv", key="gate.team.real",
                               icon=":material/download:", on_click="ignore")  # fmt: skip
