"""Datasets, owners and the sweeper: what is there, who reaches it, and what is deleted when."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from analytics import audiences
from analytics.dataset import FILE_NAME, Population
from analytics.owners import COOKIE, Owner, new_owner, owner_from, owner_hash
from analytics.store import Store
from analytics.text import UserError
from tests.banks import build_bank
from tests.shelves import amount, keep, upload

HOSTILE_NAMES = ("../../etc/passwd", "..", "/", "a\\b", "客户/2024年", "con", "x" * 120, "😀 银行", "a'b\"c",
                 "=HYPERLINK(1)", "$(touch x)", "%2e%2e%2f", "kept", "-rf", "a;DROP TABLE x", "~root")  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "home")
    yield one
    one.close()


# -- kept datasets -------------------------------------------------------------------------------
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_is_one_folder_below_kept_and_found_again(store: Store, name: str) -> None:
    keep(store, name, 7)
    (folder,) = (store.root / "kept").iterdir()
    assert folder.name.isascii()
    assert [info.name for info in store.kept()] == [name]
    assert amount(store.open_kept(name)) == 7
    assert store.open_kept(name).name == name
    store.delete(name)
    assert store.kept() == []
    assert not [p for p in store.root.rglob("*") if p.name == FILE_NAME]


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\x00b", "a\x1bb", "right\u202eleft"])
def test_a_name_nobody_can_read_is_refused(store: Store, name: str) -> None:
    with pytest.raises(UserError, match="printable"):
        keep(store, name)
    assert store.kept() == []


@pytest.mark.parametrize("name", ["../processes", "..", "/etc", "nothing", "a/../b", ""])
def test_a_name_that_is_not_kept_opens_and_deletes_nothing(store: Store, name: str) -> None:
    keep(store, "bank")
    for call in (store.open_kept, store.delete, store.info_kept):
        with pytest.raises(UserError, match="no such dataset"):
            call(name)
    assert len(store.kept()) == 1


def test_two_names_that_look_alike_in_ascii_are_two_datasets(store: Store) -> None:
    keep(store, "银行", 1)
    keep(store, "客户", 2)
    assert (amount(store.open_kept("银行")), amount(store.open_kept("客户"))) == (1, 2)


def test_the_composed_and_the_decomposed_spelling_are_one_name(store: Store) -> None:
    keep(store, "caf\u00e9")
    assert store.info_kept("cafe\u0301").name == "caf\u00e9"


def test_a_taken_name_is_refused_and_the_first_stays(store: Store) -> None:
    keep(store, "bank", 1)
    with pytest.raises(UserError, match="already"):
        keep(store, "bank", 2)
    assert amount(store.open_kept("bank")) == 1
    with pytest.raises(UserError, match="already"):
        store.name_is_free("bank")


def test_a_kept_dataset_opens_once_per_process(store: Store) -> None:
    keep(store, "bank")
    assert store.open_kept("bank") is store.open_kept("bank")


def test_a_dataset_written_again_under_its_name_is_read_anew(store: Store) -> None:
    keep(store, "bank", 1)
    old = store.open_kept("bank")
    store.delete("bank")
    keep(store, "bank", 2)
    assert amount(store.open_kept("bank")) == 2
    assert old is not store.open_kept("bank")


def test_a_deleted_dataset_says_so(store: Store) -> None:
    keep(store, "bank")
    data = store.open_kept("bank")
    store.delete("bank")
    with pytest.raises(UserError, match="deleted"):
        data.query("SELECT 1")


# -- uploads and owners --------------------------------------------------------------------------
FOREIGN: dict[str, Callable[[Store, Owner, str], object]] = {
    "info_upload": lambda s, o, k: s.info_upload(o, k),
    "open_upload": lambda s, o, k: s.open_upload(o, k),
    "keep_upload": lambda s, o, k: s.keep_upload(o, k, "stolen"),
    "delete_upload": lambda s, o, k: s.delete_upload(o, k),
    "open_draft": lambda s, o, k: s.open_draft(o, k),
}


@pytest.mark.parametrize("call", FOREIGN)
def test_no_call_reaches_what_another_owner_has(store: Store, call: str) -> None:
    ann, eve = new_owner(), new_owner()
    mine, draft = upload(store, ann), store.draft(ann)
    upload(store, eve)
    other = f"../{owner_hash(ann)}/{mine}"
    for key in (mine, draft.key, other, f"{mine}.draft", "", "."):
        with pytest.raises(UserError, match="no such dataset"):
            FOREIGN[call](store, eve, key)
    assert [info.key for info in store.uploads(ann)] == [mine]
    assert store.kept() == []
    assert draft.work.is_dir()


def test_lists_and_delete_all_stop_at_the_owner(store: Store) -> None:
    ann, eve = new_owner(), new_owner()
    mine = upload(store, ann)
    store.draft(ann)
    assert (store.uploads(eve), store.drafts(eve)) == ([], [])
    store.delete_all(eve)
    assert [info.key for info in store.uploads(ann)] == [mine]
    assert len(store.drafts(ann)) == 1


def test_every_method_that_names_an_owner_is_in_the_table_above() -> None:
    named = {n for n, f in vars(Store).items() if "owner" in getattr(f, "__annotations__", {})}
    assert {n for n in named if not n.startswith("_")} == {
        *FOREIGN, "uploads", "drafts", "draft", "delete_all", "put_upload", "touch"}  # fmt: skip


def test_look_alike_uploads_of_two_owners_never_cross(store: Store) -> None:
    """Same shape, same first and last rows, one amount in the middle differs."""
    found = {}
    for number in (1, 2):
        owner = new_owner()
        rows = [("a", "2024-01-01", 5), ("m", "2024-02-01", number), ("z", "2024-03-01", 5)]
        with store.draft(owner) as draft:
            build_bank(draft.dataset, transactions=rows).close()
            found[number] = (owner, draft.upload("same name").key)
    datasets = {n: store.open_upload(*where) for n, where in found.items()}
    total = "SELECT sum(amount)::DOUBLE AS total FROM transactions"
    assert {n: d.query(total).item() for n, d in datasets.items()} == {1: 11, 2: 12}
    assert datasets[1].fingerprint != datasets[2].fingerprint
    secrets = {store.state(d).secret() for d in datasets.values()}
    assert len(secrets) == 2


def test_an_owner_finds_everything_again_with_the_cookie_alone(store: Store) -> None:
    owner = new_owner()
    key, draft = upload(store, owner, 3), store.draft(owner)
    after_f5 = owner_from({COOKIE: str(owner)})
    assert after_f5 is not None
    assert amount(store.open_upload(after_f5, key)) == 3
    assert store.open_draft(after_f5, draft.key).work == draft.work


@pytest.mark.parametrize(
    "token", ["", "x", "../" * 15, "a" * 42, "a" * 44, "é" * 43, "a" * 42 + "\n"]
)
def test_a_malformed_token_owns_nothing(store: Store, token: str) -> None:
    assert owner_from({COOKIE: token}) is None
    with pytest.raises(UserError, match="token"):
        store.uploads(Owner(token))


def test_the_token_is_not_on_the_disk(store: Store) -> None:
    owner = new_owner()
    upload(store, owner)
    for path in store.root.rglob("*"):
        assert owner not in path.name
        assert not path.is_file() or owner.encode() not in path.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="no permission bits")
def test_nobody_else_may_read(store: Store) -> None:
    keep(store, "bank")
    upload(store, new_owner())
    store.state(store.open_kept("bank")).save_preset("rfm", "mine", {})
    paths = list(store.root.rglob("*"))
    assert len(paths) > 10
    assert {p.name for p in paths if stat.S_IMODE(p.stat().st_mode) & 0o077} == set()


def test_to_keep_moves_the_upload_with_its_state(store: Store) -> None:
    owner = new_owner()
    key = upload(store, owner, 4)
    store.state(store.open_upload(owner, key)).rename("rfm", "champions", "Best")
    info = store.keep_upload(owner, key, "Spring")
    assert (store.uploads(owner), info.kept, info.name) == ([], True, "Spring")
    data = store.open_kept("Spring")
    assert (amount(data), data.name) == (4, "Spring")
    assert store.state(data).names("rfm") == {"champions": "Best"}


def test_to_keep_under_a_taken_name_leaves_the_upload(store: Store) -> None:
    keep(store, "bank")
    owner = new_owner()
    key = upload(store, owner, 4)
    with pytest.raises(UserError, match="already"):
        store.keep_upload(owner, key, "bank")
    assert amount(store.open_upload(owner, key)) == 4


def test_audiences_of_the_store_answer_in_a_population(store: Store) -> None:
    with store.draft(new_owner()) as draft:
        build_bank(draft.dataset, transactions=[("ann", "2024-06-01", 1), ("bob", "2024-06-01", 2)]
                   ).close()  # fmt: skip
        draft.keep("bank")
    data = store.open_kept("bank")
    origin = audiences.Origin(analysis="rfm", as_of=date(2024, 6, 1))
    audiences.create(store.state(data), "vip", origin, pl.Series(["bob"]))
    vip = Population.parse(["audience:vip=true"])
    with data.scope(date(2024, 6, 1), vip) as scope:
        assert scope.query("SELECT amount::DOUBLE FROM transactions").item() == 2
