"""What was moved: signs, currencies, and balances that do not follow from the movements.

Why the order inside one moment is not trusted: many extracts date a movement by the day only, so
that several movements of one account share a moment. The running balance is compared only at
moments with a single movement; what moved in between is summed, so no order is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator

from analytics.dataset import Dataset
from analytics.findings import Finding
from analytics.quality.said import answer, finding, number
from analytics.text import Text

CENT = 0.005  # two amounts closer than this are the same money
ROUNDING = 1  # steps off by less than this are a system's rounding, not a missing movement
MOST_ROWS = 2_000_000  # rows followed movement by movement; beyond, whole accounts are sampled
DEBIT_WORDS = "withdraw|debit|vydaj|vyber|取款|支出|转出|消费|扣款|提现|缴费|还款"
CREDIT_WORDS = "deposit|salary|prijem|vklad|存入|收入|转入|工资|代发|入账"


def signs(data: Dataset) -> Iterator[Finding]:
    """All amounts of one sign: debits cannot be told from credits; and amounts of nothing."""
    if not data.has("transactions"):
        return
    seen = answer(data, """
        SELECT count(amount) AS of, count(*) FILTER (amount > 0) AS plus,
               count(*) FILTER (amount < 0) AS minus, count(*) FILTER (amount = 0) AS zero
        FROM transactions""")  # fmt: skip
    if seen["of"] and not (seen["plus"] and seen["minus"]):
        yield finding(
            "one_sign", "warning", "transactions.amount", seen["of"], seen["of"],
            Text("All {of} amounts have the same sign, so money in cannot be told from money out.",
                 "全部{of}笔金额符号相同，无法区分收入与支出。"),
            Text("Map a direction column, or separate credit and debit columns, if there are any.",
                 "如有借贷方向列或借贷分列，请为其建立映射。"))  # fmt: skip
    if seen["zero"]:
        yield finding(
            "zero_amounts", "info", "transactions.amount", seen["zero"], seen["of"],
            Text("{rows} of {of} transactions move no money.", "{of}笔交易中，{rows}笔金额为零。"),
            Text("Check whether these are enquiries or cancelled entries.",
                 "请核对是否为查询类或已撤销的记录。"))  # fmt: skip


def kinds_against_signs(data: Dataset) -> Iterator[Finding]:
    """Kinds whose name says money out (in) on amounts that say money in (out), above 5 %."""
    if not data.has("transactions.kind"):
        return
    seen = answer(data, """
        WITH kinds AS (
            SELECT regexp_matches(strip_accents(lower(kind)), $debit) AS debit,
                   regexp_matches(strip_accents(lower(kind)), $credit) AS credit,
                   count(*) FILTER (amount > 0) AS plus, count(*) FILTER (amount < 0) AS minus
            FROM transactions WHERE kind IS NOT NULL GROUP BY kind)
        SELECT sum(if(debit, plus, minus))::BIGINT AS rows, sum(plus + minus)::BIGINT AS of
        FROM kinds WHERE debit <> credit""", debit=DEBIT_WORDS, credit=CREDIT_WORDS)  # fmt: skip
    if seen["rows"] > 0.05 * seen["of"]:
        yield finding(
            "sign_against_kind", "error", "transactions.amount", seen["rows"], seen["of"],
            Text("{rows} of {of} transactions ({part}) are named a debit and counted as a credit, "
                 "or the other way round.",
                 "{of}笔可核对的交易中，{rows}笔（{part}）的类型与金额的借贷方向相反。"),
            Text("Correct the direction in the mapping; a credit is positive, a debit negative.",
                 "请在映射中更正借贷方向：贷为正，借为负。"))  # fmt: skip


def currencies(data: Dataset) -> Iterator[Finding]:
    """Transactions in a currency other than the one of every run: left out, hence said."""
    if not data.has("transactions.currency"):
        return
    seen = answer(data, """
        SELECT count(*) AS of, count(currency) - count(*) FILTER (currency = $one) AS rows,
               count(DISTINCT currency) AS kinds, count(*) FILTER (currency IS NULL) AS unsaid
        FROM transactions""", one=data.currency or "")  # fmt: skip
    if seen["rows"]:
        yield finding(
            "currency_mix", "warning", "transactions.currency", seen["rows"], seen["of"],
            Text("{kinds} currencies; {rows} of {of} transactions ({part}) are not in the most "
                 "frequent one and are left out of every analysis.",
                 "共{kinds}种币种；{of}笔交易中有{rows}笔（{part}）不属于主要币种，所有分析均不包含。"),
            Text("Choose another currency at import to analyse those.",
                 "如需分析其他币种，请在导入时选择。"),
            kinds=number(seen["kinds"]))  # fmt: skip
    if seen["unsaid"]:
        yield finding(
            "currency_unsaid", "info", "transactions.currency", seen["unsaid"], seen["of"],
            Text("{rows} of {of} transactions name no currency and are taken for the usual one.",
                 "{of}笔交易中，{rows}笔未注明币种，按主要币种处理。"))  # fmt: skip


def _holder(data: Dataset, table: str) -> str:
    return "account_key" if data.has(f"{table}.account_id") else "customer_key"


def _sample(data: Dataset, holder: str) -> str:
    """A condition that keeps whole holders, so few that at most `MOST_ROWS` rows are followed."""
    parts = -(-data.rows("transactions") // MOST_ROWS)
    return f"{holder} IS NOT NULL AND hash({holder}) % {max(parts, 1)} = 0"


def running_balance(data: Dataset) -> Iterator[Finding]:
    """`balance_after` against the sum of the movements, and against their negative."""
    if not data.has("transactions.balance_after"):
        return
    holder = _holder(data, "transactions")
    seen = answer(data, f"""
        WITH moments AS (
            SELECT {holder} AS holder, currency, happened_at, sum(amount)::DOUBLE AS moved,
                   max(balance_after)::DOUBLE AS balance, count(*) AS movements
            FROM transactions WHERE {_sample(data, holder)} GROUP BY ALL),
        running AS (
            SELECT holder, currency, happened_at, movements, balance,
                   sum(moved) OVER (PARTITION BY holder, currency ORDER BY happened_at) AS total
            FROM moments),
        steps AS (
            SELECT balance - total - lag(balance - total) OVER one AS step,
                   balance + total - lag(balance + total) OVER one AS turned
            FROM running WHERE movements = 1 AND balance IS NOT NULL
            WINDOW one AS (PARTITION BY holder, currency ORDER BY happened_at))
        SELECT count(step) AS of, count(*) FILTER (abs(step) > {ROUNDING} - {CENT}) AS rows,
               count(*) FILTER (abs(step) BETWEEN {CENT} AND {ROUNDING} - {CENT}) AS rounded,
               count(*) FILTER (abs(turned) > {ROUNDING} - {CENT}) AS turned FROM steps""")  # fmt: skip
    if seen["rounded"]:
        yield finding(
            "balance_rounded", "info", "transactions.balance_after", seen["rounded"], seen["of"],
            Text("In {rows} of {of} steps checked ({part}) the balance differs from the movements "
                 "by less than 1: rounding.",
                 "已核对{of}处，其中{rows}处（{part}）的余额与发生额相差小于1，属四舍五入尾差。"))  # fmt: skip
    if seen["rows"] > 0.5 * seen["of"] and seen["turned"] < 0.05 * seen["of"]:
        yield finding(
            "signs_turned", "error", "transactions.amount", seen["rows"], seen["of"],
            Text("Balances follow the movements only with every sign turned round "
                 "({rows} of {of} steps).", "只有将金额正负对调，余额才与交易相符（{of}处中有{rows}处）。"),
            Text("Turn the sign in the mapping; a credit is positive, a debit negative.",
                 "请在映射中对调正负号：贷为正，借为负。"))  # fmt: skip
    elif seen["rows"]:
        yield finding(
            "balance_breaks", "warning", "transactions.balance_after", seen["rows"], seen["of"],
            Text("In {rows} of {of} steps checked ({part}) the balance does not follow from the "
                 "movements.", "已核对{of}处，其中{rows}处（{part}）的余额与交易发生额不符。"),
            Text("Movements are missing or repeated; compare with the ledger of the account.",
                 "可能缺少或重复了交易，请与账户明细核对。"))  # fmt: skip


def snapshots(data: Dataset) -> Iterator[Finding]:
    """Change between two balance days against the sum of the movements between them.

    A movement on a balance day belongs to that day's balance. Compared by account if both tables
    name one, else by customer and with all products added up.
    """
    if not (data.has("balances") and data.has("transactions")):
        return
    by_account = data.has("balances.account_id") and data.has("transactions.account_id")
    holder = "account_key" if by_account else "customer_key"
    seen = answer(data, f"""
        WITH days AS (
            SELECT {holder} AS holder, balance_on, sum(balance)::DOUBLE AS balance
            FROM balances WHERE {_sample(data, holder)} GROUP BY ALL),
        moved AS (
            SELECT {holder} AS holder, happened_at::DATE AS moved_on, sum(amount)::DOUBLE AS moved
            FROM transactions WHERE {_sample(data, holder)} GROUP BY ALL),
        between_days AS (
            SELECT m.holder, d.balance_on, sum(m.moved) AS moved
            FROM moved m ASOF JOIN days d ON d.holder = m.holder AND d.balance_on >= m.moved_on
            GROUP BY ALL),
        steps AS (
            SELECT d.balance - lag(d.balance) OVER (PARTITION BY d.holder ORDER BY d.balance_on)
                   - coalesce(b.moved, 0) AS step
            FROM days d LEFT JOIN between_days b USING (holder, balance_on))
        SELECT count(step) AS of, count(*) FILTER (abs(step) > {CENT}) AS rows FROM steps""")  # fmt: skip
    if seen["rows"]:
        yield finding(
            "balance_unexplained", "warning", "balances.balance", seen["rows"], seen["of"],
            Text("In {rows} of {of} intervals between balance days ({part}) the change is not the "
                 "sum of the transactions.",
                 "{of}个余额区间中，{rows}个（{part}）的余额变动与期间交易合计不符。"),
            Text("The transactions may leave out products, interest or fees that the balances "
                 "include.", "交易流水可能未包含余额所涉及的部分产品、利息或费用。"))  # fmt: skip
