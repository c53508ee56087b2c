"""Whose session this is, which dataset is open, and what every page is about.

The owner is the browser's cookie, not Streamlit's session: F5 and a lost connection are new
sessions, and must find the same uploads. Everything a page is about (dataset, as_of, population,
language, parameters) can be said as a `View`, which is the address, the share link and Back.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import streamlit as st

from analytics import clock, options, registry
from analytics.about import DatasetInfo
from analytics.dataset import EVERYBODY, Dataset, Population
from analytics.owners import COOKIE, Owner, new_owner, owner_from, owner_hash
from analytics.params import ParameterError
from analytics.privacy import Gate
from analytics.state import State
from analytics.store import Store, store
from analytics.text import Text, UserError
from pages.ui import forms, url
from pages.ui.words import LANG_KEY, browser_lang

T = TypeVar("T")
DATA_KEY, AS_OF_KEY, POPULATION_KEY, NOTICE_KEY = "data", "as_of", "population", "notice"
PAGE_KEYS = {"customer": "customer.shown"}  # further state of a page that belongs in its address
MOST_FACTS = 64
LINK_GONE = Text("The dataset of this link is not on this server, or was deleted.",
                 "链接所指的数据集不在此服务器上，或已被删除。")  # fmt: skip
LINK_CHANGED = Text("The dataset of this link has changed since; the figures may differ.",
                    "链接所指的数据集内容已变化，数值可能不同。")  # fmt: skip
LINK_UNREAD = Text("Part of this link could not be understood and was left at its default.",
                   "链接中的部分内容无法识别，已采用默认值。")  # fmt: skip
_sweeping = threading.Event()


def shelf() -> Store:
    """The store of this process; its sweeper starts with the first visit."""
    found = store()
    if not _sweeping.is_set():
        _sweeping.set()
        found.start_sweeper()
    return found


def owner() -> Owner:
    """The owner named by the browser's cookie; a session without one is its own owner."""
    token = st.context.cookies.get(COOKIE)
    if isinstance(token, str) and (found := owner_from({COOKIE: token})):
        return found
    return st.session_state.setdefault("owner", new_owner())


def who() -> str:
    """How the log names this owner."""
    return owner_hash(owner())


# -- datasets --------------------------------------------------------------------------------
def entries() -> list[DatasetInfo]:
    """What this owner may open: the own uploads, then the kept datasets."""
    return [*shelf().uploads(owner()), *shelf().kept()]


def entry_id(info: DatasetInfo) -> str:
    """A dataset's name in the session and the address."""
    return info.key if info.kept else f"upload:{info.key}"


def current_entry() -> DatasetInfo | None:
    """The chosen dataset, else the newest upload (so a reload of a bare address finds it)."""
    found = {entry_id(one): one for one in entries()}
    chosen = st.session_state.get(DATA_KEY)
    if chosen in found:
        return found[chosen]
    uploads = [one for one in found.values() if not one.kept]
    return uploads[-1] if uploads else None


def current() -> Dataset | None:
    """The open dataset; as_of and population start anew when it changes."""
    info = current_entry()
    if info is None:
        return None
    data = shelf().open_kept(info.name) if info.kept else shelf().open_upload(owner(), info.key)
    if st.session_state.get("session.opened") != (entry_id(info), data.fingerprint):
        st.session_state["session.opened"] = (entry_id(info), data.fingerprint)
        st.session_state[DATA_KEY] = entry_id(info)
        st.session_state[AS_OF_KEY] = data.default_as_of
        st.session_state[POPULATION_KEY] = EVERYBODY
    return data


def open_entry(info: DatasetInfo) -> None:
    """Make this dataset the current one; in callbacks, or before the widgets."""
    st.session_state[DATA_KEY] = entry_id(info)


def keep(info: DatasetInfo, name: str) -> None:
    """Make an upload a kept dataset and stay on it, with the same day and population."""
    kept = shelf().keep_upload(owner(), info.key, name)
    st.session_state[DATA_KEY] = entry_id(kept)
    st.session_state["session.opened"] = (entry_id(kept), kept.fingerprint)


def delete(info: DatasetInfo) -> None:
    """Delete a dataset now; another one, if there is any, takes its place."""
    if info.kept:
        shelf().delete(info.name)
    else:
        shelf().delete_upload(owner(), info.key)
    if st.session_state.get(DATA_KEY) == entry_id(info):
        st.session_state[DATA_KEY] = None


def _data() -> Dataset:
    data = current()
    if data is None:
        raise UserError(LINK_GONE, "no_dataset")
    return data


def state() -> State:
    """Audiences, parameter sets and pins beside the open dataset."""
    return shelf().state(_data())


def gate() -> Gate:
    """The egress gate of the open dataset: pseudonyms only."""
    return remember(("gate",), lambda: shelf().gate(_data()))


# -- facts, remembered -----------------------------------------------------------------------
def remember(key: tuple[Any, ...], make: Callable[[], T]) -> T:
    """A small fact of the open dataset, asked once per session and revision."""
    facts: OrderedDict[Any, Any] = st.session_state.setdefault("session.facts", OrderedDict())
    full = (_data().fingerprint, state().revision(), *key)
    if full not in facts:
        facts[full] = make()
        while len(facts) > MOST_FACTS:
            facts.popitem(last=False)
    return facts[full]


def customers() -> int:
    """Customers of the whole dataset."""
    return remember(("customers",), lambda: options.population_size(_data(), as_of()))


def population_size() -> int:
    """Customers the filter keeps."""
    key = ("population", as_of(), population())
    return remember(key, lambda: options.population_size(_data(), as_of(), population()))


def period() -> tuple[date, date] | None:
    """First day with data and the default as_of; None where nothing has a day."""
    try:
        return remember(("first",), lambda: options.first_day(_data())), _data().default_as_of
    except UserError:
        return None


# -- as_of and population --------------------------------------------------------------------
def as_of() -> date:
    """The day every page counts up to, inclusive."""
    value = st.session_state.get(AS_OF_KEY)
    return value if isinstance(value, date) else _data().default_as_of


def reset_as_of() -> None:
    """Back to the dataset's own last day."""
    st.session_state[AS_OF_KEY] = _data().default_as_of


def as_of_bounds() -> dict[str, date]:
    """From the first day with data to today, wide enough for the day that is set."""
    span = period() or (as_of(), as_of())
    return {"min_value": min(span[0], as_of()), "max_value": max(span[1], as_of(), clock.today())}


def population() -> Population:
    """Which customers every page is about."""
    return st.session_state.get(POPULATION_KEY, EVERYBODY)


def set_population(value: Population) -> None:
    """Change the filter; in callbacks."""
    st.session_state[POPULATION_KEY] = value


def params_of(analysis: registry.Analysis) -> dict[str, Any]:
    """The parameters of the session as plain values."""
    params = forms.current_params(analysis.key, analysis.params)
    return params.as_dict() if params else {}


def page_file(path: str) -> str:
    """The file of a page below pages/, as links name it."""
    return f"pages/{path}.py"


def show_customer(pseudonym: str) -> None:
    """The customer that the page of one customer shows next."""
    st.session_state[PAGE_KEYS["customer"]] = pseudonym


# -- the view --------------------------------------------------------------------------------
def view(page: str) -> url.View:
    """Everything that makes this page what it is, as words; defaults are left out."""
    found: url.View = {}
    if data := current():
        found["data"] = [st.session_state[DATA_KEY]]
        found["fp"] = [data.fingerprint]
        if as_of() != data.default_as_of:
            found["as_of"] = [as_of().isoformat()]
        if words := population().as_words():
            found["where"] = words
    if st.session_state.get(LANG_KEY, browser_lang()) != browser_lang():
        found["lang"] = [st.session_state[LANG_KEY]]
    for analysis in _analyses(page):
        params = forms.current_params(analysis.key, analysis.params)
        for word in params.as_words() if params else ():
            name, _, value = word.partition("=")
            found[forms.state_key(analysis.key, name)] = [value]
    if page in PAGE_KEYS and (extra := st.session_state.get(PAGE_KEYS[page])):
        found[page] = [extra]
    return found


def arrive(page: str) -> None:
    """Apply what the address bar asks for, before any widget; what it gets wrong is said."""
    asked = url.arrived(page, view(page))
    if asked is not None:
        apply(page, asked)


def apply(page: str, asked: url.View) -> None:
    """Put the session at a view."""
    chosen = asked.get("lang", [browser_lang()])[0]
    st.session_state[LANG_KEY] = "zh" if chosen == "zh" else "en"
    if "data" in asked:
        _apply_data(asked["data"][0], asked.get("fp", [""])[0])
    if data := current():
        _apply_scope(data, asked)
    for analysis in _analyses(page):
        prefix = f"{analysis.key}."
        words = {k.removeprefix(prefix): v[0] for k, v in asked.items() if k.startswith(prefix)}
        try:
            values = analysis.params.parse(words).as_dict()
        except ParameterError:
            _notice(LINK_UNREAD)
            values = {}
        forms.set_values(analysis.key, analysis.params, values)
    if page in PAGE_KEYS:
        st.session_state[PAGE_KEYS[page]] = asked.get(page, [""])[0]


def take_notice() -> Text | None:
    """What went wrong with the address, once."""
    return st.session_state.pop(NOTICE_KEY, None)


def _apply_data(chosen: str, fingerprint: str) -> None:
    if chosen not in {entry_id(one) for one in entries()}:
        _notice(LINK_GONE)
        return
    st.session_state[DATA_KEY] = chosen
    data = current()
    if data is not None and fingerprint not in ("", data.fingerprint):
        _notice(LINK_CHANGED)


def _apply_scope(data: Dataset, asked: url.View) -> None:
    try:
        day = asked.get("as_of", [data.default_as_of.isoformat()])[0]
        st.session_state[AS_OF_KEY] = date.fromisoformat(day)
        asked_for = Population.parse(asked.get("where", []))
    except (ValueError, UserError):
        _notice(LINK_UNREAD)
        return
    known = data.groups()
    kept = Population(tuple(one for one in asked_for.where if one.group in known))
    if kept != asked_for:
        _notice(LINK_UNREAD)
    set_population(kept)


def _analyses(page: str) -> list[registry.Analysis]:
    return [a for a in registry.all_analyses() if a.page.endswith(f"/{page}")]


def _notice(text: Text) -> None:
    st.session_state[NOTICE_KEY] = text
