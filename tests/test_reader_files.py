"""The reader over small files written by hand: what is the table, what is skipped, what is refused."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile

import polars as pl
import pytest

from analytics.ingest.cleaned import clean_rows
from analytics.ingest.decode import find_encoding
from analytics.ingest.limits import Limits
from analytics.ingest.reader import read_file
from analytics.text import UserError

TABLE = "id,name,amount\n1,Li,2.50\n2,Wang,3.75\n3,Zhao,4.10\n"
ROWS = [["1", "Li", "2.50"], ["2", "Wang", "3.75"], ["3", "Zhao", "4.10"]]


def read(tmp_path, content, name="extract.csv", **limits):
    """The one table of a file with this content."""
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    [raw] = read_file(tmp_path / name, tmp_path / "work", Limits(**limits))
    return raw


def rows(raw):
    """Its clean records as text."""
    return [[c.decode() for c in fields] for fields in clean_rows(raw)]


def gathered(lines):
    """Lines and reasons of what is no clean record."""
    return [(x.line, x.reason) for x in lines]


@pytest.mark.parametrize(
    "content",
    [
        TABLE, TABLE.rstrip("\n"), TABLE.replace("\n", "\r\n"), TABLE.replace("\n", "\r"),
        TABLE.replace("\n", "\r\n", 2), "\ufeff" + TABLE, '\ufeff"id",name,amount\n' + TABLE.split("\n", 1)[1],
        TABLE.replace(",", ";"), TABLE.replace(",", "\t"), TABLE.replace(",", "|"),
        TABLE.encode("utf-16"), b"\xff\xfe" + TABLE.encode("utf-16-le"), b"\xfe\xff" + TABLE.encode("utf-16-be"),
        TABLE.encode("utf-16-le"), gzip.compress(TABLE.encode()), "sep=,\n" + TABLE,
        TABLE.replace("2,Wang", "\ufeff2,Wang"), TABLE.replace("2,Wang", '\ufeff"2",Wang'), TABLE.replace("2,Wang", "\ufeff" + TABLE[:15] + "\ufeff2,Wang"),
        "\n\n" + TABLE + "\n\n", TABLE.replace("Li", '"Li"'), TABLE.replace("3,Zhao", '"3","Zhao"'),
    ],
)  # fmt: skip
def test_one_table_in_many_spellings(tmp_path, content):
    raw = read(tmp_path, content)
    assert raw.columns == ("id", "name", "amount")
    assert rows(raw) == ROWS
    assert (raw.rows_in, raw.rejects) == (3, ())


@pytest.mark.parametrize(
    ("content", "columns", "count"),
    [
        ("amount\n1.50\n2.50\n3.50\n", ("amount",), 3),
        ("id,name,amount\n", ("id", "name", "amount"), 0),
        ("客户号,姓名,余额\n1,张伟,2\n2,王芳,3\n", ("客户号", "姓名", "余额"), 2),
        ("id,id,\n1,2,3\n4,5,6\n7,8,9\n", ("id", "id_2", "column_3"), 3),
    ],
)
def test_headers(tmp_path, content, columns, count):
    raw = read(tmp_path, content)
    assert (raw.columns, raw.rows_in, raw.header_line) == (columns, count, 1)


@pytest.mark.parametrize(
    ("content", "skipped"),
    [
        ("某银行 2024 年报表\n\n" + TABLE, [(1, "preamble"), (2, "blank")]),
        (TABLE + "合计,,10.35\n", [(5, "totals")]),
        (TABLE + "\n(3 rows)\n", [(5, "blank"), (6, "footer")]),
        (TABLE + "id,name,amount\n4,Sun,5.00\n", [(5, "repeated_header")]),
        ("编号,姓名,余额,利息\n(个),,(元),(元)\n1,张,2.5,1\n2,王,3.5,1\n3,李,4.5,1\n", [(2, "second_header")]),
        ("# exported by core\n" + TABLE, [(1, "comment")]),
        (TABLE.replace("2,Wang", "\n2,Wang"), [(3, "blank")]),
    ],
)  # fmt: skip
def test_lines_that_are_no_records(tmp_path, content, skipped):
    raw = read(tmp_path, content)
    assert gathered(raw.skipped) == skipped
    assert rows(raw)[:3] == ROWS or raw.columns[0] == "编号"
    assert raw.rejects == ()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"9,Qian", "too_few_fields"), (b"9,Qian,1,2", "too_many_fields"), (b"9,Q\0ian,1", "nul_byte"),
        (b'9,"Qian,1', "text_after_quote"), (b'9,"Qi"an,1', "text_after_quote"), (b"9,Q\xff\xffn,1", "undecodable"),
    ],
)  # fmt: skip
def test_a_bad_record_is_rejected_with_line_and_reason(tmp_path, bad, reason):
    lines = [b'%d,"name %d",%d.5' % (i, i, i) for i in range(100)]
    content = b"\n".join([b"id,name,amount", *lines[:50], bad, *lines[50:]]) + b"\n"
    raw = read(tmp_path, content)
    assert gathered(raw.rejects) == [(52, reason)]
    assert rows(raw) == [[str(i), f"name {i}", f"{i}.5"] for i in range(100)]
    assert raw.rows_in == 101


def _zip(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "limits", "code"),
    [
        (b"", {}, "empty"), (b"\n\n \n", {}, "empty"), (b"\xef\xbb\xbf", {}, "empty"),
        (b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>", {}, "wrong_format"),
        (b'[{"id": 1}, {"id": 2}]', {}, "wrong_format"), (b"%PDF-1.7\n", {}, "wrong_format"),
        (gzip.compress(TABLE.encode())[:-9], {}, "damaged"), (_zip(("a.csv", TABLE))[:60], {}, "damaged"),
        (gzip.compress(b"0,1\n" * 9999), {"unpacked_bytes": 9999}, "too_large"),
        (gzip.compress(b"0" * 9999999), {"free_ratio_bytes": 99}, "too_large"),
        (_zip(("a.zip", _zip(("b.csv", TABLE)))), {}, "wrong_format"),
        (b"a,b,c,d\n1,2,3,4\n", {"columns": 3}, "too_wide"), (TABLE.encode(), {"file_bytes": 9}, "too_large"),
        (bytes(range(14, 32)) * 99, {}, "binary"), (b"\xe4\x85\x1a\x88\xff\n" * 99, {}, "encoding"),
    ],
)  # fmt: skip
def test_refusals_have_a_code(tmp_path, content, limits, code):
    with pytest.raises(UserError) as error:
        read(tmp_path, content, **limits)
    assert error.value.code == code


def _workbook(table):
    """The least that makes a workbook, by hand, with its texts in the cells."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) + "</row>"
        for row in table
    )
    return _zip(
        ("[Content_Types].xml", f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
         'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
         f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
         f'<Override PartName="/xl/s1.xml" ContentType="{kind}.worksheet+xml"/></Types>'),
        ("_rels/.rels", f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
         f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'),
        ("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
         '<sheet name="data" sheetId="1" r:id="r1"/></sheets></workbook>'),
        ("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">'
         f'<Relationship Id="r1" Type="{office}/worksheet" Target="s1.xml"/></Relationships>'),
        ("xl/s1.xml", f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'),
    )  # fmt: skip


def test_workbook_parquet_and_archive_give_the_same_text(tmp_path):
    pl.DataFrame(ROWS, schema=["id", "name", "amount"], orient="row").write_parquet(
        tmp_path / "t.csv"
    )
    (tmp_path / "t.xlsx").write_bytes(_workbook(list(csv.reader(TABLE.splitlines()))))
    (tmp_path / "t.zip").write_bytes(_zip(("a/t.csv", TABLE), ("__MACOSX/t.csv", "x")))
    for i, name in enumerate(("t.csv", "t.xlsx", "t.zip")):
        [raw] = read_file(tmp_path / name, tmp_path / f"work{i}")
        assert (raw.columns, rows(raw)) == (("id", "name", "amount"), ROWS)


@pytest.mark.parametrize(
    ("text", "codec", "found", "sure"),
    [
        ("客户,金额", "gb18030", "gb18030", True), ("客戶,金額", "big5", "big5", True),
        ("台北,高雄", "big5", "big5", True), ("女", "gb18030", "utf-8", False), ("女,女,女", "gb18030", "gb18030", False), ("女", "utf-8", "utf-8", True),
        ("é", "utf-8", "utf-8", True), ("Привет", "utf-8", "utf-8", True), ("Müller,José", "cp1252", "cp1252", False),
        ("𠮷野,客户", "gb18030", "gb18030", True), ("Łódź,źródło", "cp1250", "cp1250", False),
    ],
)  # fmt: skip
def test_short_files_keep_their_letters_or_say_that_it_is_a_guess(tmp_path, text, codec, found, sure):  # fmt: skip
    (tmp_path / "x.csv").write_bytes(f"id,x\n1,{text}\n2,plain\n".encode(codec))
    encoding = find_encoding(tmp_path / "x.csv", "x.csv")
    assert (encoding.name, encoding.guessed) == (found, not sure)


@pytest.mark.parametrize(
    ("above", "said"),
    [
        ("a,b,c\n7,2024-01-01,5\n8,2024-01-02,6\n\n", ["table_above"]),
        ("Report,,,\nDate: 2024-06-30,,,\n", []),
        ("Branch,Nanjing\nFrom,2024-01-01\n", []),
        ("", []),
    ],
)
def test_a_table_above_another_is_not_left_out_in_silence(tmp_path, above, said):
    raw = read(
        tmp_path,
        above + "account,product,opened,rate\nA1,loan,2020-01-01,3.5\nA2,card,2021-01-01,4.5\n",
    )
    assert raw.columns == ("account", "product", "opened", "rate")
    assert [p.code for p in raw.problems] == said


def test_a_backslash_before_a_delimiter_is_a_letter_where_quotes_close_without_it(tmp_path):
    raw = read(
        tmp_path, 'id,day,note,memo\n1,2024-01-01,x\\,"a,b"\n2,2024-01-02,y,c\n3,2024-01-03,z,d\n'
    )
    assert rows(raw)[0] == ["1", "2024-01-01", "x\\", "a,b"]
    assert raw.escape == ""


@pytest.mark.parametrize("text", ["$\\,9", "it's|'x", 'a "b" c', "#note", "a\n#b\n", "'", '5" TV'])
@pytest.mark.parametrize("delimiter", [",", "|"])
def test_letters_that_look_like_a_dialect(tmp_path, text, delimiter):
    table = [
        ["id", "note", "amount"],
        *([str(i), text if i == 4 else "", f"{i}.5"] for i in range(8)),
    ]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(table)
    assert rows(read(tmp_path, out.getvalue())) == table[1:]
