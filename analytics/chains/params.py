"""What a person can tune about chains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from analytics.params import DAYS, SHARE, ParameterError, knob
from analytics.sequences.params import STEPS, CompareParams
from analytics.text import Text

CHAINS = {
    "steps": Text("Steps of the sequences", "行为序列的步骤"),
    "deposit": Text("Deposit state of every month", "每月存款状态"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ChainParams(CompareParams):
    """What the two chains share: the states they run on."""

    chain: str = knob(
        "steps", Text("Chain", "状态链"), "choice", options=CHAINS,
        help=Text("Steps as they happen, or one deposit state per calendar month: none, small, large, withdrawing, term.",
                  "按发生顺序的步骤，或每个自然月的存款状态：none 无、small 小额、large 大额、withdrawing 流出、term 定期。"))  # fmt: skip
    max_states: int = knob(
        15, Text("States", "状态数上限"), "int", low=2, high=60, slider=(3, 30, 1), advanced=True,
        help=Text("The most frequent steps are states of their own, the rest are joined as Other (…).",
                  "最常见的步骤各为一个状态，其余合并为“其他”（…）。"))  # fmt: skip
    large_balance: float = knob(
        50_000.0, Text("Large balance from", "大额起点"), "float", low=0, slider=(5_000, 500_000, 5_000), advanced=True,
        help=Text("Month-end balance that counts as large.", "月末余额达到该值记为大额。"))  # fmt: skip
    small_balance: float = knob(
        100.0, Text("Balance counts from", "有余额起点"), "float", low=0, slider=(0, 5_000, 100), advanced=True,
        help=Text("Below this month-end balance a customer holds none.", "月末余额低于该值记为无存款。"))  # fmt: skip
    withdrawn_share: float = knob(
        0.3, Text("Withdrawing from", "流出界定"), "float", low=0.01, high=1, slider=(0.05, 0.9, 0.05), unit=SHARE,
        advanced=True, help=Text("Fall of the month-end balance since the month before that counts as withdrawing.",
                                 "月末余额较上月下降达到该比例记为流出。"))  # fmt: skip

    def check(self) -> None:
        """Refuse limits that contradict each other."""
        super().check()
        if self.large_balance <= self.small_balance:
            raise ParameterError(
                Text(
                    "large_balance must be above small_balance.",
                    "large_balance 应大于 small_balance。",
                )
            )


@dataclass(frozen=True, kw_only=True)
class MarkovParams(ChainParams):
    """Parameters of a Markov chain."""

    title: ClassVar[Text] = Text("Markov chain", "马尔可夫链")

    lost_days: int | None = knob(
        180, Text("Lost after", "流失界定"), "int", low=1, slider=(30, 365, 5), unit=DAYS, optional=True,
        help=Text("Customers idle this long end in the state (lost), and are the lost of a comparison; the others are "
                  "only not seen further. None: nobody.",
                  "闲置达到该天数的客户转入 (lost) 状态，并作为对比中的流失客户；其余仅视为尚未观察到后续；none 表示不设流失状态。"))  # fmt: skip
    horizon: int = knob(
        6, Text("Steps ahead", "预测步数"), "int", low=1, high=60, slider=(1, 24, 1), unit=STEPS,
        help=Text("How many steps ahead the states are forecast.", "预测未来多少步的状态分布。"))  # fmt: skip
    smoothing: float = knob(
        0.5, Text("Smoothing", "平滑"), "float", low=0, high=10, slider=(0, 2, 0.1), advanced=True,
        help=Text("Added to every count when next steps are scored.", "评估下一步概率时加在每个计数上。"))  # fmt: skip
    bootstrap: int = knob(
        200, Text("Resamples", "重抽样次数"), "int", low=0, slider=(0, 500, 50), advanced=True,
        help=Text("Resamples of customers behind the intervals; 0 leaves them out.", "区间估计对客户重抽样的次数；0 表示不做。"))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class HiddenParams(ChainParams):
    """Parameters of a hidden Markov model."""

    title: ClassVar[Text] = Text("Hidden states", "隐状态")

    fewest_hidden: int = knob(
        2, Text("Fewest hidden states", "最少隐状态数"), "int", low=1, high=8, slider=(2, 6, 1),
        help=Text("The fewest hidden states tried.", "尝试的最少隐状态数。"))  # fmt: skip
    most_hidden: int = knob(
        6, Text("Most hidden states", "最多隐状态数"), "int", low=1, high=8, slider=(2, 6, 1),
        help=Text("The most hidden states tried; BIC chooses.", "尝试的最多隐状态数，由 BIC 选定。"))  # fmt: skip
    starts: int = knob(
        10, Text("Random starts", "随机起点数"), "int", low=1, slider=(10, 30, 5), advanced=True,
        help=Text("The best of so many random starts is taken, and their spread is told.", "取多个随机起点中最优者，并给出离散程度。"))  # fmt: skip
    iterations: int = knob(
        100, Text("Iterations", "迭代上限"), "int", low=1, slider=(20, 300, 20), advanced=True,
        help=Text("Most steps of each start.", "每个起点的最大迭代次数。"))  # fmt: skip
    sample: int = knob(
        2000, Text("Fitted on", "拟合样本"), "int", low=10, slider=(500, 20_000, 500), advanced=True,
        unit=Text("sequences", "条"), help=Text("Sequences drawn to fit the model; all are decoded.",
                                              "抽取多少条序列拟合模型；全部序列都会解码。"))  # fmt: skip

    fitted_steps: int = knob(
        60, Text("Steps fitted", "拟合步数"), "int", low=2, slider=(20, 200, 10), unit=STEPS, advanced=True,
        help=Text("The latest steps of each drawn sequence on which the model is fitted; all steps are decoded.",
                  "每条抽取的序列取最近多少步拟合模型；全部步骤都会解码。"))  # fmt: skip

    def check(self) -> None:
        """Refuse an empty range of states."""
        super().check()
        if self.fewest_hidden > self.most_hidden:
            raise ParameterError(
                Text("fewest_hidden is above most_hidden.", "fewest_hidden 大于 most_hidden。")
            )
