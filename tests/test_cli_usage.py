"""The command line used wrongly, or on what is not there; its parser; the app it starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from analytics import cli_output
from analytics.cli import parser
from analytics.schema import TABLES
from analytics.text import Text
from tests.app_server import free_port
from tests.command import command, environment, tidemark

Inside = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.mark.parametrize(("words", "status", "code"), [
    (["delete", "nothing"], 1, "no_dataset"),
    (["run", "rfm", "--data", "nothing"], 1, "no_dataset"),
    (["run", "nothing", "--data", "x"], 2, "analysis"),
    (["run", "rfm", "--data", "x", "--set", "nothing=1"], 2, "parameter"),
    (["run", "rfm", "--data", "x", "--set", "nothing"], 2, "usage"),
    (["run", "rfm", "--data", "x", "--where", "nothing"], 2, "where"),
    (["run", "rfm", "--data", "x", "--as-of", "June"], 2, "usage"),
    (["import", "x"], 2, "usage"),
    (["import", "x", "--transactions", "absent.csv"], 1, "no_file"),
    (["import", " ", "--transactions", __file__], 1, "name"),
    (["import", "x", "--transactions", __file__, "--recipe", "absent.json"], 1, "recipe"),
    (["doctor", "absent.csv"], 1, "no_file"),
])  # fmt: skip
def test_a_refusal_is_words_on_stderr_and_one_json_object(
    inside: Inside, words: list[str], status: int, code: str
) -> None:
    given, out, err = inside(*words, "--json")
    answer = json.loads(out)
    assert (given, answer["error"]["code"]) == (status, code), err
    assert answer["error"]["en"] in err


@pytest.mark.parametrize("words", [["nothing"], ["import"], ["run", "rfm"], ["sample"], ["--port", "x"],
                                   ["import", "x", "--duplicates", "maybe"], ["sample", "--customers", "x"]])  # fmt: skip
def test_wrong_usage_is_status_two(inside: Inside, words: list[str]) -> None:
    assert inside(*words)[:2] == (2, "")


@pytest.mark.parametrize(("env", "word"), [
    ({"TIDEMARK_LANG": "zh"}, "没有"), ({"TIDEMARK_LANG": "en"}, "no such"),
    ({"TIDEMARK_LANG": "", "LC_ALL": "zh_CN.UTF-8"}, "没有"),
    ({"TIDEMARK_LANG": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "C"}, "no such"),
])  # fmt: skip
def test_messages_follow_the_readers_language(home: Path, env: dict[str, str], word: str) -> None:
    done = tidemark(home, "delete", "nothing", env={**env, "PYTHONIOENCODING": "utf-8"})
    assert word in done.stderr


def test_a_terminal_without_chinese_gets_escapes_not_an_error(home: Path) -> None:
    done = tidemark(home, "delete", "x", env={"TIDEMARK_LANG": "zh", "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert "\\u6ca1" in done.stderr


# -- the parser and the app ----------------------------------------------------------------------
def test_every_table_is_an_option_of_import() -> None:
    words = [word for table in TABLES for word in (f"--{table}", "a", "b")]
    args = parser().parse_args(["import", "x", *words, "--bridge", "c"])
    assert all(getattr(args, table) == ["a", "b"] for table in TABLES)
    assert args.bridge == ["c"]


def test_columns_line_up_with_wide_characters(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEMARK_LANG", "zh")
    cli_output.table([Text("name", "名称"), Text("rows", "行数")], [("银行", 1234), ("ab", 5)])
    assert capsys.readouterr().out == "名称   行数\n银行  1,234\nab        5\n"


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("words", [["--headless"], []])
def test_the_app_asks_nothing_and_ends_with_its_command(
    home: Path, tmp_path: Path, words: list[str]
) -> None:
    """Also at the very first start of a new user, where the framework would ask for an address."""
    port, new_user = free_port(), {"HOME": str(tmp_path), "BROWSER": "true"}
    child = subprocess.Popen(command(*words, "--port", port), env=environment(home) | new_user, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        assert _answers(port)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)
    assert not _answers(port, tries=1)


def _answers(port: int, tries: int = 120) -> bool:
    for _ in range(tries):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    return False
