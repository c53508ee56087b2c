"""What a person can tune about learning a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from analytics.params import DAYS, SHARE, Params, knob
from analytics.text import Text

MODELS = {
    "tree": Text("Decision tree", "决策树"),
    "forest": Text("Random forest", "随机森林"),
    "logistic": Text("Logistic regression", "逻辑回归"),
    "svm": Text("Support vector machine", "支持向量机"),
}
SPLITS = {
    "customers": Text("Other customers", "留出客户"),
    "time": Text("Other customers, later day", "留出客户与较晚日期"),
}


@dataclass(frozen=True, kw_only=True)
class ClassesParams(Params):
    """Parameters of the classes; see the package's docstring for the definitions."""

    title: ClassVar[Text] = Text("Classes", "客户分类预测")

    label: str | None = knob(
        None, Text("Label to foretell", "预测标签"), "choice", source="groups", optional=True,
        help=Text("An attribute or kept audience; unset takes the customer type, else the first attribute of few values.",
                  "任一属性或已保存客群；不设置时取客户类型，否则取首个取值较少的属性。"))  # fmt: skip
    target: str = knob(
        "", Text("Class to find", "目标类别"), "text",
        help=Text("The value whose customers are looked for; empty takes the rarest.", "要寻找的取值；留空则取最少见的一类。"))  # fmt: skip
    model: str = knob(
        "forest", Text("Model", "模型"), "choice", options=MODELS,
        help=Text("All four are judged side by side; this one is shown in detail.", "四种模型并列评估，此处选择详细展示的一种。"))  # fmt: skip
    split: str = knob(
        "customers", Text("Judged on", "评估对象"), "choice", options=SPLITS,
        help=Text("Customers the model has not seen; by time it is taught on an earlier day too.",
                  "模型未见过的客户；选择较晚日期时，模型在更早一天的数据上训练。"))  # fmt: skip
    capacity: int = knob(
        100, Text("Capacity", "处理能力"), "int", low=1, slider=(10, 2000, 10), unit=Text("customers", "位客户"),
        help=Text("How many customers a team can take on; it sets the threshold.", "团队可处理的客户数，由此确定阈值。"))  # fmt: skip
    lookback_days: int = knob(
        365, Text("Look-back", "观察期"), "int", low=1, high=36500, slider=(30, 1095, 5), unit=DAYS,
        help=Text("The days up to and including the as-of day that count.", "截至日（含）之前计入的天数。"))  # fmt: skip
    judged_share: float = knob(
        0.3, Text("Set aside", "留出比例"), "float", low=0.05, high=0.9, slider=(0.1, 0.5, 0.05), unit=SHARE, advanced=True,
        help=Text("Share of the labelled customers the models never see.", "模型不可见的已标注客户比例。"))  # fmt: skip
    split_days: int = knob(
        180, Text("Taught days earlier", "训练提前天数"), "int", low=1, high=36500, slider=(30, 730, 5), unit=DAYS, advanced=True,
        help=Text("With the later day: how long before the as-of day the models are taught.",
                  "选择较晚日期时，训练日早于截至日的天数。"))  # fmt: skip
    depth: int = knob(
        6, Text("Depth of the tree", "决策树深度"), "int", low=1, high=30, slider=(2, 12, 1), advanced=True,
        help=Text("Most questions the decision tree asks one after the other.", "决策树连续提问的最大次数。"))  # fmt: skip
    seed: int = knob(
        0, Text("Seed", "随机种子"), "int", low=0, high=2**31 - 1, slider=(0, 100, 1), advanced=True,
        help=Text("The same seed gives the same answer.", "相同种子得到相同结果。"))  # fmt: skip
