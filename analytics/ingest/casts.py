"""From text cells to typed values, as SQL: the fast cast first, the patient one only where it fails.

Why two steps: DuckDB's own `TRY_CAST` reads nearly every cell of a clean extract; `coalesce` runs
the patient reading (regular expressions, lists of formats) only on the cells it could not read, so
that a dirty column costs in proportion to its dirt.

Nothing here guesses between readings that would both succeed: day or month first, decimal point or
comma and the unit are settled for the column as a whole before a row is read (`Options`).
Years outside 1900 to 2199 are refused: `24-01-31` must not become the year 24.
"""

# ruff: noqa: RUF001 - full-width digits and signs are what is folded
from __future__ import annotations

from collections.abc import Iterable, Mapping

from analytics.ingest.values import (
    CURRENCIES,
    FALSE_WORDS,
    MISSING,
    OWNER_WORDS,
    TRUE_WORDS,
    VALUE_MAPS,
)

_FULL_WIDTH = (
    '０１２３４５６７８９．，－\u2212＋（）￥　：="',
    "0123456789.,--+()¥ :",
)  # the last two go
_SIGNS = r"[¥$€£%'’\x{00A0}\x{202F}\t]|CNY|RMB|USD|EUR|GBP|HKD|JPY|CZK|人民币|元|圆"
_NUMBER = r"\s*[-+(]?\s*[-+]?\s*(?:[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?|[0-9.,]*[0-9][0-9.,]*)\s*[万千百亿]{0,2}\s*[-)]?\s*(?:CR|DR)?\s*"
_POINT = r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]{1,4}(?:,[0-9]{4})+(?:\.[0-9]*)?|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]*)?"
_COMMA = r"[0-9]+(?:,[0-9]*)?|,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?"
_TIMES = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")
_DAY_FIRST = [f"%d/%m/{year}{time}" for year in ("%y", "%Y") for time in _TIMES]
_MONTH_FIRST = [f"%m/%d/{year}{time}" for year in ("%y", "%Y") for time in _TIMES]
_PLAIN = ["%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S", "%Y%m%d %H%M%S", "%Y%m%d%H%M"] + [
    f"{day}{time}" for day in ("%Y-%m-%d", "%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%d%b%Y", "%d %B %Y", "%b %d, %Y",
                               "%B %d, %Y") for time in _TIMES]  # fmt: skip


def quoted(text: str) -> str:
    """A text as an SQL literal.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def listed(words: Iterable[str]) -> str:
    """Texts as an SQL list for IN: `('a', 'b')`; an impossible word if there are none."""
    return "(" + ", ".join(quoted(w) for w in words or ["\x00"]) + ")"


def _formats(patterns: Iterable[str]) -> str:
    return "[" + ", ".join(quoted(p) for p in patterns) + "]"


MACROS = f"""
CREATE TEMP MACRO tm_fold(x) AS translate(trim(x), {quoted(_FULL_WIDTH[0])}, {quoted(_FULL_WIDTH[1])});
CREATE TEMP MACRO tm_bare(x) AS regexp_replace(upper(tm_fold(x)), {quoted(_SIGNS)}, '', 'g');
CREATE TEMP MACRO tm_digits(d, mark) AS CASE
    WHEN mark = ',' AND regexp_full_match(d, {quoted(_COMMA)}) THEN replace(replace(d, '.', ''), ',', '.')
    WHEN mark = '.' AND regexp_full_match(d, {quoted(_POINT)}) THEN replace(d, ',', '') END;
CREATE TEMP MACRO tm_value(t, mark) AS CASE WHEN regexp_full_match(t, {quoted(_NUMBER)})
        AND contains(t, '(') = contains(t, ')') THEN
    TRY_CAST(tm_digits(regexp_replace(t, '[^0-9.,]', '', 'g'), mark) AS DECIMAL(24,6))
    * CASE WHEN contains(t, '-') OR contains(t, '(') OR contains(t, 'DR') THEN -1 ELSE 1 END
    * CASE WHEN contains(t, '万亿') THEN 1000000000000 WHEN contains(t, '亿') THEN 100000000
           WHEN contains(t, '百万') THEN 1000000 WHEN contains(t, '千万') THEN 10000000 WHEN contains(t, '万') THEN 10000
           WHEN contains(t, '千') THEN 1000 WHEN contains(t, '百') THEN 100 ELSE 1 END END;
CREATE TEMP MACRO tm_number(x, mark) AS tm_value(tm_bare(x), mark);
CREATE TEMP MACRO tm_sane(t) AS CASE WHEN t >= TIMESTAMP '1900-01-01' AND t < TIMESTAMP '2200-01-01' THEN t END;
CREATE TEMP MACRO tm_dashed(x) AS regexp_replace(regexp_replace(rtrim(replace(replace(replace(replace(replace(replace(replace(
    tm_fold(x), '年', '-'), '月', '-'), '日', ' '), '号', ' '), '时', ':'), '分', ':'), '秒', ''), ' -:'),
    '^([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}) *', '\\1-\\2-\\3 '), '(:[0-9.]+ ?[+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2');
CREATE TEMP MACRO tm_date(x) AS CASE
    WHEN regexp_matches(tm_dashed(x), '^[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}([T ].*)?$') AND TRY_CAST(trim(tm_dashed(x)) AS TIMESTAMP) IS NOT NULL
        THEN tm_sane(TRY_CAST(trim(tm_dashed(x)) AS TIMESTAMP))
    WHEN regexp_full_match(trim(tm_dashed(x)), '[0-9]{{4}}[-/][0-9]{{1,2}}') THEN tm_sane(TRY_CAST(replace(trim(tm_dashed(x)), '/', '-') || '-1' AS TIMESTAMP))
    WHEN regexp_full_match(trim(tm_dashed(x)), '[0-9]{{8}}(\\.0+)?') THEN tm_sane(try_strptime(left(trim(tm_dashed(x)), 8), '%Y%m%d'))
    ELSE tm_sane(try_strptime(trim(tm_dashed(x)), {_formats(_PLAIN)})) END;
CREATE TEMP MACRO tm_slashed(x) AS trim(regexp_replace(tm_fold(x), '^([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{2,4}})[T,]? *', '\\1/\\2/\\3 '));
CREATE TEMP MACRO tm_dmy(x) AS tm_sane(try_strptime(tm_slashed(x), {_formats(_DAY_FIRST)}));
CREATE TEMP MACRO tm_mdy(x) AS tm_sane(try_strptime(tm_slashed(x), {_formats(_MONTH_FIRST)}));
CREATE TEMP MACRO tm_short(x) AS tm_sane(try_strptime(lpad(trim(x), 6, '0'), ['%y%m%d', '%y%m%d %H:%M:%S']));
CREATE TEMP MACRO tm_serial(x) AS tm_sane(TIMESTAMP '1899-12-30' + to_seconds(CAST(round(TRY_CAST(x AS DOUBLE) * 86400) AS BIGINT)));
CREATE TEMP MACRO tm_time(x) AS CASE
    WHEN TRY_CAST(trim(x) AS TIME) IS NOT NULL THEN TRY_CAST(trim(x) AS TIME)
    WHEN regexp_full_match(trim(x), '[0-9]{{4,6}}') THEN CAST(try_strptime(lpad(trim(x), 6, '0'), '%H%M%S') AS TIME)
    WHEN regexp_matches(tm_fold(x), '^[0-9]{{1,2}}[:时]') THEN
        CAST(try_strptime(rtrim(replace(replace(replace(tm_fold(x), '时', ':'), '分', ':'), '秒', ''), ':'),
        ['%H:%M:%S', '%H:%M', '%I:%M:%S %p', '%I:%M %p']) AS TIME)
    ELSE CAST(tm_date(x) AS TIME) END;
"""


HOIST = ("\u27e6", "\u27e7")


def hoist(sql: str) -> str:
    """Mark an expression that the staging select computes once, in a layer of its own.

    Why: DuckDB shares common parts of `coalesce` branches by computing them for every row, so a
    slow branch would run for all rows; only `CASE` is lazy, and it would compute its test twice.
    """
    return f"{HOIST[0]}{sql}{HOIST[1]}"


def inline(sql: str) -> str:
    """The same SQL with hoisted parts left in place."""
    return sql.replace(HOIST[0], "").replace(HOIST[1], "")


def _lazy(cell: str, fast: str, slow: str) -> str:
    """The fast reading where there is one, else the slow one; missing stays missing."""
    return f"CASE WHEN {fast} IS NOT NULL THEN {fast} WHEN {cell} IS NOT NULL THEN {slow} END"


def money(cell: str, mark: str = ".", scale: float = 1.0) -> str:
    """DECIMAL(18,4), times the unit of its column."""
    if scale != 1.0:
        fast = hoist(f"TRY_CAST({cell} AS DECIMAL(24,6))")
        value = (
            _lazy(cell, fast, f"tm_number({cell}, '{mark}')")
            if mark == "."
            else f"tm_number({cell}, '{mark}')"
        )
        return f"TRY_CAST(({value}) * {scale:.0f} AS DECIMAL(18,4))"
    slow = f"TRY_CAST(tm_number({cell}, '{mark}') AS DECIMAL(18,4))"
    return _lazy(cell, hoist(f"TRY_CAST({cell} AS DECIMAL(18,4))"), slow) if mark == "." else slow


def number(cell: str, mark: str = ".", scale: float = 1.0) -> str:
    """DOUBLE; `nan` and `inf` are no numbers."""
    slow = f"TRY_CAST(tm_number({cell}, '{mark}') AS DOUBLE)"
    fast = hoist(f"TRY_CAST({cell} AS DOUBLE)")
    value = (
        f"CASE WHEN isfinite({fast}) THEN {fast} WHEN {cell} IS NOT NULL THEN {slow} END"
        if mark == "."
        else slow
    )
    return value if scale == 1.0 else f"({value}) * {scale!r}"


def integer(cell: str) -> str:
    """INTEGER of a whole number; `12.7` is none (a plain cast would round it), `1990.0` is."""
    value = f"TRY_CAST({cell} AS DOUBLE)"
    return f"CASE WHEN {value} = floor({value}) THEN TRY_CAST({value} AS INTEGER) END"


def term_months(cell: str) -> str:
    """Months of `12`, `12个月`, `1年`, `3Y`, `6M`; a term in days is none."""
    digits = f"TRY_CAST(regexp_extract({cell}, '([0-9]+)', 1) AS INTEGER)"
    return (f"coalesce({integer(cell)}, CASE WHEN regexp_full_match(lower(trim({cell})), '[0-9]+ *(年|y|yr|yrs|year|years)') "
            f"THEN {digits} * 12 WHEN regexp_full_match(lower(trim({cell})), '[0-9]+ *(个月|月|期|m|mo|months?)') THEN {digits} END)")  # fmt: skip


_FAST_DATES = {
    "ymd": "TRY_CAST({x} AS TIMESTAMP)",
    "yyyymmdd": "try_strptime({x}, '%Y%m%d')",
    "yymmdd": "tm_short({x})",
    "yyyymm": "try_strptime(replace(replace({x}, '-', ''), '/', '') || '01', '%Y%m%d')",
}
_SLOW_DATES = {
    "dmy": "CASE WHEN tm_dmy({x}) IS NOT NULL THEN tm_dmy({x}) ELSE tm_date({x}) END",
    "mdy": "CASE WHEN tm_mdy({x}) IS NOT NULL THEN tm_mdy({x}) ELSE tm_date({x}) END",
    "serial": "CASE WHEN tm_serial({x}) IS NOT NULL THEN tm_serial({x}) ELSE tm_date({x}) END",
}
STYLE_NAMES = ("ymd", "dmy", "mdy", "yyyymmdd", "yyyymmddhhmmss", "yymmdd", "yyyymm", "zh", "month_name", "serial",
               "epoch", "epoch_ms")  # fmt: skip


def timestamp(cell: str, style: str, zone: str | None = None) -> str:
    """TIMESTAMP without zone; a stamp with an offset keeps its own clock unless `zone` is given."""
    if "%" in style:
        return f"tm_sane(try_strptime(trim({cell}), {quoted(style)}))"
    if style in ("epoch", "epoch_ms"):
        seconds = f"TRY_CAST({cell} AS DOUBLE)" + (" / 1000" if style == "epoch_ms" else "")
        return f"tm_sane(timezone({quoted(zone or 'UTC')}, to_timestamp({seconds})))"
    plain = _styled(cell, style)
    if zone is None:
        return plain
    return (f"CASE WHEN regexp_matches({cell}, ':[0-9.]+ ?(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$') THEN "
            f"tm_sane(timezone({quoted(zone)}, TRY_CAST({cell} AS TIMESTAMPTZ))) ELSE {plain} END")  # fmt: skip


def _styled(cell: str, style: str) -> str:
    slow = _SLOW_DATES.get(style, "tm_date({x})").format(x=cell)
    if style not in _FAST_DATES:
        return f"CASE WHEN {cell} IS NOT NULL THEN {slow} END"
    fast = hoist(_FAST_DATES[style].format(x=cell))
    return (f"CASE WHEN {fast} >= TIMESTAMP '1900-01-01' AND {fast} < TIMESTAMP '2200-01-01' THEN {fast} "
            f"WHEN {cell} IS NOT NULL THEN {slow} END")  # fmt: skip


def text(cell: str) -> str:
    """A text without the blanks around it; blank is NULL. Trims only where there is something to trim."""
    blank = f"{cell} < '!' OR suffix({cell}, ' ') OR suffix({cell}, '\t')"
    return f"CASE WHEN {blank} THEN nullif(trim({cell}, ' \t'), '') ELSE {cell} END"


def identifier(cell: str, floats: bool = False, guarded: bool = False) -> str:
    """An id as text, blanks and tabs around it taken off.

    Args:
        cell: SQL of the text.
        floats: read `17850.0` as `17850`.
        guarded: read `="0012"`, a spreadsheet's way to keep zeros, as `0012`.
    """
    sql = text(cell)
    if guarded:
        sql = f"nullif(regexp_replace({sql}, '^=\"(.*)\"$', '\\1'), '')"
    return f"regexp_replace({sql}, '\\.0+$', '')" if floats else sql


def _case(word: str, pairs: Iterable[tuple[str, Iterable[str]]]) -> str:
    whens = " ".join(
        f"WHEN {word} IN {listed(words)} THEN {quoted(to)}" for to, words in pairs if words
    )
    return f"CASE {whens} END"


def category(role: str, cell: str, values: Mapping[str, str]) -> str:
    """A category; fixed ones through their known words, the user's own words first."""
    word = f"lower(trim({cell}))"  # canonical codes such as `micro_business` stand for themselves
    own: dict[str, list[str]] = {}
    for word_in, to in values.items():
        own.setdefault(to, []).append(word_in.casefold())
    if role in VALUE_MAPS:
        known = [(to, (to, *words)) for to, words in VALUE_MAPS[role].items()]
        return _case(word, [*own.items(), *known])
    if role == "currency":
        folded: dict[str, list[str]] = {}
        for word_in, to in CURRENCIES.items():
            folded.setdefault(to, []).append(word_in.lower())
        return f"coalesce({_case(word, [*own.items(), *folded.items()])}, nullif(upper(trim({cell})), ''))"
    return f"coalesce({_case(word, own.items())}, {text(cell)})" if own else text(cell)


def flag(cell: str, values: Mapping[str, str]) -> str:
    """BOOLEAN from yes and no in the words of a bank."""
    true = {w.casefold() for w, to in values.items() if to.casefold() in TRUE_WORDS}
    false = {w.casefold() for w, to in values.items() if to.casefold() in FALSE_WORDS}
    word = f"lower(trim({cell}))"
    return (f"CASE WHEN {word} IN {listed(sorted((TRUE_WORDS - false) | true))} THEN true "
            f"WHEN {word} IN {listed(sorted((FALSE_WORDS - true) | false))} THEN false END")  # fmt: skip


def owner(cell: str) -> str:
    """BOOLEAN: whether a holder is the owner of the account."""
    return f"lower(trim({cell})) IN {listed(sorted(OWNER_WORDS))}"


def failed(cell: str, value: str) -> str:
    """Whether a cell held something and none could be read."""
    words = "[" + ", ".join(quoted(w) for w in MISSING) + "]"  # an IN would be joined for every row
    return f"(CASE WHEN {cell} IS NULL OR {value} IS NOT NULL THEN false ELSE NOT list_contains({words}, trim({cell})) END)"
