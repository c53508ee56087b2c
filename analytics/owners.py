"""Who owns an upload: a random token in a cookie, of which only a hash ever reaches the disk.

Why a cookie and not the page's session: F5 and a lost connection are new sessions to the web
framework, and must lose nothing. Why a hash on disk: who can list the folder must not be able to
take over an owner's uploads by copying a folder's name into a cookie.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import NewType

from analytics.text import Text, UserError

COOKIE = "tidemark_owner"
Owner = NewType("Owner", str)  # the token itself; keep it out of logs, files and links
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 random bytes, base64 without padding


def new_owner() -> Owner:
    """A fresh token of 256 random bits."""
    return Owner(secrets.token_urlsafe(32))


def owner_from(cookies: Mapping[str, str]) -> Owner | None:
    """The owner named by a request's cookies; None if the cookie is absent or malformed.

    >>> owner_from({COOKIE: "../../etc/passwd"}) is None
    True
    """
    token = cookies.get(COOKIE, "")
    return Owner(token) if _TOKEN.fullmatch(token) else None


def owner_hash(owner: Owner) -> str:
    """Thirty-two hex digits that stand for an owner in folder names and in the audit log."""
    if not _TOKEN.fullmatch(owner):
        raise UserError(Text("This browser has no valid owner token. Reload the page.",
                             "此浏览器没有有效的归属令牌，请刷新页面。"), "owner")  # fmt: skip
    return hashlib.sha256(b"tidemark owner " + owner.encode()).hexdigest()[:32]
