"""From a parameter change to the new chart, in a real browser, beside a static page.

Both servers and both windows are open in the same run and are asked in turns, so that they see the
same machine. A change is one arrow key on a slider. Reported, in milliseconds:

- `shown`: from the key to the last picture of any chart; where all stayed as they were, to the
  words beside them, which come in the same moment. Holds Streamlit's own delay of the slider.
- `answered`: from the message to the server to that last picture; without the delay.
- `server`: processor time the server spent on it; unlike the others free of what else runs.
- `rerun`: from the message to the end of an empty script (key "r"), nothing drawn.

Run it with `python -m tests.bench.bench_pages [--page rfm] [--key rfm.lookback_days]`. Figures are
recorded with the machine's calibration, never asserted.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from analytics.store import Store
from tests.app_server import CHROMIUM_FLAGS, IDLE, ROOT, chromium, running_app
from tests.bench.bank import write_bank
from tests.bench.calibrate import calibrate

MEASURES = ("shown", "answered", "server")
HERE = Path(__file__).parent
QUIET_MS = 400  # nothing drawn for so long: the picture stands
SETTLED = (
    "quiet => { const b = window.__bench; return b.ended && "
    "performance.now() - Math.max(b.drawn, b.ended) > quiet; }"
)
DONE = "() => window.__bench.ended > 0"


def open_window(browser: Any, url: str, path: str = "") -> Any:
    """A window of its own with the watcher in it, once the page is idle.

    The root is visited first: the first deep link of a fresh server shows a dialog over the page.
    """
    window = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    window.set_default_timeout(90_000)
    window.add_init_script(path=HERE / "browser_watch.js")
    for address in dict.fromkeys((url, url + path)):
        window.goto(address)
        window.wait_for_selector(IDLE)
        window.wait_for_timeout(3000)
    return window


def change(window: Any, server: psutil.Process, key: str) -> dict[str, float]:
    """Press the left arrow key on the slider with this widget key; milliseconds till the new charts."""
    before = server.cpu_times()
    window.locator(f"[class*='{_class(key)}'] input[type=range]").first.focus()
    window.evaluate("window.__arm()")
    window.keyboard.press("ArrowLeft")
    window.wait_for_function(SETTLED, arg=QUIET_MS, polling=50)
    seen = window.evaluate("window.__bench")
    after = server.cpu_times()
    spent = after.user + after.system - before.user - before.system
    there = seen["drawn"] or seen["said"] or seen["ended"]  # a picture that stayed is not drawn
    return {"shown": there - seen["key"], "answered": there - seen["sent"],
            "server": spent * 1000}  # fmt: skip


def rerun(window: Any) -> float:
    """Press "r": the script runs again with nothing changed; milliseconds till its end."""
    window.evaluate("document.activeElement.blur(); window.__arm()")
    window.keyboard.press("r")
    window.wait_for_function(DONE, polling=20)
    seen = window.evaluate("window.__bench")
    window.wait_for_timeout(150)
    return float(seen["ended"] - seen["sent"])


def _class(key: str) -> str:
    """The CSS class Streamlit makes of a widget key."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())


def percentiles(values: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return {"p50": round(statistics.median(ordered), 1), "p95": round(p95, 1)}


def one_run(asked: argparse.Namespace, home: Path, dataset: str) -> dict[str, Any]:
    """All figures of one run."""
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        ours = stack.enter_context(running_app(home))
        still = stack.enter_context(running_app(home / "static", HERE / "static_page" / "app.py"))
        empty = stack.enter_context(running_app(home / "empty", HERE / "static_page" / "empty.py",
                                                {"PYTHONPATH": str(ROOT)}))  # fmt: skip
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_FLAGS))
        stack.callback(browser.close)
        page = open_window(browser, ours.url, f"/{asked.page}?data={dataset}")
        static = open_window(browser, still.url)
        for window in (page, static):
            window.wait_for_function("() => window.__bench.charts > 0")
        found: dict[str, list[dict[str, float]]] = {"page": [], "static": []}
        for number in range(asked.changes + asked.warm_up):  # one way only: each value is new
            pair = {
                "page": change(page, psutil.Process(ours.pid), asked.key),
                "static": change(static, psutil.Process(still.pid), "shift"),
            }
            if number >= asked.warm_up:
                for name, times in pair.items():
                    found[name].append(times)
        if asked.picture:
            page.screenshot(path=asked.picture)
        static.context.close()
        reruns = {"page_unchanged": [rerun(page) for _ in range(asked.changes)]}
        page.context.close()
        window = open_window(browser, empty.url)
        reruns["empty"] = [rerun(window) for _ in range(asked.changes)]
    return _figures(found, reruns)


def _figures(found: dict[str, list[dict[str, float]]], reruns: dict[str, list[float]]
             ) -> dict[str, Any]:  # fmt: skip
    figures: dict[str, Any] = {
        name: {what: percentiles([one[what] for one in times]) for what in MEASURES}
        for name, times in found.items()
    }
    figures["ratio"] = {
        what: {p: round(figures["page"][what][p] / figures["static"][what][p], 2)
               for p in ("p50", "p95")} for what in MEASURES}  # fmt: skip
    figures["rerun"] = {name: percentiles(times) for name, times in reruns.items()}
    return figures


def medians(runs: list[Any]) -> Any:
    """The median of every figure over the runs."""
    if isinstance(runs[0], dict):
        return {key: medians([one[key] for one in runs]) for key in runs[0]}
    return round(statistics.median(runs), 2)


def arguments() -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", default="rfm", help="address of the page")
    parser.add_argument("--key", default="rfm.lookback_days", help="widget key of a slider")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--transactions", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--warm-up", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--picture", help="write a screenshot of the page here")
    return parser.parse_args()


def main() -> None:
    """Build the bank, run, print one JSON object."""
    asked = arguments()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        store = Store(home)
        write_bank(home / "trash" / "bench", asked.customers, asked.transactions)
        kept = store.put_kept(home / "trash" / "bench", "bench")
        store.close()
        runs = [one_run(asked, home, kept.key) for _ in range(asked.runs)]
    report = {"customers": asked.customers, "transactions": asked.transactions,
              "calibration": calibrate(), "median": medians(runs), "runs": runs}  # fmt: skip
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
