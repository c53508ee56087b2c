"""The guard before every page: hosts, origins, the owner's cookie, the headers of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from analytics.owners import COOKIE, new_owner
from analytics.server import Guard, content_policy

HOST = ("host", "localhost:8501")
PAGE = ("accept", "text/html,*/*")


def _in_a_thread(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end on a loop of its own: a browser of other tests may hold this thread's."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def ask(*headers: tuple[str, str], kind: str = "http", hosts: tuple[str, ...] | None = None,
        method: str = "GET", scheme: str = "http") -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:  # fmt: skip
    """What the application behind the guard saw (None if nothing), and what the guard sent."""
    seen: dict[str, Any] = {}
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)
        if kind == "websocket":
            await send({"type": "websocket.accept", "headers": []})
        else:
            await send({"type": "http.response.start", "status": 200,
                        "headers": [(b"x-frame-options", b"ALLOW")]})  # fmt: skip
            await send({"type": "http.response.body", "body": b"ok"})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "method": method, "scheme": scheme, "path": "/",
             "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers]}  # fmt: skip
    _in_a_thread(Guard(application, hosts)(scope, receive, send))
    return seen or None, sent


def cookie_seen(seen: dict[str, Any] | None) -> str:
    assert seen is not None
    cookies = [value.decode() for name, value in seen["headers"] if name == b"cookie"]
    assert len(cookies) <= 1
    return cookies[0] if cookies else ""


def set_cookies(sent: list[dict[str, Any]]) -> list[str]:
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


@pytest.mark.parametrize(("host", "answered"), [
    ("localhost:8501", True), ("127.0.0.1", True), ("[::1]:8501", True), ("LOCALHOST:1", True),
    ("evil.example", False), ("localhost.evil.example", False), ("localhost@evil.example", False), ("", False),
    ("localhost:8501:1", False), ("localhost:x", False), ("127.0.0.1.nip.example", False),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_only_known_hosts_reach_the_app(kind: str, host: str, answered: bool) -> None:
    seen, sent = ask(("host", host), PAGE, kind=kind)
    assert (seen is not None) is answered
    if not answered:
        assert sent[0].get("status", sent[0].get("code")) in (403, 1008)


def test_no_host_and_two_hosts_are_refused() -> None:
    assert ask(PAGE)[0] is None
    assert ask(HOST, ("host", "evil.example"), PAGE)[0] is None


def test_a_named_host_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEMARK_HOSTS", "bank.internal, Second.Internal")
    assert ask(("host", "bank.internal:8501"))[0] is not None
    assert ask(("host", "second.internal"))[0] is not None
    assert ask(("host", "third.internal"))[0] is None


@pytest.mark.parametrize(("origin", "answered"), [
    ("http://localhost:8501", True), ("https://localhost:8501", True), ("http://localhost:9999", False),
    ("http://evil.example", False), ("null", False),
])  # fmt: skip
def test_only_our_own_pages_may_ask(origin: str, answered: bool) -> None:
    for kind in ("http", "websocket"):
        assert (ask(HOST, ("origin", origin), kind=kind)[0] is not None) is answered


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_first_request_already_sees_the_token_its_answer_sets(kind: str) -> None:
    seen, sent = ask(HOST, PAGE, ("cookie", "other=1"), kind=kind)
    (cookie,) = set_cookies(sent)
    token = cookie.partition(";")[0]
    assert cookie_seen(seen) == f"other=1; {token}"
    assert len(token.removeprefix(f"{COOKIE}=")) == 43
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_over_tls_the_cookie_stays_there() -> None:
    assert set_cookies(ask(HOST, PAGE, scheme="https")[1])[0].endswith("; Secure")


@pytest.mark.parametrize("others", ["", "a=1; ", 'bad="unclosed; '])
def test_a_known_owner_keeps_the_token(others: str) -> None:
    token = new_owner()
    seen, sent = ask(HOST, PAGE, ("cookie", f"{others}{COOKIE}={token}"))
    assert set_cookies(sent) == []
    assert cookie_seen(seen) == f"{others}{COOKIE}={token}"


def test_a_malformed_token_is_replaced() -> None:
    seen, sent = ask(HOST, PAGE, ("cookie", f"{COOKIE}=../../etc; a=1"))
    assert "etc" not in cookie_seen(seen)
    assert len(set_cookies(sent)) == 1


@pytest.mark.parametrize(("headers", "method"), [((HOST,), "GET"), ((HOST, ("accept", "*/*")), "GET"),
                                                 ((HOST, PAGE), "POST")])  # fmt: skip
def test_the_files_of_a_page_do_not_race_for_the_cookie(headers: Any, method: str) -> None:
    assert set_cookies(ask(*headers, method=method)[1]) == []


def test_two_visitors_get_two_tokens() -> None:
    assert set_cookies(ask(HOST, PAGE)[1]) != set_cookies(ask(HOST, PAGE)[1])


def test_every_answer_carries_the_security_headers_once() -> None:
    headers = ask(HOST, PAGE)[1][0]["headers"]
    names = [name for name, _ in headers]
    assert len(names) == len(set(names))
    told = dict(headers)
    assert told[b"x-frame-options"] == b"DENY"
    assert told[b"x-content-type-options"] == b"nosniff"
    assert told[b"content-security-policy"].decode() == content_policy("localhost:8501")


@pytest.mark.parametrize("forbidden", ["'unsafe-eval'", "https:", "http:", " *"])
def test_the_policy_names_no_other_machine(forbidden: str) -> None:
    assert forbidden not in content_policy("localhost:8501")
    assert "script-src 'self' 'unsafe-inline'" not in content_policy("localhost:8501")
