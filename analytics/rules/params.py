"""What a person can tune about rules."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import ClassVar, Self

from analytics.params import DAYS, SHARE, ParameterError, Params, knob
from analytics.rules.measures import MEASURES
from analytics.text import Text

BASKETS = {
    "auto": Text("What the extract offers", "按数据自动选择"),
    "products": Text("Products held per customer", "客户持有产品"),
    "orders": Text("The extract's own baskets", "数据自带的订单"),
    "months": Text("Customer and month", "客户按月"),
    "behaviour": Text("Behaviour before an index date", "索引日前后行为"),
}
LEVELS = {
    "product": Text("Product", "产品"), "group": Text("Product group", "产品大类"),
    "both": Text("Product and group", "产品与大类"),
}  # fmt: skip
CORRECTIONS = {
    "bh": Text("False discoveries (Benjamini-Hochberg)", "控制错误发现率（BH）"),
    "holm": Text("Any false rule (Holm)", "控制任一误判（Holm）"),
    "none": Text("None: every rule over the thresholds", "不校正：列出全部达标规则"),
}
ENGINES = {"bits": Text("Packed bits", "位图引擎"), "hmine": Text("mlxtend H-mine", "mlxtend H-mine"),
           "fpgrowth": Text("mlxtend FP-growth", "mlxtend FP-growth")}  # fmt: skip
SETS = {"all": Text("All", "全部"), "closed": Text("Closed", "闭项集"),
        "maximal": Text("Maximal", "极大项集")}  # fmt: skip
HOLDOUTS = {"customers": Text("Customers", "客户"), "months": Text("Later months", "较晚月份")}
NEXT_BY = {"best": Text("What measured best", "实测最佳"), "rules": Text("Rules", "关联规则"),
           "ease": Text("EASE", "EASE 回归"), "popularity": Text("Popularity", "热门程度")}  # fmt: skip
_COMPARISON = re.compile(r"\s*(\w+)\s*(>=|<=|>|<|=)\s*([-+\w.]+)\s*")


def _items(label: Text, help: Text) -> str | None:
    found: str | None = knob(None, label, "text", optional=True, advanced=True, help=help)
    return found


@dataclass(frozen=True, kw_only=True)
class RulesParams(Params):
    """Parameters of the rules view; see the package's docstring for the definitions."""

    title: ClassVar[Text] = Text("Rules", "关联规则")

    baskets: str = knob(
        "auto", Text("A basket is", "一个购物篮"), "choice", options=BASKETS,
        help=Text("Whose items are looked at together. By itself: products, else orders, else months.",
                  "以什么为单位观察共同出现。自动：先产品，其次订单，再次客户月份。"))  # fmt: skip
    min_support: float = knob(
        0.01, Text("Smallest support", "最小支持度"), "float", low=1e-9, high=1.0,
        slider=(0.0005, 0.2, 0.0005), unit=SHARE,
        help=Text("Share of the baskets that hold the whole rule; compared as a whole number, rounded up.",
                  "包含整条规则的篮子占比；按向上取整的篮数比较。"))  # fmt: skip
    min_confidence: float = knob(
        0.25, Text("Smallest confidence", "最小置信度"), "float", low=0.0, high=1.0,
        slider=(0.0, 1.0, 0.01), unit=SHARE,
        help=Text("Share of the antecedent's holders who hold the consequent.",
                  "满足前项者中同时满足后项的占比。"))  # fmt: skip
    min_lift: float | None = knob(
        1.1, Text("Smallest lift", "最小提升度"), "float", low=0.0, slider=(0.0, 5.0, 0.05),
        optional=True, help=Text("Confidence as a multiple of the consequent's share of all baskets.",
                                 "置信度与后项总体占比之比。"))  # fmt: skip
    max_length: int | None = knob(
        3, Text("Most items in a rule", "规则最多项数"), "int", low=2, slider=(2, 5, 1), optional=True,
        help=Text("Both sides together.", "前项与后项合计。"))  # fmt: skip
    correction: str = knob(
        "bh", Text("Correct for many tests", "多重检验校正"), "choice", options=CORRECTIONS,
        help=Text("Over all rules that were tested, not only those shown. Without it nothing is tested or folded.",
                  "对全部被检验的规则校正，而非仅对展示者。不校正时不做检验，也不合并冗余规则。"))  # fmt: skip
    alpha: float = knob(
        0.05, Text("Error rate", "显著性水平"), "float", low=1e-12, high=0.5, slider=(0.001, 0.2, 0.001),
        help=Text("The rate of false rules the correction holds.", "校正后允许的错误率。"))  # fmt: skip
    productive: bool = knob(
        True, Text("Every item must help", "每个前项均有贡献"), "bool", advanced=True,
        help=Text("Tests each item of the antecedent given the others (Webb 2007).",
                  "在其余前项给定时逐项检验（Webb 2007）。"))  # fmt: skip
    redundant: bool = knob(
        False, Text("Show redundant rules", "显示冗余规则"), "bool", advanced=True,
        help=Text("Rules that are no more confident than a simpler one are folded under it.",
                  "置信度不高于更简单规则者，默认并入后者。"))  # fmt: skip
    sort_by: str = knob(
        "lift_low", Text("Best first by", "排序依据"), "choice", options=MEASURES, advanced=True,
        help=Text("The lower end of the interval prefers what is well supported.",
                  "按区间下限排序，偏好证据充分的规则。"))  # fmt: skip
    top: int | None = knob(
        None, Text("Only the best", "仅保留前"), "int", low=1, slider=(10, 1000, 10), optional=True,
        advanced=True, help=Text("Number of rules kept after sorting.", "排序后保留的规则数。"))  # fmt: skip
    filters: str | None = knob(
        None, Text("Conditions on any measure", "按任意指标筛选"), "text", optional=True, advanced=True,
        help=Text("Such as conviction >= 1.2, phi > 0.1; all must hold.",
                  "例如 conviction >= 1.2, phi > 0.1，须同时满足。"))  # fmt: skip
    max_consequent: int = knob(
        1, Text("Most items in the consequent", "后项最多项数"), "int", low=1, high=6, slider=(1, 3, 1),
        advanced=True, help=Text("Rules with one consequent are the easiest to act on.",
                                 "单一后项的规则最便于行动。"))  # fmt: skip
    include: str | None = _items(Text("Only these items", "仅纳入的项"), Text(
        "Names parted by commas; unset takes all.", "以逗号分隔；不设置则全部纳入。"))  # fmt: skip
    exclude: str | None = _items(Text("Leave out these items", "排除的项"), Text(
        "Names parted by commas.", "以逗号分隔。"))  # fmt: skip
    rename: str | None = _items(Text("Rename or group items", "重命名或归组"), Text(
        "old=new, parted by commas; items of the same new name become one.",
        "旧名=新名，以逗号分隔；同名者合并为一项。"))  # fmt: skip
    targets: str | None = _items(Text("Consequents", "限定后项"), Text(
        "Only rules to one of these items.", "仅保留指向这些项的规则。"))  # fmt: skip
    antecedent_must: str | None = _items(Text("Antecedent must hold", "前项须含"), Text(
        "All of these items.", "须同时包含这些项。"))  # fmt: skip
    antecedent_not: str | None = _items(Text("Antecedent must not hold", "前项不含"), Text(
        "None of these items.", "不得包含这些项。"))  # fmt: skip
    consequent_not: str | None = _items(Text("Consequent must not hold", "后项不含"), Text(
        "None of these items.", "不得包含这些项。"))  # fmt: skip
    level: str = knob(
        "product", Text("Item level", "项的层级"), "choice", options=LEVELS, advanced=True,
        help=Text("Products, their groups, or both; a product with its own group is no rule.",
                  "产品、产品大类或两者；产品与所属大类不构成规则。"))  # fmt: skip
    ever_held: bool = knob(
        False, Text("Closed accounts too", "含已销户产品"), "bool", advanced=True,
        help=Text("Products ever held instead of those open at the as-of day.",
                  "曾经持有的产品，而非截至日仍持有者。"))  # fmt: skip
    negated: bool = knob(
        False, Text("Items not held", "纳入“未持有”项"), "bool", advanced=True,
        help=Text("Adds “not X” for every item, up to 30 items.", "为每一项增加“非 X”，限 30 项以内。"))  # fmt: skip
    sets: str = knob(
        "all", Text("Itemsets", "项集类型"), "choice", options=SETS, advanced=True,
        help=Text("Closed: no larger set is as frequent. Maximal: no larger set is frequent.",
                  "闭项集：无同频超集；极大项集：无频繁超集。"))  # fmt: skip
    engine: str = knob(
        "bits", Text("Engine", "挖掘引擎"), "choice", options=ENGINES, advanced=True,
        help=Text("All give the same sets; the packed bits are the fastest.",
                  "结果一致，位图引擎最快。"))  # fmt: skip
    max_patterns: int = knob(
        200_000, Text("Most itemsets", "项集数上限"), "int", low=1, slider=(1_000, 500_000, 1_000),
        advanced=True, help=Text("Beyond this the run stops and names the support that would do.",
                                 "超过则停止，并给出可行的支持度。"))  # fmt: skip
    past_days: int = knob(
        365, Text("Past window", "过去窗口"), "int", low=2, slider=(60, 730, 5), unit=DAYS, advanced=True,
        help=Text("Behaviour: the days before the index date, the recent ones apart.",
                  "行为篮：索引日之前的天数，不含近期。"))  # fmt: skip
    recent_days: int = knob(
        90, Text("Recent window", "近期窗口"), "int", low=1, slider=(7, 180, 1), unit=DAYS, advanced=True,
        help=Text("Behaviour: the last days before the index date.", "行为篮：索引日前最近的天数。"))  # fmt: skip
    horizon_days: int = knob(
        180, Text("What comes after", "后续窗口"), "int", low=1, slider=(14, 365, 1), unit=DAYS, advanced=True,
        help=Text("Length of each of the two periods in which openings are foretold, and for which behaviour is followed.",
                  "预测开户的两个期间各自的长度，亦为行为后果的观察期。"))  # fmt: skip
    holdout_share: float = knob(
        0.5, Text("Held out", "留出比例"), "float", low=0.0, high=0.9, slider=(0.0, 0.5, 0.05), unit=SHARE,
        advanced=True, help=Text("Customers not mined but used to confirm; 0 switches it off.",
                                 "不参与挖掘、用于验证的客户占比；0 为关闭。"))  # fmt: skip
    holdout_by: str = knob(
        "customers", Text("Held out by", "留出方式"), "choice", options=HOLDOUTS, advanced=True,
        help=Text("Customers drawn by lot, or the later months (with products: who joined later).",
                  "随机抽取客户，或留出较晚的月份（产品篮：较晚开户的客户）。"))  # fmt: skip
    features: str | None = _items(Text("Figures as items", "纳入客户特征"), Text(
        "Keys of the feature table, such as age_years, cut into parts of like size on the mined customers.",
        "特征表中的名称，如 age_years；按挖掘客户的分位数切分为区间。"))  # fmt: skip
    bins: int = knob(
        3, Text("Parts of a figure", "特征分段数"), "int", low=2, high=10, slider=(2, 5, 1), advanced=True,
        help=Text("Of like size, by quantiles.", "按分位数等量切分。"))  # fmt: skip
    next_by: str = knob(
        "best", Text("Next product by", "下一产品方法"), "choice", options=NEXT_BY, advanced=True,
        help=Text("By itself: the method most often right in a choosing period; measured in the period after it.",
                  "自动：在选择期内命中率最高者，并在其后的评估期内衡量效果。"))  # fmt: skip
    shuffles: int = knob(
        0, Text("Shuffle the baskets", "随机打乱次数"), "int", low=0, high=1000, slider=(0, 200, 10), advanced=True,
        help=Text("Mines again so many times with every item shuffled on its own: how many rules noise alone would "
                  "give. The button on the page does the same once.",
                  "将各项独立打乱后重新挖掘相应次数：纯噪声会给出多少规则。页面上的按钮可单独执行一次。"))  # fmt: skip
    card: int = knob(
        1, Text("Rule card", "规则卡片"), "int", low=1, slider=(1, 50, 1), advanced=True,
        help=Text("The rule, by its place in the list, whose two-by-two table is drawn.",
                  "按排名选择要展示四格表的规则。"))  # fmt: skip
    offers_per_customer: int = knob(
        2, Text("Offers per customer", "每客户推荐上限"), "int", low=1, slider=(1, 5, 1), advanced=True,
        help=Text("At most so many products are offered to one customer.", "每位客户最多推荐的产品数。"))  # fmt: skip
    control_share: float = knob(
        0.1, Text("Kept for comparison", "对照比例"), "float", low=0.0, high=0.9, slider=(0.0, 0.5, 0.05),
        unit=SHARE, advanced=True, help=Text(
            "Customers of the list to leave alone, so that a later test can tell the effect.",
            "名单中不触达的客户占比，用于事后检验效果。"))  # fmt: skip
    seed: int = knob(
        7, Text("Seed", "随机种子"), "int", low=0, slider=(0, 100, 1), advanced=True,
        help=Text("Draws the hold-out, the shuffles and the comparison group.",
                  "用于抽取留出样本、打乱与对照组。"))  # fmt: skip

    def check(self) -> None:
        """Refuse filters and renamings that cannot be read, and windows that overlap."""
        self.conditions()
        self.renaming()
        if self.recent_days >= self.past_days:
            raise ParameterError(
                Text(f"recent_days = {self.recent_days} must be shorter than past_days = {self.past_days}.",
                     f"近期窗口（{self.recent_days} 天）须短于过去窗口（{self.past_days} 天）。"))  # fmt: skip

    def ahead(self) -> list[Self]:
        """The next steps of both thresholds; the second engine is too slow for that."""
        return self.beside("min_support", "min_confidence") if self.engine == "bits" else []

    def conditions(self) -> list[tuple[str, str, float]]:
        """The comparisons of `filters`: measure, operator, number."""
        found = []
        for part in filter(str.strip, re.split(r"[,;，；]", self.filters or "")):
            match = _COMPARISON.fullmatch(part)
            try:
                if match is None or match[1] not in MEASURES:
                    raise ValueError(part)
                found.append((match[1], match[2], float(match[3])))
            except ValueError:
                raise ParameterError(
                    Text(f"filters: {part.strip()!r} is no condition; expected measure >= number, where the "
                         f"measure is one of {', '.join(MEASURES)}.",
                         f"filters：无法理解 {part.strip()!r}，应为“指标 >= 数值”，可用指标：{', '.join(MEASURES)}。")
                ) from None  # fmt: skip
        return found

    def renaming(self) -> dict[str, str]:
        """Old name -> new name."""
        found = {}
        for part in names(self.rename):
            old, sign, new = part.partition("=")
            if not sign or not old.strip() or not new.strip():
                raise ParameterError(Text(f"rename: {part!r}: expected old=new.",
                                          f"rename：{part!r} 应为 旧名=新名。"))  # fmt: skip
            found[old.strip()] = new.strip()
        return found


def names(written: str | None) -> tuple[str, ...]:
    """Items of a text parted by commas; a JSON list where a name itself holds a comma.

    >>> names("a, b"), names('["a,b"]'), names(None)
    (('a', 'b'), ('a,b',), ())
    """
    if written is None:
        return ()
    if written.startswith("["):
        try:
            return tuple(str(one) for one in json.loads(written))
        except ValueError:
            return (written,)
    return tuple(part.strip() for part in re.split("[,，]", written) if part.strip())
