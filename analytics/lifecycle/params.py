"""What a person can tune about the stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from analytics.params import DAYS, MONTHS, ParameterError, Params, knob
from analytics.text import Text

SCHEMES = {
    "stages": Text("Six stages", "六阶段"),
    "novice": Text("Novice, growing, active, dormant, lost", "新手、成长、活跃、沉睡、流失"),
    "aarrr": Text("AARRR (revenue and referral are no stages of activity)",
                  "AARRR（不含收入与推荐）"),
    "growth": Text("New, growing, mature, declining (by balance)", "新客、成长、成熟、衰退（按余额）"),
}  # fmt: skip
RULES = {
    "fixed": Text("The same days for everybody", "统一天数"),
    "rhythm": Text("Each customer's own rhythm", "按客户自身节奏"),
}


@dataclass(frozen=True, kw_only=True)
class LifecycleParams(Params):
    """Parameters of the stages; see the package's docstring for the definitions."""

    title: ClassVar[Text] = Text("Lifecycle stages", "生命周期阶段")

    dormant_days: int = knob(
        90, Text("Dormant after", "沉睡阈值"), "int", low=1, slider=(14, 365, 1), unit=DAYS,
        help=Text("Idle days from which a customer counts as dormant, that day included.",
                  "闲置达到该天数（含）即为沉睡。"))  # fmt: skip
    lost_days: int = knob(
        180, Text("Lost after", "流失阈值"), "int", low=2, slider=(30, 730, 5), unit=DAYS,
        help=Text("Idle days from which a customer counts as lost, that day included.",
                  "闲置达到该天数（含）即为流失。"))  # fmt: skip
    reactivated_days: int = knob(
        30, Text("Reactivated for", "唤醒期"), "int", low=0, high=3650, slider=(0, 90, 1), unit=DAYS,
        advanced=True, help=Text("Days after the return, the day of return included; then the customer is active.",
                  "自回归当日（含）起的天数，之后计为活跃。"))  # fmt: skip
    active_from: int = knob(
        3, Text("Active from active day number", "第几个活跃日起为活跃"), "int", low=1, high=1000,
        slider=(1, 10, 1), advanced=True, help=Text("Before it, from the first active day on, a customer is activated.",
                                     "在此之前（自首个活跃日起）为已激活。"))  # fmt: skip
    months: int = knob(
        36, Text("Months shown", "展示月数"), "int", low=1, high=600, slider=(3, 60, 1), unit=MONTHS,
        help=Text("Month ends before the as-of day at which the stages are counted.",
                  "截至日之前按月末统计的月数。"))  # fmt: skip
    scheme: str = knob(
        "stages", Text("Names of the stages", "阶段方案"), "choice", options=SCHEMES,
        help=Text("How the main table and the bars name where a customer stands.",
                  "客户明细与阶段图使用的阶段名称。"))  # fmt: skip
    rule: str = knob(
        "fixed", Text("Dormant by", "沉睡判定"), "choice", options=RULES, advanced=True,
        help=Text("Own rhythm: silence that only 5 % of this customer's gaps would exceed; then lost days count as before.",
                  "自身节奏：该客户仅有 5% 的间隔会超过的静默期；流失仍按天数。"))  # fmt: skip
    returns_within_days: int = knob(
        90, Text("False dormant: came back within", "误判沉睡：回归期限"), "int", low=1, high=3650,
        slider=(14, 365, 1), unit=DAYS, advanced=True,
        help=Text("For choosing the threshold: who comes back this soon was not really dormant.",
                  "用于选择阈值：在此期限内回归者视为误判。"))  # fmt: skip
    wake_up_points: float = knob(
        2.0, Text("What if: wake-up rate", "情景：唤醒率"), "float", low=-100, high=100,
        slider=(-5, 20, 0.5), unit=Text("points", "百分点"),
        help=Text("Added to the monthly share of the dormant who return.", "每月沉睡客户回归比例的增量。"))  # fmt: skip
    horizon_months: int = knob(
        12, Text("Forecast", "预测期"), "int", low=1, high=120, slider=(1, 24, 1), unit=MONTHS,
        advanced=True, help=Text("Months the forecast looks ahead, and back for the check against what was observed.",
                  "向前预测并向后回测的月数。"))  # fmt: skip
    holdout_share: float = knob(
        0.1, Text("Hold-out", "对照组比例"), "float", low=0, high=0.9, slider=(0, 0.5, 0.05), advanced=True,
        help=Text("Share of every stage kept out of its action, so that the effect can be measured.",
                  "各阶段中不触达、用于衡量效果的客户比例。"))  # fmt: skip
    seed: int = knob(
        7, Text("Seed", "随机种子"), "int", low=0, high=2**31 - 1, slider=(0, 100, 1), advanced=True,
        help=Text("Of the hold-out draw and of the forecast's band.", "用于对照组抽样与预测区间。"))  # fmt: skip
    kinds: tuple[str, ...] | None = knob(
        None, Text("Transaction kinds counted", "计入的交易类型"), "choices", optional=True,
        source="transactions.kind", advanced=True,
        help=Text("Unset counts every kind a customer starts; interest, fees, salary and the like are left out.",
                  "不设置时计入客户主动发起的全部类型；利息、手续费、代发工资等不计入。"))  # fmt: skip

    def ahead(self) -> list[Self]:
        """The next steps of the threshold that is chosen from the data."""
        return self.beside("dormant_days")

    def check(self) -> None:
        """Refuse thresholds in the wrong order, and an empty list of kinds."""
        if self.lost_days <= self.dormant_days:
            raise ParameterError(Text(
                f"lost_days = {self.lost_days}: expected more than dormant_days = {self.dormant_days}.",
                f"流失阈值 {self.lost_days} 天应大于沉睡阈值 {self.dormant_days} 天。"))  # fmt: skip
        if self.kinds == ():
            raise ParameterError(
                Text("kinds: choose at least one kind, or unset it to count all a customer starts.",
                     "kinds：请至少选择一种交易类型，或留空以计入全部客户主动交易。"))  # fmt: skip
