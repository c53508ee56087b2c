"""Opened datasets of this process: one object per folder, because DuckDB wants one configuration.

A folder that was deleted and written again under the same name is a different dataset: the pool
tells by the file's identity on disk and opens it anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from analytics.dataset import FILE_NAME, Dataset


class Pool:
    """See the module; thread-safe.

    Args:
        opener: opens the dataset of a folder.
    """

    def __init__(self, opener: Callable[[Path], Dataset]) -> None:
        self._opener = opener
        self._lock = threading.RLock()
        self._open: dict[Path, tuple[tuple[int, ...], Dataset]] = {}

    def get(self, folder: Path) -> Dataset:
        """The opened dataset of a folder."""
        with self._lock:
            found, now = self._open.get(folder), _identity(folder)
            if found and found[0] == now:
                return found[1]
            self.close(folder)
            data = self._opener(folder)
            self._open[folder] = (now, data)
            return data

    def close(self, folder: Path) -> None:
        """Close the dataset of this folder and of every folder below it."""
        with self._lock:
            for path in [p for p in self._open if p == folder or folder in p.parents]:
                self._open.pop(path)[1].close()

    def close_missing(self) -> None:
        """Close datasets whose files are gone, so that the disk gets their space back."""
        with self._lock:
            for path in [p for p, (identity, _) in self._open.items() if _identity(p) != identity]:
                self.close(path)

    def close_all(self) -> None:
        """Close everything."""
        with self._lock:
            for path in list(self._open):
                self.close(path)


def _identity(folder: Path) -> tuple[int, ...]:
    try:
        found = (folder / FILE_NAME).stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_mtime_ns
