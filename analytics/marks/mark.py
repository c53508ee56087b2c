"""What a mark is: a day, what happened on it, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from analytics.text import Lang, Text, day

Sort = Literal["note", "bank", "campaign", "holiday"]
# In the order in which they keep their place where a chart has room for a few only.
SORTS: Mapping[Sort, Text] = {
    "note": Text("My notes", "自定义事件"), "bank": Text("Events of the bank", "银行事件"),
    "campaign": Text("Campaigns", "营销活动"), "holiday": Text("Holidays", "节假日"),
}  # fmt: skip
LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A day and what happened on it.

    Args:
        day: when.
        label: what, at most 60 letters.
        sort: who says so.
    """

    day: date
    label: Text
    sort: Sort = "campaign"

    def words(self, lang: Lang) -> str:
        """The day and the label as people read them."""
        return f"{day(self.day, lang)} {self.label(lang)}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"day": self.day.isoformat(), "label": self.label._asdict(), "sort": self.sort}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Mark:
        """The inverse of `as_dict`; ValueError or KeyError for anything else."""
        if told["sort"] not in get_args(Sort):
            raise ValueError("sort")
        label = Text(*(str(told["label"][lang])[:LONGEST] for lang in ("en", "zh")))
        return cls(day=date.fromisoformat(told["day"]), label=label, sort=told["sort"])
