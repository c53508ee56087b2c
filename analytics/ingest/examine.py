"""Look at files before anything is imported: what each one is, how it will be read, what is odd."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from analytics.dataset import connect
from analytics.ingest import quick
from analytics.ingest.guess import guess
from analytics.ingest.infer import ambiguous_days, settle
from analytics.ingest.mapping import FLOAT_ID, GUARDED_ID, Doubt, FilePlan, lacking
from analytics.ingest.one import one_row
from analytics.ingest.raw import RawFile
from analytics.ingest.recipe import Recipe, headers_for
from analytics.ingest.sandbox import read_in_child
from analytics.ingest.stage import source
from analytics.ingest.values import Profile, header_scale, profile
from analytics.text import Text, UserError

SAMPLE_ROWS = 20_000  # rows from the top of a file that are looked at
PROFILE_ROWS = 2_000  # of these, evenly spread, are profiled; the import itself reads every row
PREVIEW_ROWS = 20
Progress = Callable[[str, float], None]


def _silent(step: str, done: float) -> None:
    """The default progress: nobody watches."""


def examine(paths: Sequence[Path], work: Path, recipe: Recipe | None = None, *, progress: Progress = _silent,
            cancel: threading.Event | None = None, tables: Mapping[Path, str] | None = None,
            names: Mapping[Path, str] | None = None) -> list[FilePlan]:  # fmt: skip
    """Read files and guess what each is: one plan per table found (a workbook gives several).

    Args:
        paths: files as they came.
        work: an empty folder for what has to be rewritten; keep it until the import is done.
        recipe: mappings to use for files of a known shape.
        progress: told (step, share done).
        cancel: when set, UserError with code `cancelled`.
        tables: path -> table, where the user says what a file is.
        names: path -> name to show instead of the path's own.
    """
    shown = [(names or {}).get(path, path.name) for path in paths]
    read = read_in_child(paths, work, lambda _, done: progress("read", done), cancel, names=shown)
    plans: list[FilePlan] = []
    for path, found in zip(paths, read, strict=True):
        if cancel is not None and cancel.is_set():
            raise cancelled()
        plans += [plan_file(raw, recipe, (tables or {}).get(path)) for raw in found]
    progress("read", 1.0)
    return plans


def cancelled() -> UserError:
    """The error of a cancelled import."""
    return UserError(Text("Cancelled; nothing was kept.", "已取消，未保留任何内容。"), "cancelled")


def plan_file(raw: RawFile, recipe: Recipe | None = None, table: str | None = None) -> FilePlan:
    """One file's plan: from the recipe if its shape is known there, else guessed.

    Args:
        raw: the file as read.
        recipe: known mappings.
        table: what the user says it is; beats the recipe and the guess.
    """
    with connect(None, read_only=False, keep_order=True) as con:
        rows = con.execute(
            f"SELECT * FROM {source(raw, nulls=False)} LIMIT {SAMPLE_ROWS}"
        ).fetchall()
        profiles = _profiles(raw, rows)
        words = {h: quick.few_words([r[i] for r in rows]) for i, h in enumerate(raw.columns)}
        plan = replace(_first_plan(raw, profiles, recipe, table), words=words)
        plan = settle(replace(plan, preview=tuple(rows[:PREVIEW_ROWS])), profiles)
        plan = _settle_days(con, plan)
    return _doubts(plan, profiles)


def replan(plan: FilePlan, table: str | None) -> FilePlan:
    """The same file seen as another table: its columns are guessed again."""
    if table is None:
        return replace(
            plan, table=None, columns={}, scores={}, doubts=(), confidence=1.0, origin="user"
        )
    return replace(plan_file(plan.raw, None, table), origin="user")


def remap(plan: FilePlan, columns: Mapping[str, str]) -> FilePlan:
    """The same file and table with a person's mapping; how cells are read is settled anew."""
    changed = replace(plan, columns=dict(columns), origin="user", doubts=())
    changed.check()
    with connect(None, read_only=False, keep_order=True) as con:
        rows = con.execute(
            f"SELECT * FROM {source(plan.raw, nulls=False)} LIMIT {SAMPLE_ROWS}"
        ).fetchall()
        profiles = _profiles(plan.raw, rows)
        kept = {
            r: s for r, s in plan.options.dates.items() if plan.columns.get(r) == columns.get(r)
        }
        changed = replace(changed, options=replace(plan.options, dates=kept))
        return _doubts(_settle_days(con, settle(changed, profiles)), profiles)


def _profiles(raw: RawFile, rows: list[tuple[str | None, ...]]) -> list[Profile]:
    step = max(1, len(rows) // PROFILE_ROWS)
    sample = rows[::step]
    return [profile(header, [r[i] for r in sample]) for i, header in enumerate(raw.columns)]


def _first_plan(
    raw: RawFile, profiles: Sequence[Profile], recipe: Recipe | None, table: str | None
) -> FilePlan:
    entry = recipe.find(raw) if recipe else None
    if entry is not None and table in (None, entry.table):
        plan = FilePlan(
            raw, entry.table, headers_for(entry, raw), entry.options, 1.0, origin="recipe"
        )
        plan.check()
        return plan
    found = guess(raw.name, profiles, raw.header_line is not None, table)
    plan = FilePlan(raw, found.table, found.columns, confidence=found.confidence, scores=found.scores,
                    origin="user" if table else "guess")  # fmt: skip
    if table == "customers" and "customer_id" not in found.columns:
        plan = plan.with_options(generated_key=True)
    return plan


def _settle_days(con: duckdb.DuckDBPyConnection, plan: FilePlan) -> FilePlan:
    """Where the sample could not tell day from month, ask every row of the file."""
    dates = dict(plan.options.dates)
    doubts = plan.doubts
    for role in [r for r, style in dates.items() if style == "unsettled"]:
        cell = f"c{plan.raw.columns.index(plan.columns[role])}"
        first, second = (
            f"TRY_CAST(regexp_extract({cell}, '^ *([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]', {i}) AS INTEGER)"
            for i in (1, 2)
        )
        row = one_row(
            con,
            f"SELECT count(*) FILTER ({first} > 12), count(*) FILTER ({second} > 12) FROM {source(plan.raw)}",
        )
        dates[role] = "mdy" if row[1] > row[0] else "dmy"
        if row[0] or row[1]:
            doubts = tuple(d for d in doubts if d != ambiguous_days(plan.columns[role]))
    return replace(plan, options=replace(plan.options, dates=dates), doubts=doubts)


def _doubts(plan: FilePlan, profiles: Sequence[Profile]) -> FilePlan:
    doubts = list(plan.doubts)
    if plan.table is None:
        doubts.append(Doubt("no_table", Text("This file fits none of the tables; it is left out unless you say what it is.",
                                             "此文件与任何表都不相符；除非指定，否则不导入。")))  # fmt: skip
    elif missing := lacking(plan.table, set(plan.columns), plan.options.generated_key):
        doubts.append(Doubt("missing_columns", Text("Needed and not found: {names}.", "缺少必需字段：{names}。").fill(
            names=", ".join(missing)), blocking=True))  # fmt: skip
    plan = _normal_ids(plan, profiles, doubts)
    for one in profiles:
        if plan.table and one.header not in plan.columns.values() and one.identifying:
            doubts.append(Doubt("identifier", Text("Looks like a personal identifier; it is left out unless kept knowingly.",
                                                   "疑似个人身份信息；除非明确保留，否则不导入。"), one.header))  # fmt: skip
        if header_scale(one.header) != 1 and one.header in plan.columns.values():
            doubts.append(Doubt("unit", Text("The header states a unit; amounts are multiplied by it.",
                                             "表头标有单位，金额已按单位换算。"), one.header))  # fmt: skip
    return replace(plan, doubts=tuple(dict.fromkeys(doubts)))


def _normal_ids(plan: FilePlan, profiles: Sequence[Profile], doubts: list[Doubt]) -> FilePlan:
    values = dict(plan.options.values)
    for role in ("customer_id", "account_id", "transaction_id", "basket_id", "session_id"):
        one = next((p for p in profiles if p.header == plan.columns.get(role)), None)
        if one is None:
            continue
        if one.float_ids >= 0.5:
            values[role] = {**values.get(role, {}), FLOAT_ID: "*"}
            doubts.append(Doubt("float_ids", Text("Ids are written as decimals (1234.0), the trace of a float column; the .0 is taken off.",
                                                  "编号被写成小数（1234.0），已去掉“.0”。"), one.header))  # fmt: skip
        if one.guarded >= 0.5:
            values[role] = {**values.get(role, {}), GUARDED_ID: "*"}
            doubts.append(Doubt("guarded_ids", Text('Ids are written as formulas (="0012"); the text within was taken.',
                                                    '编号写成公式（="0012"），已取其中的文字。'), one.header))  # fmt: skip
        if one.damaged_ids:
            doubts.append(Doubt("damaged_ids", Text("Ids in scientific notation: a spreadsheet has cut off digits. Export them as text.",
                                                    "编号为科学计数法：电子表格已丢失位数，请以文本格式重新导出。"), one.header))  # fmt: skip
    return plan.with_options(values=values)
