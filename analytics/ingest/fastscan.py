"""The same account as `scan`, by whole blocks of bytes: separators are found by NumPy masks.

Within a block the positions of delimiters, line ends and quotes are laid out in one sorted array.
A quote is regular when it opens a field (after a delimiter or line end), closes one (before either)
or is half of a doubled quote; while all are regular, the running count of quotes says by its parity
what lies inside quotes. Where a quote is not regular, and where a record has another number of
fields, the exact state machine of `records` reads that one record and the block goes on behind it.

Blocks are read by two threads (NumPy releases the interpreter) on the assumption that each begins
at a record; where a quoted field crosses a border the next block is read again from the true start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from analytics.ingest.records import MARK, Buffer, Dialect, Record, read_record
from analytics.ingest.rows import CR, LF, Block, Cut, FastScan, Rows
from analytics.ingest.scan import TAIL, Seen, Tally, demote_tail, is_utf8
from analytics.ingest.shape import Layout

BLOCK = 1 << 20  # masks and positions of a block stay in a processor's cache


def applies(d: Dialect, width: int) -> bool:
    """Whether this dialect can be read by blocks: one ASCII delimiter, no escape, no comments."""
    plain = not (d.escape or d.comment or d.skip_blank or d.blanks)
    return plain and width > 1 and len(d.delimiter) == 1 and d.delimiter not in (b" ", b"\r", b"\n")


def encode_row(fields: list[bytes], d: Dialect) -> bytes:
    """One record in the file's own delimiter and quote."""
    q = d.quote
    special = (q, d.delimiter, b"\n", b"\r")
    return d.delimiter.join(
        q + f.replace(q, q * 2) + q if q and any(c in f for c in special) else f for f in fields
    ) + b"\n"  # fmt: skip


class _Reader:
    """Reads blocks of one file; holds what is the same for all of them."""

    def __init__(self, buf: Buffer, d: Dialect, layout: Layout, tally: Tally) -> None:
        self.buf, self.d, self.tally, self.width = buf, d, tally, layout.width
        self.header = d.delimiter.join(layout.header) if layout.header else b""
        self.limit = tally.limits.field_bytes

    def block(self, start: int, stop: int) -> Block:
        """The account of [start, stop), which begins at a record and ends behind a line end."""
        data = self.buf[start:stop]
        if stop == len(self.buf) and data[-1:] not in (b"\n", b"\r"):
            data += b"\n"  # the last record may lack its line end
        out = Block(start, stop)
        suspicious = b"\0" in data or (not data.isascii() and (MARK in data or not is_utf8(data)))
        arr = np.frombuffer(data, np.uint8)
        quoted = bool(self.d.quote) and self.d.quote in data
        is_end = arr == LF
        if b"\r" in data:
            self._line_ends(arr, is_end, out)
        else:
            out.lf = 1
        mask = is_end | (arr == self.d.delimiter[0])
        if quoted:
            mask |= arr == self.d.quote[0]
        pos = np.flatnonzero(mask)
        ends = is_end[pos]
        out.line_count = int(np.count_nonzero(ends))
        if not quoted and not suspicious and self._all_even(data, pos, ends, out):
            return out
        self._uneven(data, arr, pos, ends, out, suspicious, quoted)
        return out

    def _line_ends(self, arr: np.ndarray, is_end: np.ndarray, out: Block) -> None:
        """Count the kinds of line ends and mark bare CR as one; a CRLF ends at its LF."""
        cr = arr == CR
        followed = np.zeros_like(cr)
        followed[:-1] = cr[:-1] & is_end[1:]
        out.crlf = int(np.count_nonzero(followed))
        out.lf = int(np.count_nonzero(is_end)) - out.crlf
        bare = cr & ~followed
        out.bare_cr = int(np.count_nonzero(bare))
        if out.bare_cr:
            is_end |= bare

    def _all_even(self, data: bytes, pos: np.ndarray, ends: np.ndarray, out: Block) -> bool:
        """The usual case: every line has the right number of fields and nothing is special."""
        k = self.width
        if len(pos) % k or out.line_count * k != len(pos) or not ends[k - 1 :: k].all():
            return False
        if self.header and self.header in data:
            return False
        stops = pos[k - 1 :: k]
        if (len(stops) > 1 and int(np.diff(stops).max()) > self.limit) or int(
            stops[0]
        ) > self.limit:
            return False
        out.clean = len(stops)
        tail = stops[-TAIL - 1 : -1] + 1
        first = out.clean - len(tail)
        out.last = [(out.start + int(p), first + i) for i, p in enumerate(tail)]
        if out.clean <= TAIL:
            out.last.insert(0, (out.start, 0))
        return True

    def _uneven(self, data: bytes, arr: np.ndarray, pos: np.ndarray, ends: np.ndarray, out: Block,
                suspicious: bool, quoted: bool) -> None:  # fmt: skip
        """Blocks with quotes, ragged records, bad bytes or a cut-off end."""
        is_quote = arr[pos] == self.d.quote[0] if quoted else np.zeros(len(pos), bool)
        line_before = np.concatenate(([0], np.cumsum(ends)))  # line ends before each position
        rows = Rows(pos, ends, is_quote, line_before, arr, self.d, len(data))
        kept: list[np.ndarray] = []
        at = 0
        size = out.end - out.start
        while at < size:
            starts, stops, counts, at_next = rows.segment(at)
            if len(starts):
                kept.append(self._weigh(data, starts, stops, counts, rows, out, suspicious))
            at = at_next
            if at >= size:
                break
            record = read_record(self.buf, out.start + at, rows.line_of(at), self.d, self.limit)  # fmt: skip
            if self._exact(record, out):
                kept.append(np.array([record.line], np.int64))
            out.inner_breaks += record.lines > 1
            at = record.end - out.start
        if out.start + at > out.end and out.end < len(self.buf):
            out.line_count += _count(self.buf[out.end : out.start + at], data[-1:])
            out.end = out.start + at
        out.aside.sort(key=lambda x: x[0].start)
        lines = np.concatenate(kept) if kept else np.empty(0, np.int64)
        out.clean = len(lines)
        out.lines = lines.astype(np.int32)
        out.last = out.last[-TAIL:]

    def _weigh(self, data: bytes, starts: np.ndarray, stops: np.ndarray, counts: np.ndarray,
               rows: Rows, out: Block, suspicious: bool) -> np.ndarray:  # fmt: skip
        """Lines of the clean records of a regular stretch; the others go to the exact machine."""
        odd = counts != self.width
        if int((stops - starts).max()) > self.limit:
            odd |= (stops - starts) > self.limit
        if suspicious or (
            self.header and data.find(self.header, int(starts[0]), int(stops[-1])) >= 0
        ):
            odd |= self._special(data, starts, stops)
        lines = rows.lines_of(starts)
        clean = ~odd
        out.quoted += rows.quoted_fields(starts[clean], stops[clean])
        for i in np.flatnonzero(odd).tolist():
            record = read_record(self.buf, out.start + int(starts[i]), int(lines[i]), self.d, self.limit)  # fmt: skip
            clean[i] = self._exact(record, out, plain=True)
        tail = slice(max(0, len(starts) - TAIL), None)
        out.last += [(out.start + int(s), int(n)) for s, n in zip(starts[tail], lines[tail], strict=True)]  # fmt: skip
        out.inner_breaks += rows.inner_breaks(starts, stops)
        return lines[clean]

    def _special(self, data: bytes, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
        """Records that hold a NUL, bad bytes or a byte order mark, or may be the header again."""
        found = np.zeros(len(starts), bool)
        first, last = int(starts[0]), int(stops[-1])
        arr = np.frombuffer(data, np.uint8)
        part = arr[first:last]
        odd = first + np.flatnonzero((part == 0) | (part > 127))
        at = np.unique(np.searchsorted(stops, odd))
        at = at[at < len(stops)]
        if self.header and data.find(self.header, first, last) >= 0:
            same = arr[np.minimum(starts, len(arr) - 1)] == self.header[0]
            at = np.union1d(at, np.flatnonzero(same))
        for i in at.tolist():
            raw = data[int(starts[i]) : int(stops[i])]
            found[i] = b"\0" in raw or not is_utf8(raw) or raw.startswith(MARK) or bool(
                self.header and raw.startswith(self.header))  # fmt: skip
        return found

    def _exact(self, record: Record, out: Block, plain: bool = False) -> bool:
        """Judge one record read exactly; True when clean (then it may need a new spelling)."""
        raw = self.buf[record.start : record.end]
        verdict = self.tally.judge(record, raw)
        if not plain:
            out.last.append((record.start, record.line))
        if verdict:
            out.aside.append((record, verdict, raw))
            out.cuts.append((record.start, record.end, b""))
            return False
        out.quoted += record.quoted
        out.loose += record.loose
        if not plain or raw.startswith(MARK) or record.end - record.start > self.limit:
            out.cuts.append((record.start, record.end, encode_row(record.fields, self.d)))
        return True


def _count(text: bytes, before: bytes) -> int:
    """Line ends in a stretch read beyond the block, with the one at the end of the file."""
    n = text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
    if before == b"\r" and text.startswith(b"\n"):
        n -= 1
    return n + (text[-1:] not in (b"\n", b"\r"))


def _borders(buf: Buffer, start: int, size: int) -> list[int]:
    """Offsets of blocks, each behind a line end."""
    borders = [start]
    while borders[-1] + size < len(buf):
        at = borders[-1] + size
        step = 1 << 16
        while at < len(buf):
            part = buf[at : at + step]
            cut = part.find(b"\n")
            cut = part.find(b"\r", 0, max(len(part) - 1, 0)) if cut < 0 else cut
            if cut >= 0:
                at += cut + 1
                break
            at += step
        borders.append(min(at, len(buf)))
    if borders[-1] < len(buf):
        borders.append(len(buf))
    return borders


def _blocks(reader: _Reader, start: int, size: int, threads: int) -> Iterator[Block]:
    """Blocks in file order, read ahead by threads, read again where the guess of a start failed."""
    borders = _borders(reader.buf, start, size)
    spans = list(pairwise(borders))
    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(reader.block, *s) for s in spans[: threads + 1]]
        at = start
        for i, (_, stop) in enumerate(spans):
            block = waiting.pop(0).result()
            if i + threads + 1 < len(spans):
                waiting.append(pool.submit(reader.block, *spans[i + threads + 1]))
            if at >= stop:
                continue
            if at != block.start:
                block = reader.block(at, stop)
            at = block.end
            yield block


def fast_scan(buf: Buffer, d: Dialect, layout: Layout, tally: Tally,
              progress: Callable[[float], None], size: int = BLOCK, threads: int = 2) -> FastScan:  # fmt: skip
    """Account for every record from the layout's start; `tally` holds the result."""
    reader = _Reader(buf, d, layout, tally)
    line, cuts, parts = layout.line, [], []
    last: list[tuple[int, int]] = []
    lf = crlf = bare = inner = 0
    for block in _blocks(reader, layout.start, size, threads):
        for record, verdict, raw in block.aside:
            tally.put_aside(record._replace(line=record.line + line), verdict, raw)
        cuts += block.cuts
        parts.append((line, block.clean, block.lines))
        last = (last + [(o, n + line) for o, n in block.last])[-TAIL:]
        tally.clean, tally.quoted = tally.clean + block.clean, tally.quoted + block.quoted
        lf, crlf, bare = lf + block.lf, crlf + block.crlf, bare + block.bare_cr
        inner += block.inner_breaks
        tally.loose += block.loose
        line += block.line_count
        progress(block.end / len(buf))
    lines = _all_lines(parts, bool(cuts) or inner > 0)
    lines = _demote(buf, d, tally, sorted(set(last)), cuts, lines)
    cuts.sort()
    return FastScan(cuts, lines, bool(bare) or bool(lf and crlf), inner > 0)


def _all_lines(parts: list[tuple[int, int, np.ndarray | None]], uneven: bool) -> np.ndarray | None:
    if not uneven:
        return None
    return np.concatenate([np.arange(line, line + n, dtype=np.int32) if lines is None else lines + np.int32(line)
                           for line, n, lines in parts] or [np.empty(0, np.int32)])  # fmt: skip


def _demote(buf: Buffer, d: Dialect, tally: Tally, last: list[tuple[int, int]], cuts: list[Cut],
            lines: np.ndarray | None) -> np.ndarray | None:  # fmt: skip
    """Totals and footers at the end: cut them out of the body."""
    tail = []
    for offset, line in last:
        record = read_record(buf, offset, line, d, tally.limits.field_bytes)
        tail.append(Seen(record, tally.judge(record, buf[record.start : record.end]), 0))
    first = demote_tail(tail, tally, buf)
    if first is None:
        return lines
    gone = [s.record for s in tail[tail.index(first) :] if not s.verdict]
    cuts += [(r.start, r.end, b"") for r in gone]
    tally.clean -= len(gone)
    return lines[: -len(gone)] if lines is not None else None
