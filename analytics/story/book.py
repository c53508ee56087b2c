"""The story itself: its title, what it was told from, its frames, as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from analytics.dataset import Dataset
from analytics.marks import SORTS, Mark, Sort
from analytics.story.frame import BROKEN, Frame
from analytics.story.withhold import SMALLEST_SHOWN
from analytics.text import Lang, Text, UserError, count, day

FORMAT = "tidemark-story-1"
FEWEST_FRAMES, MOST_FRAMES = 5, 8  # what an audience follows; advice, not a limit
LONGEST = 40
TOLD_FROM = Text("{name}, extract to {day}: {rows}. Fingerprint {fingerprint}.",
                 "{name}，数据截至{day}：{rows}。指纹 {fingerprint}。")  # fmt: skip
CUSTOMERS = Text("{n} customers", "{n}位客户")
ROWS = Text("{n} {table}", "{table}{n}条")
WITHHELD = Text(
    "Groups of fewer than {k} customers are not shown.", "不足{k}位客户的分组不予显示。"
)
EVERYBODY_SHOWN = Text("Nothing is withheld.", "未作隐藏处理。")


@dataclass(frozen=True, kw_only=True)
class Source:
    """The dataset a story was told from; its name is told by the person, the rest by the import.

    Args:
        name: the dataset's name.
        fingerprint: its content.
        extracted_to: the last day of its data.
        customers: how many it holds.
        rows: loaded rows per table.
    """

    name: str
    fingerprint: str
    extracted_to: date
    customers: int
    rows: Mapping[str, int]

    @classmethod
    def of(cls, data: Dataset) -> Source:
        """What an opened dataset says of itself."""
        rows = {table: data.rows(table) for table in data.manifest["tables"] if data.rows(table)}
        customers = int(data.query("SELECT count(*) AS n FROM customers").item())
        return cls(name=data.name, fingerprint=data.fingerprint, extracted_to=data.default_as_of,
                   customers=customers, rows=rows)  # fmt: skip

    def words(self, lang: Lang) -> str:
        """One sentence for the foot of every file."""
        from analytics.schema import TABLES

        people = CUSTOMERS.fill(n=count(self.customers, lang))(lang)
        rows = [ROWS.fill(n=count(n, lang), table=_lowered(TABLES[table].title))(lang)
                for table, n in self.rows.items() if table in TABLES and table != "customers"]  # fmt: skip
        return TOLD_FROM.fill(name=self.name, day=day(self.extracted_to, lang), fingerprint=self.fingerprint,
                              rows=(", " if lang == "en" else "、").join([people, *rows]))(lang)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Story:
    """Frames in order, under a title.

    Args:
        title: as the person wrote it.
        source: what it was told from.
        smallest: counts below this are withheld.
        notes: an analyst's own dated events, drawn into charts over months.
        marked: the sorts of dated events that are drawn.
        frames: in the order of telling.
    """

    title: str
    source: Source
    smallest: int = SMALLEST_SHOWN
    notes: tuple[Mark, ...] = ()
    marked: frozenset[Sort] = frozenset(SORTS)
    frames: tuple[Frame, ...] = field(default_factory=tuple)

    def foot(self, lang: Lang) -> str:
        """What every file says of its source and of what it leaves out."""
        rule = WITHHELD.fill(k=self.smallest) if self.smallest > 1 else EVERYBODY_SHOWN
        return self.source.words(lang) + (" " if lang == "en" else "") + rule(lang)

    def as_json(self) -> str:
        """The story as text; a frame a line would not do for people, so it is indented."""
        source = {"name": self.source.name, "fingerprint": self.source.fingerprint,
                  "extracted_to": self.source.extracted_to.isoformat(),
                  "customers": self.source.customers, "rows": dict(self.source.rows)}  # fmt: skip
        told = {"format": FORMAT, "title": self.title, "smallest": self.smallest, "source": source,
                "notes": [one.as_dict() for one in self.notes], "marked": sorted(self.marked),
                "frames": [frame.as_dict() for frame in self.frames]}  # fmt: skip
        return json.dumps(told, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Story:
        """The inverse of `as_json`; UserError in words for anything else."""
        try:
            told = json.loads(text)
            if told["format"] != FORMAT or len(told["frames"]) > LONGEST:
                raise ValueError(FORMAT)
            source = told["source"]
            read = Source(name=str(source["name"]), fingerprint=str(source["fingerprint"]),
                          extracted_to=date.fromisoformat(source["extracted_to"]),
                          customers=int(source["customers"]),
                          rows={str(t): int(n) for t, n in source["rows"].items()})  # fmt: skip
            return cls(title=str(told["title"]), source=read, smallest=int(told["smallest"]),
                       notes=tuple(Mark.from_dict(one) for one in told.get("notes", ())),
                       marked=frozenset(SORTS) & frozenset(told.get("marked", SORTS)),
                       frames=tuple(Frame.from_dict(one) for one in told["frames"]))  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(BROKEN.fill(what=type(error).__name__), "story") from None


def _lowered(title: Text) -> Text:
    return Text(title.en.lower(), title.zh)
