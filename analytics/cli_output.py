"""What the command line writes: JSON and text on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics.text import Lang, Text, UserError


def language() -> Lang:
    """TIDEMARK_LANG, else the locale of the shell."""
    for name in ("TIDEMARK_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def line(text: str = "") -> None:
    """One line on stdout."""
    _write(sys.stdout, text)


def lines(texts: Sequence[Text]) -> None:
    """Texts on stdout, one a line, in the reader's language."""
    for text in texts:
        line(text(language()))


def say(text: Text) -> None:
    """One message on stderr, in the reader's language."""
    _write(sys.stderr, text(language()))


def as_json(value: dict[str, Any]) -> str:
    """A JSON object as text; days as ISO, money as a string."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain)


def print_json(value: dict[str, Any]) -> None:
    """One JSON object on stdout."""
    line(as_json(value))


def fail(error: UserError, *, as_json: bool) -> None:
    """Say what was refused: in words on stderr, and as JSON where JSON was asked for."""
    say(error.text)
    if as_json:
        print_json({"error": {"code": error.code, "en": error.text.en, "zh": error.text.zh}})


def table(header: Sequence[Text], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns on stdout; numbers to the right, wide characters counted as two."""
    written = [[title(language()) for title in header], *([_cell(c) for c in row] for row in rows)]
    widths = [max(_width(row[i]) for row in written) for i in range(len(header))]
    numeric = [all(isinstance(row[i], int) for row in rows) for i in range(len(header))]
    for row in written:
        cells = [_padded(c, w, right) for c, w, right in zip(row, widths, numeric, strict=True)]
        line("  ".join(cells).rstrip())


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _width(text: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _write(stream: Any, text: str) -> None:
    """Written in the terminal's encoding; what it cannot show is escaped, never an error."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()
