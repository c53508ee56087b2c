"""What the cells of a column look like: shares that read as a date, a number, a flag, an id.

Everything here looks at a sample of cells; `analytics.ingest.casts` decides about every row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from analytics.identifiers import identifier_kind

# Compared as they stand; `-` and `无` mean "nothing" in ledgers, `~` and `\N` in database exports.
MISSING = ("", "\\N", "?", "~", "-", "--", "—", "NULL", "null", "Null", "(null)", "NA", "N/A", "n/a", "#N/A",
           "NaN", "nan", "None", "nil", "无", "空")  # fmt: skip

CREDIT_WORDS = frozenset(["c", "cr", "credit", "贷", "贷方", "收", "收入", "存入", "存", "入账", "转入", "进", "进账", "prijem", "in", "+", "deposit", "kredit", "haben", "income", "入", "贷记", "存款", "收款", "h", "incoming", "inflow", "received", "贷(收)", "收(贷)"])  # fmt: skip
DEBIT_WORDS = frozenset(["d", "dr", "debit", "借", "借方", "付", "支出", "支取", "取", "出账", "转出", "出", "vydaj", "vyber", "výdaj", "výběr", "out", "-", "withdrawal", "soll", "expense", "支", "借记", "取款", "付款", "s", "outgoing", "outflow", "paid", "spend", "借(付)", "付(借)"])  # fmt: skip
OWNER_WORDS = frozenset([
    "owner", "primary", "main", "1", "y", "yes", "true", "主", "户主", "主持有人", "主账户",
    "主账户人", "本人", "是", "holder", "所有人", "主户"])  # fmt: skip
TRUE_WORDS = frozenset([
    "1", "y", "yes", "true", "t", "是", "有", "同意", "已授权", "授权", "√", "对", "agree",
    "agreed", "granted", "opt-in", "in", "on", "真"])  # fmt: skip
FALSE_WORDS = frozenset([
    "0", "n", "no", "false", "f", "否", "没有", "不同意", "未授权", "拒绝", "×", "错", "refused",
    "denied", "opt-out", "out", "off", "假", "未同意"])  # fmt: skip

VALUE_MAPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "customer_type": {
        "mass": ("mass", "retail", "individual", "personal", "standard", "大众", "大众客户", "普通", "普通客户",
                 "个人", "个人客户", "零售", "零售客户", "一般客户", "mass market"),
        "high_net_worth": ("high net worth", "hnw", "hnwi", "private", "private banking", "vip", "affluent",
                           "高净值", "高净值客户", "私行", "私人银行", "私行客户", "贵宾", "贵宾客户", "财富客户"),
        "micro_business": ("micro business", "micro", "sme", "small business", "small", "小微", "小微企业",
                           "小微客户", "小微企业主", "个体工商户", "小企业"),
        "company": ("company", "corporate", "corp", "business", "enterprise", "企业", "公司", "公司客户", "企业客户",
                    "对公", "对公客户", "法人"),
        "government": ("government", "gov", "public", "institution", "政府", "政府机构", "机关", "事业单位", "机构客户"),
    },
    "risk_level": {
        "conservative": ("conservative", "low", "cautious", "c1", "r1", "保守", "保守型", "谨慎型", "低", "低风险"),
        "steady": ("steady", "moderate", "balanced", "medium", "c2", "c3", "r2", "r3", "稳健", "稳健型", "平衡",
                   "平衡型", "中", "中风险"),
        "aggressive": ("aggressive", "growth", "high", "c4", "c5", "r4", "r5", "进取", "进取型", "激进", "激进型",
                       "成长型", "积极型", "高", "高风险"),
    },
}  # fmt: skip

CURRENCIES = {"人民币": "CNY", "RMB": "CNY", "156": "CNY", "CNH": "CNY", "美元": "USD", "840": "USD", "欧元": "EUR",
              "978": "EUR", "港币": "HKD", "港元": "HKD", "344": "HKD", "日元": "JPY", "392": "JPY", "英镑": "GBP",
              "826": "GBP", "¥": "CNY", "￥": "CNY", "$": "USD", "€": "EUR", "£": "GBP", "元": "CNY",
              "本币": "CNY", "01": "CNY"}  # fmt: skip

_TIME = r"(?:[T ,]+\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:[.,]\d+)?秒?)?\s*(?:[AaPp][Mm]|分)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
STYLES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"^{pattern}$", re.IGNORECASE)
    for name, pattern in {
        "ymd": rf"(?:19|20|99)\d\d([-/.])\d{{1,2}}\1\d{{1,2}}{_TIME}",
        "zh": rf"\d{{4}}年\d{{1,2}}月(?:\d{{1,2}}日)?{_TIME.replace('[T ,]+', '[T ,]*')}",
        "day_month": rf"\d{{1,2}}([-/.])\d{{1,2}}\1\d{{2}}(?:\d{{2}})?{_TIME}",
        "yyyymmdd": r"(?:19|20|99)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\.0+)?",
        "yyyymmddhhmmss": r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ T]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?",
        "yymmdd": r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?: \d\d:\d\d:\d\d)?",
        "yyyymm": r"(?:19|20)\d\d[-/]?(?:0[1-9]|1[0-2])",
        "month_name": rf"(?:\d{{1,2}}[- ]?{_MONTH}[-, ]*\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}}){_TIME}",
        "serial": r"[2-6]\d{4}(?:\.\d+)?",
        "epoch": r"1\d{9}(?:\.\d+)?",
        "epoch_ms": r"1\d{12}",
    }.items()
}  # fmt: skip
WEAK_STYLES = frozenset({"serial", "epoch", "epoch_ms", "yymmdd", "yyyymm"})
_NUMBER = re.compile(
    r"^[-+(\u2212\uff0d]?\s*(?:[¥￥$€£]|CNY|RMB|USD|EUR|GBP|HKD|CZK|人民币)?\s*[-+]?\d[\d.,' \u00a0]*"
    r"\s*(?:[万千百亿]?元?|[¥￥$€£%]|CNY|RMB|USD|EUR|GBP|HKD|CZK)?\s*[-)\u2212]?\s*(?:CR|DR)?$|^[-+]?\.\d+$", re.IGNORECASE)  # fmt: skip
_TIME_ALONE = re.compile(r"^(?:\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[ap]m)?|\d{1,2}时\d{1,2}分?(?:\d{1,2}秒?)?)$", re.IGNORECASE)  # fmt: skip
_HHMMSS = re.compile(r"^(?:[01]?\d|2[0-3])[0-5]\d[0-5]\d$")
IDENTIFIER_CELLS = 500  # of a column are held against the forms of identifiers


@dataclass(frozen=True)
class Profile:
    """One column of a sample; every share is of the cells that are not missing.

    Args:
        header: as it stands in the file.
        cells: those that are not missing, trimmed.  rows: all of the sample.
        guarded: share of cells that a spreadsheet wrote as `="0012"`; `cells` has the text within.
    """

    header: str
    cells: tuple[str, ...]
    rows: int
    guarded: float = 0.0

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each cell occurs as it stands; every test looks at a value once."""
        return Counter(self.cells)

    @cached_property
    def shapes(self) -> Counter[str]:
        """How many cells read as each style of date."""
        found: Counter[str] = Counter()
        for cell, n in self.counts.items():
            if style := date_style(cell):
                found[style] += n
        return found

    def share_of(self, test: Callable[[str], object]) -> float:
        """Share of the present cells that pass a test."""
        return self.share(sum(n for cell, n in self.counts.items() if test(cell)))

    def share(self, hits: int) -> float:
        """A count of cells as a share of the present ones; 0 of an empty column."""
        return hits / len(self.cells) if self.cells else 0.0

    @cached_property
    def dates(self) -> float:
        """Share that reads as a date or time stamp in some style."""
        return self.share(sum(self.shapes.values()))

    @cached_property
    def sure_dates(self) -> float:
        """Share that can hardly be anything but a date."""
        return self.share(sum(n for s, n in self.shapes.items() if s not in WEAK_STYLES))

    @cached_property
    def numbers(self) -> float:
        """Share that reads as a number, currency signs and units included."""
        return self.share_of(_NUMBER.match)

    @cached_property
    def times(self) -> float:
        """Share that reads as a time of day."""
        return self.share_of(lambda c: _TIME_ALONE.match(c) or _HHMMSS.match(c))

    @cached_property
    def words(self) -> Counter[str]:
        """How often each cell value occurs, lower case."""
        found: Counter[str] = Counter()
        for cell, n in self.counts.items():
            found[cell.casefold()] += n
        return found

    @property
    def distinct(self) -> int:
        """Different values in the sample."""
        return len(self.words)

    @cached_property
    def decimals(self) -> float:
        """Share with a fraction after a point or comma."""
        return self.share_of(re.compile(r"[.,]\d{1,2}\D*$").search)

    def in_words(self, vocabulary: Iterable[str]) -> float:
        """Share of cells found in a vocabulary of lower-case words."""
        known = set(vocabulary)
        return self.share(sum(n for word, n in self.words.items() if word in known))

    @cached_property
    def directions(self) -> float:
        """Share of cells that say credit or debit, if both or one of few values do."""
        return self.in_words(CREDIT_WORDS | DEBIT_WORDS) if self.distinct <= 8 else 0.0

    @cached_property
    def identifying(self) -> bool:
        """Whether the column holds names, phones, mail addresses, or ID or card numbers of people."""
        title = re.sub(r"[\s_.\-]+", " ", self.header.strip())
        return identifier_kind(title, self.cells[:IDENTIFIER_CELLS]) is not None

    @cached_property
    def float_ids(self) -> float:
        """Share of whole numbers written as `17850.0`."""
        return self.share_of(re.compile(r"\d+\.0+").fullmatch)

    @cached_property
    def damaged_ids(self) -> float:
        """Share of ids in scientific notation, the trace of a spreadsheet: digits are lost."""
        return self.share_of(re.compile(r"\d\.\d+[Ee]\+\d+").fullmatch)


_GUARDED = re.compile(r'="[^"]*"')


def date_style(cell: str) -> str | None:
    """The style a cell reads as, None if no date.

    >>> [date_style(c) for c in ("2024-1-5", "31.01.2024", "20240131", "930101", "2024年1月31日", "9.5")]
    ['ymd', 'day_month', 'yyyymmdd', 'yymmdd', 'zh', None]
    """
    if not any(map(str.isdigit, cell)):
        return None
    return next((name for name, pattern in STYLES.items() if pattern.match(cell)), None)


def profile(header: str, cells: Sequence[str | None]) -> Profile:
    """A column's sample, missing markers left out, and the text of a cell such as `="0012"`."""
    present = [c.strip() for c in cells if c is not None and c.strip() not in MISSING]
    plain = tuple(c[2:-1] if _GUARDED.fullmatch(c) else c for c in present)
    guarded = sum(map(str.__ne__, plain, present)) / max(len(present), 1)
    return Profile(header, plain, len(cells), guarded)


def day_first(cells: Iterable[str]) -> tuple[int, int]:
    """How many `a/b/year` cells can only be day first, and how many only month first.

    >>> day_first(["31/01/2024", "05/06/2024", "02/28/2024"])
    (1, 1)
    """
    day, month = 0, 0
    for cell in cells:
        if (found := re.match(r"(\d{1,2})[-/.](\d{1,2})[-/.]", cell)) is not None:
            first, second = int(found[1]), int(found[2])
            day += first > 12 >= second
            month += second > 12 >= first
    return day, month


def decimal_mark(cells: Iterable[str]) -> str:
    """`,` where commas can only be decimal marks and points are not, else `.`.

    >>> decimal_mark(["1.234,56", "12,5"]), decimal_mark(["1,234.56"]), decimal_mark(["1,234"])
    (',', '.', '.')
    """
    comma = point = 0
    for cell in cells:
        if cell.isdigit():
            continue
        comma += bool(re.search(r"^[^,]*,(\d{1,2}|\d{4,})\D*$|\.\d{3},", cell))
        point += bool(re.search(r"^[^.]*\.(\d{1,2}|\d{4,})\D*$|,\d{3}\.", cell))
    return "," if comma > point else "."


def header_scale(header: str) -> int:
    """The unit a header states: 10,000 for 万元, 1 where it says none.

    >>> [header_scale(h) for h in ("金额（万元）", "余额(千元)", "Balance (thousands)", "规模/亿元", "金额(元)")]
    [10000, 1000, 1000, 100000000, 1]
    """
    low = header.casefold()
    for pattern, size in ((r"亿", 10**8), (r"百万", 10**6), (r"万元|[(（/_ ]万|万[)）]", 10**4), (r"千元|[(（/]千", 10**3),
                          (r"\bmillions?\b|\bmn\b", 10**6), (r"thousands?|'000|\bk\)", 10**3)):  # fmt: skip
        if re.search(pattern, low):
            return size
    return 1
