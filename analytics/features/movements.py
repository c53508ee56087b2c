"""Features of what customers do: movements they start, the days of them, and income paid in.

Rows of part `movements`: transactions that the customer started (`rfm.kinds`), within the look-back:
day, hour, amount, is_refund, happened_at, channel, name, category, counterparty, basket_id, item.
Rows of part `days`: one per customer and active day: day, gap (days since the active day before).
Rows of part `income`: every credit the customer did not start: day, amount, is_salary.
"""

from __future__ import annotations

from analytics.features.feature import (
    DAYS,  # fmt: skip
    HOURS,
    MONEY,
    MONTHS,
    NUMBER,
    RATIO,
    SHARE,
    TIMES,
    Feature,
    feature,
)
from analytics.text import Text

WHEN = ("transactions.happened_at",)
CLOCK = ("transactions.happened_at", "clock")  # `clock`: the times hold hours, not days only

# Months are counted back from as_of: 365 days touch 12 or 13 calendar months, by the day of the month.
MONTHS_BACK = "count(DISTINCT floor(date_diff('day', day, $as_of) / 30.4375))"

MOVEMENTS: tuple[Feature, ...] = (
    feature("transactions", "Movements", "交易笔数", TIMES, "movements", "count(*)",
            Text("Movements the customer started in the look-back.", "观察期内客户主动发起的交易笔数。"), needs=WHEN),
    feature("turnover", "Amount moved", "交易总额", MONEY, "movements", "sum(abs(amount))",
            Text("Sum of the absolute amounts of these movements.", "上述交易金额绝对值之和。"), needs=WHEN),
    feature("money_in", "Money in", "流入金额", MONEY, "movements", "sum(greatest(amount, 0))",
            Text("Sum of the credits among these movements.", "上述交易中贷方金额之和。"), needs=WHEN),
    feature("money_out", "Money out", "流出金额", MONEY, "movements", "sum(-least(amount, 0))",
            Text("Sum of the debits among these movements.", "上述交易中借方金额之和。"), needs=WHEN),
    feature("typical_amount", "Typical amount", "单笔典型金额", MONEY, "movements",
            "exp(avg(ln(greatest(abs(amount), 0.01))))",
            Text("Geometric mean of the absolute amounts: robust against single large ones.",
                 "金额绝对值的几何平均，不受个别大额影响。"), needs=WHEN),
    feature("largest_amount", "Largest amount", "最大单笔金额", MONEY, "movements", "max(abs(amount))",
            Text("Largest absolute amount of one movement.", "单笔金额绝对值的最大值。"), needs=WHEN, behaviour=False),
    feature("amount_spread", "Spread of amounts", "金额离散度", RATIO, "movements",
            "coalesce(stddev_samp(ln(greatest(abs(amount), 0.01))), 0)",
            Text("Standard deviation of the logarithm of the amounts; 0 where all are alike.",
                 "金额对数的标准差；金额完全一致时为 0。"), needs=WHEN),
    feature("credit_share", "Share of credits", "贷方笔数占比", SHARE, "movements", "avg((amount > 0)::INTEGER)",
            Text("Credits as a share of the movements.", "贷方笔数占交易笔数的比例。"), needs=WHEN),
    feature("refund_share", "Share of refunds", "退款笔数占比", SHARE, "movements", "avg(is_refund::INTEGER)",
            Text("Refunds and reversals as a share of the movements.", "退款与冲正占交易笔数的比例。"),
            needs=WHEN, behaviour=False),
    feature("weekend_share", "Share at weekends", "周末交易占比", SHARE, "movements",
            "avg((isodow(day) > 5)::INTEGER)",
            Text("Movements on Saturdays and Sundays as a share.", "周六、周日交易笔数占比。"), needs=WHEN),
    feature("morning_share", "Share before noon", "上午交易占比", SHARE, "movements", "avg((hour < 12)::INTEGER)",
            Text("Movements between 5 and 12 o'clock, or earlier, as a share.", "中午 12 点前交易笔数占比。"), needs=CLOCK),
    feature("evening_share", "Share in the evening", "晚间交易占比", SHARE, "movements", "avg((hour >= 18)::INTEGER)",
            Text("Movements from 18 o'clock on as a share.", "18 点及以后交易笔数占比。"), needs=CLOCK),
    feature("hour_spread", "Spread of the hour", "交易时点离散度", HOURS, "movements",
            "coalesce(stddev_samp(hour), 0)",
            Text("Standard deviation of the hour of the day.", "交易发生小时的标准差。"), needs=CLOCK, behaviour=False),
    feature("channels_used", "Channels used", "使用渠道数", NUMBER, "movements", "count(DISTINCT channel)",
            Text("Different channels used in the look-back.", "观察期内使用的不同渠道数。"),
            needs=("transactions.channel",)),
    feature("kinds_used", "Kinds of movement", "交易类型数", NUMBER, "movements", "count(DISTINCT name)",
            Text("Different kinds of movement in the look-back.", "观察期内不同交易类型数。"),
            needs=("transactions.kind|transactions.category",)),
    feature("counterparties", "Counterparties", "对手方数", NUMBER, "movements", "count(DISTINCT counterparty)",
            Text("Different counterparties in the look-back.", "观察期内不同对手方数。"),
            needs=("transactions.counterparty",), behaviour=False),
    feature("baskets", "Baskets", "订单数", NUMBER, "movements", "count(DISTINCT basket_id)",
            Text("Different baskets in the look-back.", "观察期内不同订单数。"), needs=("transactions.basket_id",)),
    feature("items_bought", "Different items", "商品种类数", NUMBER, "movements", "count(DISTINCT item)",
            Text("Different items in the look-back.", "观察期内不同商品数。"), needs=("transactions.item",)),
)  # fmt: skip

ACTIVE_DAYS: tuple[Feature, ...] = (
    feature("recency_days", "Days since the last active day", "距最近活跃日", DAYS, "days",
            "date_diff('day', max(day), $as_of)",
            Text("Whole days from the last active day to the as-of day; the look-back where there is none.",
                 "最近活跃日至截至日的整天数；无活跃日则取观察期天数。"), needs=WHEN, empty="lookback"),
    feature("active_days", "Active days", "活跃天数", DAYS, "days", "count(*)",
            Text("Distinct days with a movement the customer started.", "有客户主动交易的不同天数。"), needs=WHEN),
    feature("active_months", "Active months", "活跃月数", MONTHS, "days",
            MONTHS_BACK,
            Text("Months, counted back from the as-of day, with an active day.", "自截至日倒推，有活跃日的月数。"), needs=WHEN),
    feature("recent_share", "Share of recent activity", "近期活跃占比", SHARE, "days",
            "avg((day > $recent)::INTEGER)",
            Text("Active days of the last quarter of the look-back as a share of all.",
                 "观察期最后四分之一内的活跃天数占比。"), needs=WHEN),
    feature("typical_gap_days", "Typical gap", "典型活跃间隔", DAYS, "days", "avg(gap)",
            Text("Mean days between active days; the look-back with fewer than two.",
                 "相邻活跃日的平均间隔；不足两个活跃日则取观察期天数。"), needs=WHEN, empty="lookback"),
    feature("gap_variation", "Irregularity", "活跃不规律度", RATIO, "days",
            "coalesce(stddev_samp(gap) / nullif(avg(gap), 0), 0)",
            Text("Standard deviation of the gaps over their mean; 0 is a clockwork.",
                 "间隔标准差与均值之比；0 表示完全规律。"), needs=WHEN, behaviour=False),
)  # fmt: skip

INCOME: tuple[Feature, ...] = (
    feature("salary_months", "Months with salary or pension", "代发工资或养老金月数", MONTHS, "income",
            f"{MONTHS_BACK} FILTER (is_salary)",
            Text("Months, counted back from the as-of day, with a salary or pension paid in.", "自截至日倒推，有代发工资或养老金入账的月数。"),
            needs=("transactions.kind|transactions.category",)),
    feature("salary_in", "Salary or pension paid in", "代发工资或养老金金额", MONEY, "income",
            "coalesce(sum(amount) FILTER (is_salary), 0)",
            Text("Sum of salary and pension paid in.", "代发工资与养老金入账合计。"),
            needs=("transactions.kind|transactions.category",)),
)  # fmt: skip
