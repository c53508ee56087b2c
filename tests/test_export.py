"""Files that leave: Parquet with its types, and charts that stand alone."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal

import altair as alt
import polars as pl
import pytest

from analytics import export, style
from analytics.text import UserError

FRAME = pl.DataFrame({"客户号": ["001", None], "amount": [Decimal("1234.5000"), Decimal("-2.0000")],
                      "on": [date(2024, 2, 29), None]})  # fmt: skip


@pytest.fixture
def chart():
    """Two bars with Chinese names and a hostile one."""
    rows = pl.DataFrame({"name": ["重要价值客户", "</script><b>"], "n": [3, 4]})
    bars = alt.Chart(style.values(rows)).mark_bar().encode(
        alt.X("n:Q", title="客户数"), alt.Y("name:N", title="分群"))  # fmt: skip
    return style.framed(bars, "各分群<客户数>", "条形图")


# -- tables ---------------------------------------------------------------------------------------
def test_parquet_keeps_types():
    assert pl.read_parquet(io.BytesIO(export.parquet(FRAME))).equals(FRAME)


# -- charts --------------------------------------------------------------------------------------
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_svg_holds_the_words_and_a_chinese_font(chart, theme):
    svg = export.chart_file(chart, "svg", theme).decode()
    assert "重要价值客户" in svg
    assert "Noto Sans CJK SC" in svg
    assert style.config(theme)["background"].lower() in svg.lower()
    assert "<b>" not in svg


def test_png_is_a_picture(chart):
    assert export.chart_file(chart, "png").startswith(b"\x89PNG")


def test_html_needs_no_network(chart):
    page = export.chart_file(chart, "html").decode()
    assert "<title>各分群&lt;客户数&gt;</title>" in page
    assert not re.findall(r"<(?:script|link|iframe)[^>]+(?:src|href)=", page)
    assert "default-src 'none'" in page
    assert page.count("</script>") == 2, "no cell can end the script"
    assert len(page) > 300_000, "the scripts are inside"


def test_html_opens_offline_in_a_browser(chart, browser, tmp_path):
    (tmp_path / "chart.html").write_bytes(export.chart_file(chart, "html"))
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "chart.html").as_uri())
    page.wait_for_selector("svg.marks")
    assert "重要价值客户" in page.locator("svg.marks").text_content()
    assert [url for url in asked if not url.startswith("file:")] == []
    context.close()


def test_a_chart_loads_nothing_from_elsewhere():
    beacon = alt.Chart(alt.UrlData("https://a.example/x.csv")).mark_point().encode(alt.X("n:Q"))
    with pytest.raises(ValueError, match="llowed"):
        export.chart_file(beacon, "svg")


def test_an_unknown_format_is_refused_in_words(chart):
    with pytest.raises(UserError, match="expected one of svg, png, html"):
        export.chart_file(chart, "pdf")
