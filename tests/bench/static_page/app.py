"""The yardstick of the page bench: a slider and four small charts, nothing computed."""

import gc

import altair as alt
import streamlit as st

POINTS = 12

st.set_page_config(page_title="Static page", layout="wide")
shift = st.slider("Shift", 0, 1000, 500, 5, key="shift")
for number, column in enumerate(st.columns(4)):
    rows = [{"x": x, "y": (x * 37 + number * 11 + shift) % 100} for x in range(POINTS)]
    chart = alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="x:O", y="y:Q")
    column.altair_chart(chart)
if "frozen" not in st.session_state:
    st.session_state["frozen"] = True
    gc.collect()
    gc.freeze()
