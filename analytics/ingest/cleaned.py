"""The raw reading given back: `<stem>.clean.csv`, `<stem>.rejects.csv`, and a description.

These files hold the user's own input, all text, before any mapping, so that they can be held
against any other reader.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from analytics.ingest.raw import RawFile
from analytics.ingest.records import Dialect, read_records
from analytics.ingest.scan import csv_row


def stem_of(name: str) -> str:
    """`bank.csv.gz` gives `bank`; `book.xlsx#Sheet 1` gives `book_Sheet 1`."""
    file, _, part = name.partition("#")
    stems = [re.sub(r"(?i)(?:\.(?:csv|tsv|txt|asc|dat|data|xlsx|xlsm|parquet|zip|gz))+$", "", s)
             for s in (file, part) if s]  # fmt: skip
    return re.sub(r"[^\w.\- ()\[\]]", "_", "_".join(stems)) or "file"


def clean_rows(raw: RawFile) -> Iterable[list[bytes]]:
    """Every clean record of the body as UTF-8 fields."""
    data = raw.body.read_bytes()
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    d = Dialect(raw.body_delimiter.encode(), raw.body_quote.encode())
    line, skip = 1, raw.body_skip
    for record in read_records(data, d, start, line, None, 1 << 30):
        if record.line > skip and record.fields:
            yield record.fields


def write_clean(raw: RawFile, out_dir: Path, stem: str = "") -> tuple[Path, Path]:
    """Write both files and return their paths; `stem` replaces the one made from the name."""
    out_dir.mkdir(parents=True, exist_ok=True)
    stem = stem or stem_of(raw.name)
    clean, rejects = out_dir / f"{stem}.clean.csv", out_dir / f"{stem}.rejects.csv"
    with clean.open("wb") as out:
        out.write(csv_row([c.encode() for c in raw.columns]))
        for fields in clean_rows(raw):
            out.write(csv_row(fields))
    with rejects.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("line", "reason", "text"))
        writer.writerows((x.line, x.reason, x.text) for x in raw.rejects)
    return clean, rejects


def describe(raw: RawFile, lang: str = "en") -> dict[str, Any]:
    """The part of `doctor --json` that is known before any mapping."""
    return {
        "file": raw.name, "encoding": raw.encoding, "delimiter": raw.delimiter, "quote": raw.quote,
        "escape": raw.escape, "header_line": raw.header_line, "columns": list(raw.columns),
        "rows_in": raw.rows_in, "rejected": len(raw.rejects), "skipped": len(raw.skipped),
        "skipped_lines": [{"line": x.line, "reason": x.reason} for x in raw.skipped[:1000]],
        "problems": [{"code": p.code, "line": p.line,
                      "message": p.message.zh if lang == "zh" else p.message.en} for p in raw.problems],
    }  # fmt: skip
