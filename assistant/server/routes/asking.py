"""Our own routes that ask: a question, a search, a metric's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from assistant.server.bodies import AskBody, FiguresQuery, SearchBody
from assistant.server.errors import error_response
from assistant.server.events import ask_events, chat_events

if TYPE_CHECKING:
    from assistant.ask import Assistant


def asking_routes(assistant: Assistant) -> APIRouter:
    """POST /v1/ask, POST /v1/search and GET /v1/figures."""
    router = APIRouter()

    @router.post("/v1/ask")
    async def ask(body: AskBody) -> Any:
        """The answer as JSON; with `stream`, server-sent events: `delta` {"text"}, and last `answer` or `error`."""
        if body.stream:
            return chat_events(ask_events(assistant.stream(body.question, history=body.turns())))
        answer = await to_thread.run_sync(lambda: assistant.ask(body.question, history=body.turns()))
        return JSONResponse(answer.to_json())

    @router.post("/v1/search")
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

    @router.get("/v1/figures")
    def figures(asked: Annotated[FiguresQuery, Query()]) -> Any:
        """Every figure of what `metric` names, the closest name first; `nearest` names what there is where none is."""
        try:
            found = assistant.figures(**asked.model_dump())
        except ValueError as error:
            return error_response(422, str(error))
        near = [] if found else assistant.metrics_near(asked.metric)
        return {"figures": [each.row() for each in found], "nearest": near}

    return router
