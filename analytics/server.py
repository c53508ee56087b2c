"""The middleware in front of every page: known hosts only, the owner's cookie, security headers.

Pure ASGI, so that it knows nothing of the web framework behind it. Mount it as
`Middleware(Guard)` of the ASGI application.

Why the host check: without it a page on the internet can point its own name at 127.0.0.1 and read
the app through the visitor's browser (DNS rebinding). Why the cookie is also written into the
request: the very first request and a socket opened after the cookie was cleared must already see
the token that their answer sets.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from analytics.owners import COOKIE, Owner, new_owner, owner_from

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
COOKIE_DAYS = 30
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?")
# The one inline script of the page shell (it sets a flag for search engines); anything else inline
# is refused. If a new version of the shell changes it, the flag is lost and nothing else.
SHELL_SCRIPT = "THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA="
FIXED_HEADERS = (
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


def allowed_hosts() -> tuple[str, ...]:
    """This machine, and the names in `TIDEMARK_HOSTS` (comma-separated, without port)."""
    named = os.environ.get("TIDEMARK_HOSTS", "")
    return LOOPBACK + tuple(h.strip().lower() for h in named.split(",") if h.strip())


def content_policy(host: str) -> str:
    """The Content-Security-Policy for pages served under `host` (checked, with its port).

    Nothing is loaded from, or sent to, another machine. Styles are inline because the page's
    components write them at run time; the old socket schemes are named because not every browser
    counts them as 'self'.
    """
    return "; ".join((
        "default-src 'self'", f"script-src 'self' 'sha256-{SHELL_SCRIPT}'",
        "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:",
        "font-src 'self' data:", "media-src 'self' data: blob:", "worker-src 'self' blob:",
        f"connect-src 'self' ws://{host} wss://{host}", "frame-src 'self'", "object-src 'none'",
        "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'",
    ))  # fmt: skip


class Guard:
    """ASGI middleware; see the module.

    Args:
        app: the application behind it.
        hosts: host names that may be asked for, without port; `allowed_hosts()` unless given.
    """

    def __init__(self, app: App, hosts: Iterable[str] | None = None) -> None:
        self.app = app
        self.hosts = frozenset(allowed_hosts() if hosts is None else (h.lower() for h in hosts))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = [(name.lower(), value) for name, value in scope["headers"]]
        host = self._host(headers)
        if host is None or not _same_origin(headers, host):
            await _refuse(scope, send)
            return
        fresh = new_owner() if _owner(headers) is None and _sets_cookie(scope, headers) else None
        if fresh is not None:
            scope = {**scope, "headers": _with_owner(headers, fresh)}
        added = _headers(host, fresh, secure=scope.get("scheme") in ("https", "wss"))

        async def answer(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                own = {name for name, _ in added if name != b"set-cookie"}
                kept = [h for h in message.get("headers", []) if h[0].lower() not in own]
                message = {**message, "headers": [*kept, *added]}
            await send(message)

        await self.app(scope, receive, answer)

    def _host(self, headers: list[tuple[bytes, bytes]]) -> str | None:
        """The request's host with its port, if it is one of ours and named exactly once."""
        named = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
        found = _HOST.fullmatch(named[0]) if len(named) == 1 else None
        return named[0] if found and found[1] in self.hosts else None


def _same_origin(headers: list[tuple[bytes, bytes]], host: str) -> bool:
    """A request that says where it comes from must come from our own pages."""
    origins = [v.decode("latin-1").lower() for name, v in headers if name == b"origin"]
    return all(o in (f"http://{host}", f"https://{host}") for o in origins)


def _owner(headers: list[tuple[bytes, bytes]]) -> Owner | None:
    """Read by hand: other programs on this host may set cookies that a strict parser chokes on."""
    pairs = (part.strip().partition("=") for name, value in headers if name == b"cookie"
             for part in value.decode("latin-1").split(";"))  # fmt: skip
    return owner_from({name: value for name, _, value in pairs})


def _sets_cookie(scope: Message, headers: list[tuple[bytes, bytes]]) -> bool:
    """Pages and sockets set the cookie; the many files of a page would race each other."""
    if scope["type"] == "websocket":
        return True
    accepts = b",".join(value for name, value in headers if name == b"accept")
    return scope.get("method") == "GET" and b"text/html" in accepts


def _with_owner(headers: list[tuple[bytes, bytes]], owner: Owner) -> list[tuple[bytes, bytes]]:
    parts = [part.strip() for name, value in headers if name == b"cookie"
             for part in value.decode("latin-1").split(";")]  # fmt: skip
    others = [part for part in parts if part and not part.startswith(f"{COOKIE}=")]
    cookie = "; ".join([*others, f"{COOKIE}={owner}"])
    return [*(h for h in headers if h[0] != b"cookie"), (b"cookie", cookie.encode("latin-1"))]


def _headers(host: str, fresh: Owner | None, *, secure: bool) -> list[tuple[bytes, bytes]]:
    added = [*FIXED_HEADERS, (b"content-security-policy", content_policy(host).encode("latin-1"))]
    if fresh is not None:
        cookie = (f"{COOKIE}={fresh}; Path=/; HttpOnly; SameSite=Strict; "
                  f"Max-Age={COOKIE_DAYS * 86400}{'; Secure' if secure else ''}")  # fmt: skip
        added.append((b"set-cookie", cookie.encode("latin-1")))
    return added


async def _refuse(scope: Message, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 403,
                "headers": [(b"content-type", b"text/plain; charset=utf-8")]})  # fmt: skip
    await send({"type": "http.response.body", "body": b"Forbidden host or origin."})
