"""What happens when things end badly: kill -9, a full disk, a dead connection, a planted secret.

TIDEMARK_KILLS sets how many imports are killed (a few by default; each takes seconds).
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from analytics.dataset import Dataset
from analytics.ingest.build import build_from_frames
from analytics.owners import new_owner
from analytics.store import Store
from analytics.text import UserError
from tests.banks import build_bank
from tests.command import command, environment, tidemark

KILLS = int(os.environ.get("TIDEMARK_KILLS", "4"))
ROWS = 60_000
SECRET = "PLANTED-0815"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of transactions large enough to be caught in the middle of its import."""
    path = tmp_path_factory.mktemp("extract") / "transactions.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("customer_id,happened_at,amount,kind\n")
        out.writelines(f"{SECRET}-{i % 5000:05d},2024-{i % 12 + 1:02d}-{i % 28 + 1:02d} 10:{i % 60:02d}:00,"
                       f"{i % 997 - 400}.25,kind {i % 7}\n" for i in range(ROWS))  # fmt: skip
    return path


def traces(folder: Path) -> list[str]:
    """Files below a folder that hold something of the customers."""
    return [str(p.relative_to(folder)) for p in folder.rglob("*")
            if p.is_file() and SECRET.encode() in p.read_bytes()]  # fmt: skip


# -- kill -9 -------------------------------------------------------------------------------------
def test_a_killed_import_is_never_half_visible_and_is_swept(extract: Path, tmp_path: Path) -> None:
    whole, started = tmp_path / "whole", time.monotonic()
    assert tidemark(whole, "import", "bank", "--transactions", extract).returncode == 0
    lasts_s = time.monotonic() - started
    survived, left = 0, 0
    for number in range(KILLS):
        home = tmp_path / f"home{number}"
        child = subprocess.Popen(command("import", "bank", "--transactions", extract),
                                 env=environment(home), stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(lasts_s * (0.3 + 0.75 * number / KILLS))
        child.send_signal(signal.SIGKILL)
        child.wait()
        left += bool(home.exists() and traces(home))
        store = Store(home)
        kept = store.kept()
        if kept:  # it was quicker than the signal: then it must be whole
            survived += 1
            total = store.open_kept("bank").query("SELECT count(*) FROM transactions").item()
            assert total == ROWS
        else:
            assert traces(home) == []
            assert [p for p in home.rglob("*.draft")] == []
        store.close()
    assert survived < KILLS


def test_a_store_after_a_crash_deletes_what_its_process_left(tmp_path: Path) -> None:
    """A child makes an upload and a draft, then dies by kill -9."""
    script = (
        "import os, signal, sys; from pathlib import Path; from analytics.store import Store\n"
        "from analytics.owners import new_owner; from tests.banks import build_bank\n"
        "store = Store(Path(sys.argv[1])); owner = new_owner()\n"
        "with store.draft(owner) as draft:\n"
        f"    build_bank(draft.dataset, transactions=[('{SECRET}', '2024-06-01', 1)]).close()\n"
        "    draft.upload('mine')\n"
        f"other = store.draft(owner); (other.work / 'x.csv').write_text('{SECRET}')\n"
        f"spill = store.root / 'spill' / store.process.name; spill.mkdir(); (spill / 'x.tmp').write_text('{SECRET}')\n"
        "sys.stdout.write(owner); sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)\n")  # fmt: skip
    home = tmp_path / "home"
    died = subprocess.run([sys.executable, "-c", script, str(home)], env=environment(home),
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert len(traces(home)) >= 2
    store = Store(home)
    assert traces(home) == []
    assert list((home / "spill").iterdir()) == []
    store.close()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_import_cleans_up_itself(
    extract: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    home = tmp_path / "home"
    child = subprocess.Popen(command("import", "bank", "--transactions", extract), env=environment(home),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    while child.poll() is None and not list(home.rglob("*.draft")):
        time.sleep(0.02)
    child.send_signal(stop)
    child.wait(60)
    kept = Store(home).kept()
    assert kept or traces(home) == []
    assert not list(home.rglob("*.draft"))


# -- a full disk ---------------------------------------------------------------------------------
def _limited(limit: int) -> Callable[[], None]:
    """No file of the child may grow beyond the limit: the portable stand-in for a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


@pytest.mark.parametrize("limit", [4_096, 300_000, 1_000_000])
def test_an_import_without_space_is_refused_in_words_and_leaves_nothing(
    extract: Path, tmp_path: Path, limit: int
) -> None:
    home = tmp_path / "home"
    done = subprocess.run(command("import", "bank", "--transactions", extract), env=environment(home),
                          preexec_fn=_limited(limit), capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "disk" in done.stderr
    assert SECRET not in done.stderr + done.stdout
    assert traces(home) == []
    assert Store(home).kept() == []


def test_an_archive_that_fills_the_disk_is_not_called_broken(extract: Path, tmp_path: Path) -> None:
    packed, home = tmp_path / "packed.zip", tmp_path / "home"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(extract, "transactions.csv")
    assert extract.stat().st_size > 300_000, "the file inside does not fit the limit"
    done = subprocess.run(command("import", "bank", "--transactions", packed), env=environment(home),
                          preexec_fn=_limited(300_000), capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, traces(home)) == (1, [])
    assert "disk" in done.stderr
    assert "broken" not in done.stderr


def test_a_query_without_space_is_told_and_the_next_one_answers(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from pathlib import Path; from analytics.dataset import Dataset\n"
        "from analytics.text import UserError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "data = Dataset(Path(sys.argv[1]))\n"
        "try:\n"
        "    data.query('SELECT * FROM customers ORDER BY md5(customer_id), reverse(customer_id)')\n"
        "except UserError as error: sys.stdout.write(error.code + ' ')\n"
        "sys.stdout.write(str(data.query('SELECT count(*) FROM customers').item()))\n")  # fmt: skip
    ids = pl.DataFrame(
        {"customer_id": pl.int_range(600_000, eager=True).cast(pl.String).str.pad_start(60, "x")}
    )
    path = build_from_frames(tmp_path / "bank", "bank", {"customers": ids})
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True,
                          env=environment(tmp_path, TIDEMARK_MEMORY="50MB", TIDEMARK_THREADS="1"),
                          check=False)  # fmt: skip
    assert done.stdout in ("disk_full 600000", "memory 600000"), done.stderr


def test_a_dead_connection_is_replaced_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = build_bank(tmp_path, transactions=[("ann", "2024-06-01", 5)])
    calls = []
    ask = data._query

    def dying(sql: str, values: dict[str, object]) -> pl.DataFrame:
        calls.append(sql)
        if len(calls) == 1:
            with data.cursor():
                raise duckdb.FatalException("database has been invalidated")
        return ask(sql, values)

    monkeypatch.setattr(data, "_query", dying)
    before = data._root
    assert data.query("SELECT count(*) FROM transactions").item() == 1
    assert data._root is not before
    data.close()


# -- threads -------------------------------------------------------------------------------------
def test_a_closed_dataset_stops_its_questions_and_answers_the_next(tmp_path: Path) -> None:
    data = build_bank(tmp_path, transactions=[("ann", "2024-06-01", 5)])
    told: list[str] = []

    def ask() -> None:
        try:
            data.query(
                "SELECT count(*) FROM range(100000) a, range(100000) b WHERE hash(a.range, b.range) = 1"
            )
        except UserError as error:
            told.append(error.code)

    thread = threading.Thread(target=ask)
    thread.start()
    while not data._live:
        time.sleep(0.01)
    time.sleep(0.2)
    data.close()
    thread.join(30)
    assert told == ["cancelled"]
    assert data.query("SELECT 1 AS n").item() == 1
    data.close()


def test_many_threads_ask_one_dataset_at_once(tmp_path: Path) -> None:
    data = build_bank(tmp_path, transactions=[("ann", f"2024-06-{d:02d}", d) for d in range(1, 29)])
    sums: list[float] = []

    def ask(day: int) -> None:
        with data.scope(date(2024, 6, day)) as scope:
            sums.append((day, scope.query("SELECT sum(amount)::DOUBLE FROM transactions").item()))  # type: ignore[arg-type]

    threads = [threading.Thread(target=ask, args=(day,)) for day in range(1, 29)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sums) == [(day, day * (day + 1) / 2) for day in range(1, 29)]  # type: ignore[comparison-overlap]
    data.close()


# -- what is said aloud --------------------------------------------------------------------------
def test_no_log_and_no_temporary_file_tells_of_a_customer(extract: Path, tmp_path: Path) -> None:
    """An import with a bad row, a run, and a file that is none: nothing planted is said or left."""
    bad, image = tmp_path / "bad.csv", tmp_path / "image.csv"
    bad.write_text(
        extract.read_text()[:20_000].rpartition("\n")[0] + f"\n{SECRET}-bad,{SECRET},{SECRET},x\n"
    )
    image.write_bytes(b"\x89PNG\r\n\x1a\n" + SECRET.encode() * 50)
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    temporary.mkdir()
    said = ""
    for words in (["import", "bank", "--transactions", bad], ["run", "rfm", "--data", "bank"],
                  ["import", "other", "--transactions", image], ["datasets", "--json"]):  # fmt: skip
        done = tidemark(home, *words, env={"TMPDIR": str(temporary)})
        said += done.stdout + done.stderr
    assert said
    assert SECRET not in said
    assert traces(temporary) == []
    shutil.rmtree(home / "kept")
    assert traces(home) == []


def test_a_failing_query_is_said_without_its_value(tmp_path: Path) -> None:
    data = build_bank(tmp_path, transactions=[(SECRET, "2024-06-01", 5)])
    script = (
        "import sys; from pathlib import Path; import analytics.cli as cli; from analytics.dataset import Dataset\n"
        "sys.excepthook = cli._say_type_only\n"
        "Dataset(Path(sys.argv[1])).query('SELECT customer_id::INTEGER FROM customers')\n")  # fmt: skip
    data.close()
    done = subprocess.run([sys.executable, "-c", script, str(data.path)], capture_output=True, text=True,
                          env=environment(tmp_path), check=False)  # fmt: skip
    assert done.returncode == 1
    assert "ConversionException" in done.stderr
    assert SECRET not in done.stderr


def test_another_owners_dataset_is_as_good_as_absent(tmp_path: Path) -> None:
    """The refusal for a foreign upload reads the same as for one that never was."""
    store, ann, eve = Store(tmp_path), new_owner(), new_owner()
    with store.draft(ann) as draft:
        build_bank(draft.dataset, transactions=[(SECRET, "2024-06-01", 1)]).close()
        key = draft.upload("mine").key
    told = set()
    for wanted in (key, "0" * 12 + "-" + "0" * 16):
        with pytest.raises(UserError) as refused:
            store.open_upload(eve, wanted)
        told.add((refused.value.text, refused.value.code))
    assert len(told) == 1
    assert isinstance(store.open_upload(ann, key), Dataset)
    store.close()
