"""Which transactions a customer starts, and which take an earlier one back.

A row is called by its `kind`, or by its `category` where it has no kind. Three sorts of names:

- **system**: the bank or a third party starts it (interest, fees, tax, salary paid in by an
  employer, pension, loan instalments collected, dividends). Not counted unless chosen by hand.
- **refund**: takes an earlier transaction back (refund, reversal, chargeback, cancellation). Counts
  negative in money and makes no day active.
- **customer**: everything else.

Names are recognised by whole English words, by Chinese words, and by the Czech words of the public
Berka bank, so that a demonstration on it is right. A return in a shop's extract has no kind but a
negative quantity; that is a refund too.

Why by words: no extract carries a column "started by the customer". The list decides only the
default; which names were counted is part of every result, and `kinds` replaces it.

>>> [sort_of(n) for n in ("ATM withdrawal", "Interest credit", "POS refund", "手续费", "冲正", None)]
['customer', 'system', 'refund', 'system', 'refund', 'customer']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Sort = Literal["customer", "system", "refund"]

SYSTEM_WORDS = (
    "interest", "fee", "fees", "charge", "charges", "commission", "tax", "salary", "payroll",
    "wage", "wages", "pension", "dividend", "instalment", "installment", "loan repayment",
    "loan payment", "maturity", "adjustment", "overdraft", "penalty", "system", "autopay", "accrual",
    "urok", "sankc", "sluzby", "duchod",
)  # fmt: skip
SYSTEM_SIGNS = (
    "利息", "结息", "付息", "计息", "手续费", "工本费", "年费", "管理费", "服务费", "短信费", "罚息", "滞纳金",
    "利息税", "代扣税", "工资", "薪资", "代发", "奖金", "养老金", "退休金", "分红", "派息", "股息", "还款扣款",
    "贷款扣款", "批量代扣", "系统", "调账", "到期转存", "自动转存",
)  # fmt: skip
REFUND_WORDS = ("refund", "refunded", "reversal", "reversed", "chargeback", "cancel", "cancelled",
                "canceled", "cancellation", "return", "returned", "void", "voided")  # fmt: skip
REFUND_SIGNS = ("退款", "退货", "冲正", "冲账", "撤销", "抹账", "退汇", "取消", "拒付")


def _pattern(words: Iterable[str], signs: Iterable[str]) -> re.Pattern[str]:
    """Whole words (an underscore parts words, as in `POS_REFUND`) or Chinese signs anywhere."""
    whole = "|".join(re.escape(w).replace(r"\ ", r"[\W_]+") for w in words)
    return re.compile(rf"(?<![^\W_])(?:{whole})(?![^\W_])|{'|'.join(signs)}", re.IGNORECASE)


_SYSTEM = _pattern(SYSTEM_WORDS, SYSTEM_SIGNS)
_REFUND = _pattern(REFUND_WORDS, REFUND_SIGNS)


def sort_of(name: str | None) -> Sort:
    """Who starts a transaction of that name; a refund of a fee is a refund; blank is customer."""
    if not name:
        return "customer"
    if _REFUND.search(name):
        return "refund"
    return "system" if _SYSTEM.search(name) else "customer"


@dataclass(frozen=True)
class Kinds:
    """Which names of transactions are counted in a run, with their rows in the look-back.

    Args:
        known: whether the extract names its transactions at all; if not, every row is counted.
        counted: names whose rows count (refunds among them, negative), with rows.
        excluded: names left out, with rows.
        refunds: the counted names that take money back.
        chosen: whether the list was given by hand.
    """

    known: bool
    counted: Mapping[str | None, int]
    excluded: Mapping[str | None, int]
    refunds: tuple[str, ...]
    chosen: bool


def choose(rows: Mapping[str | None, int], chosen: tuple[str, ...] | None) -> Kinds:
    """Split the names found in the look-back into counted and excluded.

    Args:
        rows: rows per name; None is the name of a row that has none.
        chosen: the names to count; None means all but the system's.
    """
    named = {n for n in rows if n is not None}
    own = {n for n in rows if sort_of(n) != "system"}
    keep = own if chosen is None else set(chosen)
    return Kinds(
        known=bool(named),
        counted={n: r for n, r in rows.items() if n in keep},
        excluded={n: r for n, r in rows.items() if n not in keep},
        refunds=tuple(sorted(n for n in named & keep if sort_of(n) == "refund")),
        chosen=chosen is not None,
    )
