"""Charts of the sequences view. They draw; every number is in one of its tables."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.sequences import draw, words
from analytics.sequences.result import SequencesResult
from analytics.text import Lang

SHOWN = 18


def _top(result: SequencesResult) -> pl.DataFrame:
    longer = result.patterns.filter(pl.col("length") > 1)
    return (longer if longer.height else result.patterns).head(SHOWN)


def top_patterns(result: SequencesResult, lang: Lang) -> Any:
    """Support of the most frequent patterns of two steps or more, with Wilson intervals."""
    return draw.bars(_top(result), "pattern", "support", (words.TOP_TITLE, words.PATTERN, words.SUPPORT),
                     top_alt(result, lang), lang, low="low", high="high", tip={"customers": draw.CUSTOMERS})  # fmt: skip


def top_alt(result: SequencesResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(_top(result), "pattern", "support", lang)


def alphabet(result: SequencesResult, lang: Lang) -> Any:
    """How many customers ever took each step."""
    return draw.bars(result.alphabet.head(SHOWN), "token", "share", (words.ALPHABET_TITLE, words.STEP, words.CUSTOMERS_WITH),
                     alphabet_alt(result, lang), lang, tip={"customers": draw.CUSTOMERS})  # fmt: skip


def alphabet_alt(result: SequencesResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.alphabet, "token", "share", lang)


def rules(result: SequencesResult, lang: Lang) -> Any:
    """Lift of the best rules."""
    return draw.bars(result.rules.head(SHOWN), "rule", "lift", (words.RULES_TITLE, words.RULE, words.LIFT),
                     rules_alt(result, lang), lang, percent=False,
                     tip={"confidence": words.CONFIDENCE, "median_lag_days": words.LAG})  # fmt: skip


def rules_alt(result: SequencesResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.rules, "rule", "confidence", lang)


def contrast(result: SequencesResult, lang: Lang) -> Any:
    """The share that holds each reported pattern, in both groups."""
    assert result.compared is not None
    first, second = (name(lang) for name in result.compared.names)
    return draw.paired(result.contrast.head(SHOWN), "pattern", (first, second), ("share_a", "share_b"),
                       (words.CONTRAST_TITLE, words.PATTERN, words.SHARE), contrast_alt(result, lang), lang,
                       {"q": words.Q, "odds_ratio": words.ODDS, "lead_days": words.LEAD})  # fmt: skip


def contrast_alt(result: SequencesResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(result.contrast, "pattern", "share_a", lang)


def breakdown(result: SequencesResult, lang: Lang) -> Any:
    """Share of customers per pattern and group."""
    return draw.grouped(_shown_groups(result), "pattern", "share", (words.BREAKDOWN_TITLE, words.PATTERN, words.SHARE),
                        breakdown_alt(result, lang), lang)  # fmt: skip


def _shown_groups(result: SequencesResult) -> pl.DataFrame:
    assert result.breakdown is not None
    return result.breakdown


def breakdown_alt(result: SequencesResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(_shown_groups(result), "pattern", "share", lang)
