"""What the ledger says, and its charts."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from analytics import style
from analytics.ledger.result import TITLE, LedgerParams, compute
from analytics.ledger.split import LINES
from analytics.lifecycle import draw
from analytics.lifecycle.answer import Answer, has, members, tables
from analytics.lifecycle.spoken import BARS, Spoken
from analytics.registry import Analysis, ChartSpec, Need
from analytics.text import Lang, Text, count, money

QUESTION = Text("Why did the balance change: new and lost customers, accounts, own moves, interest, or money in and out?",
                "余额为何变动：新增与流失客户、开户销户、行内互转、利息，还是资金进出？")  # fmt: skip
DEFINITION = Text(
    "Every account's change between two month ends belongs to exactly one line; that of accounts kept "
    "through the month is split by their movements. The lines sum to the change of the balance exactly, "
    "in total, per product and per group. A move between own accounts is a day's movement whose other "
    "leg, of the opposite amount, lies on another account of the same customer. What the movements do "
    "not explain is shown as such. Debts count negative; closed accounts hold nothing.",
    "每个账户在两个月末之间的变动只计入一项；整月存续账户的变动按交易进一步拆分。各项之和与余额变动分毫不差，总额、分产品、分组均成立。"
    "同一客户名下不同账户同日金额相反的交易视为行内互转。交易无法解释的部分单独列示。贷款计为负，已销账户余额为零。")  # fmt: skip
LINE_TITLES = {
    "new_customers": Text("New customers", "新增客户"), "lost_customers": Text("Lost customers", "流失客户"),
    "opened_accounts": Text("Accounts opened", "新开账户"), "closed_accounts": Text("Accounts closed", "销户"),
    "own_moves": Text("Own moves", "行内互转"), "interest": Text("Interest", "利息"),
    "fees": Text("Fees", "手续费"), "organic_in": Text("Money in", "资金流入"),
    "organic_out": Text("Money out", "资金流出"), "unexplained": Text("Not explained", "未能解释"),
}  # fmt: skip
LINE, AMOUNT = Text("Line", "变动项"), Text("Amount", "金额")
MONTH, PRODUCT, CUSTOMERS = (
    Text("Month", "月份"),
    Text("Product", "产品"),
    Text("Customers", "客户数"),
)
LEDGER_TITLE = Text("What changed the balance", "余额变动构成")
MONTHS_TITLE = Text("Balance change month by month", "逐月余额变动")
PRODUCTS_TITLE = Text("Balance change by product", "分产品余额变动")
COUNT_TITLES = {
    "customers": Text("Customers with an account balance", "有账户余额的客户数"),
    "accounts": Text("Accounts with a known balance", "余额已知的账户数"),
    "months": Text("Months compared", "比较的月数"),
    "months_that_do_not_sum": Text("Months whose lines do not sum to the change", "各项之和不等于变动的月数"),
}  # fmt: skip


# -- words ---------------------------------------------------------------------------------------
def _m(amount: object) -> Text:
    return Text(money(amount, "en"), money(amount, "zh"))


def headline(answer: Answer) -> list[Text]:
    """The change over the months, its two largest lines, and whether all lines sum to it."""
    c, lines = answer.counts, answer.frames["ledger"]
    if lines.is_empty():
        return [Text("{n} accounts with a known balance: no change to explain.",
                     "余额已知账户{n}个，无可解释的变动。").fill(n=Text(count(c["accounts"], "en"), count(c["accounts"], "zh")))]  # fmt: skip
    top = [(LINE_TITLES[r["line"]], r["amount"]) for r in lines.head(2).iter_rows(named=True)]
    told = Text("The balance of {n} accounts changed by {total} over {m} months; the largest lines: {top}.",
                "{n}个账户的余额在 {m} 个月内变动 {total}；最大的变动项：{top}。").fill(
        n=Text(count(c["accounts"], "en"), count(c["accounts"], "zh")), m=c["months"],
        total=_m(lines["amount"].sum()), top=Text(
            ", ".join(f"{t.en.lower()} {money(a, 'en')}" for t, a in top),
            "、".join(f"{t.zh} {money(a, 'zh')}" for t, a in top)))  # fmt: skip
    left = lines.filter(line="unexplained")["amount"].sum() or 0
    sums = Text("In all {m} months the lines sum to the change; {left} is not explained by movements.",
                "{m} 个月各项之和均与变动相符；{left} 无法由交易解释。").fill(m=c["months"], left=_m(left))  # fmt: skip
    return [told, sums]


# -- charts --------------------------------------------------------------------------------------
def _amount(answer: Answer) -> draw.Field:
    return (
        "amount",
        Text(*(style.unit(AMOUNT, answer.currency, one) for one in ("en", "zh"))),
        ",.2f",
    )


def _lined(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    names = {key: title(lang) for key, title in LINE_TITLES.items()}
    return frame.with_columns(name=pl.col("line").replace_strict(names, return_dtype=pl.String))


def _scale(lang: Lang) -> alt.Scale:
    found = style.colours(list(LINES), "unexplained").to_dict()
    return alt.Scale(domain=[LINE_TITLES[k](lang) for k in found["domain"]], range=found["range"])


def _line_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    return _lined(answer.frames["ledger"], lang)


def _month_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    rows = answer.frames["months"]
    shown = rows["month"].unique().sort().tail(60)
    return _lined(rows.filter(pl.col("month").is_in(shown.implode())).sort("month", "line"), lang)


def _product_rows(answer: Answer, lang: Lang) -> pl.DataFrame:
    rows = answer.frames["products"]
    largest = rows["product"].unique(maintain_order=True).head(12)
    shown = rows.filter(pl.col("product").is_in(largest.implode(), nulls_equal=True))
    return _lined(shown, lang).with_columns(pl.col("product").fill_null("–"))


SAID = {
    "ledger": Spoken(BARS, LEDGER_TITLE, _line_rows, ("name", LINE, ""), _amount),
    "months": Spoken(BARS, MONTHS_TITLE, _month_rows, ("month", MONTH, ""), _amount, series=("name", LINE, "")),
    "products": Spoken(BARS, PRODUCTS_TITLE, _product_rows, ("product", PRODUCT, ""), _amount,
                       series=("name", LINE, "")),
}  # fmt: skip


def _framed(key: str, chart: alt.Chart, answer: Answer, lang: Lang) -> alt.Chart:
    return style.framed(chart, SAID[key].title(lang), SAID[key](answer, lang))


def _ledger(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.bars(_line_rows(answer, lang), _amount(answer), ("name", LINE, ""), ("line",),
                      lang, extra=[("customers", CUSTOMERS, ",")])  # fmt: skip
    return _framed("ledger", chart, answer, lang)


def _months(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.columns(_month_rows(answer, lang), ("month", MONTH, ""), _amount(answer), ("month", "line"), lang,
                         colour=("name", LINE, ""), scale=_scale(lang))  # fmt: skip
    return _framed("months", chart, answer, lang)


def _products(answer: Answer, lang: Lang) -> alt.Chart:
    chart = draw.bars(_product_rows(answer, lang), _amount(answer), ("product", PRODUCT, ""), ("product", "line"), lang,
                      colour=("name", LINE, ""), scale=_scale(lang))  # fmt: skip
    return _framed("products", chart, answer, lang)


def _spec(key: str, build: Any, shown: Any) -> ChartSpec:
    """A chart of one table, drawn once per currency."""
    return ChartSpec(key=key, title=SAID[key].title, build=build, alt_text=SAID[key], table=key, shown=shown,
                     rows=draw.sent(SAID[key].rows), shape=lambda answer: answer.currency)  # fmt: skip


ANALYSES = {
    "ledger": Analysis(
        key="ledger", title=TITLE, question=QUESTION, page="customers/ledger", params=LedgerParams,
        compute=compute, tables=tables, headline=headline, members=members, definition=DEFINITION,
        titles={"line": LINE_TITLES}, count_titles=COUNT_TITLES,
        charts=(
            _spec("ledger", _ledger, lambda answer: True),
            _spec("months", _months, has("months")),
            _spec("products", _products, lambda answer: bool(answer.frames["products"]["product"].count())),
        ),
        needs=(
            Need(path="balances.balance|transactions.balance_after"),
            Need(path="transactions.account_id", required=False, without=Text(
                "money in and out cannot be told apart", "无法区分资金流入与流出")),
        )),
}  # fmt: skip
