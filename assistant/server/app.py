"""The HTTP API: our own routes, and OpenAI's chat protocol so that existing clients can ask.

    POST /v1/ask               {"question": "…", "history": [{"question": "…", "answer": "…"}], "stream": false}
    POST /v1/search            {"query": "…", "k": 10} -> {"hits": [{"document_id", "title", "uri", "text", …}]}
                               both with "filter": {"tags": ["…"], "since": "2024", …}, see `bodies.FilterFields`
    POST /v1/chat/completions  OpenAI's protocol, streamed or not; the answer as JSON stands in the extra field `youju`
    GET  /v1/figures           ?metric=…&region=…&period=…&status=…&unit=…&at_least=…&at_most=… -> {"figures": [{…}]}
    GET  /v1/metrics           ?q=…&unit=… -> what the figures measure; /v1/metrics/table?metric=… by place and time
    POST /v1/export            {"format": "docx", "answers": [{…}], "title": "…"} -> the file; md, txt, html, csv, xlsx
    GET  /v1/models            · GET /v1/documents · GET /v1/documents/{id} · GET /v1/facets
    GET  /v1/citations/{id}    what an answer quoted, for ever · GET /healthz · /readyz · /metrics · /openapi.json
    GET  /v1/jobs              · GET /v1/jobs/{n} · POST /v1/jobs/{n}/cancel · POST /v1/jobs/{n}/retry
    GET  /v1/documents/{id}/pages/{n}  the page's picture; ?start=…&end=… marks what stands there
    POST /mcp                  the Model Context Protocol (streamable HTTP); see `assistant.integrations.mcp`
    /v1/conversations, /v1/shares, /v1/feedback  what is kept; see `routes.conversations` and `routes.feedback`

An error is `{"error": {"message", "type", "param", "code", "request_id"}}` on every route, with status 422 for a bad
request to ours and 400 where OpenAI's clients expect it. No other site's page may call (`access.py`), and once there
are accounts or keys nobody who doesn't say who they are (`door.py`).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from assistant.accounts.limits import Counts
from assistant.accounts.records import AccountError
from assistant.accounts.store import Accounts
from assistant.conversations.citations import Citations
from assistant.conversations.records import NotKeptError
from assistant.conversations.store import Workspace
from assistant.conversations.store import address_of as database_of
from assistant.server.access import LOCAL, Access, OwnPagesOnly
from assistant.server.door import Door, address_of, count_question
from assistant.server.errors import no_such_route, on_bad_request, on_http_error, on_not_kept
from assistant.server.gradio_sessions import OwnSessions
from assistant.server.headers import OwnPathsOnly
from assistant.server.load import Load
from assistant.server.logs import RequestLog
from assistant.server.measures import Measures
from assistant.server.methods import Methods
from assistant.server.middleware import MAX_BODY_BYTES, BodyLimit, CrashAnswer
from assistant.server.once import Once, Replies
from assistant.server.openapi import document_of
from assistant.server.owners import name_of, principal_of
from assistant.server.paths import Discreet
from assistant.server.queues import Lanes, Queued
from assistant.server.requests import Accompanied
from assistant.server.revalidation import Revalidated
from assistant.server.routes.accounts import account_routes, on_account_error
from assistant.server.routes.asking import asking_routes
from assistant.server.routes.citations import citation_routes
from assistant.server.routes.completions import completion_routes
from assistant.server.routes.conversations import conversation_routes
from assistant.server.routes.documents import document_routes
from assistant.server.routes.exporting import export_routes
from assistant.server.routes.feedback import feedback_routes
from assistant.server.routes.figures import figure_routes
from assistant.server.routes.health import health_routes
from assistant.server.routes.jobs import job_routes
from assistant.server.routes.library import library_routes
from assistant.server.routes.login import login_routes
from assistant.server.routes.mcp import mcp_route
from assistant.server.routes.pages import page_routes
from assistant.server.routes.settings import setting_routes
from assistant.server.routes.widget import widget_routes
from assistant.server.stopping import EndlessOnes
from assistant.server.telemetry import Traced, provider_of
from assistant.uploads.store import Uploads

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from assistant.server.oidc import LogIns


def create_app(
    assistant: Assistant,
    *,
    web: bool = True,
    access: Access = LOCAL,
    workspace: Workspace | None = None,
    accounts: Accounts | None = None,
    log_ins: LogIns | None = None,
    load: Load | None = None,
    environment: Mapping[str, str] = os.environ,
) -> FastAPI:
    """The application, ready for uvicorn; `web` puts the chat page at `/`. The caller closes `assistant`, and the
    `workspace` where one is given; else conversations are kept where the assistant's configuration says. `accounts` are
    those kept beside them, where no others are given; `log_ins` where people log in with a provider's accounts. `load`
    says how much it takes on; what isn't given, and where the log and traces go, `environment` does. `app.state.lanes`
    is told when the server is to stop.

    Raises ValueError where `access` names a root path that is none, or `environment` what can't be, WorkspaceError
    where the database can't be opened.
    """
    load = load or Load.of(environment)
    kept = workspace or Workspace.open(database_of(assistant.config))
    people, counts = accounts or Accounts.of(kept), Counts()
    lanes, measures = Lanes(load, has_model=lambda: bool(assistant.config.model)), Measures()
    tracing = provider_of(environment)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        uploads.recover()
        threads = to_thread.current_default_thread_limiter()
        threads.total_tokens = max(threads.total_tokens, load.most_threads)
        async with mcp.running():
            yield
        if tracing is not None:
            await to_thread.run_sync(tracing.shutdown)
        if workspace is None:
            kept.close()

    # The interactive docs are off because they load their scripts from a CDN; /openapi.json says the same.
    app = FastAPI(title="有据 Youju", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.openapi = lambda: document_of(app)  # type: ignore[method-assign]
    app.state.lanes = lanes
    app.add_middleware(EndlessOnes, lanes=lanes)
    app.add_middleware(OwnSessions)
    app.add_middleware(Revalidated)
    app.add_middleware(Queued, lanes=lanes)
    app.add_middleware(Once, replies=Replies(kept.engine))
    app.add_middleware(Discreet, assistant=assistant)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES, within_s=load.body_s)
    app.add_middleware(Door, access=access, accounts=people, counts=counts, is_closed=log_ins is not None)
    app.add_middleware(CrashAnswer)
    app.add_middleware(Methods)
    app.add_middleware(OwnPathsOnly)
    app.add_middleware(OwnPagesOnly, access=access)
    if tracing is not None:
        app.add_middleware(Traced, provider=tracing)
    # The last one added is the outermost.
    app.add_middleware(Accompanied, tell=(measures, RequestLog(environment)))
    app.add_exception_handler(RequestValidationError, on_bad_request)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(NotKeptError, on_not_kept)
    app.add_exception_handler(AccountError, on_account_error)
    uploads, citations = Uploads(assistant), Citations(kept.engine)
    app.include_router(account_routes(people, kept, pages=web))
    app.include_router(document_routes(assistant, uploads))
    app.include_router(conversation_routes(assistant, kept, citations, load))
    app.include_router(feedback_routes(kept))
    app.include_router(export_routes(assistant, kept))
    app.include_router(widget_routes())
    app.include_router(setting_routes(assistant, kept, people, pages=web))
    app.include_router(asking_routes(assistant, citations, load))
    app.include_router(citation_routes(assistant, citations))
    app.include_router(health_routes(assistant, lanes, measures))
    app.include_router(completion_routes(assistant, citations, load))
    for routes in (figure_routes, library_routes, job_routes, page_routes):
        app.include_router(routes(assistant))
    route, mcp = mcp_route(assistant, counts, lanes, seconds=load.answer_s)
    app.router.routes.append(route)

    @app.api_route("/v1/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    def unknown(path: str, request: Request) -> Any:
        """The chat page at `/` would otherwise take what no route above does."""
        return no_such_route(request.method, f"/v1/{path}")

    if web:
        from assistant.server.routes.assets import asset_routes
        from assistant.server.routes.library_pages import library_page_routes
        from assistant.server.routes.workspace import workspace_routes
        from assistant.web.chat import Visits, mount

        app.include_router(asset_routes())
        app.include_router(library_page_routes(assistant, uploads))
        app.include_router(workspace_routes(kept))
        app.include_router(login_routes(people, log_ins))

        def asks(request: Request) -> None:
            count_question(counts, principal_of(request), address_of(request.scope))

        mount(app, assistant, kept, visits=Visits(principal_of, name_of, asks))
    return app
