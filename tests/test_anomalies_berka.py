"""Berka 1993: the first ten cases, their reasons, and what a banker would make of them.

The rules find 9 incidents where chance would give about 13: deposits and withdrawals in this extract
vary so widely that some stand out by themselves. The page says that the list cannot be told apart from
chance. Bursts and nights are not looked for, as the extract has no times of day. Half of the first ten
cases, of two customers, repeat one inflow over several days, because a case is a customer and a day. So
ten cases are six customers, of whom a banker might call three (`JUDGED`).

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
    ("1491", [(12, 17)], "balance_change", True,
     "13,756 paid in where little but 1,600 twice a month came in; half of it is taken out on the 31st"),
    ("946", [(12, 7), (12, 5)], "in_out_48h", False,
     "37,604 in and 34,800 out two days later; in October 20,509 came in and 36,500 left on one day"),
    ("11662", [(11, 3)], "balance_change", False,
     "24,600 taken out; 25,500, 17,800 and 37,500 were taken out in the months before"),
    ("9226", [(12, 14), (12, 13), (12, 12)], "in_out_48h", True,
     "48,139 in, more than ever before, and out in three withdrawals on three days in a row"),
    ("12102", [(12, 8)], "large_amount", False,
     "54,700 taken out on the day an income of 73,224 came in; 45,700 a month before in the same way"),
    ("926", [(12, 5), (11, 24)], "large_amount", True,
     "30,076 paid in where 1,200 twice a month is usual, and 21,000 taken out eleven days later"),
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


def test_the_page_says_that_the_list_is_no_more_than_chance(result):
    rules = result.rules.filter(result.rules["kind"] != "profile")
    assert rules["incidents"].sum() == 9
    assert rules["by_chance"].sum() == pytest.approx(13, abs=0.5)
    assert "cannot be told apart from chance" in words.headline(result)[1].en
    assert not {"burst", "night"} & set(rules["kind"])
    assert "no times of day" in words.headline(result)[2].en
