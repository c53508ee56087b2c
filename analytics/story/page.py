"""A story as one HTML file that opens anywhere, offline: charts still answer, nothing is fetched."""

from __future__ import annotations

import html
import string
from typing import Any

from analytics import export, style
from analytics.legible import Room, whole
from analytics.story.written import HOW, NUMBERS, Page, Told, reads_as_number

TABLE_ROWS, TABLE_COLUMNS = 60, 8
ROOM = Room(letters=52)  # the page is wider than a chart of the app
# The policy lets the page run what is inside it and load nothing.
_PAGE = """<!DOCTYPE html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' \
'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:">
<title>$title</title>
<style>
:root { color-scheme: $theme; }
body { margin: 0; background: $ground; color: $ink; font-family: $font; line-height: 1.5; }
header, main, footer { max-width: 1040px; margin: 0 auto; padding: 24px 32px; }
h1 { font-size: 2rem; margin: 24px 0 4px; } h2 { font-size: 1.45rem; margin: 0 0 12px; line-height: 1.35; }
section { padding: 28px 0; border-top: 1px solid $line; break-inside: avoid; }
.facts, footer, .remark, .edited { font-size: .85rem; opacity: .82; } .edited { font-style: italic; }
.blank { font-size: 1.1rem; border: 1px solid $line; padding: 24px; } .chart { width: 100%; } .key { font-size: .9rem; margin: 2px 0; white-space: pre-wrap; } table { border-collapse: collapse; font-size: .9rem; margin: 12px 0; }
th, td { padding: 4px 14px 4px 0; text-align: left; border-bottom: 1px solid $line; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { white-space: pre-wrap; font-size: .8rem; overflow-wrap: anywhere; } summary { cursor: pointer; }
</style>
<script>$scripts</script>
</head>
<body>
<header><h1>$title</h1><p class="facts">$foot</p></header>
<main>
$sections
</main>
<footer>$foot</footer>
<script>
for (const [place, spec] of Object.entries($charts)) {
  vegaEmbed("#chart-" + place, spec, {renderer: "svg", actions: {export: true, source: false, compiled: false, editor: false}});
}
</script>
</body>
</html>
"""


def html_file(told: Told) -> bytes:
    """The story as a page of its own, about 1 MB, most of it the scripts that draw."""
    pages = told.pages
    charts = {str(number): drawn(page) for number, page in enumerate(pages) if page.chart}
    return string.Template(_PAGE).substitute(
        lang="zh-CN" if told.lang == "zh" else "en", title=html.escape(told.title), theme=told.theme,
        ground=told.ground, ink=told.ink, line=told.line, font=html.escape(style.FONT, quote=False),
        foot=html.escape(told.foot), scripts=export.scripts(), charts=export.for_script(charts),
        sections="\n".join(_section(number, page) for number, page in enumerate(pages))).encode()  # fmt: skip


def drawn(page: Page) -> dict[str, Any]:
    """The chart in the colours of the page, as wide as its place."""
    assert page.chart is not None
    spec = whole(page.chart, ROOM)
    return {**spec, "config": {**spec.get("config", {}), **style.config(page.told.theme)}}


def _section(number: int, page: Page) -> str:
    parts = [f"<section><h2>{html.escape(page.sentence)}</h2>"]
    parts += [f'<p class="edited">{html.escape(page.edited)}</p>'] if page.edited else []
    parts += [f"<p>{html.escape(sentence)}</p>" for sentence in page.more]
    if page.chart:
        words = html.escape(page.shown.alt_text(page.told.lang))
        parts.append(
            f'<div class="chart" id="chart-{number}" role="img" aria-label="{words}"></div>'
        )
        parts += [f'<p class="key">{html.escape(page.key)}</p>'] if page.key else []
    if page.is_blank:
        parts.append(f'<p class="blank"><b>{html.escape(page.title)}</b><br>{html.escape(page.remark)}</p>')  # fmt: skip
    elif page.frame.kind == "table":
        parts += [f"<h3>{html.escape(page.title)}</h3>", _table(page)]
    elif page.shown.table is not None:
        parts.append(
            f"<details><summary>{html.escape(NUMBERS(page.told.lang))}</summary>{_table(page)}</details>"
        )
    parts += [f'<p class="remark">{html.escape(page.remark)}</p>'] if page.remark and not page.is_blank else []  # fmt: skip
    parts.append(f'<p class="facts">{html.escape(page.facts)}</p>')
    how = html.escape(page.shown.definition(page.told.lang))
    parts.append(f"<details><summary>{html.escape(HOW(page.told.lang))}</summary><p>{how}</p>"
                 f"<pre>{html.escape(page.shown.command)}</pre></details></section>")  # fmt: skip
    return "\n".join(parts)


def _table(page: Page) -> str:
    titles, rows = page.grid(TABLE_ROWS, TABLE_COLUMNS)
    number = [
        bool(rows) and all(reads_as_number(row[i]) for row in rows) for i in range(len(titles))
    ]
    mark = [' class="number"' if one else "" for one in number]
    head = "".join(
        f"<th{m}>{html.escape(title)}</th>" for m, title in zip(mark, titles, strict=True)
    )
    body = "\n".join("<tr>" + "".join(f"<td{m}>{html.escape(cell)}</td>" for m, cell in zip(mark, row, strict=True))
                     + "</tr>" for row in rows)  # fmt: skip
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
