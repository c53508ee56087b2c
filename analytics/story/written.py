"""A story in one language, ready for any file: sentences, facts and cells as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite, isnan
from typing import Any

import polars as pl

from analytics import spoken, style
from analytics.marks import Mark, key_line, with_marks
from analytics.registry import load
from analytics.story.book import Story
from analytics.story.counts import is_ordinal, key_columns
from analytics.story.frame import Frame
from analytics.story.shown import Shown
from analytics.style import Theme
from analytics.text import Lang, Text, count, day, money, share

UNTITLED = Text("Customer story", "客户分析汇报")
EDITED = Text("Sentence edited by hand", "本句经人工改写")
ALL_CUSTOMERS = Text("all customers", "全部客户")
DEFAULTS = Text("default settings", "默认参数")
FACTS = Text("{analysis} · as of {day} · {population} · {params} · {fingerprint}",
             "{analysis} · 截至{day} · {population} · {params} · {fingerprint}")  # fmt: skip
# Not "<10": a cell that only protects another one may be larger.
HIDDEN_CELL = Text("withheld", "未显示")
ROWS_WITHHELD = Text("{n} groups of fewer than {k} customers, or what would give such a group away, are not shown.",
                     "有{n}行因不足{k}位客户（或可据以推算）而未显示。")  # fmt: skip
NOTHING_LEFT = Text(
    "There is nothing to show here: every group holds fewer than {k} customers, or would give such a group away. "
    "Try longer periods or fewer groups, more customers, or a lower threshold on the Story page.",
    "此处无可显示的内容：各分组均不足{k}位客户，或可据以推算出此类分组。"
    "请改用更长的期间或更少的分组、扩大客户范围，或在“汇报”页面调低最小显示人数。")  # fmt: skip
HOW = Text("How this was computed", "计算说明")
NUMBERS = Text("The numbers", "数据")
NOTES = Text("Notes", "备注")
YES, NO = Text("yes", "是"), Text("no", "否")
PERCENT = ("share", "rate", "support", "confidence", "probability", "precision", "recall", "ppv",
           "sensitivity", "coverage", "stickiness", "surviving", "chance_from")  # fmt: skip

CHANCES, SMALL_CHANCE = ("p", "q"), 0.001  # of a test; below it nobody needs the figure
INTERVALS = frozenset({"low", "high", "difference"})


@dataclass(frozen=True, kw_only=True)
class Told:
    """A story and what each of its frames shows, in one language.

    Args:
        story: the frames.
        shown: their content, in the same order.
        lang: of every word.
        theme: colours of charts and page.
    """

    story: Story
    shown: tuple[Shown, ...]
    lang: Lang = "en"
    theme: Theme = "light"

    @property
    def title(self) -> str:
        """The story's title, or what stands for it."""
        return self.story.title or UNTITLED(self.lang)

    @property
    def foot(self) -> str:
        """Source, row counts and the rule for small groups."""
        return self.story.foot(self.lang)

    @property
    def ink(self) -> str:
        """The colour of text."""
        return style.ink(self.theme)

    @property
    def ground(self) -> str:
        """The colour behind everything."""
        return str(style.config(self.theme)["background"])

    @property
    def line(self) -> str:
        """The colour of rules between parts."""
        return str(style.config(self.theme)["axis"]["gridColor"])

    @property
    def pages(self) -> list[Page]:
        """One page a frame."""
        pairs = zip(self.story.frames, self.shown, strict=True)
        return [Page(frame=frame, shown=shown, told=self) for frame, shown in pairs]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One frame in the language of its story."""

    frame: Frame
    shown: Shown
    told: Told

    @property
    def sentence(self) -> str:
        """What the frame says."""
        return self.frame.sentence(self.told.lang)

    @property
    def edited(self) -> str:
        """The mark of a sentence written by hand; empty otherwise."""
        return EDITED(self.told.lang) if self.frame.edited(self.told.lang) else ""

    @property
    def more(self) -> list[str]:
        """The further sentences of a headline."""
        return [text(self.told.lang) for text in self.shown.headline[1:]] if self.frame.kind == "headline" else []  # fmt: skip

    @property
    def title(self) -> str:
        """The title of the chart or table."""
        return self.shown.title(self.told.lang)

    @property
    def facts(self) -> str:
        """What was asked: analysis, day, population, changed parameters, fingerprint."""
        lang, analysis = self.told.lang, load(self.frame.analysis)
        changed = analysis.params.from_dict(self.frame.params).as_words()
        return FACTS.fill(
            analysis=analysis.title, day=day(self.frame.as_of, lang), fingerprint=self.frame.fingerprint,
            population=", ".join(self.frame.population) or ALL_CUSTOMERS(lang),
            params=", ".join(changed) or DEFAULTS(lang))(lang)  # fmt: skip

    @property
    def chart(self) -> dict[str, Any] | None:
        """The specification with its dated events; None without, or where nothing is left to draw."""
        spec = self.shown.charts.get(self.told.lang)
        if spec is None or not any(spec["datasets"].values()):
            return None
        return with_marks(spec, self.marks, self.told.lang)

    @property
    def marks(self) -> list[Mark]:
        """The dated events up to the frame's day: what the extract knows, and the analyst's notes."""
        story = self.told.story
        return [one for one in (*self.shown.marks, *story.notes)
                if one.sort in story.marked and one.day <= self.frame.as_of]  # fmt: skip

    @property
    def key(self) -> str:
        """What the numbered lines in the chart stand for; empty without any."""
        spec = self.shown.charts.get(self.told.lang)
        return key_line(spec, self.marks, self.told.lang) if spec else ""

    @property
    def remark(self) -> str:
        """What was withheld from this frame."""
        lang, n, k = self.told.lang, self.shown.withheld, self.told.story.smallest
        if self.is_blank:
            return NOTHING_LEFT.fill(k=k)(lang)
        return ROWS_WITHHELD.fill(n=count(n, lang), k=k)(lang) if n else ""

    @property
    def is_blank(self) -> bool:
        """Whether everything this frame would show is withheld; the remark says why and what to do."""
        table = self.shown.table
        if self.frame.kind == "chart":
            return bool(self.shown.charts) and self.chart is None
        return self.frame.kind == "table" and table is not None and 0 < table.height <= self.shown.withheld  # fmt: skip

    def grid(self, rows: int, columns: int) -> tuple[list[str], list[list[str]]]:
        """Column titles and written cells of the first rows and columns."""
        table = self.shown.table
        if table is None:
            return [], []
        names = shown_columns(table)[:columns]
        titles = [self.frame.labels.column(name, self.told.lang) for name in names]
        cells = [[self.cell(name, value) for name, value in zip(names, row, strict=True)]
                 for row in table.select(names).head(rows).rows()]  # fmt: skip
        return titles, cells

    def cell(self, column: str, value: Any) -> str:
        """One cell as people read it; a withheld one says so."""
        lang, names = self.told.lang, self.shown.cells.get(column, {})
        if isinstance(value, str):
            said = spoken.said(value, lang) if column in spoken.COLUMNS and not names else value
            return names[value](lang) if value in names else said
        if value is None:
            withheld = self.shown.withheld and column not in key_columns(_table(self.shown))
            return HIDDEN_CELL(lang) if withheld else "–"
        return written(column, value, lang, _table(self.shown).columns)


def shown_columns(table: pl.DataFrame) -> list[str]:
    """Keys first, then numbers, places and scores last; what repeats a key in the other language is left out."""
    keys = key_columns(table)
    rest = [c for c, kind in table.schema.items() if c not in keys and (kind.is_numeric() or kind == pl.Date)]  # fmt: skip
    return keys + sorted(rest, key=is_ordinal)


def is_share(column: str, values: Sequence[Any] = (), beside: Sequence[str] = ()) -> bool:
    """Whether a column is written as a percentage; an interval is one beside a share.

    >>> is_share("low", [0.1, 0.2], ["share", "low"]), is_share("low", [0.1, 0.2], ["lift", "low"])
    (True, False)
    """
    named = _named_share(column) or (column in INTERVALS and any(map(_named_share, beside)))
    return named and all(value is None or -1 <= float(value) <= 1 for value in values)


def _named_share(column: str) -> bool:
    return column.endswith(PERCENT) or column.startswith(("share_", "p_return"))


def written(column: str, value: Any, lang: Lang, beside: Sequence[str] = ()) -> str:
    """A value as people read it; `beside` are the columns of its table."""
    if isinstance(value, bool):
        return (YES if value else NO)(lang)
    if isinstance(value, date):
        return day(value, lang)
    if isinstance(value, int):
        return count(value, lang)
    if not isfinite(value):
        return "–" if isnan(value) else "∞" if value > 0 else "-∞"
    if isinstance(value, float) and is_share(column, [value], beside):
        return share(value)
    if column in CHANCES and 0 < value < SMALL_CHANCE:
        return f"<{SMALL_CHANCE}"
    if isinstance(value, Decimal) or abs(float(value)) >= 1000:
        return money(value, lang)
    return f"{value:,.3g}" if abs(value) < 1 else f"{value:,.2f}"


def reads_as_number(cell: str) -> bool:
    """Whether a written cell is a number, or stands for one."""
    return cell in ("–", "", "∞", "-∞", *HIDDEN_CELL) or cell.lstrip("-<")[:1].isdigit()


def _table(shown: Shown) -> pl.DataFrame:
    return pl.DataFrame() if shown.table is None else shown.table
