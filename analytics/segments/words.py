"""What the segments' view says: headline, definition, titles, and charts for who cannot see them."""

from __future__ import annotations

import polars as pl

from analytics.segments.reading import OUTLIERS
from analytics.segments.result import SegmentsResult
from analytics.segments.rule import ROUGH
from analytics.text import NO_TEXT, Lang, Text, count, share

TITLE = Text("Segments", "客户分群")
QUESTION = Text("Which groups of customers bank alike, and by which simple rule are they told apart?",
                "哪些客户的行为相似？用怎样的简单规则可以区分？")  # fmt: skip
DEFINITION = Text(
    "Every customer at the as-of day is described by behaviour features of the look-back (table "
    "`features`), winsorised, transformed and standardised. Segments are fitted on all customers, or "
    "on a seeded random sample where there are more than the sample size; then everybody joins the "
    "nearest. The number of segments is the sharpest bend of the gap against column-shuffled copies, "
    "among the numbers whose segments return in bootstrap resamples (adjusted Rand index at least .8, "
    "least stable segment at least .75) and are not too small. If 99 shuffled copies do not all fit "
    "worse, there is no cluster structure and all customers are one segment, unless a number is asked "
    "for. Criteria are those of k-means, whatever the method. Rules are the shortest of up to three "
    "conditions; precision and recall are counted on all customers, and `rule_sql` run over the table "
    "`feature_table` gives them again. Differences are in standard deviations on the transformed scale.",
    "以观察期内的行为特征（见“features”表）描述截至日的每位客户，经缩尾、变换和标准化。客户数不超过样本量时用全部客户拟合，"
    "否则用固定种子的随机样本拟合，再把全部客户归入最近的分群。分群数取相对“列内打乱副本”的 Gap 曲线拐点最明显者，"
    "且须在重抽样中稳定（调整兰德指数不低于 0.8，最不稳定分群不低于 0.75）并且不过小。若 99 份打乱副本未全部劣于实际数据，"
    "则认为无聚类结构，全部客户为一群（手动指定分群数除外）。判据均以 K 均值计算。规则取不超过三个条件的最短者，"
    "精确率与召回率按全部客户计算，在“feature_table”表上执行 rule_sql 可复现。差异以变换后尺度的标准差为单位。",
)  # fmt: skip
SEGMENT_TITLES = {OUTLIERS: Text("Outliers", "离群客户")} | {
    f"s{n}": Text(f"Segment {n}", f"分群 {n}") for n in range(1, 61)}  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"),
    "fitted_on": Text("Customers the segments were fitted on", "用于拟合的客户数"),
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
BREAKDOWN = Text("Segments within each group", "各组的分群构成")


def _n(value: int) -> Text:
    return Text(count(value, "en"), count(value, "zh"))


def name(result: SegmentsResult, key: str | None) -> Text:
    """A segment's name for people."""
    if key is None:
        return Text("Not a customer", "非客户")
    return result.names.get(key, SEGMENT_TITLES.get(key, Text(key, key)))


def headline(result: SegmentsResult) -> list[Text]:
    """Whether there is structure, the segments by size with their rules, and what they were fitted on."""
    n = _n(result.counts["customers"])
    if not result.counts["customers"]:
        return [Text("There are 0 customers at the as-of day: nothing to segment.",
                     "截至日客户数为 0，无可分群。")]  # fmt: skip
    return [_structure(result, n), *_largest(result), _fitted(result)]


def _structure(result: SegmentsResult, n: Text) -> Text:
    test, k = result.structure, result.k
    if k is None:
        why = NO_TEXT if test is None else _test(result)
        if test is None:
            return Text("{n} customers are too few, or too alike, to tell segments apart.",
                        "仅有{n}位客户，或客户过于相似，无法分群。").fill(n=n)  # fmt: skip
        if test.found:
            return Text("No stable segments among {n} customers: the features are connected, but no number of segments returns in resamples.",
                        "{n}位客户中没有稳定的分群：特征之间有关联，但任何分群数都无法在重抽样中重现。").fill(n=n)  # fmt: skip
        return Text(
            "No cluster structure among {n} customers{why}.", "{n}位客户中未发现聚类结构{why}。"
        ).fill(n=n, why=why)
    first = Text("{n} customers fall into {k} segments", "{n}位客户分为 {k} 个分群").fill(n=n, k=k)
    if test is not None and not test.found:
        tail = Text(
            " as asked, but there is no cluster structure{why}.",
            "（按指定数量），但未发现聚类结构{why}。",
        )
    else:
        tail = Text("{why}.", "{why}。")
    return Text(first.en + tail.en, first.zh + tail.zh).fill(
        why=NO_TEXT if test is None else _test(result)
    )


def _test(result: SegmentsResult) -> Text:
    test = result.structure
    assert test is not None
    better = round((1 - test.p) * (test.copies + 1))
    return Text(": {k} segments fit better here than in {better} of {copies} copies with shuffled columns",
                "：分为 {k} 群时的拟合优于 {copies} 份列内打乱副本中的 {better} 份").fill(
        k=test.k, better=better, copies=test.copies)  # fmt: skip


def _largest(result: SegmentsResult) -> list[Text]:
    if result.k is None:
        return []
    rows = result.tables["segments"].filter(pl.col("segment") != OUTLIERS).head(3)
    parts = [Text(f"{name(result, key).en} ({share(part)})", f"{name(result, key).zh}（{share(part)}）")
             for key, part in rows.select("segment", "share").iter_rows()]  # fmt: skip
    rough = sum(one.f1 < ROUGH for one in result.rules.values())
    note = (
        Text("; {rough} rules are rough", "；{rough} 条规则较粗略").fill(rough=rough)
        if rough
        else NO_TEXT
    )
    return [Text("Largest: {parts}{note}.", "最大的分群：{parts}{note}。").fill(
        parts=Text("; ".join(p.en for p in parts), "；".join(p.zh for p in parts)), note=note)]  # fmt: skip


def _fitted(result: SegmentsResult) -> Text:
    rows, n, m = result.counts["fitted_on"], result.counts["customers"], result.counts["features"]
    if rows == n:
        return Text("Fitted on all customers, {m} features{moved}.", "用全部客户、{m} 项特征拟合{moved}。").fill(
            m=m, moved=_moved(result))  # fmt: skip
    again = NO_TEXT
    if (samples := result.tables.get("samples")) is not None:
        most = float(samples.select(pl.col("difference").abs().max()).item())
        again = Text("; another sample moves a segment's share by at most {most}",
                     "；换一个样本时各分群占比最多变化 {most}").fill(most=share(most))  # fmt: skip
    return Text("Fitted on a random sample of {rows} customers, {m} features; everybody was then assigned{again}{moved}.",
                "用随机样本{rows}位客户、{m} 项特征拟合，再为全部客户归群{again}{moved}。").fill(
        rows=_n(rows), m=m, again=again, moved=_moved(result))  # fmt: skip


def _moved(result: SegmentsResult) -> Text:
    if result.moves is None:
        return NO_TEXT
    both = result.moves.drop_nulls()
    part = both.filter(pl.col("from_segment") != pl.col("to_segment")).height / max(both.height, 1)
    refit = NO_TEXT if result.moved_by_refit is None else Text(
        ", a refit on that day would place {part} differently", "，若在当日重新拟合，{part} 的客户归属会不同").fill(
        part=share(result.moved_by_refit))  # fmt: skip
    return Text("; since {days} days earlier {part} of those present on both days changed segment{refit}",
                "；与 {days} 天前相比，两日均在的客户中 {part} 更换了分群{refit}").fill(
        days=result.params.compare_days, part=share(part), refit=refit)  # fmt: skip


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
