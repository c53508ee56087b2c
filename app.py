"""The frame of Tidemark: pages, language, dataset, as_of and population of this session.

The file is read twice. The server imports it and finds `app`, the page behind its guard; each
visit then runs it as a script. Run it with `tidemark`, or `python -m streamlit run app.py`.
"""

import gc
import sys

import streamlit as st

from analytics import registry, server
from analytics.text import Text
from pages.ui import frame, session, together, url, view

# The page of an analysis is named by the registry; these belong to none.
START = (
    frame.Entry("start/load", Text("Load data", "载入数据"), ":material/upload_file:"),
    frame.Entry("start/overview", Text("Overview", "总览"), ":material/dashboard:"),
    frame.Entry("start/compare", Text("Compare extracts", "数据对比"), ":material/compare_arrows:"),
    frame.Entry("start/story", Text("Story", "汇报"), ":material/auto_stories:"),
    frame.Entry("start/present", Text("Present", "演示"), ":material/present_to_all:"),
)
LAST = frame.Entry(
    "customers/customer", Text("One customer", "单一客户"), ":material/person_search:"
)


def show() -> None:
    """One run of the script: frame, page, address bar."""
    together.release()
    session.begin()
    st.set_page_config(page_title="Tidemark", page_icon=frame.ICON, layout="wide")
    entries = [*START, *map(frame.entry_of, registry.all_analyses()), LAST]
    page = frame.navigation(entries)
    view.arrive(page.url_path)
    frame.sidebar()
    try:
        page.run()
    finally:  # a page that waits for its figures stops early
        frame.freeze_imports(gc, len(sys.modules))
    url.publish(view.view(page.url_path))


if __name__ == "__main__":
    show()
else:
    from starlette.middleware import Middleware
    from streamlit.runtime.pages_manager import PagesManager

    # Pages are named below, none is found by its folder; said before the first visit, or a deep link
    # into a fresh process would open with the framework's "Page not found".
    PagesManager.uses_pages_directory = False
    app = st.App(__file__, middleware=[Middleware(server.Guard)],
                 on_script_error=frame.explain_fault)  # fmt: skip
