"""The door: who a request comes from, whether they may ask for what it asks for, and what is there for them

On this machine alone, everything is open while there is neither an account nor a key. As soon as there is one, every
request has to say whose it is, also on this machine: a reverse proxy may stand before it. Where others reach a server
without accounts (`youju serve --open`), they may ask and read what is for everybody, each browser for itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.accounts.limits import Counts, LimitedError
from assistant.accounts.records import NOBODY, Principal
from assistant.server.access import Access
from assistant.server.errors import error_response, no_such_route
from assistant.server.owners import COOKIE, NOTES, PRINCIPAL, Visitor, anonymous, local, session_of, set_cookie
from assistant.server.queues import refusal
from assistant.server.requests import record, said
from assistant.server.rights import UNKNOWN, Right, right_of
from assistant.web.login_page import forbidden_page
from assistant.web.shell import words_of
from index.catalog.moments import read_by

if TYPE_CHECKING:
    from assistant.accounts.store import Accounts

T = TypeVar("T")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_AT_ONCE = 16
"""Requests that the database is asked about at once: apart from the threads that answer, which may all be busy."""
_TOLD_S = 60.0
"""How often it is noted that somebody comes with a key that opens nothing, from each address."""
_MOST_TOLD = 1000


class Door:
    """ASGI middleware: lets in who may do what a request asks for, and says in the request who it is."""

    def __init__(
        self, app: ASGIApp, *, access: Access, accounts: Accounts, counts: Counts, is_closed: bool = False
    ) -> None:
        """`is_closed`: whether every request has to say whose it is, even while there are no accounts."""
        self._app = app
        self._is_shared = access.is_shared
        self._is_closed = is_closed
        self._accounts = accounts
        self._counts = counts
        self._threads: CapacityLimiter | None = None
        self._told: OrderedDict[str, float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 401 to nobody, 403 to somebody who may not, 429 to who asks too much."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        right = right_of(scope["method"], scope["path"].removeprefix(scope.get("root_path", "")))
        is_closed = self._is_closed or self._accounts.exist()
        if is_closed:
            visitor = await self._in_thread(partial(self._known, headers, address_of(scope)))
        else:
            visitor = anonymous(headers) if self._is_shared else local()
        who = visitor.who
        if known := record():
            known.who = f"{who.kind}:{who.name}" if who.name else who.kind
        send = self._with_headers(visitor, right, scope, send, is_closed=is_closed)
        if right.need != "public":
            if who is NOBODY:
                await _who_are_you(scope, headers)(scope, receive, send)
                return
            if right is UNKNOWN and not who.is_admin:
                await no_such_route(scope["method"], scope["path"])(scope, receive, send)
                return
            if not who.may(right.need):
                await _not_for(who, scope, headers)(scope, receive, send)
                return
            if right.is_asking:
                try:
                    count_question(self._counts, who, address_of(scope))
                except LimitedError as error:
                    wait_s = ceil(error.wait_s)
                    why = said(str(error), f"too many questions: please try again in {wait_s} s")
                    reply = refusal(scope, 429, why, wait_s, code="rate_limit_exceeded", kind="rate_limit_error")
                    await reply(scope, receive, send)
                    return
        own = {**scope, PRINCIPAL: visitor, NOTES: []}
        if right.need in ("write", "admin") and scope["method"] not in _READING:
            send = self._noting(who, own, send)
        with read_by(who.groups):
            await self._app(own, receive, send)

    def _known(self, headers: Headers, address: str) -> Visitor:
        """Who a key or a session says that it is."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and (secret := secret.strip()):
            found = self._accounts.of_key(secret)
            if found is None and time.monotonic() - self._told.get(address, -_TOLD_S) >= _TOLD_S:
                self._told[address] = time.monotonic()
                if len(self._told) > _MOST_TOLD:
                    self._told.popitem(last=False)
                self._accounts.note("", "key-refused", address=address)
        else:
            token = session_of(headers)
            found = self._accounts.of_session(token) if token else None
        return Visitor(found or NOBODY)

    def _with_headers(self, visitor: Visitor, right: Right, scope: Scope, send: Send, *, is_closed: bool) -> Send:
        # A page gets its cookie at once: what it asks for later may be told whose it is too late to send one along.
        is_page = "text/html" in Headers(scope=scope).get("accept", "")

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if visitor.new_cookie and (is_page or visitor.is_asked_for):
                    headers.append("set-cookie", set_cookie(COOKIE, visitor.new_cookie, scope))
                if is_closed and right.need != "public":
                    headers.setdefault("cache-control", "private, no-cache")
            await send(message)

        return told

    def _noting(self, who: Principal, scope: Scope, send: Send) -> Send:
        """Has what changes something stand in the audit log, once it has."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                what = f"{scope['method']} {scope['path'].removeprefix(scope.get('root_path', ''))}"
                detail = "; ".join(scope[NOTES])
                note = partial(
                    self._accounts.note, who.name or who.kind, what, detail=detail, address=address_of(scope)
                )
                await self._in_thread(note)
            await send(message)

        return noted

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._threads is None:
            self._threads = CapacityLimiter(_AT_ONCE)
        return await to_thread.run_sync(work, limiter=self._threads)


def address_of(scope: Scope) -> str:
    """Where a request came from; see `access.py` for what a proxy says."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def count_question(counts: Counts, who: Principal, address: str) -> None:
    """Counts a question of somebody. Raises LimitedError where it is one too many."""
    if who.limits.per_minute is not None or who.limits.per_day is not None:
        # A browser can throw its cookie away.
        counts.take(address if who.kind == "anonymous" else who.owner, who.limits)


def is_page_request(scope: Scope, headers: Headers) -> bool:
    """Whether a person's browser asks for a page."""
    return scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", "")


def _who_are_you(scope: Scope, headers: Headers) -> ASGIApp:
    root = scope.get("root_path", "")
    if is_page_request(scope, headers):
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"].removeprefix(root) + (f"?{query}" if query else "")
        return RedirectResponse(f"{quote(root)}/login?next={quote(wanted, safe='')}", status_code=303)
    why = said(
        "没有说明是谁，或会话、密钥已失效。请登录，或在请求里带上密钥：Authorization: Bearer yj_…",
        "who are you? Log in, or send a key along: Authorization: Bearer yj_…",
    )
    reply = error_response(401, why, code="not_authenticated", kind="authentication_error")
    reply.headers["WWW-Authenticate"] = 'Bearer realm="youju"'
    return reply


def _not_for(who: Principal, scope: Scope, headers: Headers) -> ASGIApp:
    if is_page_request(scope, headers):
        return HTMLResponse(forbidden_page(words_of(Request(scope).cookies), who=who.name), status_code=403)
    way = {
        "anonymous": (
            "没有登录的访客只能提问和查阅。请在运行本服务的机器上操作，或先建账号",
            "visitors may ask and read only: do it on the server's machine, or make accounts",
        ),
        "key": (
            "这个密钥没有这项权限。请换一个，或请管理员另发一个",
            "this key hasn't the scope for it: take another one, or ask an administrator",
        ),
        "user": ("这个账号没有这项权限。请联系管理员", "this account may not: ask an administrator"),
        "local": ("", ""),
    }[who.kind]
    return error_response(403, said(*way), code="not_allowed", kind="permission_error")
