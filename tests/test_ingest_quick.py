"""The quick way into a staging table against the patient one: same rows, rejects, lines and counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.dataset import connect
from analytics.ingest import casts, quick
from analytics.ingest.mapping import FilePlan, Options
from analytics.ingest.reader import read_file
from analytics.ingest.stage import Staged, stage
from analytics.text import UserError

HEADER = ("customer_id", "happened_at", "amount", "kind", "quantity", "balance_after", "note")
GOOD = ("C1", "2024-01-31", "12.50", "pos", "2", "100.00", "coffee")
ODD_TIMES = ("", "2024-02-30", "2024-13-01", "2024-1-5", " 2024-01-31 ", "2024/01/31", "20240131", "31.01.2024", "NULL", "-",
             "2024-01-31T10:20:30", "2024-01-31 10:20", "2024-01-31 24:00:00", "2024-01-31 10:20:30+08", "2024-01-31 10:20:30Z",
             "2024-01-31 10:20:30.1234567", "0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01", "infinity", "epoch", "now", "1706659200",
             "2024年1月31日", "2024-01-31 (BC)", "44-01-01")  # fmt: skip
ODD_NUMBERS = ("", "-", "NULL", "n/a", "nan", "inf", "-inf", "1e3", "1E-7", " 7 ", "+4", "-.5", "5.", ".", "1_000", "0x1F", "007", "1,234.5",
               "1.234,5", "(5)", "5-", "¥3", "3元", "1.5万", "1.00005", "-0", "99999999999999", "999999999999999", "9" * 40, "\uff11\uff12", "1 000", "true",
               "12.5 CR", "--5", "1.2.3", "\u00a05")  # fmt: skip
ODD_TEXTS = (
    "",
    " x ",
    "NULL",
    "null ",
    "-",
    "—",
    "无",
    "\ttab",
    "a'b",
    "é",
    "𠮷",
    "=1+1",
    "NaN",
    "?",
    "long " * 20,
    "it's, (so)",
    "咖啡",
)
PLANS = (
    {h: h for h in HEADER if h != "note"},
    {"customer_id": "customer_id", "happened_at": "happened_at", "unit_price": "amount", "quantity": "quantity"},
    {"customer_id": "customer_id", "happened_at": "happened_at", "amount": "amount", "direction": "kind"},
    {"customer_id": "customer_id", "happened_at": "happened_at", "credit_amount": "amount", "debit_amount": "balance_after"},
)  # fmt: skip


def odd(column: int) -> st.SearchStrategy[str]:
    pools = {1: ODD_TIMES, 2: ODD_NUMBERS, 4: ODD_NUMBERS, 5: ODD_NUMBERS}
    return st.sampled_from(pools.get(column, ODD_TEXTS))


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Mostly good rows, with a few cells that are odd in one way or another."""
    rows = [list(GOOD) for _ in range(draw(st.integers(1, 12)))]
    for _ in range(draw(st.integers(0, 4))):
        column = draw(st.integers(0, len(HEADER) - 1))
        rows[draw(st.integers(0, len(rows) - 1))][column] = draw(odd(column))
    return rows


def written(path: Path, rows: list[list[str]], quoted: bool, end: str) -> Path:
    q = '"' if quoted else ""
    lines = [",".join(f"{q}{cell}{q}" if "," not in cell or q else f'"{cell}"' for cell in row)
             for row in [list(HEADER), *rows]]  # fmt: skip
    path.write_bytes((end.join(lines) + end).encode())
    return path


def staged(path: Path, work: Path, columns: dict[str, str], patient: bool) -> tuple[object, ...]:
    """All that staging says of a file, by one way or the other."""
    [raw] = read_file(path, work)
    options = Options(credit=("pos",), debit=("atm",))
    words = {"kind": ("atm", "it's, (so)", "pos"), "note": ("coffee", "咖啡")}
    plan = FilePlan(raw, "transactions", columns, options, words=words)
    with (
        pytest.MonkeyPatch.context() as patch,
        connect(None, read_only=False, keep_order=True) as con,
    ):
        if patient:
            patch.setattr(quick, "declare", lambda plan, values: None)
        con.execute(casts.MACROS)
        one: Staged = stage(con, plan, "s", {"note": "a0"})
        names = ", ".join(one.columns)
        rows = con.execute(f"SELECT {names} FROM s WHERE reason_ IS NULL").fetchall()
        rows.sort(key=repr)  # not by SQL: an ENUM has an order of its own
    rejects = [(r.line, r.reason, r.text) for r in one.rejects]
    return one.columns, rows, sorted(rejects), dict(one.unread), one.loaded


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tables(), st.sampled_from(PLANS), st.booleans(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_both_ways_agree(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]],
                         columns: dict[str, str], quoted: bool, end: str) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("quick")
    path = written(folder / "rows.csv", rows, quoted, end)
    try:
        expected = staged(path, folder / "a", columns, patient=True)
    except UserError as refused:
        with pytest.raises(UserError, match=refused.code):
            staged(path, folder / "b", columns, patient=False)
        return
    assert staged(path, folder / "b", columns, patient=False) == expected


ONE_BAD = [
    ("bad amount", 2, "n/k", "bad_amount"),
    ("no amount", 2, "", "missing_amount"),
    ("marked missing", 2, "NULL", "missing_amount"),
    ("no such day", 1, "2024-13-45", "bad_happened_at"),
    ("no day", 1, "", "missing_happened_at"),
]


@pytest.mark.parametrize(("why", "column", "cell", "reason"), ONE_BAD)
def test_a_bad_record_keeps_its_line_and_does_not_slow_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str, column: int, cell: str, reason: str
) -> None:
    rows = [list(GOOD) for _ in range(9)]
    rows[6][column] = cell
    kept = []
    real = quick.kept_back
    monkeypatch.setattr(quick, "kept_back", lambda *a: kept.append(real(*a)) or kept[-1])
    path = written(tmp_path / "rows.csv", rows, quoted=False, end="\n")
    _, good, rejects, _, loaded = staged(path, tmp_path / "w", PLANS[0], patient=False)
    assert (len(good), loaded) == (8, 8)
    assert [(line, why) for line, why, _ in rejects] == [(8, reason)]
    assert [k.positions.tolist() for k in kept] == [[6]]


def test_lines_of_records_kept_back_are_right_where_blocks_are_read_side_by_side(
    tmp_path: Path,
) -> None:
    """Over 32 MB several threads read; every 10,000th record has no amount."""
    rows = 400_000
    line = ",".join(GOOD[:2]) + ",{},pos,2,100.00," + "x" * 60
    with (tmp_path / "rows.csv").open("w") as out:
        out.write(",".join(HEADER) + "\n")
        out.writelines(line.format("" if i % 10_000 == 77 else i) + "\n" for i in range(rows))
    _, good, rejects, _, _ = staged(tmp_path / "rows.csv", tmp_path / "w", PLANS[0], patient=False)
    assert [line for line, _, _ in rejects] == [i + 2 for i in range(77, rows, 10_000)]
    assert len(good) == rows - 40
