"""What a person can tune about the anomalies view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from analytics.params import DAYS, SHARE, ParameterError, Params, knob
from analytics.text import Text

KINDS = {
    "large_amount": Text("Large amount", "大额交易"),
    "burst": Text("Burst of payments", "短时密集支出"),
    "structuring": Text("Just under a threshold", "临近限额拆分"),
    "in_out_48h": Text("In and out again", "快进快出"),
    "round_trip": Text("Round trip", "资金回流"),
    "dormant_then_large": Text("Large after a long silence", "沉睡后大额"),
    "night": Text("At night", "夜间交易"),
    "new_device_then_large": Text("Large after a new device", "新设备后大额"),
    "balance_change": Text("Lasting change of the balance", "余额突变"),
    "profile": Text("Unusual profile", "行为画像异常"),
}
TIMES = Text("times", "倍")
HOURS = Text("hours", "小时")
CLOCK = Text("o'clock", "点")
POWER = Text("decimal places", "位小数")


@dataclass(frozen=True, kw_only=True)
class AnomalyParams(Params):
    """Parameters of the anomalies view; see the package's docstring for the rules."""

    title: ClassVar[Text] = Text("Anomalies", "异常监测")

    capacity: int = knob(
        20, Text("Cases a day", "每日可核查数"), "int", low=1, slider=(1, 200, 1),
        unit=Text("cases", "件"),
        help=Text("How many cases the team can review a day: the strongest of each day are listed.",
                  "团队每天可核查的案件数，系统列出当日最突出的案件。"))  # fmt: skip
    cut: float = knob(
        0.0, Text("Score from", "得分下限"), "float", low=0.0, high=20.0, slider=(0.0, 15.0, 0.5),
        help=Text("Cases with a lower score are left out of the list; the histogram shows them in grey.",
                  "得分较低的案件不列出，在直方图中以灰色显示。"))  # fmt: skip
    kinds: tuple[str, ...] = knob(
        tuple(KINDS), Text("Rules", "规则"), "choices", options=KINDS,
        help=Text("The rules that may flag.", "启用的规则。"))  # fmt: skip
    large_times: float = knob(
        3.0, Text("Large from", "大额倍数"), "float", low=1.5, slider=(2.0, 15.0, 0.5), unit=TIMES,
        help=Text("Times the customer's usual largest movement from which an amount is large.",
                  "达到客户平常较大交易金额的多少倍视为大额。"))  # fmt: skip
    large_z: float = knob(
        2.0, Text("Robust z from", "稳健 z 值下限"), "float", low=0.0, slider=(0.0, 6.0, 0.1),
        advanced=True,
        help=Text("The amount must also lie this many robust standard deviations above the median.",
                  "金额还须高于中位数若干个稳健标准差。"))  # fmt: skip
    after_times: float = knob(
        3.0, Text("Large after silence or a new device from", "沉睡或换机后大额倍数"), "float", low=1.2,
        slider=(1.5, 10.0, 0.5), unit=TIMES, advanced=True,
        help=Text("Times the usual largest movement, for the first after a silence or on a new device.",
                  "沉睡后首笔或新设备后，达到平常较大金额的多少倍。"))  # fmt: skip
    idle_days: int = knob(
        90, Text("Silence from", "沉睡天数"), "int", low=1, slider=(30, 365, 5), unit=DAYS, advanced=True,
        help=Text("Days without a movement of the customer before a large one.",
                  "大额交易前无交易的天数。"))  # fmt: skip
    device_hours: int = knob(
        24, Text("After a new device, within", "换机后时限"), "int", low=1, slider=(1, 72, 1), unit=HOURS,
        advanced=True,
        help=Text("Hours after the first login on a device not seen before.",
                  "首次在新设备登录后的小时数。"))  # fmt: skip
    rarity: int = knob(
        8, Text("Rarer than", "罕见程度"), "int", low=2, high=30, slider=(3, 15, 1), unit=POWER, advanced=True,
        help=Text("Bursts, splitting and nights are flagged below a probability of one in ten to this power.",
                  "密集支出、拆分与夜间交易：概率低于 10 的负若干次方才提示。"))  # fmt: skip
    burst_count: int = knob(
        6, Text("Burst from", "密集支出笔数"), "int", low=3, slider=(3, 30, 1), advanced=True,
        unit=Text("payments", "笔"),
        help=Text("Fewest payments in a window of 1 hour, 24 hours or 7 days.",
                  "1 小时、24 小时或 7 天内的最少支出笔数。"))  # fmt: skip
    threshold: int = knob(
        50_000, Text("Reporting threshold", "申报限额"), "int", low=1, slider=(1_000, 200_000, 1_000),
        help=Text("Amounts just under it are watched for splitting.", "略低于此金额的交易用于识别拆分。"))  # fmt: skip
    band: float = knob(
        0.1, Text("Just under means within", "临近限额范围"), "float", low=0.01, high=0.5,
        slider=(0.02, 0.2, 0.01), unit=SHARE, advanced=True,
        help=Text("Share of the threshold below it that still counts as just under.",
                  "低于限额多大比例以内视为临近限额。"))  # fmt: skip
    pass_share: float = knob(
        0.9, Text("Leaves again, at least", "流出比例下限"), "float", low=0.1, high=1.0,
        slider=(0.5, 1.0, 0.05), unit=SHARE, advanced=True,
        help=Text("Share of the money that came in that leaves within 48 hours.",
                  "48 小时内流出金额占流入金额的比例。"))  # fmt: skip
    pass_times: float = knob(
        1.4, Text("Came in, at least", "流入倍数下限"), "float", low=0.2, slider=(1.0, 5.0, 0.1),
        unit=TIMES, advanced=True,
        help=Text("Times the usual largest movement that came in within 24 hours.",
                  "24 小时内流入达到平常较大金额的多少倍。"))  # fmt: skip
    trip_days: int = knob(
        5, Text("Round trip within", "回流天数"), "int", low=1, high=60, slider=(1, 14, 1), unit=DAYS,
        advanced=True,
        help=Text("Days in which money passes through two to four customers and returns.",
                  "资金经两至四位客户流转并回到起点的天数。"))  # fmt: skip
    trip_keep: float = knob(
        0.9, Text("Round trip keeps", "回流保留比例"), "float", low=0.1, high=1.0, slider=(0.5, 1.0, 0.05),
        unit=SHARE, advanced=True,
        help=Text("Share of the first amount that must return.", "最终返回金额占首笔金额的比例。"))  # fmt: skip
    night_until: int = knob(
        5, Text("Night ends at", "夜间截止"), "int", low=1, high=12, slider=(3, 7, 1), unit=CLOCK,
        advanced=True,
        help=Text("Night is from midnight to this hour.", "夜间为零点至该时刻。"))  # fmt: skip
    night_count: int = knob(
        3, Text("At night, at least", "夜间笔数下限"), "int", low=2, slider=(2, 10, 1), advanced=True,
        unit=Text("movements", "笔"),
        help=Text("Fewest movements in one night.", "一夜之间的最少笔数。"))  # fmt: skip
    balance_times: float = knob(
        4.0, Text("Balance moves by", "余额变动倍数"), "float", low=1.5, slider=(2.0, 15.0, 0.5),
        unit=TIMES, advanced=True,
        help=Text("Times the usual largest movement that a day adds or takes for good.",
                  "单日净额达到平常较大金额的多少倍，且余额水平持续改变。"))  # fmt: skip
    profiles: float = knob(
        1.0, Text("Unusual profiles", "画像异常比例"), "float", low=0.0, high=100.0,
        slider=(0.0, 20.0, 0.5), unit=Text("per 1,000 customers", "‰"), advanced=True,
        help=Text("Customers listed for their profile by three models together, after all rules; at least five, "
                  "unless set to 0.",
                  "按三种模型综合列出的画像异常客户，排在规则之后；除设为 0 外至少五位。"))  # fmt: skip
    peers: str | None = knob(
        None, Text("Peer groups", "同类客群"), "choice", source="groups", optional=True, advanced=True,
        help=Text("Customers are compared with those of the same value, such as a segment; else with all.",
                  "与同一取值（如同一分群）的客户比较；未设置则与全部客户比较。"))  # fmt: skip
    compare_days: int | None = knob(
        None, Text("Compare with the list of", "与此前名单比较"), "int", low=1, slider=(1, 31, 1),
        unit=Text("days before", "天前"), optional=True, advanced=True,
        help=Text("Adds a table of the cases that are new since then, and of those no longer listed.",
                  "增加一张表，列出此后新增的案件和不再列出的案件。"))  # fmt: skip
    label: str | None = knob(
        None, Text("Known outcome", "已知结果"), "choice", source="groups", optional=True, advanced=True,
        help=Text("An attribute that says yes for customers known to be unusual; else the flag of the risk extract.",
                  "以“是”标明已知异常客户的属性；未设置则采用风险数据中的标识。"))  # fmt: skip
    seed: int = knob(
        7, Text("Seed", "随机种子"), "int", low=0, slider=(0, 100, 1), advanced=True,
        help=Text("Of the isolation forest and of the random sample of days not listed.",
                  "用于孤立森林，以及从未列入名单的日期中抽取随机样本。"))  # fmt: skip

    def check(self) -> None:
        """Refuse an empty list of rules."""
        if not self.kinds:
            raise ParameterError(
                Text("kinds: choose at least one rule.", "kinds：请至少选择一条规则。"))  # fmt: skip

    @property
    def alpha(self) -> float:
        """The tail probability below which bursts, splitting and nights are flagged."""
        return 10.0**-self.rarity
