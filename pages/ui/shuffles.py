"""The button of the rules page that shuffles the baskets: how many rules would noise alone give?

The answer belongs to the settings it was asked under and is kept with the session; a moved slider
takes it away, for it would be the answer to another question, and brings it back when moved back.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from analytics.rules import charts_beside, words
from analytics.rules.discover import noise
from analytics.run import Run, command_line
from analytics.text import Text
from pages.ui import charts, frame, runs, session
from pages.ui.words import lang, safe_label, say

TIMES = Text("Shuffles", "打乱次数")
SHUFFLE = Text("Shuffle the baskets", "随机打乱")
HELP = Text("Every item is dealt out at random to as many baskets as before, and rules are mined again at these "
            "settings: what comes out is chance.",
            "将每一项随机分配到同样数量的篮子中，并按当前设置重新挖掘：由此得到的规则纯属偶然。")  # fmt: skip
MOST_TIMES, USUAL_TIMES, MOST_ASKED = 1_000, 20, 24


@st.fragment
def panel(found: Run) -> None:
    """How often, the button, and what chance gave where it was asked at these settings."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        times = st.number_input(
            say(TIMES), 1, MOST_TIMES, USUAL_TIMES, key="rules.shuffle.times", width=140
        )
        pressed = st.button(
            say(SHUFFLE), icon=":material/shuffle:", help=say(HELP), key="rules.shuffle"
        )
    asked: list[object] = st.session_state.setdefault("rules.shuffle.asked", [])
    params = replace(found.params, shuffles=times)
    key = (
        found.fingerprint,
        "rules.noise",
        params,
        found.as_of,
        found.population,
        session.revision(),
    )
    if pressed and key not in asked:
        asked.append(key)
        del asked[:-MOST_ASKED]
    if key in asked:
        with runs.failures_in_words():
            rows = runs.result(key, "rules.noise", frame.require_dataset(),
                               lambda _: noise(found.result.held, params))  # fmt: skip
        _show(replace(found, params=params), rows)


def _show(found: Run, rows: pl.DataFrame) -> None:
    """The sentence with its denominator, the shuffles one by one, and the command that repeats it."""
    told = words.noise_sentence(found.result, rows)
    st.markdown(safe_label(told(lang()), 600))
    if rows["over_thresholds"].sum():
        drawn = charts_beside.noise_bars(rows, told, lang())
        charts.plain(drawn, "rules.shuffle.chart", told(lang()))
    st.code(command_line(found, found.dataset), language="bash", wrap_lines=True)
