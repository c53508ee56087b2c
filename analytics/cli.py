"""The command line: typed arguments in, the same functions as the pages, files and JSON out.

Exit status 0 done, 1 the data was refused (the reason on stderr, in words), 2 wrong usage. With
`--json` stdout holds one JSON object and nothing else, in case of an error `{"error": ...}`.
Messages follow TIDEMARK_LANG (en or zh), else the locale.

Why subcommands import what they need: `tidemark datasets` should not wait for the chart libraries.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
import types
from collections.abc import Sequence

from analytics import cli_compare, cli_data, cli_output, cli_report, cli_run
from analytics.privacy import scrub
from analytics.schema import TABLES
from analytics.story.withhold import SMALLEST_SHOWN
from analytics.text import Text, UserError

WRONG_USAGE = frozenset({"parameter", "analysis", "where", "group", "usage"})  # UserError codes


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    signal.signal(signal.SIGTERM, _stop)  # a draft is deleted on the way out
    sys.excepthook = _say_type_only
    args = parser().parse_args(argv)
    try:
        return int(args.command(args) or 0)
    except UserError as error:
        cli_output.fail(error, as_json=getattr(args, "json", False))
        return 2 if error.code in WRONG_USAGE else 1
    except KeyboardInterrupt:
        cli_output.say(Text("Stopped. Nothing was changed.", "已停止，未作任何更改。"))
        return 130


def parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    top = argparse.ArgumentParser(
        prog="tidemark", description="Customer analytics for a retail bank, on this machine. "
        "Without a command it opens the app in the browser.")  # fmt: skip
    top.add_argument("--port", type=int, default=8501, help="port of the app on this machine")
    top.add_argument("--headless", action="store_true", help="do not open a browser")
    top.set_defaults(command=cli_run.open_app)
    commands = top.add_subparsers(metavar="COMMAND")
    _add_doctor(commands)
    _add_import(commands)
    one = commands.add_parser("datasets", help="list the kept datasets")
    one.set_defaults(command=cli_data.datasets)
    _add_json(one)
    one = commands.add_parser("delete", help="delete a kept dataset and all that lies beside it")
    one.add_argument("name", metavar="NAME")
    one.set_defaults(command=cli_data.delete)
    _add_json(one)
    _add_run(commands)
    _add_report(commands)
    _add_compare(commands)
    _add_sample(commands)
    return top


def _add_json(one: argparse.ArgumentParser) -> None:
    one.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def _add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("doctor", help="what each file is, its problems and row counts")
    one.add_argument("files", metavar="FILE", nargs="+")
    one.add_argument("--recipe", metavar="R.json", help="a recipe to read the files with")
    one.add_argument("--recipe-out", metavar="R.json", help="write an editable recipe")
    one.add_argument("--out", metavar="DIR", help="write the raw reading of each file as CSV")
    one.set_defaults(command=cli_data.doctor)
    _add_json(one)


def _add_import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("import", help="build a kept dataset, every row accounted for")
    one.add_argument("name", metavar="NAME")
    for table in TABLES:
        one.add_argument(f"--{table}", metavar="F", nargs="+", action="extend", default=[],
                         help=f"one or more files of {table}")  # fmt: skip
    one.add_argument("--bridge", metavar="F", nargs="+", action="extend", default=[],
                     help="which account belongs to which customer")  # fmt: skip
    one.add_argument("--recipe", metavar="R.json", help="a saved or edited mapping")
    one.add_argument("--duplicates", choices=["keep", "drop"],
                     help="exact duplicates are counted in either case")  # fmt: skip
    one.set_defaults(command=cli_data.import_files)
    _add_json(one)


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("run", help="run an analysis on a kept dataset")
    one.add_argument("analysis", metavar="ANALYSIS")
    one.add_argument("--data", metavar="NAME", required=True, help="a kept dataset")
    one.add_argument("--as-of", metavar="DATE", help="the last day counted, YYYY-MM-DD")
    one.add_argument("--where", metavar="attribute=value", action="append", default=[],
                     help="only these customers; != leaves them out; repeat for more")  # fmt: skip
    one.add_argument("--set", metavar="param=value", action="append", default=[],
                     help="change a parameter; none lifts a default")  # fmt: skip
    one.add_argument("--out", metavar="DIR", help="write tables, charts and result.json")
    one.add_argument("--smallest", metavar="N", type=int, default=0,
                     help="leave groups of fewer customers blank, and what would give them away, as in a story; by itself every group is shown")  # fmt: skip
    one.add_argument("--real-ids", action="store_true",
                     help="write real customer ids instead of pseudonyms; this is logged")  # fmt: skip
    one.set_defaults(command=cli_run.run)
    _add_json(one)


def _add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("report", help="rebuild a story; fails if a number differs")
    one.add_argument("story", metavar="STORY.json")
    one.add_argument("--data", metavar="NAME", help="a kept dataset; by itself the story's own")
    one.add_argument(
        "--out",
        metavar="FILE",
        action="append",
        default=[],
        help="write it as .html, .pptx, .xlsx, .pdf, .zip or .json; repeat for more",
    )
    one.add_argument("--lang", choices=["en", "zh"], help="language of the files")
    one.add_argument(
        "--theme", choices=["light", "dark"], default="light", help="colours of the files"
    )
    one.set_defaults(command=cli_report.report)
    _add_json(one)


def _add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("compare", help="two kept extracts: what moved by more than chance")
    one.add_argument("before", metavar="BEFORE", help="the earlier kept dataset")
    one.add_argument("now", metavar="NOW", help="the later kept dataset")
    one.add_argument("--analysis", metavar="ANALYSIS", action="append", default=[],
                     help="only this analysis; repeat for more; by itself all that NOW can carry")  # fmt: skip
    one.add_argument("--where", metavar="attribute=value", action="append", default=[],
                     help="only these customers of both")  # fmt: skip
    one.add_argument("--set", metavar="analysis.param=value", action="append", default=[],
                     help="change a parameter of one analysis on both")  # fmt: skip
    one.add_argument(
        "--out",
        metavar="FILE.json",
        action="append",
        default=[],
        help="write the comparison as JSON",
    )
    one.add_argument("--smallest", metavar="N", type=int, default=SMALLEST_SHOWN,
                     help="leave out groups of fewer customers, and what would give them away; 1 leaves out none")  # fmt: skip
    one.set_defaults(command=cli_compare.compare)
    _add_json(one)


def _add_sample(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("sample", help="write an invented bank with planted truths")
    one.add_argument("--customers", metavar="N", type=int, required=True)
    one.add_argument("--months", metavar="M", type=int, default=36)
    one.add_argument("--seed", metavar="S", type=int, default=7)
    one.add_argument("--headers", choices=["en", "zh"], default="en")
    one.add_argument("--without", metavar="PART", action="append", default=[],
                     help="segments, sequences, rules, anomalies or campaigns")  # fmt: skip
    one.add_argument("--out", metavar="DIR", required=True)
    one.set_defaults(command=cli_run.sample)
    _add_json(one)


def _stop(number: int, frame: types.FrameType | None) -> None:
    raise SystemExit(128 + number)


def _say_type_only(kind: type[BaseException], error: BaseException,
                   trace: types.TracebackType | None) -> None:  # fmt: skip
    """The place of an unforeseen error, without its message: libraries quote rows of data.

    With TIDEMARK_TRACE=1 every place on the way to it, still without messages.
    """
    places = [f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}"
              for frame in traceback.extract_tb(trace)] or ["?"]  # fmt: skip
    if os.environ.get("TIDEMARK_TRACE") != "1":
        places = places[-1:]
    cli_output.say(Text("Internal error {name} at {place}. Nothing was changed.",
                        "内部错误 {name}（{place}），未作任何更改。").fill(
        name=scrub(error), place=" < ".join(reversed(places))))  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
