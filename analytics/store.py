"""Where datasets live, who may open them, and what is deleted when.

    <home>/kept/<slug>/           a kept dataset: bank.duckdb, state.sqlite, about.json
    <home>/uploads/<owner>/<id>/  an upload, same files; <owner> is the hash of a token
    <home>/uploads/<owner>/<id>.draft/   an import under way: dataset/ and work/
    <home>/seen/<owner>           when the owner was last here
    <home>/processes/<process>    lock of a living process
    <home>/spill/<process>/       temporary files of its queries
    <home>/trash/                 folders on their way out

A folder appears under `kept` or as an upload by one rename, so nobody ever sees half a dataset.
A dataset is deleted by moving its folder to the trash and deleting it: never by SQL, which leaves
the customers' text in the file.

An upload is reached with its owner's token only, because the token's hash is part of its path. It
lives as long as the process that made it, at most `idle` after its owner was last seen.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from analytics import audiences, clock
from analytics.about import DatasetInfo, read_about, slug, taken, title, unknown, write_about
from analytics.dataset import FILE_NAME, Dataset
from analytics.drafts import Draft
from analytics.owners import Owner, owner_hash
from analytics.pool import Pool
from analytics.privacy import Gate
from analytics.processes import Process
from analytics.state import FILE_NAME as STATE_NAME
from analytics.state import State

IDLE = timedelta(hours=float(os.environ.get("TIDEMARK_IDLE_HOURS", "8")))
SWEEP_EVERY_S = 600.0
FOLDERS = ("kept", "uploads", "seen", "processes", "spill", "trash")


def home() -> Path:
    """`TIDEMARK_HOME`, or the folder for application data of this account."""
    if named := os.environ.get("TIDEMARK_HOME"):
        return Path(named).expanduser().absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "Tidemark"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Tidemark"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "tidemark"


class Store:
    """All datasets below one home; thread-safe, one per process (see `store`).

    Args:
        root: the home folder.
        idle: how long after its owner was last seen an upload is deleted.
        now: the clock, given so that tests can move it.
    """

    def __init__(self, root: Path, idle: timedelta = IDLE,
                 now: Callable[[], datetime] = clock.now) -> None:  # fmt: skip
        self.root, self.idle, self.now = root, idle, now
        for part in (root, *(root / p for p in FOLDERS)):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.chmod(0o700)
        self.process = Process(root / "processes")
        self._pool = Pool(self._open)
        self._lock = threading.RLock()
        self.sweep()

    # -- kept datasets -------------------------------------------------------------------------
    def kept(self) -> list[DatasetInfo]:
        """Every kept dataset, by name."""
        found = (read_about(folder, kept=True) for folder in (self.root / "kept").iterdir())
        return sorted((info for info in found if info), key=lambda info: info.name)

    def info_kept(self, name: str) -> DatasetInfo:
        """What is known of a kept dataset, by its name or slug; UserError if there is none."""
        for key in (slug(name), name):
            folder = self.root / "kept" / key
            info = read_about(folder, kept=True) if folder.parent == self.root / "kept" else None
            if info is not None and key == info.key:
                return info
        raise unknown([info.name for info in self.kept()])

    def open_kept(self, name: str) -> Dataset:
        """A kept dataset; the same object for everybody in this process."""
        return self._pool.get(self.info_kept(name).folder)

    def delete(self, name: str) -> None:
        """Delete a kept dataset, its audiences and its log; nothing of it stays."""
        self._delete(self.info_kept(name).folder)

    # -- uploads -------------------------------------------------------------------------------
    def uploads(self, owner: Owner) -> list[DatasetInfo]:
        """The owner's uploads, oldest first."""
        folder = self._seen(owner)
        found = (read_about(one, kept=False) for one in folder.iterdir())
        return sorted((info for info in found if info), key=lambda info: info.created_at)

    def info_upload(self, owner: Owner, key: str) -> DatasetInfo:
        """What is known of one of the owner's uploads; UserError for anybody else's."""
        for info in self.uploads(owner):
            if info.key == key:
                return info
        raise unknown([])

    def open_upload(self, owner: Owner, key: str) -> Dataset:
        """One of the owner's uploads."""
        return self._pool.get(self.info_upload(owner, key).folder)

    def keep_upload(self, owner: Owner, key: str, name: str) -> DatasetInfo:
        """Make an upload a kept dataset: visible to everyone who reaches this server."""
        info = self.info_upload(owner, key)
        self._pool.close(info.folder)
        return self.put_kept(info.folder, name)

    def delete_upload(self, owner: Owner, key: str) -> None:
        """Delete one of the owner's uploads now."""
        self._delete(self.info_upload(owner, key).folder)

    def delete_all(self, owner: Owner) -> None:
        """Delete everything the owner has uploaded, drafts included."""
        self._delete(self._seen(owner))
        (self.root / "seen" / owner_hash(owner)).unlink(missing_ok=True)

    # -- imports -------------------------------------------------------------------------------
    def draft(self, owner: Owner) -> Draft:
        """A new import under way; `with` deletes what is left of it at the end."""
        folder = self._seen(owner) / f"{self.process.new_folder_name()}.draft"
        return Draft.create(self, owner, folder)

    def open_draft(self, owner: Owner, key: str) -> Draft:
        """An import under way of this owner, found again after F5; UserError if there is none."""
        for draft in self.drafts(owner):
            if draft.key == key:
                return draft
        raise unknown([])

    def drafts(self, owner: Owner) -> list[Draft]:
        """The owner's imports under way."""
        return [Draft(self, owner, one) for one in sorted(self._seen(owner).glob("*.draft"))]

    def put_upload(self, owner: Owner, folder: Path, name: str) -> DatasetInfo:
        """Give a finished dataset folder to its owner; called by `Draft.upload`."""
        target = self._seen(owner) / self.process.new_folder_name()
        write_about(folder, target.name, title(name), self.now())
        folder.rename(target)
        return self.info_upload(owner, target.name)

    def put_kept(self, folder: Path, name: str) -> DatasetInfo:
        """Move a finished dataset folder among the kept ones; UserError if the name is taken."""
        clean = title(name)
        target = self.root / "kept" / slug(clean)
        with self._lock:
            if target.exists():
                raise taken()
            write_about(folder, target.name, clean, self.now())
            try:
                folder.rename(target)
            except OSError as error:  # another process was faster
                raise taken() from error
        return self.info_kept(clean)

    def name_is_free(self, name: str) -> None:
        """UserError if a dataset of this name is kept: asked before a long import, not after."""
        if (self.root / "kept" / slug(title(name))).exists():
            raise taken()

    # -- what lives beside ---------------------------------------------------------------------
    def state(self, data: Dataset) -> State:
        """Audiences, names, presets, pins and log beside an opened dataset."""
        return State(data.path.parent / STATE_NAME)

    def gate(self, data: Dataset, *, real_ids: bool = False) -> Gate:
        """The egress gate of an opened dataset."""
        return Gate(self.state(data).secret(), real_ids=real_ids, ids=lambda: data.query(
            "SELECT customer_id FROM customers")["customer_id"])  # fmt: skip

    # -- owners and sweeping -------------------------------------------------------------------
    def touch(self, owner: Owner) -> None:
        """Note that the owner was here; every call that names an owner does it."""
        self._seen(owner)

    def sweep(self) -> int:
        """Delete what nobody needs: idle owners, what dead processes left. Returns folders deleted."""
        doomed = [*(self.root / "trash").iterdir()]
        for owner in (self.root / "uploads").iterdir():
            left = [f for f in owner.iterdir() if self.process.left_behind(f.name)]
            idle = self._last_seen(owner.name) < self.now() - self.idle
            doomed += [owner] if idle else left
            if idle:
                (self.root / "seen" / owner.name).unlink(missing_ok=True)
        doomed += [f for f in (self.root / "spill").iterdir() if self.process.left_behind(f.name)]
        for folder in doomed:
            self._delete(folder)
        self.process.ended()
        self._pool.close_missing()
        return len(doomed)

    def start_sweeper(self, every_s: float = SWEEP_EVERY_S) -> threading.Event:
        """Sweep in the background until the returned event is set or the process ends."""
        stop = threading.Event()

        def work() -> None:
            while not stop.wait(every_s):
                with contextlib.suppress(OSError):  # a busy disk: the next round tries again
                    self.sweep()

        threading.Thread(target=work, name="sweeper", daemon=True).start()
        return stop

    def close(self) -> None:
        """Release every open file."""
        self._pool.close_all()

    def _open(self, folder: Path) -> Dataset:
        state = State(folder / STATE_NAME)
        data = Dataset(folder / FILE_NAME, spill=self.root / "spill" / self.process.name,
                       members=lambda name: audiences.members(state, name),
                       audiences=lambda: audiences.names(state))  # fmt: skip
        info = read_about(folder, kept=folder.parent.name == "kept")
        if info is not None:
            data.manifest["name"] = info.name  # an upload may have been kept under another name
        return data

    def _seen(self, owner: Owner) -> Path:
        key, moment = owner_hash(owner), self.now().timestamp()
        seen = self.root / "seen" / key
        seen.touch(mode=0o600)
        os.utime(seen, (moment, moment))
        folder = self.root / "uploads" / key
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def _last_seen(self, key: str) -> datetime:
        try:
            return datetime.fromtimestamp((self.root / "seen" / key).stat().st_mtime, UTC)
        except FileNotFoundError:
            return datetime.min.replace(tzinfo=UTC)

    def _delete(self, folder: Path) -> None:
        self._pool.close(folder)
        if folder.parent != self.root / "trash":
            target = self.root / "trash" / self.process.new_folder_name()
            try:
                folder = folder.rename(target)
            except FileNotFoundError:  # another thread or process was faster
                return
        shutil.rmtree(folder, ignore_errors=True)


_stores: dict[Path, Store] = {}
_stores_lock = threading.Lock()


def store(root: Path | None = None) -> Store:
    """The store of this process for a home folder; made, and swept, on first use."""
    path = root or home()
    with _stores_lock:
        if path not in _stores:
            _stores[path] = Store(path)
        return _stores[path]
