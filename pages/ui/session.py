"""Whose session this is, which dataset is open, and what every page is about.

The owner is the browser's cookie, not Streamlit's session: F5 and a lost connection are new
sessions, and must find the same uploads. What the disk says is read once per run of the script.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeVar

import streamlit as st

from analytics import audit, clock, options, registry
from analytics.about import DatasetInfo
from analytics.dataset import EVERYBODY, Dataset, Population
from analytics.owners import COOKIE, Owner, new_owner, owner_from, owner_hash
from analytics.privacy import Gate
from analytics.state import FILE_NAME as STATE_NAME
from analytics.state import State
from analytics.store import Store, store
from analytics.text import Text, UserError
from pages.ui import forms, together

T = TypeVar("T")
DATA_KEY, AS_OF_KEY, POPULATION_KEY = "data", "as_of", "population"
WIDER_KEY = "session.wider"
PAGE_KEYS = {"customer": "customer.shown"}  # further state of a page that belongs in its address
MOST_FACTS = 64
LINK_GONE = Text("The dataset of this link is not on this server, or was deleted.",
                 "链接所指的数据集不在此服务器上，或已被删除。")  # fmt: skip
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


# -- one run of the script -------------------------------------------------------------------
def begin() -> None:
    """A run starts, or something changed: what was read from the disk is read again."""
    st.session_state["session.run"] = {}
    st.session_state.pop(WIDER_KEY, None)


@contextlib.contextmanager
def part_of_the_page() -> Iterator[None]:
    """A part that runs by itself; what it changes for the whole page is shown on the whole page."""
    try:
        if st.session_state.get(WIDER_KEY):
            st.rerun()
        begin()
        yield
        if st.session_state.get(WIDER_KEY):
            st.rerun()
    finally:  # however it ends, what it said is sent
        together.release()


def concerns_the_whole_page() -> None:
    """Something changed that also stands outside the part that is running, such as the sidebar."""
    st.session_state[WIDER_KEY] = True


def once(key: Any, make: Callable[[], T]) -> T:
    """Read once per run of the script: a page asks some forty times which datasets there are."""
    known: dict[Any, Any] = st.session_state.setdefault("session.run", {})
    if key not in known:
        known[key] = make()
    return known[key]


# -- datasets --------------------------------------------------------------------------------
def entries() -> list[DatasetInfo]:
    """What this owner may open: the own uploads, then the kept datasets."""
    return once("entries", lambda: [*shelf().uploads(owner()), *shelf().kept()])


def entry_id(info: DatasetInfo) -> str:
    """A dataset's name in the session and the address."""
    return info.key if info.kept else f"upload:{info.key}"


def entry_names() -> dict[str, str]:
    """How each dataset this owner may open is called; two of one name are told apart by their time."""
    times = Counter(one.name for one in entries())
    return {entry_id(one): f"{one.name} · {one.created_at:%m-%d %H:%M:%S}" if times[one.name] > 1
            else one.name for one in entries()}  # fmt: skip


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
    data = once((info.kept, info.key), lambda: _open(info))
    if st.session_state.get("session.opened") != (entry_id(info), data.fingerprint):
        st.session_state["session.opened"] = (entry_id(info), data.fingerprint)
        st.session_state[DATA_KEY] = entry_id(info)
        st.session_state[AS_OF_KEY] = data.default_as_of
        st.session_state[POPULATION_KEY] = EVERYBODY
    return data


def _open(info: DatasetInfo) -> Dataset:
    return shelf().open_kept(info.name) if info.kept else shelf().open_upload(owner(), info.key)


def open_entry(info: DatasetInfo) -> None:
    """Make this dataset the current one; in callbacks, or before the widgets."""
    begin()
    st.session_state[DATA_KEY] = entry_id(info)


def keep(info: DatasetInfo, name: str) -> None:
    """Make an upload a kept dataset and stay on it, with the same day and population."""
    kept = shelf().keep_upload(owner(), info.key, name)
    begin()
    audit.record(State(kept.folder / STATE_NAME), who(), "keep", kept.name, 0)
    st.session_state[DATA_KEY] = entry_id(kept)
    st.session_state["session.opened"] = (entry_id(kept), kept.fingerprint)


def kept_by_me() -> bool:
    """Whether this owner made the open dataset a kept one, as its log says."""
    log = audit.entries(state()).filter(action="keep", who=who())
    return log.height > 0


def delete(info: DatasetInfo) -> None:
    """Delete a dataset now; another one, if there is any, takes its place."""
    if info.kept:
        shelf().delete(info.name)
    else:
        shelf().delete_upload(owner(), info.key)
    begin()
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


def revision() -> int:
    """Of the state beside the open dataset, as this run found it; part of every cache key."""
    data = _data()
    return once(("revision", data.fingerprint), lambda: shelf().state(data).revision())


def gate() -> Gate:
    """The egress gate of the open dataset: pseudonyms only."""
    return remember(("gate",), lambda: shelf().gate(_data()))


# -- facts, remembered -----------------------------------------------------------------------
def remember(key: tuple[Any, ...], make: Callable[[], T]) -> T:
    """A small fact of the open dataset, asked once per session and revision."""
    facts: OrderedDict[Any, Any] = st.session_state.setdefault("session.facts", OrderedDict())
    full = (_data().fingerprint, revision(), *key)
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
    concerns_the_whole_page()


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
