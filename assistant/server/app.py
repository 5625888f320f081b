"""The HTTP API: our own routes, and OpenAI's chat protocol so that existing clients can ask.

    POST /v1/ask               {"question": "…", "history": [{"question": "…", "answer": "…"}], "stream": false}
    POST /v1/search            {"query": "…", "k": 10} -> {"hits": [{"document_id", "title", "uri", "text", …}]}
                               both with "filter": {"tags": ["…"], "since": "2024", …}, see `bodies.FilterFields`
    POST /v1/chat/completions  OpenAI's protocol, streamed or not; the answer as JSON stands in the extra field `youju`
    GET  /v1/figures           ?metric=…&region=…&period=…&status=…&unit=…&at_least=…&at_most=… -> {"figures": [{…}]}
    GET  /v1/models            · GET /v1/documents · GET /v1/documents/{id} · GET /v1/facets · GET /healthz
    GET  /v1/documents/{id}/pages/{n}  the page's picture; ?start=…&end=… marks what stands there

An error is `{"error": {"message", "type", "param", "code"}}` on every route, with status 422 for a bad request to ours
and 400 where OpenAI's clients expect it. Nobody is asked who they are, and no other site's page may call (`access.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from assistant.server.access import LOCAL, Access, OwnPagesOnly
from assistant.server.errors import error_response, on_bad_request, on_http_error
from assistant.server.middleware import MAX_BODY_BYTES, BodyLimit, CrashAnswer
from assistant.server.routes.asking import asking_routes
from assistant.server.routes.completions import completion_routes
from assistant.server.routes.library import library_routes
from assistant.server.routes.pages import page_routes

if TYPE_CHECKING:
    from assistant.ask import Assistant


def create_app(assistant: Assistant, *, web: bool = True, access: Access = LOCAL) -> FastAPI:
    """The application, ready for uvicorn; `web` puts the chat page at `/`. The caller closes `assistant`.

    Raises ValueError where `access` names a root path that is none.
    """
    # The interactive docs are off because they load their scripts from a CDN; /openapi.json says the same.
    app = FastAPI(title="有据 Youju", docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    app.add_middleware(CrashAnswer)
    app.add_middleware(OwnPagesOnly, access=access)  # the last one added is the outermost
    app.add_exception_handler(RequestValidationError, on_bad_request)
    app.add_exception_handler(HTTPException, on_http_error)
    for routes in (asking_routes, library_routes, page_routes, completion_routes):
        app.include_router(routes(assistant))

    @app.api_route("/v1/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    def unknown(path: str, request: Request) -> Any:
        """The chat page at `/` would otherwise take what no route above does."""
        return error_response(404, f"there is no {request.method} /v1/{path}")

    if web:
        from assistant.web.chat import mount

        mount(app, assistant)
    return app
