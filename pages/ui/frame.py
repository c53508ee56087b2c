"""What surrounds every page: navigation, sidebar, title, the line that says what the page is about."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import streamlit as st

from analytics.text import Text, UserError, count, day
from pages.ui import population, session, view
from pages.ui.forms import bound
from pages.ui.words import LANG_KEY, LANG_NAMES, browser_lang, lang, safe_label, say

if TYPE_CHECKING:
    from analytics.registry import Analysis

LOGGER = logging.getLogger("tidemark")
_frozen: dict[str, int] = {}
WAVES = ('<g fill="none" stroke="#3E86C6" stroke-width="2.6" stroke-linecap="round">'
         '<path d="M2 11c3.2-4 6.4-4 9.6 0s6.4 4 9.6 0"/>'
         '<path d="M2 19c3.2-4 6.4-4 9.6 0s6.4 4 9.6 0" opacity=".55"/></g>')  # fmt: skip
ICON = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 2 23 23">{WAVES}</svg>'
LOGO = (f'<svg xmlns="http://www.w3.org/2000/svg" width="132" height="28" viewBox="0 0 132 28">{WAVES}'
        '<text x="30" y="20.5" font-family="Helvetica Neue,Segoe UI,Liberation Sans,sans-serif" '
        'font-size="18" font-weight="600" letter-spacing="-.2" fill="#3E86C6">Tidemark</text></svg>')  # fmt: skip
# What the theme cannot say: English hints of the framework go, charts in words are for ears only, a
# primary button's words take the ink that reads on it in the dark theme, and a long chosen value is whole.
STYLE = """<style>
[data-testid="InputInstructions"] { display: none; }
[data-testid="stElementContainer"]:has(.tidemark-spoken) {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
[data-testid^="stBaseButton-primary"] { color: light-dark(#FFFFFF, #0B1420); }
[data-testid="stMultiSelect"] span[title] { color: light-dark(#FFFFFF, #0B1420) !important; white-space: normal; }
[data-testid="stMultiSelect"] [data-tag] { height: auto; }
[data-testid="stWidgetLabel"], [data-testid="stWidgetLabel"] p { color: light-dark(#0B1420, #E8EDF2) !important; }
</style>"""
SECTIONS = {
    "start": Text("Start", "开始"), "customers": Text("Customers", "客户"),
    "behaviour": Text("Behaviour", "行为"), "risk": Text("Risk", "风险"),
}  # fmt: skip
ANALYSIS_ICONS = {"rfm": ":material/grid_on:"}
LANGUAGE = Text("Language", "语言")
AS_OF = Text("As of", "截至")
AS_OF_HELP = Text("Everything on every page is counted up to the end of this day.",
                  "所有页面的数据均统计至该日结束。")  # fmt: skip
BACK_TO_DEFAULT = Text("Back to {day}", "恢复为{day}")
DATASET = Text("Dataset", "数据集")
NO_DATASET = Text("No dataset is open yet.", "尚未打开数据集。")
KEPT = Text("Kept", "已保存")
UPLOAD = Text("Upload", "临时上传")
KEPT_HELP = Text("Kept on this machine until deleted; every visitor of this server can open it.",
                 "保存在本机，直至删除；访问此服务器的用户均可打开。")  # fmt: skip
UPLOAD_HELP = Text("Only this browser can see it. It is deleted after 8 idle hours.",
                   "仅当前浏览器可见，闲置 8 小时后自动删除。")  # fmt: skip
FINGERPRINT = Text(
    "Fingerprint: identifies the content of the dataset.", "指纹：数据集内容的唯一标识。"
)
SIZES = Text("{customers} customers, {rows} transactions", "{customers}位客户，{rows}笔交易")
PERIOD = Text("{first} to {last}", "{first} 至 {last}")
SWITCH = Text("Switch dataset", "切换数据集")
FAULT = Text("An unexpected fault stopped this page. Nothing was lost; change a setting or reload.",
             "页面因意外故障中止，数据未受影响。请调整设置或刷新页面。")  # fmt: skip
FAULT_TITLE = Text("Something went wrong", "出现问题")
EVERYBODY = Text("All customers", "全部客户")
PEOPLE = Text("{n} customers", "{n}位客户")
NEEDS_DATASET = Text("Load an extract, or the sample bank, and this page answers.",
                     "请先载入数据或示例银行，再查看本页。")  # fmt: skip
GO_LOAD = Text("Load data", "载入数据")


@dataclass(frozen=True)
class Entry:
    """One page in the navigation; `path` is below pages/, without `.py`."""

    path: str
    title: Text
    icon: str

    @property
    def address(self) -> str:
        """Its path in the address bar; the first page answers at the root."""
        return self.path.rpartition("/")[2]


def entry_of(analysis: Analysis) -> Entry:
    """The page that shows an analysis."""
    icon = ANALYSIS_ICONS.get(analysis.key, ":material/analytics:")
    return Entry(analysis.page, analysis.title, icon)


def navigation(entries: Sequence[Entry]):  # type: ignore[no-untyped-def]
    """The navigation in its sections; returns the page to run."""
    st.html(STYLE)
    st.logo(LOGO, size="large")
    st.session_state.setdefault(LANG_KEY, browser_lang())
    pages: dict[str, list[st.Page]] = {}
    for entry in entries:
        section = SECTIONS[entry.path.partition("/")[0]](lang())
        page = st.Page(f"pages/{entry.path}.py", title=entry.title(lang()), icon=entry.icon,
                       url_path=entry.address, default=entry is entries[0])  # fmt: skip
        pages.setdefault(section, []).append(page)
    _links(pages)
    return st.navigation(pages, position="hidden")


def _links(sections: Mapping[str, Sequence[st.Page]]) -> None:
    """The list of pages. Our own: the framework lays its list out anew for every message, a third
    of what a moved slider waited for, and leaves no room under it without scrolling."""
    with st.sidebar.container(gap="small", key="pages"):
        for section, pages in sections.items():
            with st.container(gap="xxsmall"):
                st.caption(section)
                for page in pages:
                    st.page_link(page, width="stretch")


def sidebar() -> None:
    """Dataset, as_of, population and language: what holds for every page."""
    with st.sidebar:
        data = session.current()
        _dataset_card()
        if data is not None:
            _as_of()
            population.editor(data)
        st.segmented_control(say(LANGUAGE), list(LANG_NAMES), format_func=LANG_NAMES.__getitem__,
                             required=True, key=LANG_KEY, persist_state="session",
                             label_visibility="collapsed")  # fmt: skip


def _dataset_card() -> None:
    entry, data = session.current_entry(), session.current()
    with st.container(border=True, gap="xsmall"):
        if entry is None or data is None:
            st.caption(say(NO_DATASET))
            return
        st.markdown(f"**{safe_label(data.name, 40)}**")
        st.caption(say(SIZES, customers=count(session.customers(), lang()),
                       rows=count(data.rows("transactions"), lang())))  # fmt: skip
        if period := session.period():
            st.caption(say(PERIOD, first=period[0].isoformat(), last=period[1].isoformat()))
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            kept = entry.kept
            st.badge(say(KEPT if kept else UPLOAD), color="green" if kept else "blue",
                     help=say(KEPT_HELP if kept else UPLOAD_HELP))  # fmt: skip
            st.badge(data.fingerprint[:8], color="gray", help=say(FINGERPRINT))
        _switch()


def _switch() -> None:
    names = session.entry_names()
    if len(names) < 2:
        return
    st.selectbox(say(SWITCH), list(names), format_func=names.__getitem__,
                 label_visibility="collapsed", **bound(session.DATA_KEY))  # fmt: skip


def _as_of() -> None:
    data = session.current()
    assert data is not None
    st.date_input(say(AS_OF), format="YYYY-MM-DD", help=say(AS_OF_HELP),
                  **bound(session.AS_OF_KEY), **session.as_of_bounds())  # fmt: skip
    if session.as_of() != data.default_as_of:
        st.button(say(BACK_TO_DEFAULT, day=day(data.default_as_of, lang())), type="tertiary",
                  icon=":material/restart_alt:", on_click=session.reset_as_of)  # fmt: skip


def title(text: Text, question: Text) -> None:
    """The page's title and, under it, the question it answers."""
    with st.container(gap="xsmall"):
        st.title(say(text), anchor=False)
        st.caption(say(question))


def notice() -> None:
    """What the address asked for and could not be given, once."""
    if text := view.take_notice():
        st.warning(say(text), icon=":material/link_off:")


def scope_line() -> None:
    """What every figure of the page is about: the day, the population, the currency.

    In one piece: each badge of its own costs the browser as much as all, at every move of a slider.
    """
    data = session.current()
    assert data is not None
    said = [f":gray-badge[:material/event: {say(AS_OF)} {day(session.as_of(), lang())}]"]
    chosen = population.words(data)
    for words in chosen or [say(EVERYBODY)]:
        said.append(f":{'blue' if chosen else 'gray'}-badge[:material/group: {words}]")
    said.append(f":gray-badge[{say(PEOPLE, n=count(session.population_size(), lang()))}]")
    if data.currency:
        said.append(f":gray-badge[{safe_label(data.currency, 12)}]")
    st.markdown(" ".join(said), width="content")


def require_dataset():  # type: ignore[no-untyped-def]
    """The open dataset; without one the page says what to do and stops."""
    data = session.current()
    if data is None:
        with st.container(border=True):
            st.markdown(say(NEEDS_DATASET))
            st.page_link("pages/start/load.py", label=say(GO_LOAD), icon=":material/upload_file:")
        st.stop()
    return data


def explain_fault(error: Exception) -> bool:
    """Say that a page failed without a word of data; the log gets the kind and the place only."""
    if isinstance(error, UserError):
        st.error(safe_label(error.text(lang()), 600))
        return True
    trace, place = error.__traceback__, ""
    while trace is not None:
        place, trace = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}", trace.tb_next
    LOGGER.error("fault in a page: %s at %s", type(error).__name__, place)
    st.error(say(FAULT), title=say(FAULT_TITLE))
    return True


def freeze_imports(gc: ModuleType, modules: int) -> None:
    """Keep imported modules out of every later garbage collection, whenever there are more of them.

    Streamlit collects after each run; walking the imports made an empty rerun take 165 ms at the
    median instead of 27 ms. Not only once, because a page imports what it needs when it is opened.

    Args:
        gc: the collector.
        modules: how many modules are imported now.
    """
    if modules > _frozen.get("modules", 0):
        _frozen["modules"] = modules
        gc.collect()
        gc.freeze()
