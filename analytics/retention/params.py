"""What a person can tune about retention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from analytics.params import DAYS, ParameterError, Params, knob
from analytics.retention import brackets
from analytics.retention.brackets import Steps
from analytics.text import Text

TITLE = Text("Retention", "留存分析")
UNITS = {"month": Text("Months", "按月"), "week": Text("Weeks", "按周")}
REFERENCES = {
    "first_act": Text("First active day", "首个活跃日"),
    "opening": Text("Opening day", "开户日"),
}
COUNTING = {"on": Text("On", "当期"), "on_or_after": Text("On or after", "当期或之后"),
            "streak": Text("Every period so far", "连续每期")}  # fmt: skip
SHOW = {"rate": Text("Customers", "客户"), "balance_rate": Text("Balance", "余额")}


@dataclass(frozen=True, kw_only=True)
class RetentionParams(Params):
    """Parameters of the retention view."""

    title: ClassVar[Text] = TITLE

    unit: str = knob("month", Text("Periods", "周期"), "choice", options=UNITS,
                     help=Text("Calendar months or ISO weeks.", "自然月或 ISO 周。"))  # fmt: skip
    reference: str = knob("first_act", Text("Cohort by", "分群依据"), "choice", options=REFERENCES,
                          help=Text("The day that puts a customer into a cohort.", "决定客户所属同期群的日期。"))  # fmt: skip
    counting: str = knob("on", Text("Retained if active", "留存口径"), "choice", options=COUNTING,
                         help=Text("In the period itself; in it or any later one; in it and every one before.",
                              "当期活跃；当期及以后任一期活跃；自首期起每期均活跃。"))  # fmt: skip
    show: str = knob("rate", Text("Measure", "指标"), "choice", options=SHOW,
                     help=Text("Customers or their balances in the grid.", "矩阵展示客户留存或余额留存。"))  # fmt: skip
    occurrences: int = knob(1, Text("Active days a period", "每期活跃天数"), "int", low=1, high=366, slider=(1, 15, 1), unit=DAYS,
                            help=Text("Days a customer must be active to count as retained.", "计为留存所需的活跃天数。"))  # fmt: skip
    periods: int = knob(12, Text("Periods shown", "展示期数"), "int", low=1, high=520, slider=(3, 36, 1),
                        help=Text("How many periods after the cohort's own.", "同期群之后展示的期数。"))  # fmt: skip
    brackets: str = knob("", Text("Brackets of days", "天数区间"), "text", advanced=True,
                         help=Text("Days since the start in place of calendar periods, such as 0, 1, 2-3, 4-7, 8-14, 15-30. Blank: calendar periods.",
                                   "以自起点起的天数区间代替自然周期，例如 0, 1, 2-3, 4-7, 8-14, 15-30；留空则按自然周期。"))  # fmt: skip
    stays_days: int = knob(90, Text("Stays if active from day", "留存判定起点"), "int", low=14, high=3650, slider=(30, 365, 5), unit=DAYS, advanced=True,
                           help=Text("For early behaviour: active in the 30 days that begin so many days after the start.",
                                     "早期行为分析：自起点起该天数后的 30 天内活跃即为留存。"))  # fmt: skip
    first_period: bool = knob(False, Text("With the extract's first period", "包含数据首期"), "bool", advanced=True,
                              help=Text("Its customers had mostly come before.", "该期客户多数此前已来过。"))  # fmt: skip

    @property
    def steps(self) -> Steps:
        """The columns of the grid."""
        return Steps(self.unit, self.periods, brackets.parse(self.brackets))

    def check(self) -> None:
        """Refuse brackets that cannot be read, and balances by bracket."""
        if self.steps.brackets and self.show == "balance_rate":
            raise ParameterError(Text(
                "Balances are known by period, not by bracket of days: show customers, or leave the brackets blank.",
                "余额按自然周期统计，不支持天数区间：请改为展示客户，或将区间留空。"))  # fmt: skip
