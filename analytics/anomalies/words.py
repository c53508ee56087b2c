"""What the anomalies view says: headline, definition, titles, and charts for people who cannot see them."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from analytics.anomalies.benford import LIMITS
from analytics.anomalies.digits import CONFORMITY
from analytics.anomalies.params import KINDS
from analytics.anomalies.reasons import DRIVERS
from analytics.anomalies.summaries import beyond_chance
from analytics.anomalies.verdicts import VERDICTS
from analytics.text import Lang, Text, counted, share

if TYPE_CHECKING:
    from analytics.anomalies.result import AnomalyResult

TITLE = Text("Anomalies", "异常监测")
QUESTION = Text("Whose movements are unusual, against which baseline, and which are worth a look first?",
                "哪些客户的交易不同寻常？与什么基准相比？应先核查哪些？")  # fmt: skip
DEFINITION = Text(
    "A flag says unusual, nothing more. Every amount is held against the customer's own history: the "
    "usual largest movement is the 97th percentile or the third largest, whichever is less, of all but "
    "the first. The first ten movements are not judged. Counts are held against how many usually follow, with the bank as prior. Interest, "
    "fees and moves between own accounts are left out; last payments that empty an account are departures "
    "and counted apart. A case is one customer on one day. Its score is minus the decimal logarithm of the "
    "incidents as rare that chance would give in the whole bank. Of each day the strongest cases within "
    "the review capacity are listed. Spring Festival dates are known for 2010 to 2030, adjusted working days "
    "for 2021 to 2026.",
    "提示仅表示“不同寻常”，不作其他判断。金额与客户自身历史比较：平常较大金额取首笔之外全部交易的第 97 百分位与第三大金额中的较小者；首十笔交易不作判断。"
    "笔数与该客户平常后续笔数比较，以全行为先验。利息、手续费及本人账户间划转不计入；清空账户的最后一笔视为离开，单独统计。"
    "一位客户的一天为一个案件，得分为全行中仅凭偶然出现同等罕见事件数的负常用对数。每日列出核查能力以内最突出的案件。"
    "春节日期覆盖 2010 至 2030 年，调休覆盖 2021 至 2026 年。",
)  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers with a movement", "有交易的客户数"),
    "customers_with_baseline": Text("Customers with history enough", "历史足够的客户数"),
    "movements": Text("Movements looked at", "考察的交易笔数"),
    "movements_judged": Text("Movements judged", "参与判断的交易笔数"),
    "movements_leaving": Text("Last payments that emptied an account", "清空账户的最后一笔"),
    "cases": Text("Cases", "案件数"),
    "customer_days": Text("Days with a movement, summed over customers", "有交易的客户天数"),
    "cases_over_capacity": Text("Cases beyond the daily capacity or under the cut, left out",
                                "超出每日能力或低于得分下限而未列出的案件"),
    "customers_flagged": Text("Customers listed", "列出的客户数"),
}  # fmt: skip
CALENDAR_TITLE = Text("Cases per day, last twelve months", "近十二个月每日案件数")
RULES_TITLE = Text("Incidents found, and what chance would give", "各规则提示数与偶然期望数")
SCORES_TITLE = Text("Cases by score", "案件得分分布")
MONTHS_TITLE = Text("Cases per month", "每月案件数")
DIGITS_TITLE = Text("First digits of amounts against Benford's law", "金额首位数字与本福特定律")
BREAKDOWN_TITLE = Text("Flagged customers within each group", "各组被提示客户占比")
BOARD_TITLE = Text("Precision and recall among known outcomes", "对照已知结果的精确率与召回率")
STATUS = {"new": Text("New", "新增"), "cleared": Text("Cleared", "已解除")}
COMBINED = {" + ".join(some): Text(" + ".join(KINDS[k].en for k in some), "、".join(KINDS[k].zh for k in some))
            for size in range(1, len(KINDS) + 1) for some in combinations(KINDS, size)}  # fmt: skip
TITLES = {
    "kind": KINDS,
    "kinds": COMBINED,
    "driver": DRIVERS,
    "conformity": CONFORMITY,
    "status": STATUS,
    "verdict": VERDICTS,
}
CLEAR = 0.01  # probability by chance under which a list is told apart from it


def headline(result: AnomalyResult) -> list[Text]:
    """How many cases, what chance would give, and what was not judged."""
    counts = result.counts
    cases = counts["cases"] - counts["cases_over_capacity"]
    first = Text("{cases} unusual cases of {people} customers, among {n} movements judged.",
                 "在{n}笔参与判断的交易中，发现{people}位客户的{cases}个异常案件。").fill(
        cases=counted(cases), people=counted(counts["customers_flagged"]), n=counted(counts["movements_judged"]))  # fmt: skip
    return [first, against_chance(result), _left_out(result)]


def against_chance(result: AnomalyResult) -> Text:
    """What the rules found beside what chance would give, and whether the two can be told apart."""
    rules = result.rules.filter(result.rules["kind"] != "profile")
    found, chance = int(rules["incidents"].sum()), float(rules["by_chance"].sum())
    said = Text("The rules found {found} incidents; chance alone would give about {chance}.",
                "各规则共发现{found}起，仅凭偶然约有 {chance} 起。").fill(found=counted(found), chance=_about(chance))  # fmt: skip
    if not found:
        return said
    return Text("{said} {judged}", "{said}{judged}").fill(
        said=said, judged=BEYOND if beyond_chance(found, chance) < CLEAR else NO_MORE)  # fmt: skip


BEYOND = Text("That is more than chance explains.", "多于偶然所能解释的数量。")
NO_MORE = Text("The list as a whole cannot be told apart from chance: amounts here vary so widely that some stand "
               "out by themselves. Read it as a place to start looking.",
               "名单整体与偶然情形无法区分：此数据金额本身波动很大，总有一些较为突出。可作为查看的起点。")  # fmt: skip
NO_TIMES = Text(" The extract has no times of day, so bursts and nights are not looked for.",
                "数据不含交易时刻，因此不识别短时密集支出和夜间交易。")  # fmt: skip


def _about(value: float) -> Text:
    """An expected number: one place while it is small."""
    return Text(f"{value:.1f}", f"{value:.1f}") if value < 100 else counted(round(value))


def _left_out(result: AnomalyResult) -> Text:
    counts = result.counts
    said = Text("{without} customers have too little history to be judged; {leaving} payments that emptied an "
                "account are departures; {over} cases exceed the daily capacity or lie under the cut.",
                "{without}位客户历史过短，不作判断；{leaving}笔清空账户的支出视为离开；{over}个案件超出每日能力或低于得分下限。").fill(
        without=counted(counts["customers"] - counts["customers_with_baseline"]),
        leaving=counted(counts["movements_leaving"]), over=counted(counts["cases_over_capacity"]))  # fmt: skip
    return (
        said
        if result.timed or not counts["movements"]
        else Text(said.en + NO_TIMES.en, said.zh + NO_TIMES.zh)
    )


def calendar_alt(result: AnomalyResult, lang: Lang) -> str:
    """The calendar in words: its fullest day."""
    if result.days.is_empty():
        return nothing(lang)
    top = result.days.sort("cases", "day", descending=[True, True]).row(0, named=True)
    return Text("Heat map of cases by month and day. The fullest day is {day} with {n} cases.",
                "按月、日的案件热力图。案件最多的一天为 {day}，共{n}件。").fill(
        day=top["day"].isoformat(), n=counted(top["cases"]))(lang)  # fmt: skip


def rules_alt(result: AnomalyResult, lang: Lang) -> str:
    """Every rule with what it found and what chance would give."""
    if result.rules.is_empty():
        return nothing(lang)
    parts = [Text("{kind} {n} (chance {c})", "{kind} {n}（偶然 {c}）").fill(
        kind=KINDS[row["kind"]], n=counted(row["incidents"]), c=_about(row["by_chance"]))(lang)
        for row in result.rules.iter_rows(named=True)]  # fmt: skip
    return Text("Bars: incidents per rule. ", "条形图：各规则提示数。")(lang) + (
        ", ".join(parts) if lang == "en" else "、".join(parts))  # fmt: skip


def scores_alt(result: AnomalyResult, lang: Lang) -> str:
    """The histogram in words."""
    return Text("Histogram of the scores of {n} cases; the higher, the rarer by chance. {listed} are listed, the "
                "others exceed the daily capacity or lie under the cut.",
                "{n}个案件的得分直方图；得分越高，偶然出现的可能越小。列出{listed}个，其余超出每日能力或低于得分下限。").fill(
        n=counted(result.counts["cases"]), listed=counted(result.cases.height))(lang)  # fmt: skip


def months_alt(result: AnomalyResult, lang: Lang) -> str:
    """The trend in words."""
    return Text("Bars: cases in each of {n} months, with customers flagged for the first time.",
                "柱状图：{n}个月的案件数及首次被提示的客户数。").fill(n=counted(result.months.height))(lang)  # fmt: skip


def digits_alt(result: AnomalyResult, lang: Lang) -> str:
    """First digits in words."""
    return Text("Bars: share of each first digit from 1 to 9, with the share Benford's law expects. A hint about "
                "the extract, not about a customer.",
                "柱状图：首位数字 1 至 9 的占比及本福特定律期望值。仅为数据层面的参考，不针对客户。")(lang)  # fmt: skip


def conformity(result: AnomalyResult) -> Text:
    """How the first digits of the whole extract conform to Benford's law, by Nigrini's deviation."""
    digits = result.digits
    mad = (
        float((digits["share"] - digits["expected_share"]).abs().sum()) / 9
        if digits.height
        else 0.0
    )
    said = next((name for name, limit in LIMITS.items() if mad <= limit), "deviant")
    return Text("Mean absolute deviation {mad}: {said}. A hint about the extract, not about a customer.",
                "平均绝对偏差 {mad}：{said}。仅为数据层面的参考，不针对客户。").fill(
        mad=f"{mad:.4f}", said=CONFORMITY[said])  # fmt: skip


def board_alt(result: AnomalyResult, lang: Lang) -> str:
    """The board in words."""
    if result.board is None:
        return nothing(lang)
    top = result.board.top.row(0, named=True)
    return Text("Lines: of the customers with the highest scores, the share with the known outcome and the share of "
                "all such customers reached. In the first {part}: {precision} and {recall}. {hits} of {n} customers "
                "have the outcome.",
                "折线图：得分最高的客户中已知异常的占比，以及覆盖全部已知异常客户的占比。前 {part}：{precision} 与 {recall}。"
                "{n}位客户中{hits}位为已知异常。").fill(
        part=share(top["share"], 0), precision=share(top["precision"]), recall=share(top["recall"]),
        hits=counted(result.board.hits), n=counted(result.board.n))(lang)  # fmt: skip


def breakdown_alt(result: AnomalyResult, lang: Lang) -> str:
    """The breakdown in words."""
    n = 0 if result.groups is None else result.groups.height
    return Text("Bars: share of flagged customers in each of {n} groups.",
                "条形图：{n}个组中被提示客户的占比。").fill(n=counted(n))(lang)  # fmt: skip


def nothing(lang: Lang) -> str:
    """What a chart without rows says."""
    return Text("Nothing unusual was found.", "未发现异常。")(lang)
