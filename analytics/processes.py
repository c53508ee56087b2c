"""Which processes of this machine are still alive: the test that lets the sweeper delete.

Every process that writes below `TIDEMARK_HOME` holds a lock on a file of its own, and puts that
file's name in front of the folders it makes. The kernel gives a lock back however the process ends,
`kill -9` and a power cut included, so a folder whose lock can be taken was left behind.
Why not the process number: numbers are used again, and containers share one home.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

NAME_LENGTH = 12  # hex digits


def _lock(handle: int, *, wait: bool) -> bool:
    """Take the lock of an open file; False if another process holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


class Process:
    """This process as the others see it; its lock is held until the process ends.

    Args:
        folder: where the lock files are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:  # until no sweeper took the new file for a left-over in between
            self.name = secrets.token_hex(NAME_LENGTH // 2)
            path = folder / self.name
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            if _lock(self._handle, wait=True) and path.exists():
                break
            os.close(self._handle)

    def new_folder_name(self) -> str:
        """A folder name nobody has used, which says that this process made it."""
        return f"{self.name}-{secrets.token_hex(8)}"

    def left_behind(self, folder_name: str) -> bool:
        """Whether the process that made a folder of this name has ended."""
        owner = folder_name.partition("-")[0].partition(".")[0]
        return owner != self.name and self._ended(self.folder / owner)

    def ended(self) -> list[str]:
        """Names of processes that have ended; their lock files are removed on the way."""
        found = [p for p in self.folder.iterdir() if p.name != self.name and self._ended(p)]
        for path in found:
            path.unlink(missing_ok=True)
        return [path.name for path in found]

    def _ended(self, path: Path) -> bool:
        try:
            handle = os.open(path, os.O_RDWR)
        except OSError:
            return True
        try:
            return _lock(handle, wait=False)
        finally:
            os.close(handle)
