"""An empty page with Tidemark's imports: what a rerun costs before anything is shown."""

import gc
import sys

import streamlit as st

from analytics import registry
from pages.ui import frame

registry.all_analyses()
st.text("empty")
frame.freeze_imports(gc, len(sys.modules))
