"""Files that break readers, against an oracle: Python's csv with the true dialect, written by hand.

`dirty_dialects.toml` holds that dialect for some 400 files. A file whose records all have the same
width under it is valid. Of the valid files at least 95 in 100 are read equal, cell for cell; the
rest are refused, or their difference is stated (a reject or a problem); none differs in silence.

    python -m tests.test_dirty_corpus     prints the outcome of every file and the counts
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import tarfile
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from analytics.ingest.cleaned import write_clean
from analytics.ingest.limits import REFUSALS
from analytics.ingest.reader import read_file
from analytics.text import UserError

TABLE = Path(__file__).with_name("dirty_dialects.toml")
FOLDERS = {
    "D": "duckdb-csv/csv", "M": "messytables/messytables/horror", "T": "tabulator/tabulator/data",
    "C": "clevercsv/clevercsv/example",
}  # fmt: skip
ARCHIVES = ("clevercsv", "duckdb-csv", "messytables", "tabulator")
# A remark that every file of its kind carries; it does not state a difference.
REMARKS = {"one_column", "encoding_guessed"}


def unpack(data: Path, folder: Path) -> Path:
    """Unpack the corpora below `folder`."""
    for name in ARCHIVES:
        with tarfile.open(data / "dirty" / f"{name}.tar.gz") as archive:
            archive.extractall(folder / name, filter="data")
    return folder


def dialects() -> dict[str, dict]:
    """The hand-written dialect of each file by its short name."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    comments = set(table["comments"]["files"])
    return {
        name: {**{k: v for k, v in one.items() if k != "files"},
               "no_records": table["no_records"].get(name, []), "comments": name in comments}
        for one in table["dialect"] for name in one["files"]
    }  # fmt: skip


def oracle(raw: bytes, d: dict) -> tuple[list[str] | None, list[list[str]]]:
    """(header, records) by Python's csv."""
    text = raw.decode(d["encoding"])
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    marked = {i for i, x in enumerate(lines, 1) if d["comments"] and x.startswith("#")}
    drop = marked | set(d["no_records"])
    kept = "".join(x for i, x in enumerate(lines, 1) if i not in drop)
    rows = list(csv.reader(
        io.StringIO(kept, newline=""), delimiter=d["delimiter"], quotechar=d["quote"] or None,
        quoting=csv.QUOTE_MINIMAL if d["quote"] else csv.QUOTE_NONE, escapechar=d["escape"] or None,
        skipinitialspace=d["skip_blank"], strict=True,
    ))  # fmt: skip
    rows = [r for r in rows if r and not (len(r) == 1 and not r[0].strip(" ") and d["header"] != 0)]
    return (rows[0], rows[1:]) if d["header"] else (None, rows)


def outcome(path: Path, d: dict, work: Path) -> tuple[str, bool]:
    """(`equal`, `refused: code`, `stated: codes` or `SILENT`, whether the file is valid)."""
    try:
        header, rows = oracle(path.read_bytes(), d)
        valid = len({len(r) for r in ([header] if header else []) + rows}) == 1
    except csv.Error:
        header, rows, valid = None, [], False
    try:
        read = read_file(path, work)[0]
    except UserError as error:
        return f"{'refused' if error.code in REFUSALS else 'SILENT'}: {error.code}", valid
    clean, _ = write_clean(read, work / "out")
    with clean.open(encoding="utf-8", newline="") as file:
        names, *records = csv.reader(file)
    same_names = header is None or [n for n, h in zip(names, header, strict=False) if n != h and not n.startswith(("column_", h))] == []  # fmt: skip
    if valid and records == rows and same_names and bool(header) == (read.header_line is not None):
        return "equal", valid
    codes = {p.code for p in read.problems} - REMARKS
    return (f"stated: {', '.join(sorted(codes))}" if codes else "SILENT"), valid


def outcomes(folder: Path, work: Path) -> dict[str, tuple[str, bool]]:
    """The outcome of every file of the table."""
    found = {}
    for i, (name, d) in enumerate(dialects().items()):
        top, _, rest = name.partition("/")
        found[name] = outcome(folder / FOLDERS[top] / rest, d, work / str(i))
    return found


def test_no_file_is_read_differently_in_silence(shared_data, tmp_path):
    found = outcomes(unpack(shared_data, tmp_path / "files"), tmp_path / "work")
    valid = {name: what for name, (what, ok) in found.items() if ok}
    equal = [name for name, what in valid.items() if what == "equal"]
    assert len(valid) >= 150
    assert len(equal) >= 0.95 * len(valid)
    assert [name for name, (what, _) in found.items() if what.startswith("SILENT")] == []


@pytest.mark.parametrize(
    "stem",
    ["comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "newlines_crlf",
     "quotes_and_newlines", "simple", "simple_crlf", "utf8", "location_coordinates"],
)  # fmt: skip
def test_csv_spectrum_cell_for_cell(shared_data, tmp_path, stem):
    dirty = shared_data / "dirty"
    wanted = json.loads((dirty / "csv-spectrum-json" / f"{stem}.json").read_text(encoding="utf-8"))
    raw = read_file(dirty / "csv-spectrum-csvs" / f"{stem}.csv", tmp_path / "work")[0]
    clean, _ = write_clean(raw, tmp_path)
    with clean.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    if stem == "location_coordinates":
        # The published answer names another telephone number than its file holds.
        wanted = [{**wanted, "Contact Phone Number": "2095257564"}]
    assert found == wanted


def main() -> None:
    """Print every file's outcome and the counts."""
    data = Path(os.environ.get("TIDEMARK_DATA") or Path(__file__).parents[2] / "shared" / "data")
    with tempfile.TemporaryDirectory() as folder:
        found = outcomes(unpack(data, Path(folder) / "files"), Path(folder) / "work")
    for name, (what, ok) in sorted(found.items()):
        sys.stdout.write(f"{'valid  ' if ok else 'invalid'}  {what:40}  {name}\n")
    for ok in (True, False):
        counts = Counter(what.split(":")[0] for what, v in found.values() if v is ok)
        sys.stdout.write(f"{'valid' if ok else 'invalid'}: {dict(counts)}\n")


if __name__ == "__main__":
    main()
