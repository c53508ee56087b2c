"""Berka 1993: the first ten cases, their reasons, and what a banker would make of them.

The rules find 5 incidents where chance would give less than 1. Bursts and nights are not looked for, as
the extract has no times of day. Six of the first ten cases, of two customers, repeat one inflow over
several days, because a case is a customer and a day. So ten cases are six customers, of whom a banker
might call the five that a rule flagged (`JUDGED`); the sixth is listed for its profile alone.

The judgement was made by reading all movements of the six in the extract, not from the reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from analytics.anomalies import words
from analytics.anomalies.params import AnomalyParams
from analytics.anomalies.result import AnomalyResult, compute
from tests.test_real_extracts import load

JUDGED = [  # customer, days in 1993, the rule that flagged, worth a call, and why
    ("4862", [(6, 28)], "large_amount", True,
     "31,840 taken out where 5,080 a month comes in: the account is overdrawn and pays penalty interest"),
    ("153", [(7, 21)], "large_amount", True,
     "31,802 paid in where 1,800 and 600 a month are usual; 14,500 taken out four weeks later"),
    ("926", [(11, 24)], "large_amount", True,
     "30,076 paid in where 1,200 twice a month is usual, and 21,000 taken out eleven days later"),
    ("5409", [(11, 18), (11, 17), (11, 16)], "in_out_48h", True,
     "110,621 in by three deposits on three days, 77,100 out on two of them; the same again in December"),
    ("9226", [(12, 14), (12, 13), (12, 12)], "in_out_48h", True,
     "48,139 in, more than ever before, and out in three withdrawals on three days in a row"),
    ("1136", [(9, 15)], "profile", False,
     "800 and 600 a month paid in and next to nothing taken out: a new savings account"),
]  # fmt: skip
FILES = {"trans_1993": "transactions", "account": "accounts", "client": "customers", "disp": "bridge"}  # fmt: skip


@pytest.fixture(scope="module")
def result(
    tmp_path_factory: pytest.TempPathFactory, shared_file: Callable[[str], Path]
) -> AnomalyResult:
    files = {shared_file(f"berka/{name}.asc"): table for name, table in FILES.items()}
    data, _ = load(tmp_path_factory.mktemp("berka"), files)
    found = compute(data, AnomalyParams(), data.default_as_of)
    data.close()
    return found


def test_the_first_ten_are_the_cases_that_were_judged(result):
    first = result.cases.head(10).select("customer_id", "day", "kinds").rows()
    assert first == [
        (who, date(1993, *day), kind) for who, days, kind, *_ in JUDGED for day in days
    ]


def test_the_page_says_that_the_rules_find_more_than_chance(result):
    rules = result.rules.filter(result.rules["kind"] != "profile")
    assert rules["incidents"].sum() == 5
    assert rules["by_chance"].sum() == pytest.approx(0.4, abs=0.3)
    assert "more than chance explains" in words.headline(result)[1].en
    assert not {"burst", "night"} & set(rules["kind"])
    assert "no times of day" in words.headline(result)[2].en
