"""One to three sentences that say what the segmentation found, written from its numbers."""

from __future__ import annotations

import polars as pl

from analytics.segments.reading import OUTLIERS
from analytics.segments.result import SegmentsResult
from analytics.segments.rule import ROUGH
from analytics.segments.words import name
from analytics.text import NO_TEXT, Text, counted, share

SHOWN = 3


def headline(result: SegmentsResult) -> list[Text]:
    """Whether there is structure, the largest segments, and what they were fitted on."""
    if not result.counts["customers"]:
        return [Text("There are 0 customers at the as-of day: nothing to segment.",
                     "截至日客户数为 0，无可分群。")]  # fmt: skip
    return [_structure(result), *_largest(result), _fitted(result)]


def _structure(result: SegmentsResult) -> Text:
    test, n = result.structure, counted(result.counts["customers"])
    if result.k is None:
        return _one_segment(result, n)
    first = Text("{n} customers fall into {k} segments{apart}", "{n}位客户分为 {k} 个分群{apart}").fill(
        n=n, k=result.k, apart=_apart(result))  # fmt: skip
    if test is not None and not test.found:
        tail = Text(" as asked, but there is no cluster structure{why}.",
                    "（按指定数量），但未发现聚类结构{why}。")  # fmt: skip
    else:
        tail = Text("{why}.", "{why}。")
    tail = tail.fill(why=NO_TEXT if test is None else _test(result))
    return Text(first.en + tail.en, first.zh + tail.zh)


def _apart(result: SegmentsResult) -> Text:
    if not result.idle:
        return NO_TEXT
    return Text(", one of them the {idle} without activity in {days} days",
                "（其中 1 个为 {days} 天内无活动的{idle}位客户）").fill(
        idle=counted(result.idle), days=result.params.lookback_days)  # fmt: skip


def _one_segment(result: SegmentsResult, n: Text) -> Text:
    test = result.structure
    if test is None:
        return Text("{n} customers are too few, or too alike, to tell segments apart.",
                    "仅有{n}位客户，或客户过于相似，无法分群。").fill(n=n)  # fmt: skip
    if test.found:
        return Text("No stable segments among {n} customers: the features are connected, but no number of segments returns in resamples.",
                    "{n}位客户中没有稳定的分群：特征之间有关联，但任何分群数都无法在重抽样中重现。").fill(n=n)  # fmt: skip
    return Text("No cluster structure among {n} customers{why}.", "{n}位客户中未发现聚类结构{why}。").fill(
        n=n, why=_test(result))  # fmt: skip


def _test(result: SegmentsResult) -> Text:
    test = result.structure
    assert test is not None
    better = round((1 - test.p) * (test.copies + 1))
    who = Text("the active", "活跃客户") if result.idle else Text("they", "客户")
    if better == test.copies and not test.found:
        return Text(": {who} fit {k} segments hardly better than the best of {copies} copies with shuffled columns do",
                    "：{who}分为 {k} 群的拟合与 {copies} 份列内打乱副本中的最优者相差无几").fill(
            who=who, k=test.k, copies=test.copies)  # fmt: skip
    if better == test.copies:
        return Text(": {who} fit {k} segments better than all {copies} copies with shuffled columns do",
                    "：{who}分为 {k} 群的拟合优于全部 {copies} 份列内打乱的副本").fill(
            who=who, k=test.k, copies=test.copies)  # fmt: skip
    return Text(": {who} fit {k} segments better than {better} of {copies} copies with shuffled columns do",
                "：{who}分为 {k} 群的拟合仅优于 {copies} 份列内打乱副本中的 {better} 份").fill(
        who=who, k=test.k, better=better, copies=test.copies)  # fmt: skip


def _largest(result: SegmentsResult) -> list[Text]:
    if result.k is None:
        return []
    rows = result.tables["segments"].filter(pl.col("segment") != OUTLIERS).head(SHOWN)
    parts = [Text(f"{name(result, key).en} ({share(part)})", f"{name(result, key).zh}（{share(part)}）")
             for key, part in rows.select("segment", "share").iter_rows()]  # fmt: skip
    rough = sum(one.f1 < ROUGH for one in result.rules.values())
    note = NO_TEXT
    if rough:
        note = Text("; the rules of {rough} segments are only rough", "；其中 {rough} 个分群的规则仅为近似").fill(
            rough=rough) if rough > 1 else Text("; the rule of one segment is only rough", "；其中 1 个分群的规则仅为近似")  # fmt: skip
    return [Text("Largest: {parts}{note}.", "最大的分群：{parts}{note}。").fill(
        parts=Text("; ".join(p.en for p in parts), "；".join(p.zh for p in parts)), note=note)]  # fmt: skip


def _fitted(result: SegmentsResult) -> Text:
    counts = result.counts
    on, n = counts["fitted_on"], counts["customers"] - counts["without_activity"]
    more = Text(_features(result).en + _moved(result).en + _other(result).en,
                _features(result).zh + _moved(result).zh + _other(result).zh)  # fmt: skip
    who = (
        Text("all active customers", "全部活跃客户")
        if result.idle
        else Text("all customers", "全部客户")
    )
    if on == n:
        return Text("Fitted on {who} by {more}.", "基于{who}拟合，{more}。").fill(
            who=who, more=more
        )
    again = NO_TEXT
    if (samples := result.tables.get("samples")) is not None:
        most = float(samples.select(pl.col("moved_share").abs().max()).item())
        again = Text(" (another sample moves a segment's share by at most {most})",
                     "（换一个样本时各分群占比最多变化 {most}）").fill(most=share(most))  # fmt: skip
    return Text("Fitted on a random sample of {on} customers, everybody was then assigned{again}; by {more}.",
                "基于随机抽取的{on}位客户拟合，再为全部客户归群{again}；{more}。").fill(
        on=counted(on), again=again, more=more)  # fmt: skip


def _features(result: SegmentsResult) -> Text:
    used, known = result.counts["features"], result.tables.get("features")
    left = 0 if known is None else known.filter(pl.col("status") != "used").height
    some = Text("{m} features", "采用 {m} 项特征").fill(m=used)
    if not left:
        return some
    return Text(f"{some.en} ({left} more hardly vary or repeat another)",
                f"{some.zh}（另有 {left} 项取值几乎相同或与其他特征重复，未采用）")  # fmt: skip


def _moved(result: SegmentsResult) -> Text:
    if result.earlier is None:
        return NO_TEXT
    both = result.earlier.moves.drop_nulls()
    part = both.filter(pl.col("from_segment") != pl.col("to_segment")).height / max(both.height, 1)
    by_refit = result.earlier.moved_by_refit
    refit = NO_TEXT if by_refit is None else Text(
        ", and a refit on that day would place {part} differently", "，若在当日重新拟合，{part} 的客户归属会不同").fill(
        part=share(by_refit))  # fmt: skip
    return Text("; since {days} days earlier {part} of those present on both days changed segment{refit}",
                "；与 {days} 天前相比，两日均在的客户中 {part} 更换了分群{refit}").fill(
        days=result.params.compare_days, part=share(part), refit=refit)  # fmt: skip


def _other(result: SegmentsResult) -> Text:
    if result.other is None:
        return NO_TEXT
    return Text("; with the other settings there are {k} segments, {part} of the customers are elsewhere (adjusted Rand index {ari})",
                "；按另一组参数为 {k} 个分群，{part} 的客户归属不同（调整兰德指数 {ari}）").fill(
        k=result.other.k or 1, part=share(result.other.moved), ari=f"{result.other.agreement:.2f}")  # fmt: skip
