"""Untrusted bytes are read in a child process with limits on memory and time.

Why a child: a workbook or an archive made to do harm can exhaust memory or crash a native library;
then the child ends, the parent says so in words, and nothing of it stays. The child is a fresh
interpreter, so that it inherits neither the parent's memory nor its open files; the result comes
back through a file in the work folder. The child answers with results or with a refusal, never with
a traceback, which could quote data.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from analytics.disk import no_space
from analytics.ingest.limits import LIMITS, Limits, refusal
from analytics.ingest.raw import RawFile
from analytics.text import Text, UserError

MEMORY_MB = 4096
TIMEOUT_S = 1800.0
_POLL_S = 0.05
_NO_SPACE = 28  # exit code of a child that could not write
_STEP = 0.01  # of the file: a smaller one is not worth a word
_TASK, _RESULT, _PROGRESS, _LOG = "task.pickle", "result.pickle", "progress.json", "child.log"


def _unwatched(step: str, share: float) -> None:
    """The default progress."""


def read_in_child(
    paths: Sequence[Path], work: Path, progress: Callable[[str, float], None] = _unwatched,
    cancel: threading.Event | None = None, memory_mb: int = MEMORY_MB, timeout_s: float = TIMEOUT_S,
    limits: Limits = LIMITS, names: Sequence[str] = (),
) -> list[list[RawFile]]:  # fmt: skip
    """Read files in a child process: for each path the tables found in it.

    Args:
        paths: the files, in the order of the results.
        work: a folder for what is rewritten; emptied when the reading fails.
        progress: called with the file's name and a share in [0, 1] of all files.
        cancel: set it to end the child; the call then raises with code `cancelled`.
        memory_mb: private memory the child may use, in MB.
        timeout_s: seconds the child may run.
        limits: sizes beyond which a file is refused.
        names: names to show instead of the paths' own.

    Raises:
        UserError: the first file's refusal, or `limit` or `cancelled`.
    """
    work.mkdir(parents=True, exist_ok=True)
    shown = [names[i] if i < len(names) else p.name for i, p in enumerate(paths)]
    task = ([p.resolve() for p in paths], shown, work.resolve(), limits)
    (work / _TASK).write_bytes(pickle.dumps(task))
    done = False
    try:
        with (work / _LOG).open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "analytics.ingest.sandbox", str(work.resolve()), str(memory_mb)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                cwd=Path(__file__).resolve().parents[2], close_fds=True,
                env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )  # fmt: skip
        try:
            _wait(child, work, progress, cancel, timeout_s, shown)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
        results = _collect(work, child.returncode, shown)
        done = True
        return results
    finally:
        for name in (_TASK, _RESULT, _PROGRESS, _LOG):
            (work / name).unlink(missing_ok=True)
        if not done:
            _empty(work)


def _empty(work: Path) -> None:
    for one in work.iterdir():
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)


def _wait(child: subprocess.Popen[bytes], work: Path, progress: Callable[[str, float], None],
          cancel: threading.Event | None, timeout_s: float, shown: Sequence[str]) -> None:  # fmt: skip
    """Until the child ends, is cancelled, or has run too long."""
    waited, before = 0.0, ""
    name = shown[0] if shown else "file"
    while child.poll() is None:
        if cancel is not None and cancel.is_set():
            raise refusal("cancelled", name)
        if waited > timeout_s:
            raise refusal("limit", name, Text(f"longer than {timeout_s:g} s", f"超过 {timeout_s:g} 秒"))  # fmt: skip
        before = _report(work / _PROGRESS, before, progress)
        with suppress(subprocess.TimeoutExpired):
            child.wait(_POLL_S)
        waited += _POLL_S


def _report(path: Path, before: str, progress: Callable[[str, float], None]) -> str:
    """Pass on the child's last word on its progress, if it is a new one."""
    try:
        text = path.read_text(encoding="utf-8")
        step, share = json.loads(text)
    except (OSError, ValueError):
        return before
    if text != before:
        progress(step, share)
    return text


def _collect(work: Path, code: int | None, shown: Sequence[str]) -> list[list[RawFile]]:
    """The child's results, or its refusal, or what its end means."""
    result = work / _RESULT
    if code == 0 and result.exists():
        answer = pickle.loads(result.read_bytes())
        if isinstance(answer, tuple):
            raise UserError(Text(*answer[1]), code=answer[0])
        return answer
    log = (work / _LOG).read_bytes()[-20_000:]
    name = shown[0] if shown else "file"
    if code == _NO_SPACE:
        raise refusal("disk", name)
    if b"MemoryError" in log or b"memory allocation" in log or code in (-9, -6):
        raise refusal("limit", name, Text("not enough memory", "内存不足"))
    raise refusal(
        "limit", name, Text("the reading process ended without an answer", "读取进程意外结束")
    )


def _child(work: Path, memory_mb: int) -> None:
    """The child's whole life: limit itself, read, write the answer."""
    size = memory_mb << 20
    # Private memory, not address space: the text itself is mapped from its file, whatever its size.
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from analytics.ingest.reader import read_file

    paths, names, folder, limits = pickle.loads((work / _TASK).read_bytes())

    told = 0.0

    def tell(step: str, share: float) -> None:
        nonlocal told
        if told <= share < told + _STEP and told:
            return
        told = share
        part = work / (_PROGRESS + ".new")
        part.write_text(json.dumps((step, share)), encoding="utf-8")
        part.replace(work / _PROGRESS)

    answer: object
    try:
        answer = [read_file(path, folder / f"file{i}", limits,
                            lambda step, share, i=i: tell(names[i], (i + share) / len(paths)), names[i])  # type: ignore[misc]
                  for i, path in enumerate(paths)]  # fmt: skip
    except UserError as error:
        answer = (error.code, tuple(error.text))
    part = work / (_RESULT + ".new")
    part.write_bytes(pickle.dumps(answer))
    part.replace(work / _RESULT)


if __name__ == "__main__":
    try:
        _child(Path(sys.argv[1]), int(sys.argv[2]))
    except OSError as error:
        if not no_space(error):
            raise
        sys.exit(_NO_SPACE)  # said by the exit code: a full disk takes no answer
