"""From a file to raw tables of text, before any mapping: `read_file` is the one way in.

bytes -> container -> encoding -> dialect -> shape -> records. Each step is a module of its own;
this one puts them in order and says what a person should know of the result.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from analytics.ingest import containers, decode, dialect, fastscan, shape
from analytics.ingest.body import Body, can_copy, make_body
from analytics.ingest.containers import Source
from analytics.ingest.limits import LIMITS, REJECTS, Limits, refusal
from analytics.ingest.raw import Line, Problem, RawFile
from analytics.ingest.records import (  # fmt: skip
    Buffer,
    Dialect,
    Record,
    never_closes,
    opens_a_field,
    read_records,
)
from analytics.ingest.remarks import remarks
from analytics.ingest.scan import Tally, scan_records
from analytics.text import Text, UserError

Progress = Callable[[str, float], None]
SAMPLE = 1 << 18
GRID = Dialect(b",", b'"')


def _silent(step: str, share: float) -> None:
    """The default progress: nobody watches."""


def read_file(
    path: Path, work: Path, limits: Limits = LIMITS, progress: Progress = _silent, name: str = ""
) -> list[RawFile]:
    """Read one file; an archive or a workbook gives one result per table inside it.

    Args:
        path: the file as it came.
        work: an empty folder for what has to be rewritten; the results may point into it.
        limits: sizes beyond which the file is refused.
        progress: called with a step's name and a share in [0, 1].
        name: the name to show instead of the path's own.

    Raises:
        UserError: with a `code` of `limits.REFUSALS` when no table can be read.
    """
    shown = containers.clean_name(name or path.name)
    work.mkdir(parents=True, exist_ok=True)
    progress("open", 0.0)
    found = containers.sources(path, shown, work / "unpacked", limits)
    size, results, refused = path.stat().st_size, [], []
    for i, source in enumerate(found):
        progress("read", i / len(found))
        try:
            results.append(_read_source(source, work / f"table{i}", limits, size, progress))
        except UserError as error:
            if len(found) == 1:
                raise
            refused.append(error)
    if not results:
        raise refused[0]
    if refused:
        said = tuple(Problem("member_refused", e.text) for e in refused)
        results[0] = _with(results[0], problems=results[0].problems + said)
    return results


def _with(raw: RawFile, **changes: object) -> RawFile:
    return RawFile(**{**raw.__dict__, **changes})


def _read_source(
    source: Source, work: Path, limits: Limits, size: int, progress: Progress
) -> RawFile:
    work.mkdir(parents=True, exist_ok=True)
    encoding = decode.find_encoding(source.path, source.name)
    path = source.path
    if not encoding.is_utf8:
        try:
            path = decode.transcode(path, encoding, work / "utf8.txt")
        except UnicodeDecodeError:
            raise refusal("encoding", source.name, Text(f"cut off or damaged {encoding.name}", f"{encoding.name} 文本不完整或损坏")) from None  # fmt: skip
    if path.stat().st_size <= (encoding.mark if encoding.is_utf8 else 0):
        raise refusal("empty", source.name)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buf:
        return _read_text(buf, source, encoding, path, work, limits, size, progress)


def _sample(buf: Buffer, start: int) -> bytes:
    """The beginning of the text, cut at a line end, larger where its lines are long."""
    size = SAMPLE
    while True:
        part = buf[start : start + size]
        if start + size >= len(buf):
            return part
        cut = max(part.rfind(b"\n"), part.rfind(b"\r")) + 1
        if (cut and part.count(b"\n") + part.count(b"\r") > 20) or size > 8 << 20:
            return part[: cut or len(part)]
        size *= 4


def _read_text(buf: Buffer, source: Source, encoding: decode.Encoding, path: Path, work: Path,
               limits: Limits, size: int, progress: Progress) -> RawFile:  # fmt: skip
    mark = encoding.mark if encoding.is_utf8 else 0
    sample = _sample(buf, mark)
    if source.kind == "text":
        scored = dialect.find_dialect(sample)
    else:
        scored = dialect.score(sample, GRID, 1.0)
    d = scored.dialect
    first = list(read_records(buf, d, mark, 1, min(mark + len(sample), len(buf)), limits.field_bytes))[:3000]  # fmt: skip
    real = [r for r in first if r.fields and not _is_sep_line(r)]
    if not real:
        raise refusal("empty", source.name)
    layout = shape.find_layout(real, len(buf))
    if layout.width > limits.columns:
        raise refusal("too_wide", source.name, Text(f"{layout.width:,} columns", f"{layout.width:,} 列"), layout.header_line)  # fmt: skip
    body = work / "body.csv"
    if not any(r.quoted and not r.fault for r in first) and never_closes(buf, d, layout.start):
        letters = opens_a_field(buf, d, layout.start)
        d = d.with_(quote=b"")
        scored = scored._replace(dialect=d, letters=letters)
    tally, lines, clean = _scan(buf, d, layout, first, path, body, limits, progress)
    if d.quote and not tally.quoted and _all_faults_are_quotes(tally.rejects):
        scored = scored._replace(dialect=d.with_(quote=b""), letters=True)
        tally, lines, clean = _scan(
            buf, scored.dialect, layout, first, path, body, limits, progress
        )
    return _result(source, encoding, scored, layout, tally, clean, lines, size)


def _scan(buf: Buffer, d: Dialect, layout: shape.Layout, first: list[Record], path: Path, body: Path,
          limits: Limits, progress: Progress) -> tuple[Tally, np.ndarray | None, Body]:  # fmt: skip
    """Account for every record, by blocks where the dialect allows, else one by one."""
    tally = Tally(layout.width, layout.header, limits)
    _account_above(first, layout, tally, buf)
    if fastscan.applies(d, layout.width):
        scan = fastscan.fast_scan(buf, d, layout, tally, lambda share: progress("records", share))
        if can_copy(scan):
            return tally, scan.lines, make_body(buf, path, body, d, layout, scan, tally.quoted)
        tally = Tally(layout.width, layout.header, limits)
        _account_above(first, layout, tally, buf)
    with body.open("wb") as out:
        lines = scan_records(buf, d, layout, out, tally)
    return tally, lines, Body(body)


def _all_faults_are_quotes(rejects: list[Line]) -> bool:
    """No field was ever closed by its quote: then a quote is a letter in this file."""
    return any(x.reason in ("unclosed_quote", "text_after_quote") for x in rejects)


def _is_sep_line(record: Record) -> bool:
    return record.line == 1 and bool(record.fields) and record.fields[0].lower().startswith(b"sep=")


def _account_above(first: list[Record], layout: shape.Layout, tally: Tally, buf: Buffer) -> None:
    """Blank lines, comments and the `sep=` line above the first record."""
    tally.skipped += layout.skipped
    for record in first:
        if record.start >= layout.start:
            break
        if not record.fields:
            tally.put_aside(record, record.fault or "blank", buf[record.start : record.end])
        elif _is_sep_line(record):
            tally.put_aside(record, "preamble", buf[record.start : record.end])


def _result(source: Source, encoding: decode.Encoding, scored: dialect.Scored, layout: shape.Layout,
            tally: Tally, body: Body, lines: np.ndarray | None, size: int) -> RawFile:  # fmt: skip
    d = scored.dialect
    if tally.rejects and not tally.clean:
        raise refusal("no_table", source.name, _worst(tally.rejects), tally.rejects[0].line)
    grid = source.kind != "text"
    if lines is not None and (len(lines) == 0 or bool((np.diff(lines) == 1).all())):
        layout = replace(layout, line=int(lines[0]) if len(lines) else layout.line)
        lines = None
    return RawFile(
        name=source.name,
        encoding=source.kind if grid else encoding.name,
        delimiter="" if grid else "blanks" if d.blanks else d.delimiter.decode() or ",",
        quote="" if grid or not (tally.quoted or layout.header_quoted) else d.quote.decode(),
        escape=d.escape.decode(),
        header_line=layout.header_line,
        columns=tuple(shape.unique_names(layout.columns, layout.width)),
        rows_in=tally.clean + len(tally.rejects),
        body=body.path,
        body_delimiter=body.delimiter,
        body_quote=body.quote,
        body_skip=body.skip,
        rejects=tuple(sorted(tally.rejects, key=lambda x: x.line)),
        skipped=tuple(sorted(tally.skipped, key=lambda x: x.line)),
        first_line=layout.line if lines is None else int(lines[0]),
        line_starts=lines,
        problems=(*source.problems, *remarks(encoding, scored, layout, tally)),
        bytes_in=size,
    )


def _worst(rejects: list[Line]) -> Text:
    reason = REJECTS[rejects[0].reason]
    return Text(f"{len(rejects)} records, none fits ({reason.en})", f"{len(rejects)} 条记录均不符合（{reason.zh}）")  # fmt: skip
