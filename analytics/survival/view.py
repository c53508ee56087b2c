"""The survival analysis: parameters, result, words and charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import altair as alt
import numpy as np
import polars as pl

from analytics import statistics, style
from analytics.dataset import EVERYBODY, Dataset, Population, Provenance, Scope
from analytics.lifecycle import days, draw
from analytics.lifecycle.answer import Answer, has, members, tables
from analytics.lifecycle.days import Calendar
from analytics.lifecycle.spoken import BARS, LINES, Spoken
from analytics.params import DAYS, MONTHS, ParameterError, Params, knob
from analytics.registry import Analysis, ChartSpec, Need
from analytics.survival import maturity, spells
from analytics.survival.estimate import Spells, curve, log_rank, median, thinned
from analytics.text import Lang, Text, counted, share

EVENTS = {
    "dormancy": Text("Going dormant", "进入沉睡"), "activation": Text("First own transaction", "首笔主动交易"),
    "loss": Text("Being lost", "流失"), "waking": Text("Waking up", "唤醒"),
    "closing": Text("Closing an account", "销户"),
}  # fmt: skip
HAPPENED = {
    "dormancy": Text("{k} of {n} customers went dormant", "{n}位客户中有{k}位进入沉睡"),
    "activation": Text("{k} of {n} customers who opened within the extract made a first transaction of their own",
                       "数据期内开户的{n}位客户中有{k}位完成首笔主动交易"),
    "loss": Text("{k} of {n} customers were lost", "{n}位客户中有{k}位流失"),
    "waking": Text("{k} of {n} dormant customers came back", "{n}位沉睡客户中有{k}位被唤醒"),
    "closing": Text("{k} of {n} accounts were closed", "{n}个账户中有{k}个销户"),
}  # fmt: skip
TITLE = Text("Survival", "生存分析")
QUESTION = Text("How long until customers activate, go dormant, come back or close, and who is quicker?",
                "客户多久激活、沉睡、回归或销户？哪些客群更快？")  # fmt: skip
DEFINITION = Text(
    "Kaplan-Meier: the share to whom the event has not happened so many days after the start; who has "
    "not had it by the as-of day is censored there. Log-log intervals of 95 %. Drawn while at least 10 "
    "are at risk. Groups against the rest: log-rank test, Holm-adjusted. Time to the first transaction "
    "counts only customers opened within the extract. A term deposit is rolled over if the customer "
    "opens one of the same product from 7 days before to 30 days after it matures.",
    "Kaplan-Meier：自起点起若干天后尚未发生事件的客户占比；截至日仍未发生者在该日删失。95% 双对数区间。风险人数不足 10 时不再绘制。"
    "各组与其余客户比较采用对数秩检验（Holm 校正）。首笔交易时间仅统计数据期内开户的客户。"
    "定期存款到期前 7 天至到期后 30 天内同一客户新开同类产品视为续存。")  # fmt: skip
DAY, LEFT = Text("Days since the start", "自起点起天数"), Text("Without the event", "未发生占比")
RISK, GROUP, NO_VALUE = (
    Text("At risk", "风险人数"),
    Text("Group", "分组"),
    Text("(no value)", "（无取值）"),
)
MONTH, ACCOUNTS = Text("Month", "月份"), Text("Term deposits", "定期存款笔数")
RENEWED, DUE = Text("Rolled over", "续存率"), Text("Still ahead", "尚未到期")
PAST, MATURITY = Text("Matured", "已到期"), Text("Maturity", "到期情况")
CURVE_TITLE = Text("Share without the event", "未发生事件的客户占比")
GROUPS_TITLE = Text("Share without the event, by group", "各组未发生事件的客户占比")
MATURITY_TITLE = Text("Maturity calendar of term deposits", "定期存款到期日历")
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"),
    "spells": Text("Spells counted", "计入的时段数"), "events": Text("With the event", "已发生"),
    "left_out": Text("Left out: start not seen or no such spell", "未计入：起点不可见或无此时段"),
}  # fmt: skip
MOST_GROUPS = 8


@dataclass(frozen=True, kw_only=True)
class SurvivalParams(Params):
    """Parameters of the survival view."""

    title: ClassVar[Text] = TITLE

    event: str = knob(
        "dormancy", Text("Event", "事件"), "choice", options=EVENTS,
        help=Text("What the time runs to; the package says where each starts.", "计时终点；起点见计算说明。"))  # fmt: skip
    dormant_days: int = knob(
        90, Text("Dormant after", "沉睡阈值"), "int", low=1, slider=(14, 365, 1), unit=DAYS,
        help=Text("Idle days from which a customer counts as dormant, that day included.",
                  "闲置达到该天数（含）即为沉睡。"))  # fmt: skip
    lost_days: int = knob(
        180, Text("Lost after", "流失阈值"), "int", low=2, slider=(30, 730, 5), unit=DAYS,
        help=Text("Idle days from which a customer counts as lost, that day included.",
                  "闲置达到该天数（含）即为流失。"))  # fmt: skip
    months: int = knob(
        12, Text("Maturities shown", "到期日历范围"), "int", low=1, high=120, slider=(3, 36, 1), unit=MONTHS,
        help=Text("Months of the maturity calendar, before and after the as-of day.", "截至日前后各展示的月数。"))  # fmt: skip

    def check(self) -> None:
        """Refuse thresholds in the wrong order."""
        if self.lost_days <= self.dormant_days:
            raise ParameterError(Text(
                f"lost_days = {self.lost_days}: expected more than dormant_days = {self.dormant_days}.",
                f"流失阈值 {self.lost_days} 天应大于沉睡阈值 {self.dormant_days} 天。"))  # fmt: skip


def compute(data: Dataset, params: SurvivalParams, as_of: date,
            population: Population = EVERYBODY) -> Answer:  # fmt: skip
    """Kaplan-Meier of the chosen event, by group if asked, and the maturity calendar."""
    with data.scope(as_of, population, params.by) as scope:
        calendar = days.read(scope, population, params.by)
        place, found = _spells(scope, calendar, params)
        term = maturity.read(scope) if data.has("accounts.matures_on") else None
        sql = scope.sql()
    ids = calendar.people["customer_id"]
    whole = curve(found)
    counts = {"customers": calendar.size, "spells": found.size, "events": int(found.ended.sum()),
              "left_out": calendar.size - len(np.unique(place))}  # fmt: skip
    frames = {"curve": whole, "spells": _buckets(found)}
    who = pl.DataFrame({"customer_id": ids[place.tolist()] if len(place) else ids[:0],
                        "days": found.days, "ended": found.ended})  # fmt: skip
    behind: dict[str, Any] = {
        "curve": (("day",), lambda: who.select("customer_id", day="days")),
        "spells": (("from_days", "ended"), lambda: who.with_columns(from_days=_bucket(pl.col("days")))),
    }  # fmt: skip
    if term is not None:
        months, owners = maturity.by_month(term, as_of, params.months)
        frames["maturities"] = months
        behind["maturities"] = (("month", "due"), lambda: owners)
    if params.by is not None:
        group = (
            calendar.people["group"][place.tolist()] if len(place) else calendar.people["group"][:0]
        )
        frames |= _by_group(found, group)
        grouped = pl.DataFrame({"customer_id": who["customer_id"], "group": group})
        behind |= {name: (("group",), lambda: grouped) for name in ("groups", "group_curves")}
    return Answer(Provenance(as_of, population, data.fingerprint, sql, counts), params, frames, behind,
                  {"median": median(whole)}, data.currency)  # fmt: skip


def _spells(scope: Scope, calendar: Calendar, params: SurvivalParams) -> tuple[np.ndarray, Spells]:
    if params.event == "activation":
        return spells.activation(calendar)
    if params.event == "waking":
        return spells.waking(calendar, params.dormant_days)
    if params.event == "closing":
        return _closing(scope, calendar)
    idle = params.dormant_days if params.event == "dormancy" else params.lost_days
    return spells.silence(calendar, idle)


def _closing(scope: Scope, calendar: Calendar) -> tuple[np.ndarray, Spells]:
    """Opening to closing of every account that has an opening day."""
    rows = scope.query("""
        SELECT customer_key, opened_on, closed_on FROM accounts
        WHERE customer_key IS NOT NULL AND opened_on <= $as_of ORDER BY customer_key, account_key
        """, step="accounts", as_of=scope.as_of)  # fmt: skip
    keys = calendar.people["customer_key"].to_numpy()
    rows = rows.filter(pl.col("customer_key").is_in(keys.tolist()))
    closed = (pl.col("closed_on") <= scope.as_of).fill_null(False)
    until = pl.when(closed).then("closed_on").otherwise(pl.lit(scope.as_of))
    timed = rows.select("customer_key", ended=closed,
                        days=(until - pl.col("opened_on")).dt.total_days().clip(0))  # fmt: skip
    place = np.searchsorted(keys, timed["customer_key"].to_numpy())
    return place, Spells(timed["days"].to_numpy().astype(float), timed["ended"].to_numpy())


def _bucket(days_: pl.Expr) -> pl.Expr:
    return (days_ / 30).floor().cast(pl.Int64) * 30


def _buckets(found: Spells) -> pl.DataFrame:
    """Spells by length in steps of 30 days and by whether they ended; most frequent first."""
    frame = pl.DataFrame({"days": found.days, "ended": found.ended},
                         schema={"days": pl.Float64, "ended": pl.Boolean})  # fmt: skip
    return frame.group_by(_bucket(pl.col("days")).alias("from_days"), "ended").agg(
        spells=pl.len().cast(pl.Int64)).sort("spells", "from_days", "ended", descending=[True, False, False])  # fmt: skip


def _by_group(found: Spells, group: pl.Series) -> dict[str, pl.DataFrame]:
    names = group.value_counts().sort(
        "count", group.name, descending=[True, False], nulls_last=True
    )[group.name]
    rows: list[tuple[object, ...]] = []
    curves: list[pl.DataFrame] = []
    for name in names:
        inside = group.eq_missing(pl.Series([name], dtype=pl.String)).to_numpy()
        own = curve(found.chosen(inside))
        statistic, p = log_rank(found.chosen(inside), found.chosen(~inside))
        rows.append((name, int(inside.sum()), int(found.ended[inside].sum()), median(own),
                     None if np.isnan(statistic) else statistic, None if np.isnan(p) else p))  # fmt: skip
        if len(curves) < MOST_GROUPS:
            curves.append(own.with_columns(group=pl.lit(name, pl.String)))
    frame = pl.DataFrame(rows, orient="row", schema={
        "group": pl.String, "spells": pl.Int64, "events": pl.Int64, "median_days": pl.Float64,
        "chi_square": pl.Float64, "p": pl.Float64})  # fmt: skip
    chance = frame["p"].cast(pl.Float64).to_numpy()
    adjusted = np.full(len(chance), np.nan)
    adjusted[~np.isnan(chance)] = statistics.holm(chance[~np.isnan(chance)])
    shown = (
        pl.concat(curves) if curves else curve(found).with_columns(group=pl.lit(None, pl.String))
    )
    return {"groups": frame.with_columns(p_adjusted=pl.Series(adjusted).fill_nan(None)),
            "group_curves": shown.select("group", *[c for c in shown.columns if c != "group"])}  # fmt: skip


# -- words ---------------------------------------------------------------------------------------
def headline(answer: Answer) -> list[Text]:
    """How many had the event, half of them by when, and what matures next."""
    c, happened = answer.counts, HAPPENED[answer.params.event]  # type: ignore[attr-defined]
    middle = answer.facts["median"]
    longest = float(answer.frames["curve"]["day"].max() or 0)  # type: ignore[arg-type]
    by_when = (Text("", "") if not c["events"] else
               Text(f"; fewer than half do within {longest:,.0f} days, the longest time seen",
                    f"；在最长观察期 {longest:,.0f} 天内未及半数") if middle is None else
               Text("; half do on the first day", "；半数在起点当日发生") if middle < 1 else
               Text(f"; by Kaplan-Meier, half do within {middle:,.0f} days",
                    f"；按 Kaplan-Meier 估计，半数在 {middle:,.0f} 天内发生"))  # fmt: skip
    told = [Text("{happened}{middle}.", "{happened}{middle}。").fill(
        happened=happened.fill(k=counted(c["events"]), n=counted(c["spells"])), middle=by_when)]  # fmt: skip
    calendar = answer.frames.get("maturities")
    if calendar is not None and calendar.height:
        ahead = calendar.filter(pl.col("due"))
        judged, renewed = int(calendar["judged"].sum()), int(calendar["renewed"].sum())
        told.append(Text("{n} term deposits mature in the coming {m} months; of {j} matured before, {r} were rolled over.",
                         "未来 {m} 个月有{n}笔定期存款到期；此前到期的{j}笔中，{r} 续存。").fill(
            n=counted(int(ahead["accounts"].sum())), m=answer.params.months, j=counted(judged),  # type: ignore[attr-defined]
            r=share(renewed / judged if judged else None)))  # fmt: skip
    return told


# -- charts --------------------------------------------------------------------------------------
X: draw.Field = ("day", DAY, ",.0f")
Y: draw.Field = ("surviving", LEFT, ".1%")


def _curve_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return thinned(answer.frames["curve"].filter(pl.col("enough")))


def _group_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    rows = answer.frames["group_curves"].filter(pl.col("enough"))
    parts = [thinned(part, 90) for part in rows.partition_by("group", maintain_order=True)]
    return (pl.concat(parts) if parts else rows).with_columns(
        pl.col("group").fill_null(NO_VALUE(lang))
    )


def _maturity_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return answer.frames["maturities"].sort("month").with_columns(
        when=pl.when("due").then(pl.lit(DUE(lang))).otherwise(pl.lit(PAST(lang))))  # fmt: skip


SAID = {
    "curve": Spoken(LINES, CURVE_TITLE, _curve_rows, X, Y, ordered=True),
    "group_curves": Spoken(LINES, GROUPS_TITLE, _group_rows, X, Y, ordered=True, series=("group", GROUP, "")),
    "maturities": Spoken(BARS, MATURITY_TITLE, _maturity_rows, ("month", MONTH, ""), ("accounts", ACCOUNTS, ","),
                         ordered=True),
}  # fmt: skip


def _curve(answer: Answer, lang: Lang) -> alt.LayerChart:
    rows = _curve_rows(answer, lang)
    band = alt.Chart(style.values(rows)).mark_area(
        opacity=0.2, color=style.ACCENT, interpolate="step-after").encode(
        alt.X("day:Q", title=DAY(lang)), alt.Y("low:Q", title=LEFT(lang)).axis(**style.share_axis()),
        alt.Y2("high:Q"))  # fmt: skip
    line = draw.lines(rows, X, Y, lang, step=True, domain=(0, 1), extra=[("at_risk", RISK, ",")])
    return style.framed(band + line, CURVE_TITLE(lang), SAID["curve"](answer, lang))


def _group_curves(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.lines(_group_rows(answer, lang), X, Y, lang, step=True, domain=(0, 1), colour=("group", GROUP, ""),
                       extra=[("at_risk", RISK, ",")])  # fmt: skip
    return style.framed(chart, GROUPS_TITLE(lang), SAID["group_curves"](answer, lang))


def _maturities(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.columns(_maturity_rows(answer, lang), ("month", MONTH, ""), ("accounts", ACCOUNTS, ","),
                         ("month", "due"), lang, colour=("when", MATURITY, ""), extra=[("renewal_share", RENEWED, ".1%")])  # fmt: skip
    return style.framed(chart, MATURITY_TITLE(lang), SAID["maturities"](answer, lang))


def _spec(key: str, build: Any, shown: Any) -> ChartSpec:
    """A chart of one table; nothing but its rows depends on the result."""
    return ChartSpec(key=key, title=SAID[key].title, build=build, alt_text=SAID[key], table=key, shown=shown,
                     rows=draw.sent(SAID[key].rows), shape=lambda answer: ())  # fmt: skip


ANALYSES = {
    "survival": Analysis(
        key="survival", title=TITLE, question=QUESTION, page="customers/survival", params=SurvivalParams,
        compute=compute, tables=tables, headline=headline, members=members, definition=DEFINITION,
        count_titles=COUNT_TITLES,
        charts=(
            _spec("curve", _curve, lambda answer: True),
            _spec("group_curves", _group_curves, has("group_curves")),
            _spec("maturities", _maturities, has("maturities")),
        ),
        needs=(
            Need(path="transactions.happened_at"),
            Need(path="accounts.matures_on", required=False, without=Text(
                "no maturity calendar", "无法显示到期日历")),
        )),
}  # fmt: skip
