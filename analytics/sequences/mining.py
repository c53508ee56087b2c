"""Frequent patterns as a table: mined, narrowed as asked, best first; and the rules inside them.

A rule `a > b => c` is a pattern cut before its last step. Confidence is the share of those who did
a, then b, that went on to c (within the same limits); lift divides it by the share that does c at
all. Its lag is the time from b to c in the first embedding of each customer.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from analytics.dataset import Population, Scope
from analytics.memo import remember
from analytics.patterns import Limits, mine
from analytics.ragged import Array
from analytics.sequences.alphabet import codes_of, names_of
from analytics.sequences.builder import DAY_US, Sequences
from analytics.sequences.holders import Pattern, Tracer, mine_family
from analytics.sequences.params import MineParams
from analytics.statistics import support_count, wilson
from analytics.text import Text, UserError

ARROW, LEADS_TO = " > ", " => "
MOST_RULES = 500
PATTERN_SCHEMA = {"pattern": pl.String, "customers": pl.Int64, "sequences": pl.Int64, "support": pl.Float64,
                  "low": pl.Float64, "high": pl.Float64, "length": pl.Int64}  # fmt: skip
RULE_SCHEMA = {"rule": pl.String, "antecedent": pl.String, "consequent": pl.String, "count": pl.Int64,
               "antecedent_count": pl.Int64, "support": pl.Float64, "confidence": pl.Float64,
               "lift": pl.Float64, "median_lag_days": pl.Float64}  # fmt: skip
Supports = dict[Pattern, int]


def limits_of(params: MineParams) -> Limits:
    """The limits in the units of the miner: positions, and microseconds."""
    days = lambda n: None if n is None else round(n * DAY_US)  # noqa: E731
    return Limits(
        min_gap_steps=params.min_gap_steps, max_gap_steps=params.max_gap_steps,
        min_gap_time=days(params.min_gap_days) or 0, max_gap_time=days(params.max_gap_days),
        window_time=days(params.window_days), strict_time=params.strict_time)  # fmt: skip


def frequent(scope: Scope, population: Population, built: Sequences, params: MineParams
             ) -> tuple[Supports, Array]:  # fmt: skip
    """Patterns with the sequences that hold them, the more frequent first within a length; and
    how many customers are behind each.

    Beyond `max_patterns` it is refused, naming a support that would do. Remembered: a filter, a
    sort or another confidence mines nothing again.
    """
    if not built.events.n:
        return {}, np.zeros(0, np.int64)
    asked = ("mined", params.built_from(), limits_of(params), params.min_support, params.max_length,
             params.max_patterns)  # fmt: skip
    return remember(scope, population, None, asked, lambda: _mined(built, params))


def _mined(built: Sequences, params: MineParams) -> tuple[Supports, Array]:
    least, limits = support_count(params.min_support, built.events.n), limits_of(params)
    try:
        if params.unit == "session":
            return _by_session(built, params, least, limits)
        found = mine(built.events, least, limits, params.max_length, params.max_patterns)
        return found.as_dict(), found.counts
    except UserError as refused:
        if refused.code != "explosion":
            raise
        raise _explosion(built, params, least) from None


def _by_session(
    built: Sequences, params: MineParams, least: int, limits: Limits
) -> tuple[Supports, Array]:
    """Sessions that hold each pattern, and the different customers behind them."""
    family = mine_family(built.events, least, limits, params.max_length, params.max_patterns)
    width = len(built.customers) + 1
    pairs = np.unique(family.of * width + built.owner[family.sequence])
    customers = np.bincount(pairs // width, minlength=len(family.patterns))
    return dict(zip(family.patterns, family.counts.tolist(), strict=True)), customers


def _explosion(built: Sequences, params: MineParams, least: int) -> UserError:
    """The refusal with the smallest doubled support under which the patterns fit."""
    count = least
    while count < built.events.n:
        count = min(count * 2, built.events.n)
        try:
            mine(built.events, count, limits_of(params), params.max_length, params.max_patterns)
            break
        except UserError as refused:
            if refused.code != "explosion":
                raise
    share = f"{count / max(built.events.n, 1):.3g}"
    return UserError(
        Text(f"More than {params.max_patterns:,} patterns. A minimum support of {share} gives fewer; or shorten "
             "the patterns, set a gap or window, or raise max_patterns.",
             f"序列模式超过 {params.max_patterns:,} 个。将最小支持度设为 {share} 即可减少；也可缩短模式、设置间隔或时间窗，或调大 max_patterns。"),
        "explosion")  # fmt: skip


def chosen(supports: Supports, built: Sequences, params: MineParams) -> list[Pattern]:
    """The patterns that pass `keep`, the required steps and `top`; best first."""
    patterns: Iterable[Pattern] = supports
    if params.keep == "closed":
        patterns = _without_longer(supports, same_support=True)
    elif params.keep == "maximal":
        patterns = _without_longer(supports, same_support=False)
    must = codes_of(names_of(params.contains), built.alphabet, "contains")
    first = codes_of(names_of(params.starts_with), built.alphabet, "starts_with")
    last = codes_of(names_of(params.ends_with), built.alphabet, "ends_with")
    kept = [p for p in patterns if set(must) <= set(p) and (not first or p[0] in first)
            and (not last or p[-1] in last)]  # fmt: skip
    kept.sort(key=lambda p: (-supports[p], len(p), p))
    if params.top is not None:
        kept = [p for p in kept if len(p) > 1][: params.top]
    return kept


def _without_longer(supports: Supports, same_support: bool) -> list[Pattern]:
    """Patterns that no longer one holds (with the same support): one more step is enough to ask.

    Without limits support falls from a pattern to every longer one, so whoever is held by some
    longer pattern of equal support is held by one with a single step more.
    """
    covered: set[Pattern] = set()
    for pattern, count in supports.items():
        for skip in range(len(pattern)):
            shorter = pattern[:skip] + pattern[skip + 1 :]
            if shorter in supports and (not same_support or supports[shorter] == count):
                covered.add(shorter)
    return [pattern for pattern in supports if pattern not in covered]


def spelled(pattern: Pattern, alphabet: tuple[str, ...]) -> str:
    """A pattern in words: `login > search`."""
    return ARROW.join(alphabet[code] for code in pattern)


def pattern_table(built: Sequences, supports: Supports, customers: Array, patterns: list[Pattern]
                  ) -> pl.DataFrame:  # fmt: skip
    """pattern, customers, sequences, support (share of sequences) with its interval, length."""
    n = built.events.n
    counts = np.array([supports[p] for p in patterns], dtype=np.int64)
    behind = dict(zip(supports, customers.tolist(), strict=True))
    low, high = wilson(counts, np.full(len(counts), n))
    return pl.DataFrame({
        "pattern": [spelled(p, built.alphabet) for p in patterns], "customers": [behind[p] for p in patterns],
        "sequences": counts, "support": counts / max(n, 1), "low": low, "high": high,
        "length": [len(p) for p in patterns]}, schema=PATTERN_SCHEMA)  # fmt: skip


def rule_table(built: Sequences, supports: Supports, params: MineParams, lags: dict[Pattern, float]
               ) -> pl.DataFrame:  # fmt: skip
    """The rules inside the patterns, the highest lift first; at most `MOST_RULES`.

    Args:
        built: the sequences.
        supports: every frequent pattern with the sequences that hold it.
        params: the least confidence, and the limits.
        lags: median days of the rules timed before; further ones are added.
    """
    n, rows = built.events.n, []
    for pattern, count in supports.items():
        prefix, last = pattern[:-1], pattern[-1:]
        if not prefix or prefix not in supports or last not in supports:
            continue
        confidence = count / supports[prefix]
        if confidence >= params.min_confidence:
            rows.append((confidence * n / supports[last], count, pattern, confidence))
    rows.sort(key=lambda row: (-row[0], -row[1], row[2]))
    rows = rows[:MOST_RULES]
    words = built.alphabet
    _time([row[2] for row in rows], lags, built, params)
    return pl.DataFrame([
        (spelled(p[:-1], words) + LEADS_TO + words[p[-1]], spelled(p[:-1], words), words[p[-1]], count,
         supports[p[:-1]], count / n, confidence, lift, lags[p])
        for lift, count, p, confidence in rows],
        schema=RULE_SCHEMA, orient="row")  # fmt: skip


def known_lags(scope: Scope, population: Population, params: MineParams) -> dict[Pattern, float]:
    """What is known of lags under these limits: timing a rule reads every sequence again."""
    asked = ("lags", params.built_from(), limits_of(params))
    return remember(scope, population, None, asked, dict)


def _time(patterns: list[Pattern], lags: dict[Pattern, float], built: Sequences, params: MineParams
          ) -> None:  # fmt: skip
    """Median days from the last step but one to the last, of the patterns not timed yet."""
    fresh = [pattern for pattern in patterns if pattern not in lags]
    if fresh:
        tracer = Tracer(built.events, limits_of(params))
        for pattern in fresh:
            way = tracer.trace(pattern)
            lags[pattern] = float(np.median(way.end - way.before)) / DAY_US
