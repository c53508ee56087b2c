"""Real extracts come in with no hand-work beyond what a user can say on the command line.

Expected values: the row counts and oddities stated in the data's own README, published totals, and
counts taken with Python's csv module, independent of the import.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from analytics.dataset import Dataset
from analytics.ingest.accounting import ImportReport
from analytics.ingest.examine import examine
from analytics.ingest.pipeline import import_plans

Find = Callable[[str], Path]


def load(tmp_path: Path, files: dict[Path, str | None]) -> tuple[Dataset, ImportReport]:
    plans = examine(list(files), tmp_path / "work", tables={p: t for p, t in files.items() if t})
    report = import_plans(plans, tmp_path / "dataset", "real", today=date(2026, 1, 1))
    return Dataset(report.path), report


def test_berka_through_its_bridge(tmp_path: Path, shared_file: Find) -> None:
    data, report = load(tmp_path, {
        shared_file("berka/trans_1993.asc"): "transactions", shared_file("berka/account.asc"): "accounts",
        shared_file("berka/client.asc"): "customers", shared_file("berka/disp.asc"): "bridge"})  # fmt: skip
    loaded = {t: (v["rows_in"], v["loaded"], v["rejected"]) for t, v in report.tables.items()}
    assert loaded == {"transactions": (28205, 28205, 0), "accounts": (4500, 4500, 0), "customers": (5369, 5369, 0),
                      "bridge": (5369, 5369, 0)}  # fmt: skip
    with shared_file("berka/trans_1993.asc").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    with shared_file("berka/disp.asc").open(newline="") as file:
        owner = {
            r["account_id"]: r["client_id"]
            for r in csv.DictReader(file, delimiter=";")
            if r["type"] == "OWNER"
        }
    credit = sum(Decimal(r["amount"]) for r in rows if r["type"] == "PRIJEM")
    debit = sum(Decimal(r["amount"]) for r in rows if r["type"] != "PRIJEM")
    sums = data.query(
        "SELECT sum(amount) FILTER (amount > 0) AS c, -sum(amount) FILTER (amount < 0) AS d FROM transactions"
    ).row(0)
    assert sums == (credit, debit)
    by_owner = Counter(owner[r["account_id"]] for r in rows)
    found = data.query(
        "SELECT customer_id, count(*) AS n FROM transactions JOIN customers USING (customer_key) GROUP BY 1"
    )
    assert dict(found.rows()) == dict(by_owner)
    assert data.default_as_of == date(1993, 12, 31)
    # client 1 in the file: birth_number 706213, a woman (50 added to the month) born 1970-12-13
    assert data.query("SELECT birth_year, gender FROM customers WHERE customer_id = '1'").row(
        0
    ) == (1970, "F")
    data.close()


def test_berka_files_are_recognised_by_themselves(tmp_path: Path, shared_file: Find) -> None:
    expected = {"account": "accounts", "client": "customers", "disp": "bridge", "trans_1993": "transactions",
                "card": None, "district": None, "order": None}  # fmt: skip
    paths = [shared_file(f"berka/{name}.asc") for name in expected]
    assert [p.table for p in examine(paths, tmp_path)] == list(expected.values())


def test_online_retail(tmp_path: Path, shared_file: Find) -> None:
    path = shared_file("online_retail/online_retail_to_2011-06.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    data, report = load(tmp_path, {path: None})
    facts = report.tables["transactions"]
    assert (
        (facts["rows_in"], facts["loaded"], facts["rejected"])
        == (len(rows), len(rows), 0)
        == (245903, 245903, 0)
    )
    assert facts["duplicates"] == len(rows) - len({tuple(r.values()) for r in rows})
    total = sum(Decimal(r["Quantity"]) * Decimal(r["UnitPrice"]) for r in rows)
    assert data.query("SELECT sum(amount) FROM transactions").item() == total
    missing = sum(1 for r in rows if not r["CustomerID"])
    assert (
        data.query("SELECT count(*) FROM transactions WHERE customer_key IS NULL").item() == missing
    )
    assert data.query("SELECT count(*) FROM customers WHERE customer_id LIKE '%.0'").item() == 0
    refunds = sum(1 for r in rows if Decimal(r["Quantity"]) * Decimal(r["UnitPrice"]) < 0)
    assert data.query("SELECT count(*) FROM transactions WHERE kind = 'refund'").item() == refunds
    assert data.default_as_of == date(2011, 6, 30)
    data.close()


def test_cdnow_totals_as_published(tmp_path: Path, shared_file: Find) -> None:
    """The 1/10 sample: 2,357 customers, 6,919 rows, 16,479 CDs, $244,091.94."""
    data, report = load(tmp_path, {shared_file("cdnow/CDNOW_sample.txt"): "transactions"})
    assert report.tables["transactions"]["loaded"] == 6919
    found = data.query(
        "SELECT count(DISTINCT customer_key), count(*), sum(quantity)::INT, sum(amount) FROM transactions"
    ).row(0)
    assert found == (2357, 6919, 16479, Decimal("244091.9400"))
    data.close()


CASES = [
    # file, table the user names (None: by itself), rows, customers
    ("clickstream/simple-onlineshop.csv", None, "events", 32283, 3751),
    ("bpi2012/bpic2012_2011.csv.gz", None, "events", 150256, 7455),
    ("telco_churn/Telco-Customer-Churn.csv", None, "customers", 7043, 7043),
    ("nps/NPS_timeseries_data.csv", None, "feedback", 5000, 5000),
    ("bank_marketing/bank-full.csv.gz", "customers", "customers", 45211, 45211),
    ("hillstrom/hillstrom.csv.gz", "customers", "customers", 64000, 64000),
]


@pytest.mark.parametrize(
    ("name", "said", "table", "rows", "customers"), CASES, ids=[c[0] for c in CASES]
)
def test_others(
    tmp_path: Path,
    shared_file: Find,
    name: str,
    said: str | None,
    table: str,
    rows: int,
    customers: int,
) -> None:
    data, report = load(tmp_path, {shared_file(name): said})
    assert {t: (v["rows_in"], v["loaded"]) for t, v in report.tables.items()} == {
        table: (rows, rows)
    }
    assert data.query("SELECT count(*) FROM customers").item() == customers
    data.close()
