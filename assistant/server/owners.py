"""Who a request comes from: the one place that says whose conversations it may see, and what it may do

`door.py` finds out and puts it into the request. Where nobody has to say who they are and others reach the server, each
browser has conversations of its own by a random cookie, which no script reads and no other site's page sends along.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, cookie_parser

from assistant.accounts.records import LOCAL, NOBODY, Limits, Principal

if TYPE_CHECKING:
    from starlette.types import Scope

LOCAL_OWNER = LOCAL.owner
COOKIE = "youju-owner"
SESSION_COOKIE = "youju-session"
FLOW_COOKIE = "youju-login"
"""Of a browser on its way to a provider and back."""
PRINCIPAL = "youju.principal"
"""Where a request has its Visitor."""
NOTES = "youju.notes"
"""Where a request has what its route says of it for the audit log."""
_BROWSER = Limits(per_minute=60, per_day=5000)
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR_S = 365 * 24 * 3600


class Visitor:
    """Who a request comes from, told when somebody asks."""

    def __init__(self, who: Principal, *, new_cookie: str = "") -> None:
        self.who = who
        self.new_cookie = new_cookie
        """What a browser that has none is to keep, if anybody asked whose the request is."""
        self.is_asked_for = False

    def principal(self) -> Principal:
        """Them, for whoever acts by it."""
        self.is_asked_for = True
        return self.who


def principal_of(request: HTTPConnection) -> Principal:
    """Who the request comes from: nobody, where no door let it in."""
    known = request.scope.get(PRINCIPAL)
    return known.principal() if isinstance(known, Visitor) else NOBODY


def owner_of(request: HTTPConnection) -> str:
    """Whose conversations, shares and feedback the request may see: what `Workspace` takes as an owner."""
    return principal_of(request).owner


def may_see_all(request: HTTPConnection) -> bool:
    """Whether the request may also see what others say of answers, and change settings."""
    return principal_of(request).is_admin


def name_of(request: HTTPConnection) -> str:
    """The name of the person who has logged in; empty where nobody has."""
    found = principal_of(request)
    return found.name if found.kind == "user" else ""


def noted(request: HTTPConnection, detail: str) -> None:
    """Has the audit log say this of the request, beside who made it and where; never a secret."""
    request.scope.setdefault(NOTES, []).append(detail)


def anonymous(headers: Headers) -> Visitor:
    """A browser that says nothing of who uses it: the one whose cookie it has, or a new one. It may ask and read what
    is for everybody."""
    given = cookie(headers, COOKIE)
    known = given if given is not None and _SECRET.fullmatch(given) else None
    secret = known or secrets.token_urlsafe(24)
    # Not the cookie itself: whoever reads the database can't act as its owner.
    owner = f"browser-{hashlib.sha256(secret.encode()).hexdigest()[:32]}"
    browser = Principal("anonymous", owner, frozenset({"ask", "read"}), frozenset(), limits=_BROWSER)
    return Visitor(browser, new_cookie="" if known else secret)


def local() -> Visitor:
    """Whoever sits at the machine."""
    return Visitor(LOCAL)


def session_of(headers: Headers) -> str | None:
    """The token of the session that a browser sends along."""
    given = cookie(headers, SESSION_COOKIE)
    return given if given is not None and _TOKEN.fullmatch(given) else None


def cookie(headers: Headers, name: str) -> str | None:
    """The value of a cookie, whatever other applications of the same host have browsers send beside it."""
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(name)


def set_cookie(name: str, value: str, scope: Scope, *, max_age_s: int = _YEAR_S) -> str:
    """The header that has a browser keep a cookie for this server alone, out of every script's reach."""
    path = scope.get("root_path") or "/"
    secure = "; Secure" if scope["scheme"] == "https" else ""
    return f"{name}={value}; Path={path}; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}"
