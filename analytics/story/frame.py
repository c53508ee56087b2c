"""One frame of a story: what was asked, what is shown of it, and the words beside it, as JSON.

A frame holds no row of any customer. Its numbers carry their identity (`table[key=value].column`), so
that a later run can say which of them moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, get_args

from analytics.text import NO_TEXT, Lang, Text, UserError

Kind = Literal["headline", "chart", "table"]
Number = int | float | str | None  # money as text; None is withheld
BROKEN = Text("This is not a story of Tidemark: {what}. Export the story again and use that file.",
              "该文件不是 Tidemark 汇报：{what}。请重新导出汇报后再试。")  # fmt: skip
NOTES_LENGTH, SENTENCE_LENGTH = 4_000, 600


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What people call the thing shown and its columns; from the page that pinned it."""

    item: Text = NO_TEXT
    columns: Mapping[str, Text] = field(default_factory=dict)

    def column(self, name: str, lang: Lang) -> str:
        """The title of a column; an unknown one shows its own name."""
        found = self.columns.get(name)
        return found(lang) if found else name.replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A pinned result.

    Args:
        analysis: key of the analysis.
        params: its parameters as plain values.
        as_of: the last day counted.
        population: the filter as words, `attribute=value`.
        fingerprint: of the dataset the numbers come from.
        kind: what is shown under the sentence.
        item: key of the chart, name of the table, empty for a headline.
        generated: the sentence as written from the numbers.
        sentence: the sentence as shown.
        notes: for the speaker, never on a slide.
        labels: titles for people.
        numbers: identity -> value, as shown.
    """

    analysis: str
    params: Mapping[str, Any]
    as_of: date
    population: tuple[str, ...]
    fingerprint: str
    kind: Kind
    item: str
    generated: Text
    sentence: Text
    notes: str = ""
    labels: Labels = field(default_factory=Labels)
    numbers: Mapping[str, Number] = field(default_factory=dict)

    def edited(self, lang: Lang) -> bool:
        """Whether a person wrote the sentence of this language."""
        return self.sentence(lang) != self.generated(lang)

    def with_sentence(self, lang: Lang, words: str) -> Frame:
        """The frame with this sentence; an empty one gives back the generated."""
        clean = " ".join(words.split())[:SENTENCE_LENGTH] or self.generated(lang)
        return replace(self, sentence=self.sentence._replace(**{lang: clean}))

    def with_notes(self, notes: str) -> Frame:
        """The frame with these notes for the speaker."""
        return replace(self, notes=notes.strip()[:NOTES_LENGTH])

    def same_question(self, other: Frame) -> bool:
        """Whether both show the same thing, whatever is written beside it."""
        names = ("analysis", "params", "as_of", "population", "kind", "item")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "analysis": self.analysis, "params": dict(self.params), "as_of": self.as_of.isoformat(),
            "population": list(self.population), "fingerprint": self.fingerprint, "kind": self.kind,
            "item": self.item, "sentence": self.sentence._asdict(), "generated": self.generated._asdict(),
            "edited": {lang: self.edited(lang) for lang in ("en", "zh")}, "notes": self.notes,
            "labels": {"item": self.labels.item._asdict(),
                       "columns": {c: t._asdict() for c, t in self.labels.columns.items()}},
            "numbers": dict(self.numbers),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Frame:
        """The inverse of `as_dict`; UserError says what is missing or of the wrong kind."""
        try:
            if told["kind"] not in get_args(Kind):
                raise ValueError(told["kind"])
            labels = told.get("labels", {})
            columns = {str(c): _text(t) for c, t in labels.get("columns", {}).items()}
            return cls(
                analysis=str(told["analysis"]), params=dict(told["params"]),
                as_of=date.fromisoformat(told["as_of"]), population=tuple(map(str, told["population"])),
                fingerprint=str(told["fingerprint"]), kind=told["kind"], item=str(told["item"]),
                generated=_text(told["generated"]), sentence=_text(told["sentence"]),
                notes=str(told.get("notes", "")), numbers=dict(told["numbers"]),
                labels=Labels(item=_text(labels.get("item", NO_TEXT._asdict())), columns=columns))  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(BROKEN.fill(what=type(error).__name__), "story") from None


def _text(told: Mapping[str, Any]) -> Text:
    return Text(str(told["en"]), str(told["zh"]))
