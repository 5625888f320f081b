"""Our own routes over feedback: what people say of answers.

PUT    /v1/feedback/{turn}   {"good": false, "reason": "…", "right_answer": "…", "tags": ["…"]}
DELETE /v1/feedback/{turn}
GET    /v1/feedback          ?good=false&query=…&tag=…&since=…&limit=50&offset=0
GET    /v1/feedback?format=cases   JSON Lines, each a case that `youju-eval` reads
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from assistant.conversations.cases import as_line
from assistant.conversations.store import Workspace
from assistant.server.bodies import FeedbackBody, FeedbackQuery
from assistant.server.errors import error_response
from assistant.server.openapi import CONFLICT, NOT_FOUND
from assistant.server.owners import may_see_all, owner_of
from assistant.server.replies import FeedbackPageReply, FeedbackReply


def feedback_routes(workspace: Workspace) -> APIRouter:
    """/v1/feedback. NotKeptError is for the application to answer."""
    router = APIRouter()

    @router.put("/v1/feedback/{turn_id}", response_model=FeedbackReply, responses=NOT_FOUND | CONFLICT)
    def give(request: Request, turn_id: str, body: FeedbackBody) -> Any:
        """What is said of an answer, in the place of what the same owner said before."""
        try:
            said = workspace.give_feedback(owner_of(request), turn_id, **body.model_dump())
        except ValueError as error:
            return error_response(409, str(error), code="conflict")
        return FeedbackReply.of(said)

    @router.delete("/v1/feedback/{turn_id}", status_code=204, response_class=Response, responses=NOT_FOUND)
    def take_back(request: Request, turn_id: str) -> None:
        """Deletes what was said."""
        workspace.take_feedback_back(owner_of(request), turn_id)

    @router.get(
        "/v1/feedback",
        response_model=FeedbackPageReply,
        responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
    )
    def feedback(request: Request, asked: Annotated[FeedbackQuery, Query()]) -> Any:
        """What was said, the newest first: by everybody where the server is this machine's alone, else by whoever asks.
        With `format=cases`, all of it as evaluation cases for somebody to approve."""
        owner = None if may_see_all(request) else owner_of(request)
        chosen = asked.model_dump(exclude={"format", "limit", "offset"})
        if asked.format == "cases":

            def lines() -> Iterator[str]:
                for said in workspace.each_feedback(owner=owner, **chosen):
                    yield f"{as_line(said)}\n"

            headers = {"Content-Disposition": 'attachment; filename="feedback.jsonl"', "Cache-Control": "no-store"}
            return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)
        found = workspace.feedback(owner=owner, limit=asked.limit, offset=asked.offset, **chosen)
        return FeedbackPageReply(feedback=[*map(FeedbackReply.of, found.feedback)], total=found.total)

    return router
