"""What a person can tune about the tiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from analytics.params import DAYS, SHARE, ParameterError, Params, knob
from analytics.text import Text

MEASURES = {
    "balance": Text("Balance", "余额"),
    "turnover": Text("Amount moved", "交易总额"),
    "score": Text("Weighted RFM score", "RFM 加权得分"),
}
CUTS = {
    "shares": Text("Shares of customers", "按客户占比"),
    "jenks": Text("Natural breaks (Jenks)", "自然断点（Jenks）"),
    "fixed": Text("Fixed amounts", "固定金额"),
}
WEIGHT = Text("weight", "权重")


def _weight(en: str, zh: str) -> float:
    return knob(1.0, Text(en, zh), "float", low=0, high=100, slider=(0, 5, 0.5), advanced=True,
                help=Text("How much it counts in the weighted score.", "在加权得分中的权重。"))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TiersParams(Params):
    """Parameters of the tiers; see the package's docstring for the definitions."""

    title: ClassVar[Text] = Text("Tiers", "客户分层")

    measure: str | None = knob(
        None, Text("Value by", "价值口径"), "choice", options=MEASURES, optional=True,
        help=Text("Unset takes the balance, or the amount moved where no balance is known.",
                  "不设置时取余额；无余额时取交易总额。"))  # fmt: skip
    cuts: str = knob(
        "shares", Text("Cut by", "分层方式"), "choice", options=CUTS,
        help=Text("Where middle and high value begin.", "中、高价值的起点如何确定。"))  # fmt: skip
    high_share: float = knob(
        0.2, Text("High", "高价值占比"), "float", low=0.01, high=0.98, slider=(0.05, 0.5, 0.05), unit=SHARE,
        help=Text("With shares: this part of the customers is of high value.", "按占比分层时高价值客户的占比。"))  # fmt: skip
    middle_share: float = knob(
        0.3, Text("Middle", "中价值占比"), "float", low=0.01, high=0.98, slider=(0.05, 0.5, 0.05), unit=SHARE,
        help=Text("With shares: the next part is of middle value.", "按占比分层时中价值客户的占比。"))  # fmt: skip
    high_from: float = knob(
        500_000.0, Text("High from", "高价值起点"), "float", low=0, slider=(10_000, 5_000_000, 10_000), advanced=True,
        help=Text("With fixed amounts.", "按固定金额分层时使用。"))  # fmt: skip
    middle_from: float = knob(
        50_000.0, Text("Middle from", "中价值起点"), "float", low=0, slider=(1_000, 500_000, 1_000), advanced=True,
        help=Text("With fixed amounts.", "按固定金额分层时使用。"))  # fmt: skip
    frequent_days: int = knob(
        52, Text("Frequent from", "高频起点"), "int", low=1, slider=(5, 200, 1), unit=DAYS,
        help=Text("Active days in the look-back from which a customer is frequent.", "观察期内活跃天数达到该值为高频客户。"))  # fmt: skip
    occasional_days: int = knob(
        12, Text("Occasional from", "中频起点"), "int", low=1, slider=(1, 52, 1), unit=DAYS,
        help=Text("Active days from which a customer is occasional; fewer is rare.", "活跃天数达到该值为中频客户，更少为低频。"))  # fmt: skip
    aggressive_share: float = knob(
        0.3, Text("Aggressive from", "进取型起点"), "float", low=0, high=1, slider=(0.05, 0.9, 0.05), unit=SHARE, advanced=True,
        help=Text("Share of the balance in wealth products, where no risk level is given.", "未提供风险等级时，理财占余额的比例达到该值。"))  # fmt: skip
    conservative_share: float = knob(
        0.5, Text("Conservative from", "保守型起点"), "float", low=0, high=1, slider=(0.05, 0.9, 0.05), unit=SHARE, advanced=True,
        help=Text("Share of the balance in deposits, where no risk level is given.", "未提供风险等级时，定期与储蓄占余额的比例达到该值。"))  # fmt: skip
    wealthy_from: float = knob(
        600_000.0, Text("High net worth from", "高净值起点"), "float", low=0, slider=(50_000, 10_000_000, 50_000), advanced=True,
        help=Text("Balance, where no customer type is given.", "未提供客户类型时，余额达到该值视为高净值。"))  # fmt: skip
    business_receipts: int = knob(
        60, Text("Business from", "小微起点"), "int", low=1, slider=(10, 500, 10), advanced=True,
        help=Text("Credits a customer received in the look-back, where no customer type is given.",
                  "未提供客户类型时，观察期内入账笔数达到该值视为小微企业。"))  # fmt: skip
    company_turnover: float = knob(
        5_000_000.0, Text("Company from", "公司起点"), "float", low=0, slider=(500_000, 50_000_000, 500_000), advanced=True,
        help=Text("Amount moved by a business, where no customer type is given.", "未提供客户类型时，经营类客户交易总额达到该值视为公司客户。"))  # fmt: skip
    recency_weight: float = _weight("Weight of recency", "最近一次权重")
    frequency_weight: float = _weight("Weight of frequency", "频率权重")
    money_weight: float = _weight("Weight of money", "金额权重")
    lookback_days: int = knob(
        365, Text("Look-back", "观察期"), "int", low=1, high=36500, slider=(30, 1095, 5), unit=DAYS,
        help=Text("The days up to and including the as-of day that count.", "截至日（含）之前计入的天数。"))  # fmt: skip
    compare_days: int | None = knob(
        None, Text("Compare with days earlier", "与此前对比"), "int", low=1, high=36500, slider=(30, 730, 5), unit=DAYS,
        optional=True, help=Text("Who moved between the value tiers since, at today's cut-offs.",
                                 "按当前分界值，查看价值层级的迁移。"))  # fmt: skip

    def check(self) -> None:
        """Refuse cut-offs in the wrong order and weights that add up to nothing."""
        if self.high_share + self.middle_share >= 1:
            raise ParameterError(Text("high_share and middle_share must leave somebody for the low tier.",
                                      "high_share 与 middle_share 之和须小于 1。"))  # fmt: skip
        if self.middle_from >= self.high_from or self.occasional_days >= self.frequent_days:
            raise ParameterError(Text("The higher tier must begin above the next: check middle_from, high_from, occasional_days, frequent_days.",
                                      "高一层的起点须高于下一层：请检查 middle_from、high_from、occasional_days、frequent_days。"))  # fmt: skip
        if self.recency_weight + self.frequency_weight + self.money_weight <= 0:
            raise ParameterError(
                Text("At least one weight must be above 0.", "至少一个权重须大于 0。")
            )
