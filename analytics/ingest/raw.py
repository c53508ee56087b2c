"""The hand-over between reading bytes and understanding them: one file, read, nothing mapped yet.

The reader promises: every physical line of the file belongs to exactly one of header, skipped or
record; `rows_in` = records after the header = clean records + rejected records; every clean record
has exactly `len(columns)` fields. The loader promises never to look at the original file again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analytics.text import Text


@dataclass(frozen=True)
class Line:
    """A physical line (1-based) of the file that is not a clean record, and why."""

    line: int
    reason: str  # a stable code, such as `preamble`, `totals`, `too_many_fields`
    text: str = ""  # the record as it stands in the file, given back to its owner only


@dataclass(frozen=True)
class Problem:
    """Something about the whole file worth saying; `code` is stable, the message is for people."""

    code: str
    message: Text
    line: int | None = None


@dataclass(frozen=True)
class RawFile:
    """One table of text as it was found in one file (an archive or workbook gives several).

    Args:
        name: cleaned file name, with `#sheet` or `#member` for workbooks and archives.
        encoding: what the bytes were decoded with; strict, never lossy.
        delimiter: one character, or `blanks` for runs of blanks (fixed width).
        quote: quote character in use, or empty.
        escape: escape character in use, or empty (a doubled quote needs none).
        header_line: physical line of the header; None when the columns had to be named by us.
        columns: header texts as they stand, duplicates and blanks made unique and non-empty.
        rows_in: records after the header, counted independently of any loader.
        body: UTF-8 file that holds the clean records. It may be the original file itself when
            nothing had to be changed, which saves a copy of a large extract.
        body_delimiter: one character.
        body_quote: quote character in `body`, doubled inside fields; empty if none occurs.
        body_skip: physical lines of `body` before its first record.
        rejects: records not passed on, with line, reason and text.
        skipped: lines that are no records (preamble, second header, totals, comment, blank).
        first_line: physical line (1-based) of the first clean record.
        line_starts: physical line of every clean record, only where they are not consecutive.
        problems: what a person should know of the file.
        bytes_in: size of the file as it came.
    """

    name: str
    encoding: str
    delimiter: str
    quote: str
    escape: str
    header_line: int | None
    columns: tuple[str, ...]
    rows_in: int
    body: Path
    body_delimiter: str = ","
    body_quote: str = '"'
    body_skip: int = 0
    rejects: tuple[Line, ...] = ()
    skipped: tuple[Line, ...] = ()
    first_line: int = 2
    line_starts: np.ndarray | None = field(default=None, compare=False)
    problems: tuple[Problem, ...] = ()
    bytes_in: int = 0

    def lines_of(self, records: np.ndarray) -> np.ndarray:
        """Physical lines of the clean records with these 0-based positions."""
        if self.line_starts is None:
            return records + self.first_line
        return self.line_starts[records]
