"""What the early warning says, and its charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.churn import titles
from analytics.churn.models import MOST_OF_A_KIND, MOST_TAUGHT
from analytics.churn.training import MOST_SHUFFLED
from analytics.churn.view import TARGETS, ChurnParams, compute
from analytics.lifecycle import draw
from analytics.lifecycle.answer import Answer, has, members, tables
from analytics.lifecycle.spoken import BARS, LINES, Spoken
from analytics.registry import Analysis, ChartSpec, Need
from analytics.text import Lang, Text, counted, share

TITLE = Text("Early warning", "流失预警")
QUESTION = Text("Who is about to be lost, or to wake up, how sure is that, and why?",
                "谁即将流失或将被唤醒？把握多大？原因为何？")  # fmt: skip
DEFINITION = Text(
    "Scored are the customers active within the given days (for waking up: the dormant). The outcome is "
    "that the last active day falls within the horizon and silence follows for the given days (for "
    "waking up: an active day within the horizon). Models are taught on several earlier days, calibrated "
    "on customers set aside and judged on a later day; every outcome used for teaching was complete by "
    "the day judged. Of many customer-days a part is taught on, drawn by the seed and weighed up again: at "
    f"most {MOST_OF_A_KIND:,} each of those with the outcome and of customers who had left already, of the "
    f"others three times as many, or up to {MOST_TAUGHT:,} in all. What a signal is worth is read off at most "
    f"{MOST_SHUFFLED:,} of those judged. The logistic regression fits a smooth curve per signal. Today's scores come from the same recipe, taught on all days with known outcomes. "
    "Signals are read as of their own day. Reasons: by how much the probability would fall if "
    "the signal took its typical value; they explain the score and claim no cause. Without enough "
    "history or outcomes customers are ranked by days since their last activity.",
    "评分对象为设定天数内活跃的客户（唤醒则为沉睡客户）。目标结果：最近活跃日落在预测期内且其后静默达到设定天数（唤醒则为预测期内有活跃日）。"
    "模型以多个较早日期训练、以预留客户校准、以更晚日期评估；训练所用结果在评估日之前均已完整。"
    f"样本较多时按随机种子抽取一部分训练并加权还原：目标结果与此前已离开者各至多 {MOST_OF_A_KIND:,} 条，其余为其三倍，或合计不超过 {MOST_TAUGHT:,} 条；信号重要性至多按 {MOST_SHUFFLED:,} 位评估客户计算。"
    "逻辑回归对每个信号拟合平滑曲线。今日评分以同一方法、用全部结果已知的日期重新训练得出。各信号均按其当日口径读取。"
    "原因为将该信号替换为典型值后概率的下降幅度，仅解释评分，不代表因果。历史或样本不足时按距最近活跃日的天数排序。")  # fmt: skip
MODELS = {"boosting": Text("Gradient boosting", "梯度提升"), "logistic": Text("Logistic regression", "逻辑回归"),
          "blend": Text("Blend of both", "两模型平均"),
          "idle_days": Text("Days since last activity", "距最近活跃日天数")}  # fmt: skip
COUNT_TITLES = {
    "customers": Text("Customers at the as-of day", "截至日客户数"),
    "at_risk": Text("Customers scored", "评分客户数"), "flagged": Text("Flagged within capacity", "容量内标记客户数"),
    "taught_on": Text("Customer-days taught on", "训练样本数"), "taught_outcomes": Text("Outcomes taught on", "训练正样本数"),
    "judged": Text("Customers judged on", "评估客户数"), "judged_outcomes": Text("Outcomes among those judged", "评估正样本数"),
}  # fmt: skip
REASON, CUSTOMERS, MODEL = (
    Text("First reason", "首要原因"),
    Text("Customers", "客户数"),
    Text("Score", "评分方式"),
)
PR, LIFT, PREDICTED, OBSERVED = (Text("PR-AUC", "PR-AUC"), Text("Lift at 10 %", "前 10% 提升度"),
                                 Text("Predicted", "预测概率"), Text("Observed", "实际比例"))  # fmt: skip
CONTACTS, PROFIT, HITS = (
    Text("Contacts", "触达人数"),
    Text("Expected profit", "预期收益"),
    Text("Expected outcomes", "预期命中数"),
)
IDLE = Text("Idle days", "闲置天数")
RANKED_TITLE = Text("Who is flagged, by idle days", "被标记客户的闲置天数")
REASONS_TITLE = Text("Why customers are flagged", "客户被标记的首要原因")
MODELS_TITLE = Text("How well the scores tell, on a later period", "各评分在后续时期的区分能力")
RELIABILITY_TITLE = Text("Predicted against observed", "预测与实际对照")
PROFIT_TITLE = Text("Expected profit by number of contacts", "不同触达人数的预期收益")
DIAGONAL_NOTE = Text("Dashed: as predicted", "虚线：与预测一致")


def _params(answer: Answer) -> ChurnParams:
    assert isinstance(answer.params, ChurnParams)
    return answer.params


def headline(answer: Answer) -> list[Text]:
    """Who is flagged, how good the score proved, and whether to trust it."""
    c, params, taught = answer.counts, _params(answer), answer.facts["taught"]
    target = TARGETS[params.target]
    if taught is None:
        return [Text("{target}: {k} of {n} customers flagged by days since their last activity: the history or the outcomes are too few to teach a model and judge it.",
                     "{target}：按距最近活跃日天数标记{n}位客户中的{k}位；历史或样本不足，无法训练并评估模型。").fill(
            target=target, k=counted(c["flagged"]), n=counted(c["at_risk"]))]  # fmt: skip
    board, floor = taught.boards[taught.model.name], taught.boards["idle_days"]
    lift = board.top.filter(pl.col("share") == 0.1)["lift"][0]
    told = [
        Text("{target} within {days} days: {k} of {n} customers flagged, {hits:,.0f} of them expected to be right.",
             "{days} 天内{target}：{n}位客户中标记{k}位，预期命中 {hits:,.0f} 位。").fill(
            target=target, days=params.horizon_days, k=counted(c["flagged"]), n=counted(c["at_risk"]),
            hits=answer.frames["scores"].filter("flagged")["probability"].sum()),
        Text("Judged on {j} customers of a later period: lift {lift:.1f} among the top 10 %, PR-AUC {pr:.2f} (days since last activity {floor:.2f}, base rate {base}), calibration error {ece}.",
             "以后续时期{j}位客户评估：前 10% 提升度 {lift:.1f}，PR-AUC {pr:.2f}（仅看闲置天数 {floor:.2f}，基准 {base}），校准误差 {ece}。").fill(
            j=counted(board.n), lift=lift, pr=board.pr_auc, floor=floor.pr_auc, base=share(board.base_rate),
            ece=share(board.calibration_error))]  # fmt: skip
    if board.too_good:
        told.append(Text("The area under the curve is above 0.95: a leak is likelier than skill. Check which columns know the outcome.",
                         "AUC 高于 0.95，数据泄漏的可能大于模型能力，请检查哪些字段包含了结果信息。"))  # fmt: skip
    return told


def _framed(chart: Any, said: Spoken, answer: Answer, lang: Lang, note: str = "") -> Any:
    return style.framed(chart, said.title(lang), said(answer, lang), note)


def _idle_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return answer.frames["scores"].filter("flagged").group_by("idle_days").agg(
        customers=pl.len().cast(pl.Int64)).sort("customers", descending=True).head(200).sort("idle_days")  # fmt: skip


def _reason_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    rows = answer.frames["scores"].filter("flagged").drop_nulls("reason_1").group_by("reason_1").agg(
        customers=pl.len().cast(pl.Int64)).sort("customers", "reason_1", descending=[True, False])  # fmt: skip
    return _named(rows, "reason_1", titles.TITLES, lang)


def _model_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return _named(answer.frames["boards"], "model", MODELS, lang)


def _named(
    frame: pl.DataFrame, column: str, titles: Mapping[str, Text], lang: Lang
) -> pl.DataFrame:
    names = {key: title(lang) for key, title in titles.items()}
    return frame.with_columns(name=pl.col(column).replace_strict(names, return_dtype=pl.String))


SAID = {
    "ranked": Spoken(BARS, RANKED_TITLE, _idle_rows, ("idle_days", IDLE, ","), ("customers", CUSTOMERS, ",")),
    "reasons": Spoken(BARS, REASONS_TITLE, _reason_rows, ("name", REASON, ""), ("customers", CUSTOMERS, ",")),
    "models": Spoken(BARS, MODELS_TITLE, _model_rows, ("name", MODEL, ""), ("pr_auc", PR, ".3f")),
    "reliability": Spoken(LINES, RELIABILITY_TITLE, lambda answer, lang: answer.frames["reliability"],
                          ("predicted", PREDICTED, ".1%"), ("observed", OBSERVED, ".1%"), ordered=True),
    "profit": Spoken(LINES, PROFIT_TITLE, lambda answer, lang: answer.frames["profit"],
                     ("contacts", CONTACTS, ","), ("expected_profit", PROFIT, ",.0f"), ordered=True),
}  # fmt: skip


def _ranked(answer: Answer, lang: Lang) -> alt.Chart:
    chart = alt.Chart(style.values(_idle_rows(answer, lang))).mark_bar(color=style.ACCENT).encode(
        alt.X("idle_days:Q", title=IDLE(lang)), alt.Y("customers:Q", title=CUSTOMERS(lang)).axis(**style.number_axis(lang)),
        tooltip=draw.tips([("idle_days", IDLE, ","), ("customers", CUSTOMERS, ",")], lang))  # fmt: skip
    return _framed(chart, SAID["ranked"], answer, lang)


def _why(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.bars(_reason_rows(answer, lang), ("customers", CUSTOMERS, ","), ("name", REASON, ""),
                      ("reason_1",), lang)  # fmt: skip
    return _framed(chart, SAID["reasons"], answer, lang)


def _models(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.bars(_model_rows(answer, lang), ("pr_auc", PR, ".3f"), ("name", MODEL, ""), ("model",), lang,
                      extra=[("lift_10", LIFT, ".2f")])  # fmt: skip
    return _framed(chart, SAID["models"], answer, lang)


def _reliability(answer: Answer, lang: Lang) -> alt.LayerChart:
    rows = answer.frames["reliability"]
    points = draw.lines(rows, ("predicted", PREDICTED, ".1%"), ("observed", OBSERVED, ".1%"), lang, pick=("bin",),
                        extra=[("customers", CUSTOMERS, ",")])  # fmt: skip
    top = max(float(rows["predicted"].max() or 0), float(rows["observed"].max() or 0))  # type: ignore[arg-type]
    line = alt.Chart(style.values([{"predicted": v, "observed": v} for v in (0.0, top)])).mark_line(
        strokeDash=[5, 3], color=style.NEUTRAL).encode(alt.X("predicted:Q"), alt.Y("observed:Q"))  # fmt: skip
    return _framed(points + line, SAID["reliability"], answer, lang, DIAGONAL_NOTE(lang))


def _profit(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.lines(answer.frames["profit"], ("contacts", CONTACTS, ","), ("expected_profit", PROFIT, ",.0f"), lang,
                       pick=("contacts",), extra=[("expected_outcomes", HITS, ",.1f")])  # fmt: skip
    return _framed(chart, SAID["profit"], answer, lang)


def _spec(key: str, build: Any, table: str, shown: Any) -> ChartSpec:
    said = SAID[key]
    return ChartSpec(
        key=key, title=said.title, build=build, alt_text=said, table=table, shown=shown
    )


ANALYSES = {
    "churn": Analysis(
        key="churn", title=TITLE, question=QUESTION, page="customers/churn", params=ChurnParams,
        compute=compute, tables=tables, headline=headline, members=members, definition=DEFINITION,
        titles={"model": MODELS, "feature": titles.TITLES,
                **{f"reason_{i}": titles.TITLES for i in (1, 2, 3)}},
        count_titles=COUNT_TITLES,
        charts=(
            _spec("ranked", _ranked, "scores", lambda answer: True),
            _spec("reasons", _why, "scores", has("boards")),
            _spec("models", _models, "boards", has("boards")),
            _spec("reliability", _reliability, "reliability", has("boards")),
            _spec("profit", _profit, "profit", has("profit")),
        ),
        needs=(
            Need(path="transactions.happened_at"),
            Need(path="balances.balance", required=False, without=Text(
                "balance signals are missing", "缺少余额信号")),
            Need(path="events.event", required=False, without=Text(
                "complaints and failed logins are missing", "缺少投诉与登录失败信号")),
            Need(path="accounts.account_id", required=False, without=Text(
                "signals of closed and ended accounts are missing", "缺少销户与到期信号")),
        )),
}  # fmt: skip
