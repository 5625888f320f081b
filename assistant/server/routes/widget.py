"""The chat bubble for other sites' pages: one script, which anybody may load; see docs/widget.md"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse

from assistant.web.shell import ASSETS

_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    # Of all there is, the one file that another site's page may load; it says nothing about anybody.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def widget_routes() -> APIRouter:
    """GET /widget.js."""
    router = APIRouter(include_in_schema=False)

    @router.get("/widget.js")
    def widget() -> FileResponse:
        return FileResponse(ASSETS / "widget.js", media_type="text/javascript", headers=_HEADERS)

    return router
