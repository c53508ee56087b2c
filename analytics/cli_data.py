"""`tidemark doctor`, `import`, `datasets` and `delete`."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analytics import audit, cli_output, clock
from analytics.drafts import Draft
from analytics.owners import new_owner
from analytics.schema import TABLES
from analytics.state import FILE_NAME as STATE_NAME
from analytics.state import State
from analytics.store import Store, store
from analytics.text import Text, UserError, count


def import_files(args: argparse.Namespace) -> int:
    """Build a kept dataset: all of it or nothing, every row accounted for."""
    from analytics.ingest.pipeline import examine, import_plans
    from analytics.ingest.recipe import Recipe

    files = {table: _existing(getattr(args, table)) for table in [*TABLES, "bridge"]}
    if not any(files[table] for table in TABLES):
        raise UserError(Text("Name at least one file, such as --transactions FILE.",
                             "请至少指定一个文件，例如 --transactions FILE。"), "usage")  # fmt: skip
    recipe = Recipe.load(Path(args.recipe)) if args.recipe else None
    shelf = store()
    shelf.name_is_free(args.name)
    with _own_draft(shelf) as draft:
        plans = []
        for table, paths in files.items():
            if paths:
                said = dict.fromkeys(paths, table)
                plans += examine(paths, draft.work / table, recipe, tables=said, progress=_progress)
        _warn(plans)
        report = import_plans(
            plans, draft.dataset, args.name, today=clock.today(), progress=_progress,
            duplicates=args.duplicates or (recipe.duplicates if recipe else "keep"))  # fmt: skip
        loaded = sum(facts["loaded"] for facts in report.tables.values())
        state = State(draft.dataset / STATE_NAME)  # logged before it is kept, so never without
        audit.record(state, audit.person(), "import", args.name, loaded)
        draft.keep(args.name)
    if args.json:
        cli_output.print_json(report.as_dict())
    else:
        _show_report(report.as_dict())
    return 0


def doctor(args: argparse.Namespace) -> int:
    """What each file is and what is wrong with it; nothing is imported."""
    from analytics.ingest.checkup import doctor as look
    from analytics.ingest.recipe import Recipe

    paths = _existing(args.files)
    recipe = Recipe.load(Path(args.recipe)) if args.recipe else None
    with _own_draft(store()) as draft:
        told = look(paths, draft.work, recipe=recipe, out=Path(args.out) if args.out else None,
                    recipe_out=Path(args.recipe_out) if args.recipe_out else None)  # fmt: skip
    if args.json:
        cli_output.print_json(told)
    else:
        _show_files(told["files"])
    return 0


def datasets(args: argparse.Namespace) -> int:
    """List the kept datasets."""
    kept = store().kept()
    if args.json:
        cli_output.print_json({"datasets": [info.as_dict() for info in kept]})
    elif not kept:
        cli_output.lines([Text("No dataset is kept yet.", "尚无保存的数据集。")])
    else:
        header = [Text("name", "名称"), Text("as of", "数据截至"), Text("rows", "行数"),
                  Text("fingerprint", "指纹")]  # fmt: skip
        cli_output.table(header, [
            (info.name, info.as_of, sum(info.rows.values()), info.fingerprint) for info in kept])  # fmt: skip
    return 0


def delete(args: argparse.Namespace) -> int:
    """Delete a kept dataset and everything beside it."""
    name = store().info_kept(args.name).name
    store().delete(name)
    if args.json:
        cli_output.print_json({"deleted": name})
    else:
        cli_output.lines([Text("Deleted {name}.", "已删除 {name}。").fill(name=name)])
    return 0


@contextlib.contextmanager
def _own_draft(shelf: Store) -> Iterator[Draft]:
    """A draft of an owner who exists for this command only."""
    owner = new_owner()
    try:
        with shelf.draft(owner) as draft:
            yield draft
    finally:
        shelf.delete_all(owner)


def _existing(words: list[str]) -> list[Path]:
    paths = [Path(word) for word in words]
    for path in paths:
        if not path.is_file():
            raise UserError(Text(f"{path.name}: no such file.", f"{path.name}：文件不存在。"), "no_file")  # fmt: skip
    return paths


def _progress(step: str, done: float) -> None:
    from analytics.ingest.pipeline import STEPS

    if sys.stderr.isatty():
        title = STEPS.get(step, Text(step, step))
        cli_output.say(
            Text("{title} {done:.0%}", "{title} {done:.0%}").fill(title=title, done=done)
        )


def _warn(plans: list[Any]) -> None:
    """What a person should look at, on stderr; the column's title is the file's own text."""
    for plan in plans:
        for doubt in plan.doubts:
            where = f"{plan.raw.name}, {doubt.column}" if doubt.column else plan.raw.name
            cli_output.say(Text("{where}: {message}", "{where}：{message}").fill(where=where, message=doubt.message))  # fmt: skip


def _show_report(report: dict[str, Any]) -> None:
    lang = cli_output.language()
    header = [Text("table", "表"), Text("rows in", "读入"), Text("loaded", "载入"), Text("rejected", "拒绝"),
              Text("duplicates", "重复"), Text("removed", "去重"), Text("skipped", "跳过")]  # fmt: skip
    cli_output.table(header, [
        (TABLES[name].title(lang) if name in TABLES else name, *(facts[k] for k in (
            "rows_in", "loaded", "rejected", "duplicates", "duplicates_removed", "skipped")))
        for name, facts in report["tables"].items()])  # fmt: skip
    for found in report["findings"]:
        message = found["message_zh" if lang == "zh" else "message"]
        cli_output.line(f"{found['severity']}: {message}")


def _show_files(files: list[dict[str, Any]]) -> None:
    lang = cli_output.language()
    for one in files:
        rows = count(int(one.get("rows_in") or 0), lang)
        cli_output.lines([Text(
            "{file}: {encoding}, delimiter {delimiter!r}, header on line {header}, {rows} rows in, "
            "{rejected} rejected, {skipped} skipped; table: {table}",
            "{file}：编码 {encoding}，分隔符 {delimiter!r}，表头在第{header}行，读入{rows}行，"
            "拒绝{rejected}行，跳过{skipped}行；表：{table}").fill(
            file=one["file"], encoding=one.get("encoding"), delimiter=one.get("delimiter"),
            header=one.get("header_line"), rows=rows, rejected=one.get("rejected"),
            skipped=one.get("skipped"), table=one.get("table"))])  # fmt: skip
        for role, header in (one.get("mapping") or {}).items():
            cli_output.line(f"    {role} <- {header}")
        for problem in one.get("problems") or []:
            message = problem.get("message_zh") if lang == "zh" else problem.get("message")
            cli_output.line(f"    ! {message or problem.get('message')}")
