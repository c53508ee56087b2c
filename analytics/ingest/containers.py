"""What a file really is, whatever its name says, and the tables of text inside it.

Recognised by their first bytes: gzip, zip, .xlsx, .parquet, and, to be refused in words, HTML, PDF,
JSON, legacy .xls, images and other archives. Everything unpacked is measured while it is written:
neither a declared size nor a file name inside an archive is trusted.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from analytics.disk import no_space
from analytics.ingest.limits import Limits, refusal
from analytics.ingest.raw import Problem
from analytics.text import Text, UserError

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"PAR1", "parquet"),
    (b"%PDF", "PDF"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "legacy Excel (.xls)"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"),
    (b"SQLite format 3", "SQLite"), (b"{\\rtf", "RTF"), (b"\x7fELF", "ELF"), (b"ORC", "ORC"),
    (b"Obj\x01", "Avro"), (b"ARROW1", "Arrow"),
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One table of text: a file to read and the name to show; a grid has a known dialect."""

    name: str
    path: Path
    kind: str = "text"  # text, xlsx or parquet
    problems: tuple[Problem, ...] = ()


def clean_name(name: str) -> str:
    """The last part of a path, without control characters: what may be shown and used in a file name."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in last if c.isprintable()).strip(". ")[:120] or "file"


def what_is(head: bytes) -> str:
    """`text`, `gzip`, `zip`, `parquet`, or the name of a format that is no table of text."""
    for magic, kind in _MAGIC:
        if head.startswith(magic) and not (kind == "ORC" and re.match(rb"ORC[\w ,;\t|]", head)):
            return kind
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096]
    low = start[:512].lower()
    if re.match(rb"<!doctype html|<html|<table|<head|<body|<!--.*<html", low, re.S):
        return "HTML"
    if low.startswith(b"<?xml") or re.match(rb"<[a-z][\w:]*(?:\s[^>]*)?>\s*<", low):
        return "XML"
    return "JSON" if _is_json(start) else "text"


def _is_json(start: bytes) -> bool:
    if not re.match(rb"(?:\[\s*)*\{\s*(?:\"|\})|\[\s*[\[\"\d]", start):
        return False
    line = re.split(rb"[\r\n]", start, maxsplit=1)[0]
    try:
        json.loads(line)
    except ValueError:
        return bool(re.match(rb"\[?\s*\{\s*[\r\n]+\s*\"[^\"]*\"\s*:", start) or re.match(rb"\[\s*[\r\n]+\s*[\[{]", start)
                    or (len(start) > 4000 and re.match(rb"\[?\{\"[^\"]*\":", start)))  # fmt: skip
    return True


def sources(path: Path, name: str, work: Path, limits: Limits) -> list[Source]:
    """The tables of text of one file, unpacked into `work` where they are packed."""
    size = path.stat().st_size
    if size == 0:
        raise refusal("empty", name)
    if size > limits.file_bytes:
        raise refusal("too_large", name, Text(f"{size:,} bytes", f"{size:,} 字节"))
    with path.open("rb") as file:
        head = file.read(8192)
    kind = what_is(head)
    if kind == "text":
        return [Source(name, path)]
    if kind == "gzip":
        return _gunzip(path, name, work, limits)
    if kind == "zip":
        return _unzip(path, name, work, limits)
    if kind == "parquet":
        from analytics.ingest.grids import parquet_source

        return [parquet_source(path, name, work, limits)]
    raise refusal("wrong_format", name, Text(f"this is {kind}", f"文件实为 {kind} 格式"))


def _copy_limited(read: Iterator[bytes], target: Path, packed: int, name: str, limits: Limits) -> int:  # fmt: skip
    """Write an unpacked stream, measured as it grows; refuse a bomb."""
    size = 0
    most = min(limits.unpacked_bytes, max(limits.free_ratio_bytes, packed * limits.unpacked_ratio))
    with target.open("wb") as out:
        for block in read:
            size += len(block)
            if size > most:
                raise refusal("too_large", name, Text(f"it unpacks to more than {most:,} bytes", f"解压后超过 {most:,} 字节"))  # fmt: skip
            out.write(block)
    return size


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(1 << 20):
        yield block


def _gunzip_blocks(path: Path) -> Iterator[bytes]:
    """Members of a gzip file one after the other; trailing zero bytes are padding."""
    with path.open("rb") as file:
        unpack = zlib.decompressobj(31)
        for block in _blocks(file):
            while block:
                yield unpack.decompress(block, 1 << 22)
                block = unpack.unconsumed_tail
                if unpack.eof:
                    block = unpack.unused_data.lstrip(b"\0")
                    if block:
                        unpack = zlib.decompressobj(31)
        if not unpack.eof:
            raise EOFError


def _gunzip(path: Path, name: str, work: Path, limits: Limits) -> list[Source]:
    target = work / "unpacked"
    work.mkdir(parents=True, exist_ok=True)
    try:
        _copy_limited(_gunzip_blocks(path), target, path.stat().st_size, name, limits)
    except (zlib.error, EOFError):
        raise refusal("damaged", name, Text("the gzip stream is broken or cut off", "gzip 数据损坏或不完整")) from None  # fmt: skip
    return _inner(target, name, work / "gz", limits)


def _inner(path: Path, name: str, work: Path, limits: Limits) -> list[Source]:
    """What was unpacked may be a text, a workbook or parquet, but no archive again."""
    with path.open("rb") as file:
        head = file.read(8192)
    kind = what_is(head)
    if kind == "gzip" or (kind == "zip" and not _is_workbook(path)):
        raise refusal(
            "wrong_format", name, Text("an archive within an archive", "压缩包内仍是压缩包")
        )
    work.mkdir(parents=True, exist_ok=True)
    return sources(path, name, work, limits)


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(n.startswith("xl/workbook") for n in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _unzip(path: Path, name: str, work: Path, limits: Limits) -> list[Source]:
    """Every member that is a table; members that are not are named in a problem."""
    work.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any(n.startswith("xl/") for n in names):
                from analytics.ingest.grids import sheet_sources

                _check_declared(archive, name, limits)
                return sheet_sources(path, name, work, limits)
            return _members(archive, name, work, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        if no_space(error):
            raise
        raise refusal("damaged", name, Text("the zip archive is broken", "zip 压缩包已损坏")) from error  # fmt: skip
    except RuntimeError as error:  # zipfile says so for a password
        raise refusal("damaged", name, Text("the zip archive is encrypted", "zip 压缩包已加密")) from error  # fmt: skip


def _check_declared(archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
    """Unpack a workbook's parts once to nowhere, so that its true size is known before it is read."""
    for info in archive.infolist():
        size, most = 0, max(limits.free_ratio_bytes, info.compress_size * limits.unpacked_ratio)
        with archive.open(info) as file:
            for block in _blocks(file):
                size += len(block)
                if size > min(most, limits.unpacked_bytes):
                    raise refusal("too_large", name, Text("the workbook unpacks beyond the limit", "工作簿解压后超过上限"))  # fmt: skip


def _members(archive: zipfile.ZipFile, name: str, work: Path, limits: Limits) -> list[Source]:
    infos = [i for i in archive.infolist() if not i.is_dir() and i.file_size
             and not re.search(r"(?:^|/)(?:__MACOSX/|\.|~\$|Thumbs\.db)", i.filename)]  # fmt: skip
    if len(infos) > limits.members:
        raise refusal("too_large", name, Text(f"{len(infos):,} files inside", f"内含 {len(infos):,} 个文件"))  # fmt: skip
    found: list[Source] = []
    refused: list[UserError] = []
    left = limits.unpacked_bytes
    for i, info in enumerate(infos):
        member, target = f"{name}#{clean_name(_member_name(info))}", work / f"member{i}"
        try:
            with archive.open(info) as file:
                left -= _copy_limited(_blocks(file), target, info.compress_size, member,
                                      Limits(**{**limits.__dict__, "unpacked_bytes": left}))  # fmt: skip
            found += _inner(target, member, work / f"inner{i}", limits)
        except UserError as error:
            if error.code == "too_large":
                raise
            refused.append(error)
    if not found:
        raise refused[0] if refused else refusal("empty", name)
    said = tuple(Problem("member_refused", e.text) for e in refused)
    return [Source(found[0].name, found[0].path, found[0].kind, (*found[0].problems, *said)), *found[1:]]  # fmt: skip


def _member_name(info: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 flag are often GBK: Windows in China writes them so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename
