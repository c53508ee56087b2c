"""Declarative parameters: one dataclass field says value, bounds, unit, help and slider range.

The page builds its form, the command line its `--set`, the README its table and the tests their
edge cases from the same field. Two ranges are kept apart on purpose: `low` and `high` are what the
engine accepts, `slider` is what a page offers by default; a script may go beyond the slider.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields, replace
from difflib import get_close_matches
from itertools import product
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

from analytics.text import NO_TEXT, Text, UserError

Kind = Literal["int", "float", "bool", "choice", "choices", "text"]
DAYS = Text("days", "天")
MONTHS = Text("months", "个月")
SHARE = Text("share", "占比")


class ParameterError(UserError):
    """A parameter that is unknown, out of its range, or contradicts another one."""

    def __init__(self, message: Text) -> None:
        super().__init__(message, code="parameter")


@dataclass(frozen=True, kw_only=True)
class Knob:
    """What a page, a script and a reader need to know of one parameter.

    Args:
        label: its name for people.
        kind: `choice` is one key of `options`, `choices` a tuple of keys, `text` free text.
        low: smallest value the engine accepts (inclusive); None means no bound.
        high: largest value the engine accepts (inclusive); None means no bound.
        slider: (low, high, step) offered on the page, inside the bounds.
        options: allowed keys with their titles, for `choice` and `choices`.
        source: `table.column` whose distinct values are the options, known only with a dataset;
            the special source `groups` means any attribute or kept audience to break down by.
        optional: None is allowed and means "not set" (`--set name=none`).
        advanced: shown folded away on the page.
    """

    label: Text
    kind: Kind
    low: float | None = None
    high: float | None = None
    slider: tuple[float, float, float] | None = None
    unit: Text = NO_TEXT
    help: Text = NO_TEXT
    options: Mapping[str, Text] | None = None
    source: str | None = None
    optional: bool = False
    advanced: bool = False

    def parse(self, name: str, word: str) -> Any:
        """The value a command line's word stands for; `none` is None, lists are comma-separated."""
        if self.optional and word.lower() == "none":
            return None
        try:
            return _READERS[self.kind](word)
        except ValueError:
            raise ParameterError(
                Text(f"{name}: expected a value of kind {self.kind}, found {word!r}.",
                     f"{name}：应为 {self.kind} 类型的值，实际为 {word!r}。")) from None  # fmt: skip

    def check(self, name: str, value: Any) -> None:
        """Raise ParameterError if `value` is outside the engine's bounds or options."""
        if value is None:
            if not self.optional:
                raise ParameterError(Text(f"{name} must be set.", f"必须设置 {name}。"))
        elif not _is_of(self.kind, value):
            raise ParameterError(
                Text(f"{name}: expected a value of kind {self.kind}, found {type(value).__name__}.",
                     f"{name}：应为 {self.kind} 类型的值，实际为 {type(value).__name__}。"))  # fmt: skip
        elif self.kind in ("int", "float"):
            self._check_bounds(name, value)
        elif self.kind in ("choice", "choices") and self.options is not None:
            self._check_options(name, (value,) if self.kind == "choice" else value)

    def _check_bounds(self, name: str, value: float) -> None:
        low = float("-inf") if self.low is None else self.low
        high = float("inf") if self.high is None else self.high
        if not (low <= value <= high):  # also refuses nan
            raise ParameterError(
                Text(f"{name} = {value}: expected {low:g} to {high:g} {self.unit.en}".rstrip() + ".",
                     f"{self.label.zh}（{name}）= {value}：应在 {low:g} 至 {high:g}{self.unit.zh}之间。"))  # fmt: skip

    def _check_options(self, name: str, values: tuple[str, ...]) -> None:
        assert self.options is not None
        allowed = ", ".join(self.options)
        for value in values:
            if value not in self.options:
                near = get_close_matches(str(value), list(self.options), 1)
                hint = Text(f" Did you mean {near[0]}?", f"是否为 {near[0]}？") if near else NO_TEXT
                raise ParameterError(
                    Text(f"{name} = {value!r}: expected one of {allowed}.{hint.en}",
                         f"{self.label.zh}（{name}）= {value!r}：应为以下之一：{allowed}。{hint.zh}"))  # fmt: skip


def _bool(word: str) -> bool:
    if word.lower() not in {"true", "false", "yes", "no", "1", "0"}:
        raise ValueError(word)
    return word.lower() in {"true", "yes", "1"}


def _choices(word: str) -> tuple[str, ...]:
    """Keys parted by commas; as a JSON list where a key itself holds a comma."""
    if word.startswith("["):
        found = json.loads(word)
        if not all(isinstance(one, str) for one in found):
            raise ValueError(word)
        return tuple(found)
    return tuple(part.strip() for part in word.split(",") if part.strip())


_READERS: dict[Kind, Any] = {
    "int": int, "float": float, "bool": _bool, "choice": str, "text": str, "choices": _choices,
}  # fmt: skip


def _is_of(kind: Kind, value: Any) -> bool:
    """Whether a value (of a saved story, say) is of the kind; a whole float passes for an int."""
    if kind in ("int", "float"):
        number = isinstance(value, Real) and not isinstance(value, bool)
        return number and (kind == "float" or isinstance(value, Integral) or value == value // 1)
    if kind == "choices":
        return isinstance(value, tuple) and all(isinstance(one, str) for one in value)
    return isinstance(value, bool if kind == "bool" else str)


def knob(default: Any, label: Text, kind: Kind, **facts: Any) -> Any:
    """A dataclass field that is a parameter; `facts` are the other fields of `Knob`."""
    return field(default=default, metadata={"knob": Knob(label=label, kind=kind, **facts)})


@dataclass(frozen=True, kw_only=True)
class Params:
    """Base of every analysis' parameters: checked at construction, hashable, JSON both ways."""

    by: str | None = knob(
        None, Text("Break down by", "分组维度"), "choice", source="groups", optional=True,
        help=Text("Show every figure per value of an attribute or a kept audience.",
                  "按属性或已保存客群拆分所有指标。"))  # fmt: skip

    title: ClassVar[Text] = NO_TEXT

    def __post_init__(self) -> None:
        for name, one in self.knobs().items():
            one.check(name, getattr(self, name))
        self.check()

    def check(self) -> None:
        """Override to refuse combinations of values that contradict each other."""

    @classmethod
    def knobs(cls) -> dict[str, Knob]:
        """Every parameter by name, in the order of declaration (`by` last)."""
        found = {f.name: f.metadata["knob"] for f in fields(cls)}
        return {**{k: v for k, v in found.items() if k != "by"}, "by": found["by"]}

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The default of every parameter."""
        return {f.name: f.default for f in fields(cls) if f.default is not MISSING}

    def beside(self, *names: str, steps: int = 2) -> list[Self]:
        """What the next moves of these sliders ask for: up to so many steps down or up, the nearest first."""
        found = []
        for step, name, sign in product(range(1, steps + 1), names, (-1, 1)):
            value, slider = getattr(self, name), self.knobs()[name].slider
            if value is None or slider is None:
                continue
            low, high, size = slider
            moved = type(value)(round(value + sign * step * size, 10))
            if low <= moved <= high:
                with suppress(
                    ParameterError
                ):  # it contradicts another one, and the page will say so
                    found.append(replace(self, **{name: moved}))
        return found

    @classmethod
    def parse(cls, words: Mapping[str, str]) -> Self:
        """Parameters from `name=word` pairs of a command line; unknown names are refused."""
        knobs = cls._knobs_of(words)
        values: dict[str, Any] = {n: knobs[n].parse(n, word) for n, word in words.items()}
        return cls(**values)

    @classmethod
    def _knobs_of(cls, names: Iterable[str]) -> dict[str, Knob]:
        knobs = cls.knobs()
        for name in names:
            if name not in knobs:
                near = get_close_matches(name, list(knobs), 1)
                hint = Text(f" Did you mean {near[0]}?", f"是否为 {near[0]}？") if near else NO_TEXT
                raise ParameterError(
                    Text(f"No parameter {name!r}; expected one of {', '.join(knobs)}.{hint.en}",
                         f"没有参数 {name!r}；可用参数：{', '.join(knobs)}。{hint.zh}"))  # fmt: skip
        return knobs

    def as_dict(self) -> dict[str, Any]:
        """Plain values by name, ready for JSON; tuples become lists."""
        values = {name: getattr(self, name) for name in self.knobs()}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`; unknown names and wrong kinds are refused."""
        cls._knobs_of(values)
        plain: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**plain)

    def changed(self) -> dict[str, Any]:
        """The parameters that differ from their defaults: what a link or a command line must say."""
        default = self.defaults()
        return {k: v for k, v in self.as_dict().items() if getattr(self, k) != default.get(k)}

    def as_words(self) -> list[str]:
        """`name=word` for every changed parameter, so that `parse` gives these parameters back."""
        return [f"{name}={_word(value)}" for name, value in self.changed().items()]

    def all_words(self, apart: Iterable[str] = ()) -> list[str]:
        """`name=word` for every parameter but those named in `apart`."""
        return [
            f"{name}={_word(value)}"
            for name, value in self.as_dict().items()
            if name not in set(apart)
        ]


def _word(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        plain = all(one == one.strip() and one and not set(one) & set(",[") for one in value)
        return ",".join(value) if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if isinstance(value, bool) else str(value)
