"""The pages beside the chat page, for people: what a shared link opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from assistant.conversations.records import NotKeptError
from assistant.web.shared import shared_page
from assistant.web.shell import words_of

if TYPE_CHECKING:
    from assistant.conversations.store import Workspace

_PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "Cache-Control": "private, no-store"}


def workspace_routes(workspace: Workspace) -> APIRouter:
    """GET /s/{token}."""
    router = APIRouter(include_in_schema=False)

    @router.get("/s/{token}", response_class=HTMLResponse)
    def shared(token: str, request: Request) -> HTMLResponse:
        words = words_of(request.cookies)
        try:
            found = workspace.shared(token)
        except NotKeptError:
            return HTMLResponse(shared_page(None, words), status_code=404, headers=_PRIVATE)
        return HTMLResponse(shared_page(found, words), headers=_PRIVATE)

    return router
