"""Tables as Parquet; charts as SVG, PNG and an HTML page that needs no network. CSV is in `download`.

Nothing here decides who may see what: what is written came through the egress gate (`privacy`).
"""

from __future__ import annotations

import functools
import html
import io
import json
import string
from collections.abc import Mapping
from typing import Any, Literal

import polars as pl
import vl_convert

from analytics import style
from analytics.style import Theme
from analytics.text import Text, UserError

ChartFormat = Literal["svg", "png", "html"]
CHART_FORMATS: tuple[ChartFormat, ...] = ("svg", "png", "html")
PNG_SCALE = 2.0


def parquet(frame: pl.DataFrame) -> bytes:
    """A table as Parquet, types kept."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def chart_file(chart: Any, kind: str, theme: Theme = "light") -> bytes:
    """One Altair chart as a file that stands alone.

    Args:
        chart: what a `ChartSpec` builds, or its specification.
        kind: `svg`, `png` or `html` (with the scripts inside, about 0.9 MB; opens offline).
        theme: colours of text and background.
    """
    plain = chart if isinstance(chart, Mapping) else chart.to_dict()
    spec = style.themed(plain, theme)
    if kind == "svg":
        return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]).encode()
    if kind == "png":
        return vl_convert.vegalite_to_png(spec, scale=PNG_SCALE, allowed_base_urls=[])
    if kind == "html":
        return _html(spec, plain.get("title", ""), theme)
    raise UserError(Text(f"No chart format {kind!r}; expected one of {', '.join(CHART_FORMATS)}.",
                         f"没有图表格式 {kind!r}；可用：{'、'.join(CHART_FORMATS)}。"), "format")  # fmt: skip


# Our own page: the converter's writes data into its script as it stands, so that a cell holding
# "</script>" would end it. The policy lets the page run what is inside it and load nothing.
_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' \
'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:">
<title>$title</title>
<style>body { margin: 16px; background: $ground; font-family: $font }</style>
<script>$scripts</script>
</head>
<body>
<div id="chart" role="img" aria-label="$words"></div>
<script>
vegaEmbed("#chart", $spec, {renderer: "svg", actions: {export: true, source: false, compiled: false, editor: false}});
</script>
</body>
</html>
"""


def _html(spec: Mapping[str, Any], title: Any, theme: Theme) -> bytes:
    """The chart in a page of its own, scripts included; its heading is the chart's title."""
    heading = title.get("text", "") if isinstance(title, Mapping) else title
    page = string.Template(_PAGE).substitute(
        title=html.escape(heading if isinstance(heading, str) else " ".join(heading)),
        words=html.escape(str(spec.get("description", ""))), font=html.escape(style.FONT, quote=False),
        ground=style.config(theme)["background"], scripts=scripts(), spec=for_script(spec))  # fmt: skip
    return page.encode()


def for_script(spec: Any) -> str:
    """JSON that no HTML parser can take for markup."""
    return json.dumps(spec).replace("<", "\\u003c").replace(">", "\\u003e")


@functools.cache
def scripts() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script, about 0.9 MB; the same for every chart."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
