"""How cells become values: money, dates, times, terms, flags, ids; expected values by hand."""

# ruff: noqa: RUF001 - full-width digits are what is folded
from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analytics.dataset import connect
from analytics.ingest import casts
from tests.ingest_files import load, plan_of


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with contextlib.closing(connect(None, read_only=False)) as made:
        made.execute(casts.MACROS)
        yield made


def value(con: duckdb.DuckDBPyConnection, sql: str, cell: str) -> Any:
    return con.execute(f"SELECT {casts.inline(sql)} FROM (SELECT ? AS x)", [cell]).fetchall()[0][0]


@pytest.mark.parametrize(("cell", "mark", "expected"), [
    ("12.5", ".", "12.5"), ("1,234.50", ".", "1234.5"), ("1.234,56", ",", "1234.56"), ("12,5", ",", "12.5"),
    ("1 234 567,89", ",", "1234567.89"), ("1'000.5", ".", "1000.5"), ("5,0000", ".", "50000"), ("1,00,000.5", ".", "100000.5"),
    ("(12.50)", ".", "-12.5"), ("12.50-", ".", "-12.5"), ("-12.50", ".", "-12.5"), ("+5", ".", "5"), ("\u221212", ".", "-12"),
    ("¥1,000", ".", "1000"), ("￥１２３.5", ".", "123.5"), ("$-5.00", ".", "-5"), ("20元", ".", "20"), ("CNY 7.10", ".", "7.1"),
    ("1.2万", ".", "12000"), ("3亿", ".", "300000000"), ("2千元", ".", "2000"), ("100.00 DR", ".", "-100"), ("100.00 CR", ".", "100"),
    ('="1,234.50"', ".", "1234.5"), ("1,23", ".", None), ("abc", ".", None), ("(12", ".", None), ("1.2.3", ".", None), ("12 34", ".", None), ("", ".", None),
    ("99999999999999999", ".", None),
])  # fmt: skip
def test_money(con: duckdb.DuckDBPyConnection, cell: str, mark: str, expected: str | None) -> None:
    assert value(con, casts.money("x", mark), cell) == (
        None if expected is None else Decimal(expected)
    )


@pytest.mark.parametrize(("cell", "style", "expected"), [
    ("2024-01-31", "ymd", datetime(2024, 1, 31)), ("2024/1/5 9:05", "ymd", datetime(2024, 1, 5, 9, 5)),
    ("2024.01.31", "ymd", datetime(2024, 1, 31)), ("2024-01-31T10:00:00Z", "ymd", datetime(2024, 1, 31, 10)),
    ("2024-01-31T10:00:00.5+0200", "ymd", datetime(2024, 1, 31, 10, 0, 0, 500000)), ("20240131", "yyyymmdd", datetime(2024, 1, 31)),
    ("20240131.0", "yyyymmdd", datetime(2024, 1, 31)), ("20240131103000", "yyyymmddhhmmss", datetime(2024, 1, 31, 10, 30)),
    ("930101", "yymmdd", datetime(1993, 1, 1)), ("931107 00:00:00", "yymmdd", datetime(1993, 11, 7)),
    ("31.01.2024", "dmy", datetime(2024, 1, 31)), ("31/01/24 10:00", "dmy", datetime(2024, 1, 31, 10)),
    ("05/06/2024", "dmy", datetime(2024, 6, 5)), ("05/06/2024", "mdy", datetime(2024, 5, 6)),
    ("1/2/2024 3:05:00 PM", "mdy", datetime(2024, 1, 2, 15, 5)), ("2024年1月31日", "zh", datetime(2024, 1, 31)),
    ("2024年1月31日 10时05分06秒", "zh", datetime(2024, 1, 31, 10, 5, 6)), ("31-Jan-2024", "month_name", datetime(2024, 1, 31)),
    ("Jan 31, 2024", "month_name", datetime(2024, 1, 31)), ("45000", "serial", datetime(2023, 3, 15)),
    ("45000.5", "serial", datetime(2023, 3, 15, 12)), ("1700000000", "epoch", datetime(2023, 11, 14, 22, 13, 20)),
    ("1700000000000", "epoch_ms", datetime(2023, 11, 14, 22, 13, 20)), ("202401", "yyyymm", datetime(2024, 1, 1)),
    ("31|01|2024", "%d|%m|%Y", datetime(2024, 1, 31)),
    # another unambiguous style in the same column is read, an ambiguous one is not
    ("2024-02-01", "dmy", datetime(2024, 2, 1)), ("01/02/2024", "ymd", None),
    # never the year 24, no month 13, no 31st of April, nothing after 2199
    ("24-01-31", "ymd", None), ("20241301", "yyyymmdd", None), ("2024-04-31", "ymd", None), ("9999-12-31", "ymd", None),
])  # fmt: skip
def test_dates(
    con: duckdb.DuckDBPyConnection, cell: str, style: str, expected: datetime | None
) -> None:
    assert value(con, casts.timestamp("x", style), cell) == expected


def test_an_offset_is_converted_only_where_a_zone_is_given(con: duckdb.DuckDBPyConnection) -> None:
    assert value(
        con, casts.timestamp("x", "ymd", "Asia/Shanghai"), "2024-01-31T10:00:00+02:00"
    ) == datetime(2024, 1, 31, 16)


@pytest.mark.parametrize(("cell", "expected"), [
    ("10:05", time(10, 5)), ("93015", time(9, 30, 15)), ("101112", time(10, 11, 12)), ("10时5分", time(10, 5)),
    ("3:05 PM", time(15, 5)), ("25:00", None),
])  # fmt: skip
def test_times(con: duckdb.DuckDBPyConnection, cell: str, expected: time | None) -> None:
    assert value(con, "tm_time(x)", cell) == expected


@pytest.mark.parametrize(("cell", "expected"), [("12", 12), ("12个月", 12), ("1年", 12), ("3Y", 36), ("90天", None), ("12.7", None)])  # fmt: skip
def test_terms(con: duckdb.DuckDBPyConnection, cell: str, expected: int | None) -> None:
    assert value(con, casts.term_months("x"), cell) == expected


def test_ids_stay_text(con: duckdb.DuckDBPyConnection) -> None:
    assert [value(con, casts.identifier("x"), c) for c in ("0007", "6222020200112345678", " 7 ", "17850.0")] == [
        "0007", "6222020200112345678", "7", "17850.0"]  # fmt: skip
    assert value(con, casts.identifier("x", floats=True), "17850.0") == "17850"


@pytest.mark.parametrize(("sql", "cell", "expected"), [
    (casts.flag("x", {}), "是", True), (casts.flag("x", {}), "N", False), (casts.flag("x", {}), "maybe", None),
    (casts.flag("x", {"maybe": "yes"}), "Maybe", True),
    (casts.category("customer_type", "x", {}), "私行客户", "high_net_worth"),
    (casts.category("customer_type", "x", {"金卡": "mass"}), "金卡", "mass"),
    (casts.category("risk_level", "x", {}), "R3", "steady"), (casts.category("risk_level", "x", {}), "purple", None),
    (casts.category("currency", "x", {}), "人民币", "CNY"), (casts.category("currency", "x", {}), "usd", "USD"),
    (casts.category("channel", "x", {}), " 柜面 ", "柜面"),
    (casts.number("x"), "inf", None), (casts.number("x"), "1.75%", 1.75),
])  # fmt: skip
def test_words_and_numbers(
    con: duckdb.DuckDBPyConnection, sql: str, cell: str, expected: Any
) -> None:
    assert value(con, sql, cell) == expected


AMOUNTS = [
    # a direction column, in the words of a bank
    ("客户号,交易日期,金额,借贷标志", ["1,20240105,10.00,贷", "1,20240106,4.00,借"], ["10", "-4"]),
    ("cust_id,date,amount,type", ["1,930105,10.00,PRIJEM", "1,930106,4.00,VYDAJ", "1,930107,1.00,VYBER"], ["10", "-4", "-1"]),
    ("cust_id,date,amount,dc", ["1,2024-01-05,10.00,C", "1,2024-01-06,4.00,D"], ["10", "-4"]),
    ("客户号,交易日期,金额,收支", ["1,20240105,10.00,收入", "1,20240106,4.00,支出"], ["10", "-4"]),
    # a reversal in a debit: money comes back
    ("cust_id,date,amount,dc", ["1,2024-01-05,10.00,C", "1,2024-01-06,4.00,D", "1,2024-01-07,-4.00,D"], ["10", "-4", "4"]),
    # amounts that carry their sign already, beside a direction
    ("cust_id,date,amount,dc", ["1,2024-01-05,10.00,C", "1,2024-01-06,-4.00,D", "1,2024-01-07,-1.00,D"], ["10", "-4", "-1"]),
    # two columns
    ("客户号,交易日期,借方金额,贷方金额", ["1,20240105,,10.00", "1,20240106,4.00,"], ["10", "-4"]),
    ("客户号,交易日期,借方金额,贷方金额", ["1,20240105,0.00,10.00", "1,20240106,4.00,0.00"], ["10", "-4"]),
    # a price
    ("CustomerID,InvoiceDate,Quantity,UnitPrice", ["1,2024-01-05,2,1.50", "1,2024-01-06,-1,3.00"], ["3", "-3"]),
    # units, in the header and in the cell
    ("客户号,交易日期,金额（万元）", ["1,20240105,1.5", "1,20240106,-2"], ["15000", "-20000"]),
    ("客户号,交易日期,金额", ["1,20240105,1.5万", "1,20240106,2"], ["15000", "2"]),
    # decimal commas settle a column as a whole
    ("cust_id;date;amount", ["1;05.01.2024;1.234,50", "1;16.01.2024;1.000", "1;17.01.2024;2,5"], ["1234.5", "1000", "2.5"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    AMOUNTS,
    ids=[f"{a[0]}-{len(a[1])}-{i}" for i, a in enumerate(AMOUNTS)],
)
def test_signed_amounts(tmp_path: Path, header: str, rows: list[str], expected: list[str]) -> None:
    data, _ = load(
        tmp_path, [plan_of(tmp_path, "\n".join([header, *rows]), "流水.csv", "transactions")]
    )
    assert data.query("SELECT amount FROM transactions ORDER BY happened_at")[
        "amount"
    ].to_list() == [Decimal(e) for e in expected]
    data.close()


@pytest.mark.parametrize(("cells", "expected", "doubt"), [
    (["05/06/2024", "25/06/2024"], [date(2024, 6, 5), date(2024, 6, 25)], None),
    (["05/06/2024", "06/25/2024"], [date(2024, 5, 6), date(2024, 6, 25)], None),
    (["05/06/2024", "07/08/2024"], [date(2024, 6, 5), date(2024, 8, 7)], "ambiguous_days"),
])  # fmt: skip
def test_the_order_of_day_and_month_is_settled_by_the_column(
    tmp_path: Path, cells: list[str], expected: list[date], doubt: str | None
) -> None:
    plan = plan_of(
        tmp_path, "\n".join(["cust_id,txn_date,amount", *(f"1,{c},1.00" for c in cells)])
    )
    assert [d.code for d in plan.doubts] == ([doubt] if doubt else [])
    data, _ = load(tmp_path, [plan])
    assert data.query("SELECT happened_at::DATE AS d FROM transactions ORDER BY 1")[
        "d"
    ].to_list() == sorted(expected)
    data.close()


def test_zeros_kept_by_a_formula_are_part_of_the_id_and_the_formula_is_not(tmp_path: Path) -> None:
    rows = [f'="00{n}",="2024-01-0{n}",{n}' for n in range(1, 5)]
    plan = plan_of(tmp_path, "customer_id,date,amount\n" + "\n".join(rows) + "\n")
    data, report = load(tmp_path, [plan])
    found = data.query(
        "SELECT customer_id, happened_at::DATE::VARCHAR AS day FROM transactions JOIN customers USING (customer_key) ORDER BY 1"
    ).rows()
    assert found == [(f"00{n}", f"2024-01-0{n}") for n in range(1, 5)]
    assert "guarded_ids" in [f.code for f in report.findings]


def test_a_late_row_settles_the_order_for_all(tmp_path: Path) -> None:
    """Only row 30,000, far behind the sample, says that the month comes first."""
    rows = [
        "cust_id,txn_date,amount",
        *(f"{i},05/06/2024,1.00" for i in range(29_999)),
        "x,06/25/2024,1.00",
    ]
    plan = plan_of(tmp_path, "\n".join(rows))
    assert plan.options.dates == {"happened_at": "mdy"}
    assert plan.doubts == ()
