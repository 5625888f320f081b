"""Logging in and out, for browsers: a form and a cookie, no script.

GET  /login?next=/library   · POST the same with `name` and `password`
POST /logout
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs, quote

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from assistant.accounts.records import ThrottledError, WrongPasswordError
from assistant.accounts.store import LONGEST_S
from assistant.server.door import address_of
from assistant.server.owners import SESSION_COOKIE, principal_of, session_of, set_cookie
from assistant.web.login_page import login_page, own_place
from assistant.web.shell import words_of

if TYPE_CHECKING:
    from assistant.accounts.store import Accounts

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
Next = Annotated[str, Query(alias="next", max_length=4000)]


def login_routes(accounts: Accounts) -> APIRouter:
    """GET and POST /login, POST /logout."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login", response_class=HTMLResponse)
    def asked(request: Request, wanted: Next = "/") -> Response:
        place = own_place(wanted)
        if principal_of(request).kind == "user":
            return _to(request, place)
        page = login_page(words_of(request.cookies), wanted=place, is_needed=accounts.exist())
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
            page = login_page(words, wanted=place, name=name[:200], wait_s=error.wait_s)
            return HTMLResponse(page, 429, headers=_PRIVATE | {"Retry-After": str(ceil(error.wait_s))})
        except WrongPasswordError:
            return HTMLResponse(login_page(words, wanted=place, name=name[:200], is_wrong=True), 401, headers=_PRIVATE)
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
        response = _to(request, "/login")
        response.headers.append("set-cookie", set_cookie(SESSION_COOKIE, "", request.scope, max_age_s=0))
        return response

    return router


def keep_session(request: Request, response: Response, token: str) -> None:
    """Has the browser keep a session."""
    cookie = set_cookie(SESSION_COOKIE, token, request.scope, max_age_s=int(LONGEST_S))
    response.headers.append("set-cookie", cookie)


def _to(request: Request, place: str) -> Response:
    root = str(request.scope.get("root_path", ""))
    return RedirectResponse(f"{quote(root)}{place}", status_code=303, headers=_PRIVATE)
