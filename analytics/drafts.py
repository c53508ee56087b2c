"""An import under way: a folder of its own that becomes a dataset in one step, or disappears."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from analytics.dataset import disk_is_full
from analytics.text import Text, UserError

if TYPE_CHECKING:
    from analytics.about import DatasetInfo
    from analytics.owners import Owner
    from analytics.store import Store


class Draft:
    """One import under way of one owner.

    Attributes:
        key: what the store calls it, for `Store.open_draft` after F5.
        work: where uploaded files and their readings go; deleted when the draft ends.
        dataset: the folder the dataset is built in.
    """

    def __init__(self, store: Store, owner: Owner, folder: Path) -> None:
        self._store, self._owner, self._folder = store, owner, folder
        self.key = folder.name.removesuffix(".draft")
        self.work, self.dataset = folder / "work", folder / "dataset"

    @classmethod
    def create(cls, store: Store, owner: Owner, folder: Path) -> Self:
        """Make the folders, closed to other accounts."""
        draft = cls(store, owner, folder)
        for path in (folder, draft.work, draft.dataset):
            path.mkdir(mode=0o700)
        return draft

    def upload(self, name: str) -> DatasetInfo:
        """The finished dataset becomes an upload of this owner; the draft is gone."""
        info = self._store.put_upload(self._owner, self.dataset, name)
        self.discard()
        return info

    def keep(self, name: str) -> DatasetInfo:
        """The finished dataset becomes a kept one; the draft is gone."""
        info = self._store.put_kept(self.dataset, name)
        self.discard()
        return info

    def discard(self) -> None:
        """Delete what is there; nothing happens the second time."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.discard()
        if disk_is_full(error):
            raise disk_full() from None


def disk_full() -> UserError:
    """The error of a disk without space."""
    return UserError(
        Text("The disk is full. Nothing was kept of this import; free some space and start again.",
             "磁盘空间不足，本次导入未保留任何内容。请清理空间后重新导入。"), "disk_full")  # fmt: skip
