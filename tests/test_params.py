"""Parameters: bounds, words and JSON both ways, and refusals a person can act on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from analytics.params import DAYS, ParameterError, Params, knob
from analytics.registry import all_analyses, load
from analytics.text import LANGS, Text

WAYS = {"mean": Text("Mean", "均值"), "median": Text("Median", "中位数")}


@dataclass(frozen=True, kw_only=True)
class Probe(Params):
    idle_days: int = knob(90, Text("Idle", "闲置"), "int", low=1, high=999, unit=DAYS)
    support: float | None = knob(
        0.1, Text("Support", "支持度"), "float", low=0, high=1, optional=True
    )
    strict: bool = knob(False, Text("Strict", "严格"), "bool")
    way: str = knob("mean", Text("Way", "方式"), "choice", options=WAYS)
    kinds: tuple[str, ...] | None = knob(None, Text("Kinds", "类型"), "choices", optional=True)
    note: str = knob("", Text("Note", "备注"), "text")

    def check(self) -> None:
        if self.strict and self.support is None:
            raise ParameterError(Text("strict needs a support.", "严格模式需要支持度。"))


@pytest.mark.parametrize("values", [
    {}, {"idle_days": 1}, {"support": None}, {"support": 1.0}, {"strict": True}, {"way": "median"},
    {"kinds": ("a", "b")}, {"kinds": ("card, online", "[x]")}, {"kinds": ("工资", " padded ")},
    {"note": "a=b, c"}, {"by": "region"}, {"by": 'x" --'},
])  # fmt: skip
def test_words_and_json_give_the_same_parameters_back(values):
    params = Probe(**values)
    assert Probe.from_dict(params.as_dict()) == params
    assert Probe.parse(dict(w.split("=", 1) for w in params.as_words())) == params
    assert set(params.changed()) == set(values)
    assert hash(Probe(**values)) == hash(params)


@pytest.mark.parametrize(("values", "message"), [
    ({"idle_days": 0}, "expected 1 to 999 days"), ({"idle_days": 1000}, "expected 1 to 999"),
    ({"idle_days": None}, "must be set"), ({"idle_days": "7"}, "expected a value of kind int, found str"),
    ({"idle_days": 7.5}, "kind int, found float"), ({"idle_days": True}, "kind int, found bool"),
    ({"support": float("nan")}, "expected 0 to 1"), ({"support": -0.1}, "expected 0 to 1"),
    ({"strict": 1}, "kind bool, found int"), ({"way": "medain"}, "Did you mean median"),
    ({"way": "x"}, "expected one of mean, median"), ({"kinds": "a"}, "kind choices, found str"),
    ({"strict": True, "support": None}, "strict needs a support"),
    ({"idel_days": 3}, "Did you mean idle_days"), ({"colour": 1}, "No parameter 'colour'"),
])  # fmt: skip
def test_refused_in_words(values, message):
    with pytest.raises(ParameterError, match=message) as error:
        Probe.from_dict(values)
    assert error.value.text.zh != error.value.text.en


@pytest.mark.parametrize(("words", "message"), [
    ({"idle_days": "many"}, "kind int, found 'many'"), ({"strict": "perhaps"}, "kind bool"),
    ({"suport": "1"}, "Did you mean support"), ({"idle_days": "none"}, "kind int"),
    ({"kinds": "[1]"}, "kind choices"), ({"kinds": "["}, "kind choices"),
])  # fmt: skip
def test_refused_on_the_command_line(words, message):
    with pytest.raises(ParameterError, match=message):
        Probe.parse(words)


@pytest.mark.parametrize(("word", "value"), [
    ("yes", True), ("TRUE", True), ("1", True), ("no", False), ("0", False),
])  # fmt: skip
def test_yes_and_no(word, value):
    assert Probe.parse({"strict": word}).strict is value


def test_by_comes_last_in_every_form():
    assert list(Probe.knobs())[-1] == "by"


@dataclass(frozen=True, kw_only=True)
class Slid(Params):
    share: float = knob(0.2, Text("Share", "占比"), "float", low=0, high=1, slider=(0.1, 0.5, 0.1))
    days: int | None = knob(
        None, Text("Days", "天数"), "int", low=1, slider=(1, 9, 2), optional=True
    )

    def check(self) -> None:
        if self.days == 5:
            raise ParameterError(Text("not five.", "不能为五。"))


@pytest.mark.parametrize(("values", "expected"), [
    ({}, [(0.1, None), (0.3, None), (0.4, None)]),  # 0 lies below the slider, days are not set
    ({"share": 0.5}, [(0.4, None), (0.3, None)]),
    ({"share": 0.2, "days": 7}, [(0.1, 7), (0.3, 7), (0.2, 9), (0.4, 7), (0.2, 3)]),  # 5 is refused
])  # fmt: skip
def test_the_next_moves_of_sliders_are_the_nearest_values_that_can_be_asked(values, expected):
    assert [(one.share, one.days) for one in Slid(**values).beside("share", "days")] == expected


@pytest.mark.parametrize(("key", "expected"), [
    ("rules", [{"min_support": 0.0095}, {"min_support": 0.0105}, {"min_confidence": 0.24}, {"min_confidence": 0.26},
               {"min_support": 0.009}, {"min_support": 0.011}, {"min_confidence": 0.23}, {"min_confidence": 0.27}]),
    ("lifecycle", [{"dormant_days": 89}, {"dormant_days": 91}, {"dormant_days": 88}, {"dormant_days": 92}]),
])  # fmt: skip
def test_what_an_analysis_prepares_is_what_its_slider_asks_for(key, expected):
    analysis = load(key)
    assert [one.changed() for one in analysis.ahead(analysis.params())] == expected


@pytest.mark.parametrize("analysis", all_analyses(), ids=lambda a: a.key)
def test_every_registered_parameter_is_described_and_its_slider_lies_in_its_bounds(analysis):
    for name, one in analysis.params.knobs().items():
        assert all(one.label(lang) and one.help(lang) for lang in LANGS), name
        if one.slider:
            low, high, step = one.slider
            assert low < high, name
            assert step > 0, name
            one.check(name, low)
            one.check(name, high)
