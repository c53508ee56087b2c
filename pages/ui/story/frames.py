"""The frames on the story page: read, put in order, worded, annotated for the speaker, removed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analytics.story import shelf
from analytics.story.shelf import Pinned
from analytics.story.written import EDITED, Told
from analytics.text import Text
from pages.ui import session
from pages.ui.story import byhand, view
from pages.ui.words import lang, safe_label, say

SENTENCE = Text("Sentence of this frame", "本页结论")
SENTENCE_HELP = Text("Written from the numbers. What you change is marked; empty it to get the generated one back.",
                     "由数据自动生成；改写后将予标注，清空即可恢复。")  # fmt: skip
NOTES = Text("Notes for the speaker", "演讲备注")
UP, DOWN, REMOVE = Text("Up", "上移"), Text("Down", "下移"), Text("Remove", "移除")
NUMBER = Text("Frame {n}", "第{n}页")
WORDS = Text("Words", "文字")


def editor(pins: Sequence[Pinned], told: Told) -> None:
    """Every frame in its card."""
    for place, pin in enumerate(pins):
        with st.container(border=True):
            _head(pins, place)
            page = view.page_of(pin, told)
            st.subheader(safe_label(page.sentence, 600), anchor=False)
            with st.grid(2, min_column_width=340, gap="medium"):
                with st.container():
                    _words(pin)
                with st.container():
                    view.figure(page, f"story.{pin.number}")
            view.remarks(page)


def _head(pins: Sequence[Pinned], place: int) -> None:
    pin = pins[place]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{say(NUMBER, n=place + 1)}**", width="stretch")
        if place:
            st.button(say(UP), key=f"story.up.{pin.number}", icon=":material/arrow_upward:", type="tertiary",
                      on_click=_swap, args=(pin.number, pins[place - 1].number))  # fmt: skip
        if place < len(pins) - 1:
            st.button(say(DOWN), key=f"story.down.{pin.number}", icon=":material/arrow_downward:", type="tertiary",
                      on_click=_swap, args=(pin.number, pins[place + 1].number))  # fmt: skip
        st.button(say(REMOVE), key=f"story.remove.{pin.number}", icon=":material/delete:", type="tertiary",
                  on_click=_remove, args=(pin.number,))  # fmt: skip


def _words(pin: Pinned) -> None:
    """Sentence and notes; kept as soon as the field is left."""
    sentence, notes = f"story.sentence.{pin.number}.{lang()}", f"story.notes.{pin.number}"
    st.session_state[sentence] = pin.frame.sentence(lang())
    st.session_state[notes] = pin.frame.notes
    st.text_area(say(SENTENCE), key=sentence, help=say(SENTENCE_HELP), max_chars=600, height=110,
                 on_change=_keep_sentence, args=(pin, sentence))  # fmt: skip
    if pin.frame.edited(lang()):
        st.caption(f":material/edit: {say(EDITED)}")
    st.text_area(
        say(NOTES), key=notes, max_chars=4000, height=90, on_change=_keep_notes, args=(pin, notes)
    )


def _keep_sentence(pin: Pinned, key: str) -> None:
    frame = pin.frame.with_sentence(lang(), byhand.clean(st.session_state[key]))
    shelf.edit(session.state(), pin.number, frame)


def _keep_notes(pin: Pinned, key: str) -> None:
    shelf.edit(
        session.state(), pin.number, pin.frame.with_notes(byhand.clean(st.session_state[key]))
    )


def _swap(one: int, other: int) -> None:
    shelf.swap(session.state(), one, other)


def _remove(number: int) -> None:
    session.state().unpin(number)
