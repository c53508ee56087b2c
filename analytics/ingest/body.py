"""The clean records as one UTF-8 file: the original itself where nothing had to change.

Otherwise the stretches between the cuts are copied as they are and the few records that need
another spelling are written in between, once, in the file's own delimiter and quote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analytics.ingest.records import Buffer, Dialect
from analytics.ingest.rows import FastScan
from analytics.ingest.shape import Layout

PIECE = 8 << 20


@dataclass(frozen=True)
class Body:
    """Where the clean records are and how they are to be read."""

    path: Path
    delimiter: str = ","
    quote: str = '"'
    skip: int = 0


def can_copy(scan: FastScan) -> bool:
    """False where line ends are mixed and also stand inside quotes: then only the exact pass will do."""
    return not (scan.mixed_ends and scan.inner_breaks)


def make_body(buf: Buffer, path: Path, target: Path, d: Dialect, layout: Layout, scan: FastScan,
              quoted: int) -> Body:  # fmt: skip
    """The original file, or a copy without what is not clean."""
    quote = d.quote.decode() if quoted or any(x for _, _, x in scan.cuts) else ""
    head = buf[: layout.start]
    marked = head.startswith(b"\xef\xbb\xbf")
    plain_head = not (d.quote and d.quote in head) or layout.line == 2
    if not scan.cuts and not scan.mixed_ends and plain_head and (layout.line > 1 or not marked):
        return Body(path, d.delimiter.decode(), quote, layout.line - 1)
    with target.open("wb") as out:
        for piece in _pieces(buf, layout.start, scan):
            out.write(piece)
    return Body(target, d.delimiter.decode(), quote, 0)


def _pieces(buf: Buffer, at: int, scan: FastScan) -> Iterator[bytes]:
    for start, end, instead in [*scan.cuts, (len(buf), len(buf), b"")]:
        while at < start:
            stop = min(at + PIECE, start)
            if buf[stop - 1 : stop] == b"\r" and stop < start:
                stop += 1
            piece = buf[at:stop]
            if scan.mixed_ends:
                piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            yield piece
            at = stop
        if instead:
            yield instead
        at = end
