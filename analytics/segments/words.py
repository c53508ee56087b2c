"""What the segments' view says: headline, definition, titles, and charts for who cannot see them."""

from __future__ import annotations

from analytics.segments.reading import OUTLIERS
from analytics.segments.result import SegmentsResult
from analytics.text import Lang, Text, count, share

TITLE = Text("Segments", "客户分群")
QUESTION = Text("Which groups of customers bank alike, and by which simple rule are they told apart?",
                "哪些客户的行为相似？用怎样的简单规则可以区分？")  # fmt: skip
DEFINITION = Text(
    "Every customer at the as-of day is described by behaviour features of the look-back (table "
    "`features`). Customers without an active day in it are a segment of their own where they are at "
    "least the smallest share; all that follows is about the others. Features in which nearly nobody "
    "differs, or that repeat another (correlation .95), are left out and named in that table. The rest "
    "are winsorised, transformed and standardised. Segments are fitted on all customers, or on a seeded "
    "random sample where there are more than the sample size; then everybody joins the nearest. The "
    "number of segments is the sharpest bend of the gap against column-shuffled copies, among the "
    "numbers whose segments return in bootstrap resamples (adjusted Rand index at least .8, least stable "
    "segment at least .75) and are not too small. If 99 shuffled copies do not all fit worse, by "
    "three of their standard deviations on average, there is no cluster structure and all customers are one segment, unless a number is asked for. Criteria are "
    "those of k-means, whatever the method. Rules are the shortest of up to three conditions; precision "
    "and recall are counted on all customers, and `rule_sql` run over the table `feature_table` gives "
    "them again. Medians are left out where most of a segment has no such figure. Distances are between means, in standard deviations on the transformed scale: to the "
    "other active customers, and from those without activity to all active ones.",
    "以观察期内的行为特征（见“特征”表）描述截至日的每位客户。观察期内无活跃日的客户若不低于最小分群占比，则单独成群，"
    "以下步骤仅针对其余客户。几乎人人取值相同的特征，以及与其他特征重复（相关系数不低于 0.95）的特征不参与，并在该表注明。"
    "其余特征经缩尾、变换和标准化。客户数不超过样本量时用全部客户拟合，否则用固定种子的随机样本拟合，再把全部客户归入最近的分群。"
    "分群数取相对“列内打乱副本”的 Gap 曲线拐点最明显者，且须在重抽样中稳定（调整兰德指数不低于 0.8，最不稳定分群不低于 0.75）"
    "并且不过小。若 99 份打乱副本未全部劣于实际数据，或平均差距不足其三个标准差，则认为无聚类结构，全部客户为一群（手动指定分群数除外）。判据均以 K 均值计算。"
    "分群内多数客户无该指标时不列中位数。规则取不超过三个条件的最短者，精确率与召回率按全部客户计算，在“feature_table”表上执行 rule_sql 可复现。"
    "差距为均值之差，以变换后尺度的标准差为单位：活跃客户之间相互比较，无活动客户与全部活跃客户比较。",
)  # fmt: skip
SEGMENT_TITLES = {OUTLIERS: Text("Outliers", "离群客户")} | {
    f"s{n}": Text(f"Segment {n}", f"分群 {n}") for n in range(1, 61)}  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"),
    "fitted_on": Text("Customers the segments were fitted on", "用于拟合的客户数"),
    "without_activity": Text(
        "Customers without activity, a segment of their own", "单独成群的无活动客户数"
    ),
    "features": Text("Features used", "使用的特征数"),
    "segments": Text("Segments found", "分群数"),
}
CRITERIA = {
    "silhouette": (Text("Silhouette by number of segments", "各分群数的轮廓系数"),
                   Text("Mean silhouette (higher: farther apart)", "平均轮廓系数（越高越分离）")),
    "gap": (Text("Gap to shuffled copies", "与打乱副本的 Gap 值"),
            Text("Gap (how much better than without connections)", "Gap 值（优于无关联数据的程度）")),
    "bic": (Text("BIC by number of segments", "各分群数的 BIC"), Text("BIC (lower is better)", "BIC（越低越好）")),
    "stability": (Text("Stability in resamples", "重抽样稳定性"),
                  Text("Median adjusted Rand index", "调整兰德指数中位数")),
}  # fmt: skip
SIZES = Text("Customers per segment", "各分群客户数")
PROFILE = Text("What sets the segments apart", "各分群的特征差异")
SILHOUETTES = Text("How well customers fit their segment", "客户与所属分群的贴合度")
PROJECTION = Text("Customers on the two main axes", "客户在两条主轴上的分布")
MIGRATION = Text("Moves between segments", "分群迁移")
LOADINGS = Text("What the factors stand for", "因子载荷")
DRIFT = Text("Which figures drifted", "特征漂移（PSI）")
COMPARISON = Text("The same customers with the other settings", "两组参数下的分群对照")
BREAKDOWN = Text("Segments within each group", "各组的分群构成")


def name(result: SegmentsResult, key: str | None) -> Text:
    """A segment's name for people."""
    if key is None:
        return Text("Not a customer", "非客户")
    return result.names.get(key, SEGMENT_TITLES.get(key, Text(key, key)))


def listed(result: SegmentsResult, lang: Lang) -> str:
    """Every segment with its customers and share."""
    rows = result.tables["segments"].select("segment", "customers", "share").iter_rows()
    parts = [f"{name(result, key)(lang)} {count(n, lang)} ({share(p)})" for key, n, p in rows]
    if not parts:
        return Text("There is no customer.", "没有客户。")(lang)
    return Text("Segments: {parts}.", "分群：{parts}。").fill(
        parts=Text(", ".join(parts), "、".join(parts)))(lang)  # fmt: skip


def chart_alt(result: SegmentsResult, title: Text, lang: Lang) -> str:
    """A chart in words: its title, then the segments."""
    return f"{title(lang)}{Text('. ', '。')(lang)}{listed(result, lang)}"


def criterion_alt(result: SegmentsResult, criterion: str, lang: Lang) -> str:
    """A criterion in words: its value at every number of segments."""
    rows = result.tables["criteria"].select("k", criterion).iter_rows()
    parts = ", ".join(f"{k}: {value:.3g}" for k, value in rows if value is not None)
    return f"{CRITERIA[criterion][1](lang)}{Text(': ', '：')(lang)}{parts}"
