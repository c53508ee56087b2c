"""Fixtures every test may use: tiny banks, the shared real data, the app in a real browser.

A real-data test says `shared_data` and skips where the folder is absent. With TIDEMARK_DATA set
such a skip is a failure, so that a build that means to run them cannot pass without.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.cli import main
from analytics.dataset import Dataset
from analytics.run import Run
from tests.app_server import CHROMIUM_FLAGS, IDLE, ROOT, App, chromium, running_app
from tests.banks import build_bank
from tests.contract import runner
from tests.contract_bank import tables

ABSENT = "absent data"
NO_BROWSER = "no browser"


# -- tiny banks ----------------------------------------------------------------------------------
@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Callable[..., Dataset]]:
    """`bank(transactions=[("ann", "2024-06-01", 12.5)])` is an opened Dataset; see tests/banks.py."""
    opened: list[Dataset] = []

    def build(**tables: Any) -> Dataset:
        opened.append(build_bank(tmp_path / f"bank{len(opened)}", **tables))
        return opened[-1]

    yield build
    for data in opened:
        data.close()


# -- the contract bank ---------------------------------------------------------------------------
@pytest.fixture(scope="session")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    """The contract bank with a kept audience."""
    data = build_bank(
        tmp_path_factory.mktemp("contract"), audiences={"vip": ["K0001Q", "K0002Q"]}, **tables()
    )
    yield data
    data.close()


@pytest.fixture(scope="session")
def runs(contract: Dataset) -> Callable[..., Run]:
    """`runs(key, by=None)` is that analysis on the contract bank, computed once for all test files."""
    return runner(contract)


# -- the command line ---------------------------------------------------------------------------
@pytest.fixture
def inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Run a command in this process (quicker than a child): `(status, stdout, stderr)`."""
    monkeypatch.setenv("TIDEMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TIDEMARK_LANG", "en")
    hook, handler = sys.excepthook, signal.getsignal(signal.SIGTERM)

    def run(*words: object) -> tuple[int, str, str]:
        try:
            status = main([*map(str, words)])
        except SystemExit as wrong_usage:
            status = int(str(wrong_usage.code))
        written = capsys.readouterr()
        return status, written.out, written.err

    yield run
    sys.excepthook = hook
    signal.signal(signal.SIGTERM, handler)


# -- real data -----------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real extracts (never part of the project)."""
    folder = Path(os.environ.get("TIDEMARK_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"{ABSENT}: the folder of real extracts")
    return folder


@pytest.fixture(scope="session")
def shared_file(shared_data: Path) -> Callable[[str], Path]:
    """`shared_file("berka/account.asc")` is that file's path; skips where it is absent."""

    def find(name: str) -> Path:
        if not (shared_data / name).exists():
            pytest.skip(f"{ABSENT}: {name}")
        return shared_data / name

    return find


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With TIDEMARK_DATA set, a test skipped for absent data has failed."""
    report = yield
    reason = _skip_reason(report)
    if reason.startswith(f"Skipped: {ABSENT}") and os.environ.get("TIDEMARK_DATA"):
        report.outcome = "failed"
        report.longrepr = f"TIDEMARK_DATA is set, yet: {reason}"
    return report


def _skip_reason(report: Any) -> str:
    skipped = report.outcome == "skipped" and isinstance(report.longrepr, tuple)
    return str(report.longrepr[2]) if skipped else ""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One closing line says how much was not tried for want of data."""
    skipped = terminalreporter.stats.get("skipped", [])
    absent = sum(_skip_reason(one).startswith(f"Skipped: {ABSENT}") for one in skipped)
    if absent:
        terminalreporter.write_line(f"{absent} tests skipped for absent data")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes by their length: a packed file holds the time of its making, and names must not."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


# -- the app in a browser ------------------------------------------------------------------------
@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The installed Chromium under Playwright; skips without, unless TIDEMARK_REQUIRE_BROWSER=1."""
    path = chromium()
    if path is None:
        if os.environ.get("TIDEMARK_REQUIRE_BROWSER") == "1":
            pytest.fail("TIDEMARK_REQUIRE_BROWSER is set, but no Chromium is installed")
        pytest.skip(f"{NO_BROWSER}: no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="session")
def app(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app, running on a loopback port with its own TIDEMARK_HOME for the whole session."""
    with running_app(tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.fixture
def page(browser: Any, app: App) -> Iterator[Any]:
    """A fresh browser window (own cookies) that has opened the app and waited until it is idle."""
    context = browser.new_context(base_url=app.url, locale="en-US",
                                  viewport={"width": 1440, "height": 900})  # fmt: skip
    window = context.new_page()
    window.set_default_timeout(60_000)
    window.goto("/")
    window.wait_for_selector(IDLE)
    yield window
    context.close()
