"""Settle how the cells of a mapped file are read, for each column as a whole: `Options` from values.

What a recipe or a person has set is left alone. What cannot be settled becomes a doubt; one that
would flip the sign of money (a direction coded 1 and 0) blocks the import until it is answered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from analytics.ingest.mapping import Doubt, FilePlan, Options
from analytics.ingest.values import (
    CREDIT_WORDS,
    DEBIT_WORDS,
    Profile,
    day_first,
    decimal_mark,
    header_scale,
)
from analytics.schema import TABLES
from analytics.text import Text

DATE_ROLES = frozenset({"happened_at", "balance_on", "sent_at", "seen_at", "clicked_at", "converted_at", "opened_on",
                        "closed_on", "matures_on", "birth_date"})  # fmt: skip
NUMBER_ROLES = frozenset({"amount", "credit_amount", "debit_amount", "unit_price", "balance_after", "balance", "cost",
                          "quantity", "rate", "score", "risk_score", "duration_s"})  # fmt: skip
SCALED_ROLES = NUMBER_ROLES - {"quantity", "rate", "score", "risk_score", "duration_s"}
_OFFSET = re.compile(r":\d{2}(?:\.\d+)?\s*(?:Z|[+-]\d{2}:?\d{2})$")


def settle(plan: FilePlan, profiles: Sequence[Profile]) -> FilePlan:
    """The plan with every option its values can settle, and doubts about the rest."""
    if plan.table is None:
        return plan
    by_role = {role: p for role, h in plan.columns.items() for p in profiles if p.header == h}
    doubts: list[Doubt] = []
    options = _dates(plan.options, by_role, doubts)
    options = _numbers(options, by_role)
    options = _direction(options, by_role, doubts)
    options = _zone(options, by_role, plan)
    if plan.table == "customers" and "customer_id" not in plan.columns:
        options = replace(options, generated_key=True)
        doubts.append(Doubt("generated_key", Text("No customer id column: every row gets an id of its own.",
                                                  "没有客户号列：每行生成一个编号。")))  # fmt: skip
    return replace(plan, options=options, doubts=plan.doubts + tuple(doubts))


def _dates(options: Options, by_role: Mapping[str, Profile], doubts: list[Doubt]) -> Options:
    dates = dict(options.dates)
    for role, one in by_role.items():
        if role in DATE_ROLES and role not in dates:
            dates[role] = _style(one, doubts)
    return replace(options, dates=dates)


def _style(one: Profile, doubts: list[Doubt]) -> str:
    if not one.shapes:
        return "ymd"
    style = one.shapes.most_common(1)[0][0]
    if not one.shapes.get("day_month"):
        return style
    day, month = day_first(one.cells)
    if not day and not month:
        if not any(re.search(r"\d\.\d{1,2}\.", c) for c in one.cells):
            doubts.append(ambiguous_days(one.header))
        return "dmy" if any("." in c[:3] for c in one.cells) else "unsettled"
    if day and month:
        doubts.append(Doubt("mixed_days", Text(
            "Some dates can only be day first, others only month first; the more frequent order is used and the rest is rejected.",
            "日期中既有日在前、又有月在前的写法；按较多的一种读取，其余拒绝。"), one.header))  # fmt: skip
    return "dmy" if day >= month else "mdy"


def ambiguous_days(header: str) -> Doubt:
    """No cell tells day from month; day first is used and said."""
    return Doubt("ambiguous_days", Text(
        "Every date could be day first or month first; day first is used. Set the order if that is wrong.",
        "所有日期都无法区分日在前还是月在前；按日在前读取，如有误请指定。"), header)  # fmt: skip


def _numbers(options: Options, by_role: Mapping[str, Profile]) -> Options:
    decimals, scales = dict(options.decimals), dict(options.scales)
    for role, one in by_role.items():
        if role in NUMBER_ROLES and role not in decimals and decimal_mark(one.cells) == ",":
            decimals[role] = ","
        if role in SCALED_ROLES and role not in scales and header_scale(one.header) != 1:
            scales[role] = header_scale(one.header)
    return replace(options, decimals=decimals, scales=scales)


def _direction(options: Options, by_role: Mapping[str, Profile], doubts: list[Doubt]) -> Options:
    one, amount = by_role.get("direction"), by_role.get("amount")
    if one is None or amount is None:
        return options
    credit, debit = options.credit, options.debit
    if not credit and not debit:
        words = sorted(one.words)
        credit = tuple(w for w in words if w in CREDIT_WORDS)
        debit = tuple(w for w in words if w in DEBIT_WORDS)
        if not (credit or debit) or (
            len(words) > len(credit) + len(debit) and one.in_words(credit + debit) < 0.5
        ):
            doubts.append(Doubt("direction", Text(
                "The direction column uses codes that could mean either; say which mean credit and which debit.",
                "借贷标志列的代码含义不明；请指明哪些表示贷（收入）、哪些表示借（支出）。"), one.header, blocking=True))  # fmt: skip
    elif not credit or not debit:
        rest = tuple(w for w in one.words if w not in {x.casefold() for x in credit + debit})
        credit, debit = credit or rest, debit or rest
    minus = amount.share(sum(1 for c in amount.cells if c[0] in "-(\u2212" or c[-1] == "-"))
    debits = one.in_words(w.casefold() for w in debit)
    signed = options.signed or (
        debits > 0 and minus > 0.8 * debits
    )  # nearly every debit carries its minus
    return replace(options, credit=credit, debit=debit, signed=signed)


def _zone(options: Options, by_role: Mapping[str, Profile], plan: FilePlan) -> Options:
    stamped = [
        p for r, p in by_role.items() if r in DATE_ROLES and any(_OFFSET.search(c) for c in p.cells)
    ]
    epochs = [r for r, style in options.dates.items() if style.startswith("epoch")]
    chinese = any(not h.isascii() for h in plan.raw.columns)
    if options.zone is None and chinese and (stamped or epochs):
        return replace(options, zone="Asia/Shanghai")
    return options


def has_offsets(profiles: Sequence[Profile]) -> bool:
    """Whether any column holds stamps with an offset from UTC."""
    return any(_OFFSET.search(c) for p in profiles for c in p.cells[:50])


def table_columns(table: str) -> list[str]:
    """Canonical columns of a table that a staged row carries, ids first."""
    return [c.name for c in TABLES[table].columns]
