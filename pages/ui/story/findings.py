"""What is worth a look first: every finding in a line, with its page and its pin, and all of them in a chart."""

from __future__ import annotations

import streamlit as st

from analytics.dataset import Dataset
from analytics.overview import Finding
from analytics.overview.words import SORTS
from analytics.registry import load
from analytics.run import Run
from analytics.text import Text
from pages.ui import analysis, forms, session
from pages.ui.story import pins, view
from pages.ui.words import lang, safe_label, say

WORTH = Text("Worth a look", "值得关注")
WORTH_HELP = Text("Only what beats the best of 99 copies of the bank in which chance is the only cause; those that concern most customers first.",
                  "仅列出优于 99 份随机打乱副本中最佳结果的发现，按涉及客户数排序。")  # fmt: skip
NONE = Text("Nothing stands out from chance.", "没有超出偶然的发现。")
SHOW = Text("Show", "查看")
CHART = Text("As a chart", "以图表显示")
COLOURS = {"differs": "blue", "changed": "orange", "unusual": "red"}


def panel(data: Dataset) -> None:
    """The findings of this day and these customers, those that concern most first."""
    st.subheader(say(WORTH), anchor=False, help=say(WORTH_HELP))
    searched = load("findings")
    found = analysis.run(searched, data, searched.params())
    if not found.result.found:
        st.markdown(say(NONE))
    for number, one in enumerate(found.result.found):
        _line(found, number, one)
    specs = searched.charts_of(found.result)
    if specs:
        with st.expander(say(CHART), icon=":material/bar_chart:"):
            for spec in specs:
                words = spec.alt_text(found.result, lang())
                view.plain(spec.build(found.result, lang()), (), "overview.findings.chart", words)
                pins.button(found, "chart", spec.key)


def _line(found: Run, number: int, one: Finding) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, gap="small"):
        st.badge(SORTS[one.sort](lang()), color=COLOURS[one.sort])  # type: ignore[arg-type]
        st.markdown(safe_label(one.sentence(lang()), 400), width="stretch")
        title = load(one.analysis).title(lang())
        if st.button(f"{say(SHOW)}: {title}", key=f"overview.finding.{number}", type="tertiary"):
            _follow(one)
        pins.button(found, "headline", one.key)


def _follow(one: Finding) -> None:
    """Open the page that shows a finding, with its breakdown."""
    shown = load(one.analysis)
    forms.set_values(shown.key, shown.params, dict(one.params))
    st.switch_page(session.page_file(shown.page))
