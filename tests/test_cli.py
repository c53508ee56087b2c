"""The command line as a script sees it: exit status, one JSON object, words in two languages."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analytics import audit
from analytics.store import Store
from tests.command import tidemark, told

Inside = Callable[..., tuple[int, str, str]]
TRANSACTIONS = """customer_id,happened_at,amount,kind
001,2024-01-05 10:00:00,100.00,salary
001,2024-06-01 09:30:00,-20.00,card_payment
001,2024-06-01 09:30:00,-20.00,card_payment
002,2024-06-02 11:00:00,-5.50,card_payment
002,2024-06-29 08:00:00,-7.00,card_payment
003,2024-05-01 08:00:00,oops,card_payment
"""  # one exact duplicate, one amount that is none
CUSTOMERS = "customer_id,region,birth_year\n001,north,1980\n002,south,1990\n003,south,1970\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    found = {"transactions": tmp_path / "tx.csv", "customers": tmp_path / "people.csv"}
    found["transactions"].write_text(TRANSACTIONS)
    found["customers"].write_text(CUSTOMERS)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def bank(home: Path, files: dict[str, Path]) -> dict[str, Any]:
    """What `import --json` told of the small bank, kept as `bank`."""
    return told(home, "import", "bank", "--transactions", files["transactions"],
                "--customers", files["customers"])  # fmt: skip


# -- import and what follows ---------------------------------------------------------------------
def test_import_tells_what_became_of_every_row(bank: dict[str, Any]) -> None:
    facts = bank["tables"]["transactions"]
    counts = {
        "rows_in": 6,
        "loaded": 5,
        "rejected": 1,
        "duplicates": 1,
        "duplicates_removed": 0,
        "skipped": 0,
    }
    assert counts.items() <= facts.items()
    assert bank["tables"]["customers"]["loaded"] == 3
    assert (bank["dataset"], len(bank["fingerprint"])) == ("bank", 16)
    for found in bank["findings"]:
        assert {"severity", "table", "column", "rows", "message"} <= found.keys()


def test_duplicates_are_dropped_when_asked(home: Path, files: dict[str, Path]) -> None:
    facts = told(
        home, "import", "b", "--transactions", files["transactions"], "--duplicates", "drop"
    )
    counts = {"rows_in": 6, "loaded": 4, "rejected": 1, "duplicates_removed": 1}
    assert counts.items() <= facts["tables"]["transactions"].items()


def test_several_files_make_one_table(home: Path, files: dict[str, Path], tmp_path: Path) -> None:
    july = tmp_path / "july.csv"
    july.write_text("customer_id,happened_at,amount\n004,2024-07-01 10:00:00,1.00\n")
    told_of = told(
        home, "import", "b", "--transactions", files["transactions"], "--transactions", july
    )
    assert told_of["tables"]["transactions"]["rows_in"] == 7


def test_datasets_lists_and_delete_removes(home: Path, bank: dict[str, Any]) -> None:
    (listed,) = told(home, "datasets")["datasets"]
    assert (listed["dataset"], listed["fingerprint"]) == ("bank", bank["fingerprint"])
    assert told(home, "delete", "bank") == {"deleted": "bank"}
    assert told(home, "datasets") == {"datasets": []}
    assert list((home / "kept").iterdir()) == []


def test_run_gives_the_same_numbers_as_counting_by_hand(
    home: Path, bank: dict[str, Any], tmp_path: Path
) -> None:
    """001: active on 2 days, last 29 days before 06-30; 002: 2 days, last 1 day before."""
    out = tmp_path / "out"
    answer = told(home, "run", "rfm", "--data", "bank", "--as-of", "2024-06-30", "--out", out)
    assert {
        "analysis",
        "dataset",
        "fingerprint",
        "as_of",
        "params",
        "headline",
        "tables",
    } <= answer.keys()
    assert (answer["analysis"], answer["as_of"]) == ("rfm", "2024-06-30")
    assert answer["fingerprint"] == bank["fingerprint"]
    assert all({"en", "zh"} <= sentence.keys() for sentence in answer["headline"])
    frame = pl.read_parquet(out / "rfm.parquet")
    found = {
        r["recency_days"]: r["frequency"]
        for r in frame.iter_rows(named=True)
        if r["recency_days"] is not None
    }
    assert found[1] == 2
    assert json.loads((out / "result.json").read_text("utf-8"))["tables"] == answer["tables"]
    assert {p.suffix for p in out.iterdir()} == {".csv", ".parquet", ".html", ".svg", ".json"}


def test_files_hold_pseudonyms_and_real_ids_are_logged(
    home: Path, bank: dict[str, Any], tmp_path: Path
) -> None:
    told(home, "run", "rfm", "--data", "bank", "--out", tmp_path / "a")
    told(home, "run", "rfm", "--data", "bank", "--out", tmp_path / "b", "--real-ids")
    shown = {name: _ids(tmp_path / name / "rfm.csv") for name in "ab"}
    assert all(one.startswith("C-") for one in shown["a"])
    assert shown["b"] <= {"001", "002", "003"}
    store = Store(home)
    log = audit.entries(store.state(store.open_kept("bank")))
    store.close()
    assert log.select("action", "subject").rows() == [("run_real_ids", "rfm"), ("import", "bank")]


def _ids(path: Path) -> set[str]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return {row["customer_id"] for row in csv.DictReader(lines)}


def test_where_narrows_the_population(home: Path, bank: dict[str, Any]) -> None:
    rows = {w: told(home, "run", "rfm", "--data", "bank", "--where", w)["tables"]["rfm"]
            for w in ("region=north", "region!=north")}  # fmt: skip
    everybody = told(home, "run", "rfm", "--data", "bank")["tables"]["rfm"]
    assert rows["region=north"] == 1
    assert sum(rows.values()) == everybody


def test_a_taken_name_is_refused_before_the_files_are_read(
    home: Path, bank: dict[str, Any], files: dict[str, Path]
) -> None:
    done = tidemark(home, "import", "bank", "--transactions", files["transactions"])
    assert done.returncode == 1
    assert "already" in done.stderr
    assert told(home, "datasets")["datasets"][0]["fingerprint"] == bank["fingerprint"]


# -- doctor and sample ---------------------------------------------------------------------------
def test_doctor_says_what_a_file_is_and_gives_it_back(
    home: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    out, recipe = tmp_path / "out", tmp_path / "r.json"
    (one,) = told(home, "doctor", files["transactions"], "--out", out, "--recipe-out", recipe)[
        "files"
    ]
    assert {"file", "encoding", "delimiter", "quote", "header_line", "rows_in", "rejected", "skipped", "table",
            "mapping", "problems"} <= one.keys()  # fmt: skip
    assert (one["table"], one["delimiter"], one["header_line"], one["rows_in"]) == (
        "transactions",
        ",",
        1,
        6,
    )
    assert (out / "tx.clean.csv").read_text("utf-8") == TRANSACTIONS
    assert (out / "tx.rejects.csv").read_text("utf-8").splitlines() == ["line,reason,text"]
    assert json.loads(recipe.read_text("utf-8"))
    facts = told(home, "import", "b", "--transactions", files["transactions"], "--recipe", recipe)
    assert facts["tables"]["transactions"]["loaded"] == 5
    assert told(home, "datasets")["datasets"][0]["dataset"] == "b"


def test_doctor_of_one_bad_file_still_tells_the_others(
    home: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    answer = told(home, "doctor", bad, files["customers"])
    assert [one["file"] for one in answer["files"]] == ["bad.csv", "people.csv"]
    assert answer["files"][0]["problems"]
    assert answer["files"][1]["table"] == "customers"


def test_sample_writes_what_import_reads(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "bank"
    told(
        home,
        "sample",
        "--customers",
        60,
        "--months",
        6,
        "--seed",
        3,
        "--without",
        "anomalies",
        "--out",
        out,
    )
    tables = ["customers", "accounts", "transactions", "balances", "events", "contacts"]
    options = [word for t in tables for word in (f"--{t}", out / f"{t}.csv")]
    facts = told(home, "import", "invented", *options)["tables"]
    truth = json.loads((out / "truth.json").read_text("utf-8"))
    assert facts["customers"]["loaded"] == 60 == len(truth["segments"])
    assert sum(f["rejected"] for f in facts.values()) == 0
