"""Start > Load data: extracts in, every row accounted for, and what the dataset can answer."""

import streamlit as st

from analytics.text import Text
from pages.ui import frame, session
from pages.ui.load import outcome, shelf

TITLE = Text("Load data", "载入数据")
QUESTION = Text("What is in this extract, and may I believe it?", "数据里有什么？是否可信？")

frame.title(TITLE, QUESTION)
frame.notice()
data = session.current()
if data is not None:
    with st.container():
        outcome.panel(data)
shelf.panel()
