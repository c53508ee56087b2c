"""Start > Story: the pins in order, their sentences and notes, and every file they can become."""

import streamlit as st

from analytics.story import shelf
from analytics.story.book import FEWEST_FRAMES, MOST_FRAMES, Source
from analytics.story.written import Told
from analytics.text import Text
from pages.ui import frame, prepared, session
from pages.ui.story import byhand, dated, files, frames
from pages.ui.words import lang, say

TITLE = Text("Story", "汇报")
QUESTION = Text("What do I want the board to remember?", "希望管理层记住什么？")
STORY_TITLE = Text("Title", "标题")
TITLE_HINT = Text("What this story is about", "本次汇报的主题")
SMALLEST = Text("Smallest group shown", "最小显示人数")
SMALLEST_HELP = Text("Smaller groups, and what would give them away, are left out of pins made from now on and their files.",
                     "人数更少的分组及可据以推算的内容，不进入此后固定的页面及其文件。")  # fmt: skip
EMPTY = Text("Nothing is pinned yet. On the page of an analysis choose **Pin**: its headline, a chart or a table.",
             "尚未固定任何内容。请在分析页面选择**固定**：结论、图表或数据表。")  # fmt: skip
ADVICE = Text(
    "{n} frames. An audience follows {low} to {high}.", "共{n}页。建议 {low} 至 {high} 页。"
)
PRESENT = Text("Present", "演示")


def keep_title() -> None:
    """The title as typed."""
    typed = " ".join(st.session_state["story.title"].split())[:120]
    session.state().write_note(shelf.TITLE, byhand.clean(typed))


def keep_smallest() -> None:
    """The smallest count shown from now on."""
    session.state().write_note(shelf.SMALLEST, str(st.session_state["story.smallest"]))


frame.title(TITLE, QUESTION)
frame.notice()
data = frame.require_dataset()
state = session.state()
pins = shelf.pinned(state)
st.session_state["story.title"] = shelf.title(state)
st.session_state["story.smallest"] = shelf.smallest(state)
words, smallest = st.columns([4, 1])
words.text_input(say(STORY_TITLE), key="story.title", placeholder=say(TITLE_HINT), max_chars=120,
                 on_change=keep_title)  # fmt: skip
smallest.number_input(say(SMALLEST), 1, 1000, key="story.smallest", help=say(SMALLEST_HELP),
                      on_change=keep_smallest)  # fmt: skip
if not pins:
    st.info(say(EMPTY), icon=":material/push_pin:")
    st.page_link("pages/start/overview.py", icon=":material/dashboard:")
    files.opening(data)
    st.stop()
source = session.remember(("story.source",), lambda: Source.of(data))
story = shelf.story(state, source, pins)
told = Told(
    story=story, shown=tuple(one.shown for one in pins), lang=lang(), theme=prepared.theme()
)
with st.container(horizontal=True, vertical_alignment="center"):
    st.page_link("pages/start/present.py", label=say(PRESENT), icon=":material/present_to_all:")
    files.check(story, data)
    st.caption(say(ADVICE, n=len(pins), low=FEWEST_FRAMES, high=MOST_FRAMES))
files.exports(told)
dated.editor(data)
frames.editor(pins, told)
files.opening(data)
