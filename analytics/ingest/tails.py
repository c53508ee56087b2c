"""What stands below the last record of a file: totals, and notes that are no records."""

from __future__ import annotations

import re

from analytics.ingest.dialect import kind_of
from analytics.ingest.shape import TYPED, text_of

_TOTAL = re.compile(r"\s*(?:合\s*计|总\s*计|小\s*计|共\s*计|总\s*和|总额|合計|總計|小計|grand total|sub-?total|totals?|sum|summe|gesamt|somme|totale?s?)\s*[:：]?\s*", re.I)  # fmt: skip
_FOOTER = re.compile(r"\s*[(（]?\d+ (?:rows?|records?|行|条)\b.*|\s*共\s*\d+\s*[条行笔].*|\s*(?:制表|审核|复核|打印|导出|数据来源|来源|备注|说明|注)\w*\s*[:：].*|\s*(?:source|note|notes|generated|exported|printed|end of (?:file|report))\b.*|[-=*_#]{3,}\s*|\(?\w{1,2}\)\s+\S.*|\x1a", re.I)  # fmt: skip


def tail_reason(fields: list[bytes], width: int, after_gap: bool) -> str:
    """`totals` or `footer` when a record at the very end is none; empty for a real record."""
    cells = [text_of(f).strip() for f in fields]
    full = [c for c in cells if c]
    if not full:
        return ""
    if width > 1 and _TOTAL.fullmatch(full[0]) and all(kind_of(c)[0] in (*TYPED, "empty") for c in full[1:]):  # fmt: skip
        return "totals"
    if len(full) == 1 and len(cells) < width and (after_gap or _FOOTER.fullmatch(full[0])):
        return "footer"
    if width > 1 and len(full) == 1 and cells[0] and _FOOTER.fullmatch(full[0]):
        return "footer"
    return ""
