"""The files in `assets`, each kept by browsers for as long as its content stays the same."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from assistant.server.errors import error_response
from assistant.web.shell import ASSETS

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def asset_routes() -> APIRouter:
    """GET /page/{name}."""
    router = APIRouter()

    @router.get("/page/{name}", include_in_schema=False)
    def asset(name: str) -> Response:
        # Of what is asked for no path is made: it is one of the names there are, or none.
        path = next((each for each in ASSETS.iterdir() if each.name == name), None)
        if path is None or not path.is_file() or path.suffix not in _TYPES:
            return error_response(404, f"there is no file {name!r}")
        # Its address names its content, see `shell.address`.
        return FileResponse(
            path, media_type=_TYPES[path.suffix], headers={"Cache-Control": "public, max-age=31536000, immutable"}
        )

    return router
