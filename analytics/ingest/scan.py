"""Account for every record of a text: clean, rejected or skipped; nothing falls between.

This is the exact pass. `fastscan` does the same on plain files by whole blocks of bytes and calls
`Tally.judge` for the records it finds irregular; both give the same account.
"""

from __future__ import annotations

import re
from array import array
from collections import deque
from dataclasses import dataclass, field
from typing import IO, NamedTuple

import numpy as np

from analytics.ingest.limits import Limits
from analytics.ingest.raw import Line
from analytics.ingest.records import Buffer, Dialect, Record, read_records
from analytics.ingest.shape import Layout, text_of
from analytics.ingest.tails import tail_reason

TAIL = 40
KEPT_TEXT = 20_000
_BREAKS = re.compile(rb'["\r\n]')


class Seen(NamedTuple):
    """One of the last records: what it was judged, and where its clean row begins in the body."""

    record: Record
    verdict: str  # "", a key of REJECTS, or a key of SKIPS
    offset: int


@dataclass
class Tally:
    """The account while it grows."""

    width: int
    header: tuple[bytes, ...]
    limits: Limits
    rejects: list[Line] = field(default_factory=list)
    skipped: list[Line] = field(default_factory=list)
    clean: int = 0
    quoted: int = 0
    loose: int = 0
    kept_bytes: int = 0

    def judge(self, record: Record, raw: bytes) -> str:
        """ "" for a clean record, else why it is none."""
        if not record.fields:
            return record.fault or "blank"
        if record.fault:
            return record.fault
        if b"\0" in raw:
            return "nul_byte"
        if not raw.isascii() and not is_utf8(raw):
            return "undecodable"
        if len(record.fields) != self.width:
            return "too_few_fields" if len(record.fields) < self.width else "too_many_fields"
        if self.header and tuple(record.fields) == self.header:
            return "repeated_header"
        return ""

    def put_aside(self, record: Record, verdict: str, raw: bytes) -> None:
        """Note a record that is not clean, with its text up to a limit."""
        text = text_of(raw.rstrip(b"\r\n")[:KEPT_TEXT]) if self.kept_bytes < self.limits.kept_reject_bytes else ""  # fmt: skip
        self.kept_bytes += len(text)
        skip = verdict in ("blank", "comment", "repeated_header", "totals", "footer", "preamble")
        (self.skipped if skip else self.rejects).append(Line(record.line, verdict, text))


def is_utf8(raw: bytes) -> bool:
    """Whether the bytes decode strictly."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def csv_row(fields: list[bytes]) -> bytes:
    """One RFC 4180 record in UTF-8 with a line feed at its end."""
    if len(fields) == 1 and not fields[0].strip(b" "):
        return b'"' + fields[0] + b'"\n'
    plain = b",".join(fields)
    if plain.count(b",") == len(fields) - 1 and not _BREAKS.search(plain):
        return plain + b"\n"
    return b",".join(
        b'"' + f.replace(b'"', b'""') + b'"' if b"," in f or _BREAKS.search(f) else f for f in fields
    ) + b"\n"  # fmt: skip


def scan_records(buf: Buffer, d: Dialect, layout: Layout, out: IO[bytes], tally: Tally) -> np.ndarray:  # fmt: skip
    """Write every clean record to `out` as comma CSV; return the physical line of each."""
    lines, tail = array("i"), deque[Seen](maxlen=TAIL)
    offset = 0
    for record in read_records(buf, d, layout.start, layout.line, None, tally.limits.field_bytes):
        raw = buf[record.start : record.end]
        verdict = tally.judge(record, raw)
        tail.append(Seen(record, verdict, offset))
        if verdict:
            tally.put_aside(record, verdict, raw)
            continue
        tally.quoted += record.quoted
        tally.loose += record.loose
        offset += out.write(csv_row(record.fields))
        lines.append(record.line)
    last = demote_tail(list(tail), tally, buf)
    if last is not None:
        out.truncate(last.offset)
        del lines[_clean_before(list(tail), last, len(lines)) :]
    tally.clean = len(lines)
    return np.frombuffer(lines, dtype=np.int32) if lines else np.empty(0, np.int32)


def _clean_before(tail: list[Seen], last: Seen, total: int) -> int:
    after = tail[tail.index(last) :]
    return total - sum(not s.verdict for s in after)


def demote_tail(tail: list[Seen], tally: Tally, buf: Buffer) -> Seen | None:
    """Turn totals and footers at the very end into skipped lines; the first clean one demoted."""
    start = len(tail)
    while start and _may_be_tail(tail[start - 1], tally.width):
        start -= 1
    gap, first = False, None
    for seen in tail[start:]:
        if seen.verdict == "blank":
            gap = True
            continue
        reason = tail_reason(seen.record.fields, tally.width, gap)
        gap = gap or reason == "totals"
        if not reason or seen.verdict in ("comment", "repeated_header"):
            continue
        raw = buf[seen.record.start : seen.record.end]
        if seen.verdict:
            tally.rejects.remove(next(x for x in reversed(tally.rejects) if x.line == seen.record.line))  # fmt: skip
        elif first is None:
            first = seen
        tally.put_aside(seen.record, reason, raw)
    return first


def _may_be_tail(seen: Seen, width: int) -> bool:
    if seen.verdict in ("blank", "comment"):
        return True
    return bool(seen.verdict in ("", "too_few_fields", "too_many_fields")
                and tail_reason(seen.record.fields, width, True))  # fmt: skip
