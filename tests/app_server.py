"""Start the app for a test or a bench: free loopback port, own home, ended by process id."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-first-run",
)  # fmt: skip
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass(frozen=True)
class App:
    """A running app: where it answers, where it keeps its data, which process it is."""

    url: str
    home: Path
    log: Path
    pid: int


def chromium() -> str | None:
    """The installed browser: TIDEMARK_BROWSER, else the first one on the path; None without."""
    wanted = os.environ.get("TIDEMARK_BROWSER")
    names = ("chromium", "chromium-browser", "google-chrome")
    return wanted or next((found for name in names if (found := shutil.which(name))), None)


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_app(home: Path, script: Path = ROOT / "app.py", env: Mapping[str, str] | None = None,
                patience_s: float = 60) -> Iterator[App]:  # fmt: skip
    """Run a Streamlit script as its own process until the block ends.

    Args:
        home: becomes TIDEMARK_HOME; the server's log is written into it.
        script: the app, or another script such as a bench's static page.
        env: further environment variables.
        patience_s: how long the health route may take to answer.
    """
    home.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), home / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
               "--server.address", "127.0.0.1", "--server.headless", "true",
               "--server.fileWatcherType", "none"]  # fmt: skip
    variables = {**os.environ, "TIDEMARK_HOME": str(home), **(env or {})}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=script.parent, env=variables, stdout=output,
                                   stderr=subprocess.STDOUT)  # fmt: skip
        try:
            _wait_for_health(process, port, log, patience_s)
            yield App(f"http://127.0.0.1:{port}", home, log, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_health(process: subprocess.Popen[bytes], port: int, log: Path, patience_s: float
                     ) -> None:  # fmt: skip
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
            return
        time.sleep(0.1)
    raise RuntimeError(
        f"the app did not become healthy:\n{log.read_text(errors='replace')[-3000:]}"
    )
