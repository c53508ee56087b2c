"""Take the story away as a file, open one, and hold its numbers against the data."""

from __future__ import annotations

import hashlib

import polars as pl
import streamlit as st

from analytics.dataset import Dataset
from analytics.download import safe_file_name
from analytics.story import shelf
from analytics.story.book import Story
from analytics.story.files import FORMATS, make
from analytics.story.numbers import WHAT
from analytics.story.rebuild import Retold, retell
from analytics.story.written import Told
from analytics.text import Text, UserError, count
from pages.ui import runs, session
from pages.ui.words import lang, safe_label, say

EXPORT = Text("Export", "导出")
EXPORT_HELP = Text("Every file carries the extract's last day, row counts, parameters and fingerprint, and leaves small groups out.",
                   "每个文件均注明数据截止日、记录数、参数与指纹，并隐去小分组。")  # fmt: skip
CHECK = Text("Check every number", "核对全部数值")
CHECK_HELP = Text(
    "Computes every frame again and lists what differs.", "重新计算每一页并列出差异。"
)
OPEN = Text("Open a story", "打开汇报")
OPEN_HELP = Text("A story file (JSON), of this or another extract. Every number that moved is listed.",
                 "汇报文件 (JSON)，可来自其他数据；将列出所有变动的数值。")  # fmt: skip
ALL_SAME = Text("All {n} numbers are as told.", "{n}个数值均与汇报一致。")
MOVED = Text("{n} of {all} numbers moved.", "{all}个数值中有{n}个已变动。")
REFUSED = Text("Frame {n} could not be computed. {why}", "第{n}页无法计算。{why}")
USE = Text("Make this the story of this dataset", "设为本数据集的汇报")
FRAME, NUMBER, BEFORE, AFTER, CHANGE = (Text("Frame", "页"), Text("Number", "数值"), Text("Before", "原值"),
                                        Text("Now", "现值"), Text("What happened", "变化"))  # fmt: skip
MOST_MOVES = 1_000
CHECK_KEY = "story.check"


def exports(told: Told) -> None:
    """One button a format; a file is made when it is asked for."""
    st.markdown(f"**{say(EXPORT)}**", help=say(EXPORT_HELP))
    name = told.story.title or "story"
    with st.container(horizontal=True, gap="xsmall"):
        for kind, one in FORMATS.items():
            st.download_button(one.title(lang()), lambda kind=kind: make(kind, told),
                               safe_file_name(name, one.ending), one.mime, key=f"story.export.{kind}",
                               icon=":material/download:", on_click="ignore")  # fmt: skip


def check(story: Story, data: Dataset) -> None:
    """Compute the story again on demand and say what differs."""
    if st.button(
        say(CHECK), help=say(CHECK_HELP), icon=":material/fact_check:", key="story.check.now"
    ):
        st.session_state[CHECK_KEY] = _mark(story)
    if st.session_state.get(CHECK_KEY) == _mark(story):
        differences(story, retold(story, data))


def opening(data: Dataset) -> None:
    """A story from a file, computed on the open dataset."""
    with st.expander(say(OPEN), icon=":material/folder_open:"):
        given = st.file_uploader(say(OPEN), type=["json"], key="story.open", help=say(OPEN_HELP),
                                 label_visibility="collapsed")  # fmt: skip
        if given is None:
            return
        try:
            story = Story.from_json(given.getvalue())
        except UserError as error:
            st.error(safe_label(error.text(lang()), 400))
            return
        found = retold(story, data)
        differences(story, found)
        st.button(say(USE), type="primary", key="story.use", on_click=_use, args=(found,))


def retold(story: Story, data: Dataset) -> Retold:
    """The story computed on a dataset, with progress; from this session where it is known."""
    key = ("story", _mark(story), data.fingerprint, session.revision())
    with runs.failures_in_words():
        return runs.result(key, "story", data, lambda watched: retell(story, watched))  # type: ignore[no-any-return]


def differences(story: Story, found: Retold) -> None:
    """How many numbers moved, and each of them."""
    numbers = count(sum(len(frame.numbers) for frame in story.frames), lang())
    if found.same:
        st.success(say(ALL_SAME, n=numbers), icon=":material/check:")
        return
    st.warning(
        say(MOVED, n=count(len(found.moves), lang()), all=numbers), icon=":material/difference:"
    )
    for frame, why in found.refused.items():
        st.warning(say(REFUSED, n=frame + 1, why=safe_label(why(lang()), 300)))
    rows = [(m.frame + 1, m.identity, _words(m.before), _words(m.after), WHAT[m.what](lang()))
            for m in found.moves[:MOST_MOVES]]  # fmt: skip
    titles = [say(one) for one in (FRAME, NUMBER, BEFORE, AFTER, CHANGE)]
    st.dataframe(pl.DataFrame(rows, schema=titles, orient="row"), hide_index=True, placeholder="–",
                 alt=say(CHANGE), key="story.moves")  # fmt: skip


def _use(found: Retold) -> None:
    shelf.replace_all(session.state(), found)
    st.session_state.pop("story.open", None)


def _mark(story: Story) -> str:
    return hashlib.sha256(story.as_json().encode()).hexdigest()


def _words(value: object) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
