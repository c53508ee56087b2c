"""What one column of the feature table is: its meaning, its unit, what it needs, how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from analytics.text import NO_TEXT, Text

Part = Literal["people", "movements", "days", "income", "levels", "accounts", "events", "contacts",
               "feedback", "risk"]  # fmt: skip
DAYS, MONTHS, TIMES = Text("days", "天"), Text("months", "个月"), Text("times", "次")
SHARE, MONEY, HOURS = Text("share", "占比"), Text("money", "金额"), Text("hours", "小时")
NUMBER, YEARS, SCORE = Text("number", "个"), Text("years", "年"), Text("score", "分")
RATIO, SECONDS = Text("ratio", "比值"), Text("seconds", "秒")


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One figure per customer, as known at the end of as_of, within the look-back.

    Args:
        key: column name, the term of the field with its unit where it has one.
        title: its name for people.
        definition: what exactly is counted, one sentence.
        unit: what the number is measured in.
        part: which aggregation it belongs to; each part reads one table once.
        sql: aggregate over that part's rows (see `sources`).
        needs: columns of the extract without which it does not exist; "a|b" means either.
        empty: what stands for a customer who has no such rows; None means the median of the
            others, "lookback" the look-back in days.
        behaviour: whether it says how somebody banks (used by the segments unless chosen
            otherwise) and not who somebody is.
        values: bound values its SQL uses.
        of_data: the title holds a name from the data, to be shown through `safe_label`.
    """

    key: str
    title: Text
    definition: Text
    unit: Text
    part: Part
    sql: str
    needs: tuple[str, ...] = ()
    empty: float | Literal["lookback"] | None = 0.0
    behaviour: bool = True
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    of_data: bool = False

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of the run's currency."""
        return self.unit is MONEY

    @property
    def is_share(self) -> bool:
        """Whether it lies in [0, 1]."""
        return self.unit is SHARE

    @property
    def stands_in(self) -> bool:
        """Whether a customer without such rows has no figure, only one that stands in for it.

        A share, a mean or a level of nothing is not known; a count or a sum of nothing is 0.
        """
        adds_up = self.sql.startswith(("count(", "sum(", "coalesce(sum("))
        return self.empty != 0.0 or self.part == "levels" or not adds_up


def feature(key: str, en: str, zh: str, unit: Text, part: Part, sql: str, definition: Text = NO_TEXT,
            **facts: Any) -> Feature:  # fmt: skip
    """Shorthand: a feature whose definition, if not given, is its title."""
    title = Text(en, zh)
    return Feature(key=key, title=title, unit=unit, part=part, sql=sql,
                   definition=definition if definition.en else title, **facts)  # fmt: skip
