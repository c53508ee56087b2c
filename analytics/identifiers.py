"""Direct identifiers in an extract: names, phones, e-mails, ID and card numbers. Pure Python.

A column is judged by its title and by a sample of its values; checksums keep ordinary long numbers
apart from ID cards (GB 11643, ISO 7064 MOD 11-2) and cards (Luhn, ISO/IEC 7812-1). What is found
is dropped or masked at import unless the user keeps it knowingly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from analytics.text import Text

Kind = Literal["name", "phone", "email", "id_number", "card_number", "address"]
KINDS: Mapping[Kind, Text] = {
    "name": Text("Person's name", "姓名"), "phone": Text("Phone number", "电话号码"),
    "email": Text("E-mail address", "电子邮箱"), "id_number": Text("ID number", "证件号码"),
    "card_number": Text("Card number", "银行卡号"), "address": Text("Address", "地址"),
}  # fmt: skip
SHARE_NEEDED = 0.5  # of the non-empty samples

_TITLES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("id_number", re.compile(
        r"身份证|证件号|证件编号|护照|\b(id[ _]?(card|number|no)|ssn|national[ _]?id|passport)\b", re.I)),
    ("card_number", re.compile(r"卡号|\b(card[ _]?(no|num|number)|pan)\b", re.I)),
    ("phone", re.compile(r"手机|电话|联系方式|"
                         r"\b(phone|mobile|tel|telephone|cell|msisdn)([ _]?(no|num|number))?\b", re.I)),
    ("email", re.compile(r"邮箱|电子邮件|\be[-_ ]?mail\b", re.I)),
    ("address", re.compile(r"住址|地址|街道|\b(address|street|addr)\b", re.I)),
    ("name", re.compile(
        r"姓名|户名|名字|客户名称|客户名$|联系人|^name$|\bsurname\b|"
        r"\b(first|last|full|given|family|customer|cust|client|user|holder|account|contact)[ _]?name\b", re.I)),
)  # fmt: skip
_NOT_A_PERSON = re.compile(r"(产品|商品|网点|机构|支行|活动|渠道|product|branch|campaign|\b(city|town|ip|mac)\b|"
                           r"email[ _]?(open|sent|click))", re.I)  # fmt: skip
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"(?<!\d)(?:(?:\+?86[- ]?)?1[3-9]\d{9}|0\d{2,3}-\d{7,8}|"
                    r"\+\d{1,3}[- ]?\(?\d{2,4}\)?(?:[- ]?\d{2,4}){2,4})(?!\d)")  # fmt: skip
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_CHINESE_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def is_chinese_id(text: str) -> bool:
    """An 18-digit resident identity number with a real birth month and a right check digit.

    >>> is_chinese_id("11010519491231002X"), is_chinese_id("110105194912310021")
    (True, False)
    """
    if not re.fullmatch(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]",
                        text, re.ASCII):  # fmt: skip
        return False
    rest = sum(int(d) * w for d, w in zip(text, _ID_WEIGHTS, strict=False)) % 11
    return "10X98765432"[rest] == text[17].upper()


def is_card_number(text: str) -> bool:
    """A payment card number of 14 to 19 digits with a right Luhn check digit; blanks allowed.

    >>> is_card_number("4111 1111 1111 1111"), is_card_number("4111111111111112")
    (True, False)
    """
    digits = text.replace(" ", "").replace("-", "")
    if not re.fullmatch(r"[2-6]\d{13,18}", digits, re.ASCII):
        return False
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _is_chinese_name(text: str) -> bool:
    return bool(_CHINESE_NAME.fullmatch(text)) and text[0] in _SURNAMES


_TESTS: tuple[tuple[Kind, Callable[[str], object]], ...] = (
    ("id_number", is_chinese_id), ("card_number", is_card_number), ("email", _EMAIL.fullmatch),
    ("phone", _PHONE.fullmatch),
)  # fmt: skip


def identifier_kind(title: str, samples: Iterable[str | None]) -> Kind | None:
    """What direct identifier a column holds, if any; see `identifiers`."""
    values = [v.strip() for v in samples if v and v.strip()]
    for kind, test in _TESTS:
        if values and sum(bool(test(v)) for v in values) >= SHARE_NEEDED * len(values):
            return kind
    for kind, pattern in _TITLES:
        if pattern.search(title) and not _NOT_A_PERSON.search(title):
            return kind
    names = sum(_is_chinese_name(v) for v in values)
    # Chinese names by value alone need many different ones: categories such as 高净值 look alike.
    if (
        len(set(values)) >= 20
        and len(set(values)) > 0.5 * len(values)
        and names >= 0.8 * len(values)
    ):
        return "name"
    return None


def identifiers(
    columns: Sequence[str], samples: Mapping[str, Iterable[str | None]]
) -> dict[str, Kind]:
    """The columns that hold direct identifiers: title -> kind.

    Args:
        columns: titles as they stand in the file.
        samples: up to some hundred values of each column, by title; a missing one is judged by its
            title alone.
    """
    found = {c: identifier_kind(c, samples.get(c, ())) for c in columns}
    return {c: kind for c, kind in found.items() if kind is not None}


def mask(value: str | None, kind: Kind) -> str | None:
    """A value that no longer tells who it is, but whether it is filled.

    Only the part that groups customers stays: the region of an ID number, the issuer of a card,
    the domain of an e-mail address.

    >>> mask("11010519491231002X", "id_number"), mask("li@bank.cn", "email"), mask("王小明", "name")
    ('110105••••', '••••@bank.cn', '••••')
    """
    if value is None or not value.strip():
        return value
    text = value.strip()
    if kind in ("id_number", "card_number"):
        return text.replace(" ", "")[:6] + "••••"
    return f"••••@{text.rpartition('@')[2]}" if kind == "email" and "@" in text else "••••"


def mask_text(text: str) -> str:
    """Free text with every identifier inside it masked.

    >>> mask_text("call 13812345678 or li@bank.cn")
    'call •••• or ••••'
    """
    for pattern in (_EMAIL, _PHONE):
        text = pattern.sub("••••", text)
    return re.sub(r"\d(?:[ -]?\d){13,18}[Xx]?|\d{17}[Xx]",
                  lambda m: "••••" if is_chinese_id(m[0]) or is_card_number(m[0]) else m[0], text)  # fmt: skip
