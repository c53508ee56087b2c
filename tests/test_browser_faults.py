"""What may happen between a browser and the server: a cut line, a killed server."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import psutil

from tests.app_server import App, running_app
from tests.dropping import line_to
from tests.test_browser import WAIT_MS, cells, idle, load_sample, scores, to_rfm

SECRET = "PLANTED-4711"
ROWS = 60_000


def opened(browser: Any, url: str) -> Any:
    """The app in a window of its own, idle; its context is the caller's to close."""
    page = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(url)
    idle(page)
    return page


def traces(folder: Path) -> list[str]:
    """Files below a folder that hold something of the customers."""
    return [str(p.relative_to(folder)) for p in folder.rglob("*")
            if p.is_file() and SECRET.encode() in p.read_bytes()]  # fmt: skip


def ask_for_more(page: Any) -> None:
    """Move the slider of the scores up by one."""
    scores(page).focus()
    page.keyboard.press("ArrowRight")


def test_a_cut_line_loses_nothing_and_the_page_goes_on(browser: Any, app: App) -> None:
    """Cut while idle, while an answer is under way, and asked while it is cut."""
    with line_to(app.url) as line:
        page = opened(browser, line.url)
        load_sample(page)
        to_rfm(page)
        for when, wanted in (("idle", "6"), ("running", "7"), ("cut", "8")):
            if when == "running":
                ask_for_more(page)
                page.wait_for_timeout(250)
            line.cut()
            page.wait_for_timeout(500)
            assert cells(page) > 5  # the last answer stays on the screen
            if when == "cut":  # nobody hears it, and the slider shows so
                ask_for_more(page)
            page.wait_for_timeout(500)
            line.join()
            page.wait_for_timeout(3000)
            if when != "running":
                ask_for_more(page)
            page.wait_for_url(re.compile(f"rfm.scores={wanted}"))
            idle(page)
            assert scores(page).input_value() == wanted
        assert page.get_by_text("Sample bank").first.is_visible()
        page.context.close()


def test_a_server_killed_in_an_import_leaves_nothing_behind(browser: Any, tmp_path: Path) -> None:
    extract, home = tmp_path / "transactions.csv", tmp_path / "home"
    with extract.open("w", encoding="utf-8") as out:
        out.write("customer_id,happened_at,amount,kind\n")
        out.writelines(f"{SECRET}-{i % 5000:05d},2024-{i % 12 + 1:02d}-{i % 28 + 1:02d} 10:{i % 60:02d}:00,"
                       f"{i % 997 - 400}.25,kind {i % 7}\n" for i in range(ROWS))  # fmt: skip
    with running_app(home) as app:
        page = opened(browser, app.url)
        page.locator("input[type=file]").first.set_input_files(str(extract))
        button = page.get_by_role("button", name="Import", exact=False).last
        button.wait_for()
        idle(page)
        button.click()
        while not list(home.rglob("bank.duckdb*")):
            page.wait_for_timeout(20)
        children = psutil.Process(app.pid).children(recursive=True)
        os.kill(app.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=20)
        assert not alive, "a child goes on without its server"
        assert traces(home)
        page.context.close()
    with running_app(home) as app:
        page = opened(browser, app.url)
        page.get_by_text("No dataset is open yet.").wait_for()
        assert page.get_by_text("transactions", exact=True).count() == 0
        page.context.close()
    assert traces(home) == []
    assert not list(home.rglob("*.draft"))
