"""What is deleted when: idle owners, failed imports, and never what is kept or in use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from analytics.dataset import FILE_NAME
from analytics.owners import new_owner
from analytics.store import Store
from analytics.text import UserError
from tests.banks import build_bank
from tests.shelves import Clock, amount, keep, upload


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    one = Store(tmp_path / "home", now=clock)
    yield one
    one.close()


@pytest.mark.parametrize(("idle_hours", "left"), [(7.9, 1), (8.1, 0)])
def test_an_upload_goes_eight_hours_after_its_owner(
    store: Store, clock: Clock, idle_hours: float, left: int
) -> None:
    owner = new_owner()
    upload(store, owner)
    clock.now += timedelta(hours=idle_hours)
    store.sweep()
    assert len(store.uploads(owner)) == left


def test_an_owner_who_was_seen_keeps_the_upload(store: Store, clock: Clock) -> None:
    owner = new_owner()
    upload(store, owner)
    for _ in range(5):
        clock.now += timedelta(hours=6)
        store.touch(owner)
        store.sweep()
    assert len(store.uploads(owner)) == 1


def test_the_sweeper_never_touches_kept_datasets(store: Store, clock: Clock) -> None:
    keep(store, "bank")
    clock.now += timedelta(days=1000)
    store.sweep()
    assert amount(store.open_kept("bank")) == 1


def test_a_second_living_process_loses_nothing(store: Store, clock: Clock) -> None:
    owner = new_owner()
    key, draft = upload(store, owner, 5), store.draft(owner)
    other = Store(store.root, now=clock)
    assert amount(other.open_upload(owner, key)) == 5
    assert draft.work.is_dir()
    other.close()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, UserError])
def test_a_failed_import_leaves_nothing(store: Store, error: type[BaseException]) -> None:
    owner = new_owner()

    def failing() -> None:
        with store.draft(owner) as draft:
            build_bank(draft.dataset, transactions=[("ann", "2024-06-01", 1)]).close()
            (draft.work / "extract.csv").write_text("ann")
            raise error(("stop", "停止")) if error is UserError else error  # type: ignore[misc]

    with pytest.raises((error, AttributeError)):
        failing()
    assert (store.uploads(owner), store.drafts(owner), store.kept()) == ([], [], [])
    assert not [p for p in store.root.rglob("*") if p.name in (FILE_NAME, "extract.csv")]
