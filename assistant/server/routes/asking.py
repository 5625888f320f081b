"""Our own routes that ask: a question, a search, a metric's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from assistant.answers import Answer
from assistant.conversations.citations import Citations
from assistant.server.bodies import AskBody, FiguresBody, FiguresFields, FiguresQuery, SearchBody
from assistant.server.errors import error_response
from assistant.server.events import TooLongError, ask_events, chat_events, in_threads, keeping, too_long, within
from assistant.server.library_replies import FiguresReply, HitsReply
from assistant.server.load import LOAD, Load
from assistant.server.openapi import STREAMED, TOO_LONG
from assistant.server.owners import owner_of
from assistant.server.replies import AnswerReply
from assistant.server.requests import note_outcome, note_question

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from index.filters import Filter


def asking_routes(assistant: Assistant, citations: Citations, load: Load = LOAD) -> APIRouter:
    """POST /v1/ask, POST /v1/search, GET and POST /v1/figures."""
    router = APIRouter()

    @router.post("/v1/ask", response_model=AnswerReply, responses=STREAMED | TOO_LONG)
    async def ask(request: Request, body: AskBody) -> Any:
        """The answer as JSON; with `stream`, server-sent events: `delta` {"text"}, and last `answer` or `error`.

        With `filter` it is answered as if there were no documents but those that it admits."""
        note_question(body.question)
        asked = assistant.stream(body.question, history=body.turns(), through=body.through())
        items = keeping(asked, citations, owner_of(request))
        if body.stream:
            return chat_events(ask_events(items, seconds=load.answer_s))
        try:
            answer = await within(in_threads(items, left=request.is_disconnected), load.answer_s)
        except TooLongError:
            return JSONResponse(too_long(), 504)
        if not isinstance(answer, Answer):
            return Response(status_code=499)  # nobody reads it
        note_outcome(answer.status)
        return JSONResponse(answer.to_json())

    @router.post("/v1/search", response_model=HitsReply)
    def search(body: SearchBody) -> Any:
        """The passages nearest to the query, best first, of the documents that `filter` admits."""
        note_question(body.query)
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
        return JSONResponse({"hits": hits})

    def found_figures(asked: FiguresFields, through: Filter) -> Any:
        wanted = {name: getattr(asked, name) for name in FiguresFields.model_fields if name not in ("limit", "offset")}
        wanted["status"] = asked.status or None
        try:
            found = assistant.figures(**wanted, through=through)
        except ValueError as error:
            return error_response(
                422, f"period: {error}", "period", "bad_condition"
            )  # the others were looked at before
        near = [] if found else assistant.metrics_near(asked.metric, through=through)
        limit = asked.limit if asked.limit is not None else len(found)
        told = [each.row() for each in found[asked.offset : asked.offset + limit]]
        return JSONResponse({"figures": told, "nearest": near, "total": len(found)})

    @router.get("/v1/figures", response_model=FiguresReply)
    def figures(asked: Annotated[FiguresQuery, Query()]) -> Any:
        """Every figure of what `metric` names, the closest name first; `nearest` names what there is where none is.

        Of a filter, each field is one of the query, as often as it has values."""
        return found_figures(asked, asked.made())

    @router.post("/v1/figures", response_model=FiguresReply)
    def figures_within(body: FiguresBody) -> Any:
        """The same, with the filter as in the other bodies."""
        return found_figures(body, body.through())

    return router
