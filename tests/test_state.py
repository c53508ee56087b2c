"""What lives beside a dataset: audiences, names, presets, pins, the log; and its revision."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from analytics import audiences, audit
from analytics.audiences import Origin
from analytics.state import State
from analytics.text import UserError

ORIGIN = Origin(analysis="rfm", as_of=date(2024, 6, 30), params={"look_back_days": 365},
                population=["region!=north"], selection={"segment": "champions"})  # fmt: skip
PIN = {"analysis": "rfm", "params": {"k": 5}, "as_of": "2024-06-30", "population": [],
       "fingerprint": "0123456789abcdef", "headline": [{"en": "3 customers", "zh": "3位客户"}]}  # fmt: skip


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.sqlite")


def test_every_write_a_result_may_depend_on_raises_the_revision(state: State) -> None:
    assert state.revision() == 0
    writes = [lambda: state.rename("rfm", "a", "A"), lambda: state.save_preset("rfm", "p", {"k": 1}),
              lambda: audit.record(state, "me", "import", "bank", 1),
              lambda: audiences.create(state, "vip", ORIGIN, pl.Series(["x"])),
              lambda: audiences.delete(state, "vip")]  # fmt: skip
    for number, write in enumerate(writes, 1):
        write()
        assert state.revision() == number
    number = state.pin(PIN)
    state.repin(number, {**PIN, "notes": "slowly"})
    state.write_note("story.title", "June")
    assert (state.pins()[number]["notes"], state.note("story.title")) == ("slowly", "June")
    state.unpin(number)
    (
        state.names("rfm"),
        state.presets("rfm"),
        state.pins(),
        audiences.kept(state),
        audit.entries(state),
    )
    assert state.revision() == len(writes)


def test_a_second_object_sees_the_same(state: State) -> None:
    state.rename("rfm", "champions", "冠军")
    other = State(state.path)
    assert (other.names("rfm"), other.secret()) == ({"champions": "冠军"}, state.secret())


def test_two_datasets_have_two_secrets(tmp_path: Path) -> None:
    assert len({State(tmp_path / f"{n}.sqlite").secret() for n in range(3)}) == 3


def test_names_presets_and_pins_come_back_as_given(state: State) -> None:
    state.rename("rfm", "a", "First")
    state.rename("rfm", "b", "Second")
    state.rename("rfm", "a", " ")
    state.save_preset("rfm", "mine", {"k": 3})
    state.save_preset("rfm", "mine", {"k": 4, "by": None})
    state.save_preset("segments", "mine", {"k": 5})
    number = state.pin(PIN)
    assert state.names("rfm") == {"b": "Second"}
    assert state.presets("rfm") == {"mine": {"k": 4, "by": None}}
    assert state.pins() == {number: PIN}
    state.unpin(number)
    state.delete_preset("rfm", "mine")
    assert (state.pins(), state.presets("rfm")) == ({}, {})


def test_a_pin_without_its_provenance_is_refused(state: State) -> None:
    with pytest.raises(ValueError, match="fingerprint"):
        state.pin({k: v for k, v in PIN.items() if k != "fingerprint"})


# -- audiences -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("given", "kept"), [
    (["b", "a", "b", None], ["a", "b"]), ([], []), (["001", "1", "01"], ["001", "01", "1"]),
    (["O'Brien\"; --", "客户", "😀"], ["O'Brien\"; --", "客户", "😀"]),
])  # fmt: skip
def test_an_audience_holds_each_customer_once(
    state: State, given: list[str], kept: list[str]
) -> None:
    made = audiences.create(state, " my  list ", ORIGIN, pl.Series("id", given, dtype=pl.String))
    assert audiences.kept(state) == [made]
    assert (made.name, made.customers, made.origin) == ("my list", len(kept), ORIGIN)
    assert audiences.members(state, "my list")["customer_id"].to_list() == kept
    assert audiences.names(state) == ["my list"]


@pytest.mark.parametrize("name", ["", " ", "a=b", "x" * 81, "a\nb\x07"])
def test_a_name_that_cannot_be_asked_for_is_refused(state: State, name: str) -> None:
    with pytest.raises(UserError, match="printable"):
        audiences.create(state, name, ORIGIN, pl.Series(["a"]))


def test_a_taken_name_changes_nothing(state: State) -> None:
    audiences.create(state, "vip", ORIGIN, pl.Series(["a"]))
    before = state.revision()
    with pytest.raises(UserError, match="exists"):
        audiences.create(state, "vip", ORIGIN, pl.Series(["b"]))
    assert audiences.members(state, "vip")["customer_id"].to_list() == ["a"]
    assert state.revision() == before


def test_overlap_is_counted_per_pair(state: State) -> None:
    """a = {1,2,3}, b = {2,3,4,5}, c = {9}: a and b share two, c shares nobody."""
    for name, ids in {"a": "123", "b": "2345", "c": "9"}.items():
        audiences.create(state, name, ORIGIN, pl.Series(list(ids)))
    assert audiences.compare(state, ["a", "b", "c"]).rows() == [
        ("a", "b", 3, 4, 2), ("a", "c", 3, 1, 0), ("b", "c", 4, 1, 0)]  # fmt: skip


def test_a_deleted_audience_leaves_no_id_in_the_file(state: State) -> None:
    audiences.create(state, "vip", ORIGIN, pl.Series(["PLANTED-0815"]))
    audiences.delete(state, "vip")
    files = list(state.path.parent.iterdir())
    assert files
    assert not any(b"PLANTED-0815" in path.read_bytes() for path in files)
    for call in (audiences.members, audiences.delete):
        with pytest.raises(UserError, match="No audience"):
            call(state, "vip")


def test_an_export_is_logged_without_ids(state: State) -> None:
    audiences.create(state, "vip", ORIGIN, pl.Series(["PLANTED-0815", "b"]))
    assert audiences.export(state, "vip", "me").height == 2
    log = audit.entries(state)
    assert log.select("who", "action", "subject", "rows").rows() == [
        ("me", "export_audience", "vip", 2)
    ]
    assert "PLANTED" not in str(log.rows())


# -- faults --------------------------------------------------------------------------------------
def test_a_failed_write_is_undone(state: State) -> None:
    def failing() -> None:
        with state.write() as con:
            con.execute("INSERT INTO names VALUES ('rfm', 'a', 'A')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    assert (state.names("rfm"), state.revision()) == ({}, 0)


def test_writes_of_many_threads_are_all_there(state: State) -> None:
    state.revision()
    threads = [threading.Thread(target=lambda n=n: [state.rename("rfm", f"{n}-{i}", "x") for i in range(10)])
               for n in range(8)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(state.names("rfm")), state.revision()) == (80, 80)


@pytest.mark.parametrize("broken", [b"not a database, but text" * 100, b""])
def test_a_broken_file_is_told_in_words(state: State, broken: bytes) -> None:
    state.path.write_bytes(broken)
    with pytest.raises(UserError, match="disk"):
        state.names("rfm")


def test_state_of_a_deleted_dataset_is_not_made_again(tmp_path: Path) -> None:
    gone = State(tmp_path / "gone" / "state.sqlite")
    with pytest.raises(UserError, match="deleted"):
        gone.pin(PIN)
    assert not gone.path.parent.exists()
