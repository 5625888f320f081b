"""Our own routes that ask: a question, a search, a metric's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from assistant.answers import Answer
from assistant.server.bodies import AskBody, FiguresBody, FiguresFields, FiguresQuery, SearchBody
from assistant.server.errors import error_response
from assistant.server.events import ask_events, chat_events, in_threads, last_of

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from index.filters import Filter


def asking_routes(assistant: Assistant) -> APIRouter:
    """POST /v1/ask, POST /v1/search, GET and POST /v1/figures."""
    router = APIRouter()

    @router.post("/v1/ask")
    async def ask(body: AskBody, request: Request) -> Any:
        """The answer as JSON; with `stream`, server-sent events: `delta` {"text"}, and last `answer` or `error`.

        With `filter` it is answered as if there were no documents but those that it admits."""
        items = assistant.stream(body.question, history=body.turns(), through=body.through())
        if body.stream:
            return chat_events(ask_events(items))
        answer = await last_of(in_threads(items, left=request.is_disconnected))
        return JSONResponse(answer.to_json()) if isinstance(answer, Answer) else Response(status_code=499)

    @router.post("/v1/search")
    def search(body: SearchBody) -> Any:
        """The passages nearest to the query, best first, of the documents that `filter` admits."""
        hits = []
        for hit in assistant.search(body.query, k=body.k, through=body.through()):
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

    def found_figures(asked: FiguresFields, through: Filter) -> Any:
        wanted = {name: getattr(asked, name) for name in FiguresFields.model_fields}
        try:
            found = assistant.figures(**wanted, through=through)
        except ValueError as error:
            return error_response(422, str(error))
        near = [] if found else assistant.metrics_near(asked.metric, through=through)
        return {"figures": [each.row() for each in found], "nearest": near}

    @router.get("/v1/figures")
    def figures(asked: Annotated[FiguresQuery, Query()]) -> Any:
        """Every figure of what `metric` names, the closest name first; `nearest` names what there is where none is.

        Of a filter, each field is one of the query, as often as it has values."""
        return found_figures(asked, asked.made())

    @router.post("/v1/figures")
    def figures_within(body: FiguresBody) -> Any:
        """The same, with the filter as in the other bodies."""
        return found_figures(body, body.through())

    return router
