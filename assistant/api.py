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

import json
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from anyio import to_thread
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field, StringConstraints
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.answers import Answer, Turn
from assistant.ask import MAX_QUESTION_CHARS
from assistant.page import marks
from sources import tokens

if TYPE_CHECKING:
    from assistant.ask import Assistant

MODEL = "youju"
"""The one model that `/v1/models` lists."""
MAX_TURNS = 20
"""How many earlier exchanges are looked at, counted from the last."""
MAX_BODY_BYTES = 4_000_000
"""Of any request; the chat page sends its whole conversation along."""

_CHAT = "/v1/chat/completions"
_END = object()
logger = logging.getLogger(__name__)
T = TypeVar("T")

Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARS)]


class TurnBody(BaseModel):
    """One earlier exchange."""

    question: str
    answer: str = ""


class AskBody(BaseModel):
    """A question, with the conversation before it: exchanges, or only the earlier questions."""

    question: Question
    history: list[TurnBody | str] = []
    stream: bool = False

    def turns(self) -> list[Turn]:
        """The last exchanges, oldest first."""
        turns = [Turn(t) if isinstance(t, str) else Turn(t.question, t.answer) for t in self.history]
        return turns[-MAX_TURNS:]


class SearchBody(BaseModel):
    """What to look for, and how many passages to give back."""

    query: Question
    k: int = Field(10, ge=1, le=100)


class FiguresQuery(BaseModel):
    """What to look for among the figures; see `assistant.figures.search`."""

    metric: Question
    region: str | None = None
    period: str | None = None
    status: str | None = None
    unit: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None


class PartBody(BaseModel):
    """A part of a message; only text can be read."""

    type: Literal["text"]
    text: str


class MessageBody(BaseModel):
    """A message of the chat. System and tool messages are accepted and have no effect: the documents decide."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartBody] | None = None

    def text(self) -> str:
        """The text of all parts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """OpenAI's `stream_options`."""

    include_usage: bool = False


class ResponseFormat(BaseModel):
    """OpenAI's `response_format`. A client that asks for JSON would choke on prose, so it is told."""

    type: Literal["text"]


class ChatBody(BaseModel):
    """What is read of OpenAI's request. Sampling settings and the rest are accepted and have no effect."""

    messages: list[MessageBody] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    response_format: ResponseFormat | None = None

    def turns(self) -> list[Turn]:
        """The exchanges, oldest first; the last one's question is the one to answer."""
        turns: list[Turn] = []
        for message in self.messages:
            if message.role == "user":
                turns.append(Turn(message.text().strip()))
            elif message.role == "assistant" and turns:
                turns[-1] = Turn(turns[-1].question, message.text())
        return turns[-MAX_TURNS - 1 :]


def create_app(assistant: Assistant, *, web: bool = True) -> FastAPI:
    """The application, ready for uvicorn; `web` puts the chat page at `/`. The caller closes `assistant`."""
    # The interactive docs are off because they load their scripts from a CDN; /openapi.json says the same.
    app = FastAPI(title="有据 Youju", docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    app.add_middleware(CrashAnswer)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(HTTPException, _on_http_error)

    @app.post("/v1/ask")
    async def ask(body: AskBody) -> Any:
        """The answer as JSON; with `stream`, server-sent events: `delta` {"text"}, and last `answer` or `error`."""
        if body.stream:
            return _events(_ask_events(assistant.stream(body.question, history=body.turns())))
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
            return _error(422, str(error))
        near = [] if found else assistant.metrics_near(asked.metric)
        return {"figures": [each.row() for each in found], "nearest": near}

    @app.get("/v1/documents")
    def documents() -> Any:
        """Every document of the index, without its text."""
        return {"documents": [asdict(document) for document in assistant.index.documents()]}

    @app.get("/v1/documents/{document_id}")
    def document(document_id: str) -> Any:
        """One document with its text, into which every `start` and `end` of this API counts characters."""
        try:
            found = assistant.index.document(document_id)
        except LookupError:
            return _error(404, f"no document has the id {document_id!r}; GET /v1/documents lists them", "document_id")
        return asdict(found)

    @app.get("/v1/models")
    def models() -> Any:
        """The one model there is."""
        return {"object": "list", "data": [_model()]}

    @app.get("/v1/models/{model}")
    def model(model: str) -> Any:
        """The one model there is."""
        return _model() if model == MODEL else _error(404, f"the only model is {MODEL!r}", "model", "model_not_found")

    @app.post(_CHAT)
    async def chat(body: ChatBody, request: Request) -> Any:
        """OpenAI's chat completion. The user's messages are the conversation, the last of them the question."""
        turns = body.turns()
        question = turns[-1].question if turns else ""
        if not question:
            return _error(400, "messages: the last user message must hold the question as text", "messages")
        if len(question) > MAX_QUESTION_CHARS:
            reason = f"the question has {len(question)} characters, the limit is {MAX_QUESTION_CHARS}"
            return _error(400, f"messages: {reason}", "messages", "context_length_exceeded")
        reply = _Reply(body, base_url=str(request.base_url))
        if body.stream:
            return _events(reply.events(assistant.stream(question, history=turns[:-1])))
        answer = await to_thread.run_sync(lambda: assistant.ask(question, history=turns[:-1]))
        return JSONResponse(reply.completion(answer))

    @app.get("/healthz")
    def healthz() -> Any:
        """Whether the index can be read, and how many documents it holds."""
        try:
            count = assistant.index.status().documents
        except Exception:
            logger.exception("the index can't be read")
            return _error(503, "the index can't be read; see the server's log", kind="server_error")
        return {"status": "ok", "documents": count}

    @app.api_route("/v1/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    def unknown(path: str, request: Request) -> Any:
        """The chat page at `/` would otherwise take what no route above does."""
        return _error(404, f"there is no {request.method} /v1/{path}")

    if web:
        from assistant.web import mount

        mount(app, assistant)
    return app


class BodyLimit:
    """ASGI middleware: a request with a longer body gets status 413, however the length is declared."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the body, at most one chunk past the limit, and hands it on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._max_bytes:
                refusal = _error(413, f"the request is longer than {self._max_bytes} bytes")
                return await refusal(scope, receive, send)
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        return await self._app(scope, replay, send)


class CrashAnswer:
    """ASGI middleware: what goes wrong unforeseen is answered with status 500 and stands in the server's log only.

    Starlette's own handler raises the error once more, on which uvicorn drops the connection under the next request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything through; an error in the middle of a reply ends the connection."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            logger.exception("%s %s failed", scope["method"], scope["path"])
            answer = _error(500, "the server failed to answer; see its log", kind="server_error")
            await answer(scope, receive, send)


class _Reply:
    """Answers in OpenAI's words: one completion, or its chunks."""

    def __init__(self, body: ChatBody, *, base_url: str) -> None:
        self._prompt = "\n".join(message.text() for message in body.messages)
        self._base_url = base_url
        self._include_usage = bool(body.stream_options and body.stream_options.include_usage)
        self._created = int(time.time())

    def completion(self, answer: Answer) -> dict[str, Any]:
        """The whole reply; `youju` is our answer JSON."""
        message = {"role": "assistant", "content": answer.answer, "refusal": None, "annotations": self._links(answer)}
        return {
            **self._head(answer.id, "chat.completion"),
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": self._usage(answer),
            "youju": answer.to_json(),
        }

    async def events(self, items: Iterator[str | Answer]) -> AsyncIterator[str]:
        """The reply in pieces; the one with the `finish_reason` carries `youju`.

        What was sent can't be taken back in this protocol: where the checked answer differs from the pieces written so
        far, it follows them under a line that says so.
        """
        head = self._head(f"{time.time_ns():x}", "chat.completion.chunk")
        sent = ""
        yield _data(self._chunk(head, {"role": "assistant", "content": ""}))
        try:
            async for item in _in_threads(items):
                if isinstance(item, str):
                    sent += item
                    yield _data(self._chunk(head, {"content": item}))
                    continue
                if rest := _rest(sent, item.answer):
                    yield _data(self._chunk(head, {"content": rest}))
                last = self._chunk(head, {"annotations": self._links(item)}, finish_reason="stop")
                yield _data(last | {"youju": item.to_json()})
                if self._include_usage:
                    yield _data(head | {"choices": [], "usage": self._usage(item)})
        except Exception:
            logger.exception("a streamed answer failed")
            yield _data(_error_body("the answer could not be finished; see the server's log", kind="server_error"))
        yield "data: [DONE]\n\n"

    def _head(self, answer_id: str, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{answer_id}", "object": kind, "created": self._created, "model": MODEL}

    def _chunk(self, head: dict[str, Any], delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return head | {"choices": [choice]} | ({"usage": None} if self._include_usage else {})

    def _usage(self, answer: Answer) -> dict[str, int]:
        prompt, completion = tokens.count(self._prompt), tokens.count(answer.answer)
        if answer.usage is not None:
            prompt, completion = answer.usage.prompt_tokens, answer.usage.completion_tokens
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}

    def _links(self, answer: Answer) -> list[dict[str, Any]]:
        """The marks as OpenAI's URL citations; an address opens the document at the quote, through this API."""
        citations = {citation.number: citation for citation in answer.citations}
        return [
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": start,
                    "end_index": end,
                    "title": citations[number].title,
                    "url": f"{self._base_url}v1/documents/{citations[number].document_id}",
                },
            }
            for number, start, end in marks(answer.answer, citations)
        ]


async def _ask_events(items: Iterator[str | Answer]) -> AsyncIterator[str]:
    try:
        async for item in _in_threads(items):
            if isinstance(item, str):
                yield _data({"text": item}, event="delta")
            else:
                yield _data(item.to_json(), event="answer")
    except Exception:
        logger.exception("a streamed answer failed")
        yield _data(_error_body("the answer could not be finished", kind="server_error"), event="error")


async def _in_threads(items: Iterator[T]) -> AsyncIterator[T]:
    """The items, each awaited in a worker thread; when the client leaves, the iterator is closed after its next one."""
    try:
        while (item := await to_thread.run_sync(next, items, _END)) is not _END:
            yield item  # type: ignore[misc]  # next() gives T or _END
    finally:
        if close := getattr(items, "close", None):
            close()


def _rest(sent: str, text: str) -> str:
    """What has to follow the pieces already sent so that the reader has the checked text."""
    if text.startswith(sent):
        return text[len(sent) :]
    return f"\n\n以上文字未通过核对，请以下面核对过的答案为准：\n\n{text}"


def _events(lines: AsyncIterator[str]) -> StreamingResponse:
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


def _data(payload: Mapping[str, Any], *, event: str = "") -> str:
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(payload, ensure_ascii=False)}\n\n"


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "youju"}


def _error_body(
    message: str, param: str | None = None, code: str | None = None, *, kind: str = "invalid_request_error"
) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _error(
    status: int, message: str, param: str | None = None, code: str | None = None, *, kind: str = "invalid_request_error"
) -> JSONResponse:
    return JSONResponse(_error_body(message, param, code, kind=kind), status)


async def _on_bad_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Of the readings that were tried, the one that got furthest is what was meant.
    furthest = max(error.errors(), key=lambda tried: len(tried["loc"]))
    steps = [str(step) for step in furthest["loc"][1:]]
    # Names of types, such as list[PartBody], stand among the names of fields.
    where = ".".join(step for step in steps if step.isdecimal() or (step.isidentifier() and step.islower()))
    # The value itself isn't repeated: it may be long, or not be Unicode at all.
    return _error(400 if request.url.path == _CHAT else 422, f"{where or 'body'}: {furthest['msg']}", where or None)


async def _on_http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, str(error.detail))
