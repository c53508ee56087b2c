"""The pictures of the README, taken from the running app: `python -m tests.bench.screens`.

Each is one window, 1,200 pixels wide in 128 colours, so that it stays under 200 kB.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from tests.app_server import CHROMIUM_FLAGS, IDLE, ROOT, chromium, running_app

FOLDER = ROOT / "pages" / "screens"
WINDOW = {"width": 1440, "height": 1080}
WIDTH = 1200
COLOURS = 128
WAIT_MS = 180_000
CHARTS = "[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas"
# file -> page, language, appearance
SHOTS = {
    "rfm-dark-zh.png": ("rfm", "zh-CN", "dark"),
    "overview-light-en.png": ("overview", "en-US", "light"),
    "segments-light-en.png": ("segments", "en-US", "light"),
}


def settle(page: Any, ms: int = 2500) -> None:
    """Wait until the script has run and the charts stand."""
    page.wait_for_timeout(ms)
    page.wait_for_selector(IDLE, timeout=WAIT_MS)
    page.wait_for_timeout(ms)


def shot(browser: Any, url: str, address: str, locale: str, appearance: str) -> bytes:
    """One page of the sample bank, as a visitor with this language and appearance sees it."""
    context = browser.new_context(
        base_url=url, locale=locale, color_scheme=appearance, viewport=WINDOW
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto("/")
    settle(page)
    page.locator(".st-key-load-sample-own button").click()
    page.locator(".st-key-outcome-rejected, [data-testid=stDataFrame]").first.wait_for()
    settle(page)
    if address:
        page.locator(f".st-key-pages a[href$='{address}']").first.click()
        page.locator(CHARTS).first.wait_for()
        settle(page)
    page.mouse.move(0, 0)
    picture: bytes = page.screenshot()
    context.close()
    return picture


def small(picture: bytes) -> bytes:
    """The picture at its final width, with a palette instead of full colour."""
    target, full = io.BytesIO(), Image.open(io.BytesIO(picture)).convert("RGB")
    size = WIDTH, full.height * WIDTH // full.width
    full.resize(size, Image.Resampling.LANCZOS).quantize(COLOURS).save(target, "PNG", optimize=True)
    return target.getvalue()


def main() -> None:
    """Take all pictures."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with (tempfile.TemporaryDirectory() as home, running_app(Path(home)) as app,
          sync_playwright() as playwright):  # fmt: skip
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_FLAGS))
        for name, (address, locale, appearance) in SHOTS.items():
            (FOLDER / name).write_bytes(small(shot(browser, app.url, address, locale, appearance)))
        browser.close()


if __name__ == "__main__":
    main()
