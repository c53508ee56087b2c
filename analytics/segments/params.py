"""What a person can tune about the segments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from analytics.features import CATALOGUE
from analytics.features.names import TAKEN
from analytics.params import DAYS, SHARE, ParameterError, Params, knob
from analytics.text import Text

TRANSFORMS = {
    "yeo_johnson": Text("Yeo-Johnson", "Yeo-Johnson 变换"),
    "log": Text("Logarithm", "对数变换"),
    "robust": Text("Median and quartiles", "中位数与四分位距"),
    "none": Text("Standardised only", "仅标准化"),
}
METHODS = {
    "kmeans": Text("k-means", "K 均值"),
    "gmm": Text("Gaussian mixture", "高斯混合模型"),
    "ward": Text("Hierarchical (Ward)", "层次聚类（Ward）"),
    "hdbscan": Text("Density (HDBSCAN)", "密度聚类（HDBSCAN）"),
}
SPACES = {
    "features": Text("Features", "原始特征"),
    "factors": Text("Factors (varimax)", "因子（最大方差旋转）"),
    "parts": Text("Parts (NMF)", "非负分解成分（NMF）"),
}
FAMILIES = {
    "channel": Text("Shares by channel", "各渠道占比"),
    "kind": Text("Shares by kind of movement", "各交易类型占比"),
    "category": Text("Shares by category", "各交易类别占比"),
}
NOT_PINNED = ("against", "by", "compare_days", "names")  # of a view, not of a segmentation
FEATURES = {one.key: one.title for one in CATALOGUE}
assert FAMILIES.keys() <= TAKEN.keys()


@dataclass(frozen=True, kw_only=True)
class SegmentsParams(Params):
    """Parameters of the segments; see the package's docstring for the definitions."""

    title: ClassVar[Text] = Text("Segments", "客户分群")

    k: int | None = knob(
        None, Text("Number of segments", "分群数"), "int", low=2, high=30, slider=(2, 10, 1), optional=True,
        help=Text("Unset chooses it: among the numbers whose segments return in resamples, the sharpest bend.",
                  "不设置时自动选择：在重抽样中稳定的分群数里取拐点最明显者。"))  # fmt: skip
    lookback_days: int = knob(
        365, Text("Look-back", "观察期"), "int", low=1, high=36500, slider=(30, 1095, 5), unit=DAYS,
        help=Text("The days up to and including the as-of day that count.", "截至日（含）之前计入的天数。"))  # fmt: skip
    method: str = knob(
        "kmeans", Text("Method", "方法"), "choice", options=METHODS,
        help=Text("Ward and density work on a sample; density finds its own number and leaves outliers out.",
                  "Ward 与密度聚类在样本上拟合；密度聚类自行确定群数，并把离群客户单列。"))  # fmt: skip
    transform: str = knob(
        "yeo_johnson", Text("Transform", "数值变换"), "choice", options=TRANSFORMS,
        help=Text("How skewed figures are brought to comparable scales before distances are taken.",
                  "计算距离前如何处理偏态指标并统一量纲。"))  # fmt: skip
    families: tuple[str, ...] | None = knob(
        ("channel", "kind"), Text("Shares by the extract's own names", "按数据自有名称计算占比"), "choices",
        options=FAMILIES, optional=True, help=Text("Each frequent name becomes a share; none leaves them out.",
                                                   "每个常见名称各成一项占比；none 表示不使用。"))  # fmt: skip
    features: tuple[str, ...] | None = knob(
        None, Text("Features", "特征"), "choices", options=FEATURES, optional=True, advanced=True,
        help=Text("Unset takes every behaviour feature the extract supports.", "不设置时使用数据支持的全部行为特征。"))  # fmt: skip
    cluster_on: str = knob(
        "features", Text("Cluster on", "聚类空间"), "choice", options=SPACES, advanced=True,
        help=Text("Many features can be drawn together to few factors first; their loadings are shown.",
                  "可先将众多特征归并为少数因子，并展示其载荷。"))  # fmt: skip
    k_max: int = knob(
        10, Text("Largest number tried", "尝试的最大分群数"), "int", low=2, high=20, slider=(3, 12, 1), advanced=True,
        help=Text("The criteria are shown for 2 up to this number.", "判据从 2 计算到该值。"))  # fmt: skip
    winsor: float = knob(
        0.01, Text("Winsorise", "缩尾比例"), "float", low=0, high=0.2, slider=(0, 0.05, 0.005), unit=SHARE, advanced=True,
        help=Text("Values beyond this quantile on either side are set to it.", "两端超出该分位的取值按该分位计。"))  # fmt: skip
    min_share: float = knob(
        0.03, Text("Smallest segment", "最小分群占比"), "float", low=0, high=0.5, slider=(0.01, 0.1, 0.01), unit=SHARE, advanced=True,
        help=Text("A number of segments whose smallest is below this share is not chosen.",
                  "最小分群低于该占比的分群数不会被选中。"))  # fmt: skip
    resamples: int = knob(
        20, Text("Resamples", "重抽样次数"), "int", low=2, high=500, slider=(10, 100, 5), advanced=True,
        help=Text("Bootstrap resamples for the stability.", "用于衡量稳定性的自助抽样次数。"))  # fmt: skip
    sample: int = knob(
        50_000, Text("Sample", "拟合样本量"), "int", low=100, high=10_000_000, slider=(5_000, 100_000, 5_000),
        unit=Text("customers", "位客户"), advanced=True,
        help=Text("With more customers than this the segments are fitted on a random sample; all are assigned.",
                  "客户数超过该值时在随机样本上拟合，随后为全部客户归群。"))  # fmt: skip
    compare_days: int | None = knob(
        None, Text("Compare with days earlier", "与此前对比"), "int", low=1, high=36500, slider=(30, 730, 5), unit=DAYS,
        optional=True, help=Text("Apply the same segments to that many days earlier: who moved, what drifted.",
                                 "将同一分群应用于若干天前：谁发生迁移、哪些指标漂移。"))  # fmt: skip
    against: str = knob(
        "", Text("Compare with other settings", "与另一组参数对比"), "text", advanced=True,
        help=Text("What differs, such as k=4; transform=log: who would be elsewhere, and how far both agree.",
                  "写出不同之处，如 k=4; transform=log：显示哪些客户会换群，以及两组结果的一致程度。"))  # fmt: skip
    names: str = knob(
        "", Text("Own names", "自定义名称"), "text", advanced=True,
        help=Text("s1: name; s2: name. Other segments keep the proposed name.", "“s1: 名称; s2: 名称”，其余沿用建议名称。"))  # fmt: skip
    seed: int = knob(
        0, Text("Seed", "随机种子"), "int", low=0, high=2**31 - 1, slider=(0, 100, 1), advanced=True,
        help=Text("The same seed gives the same answer.", "相同种子得到相同结果。"))  # fmt: skip

    def check(self) -> None:
        """Refuse too few features and names that cannot be read."""
        if self.features is not None and len(self.features) < 2:
            raise ParameterError(Text("features: choose at least two, or unset it to take all behaviour.",
                                      "features：请至少选择两项，或留空以使用全部行为特征。"))  # fmt: skip
        self.own_names()
        self.other()

    def other(self) -> SegmentsParams | None:
        """The settings to compare with: these, but for what `against` says; None without any."""
        parts = [part.strip() for part in self.against.replace("；", ";").split(";")]
        pairs = dict(part.split("=", 1) for part in parts if "=" in part)
        if not self.against.strip():
            return None
        if len(pairs) < len([part for part in parts if part]) or set(pairs) & {"against", "by"}:
            raise ParameterError(Text("against: expected settings such as k=4; transform=log.",
                                      "against：应写作参数设置，如 k=4; transform=log。"))  # fmt: skip
        named = {name.strip(): word.strip() for name, word in pairs.items()}
        changed = {
            name: value for name, value in self.parse(named).as_dict().items() if name in named
        }
        own = self.as_dict() | {"against": "", "compare_days": None, "names": ""}
        return self.from_dict(own | changed)

    def moved(self) -> dict[str, tuple[str, str]]:
        """Where these settings differ from those to compare with: name -> (here, there), as words."""
        other = self.other()
        here, there = (dict(word.split("=", 1) for word in one.all_words(NOT_PINNED))
                       for one in (self, other or self))  # fmt: skip
        return {name: (word, there[name]) for name, word in here.items() if word != there[name]}

    def pinned(self) -> str:
        """These settings as a whole, as `against` reads them: what is moved later stays out of them."""
        return "; ".join(self.all_words(apart=NOT_PINNED))

    def ahead(self) -> list[SegmentsParams]:
        """The other numbers of segments, the nearest first, once one is asked for.

        Only where a number costs no more than a k-means: nothing is refitted or compared.
        """
        if self.k is None or self.method != "kmeans" or self.compare_days or self.against:
            return []
        low, high, step = (int(part) for part in self.knobs()["k"].slider or (2, 2, 1))
        numbers = sorted(range(low, high + 1, step), key=lambda k: abs(k - (self.k or low)))
        return [replace(self, k=k) for k in numbers]

    def own_names(self) -> dict[str, str]:
        """The names given by hand, by segment key."""
        found = {}
        for part in self.names.replace("；", ";").replace("：", ":").split(";"):
            key, sign, name = part.partition(":")
            if not part.strip():
                continue
            if not sign or not name.strip() or not key.strip().removeprefix("s").isdigit():
                raise ParameterError(
                    Text(
                        "names: expected s1: name; s2: name.", "names：应写作“s1: 名称; s2: 名称”。"
                    )
                )
            found[key.strip()] = name.strip()
        return found
