"""How this was computed: definition, denominators, exclusions, SQL, and the command that repeats it."""

from __future__ import annotations

import json

import streamlit as st

from analytics.registry import Analysis
from analytics.run import Run, command_line
from analytics.text import Text, count
from pages.ui import session
from pages.ui.words import lang, safe_label, say

TITLE = Text("How this was computed", "计算说明")
DEFINITION = Text("Definition", "定义")
COUNTED = Text("Counted and left out", "计入与排除")
PARAMETERS = Text("Parameters", "参数")
REPEAT = Text("The same on the command line", "命令行复现")
REPEAT_UPLOAD = Text(
    "Works once the dataset is kept under this name.", "以此名称保存数据集后即可运行。"
)
QUERIES = Text("SQL", "SQL")
FINGERPRINT = Text("Dataset fingerprint {fingerprint}; counted up to the end of {day}.",
                   "数据集指纹 {fingerprint}；统计至 {day} 日终。")  # fmt: skip


def panel(run: Run) -> None:
    """Folded at the end of a page; what is folded is not rendered."""
    found = st.expander(say(TITLE), icon=":material/function:", on_change="rerun",
                        key=f"{run.analysis.key}.computed")  # fmt: skip
    if not found.open:
        return
    facts, analysis = run.result.provenance, run.analysis
    with found:
        st.markdown(f"**{say(DEFINITION)}**")
        st.markdown(safe_label(analysis.definition(lang()), 4000))
        st.caption(say(FINGERPRINT, fingerprint=facts.fingerprint, day=facts.as_of.isoformat()))
        counts, settings = st.columns(2)
        with counts:
            st.markdown(f"**{say(COUNTED)}**")
            rows = {_words(analysis, k): count(v, lang()) for k, v in facts.counts.items()}
            st.table(rows, border="horizontal")
        with settings:
            st.markdown(f"**{say(PARAMETERS)}**")
            st.code(json.dumps(run.params.as_dict(), ensure_ascii=False, indent=1), language="json",
                    wrap_lines=True, height=260)  # fmt: skip
        st.markdown(f"**{say(REPEAT)}**")
        st.code(command_line(run, run.dataset), language="bash", wrap_lines=True)
        entry = session.current_entry()
        if entry is not None and not entry.kept:
            st.caption(say(REPEAT_UPLOAD))
        st.markdown(f"**{say(QUERIES)}**")
        st.code(facts.sql, language="sql", height=280)


def _words(analysis: Analysis, name: str) -> str:
    title = analysis.count_titles.get(name)
    return title(lang()) if title else safe_label(name.replace("_", " "))
