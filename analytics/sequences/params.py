"""What a person can tune about sequences: how they are built, compared, and what is mined from them.

Why a gap of a week by default and not of a month: on a busy log nearly every step follows every
other within 30 days. On an invented bank of 2,000 customers a gap of 7 days gives 10,308 patterns at
5 %, one of 30 days more than 20,000 up to a support of 40 %, all of them alike.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import ClassVar

from analytics.params import DAYS, MONTHS, SHARE, Knob, ParameterError, Params, knob
from analytics.sequences.alphabet import parse_edits
from analytics.text import Text

MINUTES, STEPS = Text("minutes", "分钟"), Text("steps", "步")
SOURCES = {
    "auto": Text("What the extract holds", "按数据自动选择"),
    "events": Text("App events", "行为事件"), "transactions": Text("Transactions", "交易流水"),
    "products": Text("Product openings and closings", "产品开立与销户"),
    "all": Text("All of them together", "全部合并"),
}  # fmt: skip
TOKENS = {
    "kind": Text("Event or kind", "事件或交易类型"), "channel": Text("Channel", "渠道"),
    "page": Text("Page", "页面"), "product": Text("Product", "产品"),
    "amount_band": Text("Amount band", "金额档"),
    "kind_channel": Text("Kind and channel", "类型 + 渠道"),
    "kind_result": Text("Kind and result", "类型 + 结果"),
    "kind_product": Text("Kind and product", "类型 + 产品"),
    "kind_band": Text("Kind and amount band", "类型 + 金额档"),
}  # fmt: skip
UNITS = {"customer": Text("Customer", "客户"), "session": Text("Session", "会话")}
KEEPS = {"all": Text("All", "全部"), "closed": Text("Closed", "闭合模式"),
         "maximal": Text("Maximal", "极大模式")}  # fmt: skip
COMPARE = {
    "auto": Text("Groups, else lost and kept", "分组；无分组比流失与留存"),
    "lost": Text("Lost and kept", "流失与留存"),
    "event": Text("Outcome event and none", "发生与未发生目标事件"),
    "groups": Text("One group and the rest", "一组与其余"), "none": Text("No comparison", "不比较"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BuildParams(Params):
    """How one sequence per customer (or session) is made; every chain of behaviour shares it."""

    source: str = knob(
        "auto", Text("Source", "来源"), "choice", options=SOURCES,
        help=Text("Where the steps come from; by itself events, else transactions, else products.",
                  "步骤的来源；自动时依次取行为事件、交易流水、产品。"))  # fmt: skip
    token: str = knob(
        "kind", Text("Step", "步骤口径"), "choice", options=TOKENS,
        help=Text("What a step is called; what a source does not hold falls back to its kind.",
                  "步骤按什么命名；来源没有该信息时用类型。"))  # fmt: skip
    collapse: bool = knob(
        True, Text("Collapse repeats", "合并连续重复"), "bool",
        help=Text("login, login, login counts as one login.", "连续多次相同步骤记为一次。"))  # fmt: skip
    unit: str = knob(
        "customer", Text("Sequence of a", "序列单位"), "choice", options=UNITS,
        help=Text("One sequence per customer, or one per session.", "每位客户一条序列，或每次会话一条。"))  # fmt: skip
    session_minutes: int = knob(
        30, Text("Session time-out", "会话超时"), "int", low=1, slider=(5, 240, 5), unit=MINUTES,
        advanced=True, help=Text("A longer silence begins a new session.", "间隔超过此时长即为新会话。"))  # fmt: skip
    lookback_days: int | None = knob(
        None, Text("Look-back", "观察期"), "int", low=1, slider=(30, 1095, 5), unit=DAYS, optional=True,
        help=Text("The days up to and including the as-of day that count; none is all history, or the last "
                  "365 days where that holds more steps than most_steps.",
                  "截至日（含）之前计入的天数；none 表示全部历史，步骤数超过 most_steps 时仅取最近 365 天。"))  # fmt: skip
    most_steps: int = knob(
        5_000_000, Text("Most steps of all history", "全历史步骤上限"), "int", low=1,
        slider=(500_000, 50_000_000, 500_000), unit=STEPS, advanced=True,
        help=Text("With more steps than this and no look-back set, only the last 365 days count.",
                  "未设观察期且步骤数超过此值时，仅取最近 365 天。"))  # fmt: skip
    bands: str = knob(
        "1000,10000,100000", Text("Amount bands", "金额分档"), "text", advanced=True,
        help=Text("Rising limits of the amount bands, parted by commas.", "递增的金额分界值，以逗号分隔。"))  # fmt: skip
    alphabet: str = knob(
        "", Text("Merge, rename, hide", "合并、改名、隐藏"), "text", advanced=True,
        help=Text("`new: old, old; -: hidden` gives steps a new name or hides them.",
                  "“新名: 旧名, 旧名; -: 要隐藏的”，用于合并、改名或隐藏步骤。"))  # fmt: skip

    def check(self) -> None:
        """Refuse bands or edits of the alphabet that cannot be read."""
        self.band_limits()
        parse_edits(self.alphabet)

    def built_from(self) -> tuple[Hashable, ...]:
        """Everything that decides the sequences: two runs that agree on it share them."""
        return tuple(getattr(self, one.name) for one in fields(BuildParams) if one.name != "by")

    def band_limits(self) -> list[float]:
        """The rising limits of the amount bands."""
        try:
            found = [
                float(word) for word in self.bands.replace("，", ",").split(",") if word.strip()
            ]
        except ValueError:
            found = []
        if not found or any(a >= b for a, b in pairwise(found)) or found[0] <= 0:
            raise ParameterError(Text("bands: expected rising positive numbers, parted by commas.",
                                      "bands：应为递增的正数，以逗号分隔。"))  # fmt: skip
        return found


@dataclass(frozen=True, kw_only=True)
class CompareParams(BuildParams):
    """Which two groups of customers are held against each other, and over which steps."""

    compare: str = knob(
        "auto", Text("Compare", "对比"), "choice", options=COMPARE,
        help=Text("Which two groups are held against each other.", "对比哪两组客户。"))  # fmt: skip
    group_a: str = knob(
        "", Text("Group", "对比组"), "text", advanced=True,
        help=Text("With a breakdown: the value held against the rest; empty is the smallest large enough.",
                  "分组对比时与其余比较的取值；留空取足够大的最小组。"))  # fmt: skip
    outcome_event: str = knob(
        "", Text("Outcome event", "目标事件"), "text",
        help=Text("An event or transaction kind whose run-up is compared; empty takes the most frequent that opens a "
                  "deposit.",
                  "以某事件或交易类型为目标，比较其之前的行为；留空取最常见的存款开立事件。"))  # fmt: skip
    lost_days: int | None = knob(
        180, Text("Lost after", "流失界定"), "int", low=1, slider=(30, 365, 5), unit=DAYS, optional=True,
        advanced=True, help=Text(
            "Idle days at the as-of day that make a customer lost; kept are those idle for less than half. "
            "None: nobody counts as lost.",
            "截至日闲置达到该天数为流失；闲置不足一半者为留存；none 表示不设流失。"))  # fmt: skip
    exposure_days: int = knob(
        60, Text("Exposure", "观察窗口"), "int", low=1, slider=(14, 180, 1), unit=DAYS,
        help=Text("Days before each customer's own cut-off that are compared; the same for both groups.",
                  "两组客户各自截止日之前同样长度的对比窗口。"))  # fmt: skip
    min_group: int = knob(
        10, Text("Smallest group", "最小组规模"), "int", low=1, slider=(5, 200, 5), advanced=True,
        unit=Text("customers", "位"), help=Text("Smaller groups are not compared.", "小于此规模的组不作对比。"))  # fmt: skip
    alpha: float = knob(
        0.05, Text("False discoveries", "错误发现率"), "float", low=1e-6, high=0.5, slider=(0.01, 0.2, 0.01),
        unit=SHARE, advanced=True, help=Text("Share of false discoveries accepted.", "可接受的错误发现比例。"))  # fmt: skip
    seed: int = knob(
        1, Text("Seed", "随机种子"), "int", low=0, slider=(0, 100, 1), advanced=True,
        help=Text("Fixes every draw: matched days, shuffles, samples, resamples and random starts.",
                  "固定所有随机过程：匹配日期、置换、抽样、重抽样与随机起点。"))  # fmt: skip

    @classmethod
    def knobs(cls) -> dict[str, Knob]:
        """Every parameter, those of the comparison behind the analysis' own, `by` last."""
        found, theirs = super().knobs(), {f.name for f in fields(CompareParams)}
        theirs -= {f.name for f in fields(BuildParams)}
        late = {name: found.pop(name) for name in [*found] if name in theirs or name == "by"}
        return {**found, **late}

    def check(self) -> None:
        """Refuse a comparison of two groups that these settings do not make."""
        super().check()
        if self.compare == "lost" and self.lost_days is None:
            raise ParameterError(Text("compare = lost: set lost_days, which says who is lost.",
                                      "compare = lost 时请设置 lost_days，以界定流失。"))  # fmt: skip
        if self.compare == "groups" and self.by is None:
            raise ParameterError(
                Text(
                    "compare = groups: choose what to break down by.",
                    "compare = groups 时请选择分组维度。",
                )
            )


@dataclass(frozen=True, kw_only=True)
class MineParams(CompareParams):
    """Parameters of frequent patterns, their rules, and the comparison of two groups."""

    title: ClassVar[Text] = Text("Sequences", "行为序列")

    min_support: float = knob(
        0.05, Text("Minimum support", "最小支持度"), "float", low=1e-9, high=1, slider=(0.01, 0.5, 0.01),
        unit=SHARE, help=Text("Share of sequences that must hold a pattern; compared as a whole number of them.",
                              "包含该模式的序列占比下限，按整数条数比较。"))  # fmt: skip
    max_length: int = knob(
        4, Text("Longest pattern", "最长模式"), "int", low=1, slider=(2, 6, 1), unit=STEPS,
        help=Text("Most steps of a pattern.", "模式最多包含的步数。"))  # fmt: skip
    max_gap_days: float | None = knob(
        7.0, Text("Longest gap", "最大间隔"), "float", low=0, slider=(1, 180, 1), unit=DAYS, optional=True,
        help=Text("Most days (24 hours each) between two steps in a row; none lifts the limit. A week by default: "
                  "for a busy customer nearly every step follows every other within a month, so that a longer "
                  "gap gives patterns beyond max_patterns before it gives news.",
                  "相邻两步之间的最长天数（每天 24 小时）；none 表示不限。默认一周：活跃客户在一个月内几乎任意两步都会先后出现，"
                  "放宽间隔会先使模式数超过 max_patterns，而不会带来新发现。"))  # fmt: skip
    max_gap_steps: int | None = knob(
        None, Text("Longest gap in steps", "最大步数间隔"), "int", low=1, slider=(1, 10, 1), unit=STEPS,
        optional=True, help=Text("Most positions between two steps in a row; 1 means consecutive.",
                                 "相邻两步的最大位置差；1 表示必须连续。"))  # fmt: skip
    window_days: float | None = knob(
        None, Text("Window", "时间窗"), "float", low=0, slider=(1, 365, 1), unit=DAYS, optional=True,
        help=Text("Most days from the first step of a pattern to its last.", "模式首末两步之间的最长天数。"))  # fmt: skip
    min_gap_days: float = knob(
        0.0, Text("Shortest gap", "最小间隔"), "float", low=0, slider=(0, 30, 1), unit=DAYS, advanced=True,
        help=Text("Fewest days between two steps in a row.", "相邻两步之间的最短天数。"))  # fmt: skip
    min_gap_steps: int = knob(
        1, Text("Shortest gap in steps", "最小步数间隔"), "int", low=1, slider=(1, 5, 1), unit=STEPS,
        advanced=True, help=Text("Fewest positions between two steps in a row.", "相邻两步的最小位置差。"))  # fmt: skip
    strict_time: bool = knob(
        True, Text("Later in time", "严格先后"), "bool", advanced=True,
        help=Text("Two steps of the same moment have no order; off, the order of their names is taken.",
                  "同一时刻的步骤不分先后；关闭时按名称排序。"))  # fmt: skip
    keep: str = knob(
        "all", Text("Patterns kept", "保留哪些模式"), "choice", options=KEEPS, advanced=True,
        help=Text("Closed: no longer pattern has the same support; maximal: no longer one is frequent. "
                  "Not valid under a gap or window limit.",
                  "闭合：没有更长模式具有相同支持度；极大：没有更长的频繁模式。有间隔或时间窗限制时不成立。"))  # fmt: skip
    max_patterns: int = knob(
        20_000, Text("Most patterns", "模式数上限"), "int", low=1, slider=(1000, 100_000, 1000), advanced=True,
        help=Text("Refuse, with advice, beyond this many.", "超过此数即停止并给出建议。"))  # fmt: skip
    top: int | None = knob(
        None, Text("Best only", "仅保留前"), "int", low=1, slider=(10, 500, 10), optional=True, advanced=True,
        help=Text("Keep this many patterns of two steps or more, the most frequent first.",
                  "只保留支持度最高的若干个（两步及以上）模式。"))  # fmt: skip
    contains: str = knob(
        "", Text("Must contain", "必须包含"), "text", advanced=True,
        help=Text("Steps that a pattern must hold, parted by commas.", "模式必须包含的步骤，以逗号分隔。"))  # fmt: skip
    starts_with: str = knob(
        "", Text("Starts with", "起始步骤"), "text", advanced=True,
        help=Text("The first step of a pattern.", "模式的第一步。"))  # fmt: skip
    ends_with: str = knob(
        "", Text("Ends with", "结束步骤"), "text", advanced=True,
        help=Text("The last step of a pattern.", "模式的最后一步。"))  # fmt: skip
    min_confidence: float = knob(
        0.1, Text("Minimum confidence", "最小置信度"), "float", low=0, high=1, slider=(0.05, 0.95, 0.05),
        unit=SHARE, help=Text("Of those who did the first steps in order, the share that went on to the last.",
                              "依次完成前几步的客户中继续完成最后一步的占比。"))  # fmt: skip
    permutations: int = knob(
        200, Text("Permutations", "置换次数"), "int", low=0, slider=(0, 2000, 100), advanced=True,
        help=Text("Shuffles of the group labels behind a claim; 0 leaves the claim out.",
                  "用于严格结论的标签置换次数；0 表示不做。"))  # fmt: skip

    def check(self) -> None:
        """Refuse contradictions, with the reason."""
        super().check()
        limited = (self.max_gap_days, self.max_gap_steps, self.window_days) != (None, None, None)
        if self.keep != "all" and (limited or self.min_gap_steps > 1 or self.min_gap_days > 0):
            raise ParameterError(
                Text("keep: closed and maximal patterns are not defined under a gap or window limit, because "
                     "there a shorter pattern may be rarer than a longer one. Set max_gap_days, max_gap_steps "
                     "and window_days to none, or keep all.",
                     "keep：有间隔或时间窗限制时，较短的模式可能比较长的更少见，闭合与极大模式没有意义。"
                     "请将 max_gap_days、max_gap_steps、window_days 设为 none，或保留全部。"))  # fmt: skip
        if self.max_gap_days is not None and self.min_gap_days > self.max_gap_days:
            raise ParameterError(
                Text(
                    "min_gap_days is larger than max_gap_days.", "min_gap_days 大于 max_gap_days。"
                )
            )
        if self.max_gap_steps is not None and self.min_gap_steps > self.max_gap_steps:
            raise ParameterError(
                Text(
                    "min_gap_steps is larger than max_gap_steps.",
                    "min_gap_steps 大于 max_gap_steps。",
                )
            )


__all__ = ["DAYS", "MONTHS", "BuildParams", "CompareParams", "MineParams"]
