"""The committed sample banks import whole: every row of every file, and nothing to remark on."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest

from analytics.ingest.examine import examine
from tests.ingest_files import load

BANKS = Path(__file__).resolve().parents[1] / "sample_data"
LATER = date(2030, 1, 1)  # behind every day of the banks


def _records(path: Path, encoding: str) -> int:
    """Records below the header, counted by another reader."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding=encoding, newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


@pytest.mark.parametrize(("bank", "encoding"), [("bank_en", "utf-8"), ("bank_zh", "gb18030")])
def test_a_sample_bank_comes_in_whole(tmp_path: Path, bank: str, encoding: str) -> None:
    files = sorted((BANKS / bank).glob("*.csv*"))
    assert len(files) == 6
    data, report = load(tmp_path, examine(files, tmp_path / "work"), today=LATER)
    data.close()
    expected = {f.name.partition(".")[0]: _records(f, encoding) for f in files}
    assert {table: facts["rows_in"] for table, facts in report.tables.items()} == expected
    assert {table: facts["loaded"] for table, facts in report.tables.items()} == expected
    assert report.findings == ()
