"""From files to a dataset: every row accounted for, the same for any order."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from analytics.ingest.examine import remap
from tests.ingest_files import TODAY, load, plan_of

DIRTY = """
    cust_id,txn_date,amount,balance,note
    1,2024-01-05,10.00,10.00,a
    1,2024-01-06,ten,20.00,b
    ,2024-01-07,5.00,5.00,c
    2,2024-13-07,5.00,5.00,d
    2,,5.00,5.00,e
    2,2024-01-09,7.00,lots,f
    3,2024-01-09,8.00
    1,2024-01-05,10.00,10.00,a
"""


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    """By hand: lines 3, 5 and 6 are unreadable or missing, line 8 is short, lines 2 and 9 are equal."""
    data, report = load(tmp_path, [plan_of(tmp_path, DIRTY)])
    facts = {
        k: report.tables["transactions"][k]
        for k in ("rows_in", "loaded", "rejected", "duplicates", "duplicates_removed")
    }
    assert facts == {
        "rows_in": 8,
        "loaded": 4,
        "rejected": 4,
        "duplicates": 1,
        "duplicates_removed": 0,
    }
    rejects = data.query("SELECT line, reason, text FROM rejects ORDER BY line").rows()
    assert rejects == [
        (3, "bad_amount", "1,2024-01-06,ten,20.00,b"), (5, "bad_happened_at", "2,2024-13-07,5.00,5.00,d"),
        (6, "missing_happened_at", "2,,5.00,5.00,e"), (8, "too_few_fields", "3,2024-01-09,8.00")]  # fmt: skip
    assert data.query("SELECT count(*) FROM transactions WHERE customer_key IS NULL").item() == 1
    unread = [f for f in report.findings if f.code == "unread_cells"]
    assert [(f.table, f.column, f.rows) for f in unread] == [("transactions", "balance_after", 1)]
    data.close()


def test_no_finding_quotes_a_value(tmp_path: Path) -> None:
    data, report = load(tmp_path, [plan_of(tmp_path, DIRTY)])
    said = str(report.as_dict())
    assert [word for word in ("ten", "lots", "2024-13-07") if f" {word}" in said] == []
    data.close()


def test_duplicates_are_dropped_on_request(tmp_path: Path) -> None:
    data, report = load(tmp_path, [plan_of(tmp_path, DIRTY)], duplicates="drop")
    facts = report.tables["transactions"]
    assert (
        facts["rows_in"],
        facts["loaded"],
        facts["rejected"],
        facts["duplicates"],
        facts["duplicates_removed"],
    ) == (8, 3, 4, 1, 1)
    data.close()


def test_several_files_fill_one_table(tmp_path: Path) -> None:
    plans = [
        plan_of(
            tmp_path,
            f"cust_id,txn_date,amount\n1,2024-0{m}-05,1.00\n2,2024-0{m}-06,2.00",
            f"txn{m}.csv",
        )
        for m in (1, 2)
    ]
    data, report = load(tmp_path, plans)
    assert report.tables["transactions"]["files"] == ["txn1.csv", "txn2.csv"]
    assert [(f.file, f.rows_in, f.loaded) for f in report.files] == [
        ("txn1.csv", 2, 2),
        ("txn2.csv", 2, 2),
    ]
    assert data.query("SELECT customer_key, happened_at::DATE AS d FROM transactions").rows() == [
        (0, date(2024, 1, 5)), (0, date(2024, 2, 5)), (1, date(2024, 1, 6)), (1, date(2024, 2, 6))]  # fmt: skip
    data.close()


def test_the_fingerprint_is_of_the_rows_not_of_their_order(tmp_path: Path) -> None:
    rows = ["1,2024-01-05,1.00", "2,2024-01-06,2.00", "3,2024-01-07,3.00"]
    marks = []
    for order in (rows, rows[::-1], [*rows[:2], "3,2024-01-07,3.01"]):
        folder = tmp_path / str(len(marks))
        folder.mkdir()
        data, report = load(
            folder, [plan_of(folder, "\n".join(["cust_id,txn_date,amount", *order]))]
        )
        marks.append(report.fingerprint)
        data.close()
    assert marks[0] == marks[1] != marks[2]


def test_customers_seen_only_elsewhere_are_kept_unlisted(tmp_path: Path) -> None:
    plans = [plan_of(tmp_path, "cust_id,gender\n1,F\n2,M", "customers.csv"),
             plan_of(tmp_path, "cust_id,txn_date,amount\n2,2024-01-05,1.00\n9,2024-01-05,1.00", "txn.csv")]  # fmt: skip
    data, report = load(tmp_path, plans)
    assert data.query("SELECT customer_id, listed FROM customers ORDER BY 1").rows() == [
        ("1", True),
        ("2", True),
        ("9", False),
    ]
    assert [(f.table, f.rows) for f in report.findings if f.code == "unlisted"] == [
        ("customers", 1)
    ]
    data.close()


def test_a_repeated_customer_is_never_silent(tmp_path: Path) -> None:
    """Equal rows are removed duplicates; a different one is rejected; the first of the file stays."""
    data, report = load(
        tmp_path,
        [plan_of(tmp_path, "cust_id,gender\n1,F\n2,M\n1,F\n2,F", "customers.csv", "customers")],
    )
    facts = report.tables["customers"]
    assert (facts["rows_in"], facts["loaded"], facts["rejected"], facts["duplicates_removed"]) == (
        4,
        2,
        1,
        1,
    )
    assert data.query("SELECT line, reason, text FROM rejects").rows() == [
        (5, "duplicate_key", "2,F")
    ]
    assert data.query("SELECT customer_id, gender FROM customers ORDER BY 1").rows() == [
        ("1", "F"),
        ("2", "M"),
    ]
    data.close()


def test_a_joint_account_counts_for_its_owner(tmp_path: Path) -> None:
    plans = [plan_of(tmp_path, "account_id,date\nA,2023-01-01\nB,2023-01-01", "account.csv"),
             plan_of(tmp_path, "client_id,account_id,type\n1,A,DISPONENT\n2,A,OWNER\n3,B,OWNER", "disp.csv"),
             plan_of(tmp_path, "account_id,txn_date,amount\nA,2024-01-05,1.00\nB,2024-01-05,2.00", "trans.csv")]  # fmt: skip
    data, report = load(tmp_path, plans)
    owners = "SELECT c.customer_id, t.amount::INT AS a FROM transactions t JOIN customers c USING (customer_key) ORDER BY 1"
    assert data.query(owners).rows() == [("2", 1), ("3", 2)]
    assert data.query("SELECT count(*) FROM holders").item() == 3
    assert [f.rows for f in report.findings if f.code == "joint_accounts"] == [1]
    data.close()


def test_the_default_day_is_the_last_that_has_happened(tmp_path: Path) -> None:
    """Stray dates, before and after the day of the import, do not move it; they are reported."""
    rows = [f"1,2024-0{m}-{d:02d},1.00" for m in (1, 2, 3) for d in range(1, 29)] * 30
    rows += ["1,2024-12-01,1.00", "1,2042-01-01,1.00"]
    data, report = load(
        tmp_path, [plan_of(tmp_path, "\n".join(["cust_id,txn_date,amount", *rows]))]
    )
    assert data.default_as_of == date(2024, 3, 28)
    assert {f.code: f.rows for f in report.findings if "dates" in f.code} == {
        "future_dates": 1,
        "stray_dates": 1,
    }
    data.close()


@pytest.mark.parametrize(("content", "expected"), [
    ("cust_id,gender,open_date\n1,F,2021-03-04\n2,M,2023-06-30\n3,M,2042-01-01", date(2023, 6, 30)),
    ("cust_id,gender\n1,F\n2,M", TODAY),
])  # fmt: skip
def test_an_extract_of_customers_alone_ends_on_its_last_day_or_today(
    content: str, expected: date, tmp_path: Path
) -> None:
    data, _ = load(tmp_path, [plan_of(tmp_path, content, "customers.csv", "customers")])
    assert data.default_as_of == expected
    data.close()


def test_own_categories_over_free_text(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "客户号,交易日期,金额,附言\n1,20240105,1.00,代发工资\n1,20240106,-2.00,超市购物\n1,20240107,-3.00,x",
        "流水.csv",
    )
    data, _ = load(
        tmp_path,
        [
            plan.with_options(
                categories=(("工资", "salary"), ("超市|商场", "shopping")), category_from="附言"
            )
        ],
    )
    assert data.query("SELECT category FROM transactions ORDER BY happened_at")[
        "category"
    ].to_list() == ["salary", "shopping", None]
    data.close()


def test_date_and_time_in_two_columns(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "客户号,交易日期,交易时间,金额\n1,20240105,93015,1.00\n1,20240106,,2.00",
        "流水.csv",
    )
    data, _ = load(tmp_path, [plan])
    assert data.query("SELECT happened_at AS t FROM transactions ORDER BY 1")["t"].to_list() == [
        datetime(2024, 1, 5, 9, 30, 15),
        datetime(2024, 1, 6),
    ]
    data.close()


def test_a_column_without_a_role_can_be_given_one(tmp_path: Path) -> None:
    text = "cust_id,txn_date,amount,wo\n1,2024-01-05,1.00,Web\n2,2024-01-06,2.00,App"
    plan = plan_of(tmp_path, text)
    data, _ = load(tmp_path, [remap(plan, {**plan.columns, "channel": "wo"})])
    found = data.query("SELECT channel FROM transactions ORDER BY 1")["channel"].to_list()
    assert found == ["App", "Web"]
    data.close()
