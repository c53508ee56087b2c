"""Sentences as they may leave in a story: small counts of people become "fewer than k".

A sentence is the one place where a count has no column to be looked up in. So every whole number of
1 to k-1 counts as people unless the words around it say otherwise (days, steps, segments, "S6", ...).
With the number goes the share in brackets behind it, which would give it back; other shares of that
sentence are rounded to 5 points. "568 of 574 customers" tells of 6: there the first number goes. Of a
list under one total the remainder is looked at as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from analytics.text import LANGS, Lang, Text

FEWER = Text("fewer than {k}", "不足{k}")
NEARLY = Text("nearly all", "几乎全部")
SOME = Text("some", "部分")
ABOUT = Text("about {p}%", "约{p}%")
_GONE = "\0"  # stands behind what was withheld until the sentence is done
_NUMBER = r"(?<![\w.,#+\u2212-])(\d{1,3}(?:,\d{3})+|\d+)(?![\d%‰万亿]|[.,]\d| ?%)"
_BRACKET = r"[(（][^()（）]*%[^()（）]*[)）]"
# What a small number may be without being people. English words follow it, Chinese ones too.
_AFTER = {
    "en": r"\s*(?:-|–|to \d|random|hidden|kinds?\b|segments?\b|groups?\b|stages?\b|steps?\b|days?\b|weeks?\b|months?\b"
          r"|years?\b|hours?\b|minutes?\b|points?\b|periods?\b|times?\b|features?\b|rules?\b|states?\b|lines?\b"
          r"|patterns?\b|products?\b|more\b|of them refunds|cohorts?\b|branches\b|campaigns?\b|transactions?\b"
          r"|differences?\b|\d+(?:\.\d+)?e|: ?[\d-])",
    "zh": r"\s*(?:个(?!人|客户)|条规则|天|步|周|期|年|项|类|倍|小时|分钟|至|次|群(?!体)|笔|\d+(?:\.\d+)?e|: ?[\d-])",
}  # fmt: skip
_BEFORE = {
    "en": r"(?:\b(?:(?i:period|step|level|state|score|days|weeks)|top|first|last|next|memory of|top-|within|at|least|about|chance"
    r"|\d to|first \d+ of|between scores:[\d,. ]*|[RFMSPk]|[RFMS] ?=)\s*|[RFMS])$",
    "zh": r"(?:第|前|近|记忆|得分|满|至|不少于|期数|天数|周内|偶然|自高到低）|分界值：[\d,. ]*|R|F|M|S|k=)\s*$",
}
_TOLD = re.compile(r"\b(?:first|last)\s*$")  # "last 8 (2026-11-01)" is what was counted last  # fmt: skip
_PARTS = {
    "en": re.compile(_NUMBER + r"(?P<words> of (?:the )?(?:all )?)" + _NUMBER),
    "zh": re.compile(_NUMBER + r"(?P<words>[^，。；\d]{0,24}中[^。；\d]{0,8})" + _NUMBER + "(?:位|人|个)?"),
}  # fmt: skip
_LISTED = {"en": r"\bfirst $", "zh": r"前 ?$"}  # "the first 5 of 6" are no people
_TOTAL = {
    "en": re.compile(r"\b[Oo]f " + _NUMBER),
    "zh": re.compile(_NUMBER + r"位?[^，。\d]{0,8}中"),
}


def safe_texts(texts: Sequence[Text], k: int) -> tuple[Text, ...]:
    """The sentences with their small counts withheld, in both languages."""
    return tuple(Text(*(safe_sentence(text(lang), lang, k) for lang in LANGS)) for text in texts)


def safe_sentence(sentence: str, lang: Lang, k: int) -> str:
    """One sentence with its small counts withheld.

    >>> safe_sentence("Dormant 14 (2.3%), opened 8 (1.3%).", "en", 10)
    'Dormant 14 (2.3%), opened fewer than 10.'
    >>> safe_sentence("568 of 574 customers (99.0%) were active for 7 days.", "en", 10)
    'nearly all of 574 customers were active for 7 days.'
    >>> safe_sentence("98.6% go on, 8 drop off.", "en", 10)
    'about 100% go on, fewer than 10 drop off.'
    """
    marked = _small(_rests(_parts(sentence, lang, k), lang, k), lang, k)
    if _GONE not in marked:
        return marked
    without = re.sub(rf"{_GONE}([^\d(（]{{0,30}}?)\s?{_BRACKET}", r"\1", marked).replace(_GONE, "")
    return _rounded(without, lang)


def _small(sentence: str, lang: Lang, k: int) -> str:
    """Numbers of 1 to k-1 that may be people."""

    def shown(found: re.Match[str]) -> str:
        before, after = sentence[: found.start()], sentence[found.end() :]
        counted = _TOLD.search(before) and re.match(r"\s?[(（]", after)
        harmless = re.match(_AFTER[lang], after) or re.search(_BEFORE[lang], before)
        small = 0 < _int(found[1]) < k and (counted or not harmless)
        return FEWER.fill(k=k)(lang) + _GONE if small else found[0]

    return re.sub(_NUMBER, shown, sentence)


def _parts(sentence: str, lang: Lang, k: int) -> str:
    """Parts of a whole, such as "A of B", where B less A is small."""

    def shown(found: re.Match[str]) -> str:
        part, whole = (found[1], found[3]) if lang == "en" else (found[3], found[1])
        listed = re.search(_LISTED[lang], sentence[: found.start()]) or re.match(
            _AFTER["zh"], found["words"]
        )
        if listed or not 0 < _int(whole) - _int(part) < k:
            return found[0]
        said = NEARLY(lang)
        words = found["words"]
        return f"{said}{words}{whole}{_GONE}" if lang == "en" else f"{whole}{words}{said}{_GONE}"

    return _PARTS[lang].sub(shown, sentence)


def _rests(sentence: str, lang: Lang, k: int) -> str:
    """A list of parts with shares under one total: its smallest part goes if the rest is small."""
    total = _TOTAL[lang].search(sentence)
    listed = re.finditer(_NUMBER + r"\s?[(（]\d[\d.]*%[)）]", sentence)
    large = [part for part in listed if _int(part[1]) >= k]
    if total is None or len(large) < 2:
        return sentence
    if not 0 < _int(total[1]) - sum(_int(part[1]) for part in large) < k:
        return sentence
    least = min(large, key=lambda part: _int(part[1]))
    return sentence[: least.start()] + SOME(lang) + _GONE + sentence[least.end() :]


def _rounded(sentence: str, lang: Lang) -> str:
    """Shares that do not stand behind their own count, rounded to 5 points."""

    def shown(found: re.Match[str]) -> str:
        return ABOUT.fill(p=5 * round(float(found[1]) / 5))(lang)

    return re.sub(r"(?<![(（\d.])(\d+\.\d+)\s?%", shown, sentence)


def _int(word: str) -> int:
    return int(word.replace(",", ""))
