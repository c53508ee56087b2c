"""Every file a story can become, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analytics.story.page import html_file
from analytics.story.pictures import pdf_file, pictures_file
from analytics.story.slides import pptx_file
from analytics.story.workbook import xlsx_file
from analytics.story.written import Told
from analytics.text import Text, UserError

OFFICE = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True, kw_only=True)
class Format:
    """One kind of file."""

    title: Text
    ending: str
    mime: str
    make: Callable[[Told], bytes]


FORMATS: Mapping[str, Format] = {
    "html": Format(title=Text("Web page (HTML)", "网页 (HTML)"), ending=".html", mime="text/html", make=html_file),
    "pptx": Format(title=Text("Slides (PPTX)", "演示文稿 (PPTX)"), ending=".pptx",
                   mime=f"{OFFICE}.presentationml.presentation", make=pptx_file),
    "xlsx": Format(title=Text("Workbook (XLSX)", "工作簿 (XLSX)"), ending=".xlsx",
                   mime=f"{OFFICE}.spreadsheetml.sheet", make=xlsx_file),
    "pdf": Format(title=Text("Charts (PDF)", "图表 (PDF)"), ending=".pdf", mime="application/pdf", make=pdf_file),
    "zip": Format(title=Text("Pictures (PNG and SVG)", "图片 (PNG 与 SVG)"), ending=".zip",
                  mime="application/zip", make=pictures_file),
    "json": Format(title=Text("Story to rebuild (JSON)", "可重建的汇报 (JSON)"), ending=".json",
                   mime="application/json", make=lambda told: told.story.as_json().encode()),
}  # fmt: skip


def make(kind: str, told: Told) -> bytes:
    """The story as a file of this kind; UserError naming the kinds if there is none of the name."""
    if kind not in FORMATS:
        known = ", ".join(FORMATS)
        raise UserError(Text(f"No file format {kind!r}; expected one of {known}.",
                             f"没有文件格式“{kind}”；可用：{known}。"), "format")  # fmt: skip
    return FORMATS[kind].make(told)
