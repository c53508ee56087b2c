"""The app in a real browser: the way of a first visitor, and what must not get lost or crossed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app_server import IDLE, App

CHART = "[data-testid=stVegaLiteChart]"
WAIT_MS = 90_000


def idle(page: Any, settle_ms: int = 700) -> None:
    """Wait until the script has run; a click first needs a moment to reach the server."""
    page.wait_for_timeout(settle_ms)
    page.wait_for_selector(IDLE, timeout=WAIT_MS)
    page.wait_for_timeout(200)


def load_sample(page: Any) -> None:
    page.get_by_role("button", name="Load the sample bank").click()
    page.get_by_text("Every row is accounted for").wait_for(timeout=WAIT_MS)
    idle(page)


def to_rfm(page: Any) -> None:
    page.get_by_role("link", name="RFM", exact=True).first.click()
    page.locator(f"{CHART} .mark-rect path").first.wait_for(timeout=WAIT_MS)
    idle(page)


def scores(page: Any) -> Any:
    return page.get_by_role("slider", name=re.compile("Number of scores|分档数"))


def cells(page: Any) -> int:
    return page.locator(CHART).first.locator(".mark-text text").count()


def picked(page: Any) -> int:
    """Click a cell of the score grid and give back the number that is written in it."""
    grid = page.locator(CHART).first
    grid.locator("path[aria-label]:not([aria-label=''])").first.wait_for()
    cell = grid.locator(".mark-rect.role-mark path").first
    label = str(cell.get_attribute("aria-label"))
    cell.click(force=True)
    idle(page)
    return int(re.search(r"Customers: ([0-9,]+)", label)[1].replace(",", ""))  # type: ignore[index]


@pytest.fixture
def visitor(browser: Any, app: App) -> Iterator[Callable[..., Any]]:
    """`visitor("/rfm", locale="zh-CN")` opens the app in a browser of its own (own cookies)."""
    contexts = []

    def open_page(path: str = "/", **options: Any) -> Any:
        context = browser.new_context(base_url=app.url, **{"locale": "en-US", **options},
                                      viewport={"width": 1440, "height": 1000})  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(path)
        idle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def cookies(browser: Any, app: App) -> Any:
    """The cookies of a visitor who has loaded the sample bank: a later window of theirs finds it."""
    context = browser.new_context(base_url=app.url, locale="en-US")
    page = context.new_page()
    page.goto("/")
    idle(page)
    load_sample(page)
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def rfm(visitor: Callable[..., Any], cookies: Any) -> Any:
    """The RFM page of the sample bank, in a new window of that visitor."""
    page = visitor(storage_state=cookies)
    to_rfm(page)
    return page


def open_customers(page: Any) -> None:
    """The table of all customers, once it is chosen."""
    page.get_by_role("radio", name="Customers", exact=True).click()
    idle(page)


def write_bank(folder: Path, amount: str) -> Path:
    """Two extracts of one shape, with the same first and last rows; one amount in the middle differs."""
    rows = [
        f"c{n % 9},2024-05-{n % 28 + 1:02d},{amount if n == 40 else '12.50'}" for n in range(81)
    ]
    path = folder / "transactions.csv"
    folder.mkdir()
    path.write_text("\n".join(["customer_id,happened_at,amount", *rows]) + "\n", "utf-8")
    return path


def load_file(page: Any, path: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(str(path))
    page.get_by_role("button", name="Import", exact=False).last.wait_for()
    idle(page)
    page.get_by_role("button", name="Import", exact=False).last.click()
    page.get_by_text("Every row is accounted for").wait_for()
    idle(page)


def test_first_visit_to_an_audience(page):
    load_sample(page)
    to_rfm(page)
    assert cells(page) > 5
    n = picked(page)
    assert page.get_by_text(f"{n:,} customers behind the selection").is_visible()
    page.get_by_role("textbox", name="Name").first.fill("Best cell")
    page.get_by_role("button", name="Keep as audience").click()
    page.get_by_text("Kept audiences (1)").wait_for()


def test_a_setting_changes_the_chart_and_back_undoes_it(rfm):
    page = rfm
    before = cells(page)
    scores(page).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("rfm.scores=6"))
    idle(page)
    assert cells(page) != before
    page.go_back()
    idle(page, 1500)
    assert "rfm.scores" not in page.url
    assert cells(page) == before


def test_a_reload_loses_nothing(rfm):
    page = rfm
    scores(page).focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("rfm.scores=4"))
    idle(page)
    before = cells(page)
    page.reload()
    page.locator(f"{CHART} .mark-rect path").first.wait_for()
    idle(page)
    assert cells(page) == before
    assert page.get_by_text("Sample bank").first.is_visible()


def test_the_table_is_downloaded_under_pseudonyms(rfm):
    page = rfm
    open_customers(page)
    with page.expect_download() as started:
        page.get_by_role("button", name="Download CSV").first.click()
    content = Path(started.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # Excel reads Chinese only with the mark
    first = content.decode("utf-8-sig").splitlines()[1]
    assert re.match(r"C-[A-Z2-7]{12},", first)


def test_a_chart_is_downloaded_as_svg(rfm):
    page = rfm
    page.get_by_role("button", name="Download", exact=True).first.click()
    with page.expect_download() as started:
        page.get_by_role("button", name="SVG").first.click()
    assert b"<svg" in Path(started.value.path()).read_bytes()[:300]


@pytest.mark.parametrize("menu", ["rfm-chart-grid-take", "share", "rfm-sets", "rfm-pin-en"])
def test_a_page_that_is_left_with_a_menu_open_gives_way_to_the_next(rfm, menu):
    rfm.locator(f".st-key-{menu} button").first.click()
    rfm.get_by_role("link", name=re.compile("Lifecycle$")).first.click()
    rfm.get_by_role("heading", name="Lifecycle", exact=True).wait_for()
    idle(rfm, 900)
    assert rfm.locator("[data-testid=stVegaLiteChart]").count()
    assert not rfm.locator("[data-testid=stException]").count()


def test_the_language_switch_keeps_the_view(rfm):
    page = rfm
    page.get_by_text("简体中文").click()
    page.get_by_role("heading", name="RFM 价值分析").wait_for()
    page.locator(f"{CHART} .mark-rect path").first.wait_for()
    idle(page)
    assert "lang=zh" in page.url
    assert page.get_by_text("重要价值客户").first.is_visible()
    assert page.get_by_text("相互矛盾").count() == 0


def test_the_browsers_language_is_the_first_one(visitor):
    assert visitor(locale="zh-CN").get_by_role("heading", name="载入数据").first.is_visible()


def test_a_share_link_opens_the_same_view_elsewhere(visitor, tmp_path):
    page = visitor()
    load_file(page, write_bank(tmp_path / "kept", "99.00"))
    page.get_by_role("button", name="Keep", exact=False).last.click()
    page.get_by_role("textbox", name="Name of the kept dataset").fill("Shared bank")
    page.get_by_role("button", name="Keep dataset").click()
    idle(page, 2000)
    to_rfm(page)
    scores(page).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("rfm.scores=6"))
    idle(page)
    other = visitor(page.url)
    other.locator(f"{CHART} .mark-rect path").first.wait_for()
    idle(other)
    assert cells(other) == cells(page)
    assert other.get_by_text("Shared bank").first.is_visible()
    assert other.get_by_text("Page not found").count() == 0


def test_two_browsers_with_lookalike_data_see_only_their_own(visitor, tmp_path):
    one, two = visitor(), visitor()
    load_file(one, write_bank(tmp_path / "one", "1234.56"))
    load_file(two, write_bank(tmp_path / "two", "6543.21"))
    address = one.url
    assert "data=upload" in address
    for page, own, other in ((one, "1,234.56", "6,543.21"), (two, "6,543.21", "1,234.56")):
        to_rfm(page)
        open_customers(page)
        with page.expect_download() as started:
            page.get_by_role("button", name="Download CSV").first.click()
        text = Path(started.value.path()).read_text("utf-8-sig")
        own_sum, other_sum = (12.5 * 8 + float(v.replace(",", "")) for v in (own, other))
        assert f"{own_sum:.2f}" in text
        assert f"{other_sum:.2f}" not in text
    stolen = visitor(address)  # the address of an upload is worth nothing in another browser
    assert stolen.get_by_text("not on this server").count() == 1
