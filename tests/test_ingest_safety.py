"""Nothing half-visible, nothing executed, nothing personal by chance; appending and looking first."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pytest

from analytics.dataset import Dataset
from analytics.ingest import pipeline
from analytics.ingest.append import append
from analytics.ingest.checkup import doctor
from analytics.text import UserError
from tests.ingest_files import TODAY, load, plan_of, write


def test_direct_identifiers_are_left_out_unless_kept_knowingly(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "客户号,姓名,性别\n1,王一,男\n2,李二,女", "客户.csv")
    data, _ = load(tmp_path, [plan])
    assert data.manifest["tables"]["customers"]["attributes"] == {}
    data.close()
    data, _ = load(tmp_path, [plan.with_options(keep_identifiers=("姓名",))])
    assert data.manifest["tables"]["customers"]["attributes"] == {"a0": "姓名"}
    data.close()


def test_hostile_names_and_values_are_text(tmp_path: Path) -> None:
    names = [
        'note"; DROP TABLE x --',
        "a'b",
        "[x](http://y)",
        "=HYPERLINK(1)",
        "列\u202e名",
        "select",
    ]
    header = ",".join(
        ["cust_id", "txn_date", "amount", *('"' + n.replace('"', '""') + '"' for n in names)]
    )
    plan = plan_of(
        tmp_path,
        f'{header}\n1,2024-01-05,1.00,a,b,c,d,e,f\n2,2024-01-06,2.00,\'\',"x""y",$1,`,{{}},😀',
    )
    data, report = load(tmp_path, [plan])
    assert report.tables["transactions"]["loaded"] == 2
    assert list(data.manifest["tables"]["transactions"]["attributes"].values()) == list(
        plan.attributes()
    )
    assert data.query("SELECT a0, a1, a5 FROM transactions ORDER BY happened_at").row(1) == (
        "''",
        'x"y',
        "😀",
    )
    data.close()


def test_next_month_is_appended_into_a_new_dataset(tmp_path: Path) -> None:
    """The old one stays; one row is in both; customer 2 is described anew."""
    old, _ = load(tmp_path, [plan_of(tmp_path, "cust_id,region\n1,N\n2,S", "customers.csv"),
                             plan_of(tmp_path, "cust_id,txn_date,amount,note\n1,2024-01-05,1.00,x\n2,2024-01-31,2.00,y", "jan.csv")])  # fmt: skip
    old.close()
    plans = [plan_of(tmp_path, "cust_id,region\n2,W\n3,E", "customers2.csv"),
             plan_of(tmp_path, "cust_id,txn_date,amount,note\n2,2024-01-31,2.00,y\n3,2024-02-05,3.00,z", "feb.csv")]  # fmt: skip
    report = append(old.path.parent, plans, tmp_path / "both", "both", today=TODAY)
    data = Dataset(report.path)
    assert data.query("SELECT customer_id, region FROM customers ORDER BY 1").rows() == [
        ("1", "N"),
        ("2", "W"),
        ("3", "E"),
    ]
    assert data.query("SELECT count(*) FROM transactions").item() == 4
    assert [f.rows for f in report.findings if f.code == "overlap"] == [1]
    assert (report.tables["transactions"]["rows_in"], report.tables["transactions"]["loaded"]) == (
        4,
        4,
    )
    assert Dataset(old.path).query("SELECT count(*) FROM transactions").item() == 2
    data.close()
    dropped = append(
        old.path.parent, plans, tmp_path / "less", "less", today=TODAY, duplicates="drop"
    )
    assert (
        dropped.tables["transactions"]["loaded"],
        dropped.tables["transactions"]["duplicates_removed"],
    ) == (3, 1)


def test_cancel_leaves_nothing_behind(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "cust_id,txn_date,amount\n1,2024-01-05,1.00\n2,2024-01-06,1.00")
    cancel = threading.Event()
    cancel.set()
    home = tmp_path / "home"
    with pytest.raises(UserError) as caught:
        load(home, [plan], cancel=cancel)
    assert caught.value.code == "cancelled"
    assert list(home.iterdir()) == []


FULL = (
    OSError(28, "No space left on device"),
    duckdb.TransactionException("Failed to commit: could not write: No space left on device"),
    duckdb.FatalException("Failed to create checkpoint: No space left on device"),
)


@pytest.mark.parametrize("error", FULL, ids=["system", "commit", "checkpoint"])
def test_a_failure_while_writing_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    plan = plan_of(tmp_path, "cust_id,txn_date,amount\n1,2024-01-05,1.00\n2,2024-01-06,1.00")

    def full(*args: object) -> None:
        raise error

    monkeypatch.setattr(pipeline, "_publish", full)
    home = tmp_path / "home"
    with pytest.raises(UserError) as caught:
        load(home, [plan])
    assert caught.value.code == "disk"
    assert list(home.iterdir()) == []


def test_a_name_in_use_is_refused(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "cust_id,txn_date,amount\n1,2024-01-05,1.00\n2,2024-01-06,1.00")
    for expected in (None, "exists"):
        try:
            pipeline.import_plans([plan], tmp_path / "same", "same", today=TODAY)
            code = None
        except UserError as error:
            code = error.code
        assert code == expected


def test_doctor_says_what_each_file_is_and_writes_its_raw_reading(tmp_path: Path) -> None:
    good = write(
        tmp_path,
        "流水.csv",
        "客户号,交易日期,金额\n001,20240105,1.00\n002,20240106\n003,20240107,2.00",
        "gb18030",
    )
    bad = tmp_path / "empty.csv"
    bad.write_bytes(b"")
    told = doctor(
        [good, bad], tmp_path / "work", out=tmp_path / "out", recipe_out=tmp_path / "r.json"
    )["files"]
    assert [(f["file"], f["table"], f["rows_in"], f["rejected"]) for f in told] == [
        ("流水.csv", "transactions", 3, 1),
        ("empty.csv", None, 0, 0),
    ]
    assert told[0]["mapping"] == {
        "customer_id": "客户号",
        "happened_at": "交易日期",
        "amount": "金额",
    }
    assert told[1]["refused"] == "empty"
    assert (tmp_path / "out" / "流水.clean.csv").read_text(encoding="utf-8").split() == [
        "客户号,交易日期,金额",
        "001,20240105,1.00",
        "003,20240107,2.00",
    ]
    assert (tmp_path / "r.json").exists()


def test_dropping_duplicates_minds_the_columns_left_out(tmp_path: Path) -> None:
    """By hand: two rows differ only in a phone that is not loaded; two are equal in all."""
    text = """
        cust_id,txn_date,amount,phone
        1,2024-01-05,1.00,13812345678
        1,2024-01-05,1.00,13912345678
        2,2024-01-06,2.00,13712345678
        2,2024-01-06,2.00,13712345678
    """
    plan = plan_of(tmp_path, text)
    data, report = load(tmp_path, [plan], duplicates="drop")
    facts = report.tables["transactions"]
    assert (facts["loaded"], facts["duplicates"], facts["duplicates_removed"]) == (3, 1, 1)
    data.close()
