"""README says what is there: its commands parse, its links lead somewhere, its table is complete."""

import re
import shlex

import pytest

from analytics import cli, registry
from tests.app_server import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(name: str) -> list[str]:
    """The lines of the shell command between the markers of that name."""
    found = re.search(rf"<!-- {name} -->\n```bash\n(.*?)```\n<!-- /{name} -->", README, re.DOTALL)
    assert found, f"README has no {name} command between its markers"
    return found[1].replace("\\\n", "").strip().split("&&")


def test_both_commands_set_up_the_same_way():
    run, test = block("run"), block("test")
    assert [part.strip() for part in run[:-1]] == [part.strip() for part in test[: len(run) - 1]]
    assert shlex.split(run[-1]) == [".venv/bin/tidemark"]


def test_ci_runs_the_test_command_word_for_word():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- test -->" in script
    assert "README.md" in script


@pytest.mark.parametrize("key", registry.MODULES)
def test_every_analysis_has_its_row(key):
    assert f"`tidemark run {key}`" in README


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`tidemark ([a-z]+)", README))))
def test_every_command_is_known(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert command in capsys.readouterr().out


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", README))))
def test_every_link_leads_somewhere(target):
    assert (ROOT / target).exists()
