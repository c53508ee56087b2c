"""The long parts of loading: examining files and importing them, in a thread, with steps and cancel."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import audit, clock, recipes
from analytics.about import DatasetInfo
from analytics.ingest.append import append
from analytics.ingest.mapping import FilePlan
from analytics.ingest.pipeline import STEPS, examine, import_plans
from analytics.ingest.recipe import Recipe
from analytics.state import FILE_NAME as STATE_NAME
from analytics.state import State
from analytics.text import Text, UserError
from pages.ui import runs, session
from pages.ui.load import plans, sources
from pages.ui.words import lang, safe_label, say

if TYPE_CHECKING:
    from analytics.drafts import Draft

SAMPLE_NAME = {"en": "Sample bank", "zh": "示例银行"}
SAMPLE_CUSTOMERS, SAMPLE_MONTHS, SAMPLE_SEED = 600, 24, 7
RUN_KEY, RECIPE_KEY = "load.run", "load.recipe"
STEP = Text("{step} · {share:.0%}", "{step} · {share:.0%}")
MAKING = Text("Making the invented bank", "生成示例银行")
REFUSED = Text("These files could not be read", "无法读取这些文件")
NOT_IMPORTED = Text("Nothing was imported", "未导入任何数据")
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Asked:
    """What to make of the files.

    Args:
        name: of the dataset.
        duplicates: `keep` or `drop`.
        keep: for long, or for now.
        base: the dataset the files are appended to, as the session names it; None begins a new one.
        draft: key of the draft that holds the files; empty for the one on the page.
    """

    name: str
    duplicates: str = "keep"
    keep: bool = False
    base: str | None = None
    draft: str = ""


class Watcher:
    """Where a thread says how far it is, and where the page asks it to stop."""

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self.at: tuple[str, float] = ("", 0.0)

    def progress(self, step: str, share: float) -> None:
        """Told by the work."""
        self.at = (step, share)

    def words(self) -> str:
        """The step in the language of whoever asks."""
        name, share = self.at
        if name not in STEPS:
            return say(MAKING) if name else ""
        return say(STEP, step=say(STEPS[name]), share=share)

    def job(self, work: Callable[[], Any]) -> runs.Job:
        """Start the work in a thread."""
        return runs.Job(runs.submit(work), step=self.words, stop=self.cancel.set)


def examined(draft: Draft) -> bool:
    """Whether the plans of the draft are there; reads the files now if they are not."""
    paths = sources.files(draft)
    key = (draft.key, len(paths), st.session_state.get(RECIPE_KEY, ""))
    if st.session_state.get("load.examined") == key:
        return True
    recipe = _recipe()

    def start() -> runs.Job:
        watcher, work = Watcher(), draft.work / f"read{len(paths)}-{clock.now():%H%M%S%f}"
        return watcher.job(
            lambda: examine(paths, work, recipe, progress=watcher.progress, cancel=watcher.cancel)
        )

    try:
        found = runs.wait(key, "load.examine", start, sources.discard)
    except UserError as error:
        st.error(safe_label(error.text(lang()), 600), title=say(REFUSED))
        return False
    st.session_state["load.examined"] = key
    st.session_state[plans.PLANS_KEY] = found
    return True


def import_now(draft: Draft | None) -> None:
    """Run the import that was asked for; the page goes on with the new dataset."""
    asked: Asked = st.session_state[RUN_KEY]
    if not _under_way("load.import") and (draft is None or asked.draft not in ("", draft.key)):
        _forget(RUN_KEY)
        return
    chosen, shelf, who = plans.all_plans(), session.shelf(), session.who()
    base = next((i.folder for i in session.entries() if session.entry_id(i) == asked.base), None)

    def start() -> runs.Job:
        watcher = Watcher()
        assert draft is not None
        return watcher.job(lambda: _import(draft, chosen, asked, watcher, base))

    with _asked_once("load.import", RUN_KEY):
        info = runs.wait(asked, "load.import", start, lambda: _forget(RUN_KEY))
        recipes.remember(shelf.root, Recipe.of(chosen, asked.duplicates))
        if info.kept:
            audit.record(State(info.folder / STATE_NAME), who, "keep", info.name, 0)
        _opened(info)


def sample_now(headers: str) -> None:
    """Load the invented bank as an upload of this owner."""
    shelf, owner = session.shelf(), session.owner()

    def start() -> runs.Job:
        watcher = Watcher()
        return watcher.job(lambda: _sample(shelf.draft(owner), headers, watcher))

    with _asked_once("load.sample", sources.SAMPLE_KEY):
        _opened(runs.wait(headers, "load.sample", start, lambda: _forget(sources.SAMPLE_KEY)))


def _forget(key: str) -> None:
    st.session_state.pop(key, None)


@contextlib.contextmanager
def _asked_once(kind: str, key: str) -> Iterator[None]:
    """A request that ended, well or not, is not made again by the next run of the page."""
    try:
        yield
    except UserError as error:
        st.error(safe_label(error.text(lang()), 600), title=say(NOT_IMPORTED))
    finally:
        if not _under_way(kind):
            _forget(key)


def _under_way(kind: str) -> bool:
    return kind in st.session_state.get("runs.jobs", {})


def _opened(info: DatasetInfo) -> None:
    for key in [k for k in st.session_state if str(k).startswith(("load.", "plan."))]:
        if key != sources.ROUND_KEY:
            del st.session_state[key]
    session.open_entry(info)
    st.rerun()


def _import(draft: Draft, chosen: list[FilePlan], asked: Asked, watcher: Watcher,
            base: Path | None = None) -> DatasetInfo:  # fmt: skip
    work = import_plans if base is None else partial(append, base)
    work(chosen, draft.dataset, asked.name, duplicates=asked.duplicates, today=clock.today(),
         progress=watcher.progress, cancel=watcher.cancel)  # fmt: skip
    return draft.keep(asked.name) if asked.keep else draft.upload(asked.name)


def _sample(draft: Draft, headers: str, watcher: Watcher) -> DatasetInfo:
    with draft:
        paths = sources.sample_files(headers) or _made(draft.work / "in", headers, watcher)
        found = examine(
            paths, draft.work / "read", progress=watcher.progress, cancel=watcher.cancel
        )
        return _import(draft, found, Asked(SAMPLE_NAME[headers]), watcher)


def _made(folder: Path, headers: str, watcher: Watcher) -> list[Path]:
    """The same bank, generated: for a checkout whose sample files were removed."""
    from sample_data.generate import write_bank

    watcher.progress("make", 0.0)
    write_bank(
        folder, SAMPLE_CUSTOMERS, SAMPLE_MONTHS, SAMPLE_SEED, "zh" if headers == "zh" else "en"
    )
    wanted = {"customers", "accounts", "transactions", "balances", "events", "contacts"}
    return sorted(p for p in folder.iterdir() if p.name.partition(".")[0] in wanted)


def _recipe() -> Recipe:
    """The recipe a person gave, and after it what earlier imports of the same shape were told."""
    text = st.session_state.get(RECIPE_KEY)
    given = Recipe.from_dict(json.loads(text)) if text else Recipe()
    kept = recipes.known(session.shelf().root)
    return Recipe((*given.entries, *kept.entries), given.duplicates)
