"""What the RFM view says: headline, definition, titles, and charts for people who cannot see them."""

from __future__ import annotations

from collections.abc import Mapping

from analytics import style
from analytics.rfm import segment_map
from analytics.rfm.result import RfmResult
from analytics.text import NO_TEXT, Lang, Text, count, counted, money, share

TITLE = Text("RFM", "RFM 价值分析")
QUESTION = Text("Who banks with us recently, often and with much money, and who is slipping away?",
                "哪些客户近期活跃、交易频繁、金额较高？哪些正在流失？")  # fmt: skip
DEFINITION = Text(
    "F is the number of distinct days with a transaction the customer started, R the whole days from "
    "the last of them to the as-of day, M the sum of the amounts, all within the look-back, which "
    "ends with the as-of day. Interest, fees, salary and other kinds the bank or a third party starts "
    "are left out; refunds and reversals make no day active and count negative in M. Each measure is "
    "scored by percentile rank with ties averaged, or by fixed cut-offs; the highest score is best. "
    "Shares are of the customers with activity in the look-back. Customers at the as-of day without "
    "any are counted apart. The balance is the last known one of every account still open.",
    "F 为观察期内客户主动发起交易的不同天数；R 为最近一次此类交易至截至日的整天数；M 为金额合计；观察期以截至日为最后一天。"
    "利息、手续费、代发工资等由银行或第三方发起的交易不计入；退款与冲正不算活跃日，在 M 中计为负。"
    "各指标按百分位排名（并列取平均）或固定分界值评分，分数越高越好。占比以观察期内有交易的客户为分母，"
    "截至日无此类交易的客户单独统计。余额取各未销账户最近一次已知余额。",
)  # fmt: skip

GRID_TITLE = Text("Customers by recency and frequency score", "R、F 得分客户分布")
SEGMENTS_TITLE = Text("Customers per segment", "各分群客户数")
BALANCE_TITLE = Text("Balance per segment", "各分群余额")
BREAKDOWN_TITLE = Text("Segments within each group", "各组客户分群构成")
DISTRIBUTION_TITLES = {
    "recency": Text("How recently customers were active", "最近活跃天数分布"),
    "frequency": Text("How often customers were active", "活跃天数分布"),
    "monetary": Text("How much money they moved", "交易金额分布"),
}
SCORE_TITLES = {
    "recency": Text("Recency score R (highest: most recent)", "R 得分（越高越近）"),
    "frequency": Text("Frequency score F (highest: most often)", "F 得分（越高越频繁）"),
}
MEASURE_TITLES = {
    "recency": Text("Days since the last active day", "距最近活跃日（天）"),
    "frequency": Text("Active days in the look-back", "观察期内活跃天数（天）"),
    "monetary": Text("Amount in the look-back", "观察期内金额"),
}
MEDIAN = {
    "recency": Text("Median recency, days", "R 中位数（天）"),
    "frequency": Text("Median frequency, days", "F 中位数（天）"),
    "monetary": Text("Median amount", "M 中位数"),
}
STATUS_TITLES = {
    "with_activity": Text("Active in the look-back: scored", "观察期内有活动：已评分"),
    "without_activity": Text("Not active in the look-back", "观察期内无活动"),
    "no_transaction": Text("No transaction so far", "尚无交易"),
}
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"),
    "with_activity": Text("Customers scored", "已评分客户数"),
    "without_activity": Text(
        "Customers without activity in the look-back", "观察期内无主动交易的客户数"
    ),
    "transactions_counted": Text("Transactions counted", "计入的交易笔数"),
    "transactions_excluded_by_kind": Text(
        "Transactions left out for their kind", "因类型不计入的交易笔数"
    ),
    "transactions_refunded": Text(
        "Refunds and reversals among those counted", "计入交易中的退款与冲正笔数"
    ),
    "transactions_without_customer": Text(
        "Transactions without a customer, left out", "无客户号而不计入的交易笔数"
    ),
    "transactions_other_currency": Text(
        "Transactions in other currencies, left out", "其他币种而不计入的交易笔数"
    ),
}
KINDS_SHOWN, MOST_KINDS = 5, 50
SCORE, CUT_AT = Text("Score", "得分"), Text("Cut-off", "分界值")
FROM, BELOW = Text("From", "起"), Text("To below", "止（不含）")
OPEN_ENDED = Text("And everything above", "含以上全部")
CUT_NOTE = Text("Dashed lines: cut-offs between scores", "虚线为分档分界值")
GROUP, NO_VALUE = Text("Group", "分组"), Text("(no value)", "（无取值）")
GROUP_SHARE = Text("Share within the group", "组内占比")
REST_SHARE = Text("Share among all others", "其他客户中占比")
DIFFERENCE = Text("Difference", "差异")
GROUPS_LEFT_OUT = Text("{n} smaller groups are in the table only", "另有 {n}个较小的组仅列于表中")


def median_money(result: RfmResult, lang: Lang) -> str:
    """Title of a median amount, with the currency."""
    return style.unit(MEDIAN["monetary"], result.currency, lang)


def axis_title(result: RfmResult, measure: str, lang: Lang) -> str:
    """Title of a measure's axis, with its unit."""
    currency = result.currency if measure == "monetary" else None
    return style.unit(MEASURE_TITLES[measure], currency, lang)


def _window(result: RfmResult) -> Text:
    if (days := result.params.lookback_days) is None:
        return Text("at any time", "全部历史中")
    return Text(f"in the last {days:,} days", f"近 {days} 天内")


def headline(result: RfmResult) -> list[Text]:
    """Who was scored, where the value sits, and which transactions the figures rest on."""
    n, active = result.counts["customers"], result.counts["with_activity"]
    if not active:
        return [Text("None of {n} customers made a transaction {window}.",
                     "{n}位客户{window}均无客户主动交易。").fill(n=counted(n), window=_window(result)),
                _counted(result)]  # fmt: skip
    scored = Text(
        "{active} of {n} customers ({share}) were active {window}; {idle} had no transaction of their own.",
        "{n}位客户中，{active}位（{share}）{window}有主动交易；{idle}位没有。").fill(
        active=counted(active), n=counted(n), share=share(active / n), window=_window(result),
        idle=counted(n - active))  # fmt: skip
    return [scored, _top_segment(result), _counted(result)]


def _top_segment(result: RfmResult) -> Text:
    """The first segment of the map that has customers, with its balance where one is known."""
    first = result.segments.row(0, named=True)
    total = result.segments["balance"].sum()
    held = ""
    text = Text("{name}: {customers} of {n} scored customers ({share}){held}.",
                "{name}：{customers}位，占已评分客户（{n}位）的 {share}{held}。")  # fmt: skip
    if first["balance"] is not None and total and total > 0:
        part = share(float(first["balance"]) / float(total))
        return text.fill(held=Text(f", holding {part} of the balances", f"，持有余额的 {part}"),
                         **_segment_words(result, first))  # fmt: skip
    return text.fill(held=held, **_segment_words(result, first))


def _segment_words(result: RfmResult, row: dict[str, object]) -> dict[str, object]:
    assert isinstance(row["customers"], int)
    assert isinstance(row["share"], float)
    return {"name": segment_map.title(str(row["segment"])), "customers": counted(row["customers"]),
            "n": counted(result.counts["with_activity"]), "share": share(row["share"])}  # fmt: skip


def _counted(result: RfmResult) -> Text:
    """Which transactions were counted, and which were left out for their kind."""
    all_counted = counted(result.counts["transactions_counted"])
    if not result.kinds.known:
        return Text("The extract names no kinds, so all {n} transactions count.",
                    "数据未提供交易类型，全部{n}笔交易均计入。").fill(n=all_counted)  # fmt: skip
    return Text("{n} transactions count{kept} ({refunds} of them refunds, negative); {out} are left out for their kind{lost}.",
                "计入交易{n}笔{kept}（其中退款或冲正{refunds}笔，计为负）；因类型不计入{out}笔{lost}。").fill(
        n=all_counted, refunds=counted(result.counts["transactions_refunded"]),
        out=counted(result.counts["transactions_excluded_by_kind"]), kept=_kinds(result.kinds.counted),
        lost=_kinds(result.kinds.excluded))  # fmt: skip


def _kinds(rows: Mapping[str | None, int]) -> Text:
    """The most frequent kinds by name, as `: a, b and 3 more`; nothing where names look like free text."""
    names = [
        name for name, _ in sorted(rows.items(), key=lambda item: (-item[1], item[0] or "")) if name
    ]
    if not names or len(names) > MOST_KINDS:
        return NO_TEXT
    shown, more = names[:KINDS_SHOWN], len(names) - KINDS_SHOWN
    rest = Text(f" and {more} more", f"等 {len(names)} 类") if more > 0 else NO_TEXT
    return Text(f": {', '.join(shown)}{rest.en}", f"：{'、'.join(shown)}{rest.zh}")


def grid_alt(result: RfmResult, lang: Lang) -> str:
    """The grid in words: its fullest cell."""
    if result.grid.is_empty():
        return _nobody(lang)
    top = result.grid.sort("customers", descending=True).row(0, named=True)
    return Text("Grid of recency score by frequency score. The fullest cell is R {r}, F {f} with {n} customers ({share}).",
                "R 得分与 F 得分的矩阵图。客户最多的格子为 R {r}、F {f}，共 {n}位（{share}）。").fill(
        r=top["r"], f=top["f"], n=counted(top["customers"]), share=share(top["share"]))(lang)  # fmt: skip


def segments_alt(result: RfmResult, lang: Lang) -> str:
    """Every segment with its customers and share."""
    rows = result.segments.select("segment", "customers", "share").iter_rows()
    parts = [f"{segment_map.title(s)(lang)} {count(n, lang)} ({share(p)})" for s, n, p in rows]
    if not parts:
        return _nobody(lang)
    return Text("Bars: customers per segment. ", "条形图：各分群客户数。")(lang) + _listed(
        parts, lang
    )


def balance_alt(result: RfmResult, lang: Lang) -> str:
    """Every segment with its balance."""
    rows = result.segments.select("segment", "balance").iter_rows()
    parts = [f"{segment_map.title(s)(lang)} {money(b, lang)}" for s, b in rows]
    if not parts:
        return _nobody(lang)
    return Text("Bars: balance per segment. ", "条形图：各分群余额。")(lang) + _listed(parts, lang)


def distribution_alt(result: RfmResult, measure: str, lang: Lang) -> str:
    """A histogram in words: its cut-offs."""
    cuts = result.cuts_of[measure].drop_nulls("cut_at").sort("cut_at")["cut_at"]
    points = [f"{cut:,.6g}" for cut in cuts]
    return Text("Histogram: {title}. Cut-offs between scores: {cuts}.",
                "直方图：{title}。分档分界值：{cuts}。").fill(
        title=DISTRIBUTION_TITLES[measure], cuts=", ".join(points) or "–")(lang)  # fmt: skip


def breakdown_alt(result: RfmResult, lang: Lang) -> str:
    """The breakdown in words: how many groups, and that the table holds them."""
    n = 0 if result.groups is None else result.groups.height
    return Text("Stacked bars: the mix of segments within each of {n} groups, each bar 100 %.",
                "堆积条形图：{n}个组各自的客户分群构成，每条合计 100%。").fill(n=counted(n))(lang)  # fmt: skip


def _listed(parts: list[str], lang: Lang) -> str:
    return Text(", ".join(parts) + ".", "、".join(parts) + "。")(lang)


def _nobody(lang: Lang) -> str:
    return Text("No customer has a score.", "没有可评分的客户。")(lang)
