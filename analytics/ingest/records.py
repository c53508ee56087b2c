"""One record at a time, exactly: the state machine that every faster path must agree with.

It works on UTF-8 bytes (a `bytes` or an `mmap`). Lines end at CR, LF or CRLF and nowhere else. A
field is quoted when it begins with the quote; a doubled quote, or an escaped one, is a literal
quote; a quote inside an unquoted field is a letter like any other.

Why a malformed quote rejects one physical line: a stray quote would otherwise swallow the file up
to the next quote. The line that opens it is rejected and reading goes on at the next line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from mmap import mmap
from typing import NamedTuple

Buffer = bytes | mmap
EOL = re.compile(rb"\r\n|\r|\n")
SPACES = re.compile(rb" *")
MARK = b"\xef\xbb\xbf"  # a byte order mark in UTF-8


@dataclass(frozen=True)
class Dialect:
    """How the text is cut into fields; every part is bytes, empty where not in use.

    Args:
        delimiter: UTF-8 bytes of one or more characters; empty means one column.
        quote: the quote character.
        escape: makes the next quote, delimiter, escape or line end a letter.
        skip_blank: blanks after a delimiter are not part of the field.
        blanks: with 1 or 2, fields are parted by runs of at least so many blanks.
        comment: a line that starts with it is no record.
    """

    delimiter: bytes = b","
    quote: bytes = b'"'
    escape: bytes = b""
    skip_blank: bool = False
    blanks: int = 0
    comment: bytes = b""

    def with_(self, **changes: object) -> Dialect:
        """A copy with some parts changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


class Record(NamedTuple):
    """One record: byte range [start, end) with its line end, first line, lines it spans.

    `fields` is empty for a blank line and a comment; `fault` is a key of `limits.REJECTS`, or
    `comment`, or empty.
    """

    start: int
    end: int
    line: int
    lines: int
    fields: list[bytes]
    fault: str = ""
    quoted: int = 0
    loose: int = 0  # fields with blanks between the closing quote and the delimiter


class _Patterns(NamedTuple):
    quoted: re.Pattern[bytes]
    plain: re.Pattern[bytes]
    unescape: re.Pattern[bytes]
    blanks: re.Pattern[bytes]


@lru_cache(maxsize=256)
def _patterns(d: Dialect) -> _Patterns:
    q, e, sep = re.escape(d.quote), re.escape(d.escape), re.escape(d.delimiter)
    stop = rb"(?!" + sep + rb")" if sep else b""
    if d.escape:
        inner, plain = rb"[^" + q + e + rb"]++|" + q + q + rb"|" + e + rb".", rb"(?:" + e + rb"(?:\r\n|.)|" + stop + rb"[^\r\n])*+"  # fmt: skip
    else:
        inner, plain = rb"[^" + q + rb"]++|" + q + q, rb"(?:" + stop + rb"[^\r\n])*+"
        if len(d.delimiter) == 1:
            plain = rb"[^\r\n" + sep + rb"]*+"
    quoted = q + rb"((?:" + inner + rb")*+)" + q if q else rb"(?!)"
    literal = rb"|".join(x for x in (q, sep, e, rb"[\r\n]") if x)
    return _Patterns(re.compile(quoted, re.S), re.compile(plain, re.S),
                     re.compile(e + rb"(" + literal + rb")"),
                     re.compile(rb"[ \t]{%d,}" % max(d.blanks, 1)))  # fmt: skip


def line_end(buf: Buffer, pos: int) -> tuple[int, int]:
    """Where the physical line at `pos` ends: without and with its line end."""
    found = EOL.search(buf, pos)
    return (found.start(), found.end()) if found else (len(buf), len(buf))


def count_lines(text: bytes) -> int:
    """Line ends in a piece of text; CRLF is one."""
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")


def never_closes(buf: Buffer, d: Dialect, start: int) -> bool:
    """Whether quotes stand in the text and none could close a field; found at the speed of a search.

    Why beforehand: a stray quote makes the exact machine look for its partner far below, and in
    such a file it would do so in vain every time, and the file would then be read once more.
    """
    if not d.quote or d.escape or d.blanks or d.skip_blank or buf.find(d.quote, start) < 0:
        return False
    ends = rb"|".join(x for x in (re.escape(d.delimiter), rb"[\r\n]", rb"\Z") if x)
    closing = re.compile(re.escape(d.quote) + rb" *(?:" + ends + rb")")
    return closing.search(buf, start) is None


def opens_a_field(buf: Buffer, d: Dialect, start: int) -> bool:
    """Whether a quote stands at the beginning of a field."""
    q, apart = re.escape(d.quote), re.escape(d.delimiter[-1:]) + rb"\r\n"
    after = re.compile(q + rb"(?<=[" + apart + rb"]" + q + rb")")
    return buf[start : start + 1] == d.quote or after.search(buf, start) is not None


def read_record(buf: Buffer, pos: int, line: int, d: Dialect, field_bytes: int) -> Record:
    """The record that starts at `pos`, which is physical line `line` (1-based)."""
    stop, end = line_end(buf, pos)
    text = buf[pos:stop]
    if text.startswith(MARK):  # files put one behind the other: a mark is no part of a cell
        return read_record(buf, pos + len(MARK), line, d, field_bytes)._replace(start=pos)
    if not text.strip(b" "):
        return Record(pos, end, line, 1, [])
    if d.comment and text.startswith(d.comment):
        return Record(pos, end, line, 1, [], "comment")
    if (d.quote and d.quote in text) or (d.escape and d.escape in text):
        record = _read_quoted(buf, pos, line, d, field_bytes, end)
    else:
        record = Record(pos, end, line, 1, split_plain(text, d))
    if not record.fault and record.end - pos > field_bytes:
        fault = "field_too_long" if max(map(len, record.fields)) > field_bytes else ""
        return record._replace(fault=fault)
    return record


def split_plain(text: bytes, d: Dialect) -> list[bytes]:
    """The fields of a line without quotes and escapes."""
    if d.blanks:
        return _patterns(d).blanks.split(text.strip(b" \t"))
    if not d.delimiter:
        return [text]
    fields = text.split(d.delimiter)
    return [f.lstrip(b" ") for f in fields] if d.skip_blank else fields


def _read_quoted(buf: Buffer, pos: int, line: int, d: Dialect, limit: int, first_end: int) -> Record:  # fmt: skip
    if d.blanks:
        return _read_blanks(buf, pos, line, d, first_end)
    p, size, quoted, loose = pos, len(buf), 0, 0
    fields: list[bytes] = []
    width = len(d.delimiter)
    while True:
        value, p, fault, was_quoted = _read_field(buf, p, d, limit)
        quoted += was_quoted
        if fault:
            text = buf[pos:first_end]
            return Record(pos, first_end, line, max(count_lines(text), 1), [text], fault, quoted)
        loose += was_quoted and buf[p - 1 : p] == b" "
        fields.append(value)
        if width and buf[p : p + width] == d.delimiter:
            p += width
            continue
        break
    if p < size:
        p += 2 if buf[p : p + 2] == b"\r\n" else 1
    lines = max(count_lines(buf[pos:p]), 1) if p > first_end else 1
    if p > first_end and buf[p - 1 : p] not in (b"\r", b"\n"):
        lines += 1
    return Record(pos, p, line, lines, fields, "", quoted, loose)


def _read_field(buf: Buffer, p: int, d: Dialect, limit: int) -> tuple[bytes, int, str, bool]:
    """(value, position after it, fault, whether it was quoted)."""
    pat = _patterns(d)
    if d.skip_blank:
        p = SPACES.match(buf, p).end()  # type: ignore[union-attr]
    if d.quote and buf[p : p + 1] == d.quote:
        found = pat.quoted.match(buf, p, min(len(buf), p + limit + 2))
        if not found:
            return b"", p, "unclosed_quote", True
        value, p = found.group(1).replace(d.quote * 2, d.quote), found.end()
        if d.escape:
            value = pat.unescape.sub(rb"\1", value)
        blanks = SPACES.match(buf, p).group() if d.delimiter != b" " else b""  # type: ignore[union-attr]
        p += len(blanks)
        after = buf[p : p + max(len(d.delimiter), 1)]
        if after and after != d.delimiter and after[:1] not in (b"\r", b"\n"):
            return b"", p, "text_after_quote", True
        return value + blanks, p, "", True
    found = pat.plain.match(buf, p)
    assert found is not None
    value = found.group()
    return (pat.unescape.sub(rb"\1", value) if d.escape else value), found.end(), "", False


def _read_blanks(buf: Buffer, pos: int, line: int, d: Dialect, first_end: int) -> Record:
    """A fixed-width line whose quoted texts may hold blanks."""
    text = buf[pos:first_end].strip(b" \t\r\n")
    q = re.escape(d.quote)
    parts = re.findall(rb"(" + q + rb"[^" + q + rb"]*" + q + rb"|\S+(?: \S+)*?)(?:[ \t]{%d,}|$)" % d.blanks, text)  # fmt: skip
    quoted = sum(p[:1] == d.quote and p[-1:] == d.quote and len(p) > 1 for p in parts)
    fields = [p[1:-1] if p[:1] == d.quote and p[-1:] == d.quote and len(p) > 1 else p for p in parts]  # fmt: skip
    if not quoted:
        fields = _patterns(d).blanks.split(text)
    return Record(pos, first_end, line, 1, fields, "", quoted)


def read_records(
    buf: Buffer, d: Dialect, start: int = 0, line: int = 1, stop: int | None = None, field_bytes: int = 1 << 20
) -> Iterator[Record]:  # fmt: skip
    """Every record from `start` on whose first byte lies before `stop`."""
    stop = len(buf) if stop is None else stop
    while start < stop:
        record = read_record(buf, start, line, d, field_bytes)
        yield record
        start, line = record.end, line + record.lines
