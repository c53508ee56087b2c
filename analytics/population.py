"""Which customers a question is about, how they can be split, and where an answer comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote, unquote

from analytics.text import Text, UserError


@dataclass(frozen=True)
class Where:
    """Customers whose `group` (a group key of `Dataset.groups`) is one of `values`."""

    group: str
    values: tuple[str, ...]
    exclude: bool = False


@dataclass(frozen=True)
class Population:
    """The customers a page or a run is about: all conditions hold; none means everybody."""

    where: tuple[Where, ...] = ()

    @classmethod
    def parse(cls, words: list[str]) -> Population:
        """From `group=value` or `group!=value` words; the same group twice means either value.

        A group whose own name holds a sign is written with it percent-encoded: `a%3Db=value`.
        """
        found: dict[tuple[str, bool], list[str]] = {}
        for word in words:
            group, sign, value = word.partition("=")
            exclude = group.endswith("!")
            group = unquote(group.removesuffix("!"))
            if not sign or not group:
                raise UserError(
                    Text(f"--where {word!r}: expected attribute=value or attribute!=value.",
                         f"--where {word!r}：应为 属性=值 或 属性!=值。"), "where")  # fmt: skip
            found.setdefault((group, exclude), []).append(value)
        return cls(tuple(Where(g, tuple(v), out) for (g, out), v in found.items()))

    def as_words(self) -> list[str]:
        """The inverse of `parse`."""
        return [f"{_written(w.group)}{'!' if w.exclude else ''}={v}"
                for w in self.where for v in w.values]  # fmt: skip


def _written(group: str) -> str:
    for sign in "%=!":
        group = group.replace(sign, quote(sign, safe=""))
    return group


EVERYBODY = Population()


@dataclass(frozen=True)
class Group:
    """One way to split the customers: its key, title, and the SQL of (customer_key, group_name)."""

    key: str
    title: Text
    sql: str
    from_data: bool = True  # the title is the user's own text: show it through safe_label


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from: what every page and file must be able to say about a number."""

    as_of: date
    population: Population
    fingerprint: str
    sql: str
    counts: Mapping[str, int] = field(default_factory=dict)  # denominators and exclusions, by name
