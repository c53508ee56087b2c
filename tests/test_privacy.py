"""The egress gate, downloads and identifiers: what leaves, and in which shape."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io

import altair as alt
import duckdb
import openpyxl
import polars as pl
import pytest

from analytics.download import csv_bytes, neutral, safe_file_name
from analytics.identifiers import identifiers, is_card_number, is_chinese_id, mask, mask_text
from analytics.privacy import Gate, holds_any, scrub, suppress
from analytics.text import Text, UserError

SECRET = b"s" * 32
GATE = Gate(SECRET, ids=lambda: pl.Series(["ann", "bob", "001", "1"]))


def by_hand(prefix: str, value: str, secret: bytes = SECRET) -> str:
    """The pseudonym by the standard library: HMAC-SHA-256, base32, 12 letters."""
    digest = hmac.new(secret, f"{prefix}:{value}".encode(), hashlib.sha256).digest()
    return f"{prefix}-{base64.b32encode(digest).decode()[:12]}"


# -- pseudonyms ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("column", "prefix"), [
    ("customer_id", "C"), ("account_id", "A"), ("transaction_id", "T"), ("counterparty", "P"),
    ("partner_customer_id", "C"), ("basket_id", "B"), ("session_id", "S"),
])  # fmt: skip
def test_ids_become_the_hmac_of_the_standard_library(column: str, prefix: str) -> None:
    values = ["ann", "001", "1", "客户", "", None, "ann"]
    found = GATE.frame(pl.DataFrame({column: values}))[column].to_list()
    assert found == [None if v is None else by_hand(prefix, v) for v in values]


def test_the_frame_keeps_its_order_its_numbers_and_loses_keys_and_text() -> None:
    given = pl.DataFrame({"customer_key": [0, 1], "customer_id": ["b", "a"], "n": [1, 2],
                          "text": ["call 13812345678", None]})  # fmt: skip
    shown = GATE.frame(given)
    assert shown.columns == ["customer_id", "n", "text"]
    assert shown.rows() == [(by_hand("C", "b"), 1, "•••"), (by_hand("C", "a"), 2, None)]


@pytest.mark.parametrize("given", [
    pl.DataFrame({"customer_id": []}, schema={"customer_id": pl.String}),
    pl.DataFrame({"customer_id": [None]}, schema={"customer_id": pl.Null}),
    pl.DataFrame({"customer_id": ["a"]}, schema={"customer_id": pl.Categorical}),
    pl.DataFrame({"customer_id": [17]}),
])  # fmt: skip
def test_edge_columns_never_show_an_id(given: pl.DataFrame) -> None:
    shown = GATE.frame(given)
    assert shown.height == given.height
    assert not set(shown["customer_id"].drop_nulls()) & {"a", "17", 17}


def test_another_dataset_has_other_pseudonyms() -> None:
    other = Gate(b"t" * 32)
    assert GATE.pseudonym("ann") != other.pseudonym("ann")
    assert GATE.pseudonym("ann") == by_hand("C", "ann")


def test_real_ids_pass_only_when_asked_for() -> None:
    frame = pl.DataFrame({"customer_id": ["ann"], "customer_key": [0]})
    assert Gate(SECRET, real_ids=True).frame(frame).rows() == [("ann",)]


@pytest.mark.parametrize(("shown", "real"), [
    (by_hand("C", "ann"), "ann"), (f" {by_hand('C', '001').lower()} ", "001"), ("bob", "bob"), ("1", "1"),
])  # fmt: skip
def test_a_pseudonym_leads_back_to_its_customer(shown: str, real: str) -> None:
    assert GATE.resolve(shown) == real


@pytest.mark.parametrize(
    "shown", ["", "eve", by_hand("C", "eve"), by_hand("A", "ann"), "客户", "C-" + "Z" * 40]
)
def test_what_is_not_there_is_refused_without_quoting_it(shown: str) -> None:
    with pytest.raises(UserError, match="No customer") as error:
        GATE.resolve(shown)
    assert not shown or shown not in str(error.value)


# -- chart specifications ------------------------------------------------------------------------
def chart(frame: pl.DataFrame, x: str = "region") -> dict[str, object]:
    return alt.Chart(frame).mark_bar().encode(x=x, y="n").to_dict()


def test_aggregates_may_leave() -> None:
    spec = chart(pl.DataFrame({"region": ["a", "b"], "n": [1, 2]}))
    assert GATE.spec(spec) is spec


@pytest.mark.parametrize(
    "column", ["customer_id", "customer_key", "account_id", "counterparty", "text"]
)
def test_a_specification_with_an_id_column_is_refused(column: str) -> None:
    frame = pl.DataFrame({column: ["a"], "region": ["a"], "n": [1]})
    for spec in (chart(frame), {"hconcat": [chart(frame)]},
                 {"mark": "bar", "encoding": {"x": {"field": column}}},
                 {"data": {"values": [{column: "a"}]}, "mark": "point"}):  # fmt: skip
        with pytest.raises(UserError, match="single customers"):
            GATE.spec(spec)


@pytest.mark.parametrize(("rows", "leaves"), [(5_000, True), (5_001, False)])
def test_a_specification_holds_at_most_five_thousand_rows(rows: int, leaves: bool) -> None:
    spec = {"data": {"values": [{"n": 1}] * rows}, "mark": "bar"}
    if leaves:
        assert GATE.spec(spec)
    else:
        with pytest.raises(UserError, match="5,001"):
            GATE.spec(spec)


def test_planted_ids_are_found_wherever_they_hide() -> None:
    assert holds_any({"title": 'for ann\'s "eyes"'}, {'"eyes"'})
    assert not holds_any({"title": "nobody"}, {"ann"})


# -- small cells ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("counts", "shown"), [
    ([100, 50, 3], [100, None, None]),  # one small cell: the smallest other one goes too
    ([100, 4, 3], [100, None, None]), ([100, 50, 0], [100, 50, 0]), ([3], [None]), ([], []),
    ([10, 9, 12], [None, None, 12]), ([9, 9, 9], [None, None, None]),
])  # fmt: skip
def test_small_cells_cannot_be_worked_out(counts: list[int], shown: list[int | None]) -> None:
    frame = pl.DataFrame({"g": [str(i) for i in range(len(counts))], "n": counts,
                          "sum": [float(c) for c in counts]}, schema={"g": pl.String, "n": pl.Int64, "sum": pl.Float64})  # fmt: skip
    found = suppress(frame, "n")
    assert found["n"].to_list() == shown
    assert found["sum"].is_null().to_list() == [n is None for n in shown]
    assert found["g"].null_count() == 0


# -- downloads -----------------------------------------------------------------------------------
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=HYPERLINK(\"http://x\",\"y\")",
            "\uff1d1", "\u200b=1", "-cmd|' /C calc'!A0", "\n=1")  # fmt: skip
HARMLESS = ("-5", "+3.50", "-0.01", "a=b", "2024-01-01", "客户", "", "a-b", "O'Brien")


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_in_a_cell_or_a_title_is_text(cell: str) -> None:
    shown = neutral(pl.DataFrame({cell: [cell, None]}))
    assert shown.columns == [f"'{cell}"]
    assert shown.to_series().to_list() == [f"'{cell}", None]


@pytest.mark.parametrize("cell", HARMLESS)
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert neutral(pl.DataFrame({"c": [cell]})).to_series().to_list() == [cell]


def test_numbers_stay_numbers_and_the_file_reads_back() -> None:
    written = csv_bytes(pl.DataFrame({"客户": ["=1", 'a,"b"\nc'], "n": [-1, 2], "x": [-1.5, None]}))
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert rows == [["客户", "n", "x"], ["'=1", "-1", "-1.5"], ['a,"b"\nc', "2", ""]]


def test_a_spreadsheet_sees_no_formula_in_disarmed_cells() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for cell in neutral(pl.DataFrame({"c": ["=1+1", "-1+1"]}))["c"]:
        sheet.append([cell])  # type: ignore[union-attr]
    assert [c.data_type for (c,) in sheet.iter_rows()] == ["s", "s"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "safe"), [
    ("rfm", "rfm.csv"), ("../../x", "x.csv"), ("客户 分层", "客户_分层.csv"), ("", "download.csv"),
    ("a/b\\c:d", "a_b_c_d.csv"), ("CON", "download_CON.csv"), ("...", "download.csv"), ("a\r\nSet-Cookie: x", "a_Set-Cookie_x.csv"),
    ("x" * 300, "x" * 80 + ".csv"), ("right\u202eleft", "right_left.csv"),
])  # fmt: skip
def test_file_names_hold_no_path(name: str, safe: str) -> None:
    assert safe_file_name(name, ".csv") == safe


# -- logs ----------------------------------------------------------------------------------------
def test_an_error_is_logged_without_what_it_quotes() -> None:
    with pytest.raises(duckdb.ConversionException, match="PLANTED") as caught:
        duckdb.sql("SELECT 'PLANTED-0815'::INTEGER").fetchall()
    assert scrub(caught.value) == "_duckdb.ConversionException"
    assert scrub(UserError(Text("Stop.", "停。"), "code")) == "code: Stop."
    assert scrub(ValueError("PLANTED")) == "ValueError"


# -- identifiers ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "right"), [
    ("11010519491231002X", True), ("11010519491231002x", True),  # the example of GB 11643
    ("110105194912310020", False), ("11010519491331002X", False), ("1101051949123100", False), ("", False),
])  # fmt: skip
def test_a_chinese_id_number_has_its_check_digit(text: str, right: bool) -> None:
    assert is_chinese_id(text) is right


@pytest.mark.parametrize(("text", "right"), [
    ("4111111111111111", True), ("5555 5555 5555 4444", True), ("378282246310005", True),  # test cards
    ("4111111111111112", False), ("0000000000000000", False), ("123", False), ("", False),
])  # fmt: skip
def test_a_card_number_passes_luhn(text: str, right: bool) -> None:
    assert is_card_number(text) is right


@pytest.mark.parametrize(("title", "samples", "kind"), [
    ("客户姓名", [], "name"), ("姓名", ["王小明"], "name"), ("full_name", [], "name"), ("name", [], "name"),
    ("产品名称", ["活期"], None), ("product_name", ["Saver"], None), ("branch name", [], None),
    ("手机号", [], "phone"), ("c7", ["13812345678", "15900001111"], "phone"), ("mobile", [], "phone"),
    ("证件号码", [], "id_number"), ("c3", ["11010519491231002X"], "id_number"), ("身份证", [], "id_number"),
    ("银行卡号", [], "card_number"), ("c1", ["4111111111111111", None, ""], "card_number"),
    ("c2", ["li@bank.cn", "wang@bank.cn"], "email"), ("E-mail", [], "email"), ("家庭住址", [], "address"),
    ("amount", ["100.00", "-3"], None), ("customer_id", ["00000000001", "13812"], None),
    ("transaction_id", ["2024010112345678", "2024010112345679", "2024010112345680"], None),
    ("地区", ["北京", "上海"], None), ("segment", ["高净值", "大众"] * 20, None), ("happened_at", ["2024-01-01"], None),
    ("account", ["ACC-1"], None), ("region", ["Prague"], None), ("city", [], None), ("district_name", ["Brno"], None),
])  # fmt: skip
def test_identifiers_are_known_by_title_or_by_value(
    title: str, samples: list[str | None], kind: str | None
) -> None:
    assert identifiers([title], {title: samples}) == ({title: kind} if kind else {})


def test_chinese_names_are_known_by_value_alone_when_they_are_many() -> None:
    names = [s + g for s in "王李张刘陈杨赵" for g in ("伟", "小明", "芳", "秀英")]
    assert identifiers(["c9"], {"c9": names}) == {"c9": "name"}


@pytest.mark.parametrize(("value", "kind", "masked"), [
    ("4111 1111 1111 1111", "card_number", "411111••••"), ("13812345678", "phone", "••••"),
    ("li@bank.cn", "email", "••••@bank.cn"), (None, "name", None), ("", "name", ""), ("王", "name", "••••"),
])  # fmt: skip
def test_a_masked_value_tells_nobody(value: str | None, kind: str, masked: str | None) -> None:
    assert mask(value, kind) == masked  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "masked"), [
    ("卡4111 1111 1111 1111已挂失", "卡••••已挂失"), ("id 11010519491231002X.", "id ••••."),
    ("order 20240101", "order 20240101"), ("li@bank.cn", "••••"), ("", ""),
])  # fmt: skip
def test_free_text_loses_its_identifiers(text: str, masked: str) -> None:
    assert mask_text(text) == masked
