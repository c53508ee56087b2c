"""What the classes' view says: headline, definition, titles, and charts for who cannot see them."""

from __future__ import annotations

import polars as pl

from analytics.classes.params import MODELS
from analytics.classes.result import JUDGED, TAUGHT, UNLABELLED, ClassesResult
from analytics.text import NO_TEXT, Lang, Text, counted, share

TITLE = Text("Classes", "客户分类预测")
QUESTION = Text("Which label fits customers by what they do, and how sure is that?",
                "根据行为可判断客户属于哪一类，把握有多大？")  # fmt: skip
DEFINITION = Text(
    "A label is any attribute of the customers, or a kept audience. Its classes are the values that at "
    "least ten customers have, twelve at most. Customers are described by all features of the look-back. "
    "Part of the labelled customers is set aside by chance and never taught; all four models are judged "
    "on them, with the later day also on features that came later. Precision is the share of the named "
    "who are right, recall the share of a class that was named. The precision-recall area is that of the "
    "class looked for, to be read beside its share (the base rate). The threshold is set by the capacity: "
    "the highest scores are flagged, as many as a team can take on. Customers without a label are given "
    "one by the same model. Importance is the loss of the precision-recall area when one feature is "
    "shuffled. A score is a rank and no probability: rare classes weigh as much as common ones. That a "
    "feature helps to tell a class does not say that it is the cause.",
    "标签为客户的任一属性或已保存客群。至少十位客户拥有的取值才作为类别，最多十二类。以观察期内的全部特征描述客户。"
    "随机留出部分已标注客户，不参与训练；四种模型均在留出客户上评估，选择较晚日期时还在更晚的特征上评估。"
    "精确率为判为某类者中判断正确的比例，召回率为某类客户中被找出的比例。PR 曲线下面积针对目标类别，应与其占比（基准率）对照。"
    "阈值由处理能力决定：按得分从高到低标记相应人数。没有标签的客户由同一模型判断。"
    "重要性为打乱某一特征后 PR 面积的下降。得分只表示排序，并非概率：少见类别与常见类别权重相同。特征有助于判断并不代表因果。",
)  # fmt: skip
STATUS_TITLES = {
    JUDGED: Text("Set aside, judged", "留出评估"), TAUGHT: Text("Taught on", "用于训练"),
    UNLABELLED: Text("Without a label", "无标签"),
}  # fmt: skip
LABEL_TITLES = {
    "mass": Text("Mass", "大众客户"), "high_net_worth": Text("High net worth", "高净值客户"),
    "micro_business": Text("Micro business", "小微企业"), "company": Text("Company", "公司客户"),
    "government": Text("Government", "政府机构"), "conservative": Text("Conservative", "保守型"),
    "steady": Text("Steady", "稳健型"), "aggressive": Text("Aggressive", "进取型"),
}  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"),
    "features": Text("Features used", "使用的特征数"),
    "taught": Text("Customers not judged", "未参与评估的客户数"),
    "judged": Text("Customers set aside and judged", "留出并评估的客户数"),
    "unlabelled": Text("Customers without a label", "无标签客户数"),
}
LABELS = Text("Customers by label", "各标签客户数")
MODELS_TITLE = Text("Four models side by side", "四种模型对比")
CONFUSION = Text("Which class is taken for which", "混淆矩阵")
PRECISION_RECALL = Text("Precision and recall", "精确率与召回率")
ROC = Text("Found and false alarms (ROC)", "命中与误报（ROC）")
IMPORTANCE = Text("What tells the class", "特征重要性")
BREAKDOWN = Text("How well it works per group", "各组准确率")


def said(label: str | None) -> Text:
    """A class as people call it; the extract's own words where they are its own."""
    return LABEL_TITLES.get(label or "", Text(label or "–", label or "–"))


def headline(result: ClassesResult) -> list[Text]:
    """How well the label is told, whom the capacity reaches, and what was left out."""
    n = counted(result.counts["customers"])
    one = result.chosen
    if result.label is None:
        return [Text("No label to learn among {n} customers: load an attribute, or keep an audience.",
                     "{n}位客户没有可学习的标签：请载入客户属性或保存客群。").fill(n=n)]  # fmt: skip
    if one is None or result.target is None:
        return [Text("{n} customers: too few of two classes of “{label}” to teach and to judge (at least ten of each).",
                     "{n}位客户：“{label}”至少需要两个类别、每类不少于十位客户，方可训练和评估。").fill(
            n=n, label=result.label_title)]  # fmt: skip
    return [_how_well(result), _reached(result), *_careful(result)]


def _how_well(result: ClassesResult) -> Text:
    one, truth = result.chosen, result.customers.filter(status=JUDGED)
    assert one is not None
    right = truth.filter(pl.col("truth") == pl.col("predicted")).height
    return Text("{right} of {n} customers set aside are given their “{label}” ({part}), by the {model}.",
                "留出的{n}位客户中，{model}判对“{label}”{right}位（{part}）。").fill(
        right=counted(right), n=counted(truth.height), part=share(right / max(truth.height, 1)),
        label=result.label_title, model=_model(result))  # fmt: skip


def _model(result: ClassesResult) -> Text:
    title = MODELS[result.params.model]
    return Text(title.en[:1].lower() + title.en[1:], title.zh)


def _reached(result: ClassesResult) -> Text:
    one = result.chosen
    assert one is not None
    judged = result.customers.filter(status=JUDGED)
    asked = result.customers.filter(pl.col("status") != TAUGHT)
    part = min(result.params.capacity / max(asked.height, 1), 1.0)
    best = judged.sort("score", "customer_id", descending=[True, False]).head(
        max(round(part * judged.height), 1)
    )
    hits = best.filter(pl.col("truth") == result.target).height
    return Text("Class “{target}” ({base} of them): among the {part} with the highest score, {precision} are right, which finds {recall} of the class (area {area} under precision and recall).",
                "类别“{target}”（占 {base}）：得分最高的 {part} 中 {precision} 正确，覆盖该类的 {recall}（PR 面积 {area}）。").fill(
        target=said(result.target), base=share(one.board.base_rate), part=share(part),
        precision=share(hits / max(best.height, 1)), recall=share(hits / max(one.board.hits, 1)),
        area=f"{one.board.pr_auc:.2f}")  # fmt: skip


def _careful(result: ClassesResult) -> list[Text]:
    one, unlabelled = result.chosen, result.counts["unlabelled"]
    assert one is not None
    parts = []
    if unlabelled:
        parts.append(
            Text(
                "{n} customers without a label are given one.", "为{n}位无标签客户给出了判断。"
            ).fill(n=counted(unlabelled))
        )
    if one.board.too_good:
        parts.append(Text("So good a score is suspicious: a feature may follow from the label.",
                          "得分异常之高，请核对：某项特征可能由标签直接决定。"))  # fmt: skip
    if one.board.pr_auc < 1.2 * one.board.base_rate:
        parts.append(Text("That is hardly better than chance: behaviour does not tell this label.",
                          "与随机判断相差无几：行为无法区分该标签。"))  # fmt: skip
    return [Text(" ".join(p.en for p in parts), "".join(p.zh for p in parts))] if parts else []


def alt(result: ClassesResult, title: Text, lang: Lang) -> str:
    """A chart in words: its title and what was found."""
    said = headline(result)
    return f"{title(lang)}{Text('. ', '。')(lang)}{said[0](lang) if said else NO_TEXT(lang)}"
