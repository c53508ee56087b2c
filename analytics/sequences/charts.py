"""Charts of the sequences view. They draw; every number is in one of its tables."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.sequences import draw, words
from analytics.sequences.result import SequencesResult
from analytics.text import Lang

SHOWN, GROUPS_SHOWN = 18, 6


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
    frame = _shown_groups(result)
    chosen = style.pick("pattern", "group")
    labelled = frame.with_columns(label=pl.col("group").fill_null("–"))
    chart = alt.Chart(style.values(labelled)).mark_bar().encode(
        alt.X("share:Q", title=words.SHARE(lang)).axis(**style.share_axis()),
        alt.Y("pattern:N", title=words.PATTERN(lang), sort=None).axis(labelLimit=280),
        alt.YOffset("label:N", sort=None),
        alt.Color("label:N", title=words.GROUP(lang)).scale(range=list(style.CATEGORICAL)),
        opacity=style.fade(chosen), tooltip=[
            alt.Tooltip("pattern:N", title=words.PATTERN(lang)), alt.Tooltip("label:N", title=words.GROUP(lang)),
            *draw.tips({"share": words.SHARE, "q": words.Q}, lang)]).add_params(chosen)  # fmt: skip
    height = max(120, 14 * frame.height + 40)
    return style.framed(chart, words.BREAKDOWN_TITLE(lang), breakdown_alt(result, lang), "", height)


def _shown_groups(result: SequencesResult) -> pl.DataFrame:
    assert result.breakdown is not None
    assert result.groups is not None
    first = result.groups["group"].head(GROUPS_SHOWN)
    frame = result.breakdown.filter(pl.col("group").is_in(first.implode(), nulls_equal=True))
    return frame.filter(
        pl.col("pattern").is_in(frame["pattern"].unique(maintain_order=True).head(8).implode())
    )


def breakdown_alt(result: SequencesResult, lang: Lang) -> str:
    """The chart in words."""
    return draw.described(_shown_groups(result), "pattern", "share", lang)
