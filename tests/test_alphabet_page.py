"""The table of steps, edited in a real browser: what is mined changes, and the command repeats it."""

from __future__ import annotations

import re
import shlex
from datetime import date
from typing import Any

from analytics.run import run_analysis
from analytics.sequences import MineParams
from tests.test_browser import idle, load_file

STEPS = ("buy", "login", "logout", "search", "browse")  # as the table lists them: by customers
LIVES = [("login", "search" if n < 9 else "browse", "buy", "logout") for n in range(14)]
ROWS = [(f"c{n:02}", f"2024-06-{day:02} 10:00:00", step) for n, life in enumerate(LIVES) for day, step in enumerate(life, 1)]  # fmt: skip
HEADER, ROW, CALLED, HIDE = 35, 35, 4, 5  # heights in pixels, places of the columns


def go_to(page: Any, step: str, column: int) -> None:
    """Put the cursor into a cell of the table, which is drawn on a canvas."""
    box = page.locator("[data-testid=stDataFrame]").first.bounding_box()
    page.mouse.click(box["x"] + 60, box["y"] + HEADER + ROW * (STEPS.index(step) + 0.5))
    for _ in range(column):
        page.keyboard.press("ArrowRight")


def rename(page: Any, step: str, name: str) -> None:
    go_to(page, step, CALLED)
    page.keyboard.press("Enter")
    page.locator("textarea.gdg-input").fill(name)
    page.keyboard.press("Enter")
    seen(page, name)


def seen(page: Any, text: str) -> None:
    """Wait until the table, as a screen reader finds it, holds a text."""
    page.locator("[data-testid=stDataFrame] canvas td", has_text=text).first.wait_for(
        state="attached"
    )
    idle(page)


def test_merged_and_hidden_steps_change_what_is_mined_and_can_be_repeated(page, tmp_path, bank):
    path = tmp_path / "events.csv"
    path.write_text("\n".join(map(",".join, [("customer_id", "happened_at", "event"), *ROWS])) + "\n", "utf-8")  # fmt: skip
    page.set_viewport_size({"width": 1440, "height": 1600})
    load_file(page, path)
    page.get_by_role("link", name="Patterns", exact=True).first.click()
    page.get_by_text("14 customers took 56 steps").wait_for()
    page.get_by_text("Steps: merge, rename, hide").click()
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()
    idle(page)
    rename(page, "search", "looking")
    rename(page, "browse", "looking")
    go_to(page, "logout", HIDE)
    page.keyboard.press("Space")
    seen(page, "true")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("14 customers took 42 steps").wait_for()  # nobody's logout counts any more
    page.get_by_text("How this was computed").click()
    command = page.locator("code", has_text="tidemark run").first
    command.wait_for()
    words = shlex.split(command.inner_text())
    line = next(re.sub("^alphabet=", "", word) for word in words if word.startswith("alphabet="))
    assert line == "-: logout; looking: browse, search"
    again = run_analysis("sequences", bank(events=ROWS), MineParams(alphabet=line), date(2024, 6, 4))  # fmt: skip
    found = {row["pattern"]: row["customers"] for row in again.tables["patterns"].to_dicts()}
    assert found["login > looking > buy"] == 14  # before, search was nine's and browse was five's
    assert page.get_by_text(again.headline[0].en).first.is_visible()
