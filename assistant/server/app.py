"""The HTTP API: our own routes, and OpenAI's chat protocol so that existing clients can ask.

    POST /v1/ask               {"question": "…", "history": [{"question": "…", "answer": "…"}], "stream": false}
    POST /v1/search            {"query": "…", "k": 10} -> {"hits": [{"document_id", "title", "uri", "text", …}]}
    POST /v1/chat/completions  OpenAI's protocol, streamed or not; the answer as JSON stands in the extra field `youju`
    GET  /v1/figures           ?metric=…&region=…&period=…&status=…&unit=…&at_least=…&at_most=… -> {"figures": [{…}]}
    GET  /v1/models            · GET /v1/documents · GET /v1/documents/{id} · GET /healthz

An error is `{"error": {"message", "type", "param", "code"}}` on every route, with status 422 for a bad request to ours
and 400 where OpenAI's clients expect it. Nobody is asked who they are, and no other site's page may call (no CORS).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.config import MAX_QUESTION_CHARS
from assistant.server.bodies import AskBody, ChatBody, FiguresQuery, SearchBody
from assistant.server.errors import CHAT_PATH, error_response, logger, on_bad_request, on_http_error
from assistant.server.events import ask_events, chat_events
from assistant.server.middleware import MAX_BODY_BYTES, BodyLimit, CrashAnswer
from assistant.server.routes.openai import MODEL, ChatReply, model_entry

if TYPE_CHECKING:
    from assistant.ask import Assistant


def create_app(assistant: Assistant, *, web: bool = True) -> FastAPI:
    """The application, ready for uvicorn; `web` puts the chat page at `/`. The caller closes `assistant`."""
    # The interactive docs are off because they load their scripts from a CDN; /openapi.json says the same.
    app = FastAPI(title="有据 Youju", docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    app.add_middleware(CrashAnswer)
    app.add_exception_handler(RequestValidationError, on_bad_request)
    app.add_exception_handler(HTTPException, on_http_error)

    @app.post("/v1/ask")
    async def ask(body: AskBody) -> Any:
        """The answer as JSON; with `stream`, server-sent events: `delta` {"text"}, and last `answer` or `error`."""
        if body.stream:
            return chat_events(ask_events(assistant.stream(body.question, history=body.turns())))
        answer = await to_thread.run_sync(lambda: assistant.ask(body.question, history=body.turns()))
        return JSONResponse(answer.to_json())

    @app.post("/v1/search")
    def search(body: SearchBody) -> Any:
        """The passages nearest to the query, best first."""
        hits = []
        for hit in assistant.search(body.query, k=body.k):
            passage, document = hit.passage, assistant.index.document(hit.passage.document_id)
            place = {
                "document_id": document.id,
                "title": document.title,
                "uri": document.uri,
                "section": passage.heading,
            }
            span = {"text": passage.text, "start": passage.start, "end": passage.end, "score": hit.score}
            hits.append(place | span)
        return {"hits": hits}

    @app.get("/v1/figures")
    def figures(asked: Annotated[FiguresQuery, Query()]) -> Any:
        """Every figure of what `metric` names, the closest name first; `nearest` names what there is where none is."""
        try:
            found = assistant.figures(**asked.model_dump())
        except ValueError as error:
            return error_response(422, str(error))
        near = [] if found else assistant.metrics_near(asked.metric)
        return {"figures": [each.row() for each in found], "nearest": near}

    @app.get("/v1/documents")
    def documents() -> Any:
        """Every document of the index, without its text; `unread` are the files beside them that couldn't be read."""
        unread = [asdict(file) for file in assistant.index.unread()]
        return {"documents": [asdict(document) for document in assistant.index.documents()], "unread": unread}

    @app.get("/v1/documents/{document_id}")
    def document(document_id: str) -> Any:
        """One document with its text, into which every `start` and `end` of this API counts characters."""
        try:
            found = assistant.index.document(document_id)
        except LookupError:
            return error_response(
                404, f"no document has the id {document_id!r}; GET /v1/documents lists them", "document_id"
            )
        return asdict(found)

    @app.get("/v1/models")
    def models() -> Any:
        """The one model there is."""
        return {"object": "list", "data": [model_entry()]}

    @app.get("/v1/models/{model}")
    def model(model: str) -> Any:
        """The one model there is."""
        return (
            model_entry()
            if model == MODEL
            else error_response(404, f"the only model is {MODEL!r}", "model", "model_not_found")
        )

    @app.post(CHAT_PATH)
    async def chat(body: ChatBody, request: Request) -> Any:
        """OpenAI's chat completion. The user's messages are the conversation, the last of them the question."""
        turns = body.turns()
        question = turns[-1].question if turns else ""
        if not question:
            return error_response(400, "messages: the last user message must hold the question as text", "messages")
        if len(question) > MAX_QUESTION_CHARS:
            reason = f"the question has {len(question)} characters, the limit is {MAX_QUESTION_CHARS}"
            return error_response(400, f"messages: {reason}", "messages", "context_length_exceeded")
        reply = ChatReply(body, base_url=str(request.base_url))
        if body.stream:
            return chat_events(reply.events(assistant.stream(question, history=turns[:-1])))
        answer = await to_thread.run_sync(lambda: assistant.ask(question, history=turns[:-1]))
        return JSONResponse(reply.completion(answer))

    @app.get("/healthz")
    def healthz() -> Any:
        """Whether the index can be read, and how many documents it holds."""
        try:
            count = assistant.index.status().documents
        except Exception:  # noqa: BLE001  a client gets an error it can read, whatever went wrong
            logger.exception("the index can't be read")
            return error_response(503, "the index can't be read; see the server's log", kind="server_error")
        return {"status": "ok", "documents": count}

    @app.api_route("/v1/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    def unknown(path: str, request: Request) -> Any:
        """The chat page at `/` would otherwise take what no route above does."""
        return error_response(404, f"there is no {request.method} /v1/{path}")

    if web:
        from assistant.web.chat import mount

        mount(app, assistant)
    return app
