"""Where the table is in the text: lines above it, its header, a second header, its column names.

The header is counted like a record. Where its width differs from that of the rows below, one of
three things is true and is said: the rows begin with unnamed row names (R writes such files), the
rows end with a delimiter, or the header does not fit, and then no name is trusted and the columns
are named by us.

Why an all-text file is taken to have a header: extracts of a bank do; the reading says that it was
an assumption.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from analytics.ingest.dialect import kind_of, usual_width
from analytics.ingest.limits import SKIPS
from analytics.ingest.raw import Line, Problem
from analytics.ingest.records import Record
from analytics.text import Text

TYPED = {"number", "date", "time", "mail"}
UNIT = re.compile(r"\s*[(\[（【]?\s*(?:%|‰|元|万元|亿元|千元|人民币元?|美元|港元|天|月|年|个|笔|户|岁|次|CNY|RMB|USD|EUR|GBP|HKD|JPY|kg|g|m|km|s|ms|min|h|days?|months?|years?|pcs|unit|string|str|varchar(?:\(\d+\))?|text|char|int|integer|bigint|float|double|decimal(?:\(\d+, ?\d+\))?|number|numeric|date|datetime|timestamp|time|bool|boolean)?\s*[)\]）】]?\s*", re.I)  # fmt: skip
_NAME_WORD = re.compile(r"(?:^|[_\s.\-])(?:id|name|date|time|code|type|no|num|key|value|amount|city|country|status|email|address|title|year)s?$|[a-z][a-z0-9]*(?:_[a-z0-9]+)+|编号|名称|日期|姓名|金额|类型|客户|账户|編號|名稱|金額|類型|客戶", re.I)  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """The place of the table: records begin at byte `start`, physical line `line`."""

    width: int
    columns: tuple[str, ...]
    start: int
    line: int
    header: tuple[bytes, ...] = ()
    header_line: int | None = None
    header_quoted: bool = False
    skipped: tuple[Line, ...] = ()
    problems: tuple[Problem, ...] = field(default=())


def text_of(cell: bytes) -> str:
    """A cell as text; bytes that are not UTF-8 are shown as escapes."""
    return cell.decode("utf-8", "backslashreplace")


def _cells(record: Record) -> list[str]:
    return [text_of(f) for f in record.fields]


def _textual(cells: list[str]) -> bool:
    """Whether all cells could be names: none is a number or a date, most are there and differ."""
    full = [c.strip() for c in cells if c.strip()]
    kinds = [kind_of(c)[0] for c in full]
    return len(full) >= len(cells) - 1 and not TYPED & set(kinds) and len(set(full)) == len(full)


def find_layout(records: list[Record], buf_end: int) -> Layout:
    """The layout from the first records of a file (blank lines and comments already left out)."""
    width = _width(records)
    top = _first_row(records, width)
    rows = [_cells(r) for r in records[top:] if len(r.fields) == width and not r.fault]
    above, problems = records[:top], []
    mismatch = _mismatch(above, width, rows)
    header: Record | None = None
    columns: tuple[str, ...] = ()
    if mismatch is not None:
        header = above[-1]
        columns, said = _fit_names(_cells(header), rows, width)
        problems.append(said)
        skipped = _skip(above[:-1], "preamble")
        if not columns:
            skipped, header = [*skipped, *_skip([above[-1]], "header_mismatch")], None
    else:
        skipped = _skip(above, "preamble")
        others = [r for r in rows[1:] if r != rows[0]] or rows[1:]
        verdict = header_verdict(rows[0], others) if rows else "no"
        if verdict == "assumed" and rows[0] in rows[1:]:
            verdict = "no"
        if verdict == "no":
            early = next((i for i, r in enumerate(above) if _data_like(_cells(r))), top)
            top, skipped = early, skipped[:early]
        else:
            header = records[top]
            columns = tuple(rows[0])
            top += 1
        if verdict == "assumed":
            problems.append(Problem("header_assumed", Text(
                "All columns hold text; the first record was taken as the header.",
                "所有列均为文本，已将第一条记录视为表头。"), header.line if header else None))  # fmt: skip
    if lines := _table_among(skipped, above):
        problems.append(Problem("table_above", Text(
            f"Lines {lines[0]} to {lines[-1]} look like another table above this one; they were not read. Give each table a file of its own.",
            f"第 {lines[0]} 至 {lines[-1]} 行似为另一张表，未读取。请将每张表分别存为文件。"), lines[0]))  # fmt: skip
    if header is not None and top < len(records) and _second_header(records[top], records[top + 1 :], width):  # fmt: skip
        skipped += _skip([records[top]], "second_header")
        top += 1
    return _build(records, top, width, header, columns, skipped, problems, buf_end)


def _table_among(skipped: list[Line], above: list[Record]) -> list[int]:
    """Lines above the table that have a header and records of their own; none for mere titles."""
    left = {x.line for x in skipped if x.reason == "preamble"}
    full = [r for r in above if r.line in left and sum(bool(f.strip()) for f in r.fields) >= 3]
    for first, *rows in (full[i:] for i in range(len(full))):
        same = [r for r in rows if len(r.fields) == len(first.fields)]
        if _textual(_cells(first)) and any(_data_like(_cells(r)) for r in same):
            return [first.line, same[-1].line]
    return []


def _data_like(cells: list[str]) -> bool:
    """Whether a record above the table is a ragged record rather than a title."""
    typed = sum(kind_of(c)[0] in TYPED for c in cells)
    return len(cells) > 1 and typed * 2 >= len(cells)


def _build(records: list[Record], top: int, width: int, header: Record | None, columns: tuple[str, ...],
           skipped: list[Line], problems: list[Problem], buf_end: int) -> Layout:  # fmt: skip
    last = records[-1] if records else None
    if top < len(records):
        start, line = records[top].start, records[top].line
    else:
        start, line = (last.end, last.line + last.lines) if last else (buf_end, 1)
    if header is None:
        problems.append(Problem("no_header", Text("No header found; the columns were named by number.",
                                                  "未找到表头，各列按序号命名。")))  # fmt: skip
    return Layout(width, unique_names(columns, width), start, line,
                  tuple(header.fields) if header else (), header.line if header else None,
                  bool(header and header.quoted), tuple(skipped), tuple(problems))  # fmt: skip


def unique_names(names: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Column names as they stand; blank ones become column_N, repeated ones get _2, _3."""
    found: list[str] = []
    taken = set(names)
    for i in range(width):
        name = names[i] if i < len(names) and names[i].strip() else f"column_{i + 1}"
        one, n = name, 1
        while one in found or (n > 1 and one in taken):
            n += 1
            one = f"{name}_{n}"
        found.append(one)
    return tuple(found)


def _width(records: list[Record]) -> int:
    """The header's own width when enough rows share it, else the usual width."""
    width = usual_width(records)
    for i, record in enumerate(records[:20]):
        n = len(record.fields)
        if n >= 2 and n > width - 1 and not record.fault and _textual(_cells(record)):
            below = records[i + 1 :]
            same = sum(len(r.fields) == n for r in below)
            if same >= max(1, 0.2 * len(below)):
                return n
            return usual_width(below) or width
    return width


def _first_row(records: list[Record], width: int) -> int:
    """Index of the first record of the table: title rows padded with delimiters lie above it."""
    for i, record in enumerate(records):
        if len(record.fields) != width or record.fault:
            continue
        full = sum(bool(f.strip()) for f in record.fields)
        nearby = records[i + 1 : i + 4]
        fuller = [sum(bool(f.strip()) for f in r.fields) for r in nearby if len(r.fields) == width]
        padded = width >= 3 and full <= 1 and fuller and max(fuller) >= max(3, width // 2)
        if not padded or i > 30:
            return i
    return 0


def _mismatch(above: list[Record], width: int, rows: list[list[str]]) -> int | None:
    """Fields of a header just above the table whose width differs from the rows', else None."""
    if not above or above[-1].fault:
        return None
    cells = _cells(above[-1])
    if len(cells) < 2 or not _textual(cells) or not rows:
        return None
    if abs(len(cells) - width) > 1 and len(cells) < 3:
        return None
    if header_verdict(rows[0], rows[1:]) == "yes":
        return None
    return len(cells)


def _fit_names(cells: list[str], rows: list[list[str]], width: int) -> tuple[tuple[str, ...], Problem]:  # fmt: skip
    """Names for rows of another width than the header; empty when none can be trusted."""
    if len(cells) == width + 1 and not cells[-1].strip():
        return tuple(cells[:-1]), Problem("trailing_delimiter", Text(
            "The header ends with a delimiter that the rows lack.", "表头末尾多出一个分隔符。"))  # fmt: skip
    if len(cells) == width - 1:
        if all(not row[-1].strip() for row in rows):
            return (*cells, ""), Problem("trailing_delimiter", Text(
                "Every row ends with a delimiter; the empty last column was kept and named by us.",
                "每行末尾多出一个分隔符，已保留末尾空列并自动命名。"))  # fmt: skip
        first = [row[0] for row in rows]
        counted = all(re.fullmatch(r"\d+", c) for c in first) and [int(c) for c in first] == list(range(int(first[0]), int(first[0]) + len(first)))  # fmt: skip
        if len(first) > 2 and len(set(first)) == len(first) and (counted or not any(kind_of(c)[0] in TYPED for c in first)):  # fmt: skip
            return ("row_name", *cells), Problem("row_names", Text(
                "The rows begin with a name the header lacks; that column was named row_name.",
                "数据行首列在表头中没有名称，已命名为 row_name。"))  # fmt: skip
    return (), Problem("header_mismatch", Text(
        f"The header has {len(cells)} names, the rows have {width} fields; the columns were named by number. Correct the header.",
        f"表头有 {len(cells)} 个名称，而数据行有 {width} 个字段，各列已按序号命名，请更正表头。"))  # fmt: skip


def header_verdict(first: list[str], rows: list[list[str]]) -> str:
    """`yes`, `no`, or `assumed` when nothing speaks for or against the first record as header."""
    full = [c for c in first if c.strip()]
    kinds = [kind_of(c)[0] for c in first]
    if not rows:
        return "no" if TYPED & set(kinds) or not full else "assumed"
    yes, no, over, against = _evidence(first, rows[:300], kinds)
    if over > 1 and not against:
        return "yes"
    if yes + over or no + against:
        return "yes" if yes + over > no + against else "no"
    if not all(any(ch.isalpha() for ch in c) for c in full):
        return "no"
    years = sum(bool(re.fullmatch(r"\s*(19|20)\d\d\s*", c)) for c in first)
    if (TYPED & set(kinds) and not years) or len(full) * 2 <= len(first):
        return "no"
    return "assumed"


def _evidence(first: list[str], rows: list[list[str]], kinds: list[str]) -> tuple[float, float, int, int]:  # fmt: skip
    """(for a header, against it) from columns of words, and the same from typed columns.

    Words over a typed column speak for a header: a record never has them. A typed cell over a
    typed column speaks against it.
    """
    yes = no = 0.0
    over = against = 0
    for i, cell in enumerate(first):
        column = [r[i] for r in rows if r[i].strip() and kind_of(r[i])[0] != "empty"]
        if not column:
            continue
        typed = sum(kind_of(c)[0] in TYPED for c in column) >= 0.9 * len(column)
        if typed and kinds[i] in TYPED:
            against += not _year_like(cell, column)
        elif typed and cell.strip() and kinds[i] != "empty":
            over += 1
        elif not typed:
            yes, no = _weigh_text(cell, column, yes, no)
    return yes, no, over, against


def _year_like(cell: str, column: list[str]) -> bool:
    """A year as a column's name: 2019 above numbers that are not years."""
    year = re.compile(r"\s*(?:19|20)\d\d\s*")
    return bool(year.fullmatch(cell)) and not all(year.fullmatch(c) for c in column)


def _weigh_text(cell: str, column: list[str], yes: float, no: float) -> tuple[float, float]:
    """Evidence from a column of words: a name does not recur among its own values."""
    if kind_of(cell)[0] in TYPED:
        return yes, no + 0.7
    if cell in column:
        return yes, no + 0.6
    if _NAME_WORD.search(cell) and not any(_NAME_WORD.search(c) for c in column[:20]):
        return yes + 0.5, no
    sizes = {len(c) for c in column}
    if len(column) >= 4 and len(sizes) == 1 and len(cell) not in sizes:
        return yes + 0.5, no
    return yes, no


def _second_header(row: Record, below: list[Record], width: int) -> bool:
    """Whether the row under the header describes columns: words over numbers, or units."""
    if len(row.fields) != width or row.fault or len(below) < 2:
        return False
    cells = _cells(row)
    full = [c for c in cells if c.strip()]
    if not full or any(kind_of(c)[0] in TYPED for c in full):
        return False
    rows = [_cells(r) for r in below[:200] if len(r.fields) == width and not r.fault]
    over = 0
    for i, cell in enumerate(cells):
        column = [r[i] for r in rows if kind_of(r[i])[0] != "empty"]
        if column and sum(kind_of(c)[0] in TYPED for c in column) >= 0.9 * len(column):
            over += bool(cell.strip()) and kind_of(cell)[0] != "empty"
            if kind_of(cell)[0] == "empty" and cell.strip():
                return False
    units = sum(bool(UNIT.fullmatch(c)) for c in full)
    return over >= 2 or (over >= 1 and units == len(full))


def _skip(records: list[Record], reason: str) -> list[Line]:
    assert reason in SKIPS
    return [Line(r.line, reason, " ".join(_cells(r))[:1000]) for r in records]
