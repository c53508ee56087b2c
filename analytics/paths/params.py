"""What a person can tune about paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from analytics.params import ParameterError, knob
from analytics.sequences.params import STEPS, CompareParams
from analytics.text import Text

WEIGHTS = {
    "out_probability": Text("Chance of what comes next", "转出概率"),
    "in_probability": Text("Chance of what came before", "转入概率"),
    "count": Text("Transitions", "转移次数"), "customers": Text("Customers", "客户数"),
    "share": Text("Share of all transitions", "占全部转移的比例"),
    "per_customer": Text("Transitions per customer", "客均转移次数"),
    "median_hours": Text("Median time, hours", "用时中位数（小时）"),
    "p95_hours": Text("95th percentile of time, hours", "用时第 95 百分位（小时）"),
}  # fmt: skip
SIDES = {"after": Text("After it", "其后"), "before": Text("Before it", "其前")}
MOST_NODES = 60


@dataclass(frozen=True, kw_only=True)
class PathParams(CompareParams):
    """Parameters of paths."""

    title: ClassVar[Text] = Text("Paths", "行为路径")

    weight: str = knob(
        "out_probability", Text("Edge weight", "边权重"), "choice", options=WEIGHTS,
        help=Text("What the graph and the matrix show of a transition; the table holds all eight.",
                  "图与矩阵展示的转移指标；数据表含全部八项。"))  # fmt: skip
    max_steps: int = knob(
        6, Text("Layers", "展示步数"), "int", low=2, high=20, slider=(2, 10, 1), unit=STEPS,
        help=Text("How many steps of every sequence are laid side by side.", "并列展示每条序列的前几步。"))  # fmt: skip
    top_nodes: int = knob(
        5, Text("Names per layer", "每层步骤数"), "int", low=1, high=20, slider=(2, 8, 1),
        help=Text("The most frequent names of a layer; the others are joined as Other.", "每层最常见的步骤，其余合并为“其他”。"))  # fmt: skip
    anchor: str = knob(
        "", Text("Begin at", "锚点步骤"), "text",
        help=Text("Lay the steps out from the first time this one is taken; empty is from the start.",
                  "从首次出现该步骤处展开；留空则从序列开头。"))  # fmt: skip
    side: str = knob(
        "after", Text("Side of the anchor", "锚点方向"), "choice", options=SIDES, advanced=True,
        help=Text("Steps after the anchor, or those before it, the nearest first.", "展示锚点之后或之前（由近及远）的步骤。"))  # fmt: skip
    search: str = knob(
        "", Text("Find a way", "路径查找"), "text",
        help=Text("Such as `login -> !transfer -> term_open|savings_open`: `*` is any number of steps, `.` exactly one, "
                  "`!a` any number without a, `a|b` either.",
                  "如 `login -> !transfer -> term_open|savings_open`：`*` 为任意多步，`.` 为恰好一步，"
                  "`!a` 为其间不出现 a，`a|b` 为其中之一。"))  # fmt: skip
    min_customers: int = knob(
        1, Text("Fewest customers", "最少客户数"), "int", low=1, slider=(1, 100, 1), advanced=True,
        unit=Text("customers", "位"), help=Text("Leave out rarer transitions.", "不显示客户更少的转移。"))  # fmt: skip

    def check(self) -> None:
        """Refuse more nodes than a reader can follow."""
        super().check()
        if self.max_steps * (self.top_nodes + 2) > MOST_NODES:
            raise ParameterError(
                Text(f"max_steps x (top_nodes + 2): at most {MOST_NODES} nodes can be laid out; lower one of them.",
                     f"max_steps ×（top_nodes + 2）：最多展示 {MOST_NODES} 个节点，请调小其中之一。"))  # fmt: skip
