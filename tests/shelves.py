"""A store of a test's own: its clock, its uploads, its kept datasets."""

from __future__ import annotations

from datetime import UTC, datetime

from analytics.dataset import Dataset
from analytics.owners import Owner, new_owner
from analytics.store import Store
from tests.banks import build_bank

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def upload(store: Store, owner: Owner, amount: float = 1, name: str = "bank") -> str:
    """An upload with one customer and one transaction; returns its key."""
    with store.draft(owner) as draft:
        build_bank(draft.dataset, transactions=[("ann", "2024-06-01", amount)]).close()
        return draft.upload(name).key


def amount(data: Dataset) -> float:
    return float(data.query("SELECT amount FROM transactions").item())


def keep(store: Store, name: str, value: float = 1) -> None:
    with store.draft(new_owner()) as draft:
        build_bank(draft.dataset, transactions=[("ann", "2024-06-01", value)]).close()
        draft.keep(name)
