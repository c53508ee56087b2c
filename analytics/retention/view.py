"""What the retention analysis says, and its charts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.lifecycle import draw
from analytics.lifecycle.answer import Answer, has, members, tables
from analytics.lifecycle.spoken import BARS, GRID, LINES, Spoken
from analytics.registry import Analysis, ChartSpec, Need
from analytics.retention.params import TITLE, RetentionParams
from analytics.retention.result import compute
from analytics.text import Lang, Text, counted, share

QUESTION = Text("Of those who came together, who is still coming, and what goes with staying?",
                "同期客户中谁仍在使用？哪些早期行为与留存相关？")  # fmt: skip
DEFINITION = Text(
    "A cohort is the customers with the same week or month of their first active day (or opening day). "
    "Period 0 is that week or month. A customer counts in a period if active on enough days of it; with "
    "'on or after', of it or a later one; with 'every period so far', of it and every one before. The rate is the share of the cohort. Cells whose period is not "
    "over are pale and left out of the mean. With brackets, columns are days since the customer's own start in place of calendar "
    "periods. Cohorts of the extract's first period are left out, because "
    "most of them had come before. Balance retention: what the cohort holds at a period's end as a share "
    "of the end of period 0.",
    "同期群为首个活跃日（或开户日）在同一周或同一月的客户，第 0 期为该周或该月。客户在某期内活跃天数达标即计为留存；"
    "选择“当期或之后”时，当期或其后任一期达标即可；选择“连续每期”时，自首期起须期期达标。留存率以同期群人数为分母。尚未结束的期以浅色显示且不计入平均。设置天数区间时，各列为自客户起点起的天数，不再按自然周期。"
    "数据首期的同期群不计入，因其多数此前已来过。余额留存为期末余额与第 0 期末余额之比。")  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"), "in_cohorts": Text("Customers in cohorts", "同期群客户数"),
    "left_out": Text("Left out: no start seen within the extract, or in its first period", "未计入：数据期内无起点或位于首期"),
}  # fmt: skip
COHORT, PERIOD, RATE, CUSTOMERS = (
    Text("Cohort", "同期群"),
    Text("Period", "期数"),
    Text("Retained", "留存率"),
    Text("Customers", "客户数"),
)
SINCE = Text("Days since the start", "自起点起天数")
MONTH, STICKY, MONTHLY = (
    Text("Month", "月份"),
    Text("Stickiness", "黏性"),
    Text("Monthly active", "月活客户"),
)
WEEKS, ACTS, PHI, PPV = (
    Text("Within the first weeks", "前几周内"),
    Text("Active days, at least", "活跃天数不少于"),
    Text("Phi", "Phi 系数"),
    Text("Of these stay", "其中留存"),
)
GRID_TITLE = Text("Retention by cohort", "同期群留存")
CURVE_TITLE = Text("Mean retention curve", "平均留存曲线")
STICKY_TITLE = Text("Stickiness: daily over monthly active customers", "黏性：日活与月活之比")
EARLY_TITLE = Text("Early behaviour that goes with staying", "与留存相关的早期行为")
PALE_NOTE = Text("Pale: the period is not over", "浅色：该期尚未结束")
HOW = {
    "on": Text("{share} are active {k} later", "{k}后活跃 {share}"),
    "on_or_after": Text("{share} are active {k} later or after that", "{k}后当期或之后活跃 {share}"),
    "streak": Text("{share} are active without a gap until {k} later", "连续活跃至{k}后 {share}"),
}  # fmt: skip
WEAK = 0.1  # phi
MOST_COHORTS, MOST_CELLS = 36, 780


def headline(answer: Answer) -> list[Text]:
    """How many are retained after one and after six periods, and what goes best with staying."""
    curve, n = answer.frames.get("curve"), answer.counts["in_cohorts"]
    if curve is None or not curve["period"].max():
        return [
            Text(
                "{n} customers in cohorts: no period is over yet.",
                "同期群客户{n}位，尚无完整的期。",
            ).fill(n=counted(n))
        ]
    told = [_in_days(curve, n) if "days" in curve.columns else _in_periods(answer, curve, n)]
    early = answer.frames.get("early")
    if early is not None and early["phi"][0] is not None:
        told.append(_telling(early.row(0, named=True)))
    return told


def _in_days(curve: pl.DataFrame, n: int) -> Text:
    """Who is active in the second bracket of days, and in the last."""
    names, rates = (dict(curve.select("period", one).iter_rows()) for one in ("days", "rate"))
    soon, late = 1 if 1 in rates else max(rates), max(rates)
    return Text("Of {n} customers in cohorts, {a} are active again on day {i} and {b} on day {k} since the start.",
                "同期群客户{n}位，自起点起第 {i} 天活跃 {a}，第 {k} 天活跃 {b}。").fill(
        n=counted(n), a=share(rates[soon]), b=share(rates[late]), i=names[soon], k=names[late])  # fmt: skip


def _in_periods(answer: Answer, curve: pl.DataFrame, n: int) -> Text:
    """Who is active one period later, and six (or as many as there are)."""
    assert isinstance(answer.params, RetentionParams)
    rates, how = dict(curve.select("period", "rate").iter_rows()), HOW[answer.params.counting]
    later = [1] if max(rates) == 1 else [1, 6 if 6 in rates else max(rates)]
    parts = [how.fill(share=share(rates.get(k)), k=_after(k, answer.params.unit)) for k in later]
    return Text("Of {n} customers in cohorts, {told}.", "同期群客户{n}位：{told}。").fill(
        n=counted(n), told=Text(" and ".join(one.en for one in parts), "，".join(one.zh for one in parts)))  # fmt: skip


def _after(periods: int, unit: str) -> Text:
    """So many months or weeks."""
    many = "" if periods == 1 else "s"
    return Text(f"{periods} {unit}{many}", f"{periods} {'个月' if unit == 'month' else '周'}")


def _telling(top: Mapping[str, Any]) -> Text:
    """The early behaviour that tells best who stays, held against those without it."""
    with_it, stayed = top["with_it"], top["stayed_with_it"]
    rest = (stayed / top["sensitivity"] - stayed) / (top["customers"] - with_it) if stayed else None
    opening = (Text("Nothing early tells well who stays; the best sign is", "早期行为均不能较好区分去留；相对最佳的是") if top["phi"] < WEAK else
               Text("Most telling early on:", "最有区分力的早期行为："))  # fmt: skip
    return Text("{opening} at least {m} active days in the first {w} weeks; {p} of the {k} customers with it stay, {q} of the others.",
                "{opening}前 {w} 周内活跃不少于 {m} 天；{k}位达标客户中 {p} 留存，其余客户 {q}。").fill(
        opening=opening, m=top["acts"], w=top["weeks"], p=share(top["ppv"]), k=counted(with_it), q=share(rest))  # fmt: skip


def _step(frame: pl.DataFrame) -> draw.Field:
    """What the columns are called: brackets of days, or periods."""
    return ("days", SINCE, "") if "days" in frame.columns else ("period", PERIOD, ",")


def _field(answer: Answer) -> draw.Field:
    """What the grid shows: customers or balances, as far as these are known."""
    assert isinstance(answer.params, RetentionParams)
    cells, show = answer.frames["cohorts"], answer.params.show
    return (show if cells[show].null_count() < cells.height else "rate", RATE, ".0%")


def _grid_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    assert isinstance(answer.params, RetentionParams)
    cells = answer.frames["cohorts"]
    most = max(1, min(MOST_COHORTS, MOST_CELLS // len(answer.params.steps)))
    shown = cells["cohort"].unique().sort().tail(most)
    return cells.filter(pl.col("cohort").is_in(shown.implode()), pl.col("period") < MOST_CELLS).with_columns(
        open=pl.col("complete").not_()).drop_nulls(_field(answer)[0])  # fmt: skip


def _grid_alt(answer: Answer, lang: Lang) -> str:
    """The cells after the first of each cohort, whose rate is 100 % by definition."""
    later = lambda answer, lang: _grid_rows(answer, lang).filter(pl.col("period") > 0)  # noqa: E731
    return Spoken(GRID, GRID_TITLE, later, _step(answer.frames["cohorts"]), _field,
                  series=("cohort", COHORT, ""))(answer, lang)  # fmt: skip


def _curve_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return answer.frames["curve"]


def _sticky_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return answer.frames["stickiness"].sort("month")


def _early_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return answer.frames["early"].drop_nulls("phi").sort("acts")


def _curve_alt(answer: Answer, lang: Lang) -> str:
    return Spoken(LINES, CURVE_TITLE, _curve_rows,
                  _step(answer.frames["curve"]), ("rate", RATE, ".1%"), ordered=True)(answer, lang)  # fmt: skip


_sticky_alt = Spoken(BARS, STICKY_TITLE, _sticky_rows,
                     ("month", MONTH, ""), ("stickiness", STICKY, ".1%"), ordered=True)  # fmt: skip
_early_alt = Spoken(GRID, EARLY_TITLE, lambda answer, lang: answer.frames["early"],
                    ("weeks", WEEKS, ","), ("phi", PHI, ".2f"), series=("acts", ACTS, ","))  # fmt: skip


def _grid(answer: Answer, lang: Lang) -> alt.LayerChart:
    rows = _grid_rows(answer, lang)
    chart = draw.grid(rows, _step(rows), ("cohort", COHORT, ""), _field(answer), ("cohort", "period"), lang,
                      pale="open", extra=[("customers", CUSTOMERS, ",")])  # fmt: skip
    height = 120 + 16 * rows["cohort"].n_unique()
    return style.framed(chart, GRID_TITLE(lang), _grid_alt(answer, lang), PALE_NOTE(lang), height)


def _curve(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.lines(answer.frames["curve"], _step(answer.frames["curve"]), ("rate", RATE, ".1%"), lang, pick=("period",),
                       domain=(0, 1), extra=[("customers", CUSTOMERS, ",")])  # fmt: skip
    return style.framed(chart, CURVE_TITLE(lang), _curve_alt(answer, lang))


def _sticky(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.columns(_sticky_rows(answer, lang), ("month", MONTH, ""), ("stickiness", STICKY, ".1%"),
                         ("month",), lang, extra=[("monthly", MONTHLY, ",")])  # fmt: skip
    return style.framed(chart, STICKY_TITLE(lang), _sticky_alt(answer, lang))


def _early(answer: Answer, lang: Lang) -> alt.LayerChart:
    chart = draw.grid(_early_rows(answer, lang), ("weeks", WEEKS, ""), ("acts", ACTS, ""),
                      ("phi", PHI, ".2f"), ("weeks", "acts"), lang, extra=[("ppv", PPV, ".1%")])  # fmt: skip
    return style.framed(chart, EARLY_TITLE(lang), _early_alt(answer, lang))


def _shape(answer: Answer) -> Hashable:
    """What the columns and the cells are, and how many cohorts the grid is high."""
    return (
        _step(answer.frames["cohorts"])[0],
        _field(answer)[0],
        _grid_rows(answer, "en")["cohort"].n_unique(),
    )


def _spec(key: str, title: Text, build: Any, said: Any, rows: Any, shown: Any) -> ChartSpec:
    table = "cohorts" if key == "grid" else key
    return ChartSpec(key=key, title=title, build=build, alt_text=said, table=table, shown=shown,
                     rows=draw.sent(rows), shape=_shape)  # fmt: skip


ANALYSES = {
    "retention": Analysis(
        key="retention", title=TITLE, question=QUESTION, page="customers/retention", params=RetentionParams,
        compute=compute, tables=tables, headline=headline, members=members, definition=DEFINITION,
        count_titles=COUNT_TITLES,
        charts=(_spec("grid", GRID_TITLE, _grid, _grid_alt, _grid_rows, lambda answer: True),
                _spec("curve", CURVE_TITLE, _curve, _curve_alt, _curve_rows, has("curve")),
                _spec("stickiness", STICKY_TITLE, _sticky, _sticky_alt, _sticky_rows, has("stickiness")),
                _spec("early", EARLY_TITLE, _early, _early_alt, _early_rows, has("early"))),
        needs=(Need(path="transactions.happened_at"),
               Need(path="balances.balance|transactions.balance_after", required=False, without=Text(
                   "no balance retention", "无法显示余额留存"))),
    )}  # fmt: skip
