"""A recipe: mappings kept as JSON, found again by the shape of a file, for next month's extract.

The shape of a file is the sorted list of its normalised headers, so a recipe fits whatever the file
is called and in whatever order its columns stand. It is meant to be edited by hand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.ingest.aliases import normal
from analytics.ingest.mapping import FilePlan, Options, shape
from analytics.ingest.raw import RawFile
from analytics.text import Text, UserError

VERSION = 1


@dataclass(frozen=True)
class Entry:
    """How files of one shape are read."""

    shape: tuple[str, ...]
    table: str | None
    columns: dict[str, str]
    options: Options
    file: str = ""


@dataclass(frozen=True)
class Recipe:
    """Entries by shape, and what to do with exact duplicates."""

    entries: tuple[Entry, ...] = ()
    duplicates: str = "keep"

    @classmethod
    def of(cls, plans: Sequence[FilePlan], duplicates: str = "keep") -> Recipe:
        """The recipe that repeats these plans."""
        entries = [
            Entry(tuple(shape(p.raw.columns)), p.table, dict(p.columns), p.options, p.raw.name)
            for p in plans
        ]
        return cls(tuple(entries), duplicates)

    def find(self, raw: RawFile) -> Entry | None:
        """The entry for a file of this shape; of several, the one whose file name is the same."""
        fitting = [e for e in self.entries if list(e.shape) == shape(raw.columns)]
        named = [e for e in fitting if e.file == raw.name]
        return next(iter(named or fitting), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"version": VERSION, "duplicates": self.duplicates, "files": [
            {"file": e.file, "shape": list(e.shape), "table": e.table, "columns": e.columns, "options": e.options.as_dict()}
            for e in self.entries]}  # fmt: skip

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """The inverse of `as_dict`; UserError where it is no recipe or of another version."""
        if (
            not isinstance(values, dict)
            or values.get("version") != VERSION
            or not isinstance(values.get("files"), list)
        ):
            raise UserError(Text(f"This is not a recipe of version {VERSION}; write one with doctor --recipe-out.",
                                 f"这不是版本 {VERSION} 的配方；请用 doctor --recipe-out 生成。"), "recipe")  # fmt: skip
        try:
            entries = [Entry(tuple(f["shape"]), f["table"], dict(f["columns"]), Options.from_dict(f.get("options", {})),
                             f.get("file", "")) for f in values["files"]]  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(Text("A file entry of the recipe is incomplete; it needs shape, table and columns.",
                                 "配方中的文件条目不完整；需要 shape、table 和 columns。"), "recipe") from error  # fmt: skip
        return cls(tuple(entries), values.get("duplicates", "keep"))

    def save(self, path: Path) -> None:
        """Write it as readable JSON."""
        path.write_text(
            json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )

    @classmethod
    def load(cls, path: Path) -> Recipe:
        """Read it back; UserError if it is missing or no JSON."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise UserError(Text(f"{path.name}: no readable recipe (JSON) here.", f"{path.name}：无法读取配方（JSON）。"),
                            "recipe") from error  # fmt: skip
        return cls.from_dict(values)


def headers_for(entry: Entry, raw: RawFile) -> dict[str, str]:
    """The entry's mapping in the spelling of this file's headers."""
    spelt = {normal(c): c for c in raw.columns}
    return {
        role: h if h in raw.columns else spelt.get(normal(h), h)
        for role, h in entry.columns.items()
    }
