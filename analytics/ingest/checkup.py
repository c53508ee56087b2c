"""`doctor`: what each file is, how it would be read, and what is wrong with it; nothing is imported."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from analytics.ingest.cleaned import describe, stem_of, write_clean
from analytics.ingest.examine import cancelled, plan_file
from analytics.ingest.mapping import FilePlan
from analytics.ingest.recipe import Recipe
from analytics.ingest.sandbox import read_in_child
from analytics.text import UserError


def _silent(step: str, done: float) -> None:
    """The default progress: nobody watches."""


def doctor(paths: Sequence[Path], work: Path, *, recipe: Recipe | None = None, out: Path | None = None,
           recipe_out: Path | None = None, tables: Mapping[Path, str] | None = None,
           progress: Callable[[str, float], None] = _silent, cancel: threading.Event | None = None) -> dict[str, Any]:  # fmt: skip
    """Examine files: `{"files": [...]}`, the contract of `doctor --json`.

    A file that cannot be read is listed with `refused` (a stable code) and its message; the others
    are examined all the same.

    Args:
        paths: files as they came.
        work: an empty folder for what has to be rewritten.
        recipe: mappings to use for files of a known shape.
        out: where to write `<stem>.clean.csv` and `<stem>.rejects.csv` of every file.
        recipe_out: where to write the recipe that repeats the guesses.
        tables: path -> table, where the user says what a file is.
        progress: told (step, share done).
        cancel: when set, UserError with code `cancelled`.
    """
    told: list[dict[str, Any]] = []
    plans: list[FilePlan] = []
    stems: set[str] = set()
    for number, path in enumerate(paths):
        if cancel is not None and cancel.is_set():
            raise cancelled()
        progress("read", number / len(paths))
        try:
            [read] = read_in_child([path], work / f"file{number}", cancel=cancel)
            found = [plan_file(raw, recipe, (tables or {}).get(path)) for raw in read]
        except UserError as error:
            if error.code == "cancelled":
                raise
            told.append(_refused(path, error))
            continue
        plans += found
        told += [entry(plan) for plan in found]
        if out is not None:
            for plan in found:
                write_clean(plan.raw, out, _fresh(stem_of(plan.raw.name), stems))
    if recipe_out is not None:
        Recipe.of(plans).save(recipe_out)
    progress("read", 1.0)
    return {"files": told}


def _fresh(stem: str, taken: set[str]) -> str:
    """The stem, numbered if another file of this run has it."""
    fresh, number = stem, 1
    while fresh in taken:
        number += 1
        fresh = f"{stem}_{number}"
    taken.add(fresh)
    return fresh


def entry(plan: FilePlan) -> dict[str, Any]:
    """One file of the contract: the raw reading, the guess, the doubts."""
    doubts = [{"code": d.code, "column": d.column, "blocking": d.blocking, "line": None, "message": d.message.en,
               "message_zh": d.message.zh} for d in plan.doubts]  # fmt: skip
    described = describe(plan.raw)
    for one, problem in zip(described["problems"], plan.raw.problems, strict=True):
        one["message_zh"] = problem.message.zh
    return described | {
        "table": plan.table, "confidence": plan.confidence, "mapping": dict(plan.columns), "scores": dict(plan.scores),
        "options": plan.options.as_dict(), "attributes": plan.attributes(), "origin": plan.origin,
        "problems": described["problems"] + doubts,
    }  # fmt: skip


def _refused(path: Path, error: UserError) -> dict[str, Any]:
    return {"file": path.name, "encoding": None, "delimiter": None, "quote": None, "header_line": None, "rows_in": 0,
            "rejected": 0, "skipped": 0, "table": None, "mapping": {}, "refused": error.code,
            "problems": [{"code": error.code, "line": None, "message": error.text.en, "message_zh": error.text.zh}]}  # fmt: skip
