"""Properties of the reader over random tables, dialects and mutations (2,200 examples in all).

Two things hold for every input. A clean file comes back cell for cell, whatever its dialect. In a
damaged one every record is accounted for: the number of rows is the one a second, tiny state
machine over the characters finds, and it is the sum of clean and rejected rows. The block reader
gives the same account as the exact one, also when its blocks are a few bytes long.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.ingest import fastscan
from analytics.ingest.cleaned import clean_rows
from analytics.ingest.limits import REFUSALS
from analytics.ingest.raw import RawFile
from analytics.ingest.reader import read_file
from analytics.text import UserError

HEADERS = ("customer_id", "日期", "amount", "note", "memo 2")
NOTES = st.text(
    st.sampled_from("abc XYZ09.,;|\t\"'\n\r\u2028\u0085\x0b\x0c客户é𠮷=#@\\-$*_`<>"), max_size=12
)
RECORD = st.tuples(
    st.integers(1, 10**19).map(str), st.dates().map(str),
    st.decimals(-(10**6), 10**6, places=2).map(str), NOTES, NOTES,
)  # fmt: skip
TABLE = st.lists(RECORD, min_size=6, max_size=12)
DIALECT = st.fixed_dictionaries({
    "delimiter": st.sampled_from(",;\t|"), "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
    "quoting": st.sampled_from(["minimal", "all", "texts"]),
})  # fmt: skip
ENCODING = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"])
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # no shrinking: it takes minutes here
# The same examples in every run, so that a change of the reader is all that can fail here.
MANY = settings(
    max_examples=900, phases=PHASES, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def written(rows: list[tuple[str, ...]], dialect: dict) -> str:
    """A file by RFC 4180, the header first.

    Python 3.11's csv leaves a lone CR, or an LF where lines end at CR, without quotes: a file that
    no reader can read back. So the fields are quoted here.
    """
    delimiter, end, quoting = dialect["delimiter"], dialect["lineterminator"], dialect["quoting"]

    def spelt(cell: str) -> str:
        free = quoting == "minimal" or (quoting == "texts" and re.fullmatch(r"-?[\d.]+", cell))
        if free and not any(c in cell for c in (delimiter, '"', "\r", "\n")):
            return cell
        return '"' + cell.replace('"', '""') + '"'

    return "".join(delimiter.join(map(spelt, row)) + end for row in [HEADERS, *rows])


def cells(raw: RawFile) -> list[tuple[str, ...]]:
    """The clean records as text."""
    return [tuple(c.decode() for c in fields) for fields in clean_rows(raw)]


@contextmanager
def read(content: bytes) -> Iterator[RawFile]:
    """The one table of a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "extract.csv").write_bytes(content)
        yield read_file(Path(folder) / "extract.csv", Path(folder) / "work")[0]


@MANY
@given(rows=TABLE, dialect=DIALECT, encoding=ENCODING)
def test_a_clean_file_comes_back_cell_for_cell(rows, dialect, encoding):
    with read(written(rows, dialect).encode(encoding)) as raw:
        assert raw.columns == HEADERS
        assert (raw.rows_in, raw.rejects, raw.header_line) == (len(rows), (), 1)
        assert cells(raw) == rows


def record_lines(text: str, delimiter: str, quote: str) -> list[int]:
    """The physical line of every record: the second, independent count, one character at a time.

    A field that begins with a quote ends at the next quote that is not doubled, and a delimiter, a
    line end or blanks before either must follow. Where that fails, the record is its first line.
    """
    found, at, line = [], 0, 1
    while at < len(text):
        found.append(line)
        end = _record_end(text, at, delimiter, quote)
        if end is None:
            end = at
            while end < len(text) and text[end] not in "\r\n":
                end += 1
        end += 2 if text[end : end + 2] == "\r\n" else 1
        part = text[at:end]
        line += part.count("\n") + part.count("\r") - part.count("\r\n")
        at = end
    return found


def _record_end(text: str, at: int, delimiter: str, quote: str) -> int | None:  # noqa: C901
    if not _line(text, at).strip(" "):
        return at + len(_line(text, at))
    while True:
        if quote and text[at : at + 1] == quote:
            at += 1
            while True:
                at = text.find(quote, at)
                if at < 0:
                    return None
                if text[at + 1 : at + 2] != quote:
                    break
                at += 2
            at += 1
            while text[at : at + 1] == " ":
                at += 1
        else:
            while at < len(text) and text[at] not in delimiter + "\r\n":
                at += 1
        if at >= len(text) or text[at] in "\r\n":
            return at
        if text[at] != delimiter:
            return None
        at += 1


def _line(text: str, at: int) -> str:
    end = at
    while end < len(text) and text[end] not in "\r\n":
        end += 1
    return text[at:end]


PLACE = st.floats(0, 1, exclude_max=True)
MUTATION = st.tuples(
    PLACE, st.sampled_from(['"', "x", "\n", "\n\n", "\r", "\0", '"x', "合计,,,,\n", "\ufeff", ""])
)


def damaged(text: str, mutations: list[tuple[float, str]], delimiter: str) -> str:
    """The text with pieces put in, or a character taken out, behind its header."""
    head = text.index("memo 2") + 8
    for place, piece in mutations:
        at = head + int(place * (len(text) - head))
        piece = piece.replace(",", delimiter)
        text = text[:at] + piece + text[at + (not piece) :]
    return text


@MANY
@given(rows=TABLE, dialect=DIALECT, mutations=st.lists(MUTATION | st.tuples(PLACE, st.sampled_from([",", ",,"])), min_size=1, max_size=4))  # fmt: skip
def test_every_record_of_a_damaged_file_is_accounted_for(rows, dialect, mutations):
    text = damaged(written(rows, dialect), mutations, dialect["delimiter"])
    try:
        with read(text.encode()) as raw:
            kept, lines = cells(raw), raw.lines_of(np.arange(raw.rows_in - len(raw.rejects)))
    except UserError as error:
        refused = error.code
    else:
        refused = ""
    if refused:
        assert refused in REFUSALS
        return
    assert raw.rows_in == len(kept) + len(raw.rejects)
    assert all(len(row) == len(raw.columns) for row in kept)
    if raw.escape or raw.delimiter == "blanks" or (raw.problems and raw.delimiter != dialect["delimiter"]):  # fmt: skip
        return
    quote = "" if any(p.code == "quotes_as_letters" for p in raw.problems) else raw.quote or '"'
    counted = record_lines(text, raw.delimiter if len(raw.columns) > 1 else "", quote)
    skipped = {x.line for x in raw.skipped} | {raw.header_line}
    assert raw.rows_in == sum(line not in skipped for line in counted)
    assert sorted([*lines.tolist(), *(x.line for x in raw.rejects)]) == [
        line for line in counted if line not in skipped
    ]


def account(content: bytes) -> tuple[object, ...]:
    """Everything the reader says of a file."""
    try:
        with read(content) as raw:
            lines = raw.lines_of(np.arange(raw.rows_in - len(raw.rejects))).tolist()
            said = [(p.code, p.line) for p in raw.problems]
            return raw.rows_in, raw.rejects, raw.skipped, raw.quote, said, cells(raw), lines
    except UserError as error:
        return (error.code,)


@settings(MANY, max_examples=400)
@given(rows=TABLE, dialect=DIALECT, mutations=st.lists(MUTATION, max_size=3), size=st.integers(1, 90))  # fmt: skip
def test_blocks_of_any_size_give_the_exact_account(rows, dialect, mutations, size):
    content = damaged(written(rows, dialect), mutations, dialect["delimiter"]).encode()
    whole, applies = fastscan.fast_scan, fastscan.applies
    try:
        fastscan.applies = lambda d, width: False
        exact = account(content)
        fastscan.applies = applies
        fastscan.fast_scan = lambda *a: whole(*a, size=size)
        assert account(content) == exact
    finally:
        fastscan.fast_scan, fastscan.applies = whole, applies
