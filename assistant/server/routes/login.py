"""Logging in and out, for browsers: a form and a cookie, no script.

GET  /login?next=/library   · POST the same with `name` and `password`
POST /logout
GET  /login/away?next=/library  to the organisation's own log-in, where there is one · GET /login/back  from there
GET  /login/leave  to log out over there, too
"""

from __future__ import annotations

from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs, quote

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from assistant.accounts.records import AccountError, ThrottledError, WrongPasswordError
from assistant.accounts.store import LONGEST_S
from assistant.server.door import address_of
from assistant.server.oidc import FLOW_S, LogIns, ProviderError
from assistant.server.owners import FLOW_COOKIE, SESSION_COOKIE, cookie, principal_of, session_of, set_cookie
from assistant.web.login_page import login_page, own_place
from assistant.web.shell import words_of

if TYPE_CHECKING:
    from assistant.accounts.store import Accounts

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
Next = Annotated[str, Query(alias="next", max_length=4000)]


def login_routes(accounts: Accounts, log_ins: LogIns | None = None) -> APIRouter:
    """GET and POST /login, POST /logout; with `log_ins` also the way to a provider and back."""
    provider = None if log_ins is None else log_ins.provider.name
    router = APIRouter(include_in_schema=False)

    def is_needed() -> bool:
        return log_ins is not None or accounts.exist()

    @router.get("/login", response_class=HTMLResponse)
    def asked(request: Request, wanted: Next = "/", refused: str = "", left: bool = False) -> Response:
        place = own_place(wanted)
        if principal_of(request).kind == "user":
            return _to(request, place)
        page = login_page(
            words_of(request.cookies),
            wanted=place,
            provider=provider,
            refused=refused,
            is_needed=is_needed(),
            may_leave=left and log_ins is not None and log_ins.ends_sessions,
        )
        return HTMLResponse(page, headers=_PRIVATE)

    @router.post("/login", response_class=HTMLResponse)
    async def given(request: Request, wanted: Next = "/") -> Response:
        body = (await request.body()).decode("utf8", "replace")
        try:
            fields = parse_qs(body, keep_blank_values=True, max_num_fields=10)
        except ValueError:
            fields = {}
        name, password = (fields.get(field, [""])[0] for field in ("name", "password"))
        place, words = own_place(wanted), words_of(request.cookies)
        try:
            token = await to_thread.run_sync(accounts.sign_in, name[:200], password[:400], address_of(request.scope))
        except ThrottledError as error:
            page = login_page(words, wanted=place, name=name[:200], wait_s=error.wait_s, provider=provider)
            return HTMLResponse(page, 429, headers=_PRIVATE | {"Retry-After": str(ceil(error.wait_s))})
        except WrongPasswordError:
            page = login_page(words, wanted=place, name=name[:200], is_wrong=True, provider=provider)
            return HTMLResponse(page, 401, headers=_PRIVATE)
        response = _to(request, place)
        keep_session(request, response, token)
        return response

    @router.post("/logout")
    def left(request: Request) -> Response:
        if token := session_of(request.headers):
            who = principal_of(request)
            accounts.sign_out(token)
            if who.kind == "user":
                accounts.note(who.name, "logout", address=address_of(request.scope))
        response = _to(request, "/login" if log_ins is None else "/login?left=true")
        response.headers.append("set-cookie", set_cookie(SESSION_COOKIE, "", request.scope, max_age_s=0))
        return response

    if log_ins is not None:
        router.include_router(_provider_routes(accounts, log_ins))
    return router


def _provider_routes(accounts: Accounts, log_ins: LogIns) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/login/away")
    async def away(request: Request, wanted: Next = "/") -> Response:
        back = f"{request.scope['scheme']}://{request.headers['host']}{_root(request)}/login/back"
        try:
            address, token = await log_ins.away(dict(request.scope), back, own_place(wanted))
        except ProviderError as error:
            return await refused(request, str(error))
        response = RedirectResponse(address, status_code=303, headers=_PRIVATE)
        response.headers.append("set-cookie", set_cookie(FLOW_COOKIE, token, request.scope, max_age_s=FLOW_S))
        return response

    @router.get("/login/back")
    async def back(request: Request) -> Response:
        try:
            claims, wanted = await log_ins.back(dict(request.scope), cookie(request.headers, FLOW_COOKIE) or "")
        except ProviderError as error:
            return await refused(request, str(error))
        known = partial(
            accounts.sign_in_as,
            claims.subject,
            claims.name,
            groups=claims.groups,
            is_admin=claims.is_admin,
            address=address_of(request.scope),
        )
        try:
            token = await to_thread.run_sync(known)
        except AccountError:
            return _to(request, "/login?refused=disabled")
        response = _to(request, wanted)
        keep_session(request, response, token)
        response.headers.append("set-cookie", set_cookie(FLOW_COOKIE, "", request.scope, max_age_s=0))
        return response

    @router.get("/login/leave")
    async def leave(request: Request) -> Response:
        back = f"{request.scope['scheme']}://{request.headers['host']}{_root(request)}/login"
        address = await log_ins.out(back)
        return RedirectResponse(address, status_code=303, headers=_PRIVATE) if address else _to(request, "/login")

    async def refused(request: Request, why: str) -> Response:
        note = partial(accounts.note, "", "login-failed", detail=why, address=address_of(request.scope))
        await to_thread.run_sync(note)
        return _to(request, "/login?refused=provider")

    return router


def keep_session(request: Request, response: Response, token: str) -> None:
    """Has the browser keep a session."""
    cookie = set_cookie(SESSION_COOKIE, token, request.scope, max_age_s=int(LONGEST_S))
    response.headers.append("set-cookie", cookie)


def _to(request: Request, place: str) -> Response:
    return RedirectResponse(f"{_root(request)}{place}", status_code=303, headers=_PRIVATE)


def _root(request: Request) -> str:
    return quote(str(request.scope.get("root_path", "")))
