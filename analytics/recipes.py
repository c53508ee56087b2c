"""Recipes kept beside the datasets, so that next month's extract of a shape finds its mapping by itself.

A kept recipe holds the headers of a file and how they are read: never a row, and not the name of the
file. One file per shape; a later import of the same shape replaces it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from analytics.ingest.recipe import Entry, Recipe
from analytics.text import UserError

FOLDER = "recipes"
MOST = 200  # the newest are kept


def remember(root: Path, recipe: Recipe) -> None:
    """Keep every mapping of a recipe under the shape of its file; `root` is the home folder."""
    folder = root / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for entry in recipe.entries:
        if entry.table is not None:
            single = Recipe((replace(entry, file=""),), recipe.duplicates)
            single.save(folder / f"{_name(entry)}.json")
    for old in _files(folder)[MOST:]:
        old.unlink(missing_ok=True)


def known(root: Path) -> Recipe:
    """Everything kept as one recipe, the newest first; a file that cannot be read is passed over."""
    entries: list[Entry] = []
    for path in _files(root / FOLDER):
        try:
            entries += Recipe.from_dict(json.loads(path.read_text("utf-8"))).entries
        except (OSError, ValueError, UserError):
            continue
    return Recipe(tuple(entries))


def _name(entry: Entry) -> str:
    return hashlib.sha256("\n".join(entry.shape).encode()).hexdigest()[:24]


def _files(folder: Path) -> list[Path]:
    found = folder.glob("*.json") if folder.is_dir() else ()
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
