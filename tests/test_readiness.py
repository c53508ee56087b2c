"""Which analyses a bank can carry, by exactly which missing column."""

from __future__ import annotations

import pytest

from analytics.params import Params
from analytics.readiness import board, named
from analytics.registry import MODULES, Analysis, Need
from analytics.text import LANGS, NO_TEXT, Text

DAY = "2024-06-01"


def analysis(*needs: Need) -> Analysis:
    return Analysis(
        key="probe", title=Text("Probe", "探针"), question=NO_TEXT, page="customers/probe",
        params=Params, needs=needs, compute=print, tables=print, headline=print, charts=(),
        members=print, definition=NO_TEXT)  # fmt: skip


WHOSE = Need(path="transactions.customer_id|transactions.account_id")
KIND = Need(
    path="transactions.kind", required=False, without=Text("All kinds count.", "计入全部类型。")
)
EVENTS = Need(path="events")


@pytest.mark.parametrize(
    ("needs", "state", "blocking", "missing"),
    [
        ([WHOSE], "ready", (), ()),
        ([WHOSE, KIND], "degraded", (), ("transactions.kind",)),
        ([WHOSE, KIND, EVENTS], "blocked", ("events",), ("transactions.kind",)),
        ([Need(path="events|transactions")], "ready", (), ()),
        ([Need(path="events.page|balances.balance")], "blocked", ("events.page|balances.balance",), ()),
        ([], "ready", (), ()),
    ],
)  # fmt: skip
def test_state_names_exactly_what_is_missing(bank, needs, state, blocking, missing):
    data = bank(transactions=[("ann", DAY, 1)])
    (one,) = board(data, [analysis(*needs)])
    assert (one.state, one.blocking, one.missing) == (state, blocking, missing)


def test_words_name_the_column_in_both_languages(bank):
    data = bank(transactions=[("ann", DAY, 1)])
    (one,) = board(data, [analysis(WHOSE, KIND)])
    assert "Transactions: Kind: All kinds count." in one.message.en
    assert "交易流水「交易类型」：计入全部类型。" in one.message.zh
    assert named(WHOSE.path).en == "Transactions: Customer id or Transactions: Account id"


def test_an_empty_bank_blocks_every_analysis_of_the_registry(bank):
    found = board(bank())
    assert [one.key for one in found] == list(MODULES)
    assert {one.state for one in found} == {"blocked"}
    assert all(one.message(lang) for one in found for lang in LANGS)
