"""`tidemark`, `tidemark run` and `tidemark sample`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import audit, cli_output
from analytics.store import store
from analytics.text import Text, UserError

if TYPE_CHECKING:
    from analytics.dataset import Dataset
    from analytics.privacy import Gate
    from analytics.run import Run

EVERY_GROUP = Text("These files show every group, small ones too. For files that leave the house use --smallest 10, or a story.",
                   "这些文件包含全部分组（含小分组）。如需对外提供，请加 --smallest 10，或使用汇报。")  # fmt: skip
APP = Path(__file__).resolve().parent.parent / "app.py"


def open_app(args: argparse.Namespace) -> int:
    """Start the app on this machine only, and end it with this command."""
    if not APP.exists():
        raise UserError(Text("app.py is missing: run tidemark from a checkout of the project.",
                             "缺少 app.py：请在项目目录中运行 tidemark。"), "usage")  # fmt: skip
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.address", "127.0.0.1",
               "--server.port", str(args.port), "--server.headless", str(args.headless).lower()]  # fmt: skip
    child = subprocess.Popen(command, cwd=APP.parent)
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def run(args: argparse.Namespace) -> int:
    """Run an analysis on a kept dataset; headline to stdout, tables and charts to --out."""
    from analytics.dataset import Population
    from analytics.registry import load
    from analytics.run import run_analysis

    analysis = load(args.analysis)
    params = analysis.params.parse(_pairs(args.set))
    population, as_of = Population.parse(args.where), _day(args.as_of)
    shelf = store()
    data = shelf.open_kept(args.data)
    try:
        done = run_analysis(args.analysis, data, params, as_of, population)
        if args.out:
            gate = shelf.gate(data, real_ids=args.real_ids)
            if args.real_ids:
                rows = max((frame.height for frame in done.tables.values()), default=0)
                audit.record(shelf.state(data), audit.person(), "run_real_ids", args.analysis, rows)
            written = _write(done, data, gate, args)
            if not args.json:
                cli_output.say(Text("{n} files written.", "已写出{n}个文件。").fill(n=len(written)))
    finally:
        shelf.close()
    told = done.as_dict()
    if args.smallest > 1:
        from analytics.story import outside

        done = outside.blanked(done, args.smallest)
        told = outside.as_dict(done, args.smallest)
    if args.json:
        cli_output.print_json(told)
    else:
        cli_output.lines(done.headline)
    return 0


def _write(done: Run, data: Dataset, gate: Gate, args: argparse.Namespace) -> list[Path]:
    """The files of a run: every group as on the page, or small ones blank."""
    folder, lang = Path(args.out), cli_output.language()
    if args.smallest > 1:
        from analytics.story import outside

        return outside.write(done, data, folder, gate, lang, args.smallest)
    if not args.json:
        cli_output.say(EVERY_GROUP)
    return done.write(folder, gate, lang)


def sample(args: argparse.Namespace) -> int:
    """Write an invented bank; the same arguments give the same bytes."""
    write_bank = import_module("sample_data.generate").write_bank
    parts = frozenset(part.strip() for word in args.without for part in word.split(","))
    out = write_bank(Path(args.out), args.customers, args.months, args.seed, args.headers, parts)
    files = sorted(path.name for path in out.iterdir() if path.suffix in (".csv", ".json", ".gz"))
    if args.json:
        cli_output.print_json({"out": str(out), "customers": args.customers, "months": args.months,
                               "seed": args.seed, "files": files})  # fmt: skip
    else:
        cli_output.lines([Text("{n} files written to {out}.", "已写出{n}个文件至 {out}。").fill(
            n=len(files), out=out)])  # fmt: skip
    return 0


def _pairs(words: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise UserError(Text(f"--set {word!r}: expected parameter=value.",
                                 f"--set {word!r}：应为 参数=值。"), "usage")  # fmt: skip
        found[name] = value
    return found


def _day(word: str | None) -> date | None:
    try:
        return None if word is None else date.fromisoformat(word)
    except ValueError:
        raise UserError(Text(f"--as-of {word!r}: expected a date such as 2024-06-30.",
                             f"--as-of {word!r}：应为日期，例如 2024-06-30。"), "usage") from None  # fmt: skip
