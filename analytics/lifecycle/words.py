"""What the lifecycle view says: headline, definition, titles, and charts in words."""

from __future__ import annotations

import polars as pl

from analytics.lifecycle import schemes, spoken
from analytics.lifecycle.result import LifecycleResult
from analytics.lifecycle.spoken import Spoken
from analytics.text import Lang, Text, count, money, share

TITLE = Text("Lifecycle", "客户生命周期")
QUESTION = Text("Where does every customer stand, who moves, and what does each stage need?",
                "每位客户处于哪个阶段？谁在变动？各阶段需要什么？")  # fmt: skip
DEFINITION = Text(
    "Opened: no transaction of the customer's own yet. Activated: the first and second active day. "
    "Active: from the third. Dormant and lost: the given idle days since the last active day, both "
    "days included. Reactivated: for the given days from the day of return, then active. A day is "
    "active if it has a transaction that the customer started and that takes nothing back. Customers "
    "join on their opening day, or with their first transaction where no opening day is known. A joint "
    "account counts for its owner; who only holds one beside its owner stands as opened since that "
    "account opened. What "
    "happened before the extract begins is not seen: month ends within the lost days of its start are "
    "marked and left out of the transition shares. These are pooled over whole months, with Wilson "
    "intervals; cells judged by fewer than 20 are greyed. The forecast multiplies today's customers "
    "by the transition shares month by month, without new customers.",
    "已开户：尚无客户主动交易。已激活：第 1、2 个活跃日。活跃：自第 3 个活跃日起。沉睡、流失：自最近活跃日起闲置达到设定天数（含）。"
    "已唤醒：自回归当日起的设定天数内，之后为活跃。活跃日指有客户主动发起且非退款冲正交易的日期。"
    "客户自开户日起计入；开户日未知时，自首笔交易起计入。联名账户计入其主持有人；仅为共同持有人者自该账户开户日起列为“已开户”。数据起始日之前的情况不可见：距起始日不足流失天数的月末予以标注，不计入迁移率。"
    "迁移率按完整月份合并计算，附 Wilson 区间；样本不足 20 的单元格以灰色显示。预测以当前客户逐月乘以迁移率，不含新客户。",
)  # fmt: skip
STAGES_TITLE = Text("Customers per stage", "各阶段客户数")
BALANCE_TITLE = Text("Balance per stage", "各阶段余额")
STOCKS_TITLE = Text("Stages month by month", "各月末阶段分布")
SANKEY_TITLE = Text("Who moved in the last month", "最近一个月的阶段流转")
MATRIX_TITLE = Text("Monthly transition shares", "月度阶段迁移率")
THRESHOLD_TITLE = Text("Choosing the dormancy threshold", "沉睡阈值选择")
FORECAST_TITLE = Text("Forecast, and with a better wake-up rate", "阶段预测与唤醒情景")
BREAKDOWN_TITLE = Text("Stages within each group", "各组客户阶段构成")
JOINED = Text("Joined", "新加入")
KIND_TITLES = {
    "forecast": Text("As it goes", "维持现状"), "what_if": Text("With the better wake-up rate", "提升唤醒率"),
    "backtest": Text("Check on the past", "回测"),
}  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"),
    "without_active_day": Text("Customers without any active day", "从无活跃日的客户数"),
    "active_days": Text("Active days of all customers", "全部客户活跃日合计"),
    "dormant_or_lost": Text("Customers dormant or lost", "沉睡与流失客户数"),
    "transactions_counted": Text("Transactions counted", "计入的交易笔数"),
    "transactions_excluded_by_kind": Text(
        "Transactions left out for their kind", "因类型不计入的交易笔数"
    ),
    "contactable": Text("Contactable: consent given, not held out", "可触达：已授权且非对照组"),
    "joint_only": Text(
        "Joint holders without an account of their own", "仅为共同持有人、名下无主账户的客户数"
    ),
}
STAGE, CUSTOMERS = Text("Stage", "阶段"), Text("Customers", "客户数")
SHARE, BALANCE = Text("Share of customers", "客户占比"), Text("Balance", "余额")
MONTH, ACTION = Text("Month end", "月末"), Text("Action", "行动")
CONTACTABLE = Text("Contactable", "可触达客户数")
FROM, TO = Text("From", "转出阶段"), Text("To", "转入阶段")
MOVED, INTERVAL_LOW, INTERVAL_HIGH = (
    Text("Share", "占比"), Text("Interval from", "区间下限"), Text("Interval to", "区间上限"))  # fmt: skip
BASE = Text("Customer-months", "客户月数")
CENSORED_NOTE = Text("Pale months: too near the extract's start to know who was lost before",
                     "浅色月份：距数据起始过近，此前流失情况不可见")  # fmt: skip
FEW_NOTE = Text("Grey: fewer than 20 to judge by", "灰色：样本不足 20")
IDLE = Text("Idle days", "闲置天数")
FLAGGED, FALSE = (
    Text("Flagged dormant", "判定为沉睡"),
    Text("False: came back in time", "误判：期限内回归"),
)
LINE, THRESHOLD_NOTE = Text("Line", "曲线"), Text("Dashed: the threshold in use", "虚线为当前阈值")
KIND, GROUP, NO_VALUE = (
    Text("Line", "曲线"),
    Text("Group", "分组"),
    Text("(no value)", "（无取值）"),
)
AWAKE = Text("Customers neither dormant nor lost", "非沉睡、非流失客户数")
BAND_NOTE = Text("Band: 95 % of draws of whole months", "阴影：按月抽样的 95% 区间")
GROUPS_LEFT_OUT = Text("{n} smaller groups are in the table only", "另有 {n}个较小的组仅列于表中")
GROUP_SHARE, REST_SHARE = (
    Text("Share within the group", "组内占比"), Text("Share among all others", "其他客户中占比"))  # fmt: skip


def n_(value: int) -> Text:
    """A count in both languages."""
    return Text(count(value, "en"), count(value, "zh"))


def stage_title(key: str) -> Text:
    """A stage's name for people."""
    return JOINED if key == "joined" else schemes.TITLES[key]


def headline(result: LifecycleResult) -> list[Text]:
    """Where the customers stand, what moved, and what the better wake-up rate would bring."""
    n = result.counts["customers"]
    if not n:
        return [Text("0 customers by this day: there is nothing to place.",
                     "截至该日共 0 位客户，无可划分阶段的客户。")]  # fmt: skip
    return [_standing(result, n), _threshold(result), _outlook(result)][
        : 3 if len(result.boundaries) > 1 else 2
    ]


def _standing(result: LifecycleResult, n: int) -> Text:
    rows = result.actions.sort("customers", "stage", descending=[True, False]).head(4)
    parts = [
        (stage_title(r["stage"]), r["customers"], r["share"]) for r in rows.iter_rows(named=True)
    ]
    listed = Text(", ".join(f"{t.en.lower()} {count(c, 'en')} ({share(s)})" for t, c, s in parts),
                  "、".join(f"{t.zh} {count(c, 'zh')}（{share(s)}）" for t, c, s in parts))  # fmt: skip
    return Text("Of {n} customers: {listed}.{joint}", "{n}位客户中：{listed}。{joint}").fill(
        n=n_(n), listed=listed, joint=_joint(result)
    )


def _joint(result: LifecycleResult) -> Text:
    """Who stands as opened only because the transactions of a joint account count for its owner."""
    n = result.counts["joint_only"]
    if not n:
        return Text("", "")
    return Text(" Opened includes {n} joint holders whose account counts for its owner.",
                "“已开户”含 {n}位共同持有人，其联名账户计入主持有人。").fill(n=n_(n))  # fmt: skip


def _threshold(result: LifecycleResult) -> Text:
    row = result.threshold.filter(threshold_days=result.params.dormant_days)
    told = Text("", "") if result.opened_observable else Text(
        " No opening day is known, so \"opened\" is not observable.", "开户日未知，“已开户”阶段不可观测。")  # fmt: skip
    if row.is_empty() or row["false_share"][0] is None:
        return _unjudged(result).fill(days=result.params.dormant_days, told=told)
    return Text("Of {n} silences flagged at {days} days, {false} ended within {back} days: false alarms.{told}",
                "闲置达 {days} 天的{n}次静默中，{false} 在 {back} 天内回归，属误判。{told}").fill(
        n=n_(row["judged"][0]), days=result.params.dormant_days, false=share(row["false_share"][0]),
        back=result.params.returns_within_days, told=told)  # fmt: skip


def _unjudged(result: LifecycleResult) -> Text:
    """Why no silence can be judged: the extract is too short, or nobody was silent for so long."""
    params, calendar = result.params, result.calendar
    if (
        calendar.as_of - calendar.first_day
    ).days < params.dormant_days + params.returns_within_days:
        return Text("The extract is too short to check the threshold of {days} days.{told}",
                    "数据期过短，无法检验 {days} 天的阈值。{told}")  # fmt: skip
    return Text("Nobody was silent for {days} days early enough to check the threshold.{told}",
                "没有客户较早出现 {days} 天静默，无从检验该阈值。{told}")  # fmt: skip


def _outlook(result: LifecycleResult) -> Text:
    """Customers awake at the horizon, as it goes and with the better wake-up rate."""
    awake = awake_path(result)
    last = awake.filter(pl.col("months_ahead") == pl.col("months_ahead").max())
    found = dict(last.select("kind", "customers").iter_rows())
    extra = found.get("what_if", 0.0) - found.get("forecast", 0.0)
    if round(extra) == 0:
        return Text("{points:+g} points of monthly wake-up would change nothing: {base:,.0f} customers awake in {months} months either way.",
                    "月唤醒率变动 {points:+g} 个百分点影响甚微：{months} 个月后非沉睡、非流失客户均为 {base:,.0f} 位。").fill(
            points=result.params.wake_up_points, months=result.params.horizon_months, base=found.get("forecast", 0.0))  # fmt: skip
    return Text("{points:+g} points of monthly wake-up would mean {extra:+,.0f} customers awake in {months} months, against {base:,.0f} as it goes.",
                "月唤醒率变动 {points:+g} 个百分点，{months} 个月后非沉睡、非流失客户变动 {extra:+,.0f} 位，维持现状为 {base:,.0f} 位。").fill(
        points=result.params.wake_up_points, extra=extra + 0.0, months=result.params.horizon_months,
        base=found.get("forecast", 0.0))  # fmt: skip


ASLEEP = ("dormant", "lost", "churn", "declining")


def awake_path(result: LifecycleResult) -> pl.DataFrame:
    """kind, month, months_ahead, customers: expected customers who are not asleep."""
    return result.outlook.filter(~pl.col("stage").is_in(ASLEEP)).group_by(
        "kind", "month", "months_ahead", maintain_order=True).agg(pl.col("customers").sum())  # fmt: skip


def _listed(parts: list[str], lang: Lang) -> str:
    return Text(", ".join(parts) + ".", "、".join(parts) + "。")(lang)


def stages_alt(result: LifecycleResult, lang: Lang) -> str:
    """Every stage with its customers."""
    rows = result.actions.select("stage", "customers", "share").iter_rows()
    parts = [f"{stage_title(s)(lang)} {count(c, lang)} ({share(p)})" for s, c, p in rows]
    return Text("Bars: customers per stage. ", "条形图：各阶段客户数。")(lang) + _listed(
        parts, lang
    )


def balance_alt(result: LifecycleResult, lang: Lang) -> str:
    """Every stage with its balance."""
    rows = result.actions.select("stage", "balance").iter_rows()
    parts = [f"{stage_title(s)(lang)} {money(b, lang)}" for s, b in rows]
    return Text("Bars: balance per stage. ", "条形图：各阶段余额。")(lang) + _listed(parts, lang)


def _stock_rows(result: LifecycleResult, lang: Lang) -> pl.DataFrame:
    return _with_names(result.counted.sort("month"), lang)


def _group_rows(result: LifecycleResult, lang: Lang) -> pl.DataFrame:
    assert result.breakdown is not None
    return _with_names(result.breakdown, lang).with_columns(
        pl.col("group").fill_null(NO_VALUE(lang))
    )


def _with_names(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    names = {key: stage_title(key)(lang) for key in frame["stage"].unique()}
    return frame.with_columns(name=pl.col("stage").replace_strict(names, return_dtype=pl.String))


stocks_alt = Spoken(spoken.BARS, STOCKS_TITLE, _stock_rows, ("month", MONTH, ""), ("customers", CUSTOMERS, ","),
                    ordered=True, series=("name", STAGE, ""))  # fmt: skip
breakdown_alt = Spoken(spoken.BARS, BREAKDOWN_TITLE, _group_rows, ("group", GROUP, ""), ("share", GROUP_SHARE, ".1%"),
                       series=("name", STAGE, ""))  # fmt: skip


def sankey_alt(result: LifecycleResult, lang: Lang) -> str:
    """How many changed stage in the last month, and the largest of the moves."""
    last = result.flows.filter(
        pl.col("month") == pl.col("month").max(), pl.col("from_stage") != pl.col("to_stage")
    )
    told = Text("Ribbons from the stages of one month end to those of the next; {n} customers changed stage",
                "自上一月末阶段至本月末阶段的流向图；{n}位客户阶段发生变化").fill(n=n_(int(last["customers"].sum())))  # fmt: skip
    if last.is_empty():
        return told(lang) + Text(".", "。")(lang)
    top = last.sort("customers", descending=True).row(0, named=True)
    return Text("{told}, most of them from {a} to {b}: {n}.", "{told}，其中最多为{a}至{b}：{n}位。").fill(
        told=told, a=stage_title(top["from_stage"]), b=stage_title(top["to_stage"]), n=n_(top["customers"]))(lang)  # fmt: skip


def matrix_alt(result: LifecycleResult, lang: Lang) -> str:
    """The largest share that changes stage."""
    moved = result.transitions.filter(pl.col("from_stage") != pl.col("to_stage"), ~pl.col("few"))
    if moved.is_empty():
        return Text("Grid: monthly shares from stage to stage.", "矩阵：各阶段间的月度迁移率。")(
            lang
        )
    top = moved.sort("share", descending=True).row(0, named=True)
    return Text("Grid: monthly shares from stage to stage; the largest change is {a} to {b}, {p}.",
                "矩阵：各阶段间的月度迁移率；最大变动为{a}至{b}，{p}。").fill(
        a=stage_title(top["from_stage"]), b=stage_title(top["to_stage"]), p=share(top["share"]))(lang)  # fmt: skip


def threshold_alt(result: LifecycleResult, lang: Lang) -> str:
    """The threshold in use with both of its shares."""
    row = result.threshold.filter(threshold_days=result.params.dormant_days).row(0, named=True)
    return Text("Lines over idle days: share flagged dormant, and share of false alarms. At {days} days: {a} and {b}.",
                "随闲置天数变化的沉睡判定占比与误判占比。{days} 天时分别为 {a} 与 {b}。").fill(
        days=row["threshold_days"], a=share(row["flagged_share"]), b=share(row["false_share"]))(lang)  # fmt: skip


def forecast_alt(result: LifecycleResult, lang: Lang) -> str:
    """The outlook sentence."""
    return _outlook(result)(lang)
