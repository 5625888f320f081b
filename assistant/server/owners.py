"""Whose a request is: the one place that says whose conversations it may see

There are no accounts. On this machine alone, all is one person's; where others reach the server, each browser has its
own by a random cookie, which no script reads and no other site's page sends along.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.access import Access

LOCAL_OWNER = "local"
COOKIE = "youju-owner"
_KEY = "youju.owner"
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_YEAR_S = 365 * 24 * 3600


def owner_of(request: HTTPConnection) -> str:
    """Whose conversations, shares and feedback the request may see: what `Workspace` takes as an owner."""
    known = request.scope.get(_KEY)
    return known.name() if isinstance(known, _Owner) else LOCAL_OWNER


def may_see_all(request: HTTPConnection) -> bool:
    """Whether the request may also see what others say of answers."""
    return owner_of(request) == LOCAL_OWNER


class _Owner:
    """Found out when somebody asks."""

    def __init__(self, secret: str | None, *, is_new: bool) -> None:
        self._secret = secret
        self.is_new = is_new
        self.is_asked_for = False

    def name(self) -> str:
        self.is_asked_for = True
        if self._secret is None:
            return LOCAL_OWNER
        # Not the cookie itself: whoever reads the database can't act as its owner.
        return f"browser-{hashlib.sha256(self._secret.encode()).hexdigest()[:32]}"


class OwnerCookie:
    """ASGI middleware: says whose each request is, and gives a browser without a cookie one of its own."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._is_shared = access.is_shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything through."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if not self._is_shared:
            return await self._app({**scope, _KEY: _Owner(None, is_new=False)}, receive, send)
        headers = Headers(scope=scope)
        given = _given(headers.get("cookie", ""))
        secret = given or secrets.token_urlsafe(24)
        owner = _Owner(secret, is_new=given is None)
        # A page gets its cookie at once: what it asks for later may be told whose it is too late to send one along.
        is_page = "text/html" in headers.get("accept", "")

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and owner.is_new and (is_page or owner.is_asked_for):
                path = scope.get("root_path") or "/"
                secure = "; Secure" if scope["scheme"] == "https" else ""
                cookie = f"{COOKIE}={secret}; Path={path}; Max-Age={_YEAR_S}; HttpOnly; SameSite=Lax{secure}"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        return await self._app({**scope, _KEY: owner}, receive, with_cookie)


def _given(header: str) -> str | None:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return found.value if found is not None and _SECRET.fullmatch(found.value) else None
