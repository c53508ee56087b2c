"""What the reader refuses, and how large a file may be: ten reason codes, each with its remedy.

A refusal is a `UserError` whose `code` is a key of `REFUSALS`. A single bad record never refuses
its file: it is rejected with a line and a reason (`REJECTS`) and the rest is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.text import Text, UserError


@dataclass(frozen=True)
class Limits:
    """Bounds on one upload, in bytes and counts; beyond them the file is refused, never cut."""

    file_bytes: int = 8 << 30
    unpacked_bytes: int = 8 << 30
    unpacked_ratio: int = 400  # deflate reaches 1,032 on zeros; real extracts stay under 100
    free_ratio_bytes: int = 64 << 20  # below this size any ratio is harmless
    members: int = 1_000
    columns: int = 4_000
    field_bytes: int = 1 << 20
    kept_reject_bytes: int = 64 << 20  # text of rejected records held in memory


LIMITS = Limits()

REFUSALS: Mapping[str, Text] = {
    "empty": Text("the file holds no rows; export it again", "文件没有内容，请重新导出"),
    "too_large": Text("larger than the limit; split the extract, by month for example",
                      "超过大小上限，请拆分（例如按月）后再导入"),
    "wrong_format": Text("not a table of text; save it as CSV (UTF-8) or .xlsx",
                         "不是文本表格，请另存为 CSV（UTF-8）或 .xlsx"),
    "damaged": Text("the archive or workbook cannot be opened; copy or export it again",
                    "压缩包或工作簿无法打开，请重新复制或导出"),
    "encoding": Text("no known encoding fits; save it as CSV UTF-8",
                     "无法识别文字编码，请另存为 CSV UTF-8"),
    "binary": Text("binary content, not text; export it as CSV", "内容为二进制而非文本，请导出为 CSV"),
    "no_table": Text("no record fits the header; check delimiter, quotes and header",
                     "没有一条记录与表头一致，请检查分隔符、引号和表头"),
    "too_wide": Text("more columns than the limit; leave out what is not needed",
                     "列数超过上限，请去掉不需要的列"),
    "limit": Text("reading took more memory or time than allowed; split the extract",
                  "读取超出内存或时间限制，请拆分后再导入"),
    "disk": Text("the disk is full; nothing was kept; free some space and start again",
                 "磁盘空间不足，未保留任何内容，请清理空间后重新开始"),
    "cancelled": Text("cancelled; nothing was kept", "已取消，未保留任何内容"),
}  # fmt: skip

REJECTS: Mapping[str, Text] = {
    "too_few_fields": Text("fewer fields than the header", "字段少于表头"),
    "too_many_fields": Text("more fields than the header", "字段多于表头"),
    "unclosed_quote": Text("a quote is opened and never closed", "引号未闭合"),
    "text_after_quote": Text("text after a closing quote", "引号结束后仍有文字"),
    "field_too_long": Text("a field is longer than the limit", "字段超过长度上限"),
    "nul_byte": Text("the record holds a NUL byte", "记录含有空字节（NUL）"),
    "undecodable": Text("bytes that the file's encoding does not allow", "含有不符合文件编码的字节"),
}  # fmt: skip

SKIPS: Mapping[str, Text] = {
    "blank": Text("blank line", "空行"),
    "comment": Text("comment", "注释行"),
    "preamble": Text("text above the table", "表格上方的说明"),
    "second_header": Text("second header row (descriptions or units)", "第二表头（说明或单位）"),
    "repeated_header": Text("header repeated", "重复的表头"),
    "totals": Text("totals row", "合计行"),
    "footer": Text("text below the table", "表格下方的说明"),
    "header_mismatch": Text("header that does not fit its rows", "与数据行不一致的表头"),
}  # fmt: skip


def refusal(code: str, name: str, found: Text | None = None, line: int | None = None) -> UserError:
    """The error to raise: file, line where one is at fault, what was found, what to do."""
    remedy = REFUSALS[code]
    seen = found or Text("", "")
    where = Text(f", line {line}", f"第 {line} 行") if line else Text("", "")
    en = f"{name}{where.en}: {seen.en + '; ' if seen.en else ''}{remedy.en}."
    zh = f"{name}{where.zh}：{seen.zh + '；' if seen.zh else ''}{remedy.zh}。"
    return UserError(Text(en, zh), code=code)
