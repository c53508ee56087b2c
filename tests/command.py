"""Run the command line as a child, the way a person or a script does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.app_server import ROOT


def command(*words: object) -> list[str]:
    """The command as a list of words for a child process."""
    return [sys.executable, "-m", "analytics.cli", *map(str, words)]


def environment(home: Path, **more: str) -> dict[str, str]:
    """This environment with its own home, in English."""
    return {**os.environ, "TIDEMARK_HOME": str(home), "TIDEMARK_LANG": "en",
            "PYTHONPATH": str(ROOT), **more}  # fmt: skip


def tidemark(home: Path, *words: object, env: Mapping[str, str] | None = None
             ) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run one command to its end."""
    return subprocess.run(command(*words), env=environment(home, **(env or {})), text=True,
                          capture_output=True, timeout=120, encoding="utf-8", check=False)  # fmt: skip


def told(home: Path, *words: object) -> dict[str, Any]:
    """The JSON of a command that must succeed; nothing else may be on stdout."""
    done = tidemark(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))
