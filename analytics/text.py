"""Bilingual text: every string a person sees is written once, in both languages, side by side.

Numbers are written the way a bank writes them: thousands separators in English, 万 (from 10,000)
and 亿 (from 100,000,000) in Chinese. Money has two places.

>>> Text("{n} customers", "{n}位客户").fill(n=3)("en")
'3 customers'
>>> money(1234567.5, "en"), money(1234567.5, "zh")
('1,234,567.50', '123.46万')
>>> count(12345, "en"), count(12345, "zh")
('12,345', '1.23万')
>>> share(0.1234), share(None)
('12.3%', '–')
"""

from __future__ import annotations

import math
from datetime import date
from typing import Literal, NamedTuple

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")


class Text(NamedTuple):
    """One message in English and Simplified Chinese; call it with a language to read it."""

    en: str
    zh: str

    def __call__(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def fill(self, **values: object) -> Text:
        """Both texts with `{name}` replaced; a `Text` value is filled in its own language."""
        return Text(
            *(text.format(**_in(values, lang)) for lang, text in zip(LANGS, self, strict=True))
        )


def _in(values: dict[str, object], lang: Lang) -> dict[str, object]:
    return {k: v(lang) if isinstance(v, Text) else v for k, v in values.items()}


NO_TEXT = Text("", "")


class UserError(Exception):
    """What a person can mend: what was found, what was expected, what to do, in both languages.

    Never carries a value from the data; `code` is a short stable key for scripts and tests.
    """

    def __init__(self, message: Text, code: str = "refused") -> None:
        super().__init__(message.en)
        self.text = message
        self.code = code


def _chinese_scale(value: float, places: int, plain: str) -> str:
    for unit, size in (("亿", 1e8), ("万", 1e4)):
        if round(abs(value) / (size / 1e4), places) >= 1e4:  # 99,999,999.99 reads 1.00亿
            return f"{value / size:,.{places}f}{unit}"
    return plain


def count(n: int, lang: Lang) -> str:
    """A whole number of things: `12,345`, in Chinese `1.23万`."""
    return f"{n:,}" if lang == "en" else _chinese_scale(n, 2, f"{n:,}")


def counted(n: int) -> Text:
    """A count as a text of both languages, to fill into a sentence.

    >>> counted(12345)
    Text(en='12,345', zh='1.23万')
    """
    return Text(count(n, "en"), count(n, "zh"))


def money(amount: object, lang: Lang) -> str:
    """An amount with two places, no currency sign: `1,234,567.50`, in Chinese `123.46万`."""
    if amount is None or math.isnan(float(amount)):  # type: ignore[arg-type]
        return "–"
    value = float(amount)  # type: ignore[arg-type]
    value = 0.0 if abs(value) < 0.005 else value  # never "-0.00"
    return f"{value:,.2f}" if lang == "en" else _chinese_scale(value, 2, f"{value:,.2f}")


def share(part: float | None, places: int = 1) -> str:
    """A share in [0, 1] as a percentage; an undefined one is a dash, never 0 %."""
    return "–" if part is None or math.isnan(part) else f"{part:.{places}%}"


def day(value: date, lang: Lang) -> str:
    """A calendar day: `2024-06-30`, in Chinese `2024年6月30日`."""
    return value.isoformat() if lang == "en" else f"{value.year}年{value.month}月{value.day}日"
