"""What a person should know of a reading: each remark has a stable code and a condition."""

from __future__ import annotations

from analytics.ingest.decode import Encoding
from analytics.ingest.dialect import PRIORS, Scored
from analytics.ingest.limits import REJECTS
from analytics.ingest.raw import Problem
from analytics.ingest.scan import Tally
from analytics.ingest.shape import Layout
from analytics.text import Text


def remarks(encoding: Encoding, scored: Scored, layout: Layout, tally: Tally) -> list[Problem]:
    """The layout's own problems, then those of encoding, dialect and records that apply."""
    found = [*layout.problems, *_of_encoding(encoding, layout), *_of_dialect(scored, layout, tally)]
    if tally.rejects:
        n, first = len(tally.rejects), min(tally.rejects, key=lambda x: x.line)
        found.append(Problem("rejected", Text(
            f"{n:,} of {tally.clean + n:,} records were rejected; first reason: {REJECTS[first.reason].en}.",
            f"{tally.clean + n:,} 条记录中有 {n:,} 条被拒绝，首条原因：{REJECTS[first.reason].zh}。"), first.line))  # fmt: skip
    return found


def _of_encoding(encoding: Encoding, layout: Layout) -> list[Problem]:
    found = []
    if encoding.guessed:
        found.append(Problem("encoding_guessed", Text(
            f"The encoding was guessed as {encoding.name}; look at letters outside ASCII.",
            f"文字编码推测为 {encoding.name}，请核对非 ASCII 字符。")))  # fmt: skip
    if any(b"\0" in name for name in layout.header):
        found.append(Problem("nul_byte", Text("The header holds NUL bytes.", "表头含有空字节（NUL）。"), layout.header_line))  # fmt: skip
    return found


def _of_dialect(scored: Scored, layout: Layout, tally: Tally) -> list[Problem]:
    d = scored.dialect
    single = d.quote == b"'" and bool(tally.quoted or layout.header_quoted)
    unusual = PRIORS.get(d.delimiter.decode(), 1.0) < 0.7 and not d.blanks
    cases: list[tuple[bool, str, Text]] = [
        (scored.score < 0.3 and scored.width > 1, "dialect_uncertain", Text(
            "The records are irregular; check the delimiter.", "记录不规则，请核对分隔符。")),
        (single, "single_quotes", Text(
            "Single quotes around a field were read as quotes, not as letters.",
            "字段两端的单引号已按引用符处理，而非文字。")),
        (not d.quote and not tally.quoted and scored.letters, "quotes_as_letters", Text(
            "No field is closed by its quote; quotes were read as letters.",
            "没有字段由引号正常闭合，引号已按普通文字处理。")),
        (tally.loose > 0, "blanks_after_quote", Text(
            f"{tally.loose:,} quoted fields have blanks after the closing quote; they were kept.",
            f"{tally.loose:,} 个字段在闭合引号后带有空格，已保留。")),
        (bool(d.escape), "escape", Text(
            "A backslash before a quote, delimiter, backslash or line end was taken as an escape; elsewhere it was kept.",
            "反斜杠位于引号、分隔符、反斜杠或换行之前时视为转义符，其余保留原样。")),
        (unusual, "unusual_delimiter", Text(
            "The delimiter is an unusual one; check that the columns are right.",
            "分隔符较为少见，请核对各列是否正确。")),
        (scored.width == 1, "one_column", Text(
            "Only one column was found; check the delimiter.", "仅识别出一列，请核对分隔符。")),
    ]  # fmt: skip
    return [Problem(code, message) for applies, code, message in cases if applies]
