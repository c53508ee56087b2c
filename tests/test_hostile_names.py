"""Hostile column names and values change no result and come back as they stand."""

from __future__ import annotations

import csv
import datetime

import polars as pl
import pytest

from tests.command import told

HOSTILE = (
    'customer_id" --', "'; DROP TABLE transactions; --", "x'); ATTACH 'x.db'; --", 'a"b', "a''b",
    "`rm -rf`", "$(id)", "{{7*7}}", "{0}", "%s%n", "[link](javascript:alert(1))", "**bold** _it_",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '=HYPERLINK("http://x","y")',
    "+1+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\u202eoperations\u202c", "a\u200bb", "𠮷野家",
    "👩‍👩‍👧", "../../etc/passwd", "SELECT * FROM x;", "| a | b |",
)  # fmt: skip
START = datetime.date(2024, 1, 1)


def _write(path, names, values, ids):
    """Three transactions a customer on days of their own, each row with every value."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["customer_id", "happened_at", "amount", *names])
        for i, one in enumerate(ids):
            for day in range(3):
                turned = [values[(i + j) % len(values)] for j in range(len(names))]
                when = START + datetime.timedelta(days=i + 40 * day)
                writer.writerow([one, when.isoformat(), f"{-(i + 1)}.50", *turned])
    return path


def _rfm(tmp_path, name, path):
    """The import's accounting and the RFM table in the order of the customers' recency."""
    home, out = tmp_path / "home", tmp_path / name
    report = told(home, "import", name, "--transactions", path)
    told(home, "run", "rfm", "--data", name, "--out", out, "--real-ids")
    return report["tables"]["transactions"], pl.read_parquet(out / "rfm.parquet")


def test_doctor_gives_hostile_text_back_cell_for_cell(tmp_path):
    path = _write(tmp_path / "hostile.csv", HOSTILE, HOSTILE, HOSTILE)
    [found] = told(tmp_path / "home", "doctor", path, "--out", tmp_path / "out")["files"]
    assert (found["rows_in"], found["rejected"], found["delimiter"]) == (75, 0, ",")
    with path.open(encoding="utf-8", newline="") as file:
        wanted = list(csv.reader(file))
    with (tmp_path / "out" / "hostile.clean.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == wanted


def test_hostile_text_changes_no_result(tmp_path):
    assert len(set(HOSTILE)) == 25
    tame = [f"name{i}" for i in range(25)]
    plain = _rfm(tmp_path, "plain", _write(tmp_path / "plain.csv", tame, tame, tame))
    wild = _rfm(tmp_path, "wild", _write(tmp_path / "wild.csv", HOSTILE, HOSTILE, HOSTILE))
    counts = ("rows_in", "loaded", "rejected", "duplicates", "duplicates_removed", "skipped")
    assert [wild[0][key] for key in counts] == [plain[0][key] for key in counts]
    assert wild[0]["loaded"] == 75
    back = dict(zip(HOSTILE, tame, strict=True))
    assert sorted(wild[1]["customer_id"]) == sorted(HOSTILE)
    renamed = wild[1].with_columns(pl.col("customer_id").replace_strict(back)).sort("customer_id")
    assert renamed.equals(plain[1].sort("customer_id"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_stays_in_its_folder(name):
    from analytics.ingest.cleaned import stem_of
    from analytics.ingest.containers import clean_name

    stem = stem_of(clean_name(name + ".csv"))
    assert stem
    assert not set(stem) & set("/\\<>|\"'`$*?")
    assert not stem.startswith(".")
