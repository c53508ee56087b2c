"""From bytes to UTF-8: find the encoding, prove it strictly, never lose a character.

UTF-8 is tried first. UTF-16 and UTF-32 need their byte order mark, or zeros in every other byte.
GB18030 and Big5 are both tried strictly and then weighed: a Big5 file is almost always valid GB18030,
as mojibake. The weight of a reading is the mean over its non-ASCII characters of how common each is
in its standard (everyday level 1; rare level 2; extensions), and more for the words a bank's header
is made of. A single-byte code page is the last resort, only where its letters stand in words. Where
two readings are near each other, or the better one is poor, the result says that it was a guess.

Why extensions weigh nothing where their second byte is an ASCII letter: an accented letter followed
by a plain one (the `ül` of Müller) is such a character in both standards, and so is half of Big5
when it is read as GB18030.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from analytics.ingest.limits import refusal
from analytics.text import Text

BLOCK = 1 << 20
CHINESE = ("gb18030", "big5hkscs")
_ASCII = bytes(range(128))
BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_BANK = ["客户", "账户", "帐户", "交易", "金额", "余额", "日期", "姓名", "编号", "名称", "类型", "渠道", "币种", "时间", "摘要", "卡号", "人民币", "借方", "贷方", "存款", "贷款", "客戶", "帳戶", "賬戶", "金額", "餘額", "編號", "名稱", "類型", "幣別", "時間", "卡號", "存款", "地區", "性別", "電話", "銀行"]  # fmt: skip
_WESTERN = set("éèêëàâäçñóòôöíìîïúùûüáãõßåæøÉÈÀÂÄÇÑÓÖÍÚÜÁÅÆØ£€§°«»–—’‘“”…®©·º¿¡½¼²³µ±×\xa0")
_CENTRAL = set("ěščřžýáíéůúťďňóĚŠČŘŽÝÁÍÉŮÚŤĎŇÓąćęłńśźżĄĆĘŁŃŚŹŻőűäöüßôľĺŕăâîșțşţ€§°–—’„”“…")


@dataclass(frozen=True)
class Encoding:
    """What the bytes are: codec name, length of the mark to skip, whether it was only a guess."""

    name: str
    mark: int = 0
    guessed: bool = False

    @property
    def is_utf8(self) -> bool:
        """Whether the bytes can be read as they are."""
        return self.name in ("utf-8", "utf-8-sig")


@lru_cache(maxsize=1 << 15)
def _weight(char: str, codec: str) -> float:
    """How common a non-ASCII character is, in [0, 1], by its place in the standard."""
    try:
        lead, trail, *more = char.encode(codec)
    except (UnicodeEncodeError, ValueError):
        return 0.0
    if codec == "gb18030":
        if more:  # letter, digit, letter, digit: no other text looks like it
            return 0.8
        if trail < 0xA1 or lead < 0xA1:
            return 0.0 if trail < 0x80 else 0.2
        level = 0.5 if 0xD8 <= lead <= 0xF7 else 0.3 if 0xA2 <= lead <= 0xA9 else 0.0
        return 1.0 if 0xB0 <= lead <= 0xD7 or lead in (0xA1, 0xA3) else level
    return 1.0 if 0xA4 <= lead <= 0xC6 or lead == 0xA1 else 0.4 if 0xC9 <= lead <= 0xF9 else 0.2


def plausibility(text: str, codec: str) -> float:
    """Mean weight of the non-ASCII characters, in [0, 1], and more with a bank's words among them."""
    odd = Counter(c for c in text if ord(c) > 127)
    if not odd:
        return 0.0
    bonus = sum(text.count(word) * len(word) for word in _BANK)
    return (sum(_weight(c, codec) * n for c, n in odd.items()) + bonus) / odd.total()


def _single_byte(sample: bytes) -> tuple[str, float]:
    """The likelier of the western and central-European code pages with its share of likely letters."""
    best = ("", 0.0)
    for codec, letters in (("cp1252", _WESTERN), ("cp1250", _CENTRAL)):
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        odd = [c for c in text if ord(c) > 127]
        in_word = re.findall(r"[^\W\d_][²³¹¿µ¼½¾º×][^\W\d_]", text)
        runs = sum(len(r) for r in re.findall(r"[^\W\x00-\x7f]{4,}", text))
        share = (sum(c in letters for c in odd) - 2 * len(in_word) - runs) / max(len(odd), 1)
        if share > best[1] + 0.02:
            best = (codec, share)
    return best


def _decodes(blocks: Iterator[bytes], codec: str) -> tuple[bool, str]:
    """Whether the whole stream decodes strictly, and a sample of its text."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    sample: list[str] = []
    try:
        for block in blocks:
            text = decoder.decode(block)
            if len(sample) < 4 and not text.isascii():
                sample.append(text[:200_000])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, "".join(sample)
    return True, "".join(sample)


def blocks_of(path: Path, skip: int = 0) -> Iterator[bytes]:
    """The file in blocks of 1 MB, after its first `skip` bytes."""
    with path.open("rb") as file:
        file.seek(skip)
        while block := file.read(BLOCK):
            yield block


def invalid_utf8(data: bytes) -> tuple[int, int]:
    """(valid multi-byte characters, stretches of bytes that are not UTF-8)."""
    text = data.decode("utf-8", "surrogateescape")
    bad = len(re.findall("[\udc80-\udcff]+", text))
    good = sum(1 for c in text if ord(c) > 127 and not 0xDC80 <= ord(c) <= 0xDCFF)
    return good, bad


def find_encoding(path: Path, name: str) -> Encoding:
    """The encoding of a text file; UserError `encoding` or `binary` when none can be trusted."""
    with path.open("rb") as file:
        head = file.read(BLOCK)
    for mark, codec in BOMS:
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    if (wide := _wide_without_mark(head)) is not None:
        return wide
    _refuse_binary(head, name)
    fits, text = _decodes(blocks_of(path), "utf-8")
    if fits:
        if not _rather_gb(path, text):
            return Encoding("utf-8")
        often = sum(ord(c) > 127 for c in text) >= TOO_OFTEN_FOR_CHANCE
        return Encoding("gb18030" if often else "utf-8", guessed=True)
    return _legacy(path, name)


TOO_OFTEN_FOR_CHANCE = (
    3  # one lone letter says nothing, and a file that is valid UTF-8 mostly is UTF-8
)


def _rather_gb(path: Path, text: str) -> bool:
    """Whether UTF-8 may fit a file by chance only.

    The bytes of some common characters (女, 一) are one letter each in UTF-8, strewn over Latin,
    Arabic and the like. It is no chance where a letter is western or Greek, stands beside an ASCII
    letter, or has a neighbour of its own script.
    """
    odd = {c for c in text if ord(c) > 127}
    if not odd or max(odd) > "\u07ff" or min(odd) < "\u0100":
        return False
    if re.search(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]|[\u0370-\u03ff]", text):
        return False
    runs = re.findall(r"[^\x00-\x7f]{2,}", text)
    if any(ord(a) >> 7 == ord(b) >> 7 for run in runs for a, b in pairwise(run)):
        return False
    return _decodes(blocks_of(path), "gb18030")[0] and plausibility(
        text.encode().decode("gb18030", "replace"), "gb18030") >= 1.0  # fmt: skip


def _wide_without_mark(head: bytes) -> Encoding | None:
    """UTF-16 without its mark: every other byte of a western file is NUL."""
    part = head[: 4096 - len(head[:4096]) % 2]
    if len(part) < 8 or len(part) % 2:
        part = part[: len(part) - len(part) % 2]
    if len(part) < 8:
        return None
    even, odd, half = part[0::2].count(0), part[1::2].count(0), len(part) // 2
    if odd > 0.7 * half and even < 0.05 * half:
        return Encoding("utf-16-le", guessed=True)
    if even > 0.7 * half and odd < 0.05 * half:
        return Encoding("utf-16-be", guessed=True)
    return None


def _refuse_binary(head: bytes, name: str) -> None:
    body = head.rstrip(b"\0")
    controls = sum(body.count(bytes((b,))) for b in range(32) if b not in (0, 1, 7, 9, 10, 11, 12, 13, 26, 28, 29, 30, 31))  # fmt: skip
    if body.count(b"\0") + controls > max(len(body) * 0.02, 4):
        raise refusal("binary", name, Text("many control characters", "大量控制字符"))


def _legacy(path: Path, name: str) -> Encoding:
    """Weigh the encodings that are not UTF-8."""
    sample = _odd_sample(path)
    good, bad = invalid_utf8(sample)
    if good >= 3 * bad:  # a UTF-8 file with a few damaged records, which are rejected one by one
        return Encoding("utf-8", guessed=True)
    scores = {}
    for codec in CHINESE:
        fits, text = _decodes(blocks_of(path), codec)
        scores[codec] = plausibility(text, codec) if fits else 0.0
    western, share = _single_byte(sample)
    best = max(CHINESE, key=lambda c: scores[c])
    rival = max(min(scores.values()), share if len(sample.translate(None, _ASCII)) < 8 else 0.0)
    if scores[best] >= 0.6 or scores[best] > max(share, 0.35):
        sure = scores[best] >= 0.8 and scores[best] - rival >= 0.2
        return Encoding(_big5(path) if best != "gb18030" else best, guessed=not sure)
    for codec in CHINESE:  # nearly all of it fits: reject the damaged records
        text = sample.decode(codec, "replace")
        broken = text.count("\ufffd")
        whole = [c for c in text if ord(c) > 127 and c != "\ufffd"]
        if 0 < broken <= 1 + len(whole) / 20 and plausibility("".join(whole), codec) > 0.8:
            return Encoding(codec, guessed=True)
    if share >= 0.6:
        return Encoding(western, guessed=True)
    if _few_odd_lines(path):  # ASCII with a few damaged records, which are rejected one by one
        return Encoding("utf-8", guessed=True)
    raise refusal("encoding", name, Text("bytes that are not UTF-8, GB18030, Big5 or western",
                                         "字节不符合 UTF-8、GB18030、Big5 或西文编码"))  # fmt: skip


def _big5(path: Path) -> str:
    """Plain Big5 where it is enough, else with Hong Kong's characters."""
    return "big5" if _decodes(blocks_of(path), "big5")[0] else "big5hkscs"


def _odd_lines(block: bytes) -> Iterator[bytes]:
    """Lines that hold bytes above 127, found from those bytes outwards."""
    odd = np.flatnonzero(np.frombuffer(block, np.uint8) > 127)
    at = end = 0
    while at < len(odd):
        place = int(odd[at])
        start = max(block.rfind(b"\n", end, place), block.rfind(b"\r", end, place), end - 1) + 1
        end = block.find(b"\n", place)
        end = len(block) if end < 0 else end
        if (cr := block.find(b"\r", place, end)) >= 0:
            end = cr
        yield block[start:end]
        at = int(np.searchsorted(odd, end))


def _odd_sample(path: Path) -> bytes:
    """Lines that hold bytes above 127, up to about 200 kB of them."""
    found: list[bytes] = []
    size = 0
    for block in blocks_of(path):
        if block.isascii():
            continue
        for line in _odd_lines(block):
            found.append(line)
            size += len(line)
            if size > 200_000:
                return b"\n".join(found)
    return b"\n".join(found)


def _few_odd_lines(path: Path) -> bool:
    """Whether at most one line in twenty (and in a short file one) holds a byte above 127."""
    odd = total = 0
    for block in blocks_of(path):
        total += max(block.count(b"\n"), block.count(b"\r"))
        odd += 0 if block.isascii() else sum(1 for _ in _odd_lines(block))
    return odd <= max(1, total // 20)


def transcode(path: Path, encoding: Encoding, target: Path) -> Path:
    """Write the file as UTF-8 without a mark, in blocks; bytes that do not fit become U+DC80-DCFF.

    They are written as lone surrogates (three bytes that are not UTF-8), so that the reader finds
    and rejects their records; a character is never replaced.
    """
    name = encoding.name
    wide = name.startswith("utf-16") or name.startswith("utf-32")
    decoder = codecs.getincrementaldecoder(name)("strict" if wide else "surrogateescape")
    with target.open("wb") as out:
        for block in blocks_of(path, encoding.mark if not wide else 0):
            out.write(decoder.decode(block).encode("utf-8", "surrogatepass"))
        out.write(decoder.decode(b"", final=True).encode("utf-8", "surrogatepass"))
    return target
