"""What a file is and what its columns are: tables of headers, English and Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.ingest.aliases import roles
from analytics.ingest.examine import plan_file, remap, replan
from analytics.ingest.recipe import Recipe
from analytics.schema import TABLES
from analytics.text import UserError
from tests.ingest_files import plan_of, write

BANKS = [
    # header, two rows, table, expected roles
    ("客户号,账号,交易日期,交易时间,交易金额,借贷标志,余额,摘要,对手账号",
     ["C001,A1,20240105,093015,100.00,贷,100.00,工资,", "C002,A2,20240106,101500,30.00,借,70.00,消费,X"],
     "transactions", {"customer_id": "客户号", "account_id": "账号", "happened_at": "交易日期", "time_of_day": "交易时间",
                      "amount": "交易金额", "direction": "借贷标志", "balance_after": "余额", "kind": "摘要", "counterparty": "对手账号"}),
    ("客户编号,记账日期,借方金额,贷方金额,交易渠道,币种",
     ["1,2024-01-05,,100.00,手机银行,人民币", "2,2024-01-06,30.00,,柜面,人民币"],
     "transactions", {"customer_id": "客户编号", "happened_at": "记账日期", "debit_amount": "借方金额",
                      "credit_amount": "贷方金额", "channel": "交易渠道", "currency": "币种"}),
    ("cust_id,acct no,txn_date,amt,dr/cr,txn_type",
     ["7,9,05/01/2024,10.00,CR,POS", "8,9,25/01/2024,12.00,DR,ATM"],
     "transactions", {"customer_id": "cust_id", "account_id": "acct no", "happened_at": "txn_date", "amount": "amt",
                      "direction": "dr/cr", "kind": "txn_type"}),
    ("Client ID,Posting Date,Withdrawal,Deposit,Balance",
     ["7,2024-01-05,10.00,,90.00", "7,2024-01-06,,20.00,110.00"],
     "transactions", {"customer_id": "Client ID", "happened_at": "Posting Date", "debit_amount": "Withdrawal",
                      "credit_amount": "Deposit", "balance_after": "Balance"}),
    ("InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID",
     ["1,A,2,2024-01-05 10:00:00,1.50,17850", "2,B,-1,2024-01-06 10:00:00,3.00,17850"],
     "transactions", {"basket_id": "InvoiceNo", "item": "StockCode", "quantity": "Quantity", "happened_at": "InvoiceDate",
                      "unit_price": "UnitPrice", "customer_id": "CustomerID"}),
    ("客户号,性别,出生日期,开户日期,客户类型,风险等级,营销授权",
     ["1,男,1980-01-01,2019/3/1,大众客户,稳健型,是", "2,女,1990-05-06,2020/4/2,私行客户,进取型,否"],
     "customers", {"customer_id": "客户号", "gender": "性别", "birth_date": "出生日期", "opened_on": "开户日期",
                   "customer_type": "客户类型", "risk_level": "风险等级", "consent": "营销授权"}),
    ("账号,客户号,产品名称,起息日,到期日,期限,年利率",
     ["A1,C1,定期一年,2024-01-01,2025-01-01,12个月,1.75%", "A2,C1,活期,2023-05-01,,,0.2%"],
     "accounts", {"account_id": "账号", "customer_id": "客户号", "product": "产品名称", "opened_on": "起息日",
                  "matures_on": "到期日", "term_months": "期限", "rate": "年利率"}),
    ("客户号,统计日期,存款余额（万元）", ["1,2024-01-31,1.5", "2,2024-01-31,3"],
     "balances", {"customer_id": "客户号", "balance_on": "统计日期", "balance": "存款余额（万元）"}),
    ("用户ID,事件时间,事件名称,页面名称,会话ID", ["u1,2024-01-05 10:00:00,登录,首页,s1", "u2,2024-01-05 10:01:00,转账,转账页,s2"],
     "events", {"customer_id": "用户ID", "happened_at": "事件时间", "event": "事件名称", "page": "页面名称", "session_id": "会话ID"}),
    ("营销活动,客户号,触达时间,组别,触达渠道", ["春节,1,2024-02-01 09:00:00,实验,短信", "春节,2,2024-02-01 09:00:00,对照,"],
     "contacts", {"campaign": "营销活动", "customer_id": "客户号", "sent_at": "触达时间", "arm": "组别", "channel": "触达渠道"}),
    ("客户号,评价时间,满意度", ["1,2024-01-05,9", "2,2024-01-06,3"],
     "feedback", {"customer_id": "客户号", "happened_at": "评价时间", "score": "满意度"}),
    ("disp_id,client_id,account_id,type", ["1,1,1,OWNER", "2,2,1,DISPONENT"],
     "bridge", {"customer_id": "client_id", "account_id": "account_id", "owner_type": "type"}),
]  # fmt: skip


@pytest.mark.parametrize(("header", "rows", "table", "expected"), BANKS, ids=[b[0] for b in BANKS])
def test_guess(
    tmp_path: Path, header: str, rows: list[str], table: str, expected: dict[str, str]
) -> None:
    plan = plan_of(tmp_path, "\n".join([header, *rows]))
    assert plan.table == table
    assert dict(plan.columns) == expected


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("table", list(TABLES))
def test_canonical_headers_are_understood_in_both_languages(
    tmp_path: Path, table: str, language: str
) -> None:
    """A file with every column of a table, named as schema.py names it, maps to itself."""
    cells = {"id": ["0007", "0008"], "text": ["a", "b"], "category": ["x", "y"], "date": ["2024-01-05", "2024-02-06"],
             "timestamp": ["2024-01-05 10:00:00", "2024-02-06 11:00:00"], "money": ["12.50", "-3.25"],
             "number": ["1.5", "2.5"], "integer": ["12", "24"], "bool": ["1", "0"]}  # fmt: skip
    fixed = {
        "customer_type": ["mass", "company"],
        "risk_level": ["steady", "aggressive"],
        "birth_year": ["1980", "1990"],
    }
    columns = TABLES[table].columns
    header = ",".join(c.name if language == "en" else c.title.zh for c in columns)
    rows = [",".join(fixed.get(c.name, cells[c.kind])[i] for c in columns) for i in (0, 1)]
    plan = plan_of(tmp_path, "\n".join([header, *rows]), f"{table}.csv")
    assert plan.table == table
    assert dict(plan.columns) == {
        c.name: c.name if language == "en" else c.title.zh for c in columns
    }


def test_aliases_of_one_table_name_one_role_each() -> None:
    """The canonical name of one role is never an alias of another."""
    for table in TABLES:
        known = roles(table)
        for role in known:
            others = [r for r, words in known.items() if r != role and known[role][0] in words[:1]]
            assert others == []


def test_headers_of_nothing_known_are_left_out(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "A1,A2\n1,Praha\n2,Benesov")
    assert plan.table is None
    assert [d.code for d in plan.doubts] == ["no_table"]


def test_codes_that_could_mean_either_block(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path, "cust_id,txn_date,amount,direction\n1,2024-01-05,10.00,1\n2,2024-01-06,12.00,0"
    )
    assert [d.code for d in plan.doubts if d.blocking] == ["direction"]
    assert not [
        d
        for d in remap(plan.with_options(credit=("1",), debit=("0",)), plan.columns).doubts
        if d.blocking
    ]


def test_a_person_may_say_what_it_is(tmp_path: Path) -> None:
    plan = replan(plan_of(tmp_path, "age,job\n30,admin\n40,services"), "customers")
    assert (plan.table, plan.columns, plan.options.generated_key) == (
        "customers",
        {"occupation": "job"},
        True,
    )


@pytest.mark.parametrize(
    ("columns", "code"), [({"colour": "age"}, "mapping"), ({"occupation": "nowhere"}, "mapping")]
)
def test_a_wrong_mapping_is_refused_in_words(
    tmp_path: Path, columns: dict[str, str], code: str
) -> None:
    plan = replan(plan_of(tmp_path, "age,job\n30,admin\n40,services"), "customers")
    with pytest.raises(UserError) as caught:
        remap(plan, columns)
    assert caught.value.code == code
    assert caught.value.text.zh


def test_recipe_finds_the_next_extract_of_the_same_shape(tmp_path: Path) -> None:
    first = plan_of(
        tmp_path,
        "kunde,wann,wieviel\n1,2024-01-05,10.00\n2,2024-01-06,12.00",
        "jan.csv",
        "transactions",
    )
    said = remap(first, {"customer_id": "kunde", "happened_at": "wann", "amount": "wieviel"})
    Recipe.of([said]).save(tmp_path / "r.json")
    later = plan_of(tmp_path, "wieviel,KUNDE,wann\n1.00,1,2024-02-05\n2.00,2,2024-02-06", "feb.csv")
    found = plan_file(later.raw, Recipe.load(tmp_path / "r.json"))
    assert (found.origin, found.table) == ("recipe", "transactions")
    assert dict(found.columns) == {
        "customer_id": "KUNDE",
        "happened_at": "wann",
        "amount": "wieviel",
    }


def test_a_file_that_is_no_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="recipe"):
        Recipe.load(write(tmp_path, "r.json", '{"version": 99}'))


def test_identifiers_are_seen_by_name_and_by_value(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path, "客户号,客户姓名,联系方式,性别\n1,王一,13800000001,男\n2,李二,13900000002,女"
    )
    assert [d.column for d in plan.doubts if d.code == "identifier"] == ["客户姓名", "联系方式"]
