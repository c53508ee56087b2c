"""Start > Load data: extracts in, every row accounted for, and what the dataset can answer."""

import streamlit as st

from analytics.text import Text
from pages.ui import frame, session
from pages.ui.load import importing, outcome, shelf, sources, under_way

TITLE = Text("Load data", "载入数据")
QUESTION = Text("What is in this extract, and may I believe it?", "数据里有什么？是否可信？")

frame.title(TITLE, QUESTION)
frame.notice()
if headers := st.session_state.get(sources.SAMPLE_KEY):
    importing.sample_now(headers)
draft = sources.draft()
if importing.RUN_KEY in st.session_state:  # a finished import has no draft any more
    importing.import_now(draft)
sources.panel()
if draft is not None and sources.files(draft):
    under_way.panel(draft)
elif (data := session.current()) is not None:
    outcome.panel(data)
shelf.panel()
