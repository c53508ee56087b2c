"""Find the dialect of a text: every candidate is tried on a sample and the most regular one wins.

A candidate's score is the product of four shares in [0, 1]:

- consistency: of the records from the first well-formed one on, how many have the usual number of
  fields (malformed quotes count as inconsistent);
- type regularity: how plausible the cells are as single values, and how far each column holds one
  kind of value; a cell that still holds another delimiter or is wrapped in quotes is not plausible;
- width: two columns are weaker evidence than ten;
- prior: how often the delimiter is met in practice.

Why no ready-made sniffer: they guess from letter counts, ignore quotes and never say how sure they
are; a wrong guess is a silent shift of columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from analytics.ingest.records import Dialect, Record, read_records

PRIORS: dict[str, float] = {
    ",": 1.0, ";": 1.0, "\t": 1.0, "|": 0.99, "^": 0.9, "~": 0.9, "\x01": 0.99, "\x1f": 0.99,
    "§": 0.9, "¦": 0.9, "，": 0.8, "；": 0.8, "||": 0.992, "|;|": 0.9, ":": 0.6, " ": 0.62, "!": 0.55,
    "#": 0.55, "&": 0.5, "*": 0.5, "@": 0.45, "$": 0.5, "%": 0.4, "\\": 0.5, "`": 0.5, "_": 0.3, "/": 0.3,
    "=": 0.35, "?": 0.4, "-": 0.3,
}  # fmt: skip
SAMPLE_RECORDS = 400
SINGLE = 0.42  # the score of "no delimiter at all" for plain cells: what a delimiter has to beat

_KINDS: tuple[tuple[str, re.Pattern[str], float], ...] = tuple(
    (kind, re.compile(pattern, re.I), weight) for kind, pattern, weight in (
        ("empty", r"\s*|\\N|nan|null|n/?a|none|-|\?", 0.9),
        ("number", r"\s*[-+(]?\s*(?:[$€£¥￥]|CNY|RMB|USD)?\s*[-+]?(?:\d+|\d{1,3}(?:[,' \u00a0]\d{3})+|\d{1,3}(?:\.\d{3})+)(?:[.,]\d*)?(?:e[-+]?\d+)?\s*[%)元-]?\s*|[-+]?[.,]\d+(?:e[-+]?\d+)?", 1.0),
        ("date", r"\s*\d{1,4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,4}日?\.?(?:[ T]+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d+)?\s*(?:[ap]\.?m\.?)?(?:Z|UTC|[-+]\d{2}:?\d{0,2})?)?\s*", 1.0),
        ("date", r"\d{1,2}[- ]?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-, ]*\d{2,4}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2},? \d{4}", 1.0),
        ("time", r"\s*\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?\s*(?:[ap]m)?\s*|(?:\d{6,8} )\d{2}:\d{2}:\d{2}", 1.0),
        ("mail", r"\S+@\S+\.\w+|(?:https?|ftp)://\S+|www\.\S+|\d{1,3}(?:\.\d{1,3}){3}", 1.0),
        ("word", r"[\w.\-]*\w[\w.\-]*", 0.97),
        ("text", r"[^\t;|^~\x01\x1f]*\w[^\t;|^~\x01\x1f]*", 0.88),
    ))  # fmt: skip


def kind_of(cell: str) -> tuple[str, float]:
    """(kind, plausibility in [0, 1]) of one cell as a single value."""
    bare = cell.strip(" ")
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        return "text", 0.3
    for kind, pattern, weight in _KINDS:
        if pattern.fullmatch(cell[:300]):
            if kind == "text" and cell.count(",") > 1 and " " not in cell:
                return kind, 0.5
            if bare[:1] in ('"', "'"):
                return kind, 0.5
            return kind, weight
    return "other", 0.45


def usual_width(records: Iterable[Record]) -> int:
    """The usual number of fields: the most frequent one, wider ones weighing more (by a square root)."""
    counts = Counter(len(r.fields) for r in records if r.fields and not r.fault)
    if not counts:
        return 0
    top = max(counts.values())
    wide = [w for w, n in counts.items() if w > 1 and n >= max(2, 0.5 * top)]
    if wide:
        return max(wide, key=lambda w: (counts[w] * w**0.5, w))
    return max(w for w, n in counts.items() if n == top)


class Scored(NamedTuple):
    """A candidate dialect with its score and the number of fields it gives."""

    score: float
    dialect: Dialect
    width: int
    records: list[Record]
    letters: bool = False  # quotes stand in the text but are letters


def _types(rows: list[list[bytes]], width: int) -> float:
    """Plausibility of cells and likeness within columns, in [0, 1]."""
    step = max(1, len(rows) * width // 3000)
    rows = rows[:: max(1, step)][:300]
    body = rows[1:] if len(rows) > 2 else rows
    plain = like = 0.0
    columns = range(min(width, 60))
    for column in columns:
        kinds: Counter[str] = Counter()
        weight = 0.0
        for row in body:
            kind, one = kind_of(row[column].decode("utf-8", "replace"))
            kinds[kind] += 1
            weight += one
        plain += weight / len(body)
        blank = kinds.pop("empty", 0)
        texts = kinds["word"] + kinds["text"]
        best = max([texts, *kinds.values()]) if kinds else 0
        like += (best + blank) / len(body)
    return (plain / len(columns)) * (0.5 + 0.5 * like / len(columns))


def score(sample: bytes, d: Dialect, prior: float) -> Scored:
    """Score one candidate on a sample that ends at a record's end."""
    records = []
    for record in read_records(sample, d):
        records.append(record)
        if len(records) >= SAMPLE_RECORDS:
            break
    seen = _without_footer(records)
    width = usual_width(seen)
    good = [r for r in seen if len(r.fields) == width and not r.fault]
    if not good:
        return Scored(0.0, d, width, records)
    first = seen.index(good[0])
    near = (
        sum(abs(len(r.fields) - width) == 1 and not r.fault for r in seen[first:])
        if width > 2
        else 0
    )
    consistency = (len(good) + 0.4 * near) / (len(seen) - first)
    if first and len(good) < 3 and len(good) <= first:
        consistency *= 0.6  # one line that happens to hold the delimiter is not a table
    value = consistency * consistency * _types([r.fields for r in good], width) * prior
    if width == 1:
        return Scored(value * SINGLE, d, width, records)
    swallowed = sum(r.lines - 1 for r in records) / max(len(records), 1)
    value *= (1 - 0.3 / width) / (1 + min(swallowed, 5) * 0.02)
    return Scored(value, d, width, records)


def _without_footer(records: list[Record]) -> list[Record]:
    """The records without blank lines, and without lone lines that follow a blank line at the end."""
    kept = list(records)
    while (
        len(kept) > 3 and len(kept[-1].fields) <= 1 and (not kept[-1].fields or not kept[-2].fields)
    ):
        kept.pop()
    return [r for r in kept if r.fields]


def _quote_choices(text: bytes, sep: bytes) -> list[tuple[bytes, bytes, bool]]:
    """(quote, escape, skip_blank) combinations for which the text shows any evidence."""
    found: list[tuple[bytes, bytes, bool]] = []
    edge = rb"(?:^|[\r\n]|" + re.escape(sep) + rb")" if sep else rb"(?:^|[\r\n])"
    for quote in (b'"', b"'"):
        if not re.search(edge + rb" *" + quote, text):
            continue
        blank = sep != b" " and re.search(re.escape(sep) + rb" +" + quote, text) if sep else None
        slashed = b"\\" + quote in text
        found.append((quote, b"", False))
        if blank:
            found.append((quote, b"", True))
        if slashed or b"\\" + (sep or b"\n") in text:
            found.append((quote, b"\\", bool(blank)))
    if sep and b"\\" + sep in text and not any(e for _, e, _ in found):
        found += [(b'"', b"", False), (b'"', b"\\", False)]
    found.append((b"", b"", False) if found else (b'"', b"", False))
    return found


def candidates(text: bytes) -> list[tuple[Dialect, float]]:
    """Every dialect worth trying on this text, with its prior."""
    found: list[tuple[Dialect, float]] = []
    whole, marked = _whole_typed(text), bool(re.search(rb"(?:^|[\r\n])#", text))
    for char, prior in PRIORS.items():
        sep = char.encode()
        if sep not in text or (sep == b"#" and marked):
            continue
        if prior < 0.7 and whole:
            prior *= 0.3
        for quote, escape, blank in _quote_choices(text, sep):
            weight = prior * (0.985 if escape else 1) * (0.99 if blank else 1) * (0.75 if not quote else 1) * (0.99 if quote == b"'" else 1)  # fmt: skip
            found.append((Dialect(sep, quote, escape, blank), weight))
    for quote, escape, _ in _quote_choices(text, b""):
        found.append((Dialect(b"", quote, escape), 1.0 if quote else 0.75))
    for least, prior in ((2, 0.68), (1, 0.66)):
        if b"  " in text:
            found.append((Dialect(b" ", b'"', b"", False, least), prior))
    return found


def _whole_typed(text: bytes) -> bool:
    """Whether whole lines are single numbers, dates or times: then `:` or a blank parts nothing."""
    lines = [x for x in re.split(rb"[\r\n]+", text[:20_000]) if x.strip()][:200]
    typed = sum(
        kind_of(x.decode("utf-8", "replace"))[0] in ("number", "date", "time") for x in lines
    )
    return typed >= 0.5 * max(len(lines), 1)


def _comment(lines: list[bytes]) -> bytes:
    """`#` when lines that start with it are notes rather than records."""
    marked = [x for x in lines if x.startswith(b"#")]
    if not marked or len(marked) > len(lines) // 2 + 3 or len(marked) == len(lines):
        return b""
    return b"#"


def find_dialect(sample: bytes) -> Scored:
    """The best candidate; its score is 0 when the sample holds no record."""
    forced = re.match(rb"(?i)\"?sep=(.)\"?[\r\n]", sample)
    only = forced.group(1) if forced else b""
    best = _best(sample[forced.end() :] if forced else sample, only)
    lines = [x for x in re.split(rb"[\r\n]+", sample) if x.strip(b" ")]
    comment = b"" if forced else _comment(lines)
    if comment and _starts_a_record(sample, comment, best.dialect):
        kept = _best(b"\n".join(x for x in lines if not x.startswith(comment)), only)
        if kept.score >= 0.95 * best.score and _comment_holds(kept, [x for x in lines if x.startswith(comment)]):  # fmt: skip
            best = kept._replace(dialect=kept.dialect.with_(comment=comment))
    dialect = best.dialect
    if not dialect.quote and b'"' not in sample:
        dialect = dialect.with_(quote=b'"')
    letters = not dialect.quote and any(
        f[:1] in (b'"', b"'") for r in best.records for f in r.fields
    )
    return best._replace(letters=letters, dialect=dialect)


def _best(text: bytes, only: bytes) -> Scored:
    """The best candidate, with this delimiter only where one is named."""
    tried = [score(text, d, prior) for d, prior in candidates(text) if not only or d.delimiter == only]  # fmt: skip
    return max(_weigh_quotes(tried), key=lambda s: s.score, default=Scored(0.0, Dialect(), 0, []))


def _weigh_quotes(tried: list[Scored]) -> list[Scored]:
    """Where reading a quote leaves no fault, other readings of the quotes are poor.

    To read it as a letter is the poorest; to read apostrophes as quotes beside flawless double
    quotes is poor, for two apostrophes far apart would swallow what lies between; and so is an escape
    that leaves fewer fields quoted than there are without it.
    """
    flawless = {(s.dialect.delimiter, s.dialect.quote) for s in tried if s.dialect.quote
                and any(r.quoted for r in s.records) and not any(r.fault for r in s.records)}  # fmt: skip
    parted = {delimiter for delimiter, _ in flawless}
    closed = {(s.dialect.delimiter, s.dialect.quote): _quoted(s) for s in tried if not s.dialect.escape and _even(s)}  # fmt: skip
    found = []
    for s in tried:
        sep, quote = s.dialect.delimiter, s.dialect.quote
        beside = quote == b"'" and (sep, b'"') in flawless
        torn = bool(s.dialect.escape) and _quoted(s) < closed.get((sep, quote), 0)
        weight = 0.4 if not quote and sep in parted else 0.8 if beside or torn else 1.0
        found.append(s._replace(score=s.score * weight))
    return found


def _quoted(scored: Scored) -> int:
    return sum(r.quoted for r in scored.records)


def _even(scored: Scored) -> bool:
    """Whether every record has the usual width and no fault."""
    return all(len(r.fields) == scored.width and not r.fault for r in scored.records if r.fields)


def _starts_a_record(sample: bytes, comment: bytes, d: Dialect) -> bool:
    """Whether such a line begins a record, rather than going on with a quoted text."""
    return any(sample.startswith(comment, r.start) for r in read_records(sample, d))


def _comment_holds(best: Scored, marked: list[bytes]) -> bool:
    """Whether lines with `#` differ from the records in their width."""
    if best.width <= 1:
        return True
    return any(len(next(read_records(x, best.dialect)).fields) != best.width for x in marked)
