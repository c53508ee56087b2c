"""Whether the disk has no space: asked by whatever writes, also where the database is not loaded."""

from __future__ import annotations

import errno

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def no_space(error: BaseException | None) -> bool:
    """Whether the system says of a write that there is no space left, or none for this user or file."""
    return isinstance(error, OSError) and error.errno in FULL
