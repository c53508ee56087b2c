"""Start > Present: one frame at a time, large and calm; arrow keys, parameters frozen as pinned."""

import streamlit as st

from analytics.story import shelf
from analytics.story.book import Source
from analytics.story.written import Told
from analytics.text import Text
from pages.ui import frame, prepared, session
from pages.ui.story import view
from pages.ui.words import lang, safe_label, say

TITLE = Text("Present", "演示")
QUESTION = Text("The story, one idea a frame.", "逐页讲述，每页一个要点。")
EMPTY = Text("Nothing is pinned yet.", "尚未固定任何内容。")
TO_STORY = Text("Back to the story", "返回汇报")
PREVIOUS, NEXT = Text("Previous", "上一页"), Text("Next", "下一页")
PLACE = Text("{n} of {all}", "第{n}页，共{all}页")
NOTES = Text("Notes", "备注")
PLACE_KEY = "present.place"
# What the framework has no switch for: the sidebar gives way, and the type is for the back row.
STYLE = """<style>
[data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stHeader"],
[data-testid="stExpandSidebarButton"] { display: none; }
[data-testid="stMainBlockContainer"] { padding: 2.2rem 4vw 1rem; max-width: none; }
[data-testid="stMainBlockContainer"] h1 { font-size: clamp(1.6rem, 2.7vw, 2.7rem); line-height: 1.25; text-wrap: balance; }
</style>"""


def go(step: int, frames: int) -> None:
    """One frame on or back; the ends stay."""
    place = st.session_state.get(PLACE_KEY, 0) + step
    st.session_state[PLACE_KEY] = min(max(place, 0), frames - 1)


if session.current() is None:
    frame.title(TITLE, QUESTION)
data = frame.require_dataset()
state = session.state()
pins = shelf.pinned(state)
if not pins:
    frame.title(TITLE, QUESTION)
    st.info(say(EMPTY), icon=":material/push_pin:")
    st.page_link("pages/start/story.py", label=say(TO_STORY), icon=":material/arrow_back:")
    st.stop()
st.html(STYLE)
place = min(st.session_state.get(PLACE_KEY, 0), len(pins) - 1)
source = session.remember(("story.source",), lambda: Source.of(data))
story = shelf.story(state, source, pins)
told = Told(
    story=story, shown=tuple(one.shown for one in pins), lang=lang(), theme=prepared.theme()
)
page = view.page_of(pins[place], told)
st.title(safe_label(page.sentence, 600), anchor=False)
view.figure(page, f"present.{pins[place].number}", large=True)
view.remarks(page)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.page_link("pages/start/story.py", label=say(TO_STORY), icon=":material/close:")
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        st.button(say(PREVIOUS), icon=":material/chevron_left:", key="present.previous", disabled=place == 0,
                  shortcut="Left", on_click=go, args=(-1, len(pins)))  # fmt: skip
        st.markdown(say(PLACE, n=place + 1, all=len(pins)), width="content")
        st.button(say(NEXT), icon=":material/chevron_right:", key="present.next", shortcut="Right",
                  disabled=place == len(pins) - 1, on_click=go, args=(1, len(pins)))  # fmt: skip
if page.frame.notes:
    with st.expander(say(NOTES), icon=":material/notes:"):
        st.text(page.frame.notes)
st.caption(safe_label(told.foot, 600))
