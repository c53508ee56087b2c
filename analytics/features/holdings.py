"""Features of what customers have and how they are reached: balances, accounts, app, campaigns.

Rows of part `levels`: one per customer and calendar month, the last known balance of every account:
month_no (0 is the month of as_of), held (sum of positive balances), owed (of negative ones, positive),
and of `held` the parts in term deposits (term), wealth products (wealth) and savings (savings).
Rows of part `accounts`: accounts opened by as_of: product, is_term (and so on), is_open, opened_on, closed_on.
"""

from __future__ import annotations

from analytics.features.feature import (
    DAYS,  # fmt: skip
    MONEY,
    NUMBER,
    RATIO,
    SCORE,
    SECONDS,
    SHARE,
    TIMES,
    YEARS,
    Feature,
    feature,
)
from analytics.text import Text

BALANCE = ("balances.balance|transactions.balance_after",)
CLASSED = (*BALANCE, "accounts.product|balances.product")
HELD = ("accounts.account_id",)
PRODUCT = ("accounts.product",)
SEEN = ("events.event",)

LEVELS: tuple[Feature, ...] = (
    feature("balance", "Balance", "余额", MONEY, "levels", "coalesce(sum(held) FILTER (newest), 0)",
            Text("Last known credit balances of the open accounts.", "未销户账户最近一次已知的正余额合计。"), needs=BALANCE),
    feature("mean_balance", "Mean balance", "平均余额", MONEY, "levels", "avg(held) FILTER (NOT newest)",
            Text("Mean of the month-end credit balances in the look-back.", "观察期内月末正余额的平均值。"),
            needs=BALANCE, behaviour=False),
    feature("balance_trend", "Balance trend", "余额趋势", RATIO, "levels",
            "coalesce(ln((1 + avg(held) FILTER (age <= 2)) / (1 + avg(held) FILTER (age >= 6))), 0)",
            Text("Logarithm of the mean balance of the last three months over that of six to twelve months ago; 0 is level.",
                 "近三个月平均余额与六至十二个月前平均余额之比的对数；0 表示持平。"), needs=BALANCE),
    feature("balance_variation", "Variation of the balance", "余额波动", RATIO, "levels",
            "coalesce(stddev_samp(held) FILTER (NOT newest) / nullif(avg(held) FILTER (NOT newest), 0), 0)",
            Text("Standard deviation of the month-end balances over their mean.", "月末余额标准差与均值之比。"), needs=BALANCE),
    feature("debt", "Debt", "负债余额", MONEY, "levels", "coalesce(sum(owed) FILTER (newest), 0)",
            Text("Last known debit balances of the open accounts, as a positive amount.",
                 "未销户账户最近一次已知的负余额合计（取正值）。"), needs=BALANCE),
    *(feature(f"{key}_share", f"Share in {en}", f"{zh}占比", SHARE, "levels",
              f"coalesce(sum({key}) FILTER (newest) / nullif(sum(held) FILTER (newest), 0), 0)",
              Text(f"Part of the balance in {en}.", f"余额中{zh}的占比。"), needs=CLASSED)
      for key, en, zh in (("term", "term deposits", "定期存款"), ("wealth", "wealth products", "理财产品"),
                          ("savings", "savings accounts", "储蓄存款"))),
)  # fmt: skip

ACCOUNTS: tuple[Feature, ...] = (
    feature("products_held", "Products held", "持有产品数", NUMBER, "accounts", "count(DISTINCT product) FILTER (is_open)",
            Text("Different products among the open accounts.", "未销户账户的不同产品数。"), needs=PRODUCT),
    feature("accounts_open", "Open accounts", "未销户账户数", NUMBER, "accounts", "count(*) FILTER (is_open)",
            needs=HELD, behaviour=False),
    feature("accounts_opened", "Accounts opened", "新开账户数", NUMBER, "accounts",
            "count(*) FILTER (opened_on >= $since)",
            Text("Accounts opened in the look-back.", "观察期内新开的账户数。"), needs=("accounts.opened_on",), behaviour=False),
    feature("accounts_closed", "Accounts closed", "销户账户数", NUMBER, "accounts",
            "count(*) FILTER (closed_on >= $since AND NOT is_open)",
            Text("Accounts closed in the look-back.", "观察期内销户的账户数。"), needs=("accounts.closed_on",), behaviour=False),
    *(feature(f"{key}_accounts", en, zh, NUMBER, "accounts",
              f"count(*) FILTER (is_open AND is_{key})",
              Text(f"Open accounts recognised as {what}.", f"识别为{thing}的未销户账户数。"), needs=PRODUCT, behaviour=False)
      for key, en, zh, what, thing in (
          ("term", "Term deposits", "定期存款笔数", "term deposits", "定期存款"),
          ("wealth", "Wealth products", "理财产品数", "wealth products", "理财产品"),
          ("card", "Cards", "信用卡张数", "cards", "信用卡"), ("loan", "Loans", "贷款笔数", "loans", "贷款"))),
)  # fmt: skip

EVENTS: tuple[Feature, ...] = (
    feature("app_days", "Days in the app", "APP 使用天数", DAYS, "events", "count(DISTINCT happened_at::DATE)",
            Text("Distinct days with an app event in the look-back.", "观察期内有行为事件的不同天数。"), needs=SEEN),
    feature("app_events", "App events", "行为事件数", TIMES, "events", "count(*)",
            Text("App events in the look-back.", "观察期内行为事件数。"), needs=SEEN, behaviour=False),
    feature("app_recency_days", "Days since the last app event", "距最近使用 APP", DAYS, "events",
            "date_diff('day', max(happened_at)::DATE, $as_of)",
            Text("Whole days from the last app event to the as-of day; the look-back where there is none.",
                 "最近行为事件至截至日的整天数；没有则取观察期天数。"), needs=SEEN, empty="lookback", behaviour=False),
    feature("event_kinds", "Kinds of app event", "事件种类数", NUMBER, "events", "count(DISTINCT event)",
            needs=SEEN, behaviour=False),
    feature("seconds_per_event", "Seconds per event", "单次事件时长", SECONDS, "events", "avg(duration_s)",
            Text("Mean duration of an app event.", "行为事件的平均时长。"), needs=("events.duration_s",), behaviour=False),
)  # fmt: skip

PEOPLE: tuple[Feature, ...] = (
    feature("tenure_days", "Tenure", "客户年限", DAYS, "people",
            "max(date_diff('day', opened_on, $as_of))",
            Text("Days since the customer was opened.", "自开户至截至日的天数。"),
            needs=("customers.opened_on",), empty=None, behaviour=False),
    feature("age_years", "Age", "年龄", YEARS, "people", "max(year($as_of) - birth_year)",
            Text("Year of the as-of day minus the year of birth.", "截至日所在年份减出生年份。"),
            needs=("customers.birth_year",), empty=None, behaviour=False),
)  # fmt: skip

REACHED: tuple[Feature, ...] = (
    feature("contacts", "Campaign contacts", "营销触达次数", TIMES, "contacts", "count(*)",
            Text("Campaign contacts in the look-back.", "观察期内营销触达次数。"), needs=("contacts.campaign",), behaviour=False),
    feature("click_share", "Share of contacts clicked", "触达点击率", SHARE, "contacts", "avg(coalesce(clicked_at < $as_of + 1, false)::INTEGER)",
            Text("Contacts that were clicked as a share.", "被点击的触达占比。"), needs=("contacts.clicked_at",), behaviour=False),
    feature("feedback_score", "Feedback score", "反馈评分", SCORE, "feedback", "avg(score)",
            Text("Mean score given in the look-back.", "观察期内平均评分。"), needs=("feedback.score",), empty=None, behaviour=False),
    feature("risk_score", "Risk score", "风险评分", SCORE, "risk", "max(risk_score)",
            needs=("risk.risk_score",), empty=None, behaviour=False),
)  # fmt: skip
