"""What a person can tune about the RFM view."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from analytics.params import DAYS, ParameterError, Params, knob
from analytics.rfm import segment_map
from analytics.text import Text

BASES = {
    "turnover": Text("All movements, absolute", "收支合计（绝对值）"),
    "credits": Text("Money in", "流入金额"),
    "debits": Text("Money out", "流出金额"),
    "net": Text("Net (in minus out)", "净流入"),
}
CUTS = {
    "percentile": Text("Equal shares of customers", "按客户占比均分"),
    "fixed": Text("Fixed cut-offs", "固定分界值"),
}


@dataclass(frozen=True, kw_only=True)
class RfmParams(Params):
    """Parameters of the RFM view; see the package's docstring for the definitions."""

    title: ClassVar[Text] = Text("RFM", "RFM 价值分析")

    lookback_days: int | None = knob(
        365, Text("Look-back", "观察期"), "int", low=1, slider=(30, 1095, 5), unit=DAYS,
        optional=True, help=Text("The days up to and including the as-of day that count; none is all history.",
                                 "截至日（含）之前计入的天数；none 表示全部历史。"))  # fmt: skip
    basis: str = knob(
        "turnover", Text("Money measure", "金额口径"), "choice", options=BASES,
        help=Text("Which amounts M sums. Refunds and reversals count negative.",
                  "M 汇总哪些金额。退款与冲正计为负。"))  # fmt: skip
    scores: int = knob(
        5, Text("Number of scores", "分档数"), "int", low=3, high=10, slider=(3, 10, 1),
        help=Text("The highest score is best.", "分数越高越好。"))  # fmt: skip
    cuts: str = knob(
        "percentile", Text("Cut by", "分档方式"), "choice", options=CUTS,
        help=Text("Percentile rank with ties averaged, or the cut-offs written below.",
                  "按百分位排名（并列取平均），或按下方的固定分界值。"))  # fmt: skip
    recency_cuts: str = knob(
        "30,60,120,240", Text("Recency cut-offs", "R 分界值"), "text", unit=DAYS, advanced=True,
        help=Text("With fixed cut-offs: the best score up to the first value.",
                  "固定分界时：不超过第一个值得最高分。"))  # fmt: skip
    frequency_cuts: str = knob(
        "2,5,10,20", Text("Frequency cut-offs", "F 分界值"), "text", unit=DAYS, advanced=True,
        help=Text("With fixed cut-offs: the best score from the last value on.",
                  "固定分界时：达到最后一个值得最高分。"))  # fmt: skip
    monetary_cuts: str = knob(
        "1000,5000,20000,100000", Text("Money cut-offs", "M 分界值"), "text", advanced=True,
        help=Text("With fixed cut-offs: the best score from the last value on.",
                  "固定分界时：达到最后一个值得最高分。"))  # fmt: skip
    kinds: tuple[str, ...] | None = knob(
        None, Text("Transaction kinds counted", "计入的交易类型"), "choices", optional=True,
        source="transactions.kind", advanced=True,
        help=Text("Unset counts every kind a customer starts; interest, fees, salary and the like are left out.",
                  "不设置时计入客户主动发起的全部类型；利息、手续费、代发工资等不计入。"))  # fmt: skip
    segments: str = knob(
        segment_map.DEFAULT_MAP, Text("Segment map", "分群规则"), "text", advanced=True,
        help=Text("name: conditions; the first that fits wins. R+ is above the middle score, R- not above, R4-5 a range.",
                  "“名称: 条件”，先匹配者优先。R+ 为高于中间分，R- 为不高于，R4-5 为区间。"))  # fmt: skip

    def check(self) -> None:
        """Refuse a map, cut-offs or kinds that cannot be used."""
        segment_map.parse(self.segments, self.scores)
        if self.kinds == ():
            raise ParameterError(
                Text("kinds: choose at least one kind, or unset it to count all a customer starts.",
                     "kinds：请至少选择一种交易类型，或留空以计入全部客户主动交易。"))  # fmt: skip
        if self.cuts == "fixed":
            for name in ("recency_cuts", "frequency_cuts", "monetary_cuts"):
                self.cut_offs(name)

    def cut_offs(self, name: str) -> list[float]:
        """The `scores - 1` rising numbers written in one of the three cut-off parameters."""
        words = str(getattr(self, name)).replace("，", ",").split(",")
        try:
            found = [float(word) for word in words]
        except ValueError:
            found = []
        rising = all(a < b for a, b in pairwise(found))
        if len(found) != self.scores - 1 or not rising:
            raise ParameterError(
                Text(f"{name}: expected {self.scores - 1} rising numbers for {self.scores} scores, parted by commas.",
                     f"{name}：{self.scores} 个分档需要 {self.scores - 1} 个递增的数值，以逗号分隔。"))  # fmt: skip
        return found
