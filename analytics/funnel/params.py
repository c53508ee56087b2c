"""What a person can tune about a funnel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from analytics.params import DAYS, knob
from analytics.sequences.params import STEPS, BuildParams
from analytics.text import Text

ORDERS = {
    "loose": Text("Other steps may lie between", "中间可有其他步骤"),
    "strict": Text("One directly after the other", "必须紧接"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FunnelParams(BuildParams):
    """Parameters of a funnel."""

    title: ClassVar[Text] = Text("Funnel", "转化漏斗")

    steps: str = knob(
        "", Text("Steps", "漏斗步骤"), "text",
        help=Text("The steps in order, parted by `>`; empty takes the most travelled way.",
                  "依次的步骤，以 > 分隔；留空取最常走的路径。"))  # fmt: skip
    order: str = knob(
        "loose", Text("Order", "顺序"), "choice", options=ORDERS,
        help=Text("Whether other steps may lie between two steps of the funnel.", "漏斗两步之间是否允许其他步骤。"))  # fmt: skip
    window_days: float | None = knob(
        None, Text("Window", "转化窗口"), "float", low=0, slider=(1, 365, 1), unit=DAYS, optional=True,
        help=Text("Most days from the first step to the last.", "从第一步到最后一步的最长天数。"))  # fmt: skip
    exclude: str = knob(
        "", Text("Must not happen between", "中间不得出现"), "text", advanced=True,
        help=Text("Steps that break the way when they lie between, parted by commas.",
                  "出现在途中即视为中断的步骤，以逗号分隔。"))  # fmt: skip
    strict_time: bool = knob(
        True, Text("Later in time", "严格先后"), "bool", advanced=True,
        help=Text("A step must be later than the one before, not of the same moment.",
                  "后一步必须晚于前一步，同一时刻不算。"))  # fmt: skip
    guessed_steps: int = knob(
        4, Text("Steps guessed", "自动步骤数"), "int", low=2, high=10, slider=(2, 8, 1), unit=STEPS, advanced=True,
        help=Text("How many steps to take when none are given.", "未指定步骤时自动选取的步数。"))  # fmt: skip
