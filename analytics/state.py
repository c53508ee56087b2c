"""What a person adds to a dataset: audiences, names, parameter sets, pins, the audit log.

The dataset file never changes, so all of this lives beside it in `state.sqlite`. Every write that a
result may depend on raises `revision`, which is part of every cache key: a renamed segment or a new
audience shows at once. Pins do not: they show results, and none is computed from them.

Why one short connection per call: pages run in many threads, the command line beside them, and a
folder can only be moved or deleted when nothing holds its files open.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analytics import clock
from analytics.text import Text, UserError

FILE_NAME = "state.sqlite"
PINNED = frozenset({"analysis", "params", "as_of", "population", "fingerprint", "headline"})
WAIT_S = 10.0  # how long a write waits for another process' write
SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS audiences (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, origin TEXT NOT NULL,
    customers INTEGER NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS members (
    audience INTEGER NOT NULL REFERENCES audiences ON DELETE CASCADE, customer_id TEXT NOT NULL,
    PRIMARY KEY (audience, customer_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (
    analysis TEXT NOT NULL, item TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (analysis, item));
CREATE TABLE IF NOT EXISTS presets (
    analysis TEXT NOT NULL, name TEXT NOT NULL, params TEXT NOT NULL, PRIMARY KEY (analysis, name));
CREATE TABLE IF NOT EXISTS pins (
    id INTEGER PRIMARY KEY, record TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS verdicts (
    analysis TEXT NOT NULL, item TEXT NOT NULL, verdict TEXT NOT NULL, decided_at TEXT NOT NULL,
    PRIMARY KEY (analysis, item));
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, rows INTEGER NOT NULL);
INSERT OR IGNORE INTO facts VALUES ('revision', 0);
"""


class State:
    """The state beside one dataset; cheap to make, holds no connection, safe in any thread.

    Args:
        path: the `state.sqlite` file; created, with a fresh secret, on first use.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for one reading; errors of the disk are told in words."""
        if not self.path.exists():
            self._create()
        with _told_in_words():
            con = _connect(self.path)
            try:
                yield con
            finally:
                con.close()

    @contextlib.contextmanager
    def write(self, *, revises: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing; raises the revision unless no result can change."""
        with self.read() as con, con:
            con.execute("BEGIN IMMEDIATE")
            yield con
            if revises:
                con.execute("UPDATE facts SET value = value + 1 WHERE name = 'revision'")

    def _create(self) -> None:
        if not self.path.parent.is_dir():
            raise UserError(Text("This dataset has been deleted. Choose or load another one.",
                                 "该数据集已被删除，请选择或重新载入数据集。"), "gone")  # fmt: skip
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        with _told_in_words():
            con = _connect(self.path)
            try:
                con.execute("PRAGMA journal_mode = WAL")
                con.executescript(SCHEMA)
                con.execute("INSERT OR IGNORE INTO facts VALUES ('secret', ?)",
                            [secrets.token_bytes(32)])  # fmt: skip
            finally:
                con.close()

    # -- facts ---------------------------------------------------------------------------------
    def revision(self) -> int:
        """Rises with every write; part of every cache key."""
        return int(self._fact("revision"))

    def secret(self) -> bytes:
        """The 32 bytes that key this dataset's pseudonyms."""
        return bytes(self._fact("secret"))

    def _fact(self, name: str) -> Any:
        with self.read() as con:
            return con.execute("SELECT value FROM facts WHERE name = ?", [name]).fetchone()[0]

    # -- names a person gave to segments and the like ------------------------------------------
    def names(self, analysis: str) -> dict[str, str]:
        """The edited names of an analysis: item -> name."""
        with self.read() as con:
            rows = con.execute("SELECT item, name FROM names WHERE analysis = ? ORDER BY item",
                               [analysis])  # fmt: skip
            return dict(rows.fetchall())

    def rename(self, analysis: str, item: str, name: str) -> None:
        """Name an item, such as a segment; an empty name gives back the original one."""
        with self.write() as con:
            con.execute("DELETE FROM names WHERE analysis = ? AND item = ?", [analysis, item])
            if name.strip():
                con.execute("INSERT INTO names VALUES (?, ?, ?)",
                            [analysis, item, checked_name(name)])  # fmt: skip

    # -- parameter sets ------------------------------------------------------------------------
    def presets(self, analysis: str) -> dict[str, dict[str, Any]]:
        """The saved parameter sets of an analysis: name -> parameters."""
        with self.read() as con:
            rows = con.execute("SELECT name, params FROM presets WHERE analysis = ? ORDER BY name",
                               [analysis]).fetchall()  # fmt: skip
        return {name: json.loads(params) for name, params in rows}

    def save_preset(self, analysis: str, name: str, params: Mapping[str, Any]) -> None:
        """Save a parameter set under a name; the same name again replaces it."""
        with self.write() as con:
            con.execute("INSERT OR REPLACE INTO presets VALUES (?, ?, ?)",
                        [analysis, checked_name(name), _json(params)])  # fmt: skip

    def delete_preset(self, analysis: str, name: str) -> None:
        """Forget a parameter set."""
        with self.write() as con:
            con.execute("DELETE FROM presets WHERE analysis = ? AND name = ?", [analysis, name])

    # -- pins ----------------------------------------------------------------------------------
    def pins(self) -> dict[int, dict[str, Any]]:
        """Every pinned figure by number, oldest first."""
        with self.read() as con:
            rows = con.execute("SELECT id, record FROM pins ORDER BY id").fetchall()
        return {number: json.loads(record) for number, record in rows}

    def pin(self, record: Mapping[str, Any]) -> int:
        """Pin a figure; returns its number.

        `record` names at least {analysis, params, as_of, population, fingerprint, headline} and holds
        nothing of single customers: a pin is written into stories (`story.shelf` says what else).
        """
        missing = PINNED - set(record)
        if missing:
            raise ValueError(f"a pin needs {', '.join(sorted(missing))}")
        with self.write(revises=False) as con:
            row = con.execute("INSERT INTO pins (record, created_at) VALUES (?, ?) RETURNING id",
                              [_json(record), clock.now().isoformat()]).fetchone()  # fmt: skip
            return int(row[0])

    def repin(self, number: int, record: Mapping[str, Any]) -> None:
        """Replace what a pin holds; a pin removed meanwhile stays removed."""
        with self.write(revises=False) as con:
            con.execute("UPDATE pins SET record = ? WHERE id = ?", [_json(record), number])

    def unpin(self, number: int) -> None:
        """Remove a pin."""
        with self.write(revises=False) as con:
            con.execute("DELETE FROM pins WHERE id = ?", [number])

    # -- single notes ---------------------------------------------------------------------------
    def note(self, name: str) -> str:
        """A note by its name, such as the title of the story; empty without."""
        with self.read() as con:
            row = con.execute("SELECT value FROM facts WHERE name = ?", [f"note.{name}"]).fetchone()
        return str(row[0]) if row else ""

    def write_note(self, name: str, value: str) -> None:
        """Keep a note that no result depends on."""
        with self.write(revises=False) as con:
            con.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", [f"note.{name}", value])


def checked_name(name: str, longest: int = 80) -> str:
    """A name a person gave, blanks made single; UserError if it cannot be one.

    `=` is refused because `--where audience:NAME=true` could not be read back.
    """
    clean = " ".join(name.split())
    if not clean or len(clean) > longest or "=" in clean or not clean.isprintable():
        raise UserError(
            Text(f"A name has 1 to {longest} printable characters and no “=”. Choose another one.",
                 f"名称须为 1 至 {longest} 个可见字符，且不含“=”，请换一个。"), "name")  # fmt: skip
    return clean


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _connect(path: Path) -> sqlite3.Connection:
    con = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    con.execute("PRAGMA foreign_keys = ON")
    con.execute("PRAGMA secure_delete = ON")  # a deleted audience leaves no ids in the file
    return con


@contextlib.contextmanager
def _told_in_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
            raise  # our own mistake, not the disk's
        raise UserError(
            Text("What was kept beside this dataset could not be read or written; the disk may be full "
                 "or the folder read-only. Free some space and try again.",
                 "无法读写该数据集的附属信息，磁盘可能已满或目录为只读。请清理空间后重试。"),
            "state") from None  # fmt: skip
