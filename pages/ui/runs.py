"""Results of analyses: kept per session, bounded, and computed off the page when they take long.

A result is found by the dataset's fingerprint, the analysis, its parameters, as_of, the population
and the revision of the state beside the dataset, never by a frame: two extracts of the same shape
and the same first and last rows must not share an answer.

Long work runs in a thread on its own cursor. The page waits a moment for it; after that it shows
the step and the time elapsed, asks again twice a second, and can cancel (`interrupt` stops a query
in about a millisecond). A new question of the same kind cancels the old one.
"""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from analytics.dataset import Dataset, Scope
from analytics.text import Text, UserError
from pages.ui import ahead
from pages.ui.words import lang, safe_label, say

MOST_RESULTS = 24
MOST_ROWS = 24_000_000  # read by all kept results together: a large extract keeps fewer of them
PATIENCE_S = 1.2  # a change answered within this never shows progress
POLL_S = 0.5
WORKING = Text("Working", "计算中")
CANCEL = Text("Cancel", "取消")
CANCELLED = Text("Cancelled. Change a setting, or try again.", "已取消。请调整设置或重试。")
AGAIN = Text("Try again", "重试")
FAILED = Text("This could not be computed", "无法完成计算")
SECONDS = Text("{step} · {n} s", "{step} · {n} 秒")
_POOL = futures.ThreadPoolExecutor(max_workers=4, thread_name_prefix="tidemark")


class Watched:
    """A dataset that notes the scopes opened through it, so that the work can be watched."""

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self.open: list[Scope] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._data, name)

    @contextlib.contextmanager
    def scope(self, *args: Any, **kwargs: Any) -> Iterator[Scope]:
        with self._data.scope(*args, **kwargs) as scope:
            self.open.append(scope)
            try:
                yield scope
            finally:
                self.open.remove(scope)


@dataclass
class Job:
    """One piece of work in a thread. `step` may be set by the work itself."""

    future: futures.Future[Any]
    watched: Watched | None = None
    started: float = field(default_factory=time.monotonic)
    step: Callable[[], str] = str
    stop: Callable[[], None] | None = None
    cancelled: bool = False

    def cancel(self) -> None:
        """Stop the running statement; what it would have answered is dropped."""
        self.cancelled = True
        self.future.cancel()
        if self.stop:
            self.stop()
        for scope in list(self.watched.open) if self.watched else ():
            scope.interrupt()


def result(key: tuple[Any, ...], kind: str, data: Dataset, compute: Callable[[Any], Any]) -> Any:
    """The answer to `compute(data)`, from this session's results or computed now.

    Args:
        key: hashable and complete: fingerprint, analysis, params, as_of, population, revision.
        kind: questions of one kind replace each other, such as the key of the analysis.
        data: the dataset; the work sees it through a `Watched`.
        compute: the work; runs in a thread and must not touch Streamlit.

    Stops the page while the work is under way, was cancelled, or failed.
    """
    kept = _kept(key)
    if key in kept:
        return kept[key]
    if (prepared := ahead.taken(key)) is not None:
        return _keep(key, prepared, data)
    return _keep(key, wait(key, kind, _starter(data, compute)), data)


def soon(key: tuple[Any, ...], kind: str, data: Dataset, compute: Callable[[Any], Any]) -> Any:
    """The same answer if it is there within `PATIENCE_S`; else None, and the work goes on."""
    kept = _kept(key)
    if key in kept:
        return kept[key]
    if (prepared := ahead.taken(key)) is not None:
        return _keep(key, prepared, data)
    job = _job(key, kind, _starter(data, compute))
    if job.cancelled or not _in_time(job) or job.future.exception():
        return None
    st.session_state["runs.jobs"].pop(kind)
    return _keep(key, job.future.result(), data)


def prepare(questions: Sequence[ahead.Question]) -> None:
    """Work out answers before they are asked for, at most half as many as a session keeps."""
    some = questions[: _most_results(questions[0][2]) // 2] if questions else ()
    ahead.prepare(some, st.session_state.get("runs.results", {}), submit)


def _kept(key: Any) -> OrderedDict[Any, Any]:
    """The results of this session, the asked one, if it is there, as the newest."""
    kept: OrderedDict[Any, Any] = st.session_state.setdefault("runs.results", OrderedDict())
    if key in kept:
        kept.move_to_end(key)
    return kept


def _keep(key: Any, answer: Any, data: Dataset) -> Any:
    kept = _kept(key)
    kept[key] = answer
    while len(kept) > _most_results(data):
        kept.popitem(last=False)
    return answer


def _starter(data: Dataset, compute: Callable[[Any], Any]) -> Callable[[], Job]:
    def start() -> Job:
        watched = Watched(data)
        return Job(_POOL.submit(compute, watched), watched, step=lambda: _step(watched))

    return start


def _most_results(data: Dataset) -> int:
    """How many results a session keeps: 24 up to a million rows, at least the overview's eight."""
    rows = max(data.rows("transactions"), data.rows("events"), 1)
    return max(8, min(MOST_RESULTS, MOST_ROWS // rows))


def wait(key: Any, kind: str, start: Callable[[], Job],
         on_cancel: Callable[[], None] | None = None) -> Any:  # fmt: skip
    """The result of one job of this kind; stops the page until it is there.

    `on_cancel` puts the page back to where it was before the work; without it the page says that
    the work was cancelled and offers to try again.
    """
    job = _job(key, kind, start)
    jobs = st.session_state["runs.jobs"]
    if not job.cancelled:
        if _in_time(job):
            jobs.pop(kind)
            return job.future.result()
        _show_progress(kind)
    elif on_cancel:
        jobs.pop(kind)
        on_cancel()
        st.rerun()
    else:
        _show_cancelled(kind)
    st.stop()


def _job(key: Any, kind: str, start: Callable[[], Job]) -> Job:
    """The job of this kind for this key; one for another key is cancelled."""
    jobs: dict[str, tuple[Any, Job]] = st.session_state.setdefault("runs.jobs", {})
    if kind in jobs and jobs[kind][0] != key:
        jobs.pop(kind)[1].cancel()
    if kind not in jobs:
        ahead.give_way()
        jobs[kind] = (key, start())
    return jobs[kind][1]


def _in_time(job: Job) -> bool:
    """Whether the job is done within the patience of whoever looks at the page."""
    left = max(0.0, job.started + PATIENCE_S - time.monotonic())
    return bool(futures.wait([job.future], left).done)


def submit(work: Callable[[], Any]) -> futures.Future[Any]:
    """Start work in a thread of the pool; it must not touch Streamlit."""
    return _POOL.submit(work)


@contextlib.contextmanager
def failures_in_words() -> Iterator[None]:
    """Show why something was refused instead of a traceback, and stop the page."""
    try:
        yield
    except UserError as error:
        st.error(safe_label(error.text(lang()), 600), title=say(FAILED))
        st.stop()


def _step(watched: Watched) -> str:
    steps = [scope.steps[-1][0] for scope in list(watched.open) if scope.steps]
    return steps[-1].replace("_", " ") if steps and lang() == "en" else ""  # named in English only


def _show_cancelled(kind: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(say(CANCELLED), width="stretch")
        st.button(say(AGAIN), key=f"runs.again.{kind}", icon=":material/refresh:",
                  on_click=lambda: st.session_state["runs.jobs"].pop(kind, None))  # fmt: skip


@st.fragment(run_every=POLL_S)
def _show_progress(kind: str) -> None:
    found = st.session_state.get("runs.jobs", {}).get(kind)
    if found is None or found[1].cancelled or found[1].future.done():
        st.rerun()
    job: Job = found[1]
    elapsed = f"{time.monotonic() - job.started:.0f}"
    step = safe_label(job.step() or say(WORKING))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/progress_activity: {say(SECONDS, step=step, n=elapsed)}",
                    width="stretch")  # fmt: skip
        if st.button(say(CANCEL), key=f"runs.cancel.{kind}"):
            job.cancel()
            st.rerun()
