"""Our own routes over conversations: each owner's own, and links to them that others may open.

GET    /v1/conversations                      ?query=…&archived=false&limit=50&before=…  · POST {"title": "…"}
DELETE /v1/conversations                      all of them
GET    /v1/conversations/{id}                 · PATCH {"title", "pinned", "archived"} · DELETE
POST   /v1/conversations/{id}/turns           {"question": "…", "stream": false}: asks, and keeps the answer
DELETE /v1/conversations/{id}/turns/{turn}    that turn and those after it
POST   /v1/turns/{turn}/stop
POST   /v1/conversations/{id}/share           {"turn_id": "…", "alone": false} · GET · DELETE ?token=…
GET    /v1/shares                             · GET /v1/shared/{token}, whosever it is
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from assistant.answers import Answer
from assistant.conversations.citations import Citations
from assistant.conversations.records import StoredTurn
from assistant.conversations.store import Workspace
from assistant.conversations.writing import answered
from assistant.server.bodies import ConversationBody, ConversationChange, ConversationsQuery, ShareBody, TurnAskBody
from assistant.server.errors import error_response
from assistant.server.events import ask_events, chat_events, keeping, sse_data
from assistant.server.load import LOAD, Load
from assistant.server.openapi import CONFLICT, NOT_FOUND, STREAMED
from assistant.server.owners import owner_of
from assistant.server.replies import (
    ConversationReply,
    ConversationsReply,
    CountReply,
    SharedReply,
    ShareReply,
    SharesReply,
    StopReply,
    TurnReply,
    WholeConversationReply,
)
from assistant.server.requests import note_outcome, note_question

if TYPE_CHECKING:
    from assistant.ask import Assistant


def conversation_routes(
    assistant: Assistant, workspace: Workspace, citations: Citations, load: Load = LOAD
) -> APIRouter:
    """/v1/conversations, /v1/turns, /v1/shares and /v1/shared. NotKeptError is for the application to answer."""
    router = APIRouter()

    def info(request: Request, conversation_id: str) -> ConversationReply:
        return ConversationReply.model_validate(workspace.info(owner_of(request), conversation_id))

    @router.get("/v1/conversations", response_model=ConversationsReply)
    def conversations(request: Request, asked: Annotated[ConversationsQuery, Query()]) -> Any:
        """The pinned ones first, then the newest; with `query`, those in which all of its words stand."""
        try:
            return workspace.conversations(owner_of(request), **asked.model_dump())
        except ValueError as error:
            return error_response(422, str(error), "before", "bad_cursor")

    @router.post("/v1/conversations", response_model=ConversationReply, status_code=201)
    def create(request: Request, body: ConversationBody) -> Any:
        """A new one, named after its first question where it has no title."""
        return workspace.create(owner_of(request), body.title)

    @router.delete("/v1/conversations", response_model=CountReply)
    def delete_all(request: Request) -> Any:
        """Deletes all of them for good, with their links."""
        return CountReply(count=workspace.delete_all(owner_of(request)))

    @router.get("/v1/conversations/{conversation_id}", response_model=WholeConversationReply, responses=NOT_FOUND)
    def conversation(request: Request, conversation_id: str) -> Any:
        """One with its turns. A turn whose writer is gone is told as stopped."""
        return WholeConversationReply.of(workspace.conversation(owner_of(request), conversation_id))

    @router.patch("/v1/conversations/{conversation_id}", response_model=ConversationReply, responses=NOT_FOUND)
    def change(request: Request, conversation_id: str, body: ConversationChange) -> Any:
        """Renames, pins or archives it, or undoes that; what isn't named stays."""
        owner = owner_of(request)
        if body.title is not None:
            workspace.rename(owner, conversation_id, body.title)
        if body.pinned is not None:
            workspace.pin(owner, conversation_id, body.pinned)
        if body.archived is not None:
            workspace.archive(owner, conversation_id, body.archived)
        return info(request, conversation_id)

    @router.delete("/v1/conversations/{conversation_id}", status_code=204, response_class=Response, responses=NOT_FOUND)
    def delete(request: Request, conversation_id: str) -> None:
        """Deletes it for good, with its links."""
        workspace.delete(owner_of(request), conversation_id)

    @router.post("/v1/conversations/{conversation_id}/turns", response_model=TurnReply, responses=NOT_FOUND | STREAMED)
    async def ask(request: Request, conversation_id: str, body: TurnAskBody) -> Any:
        """Asks in the conversation, and keeps what comes of it, also where the client leaves before. With `stream`,
        server-sent events: `turn` {"id"}, `delta` {"text"}, and last `answer`, `error` or `stopped`."""
        owner = owner_of(request)
        turn_id = await to_thread.run_sync(workspace.begin_turn, owner, conversation_id, body.question)
        note_question(body.question)
        written = answered(workspace, assistant, owner, conversation_id, turn_id, body.question, through=body.through())
        items = keeping(written, citations, owner)
        if body.stream:
            return chat_events(_turn_events(turn_id, items, load.answer_s))
        turn = await to_thread.run_sync(_finished, workspace, owner, conversation_id, turn_id, items)
        note_outcome(turn.answer.status if turn.answer else turn.state)
        return TurnReply.of(turn)

    @router.delete(
        "/v1/conversations/{conversation_id}/turns/{turn_id}", response_model=CountReply, responses=NOT_FOUND
    )
    def cut(request: Request, conversation_id: str, turn_id: str) -> Any:
        """Takes out the turn and those after it."""
        return CountReply(count=workspace.cut(owner_of(request), conversation_id, turn_id))

    @router.post("/v1/turns/{turn_id}/stop", response_model=StopReply, responses=NOT_FOUND)
    def stop(request: Request, turn_id: str) -> Any:
        """Has whoever writes the turn stop, in whichever tab or process."""
        return StopReply(stopped=workspace.stop(owner_of(request), turn_id))

    @router.post(
        "/v1/conversations/{conversation_id}/share",
        response_model=ShareReply,
        status_code=201,
        responses=NOT_FOUND | CONFLICT,
    )
    def share(request: Request, conversation_id: str, body: ShareBody) -> Any:
        """A link to the conversation as it is now, up to a turn, or with `alone` to that turn only."""
        try:
            made = workspace.share(owner_of(request), conversation_id, body.turn_id, alone=body.alone)
        except ValueError as error:
            return error_response(409, str(error), code="conflict")
        return ShareReply.of(made)

    @router.get("/v1/conversations/{conversation_id}/share", response_model=SharesReply, responses=NOT_FOUND)
    def shares_of(request: Request, conversation_id: str) -> Any:
        """The links to it."""
        return SharesReply(shares=[*map(ShareReply.of, workspace.shares(owner_of(request), conversation_id))])

    @router.delete("/v1/conversations/{conversation_id}/share", response_model=CountReply, responses=NOT_FOUND)
    def unshare(request: Request, conversation_id: str, token: str | None = None) -> Any:
        """Takes a link back, or all of them."""
        owner = owner_of(request)
        return CountReply(count=workspace.unshare(owner, conversation_id, token))

    @router.get("/v1/shares", response_model=SharesReply)
    def shares(request: Request) -> Any:
        """The links to any of the conversations."""
        return SharesReply(shares=[*map(ShareReply.of, workspace.shares(owner_of(request)))])

    @router.get("/v1/shared/{token}", response_model=SharedReply, responses=NOT_FOUND)
    def shared(token: str) -> Any:
        """What a link shows, to whoever has it."""
        # What was taken back must not be shown again from a cache on the way.
        reply = SharedReply.of(workspace.shared(token))
        return JSONResponse(reply.model_dump(mode="json"), headers={"Cache-Control": "no-store"})

    return router


def _finished(
    workspace: Workspace, owner: str, conversation_id: str, turn_id: str, items: Iterator[str | Answer]
) -> StoredTurn:
    """The turn, once it is written. Raises NotKeptError where it was cut meanwhile."""
    for _ in items:
        pass
    return workspace.turn(owner, conversation_id, turn_id)


async def _turn_events(turn_id: str, items: Iterator[str | Answer], seconds: float) -> AsyncIterator[str]:
    """The events of a turn: its id, then those of its answer, and where it has none, that it was stopped."""
    yield sse_data({"id": turn_id}, event="turn")
    last = ""
    async for last in ask_events(items, seconds=seconds):
        yield last
    if not last.startswith(("event: answer", "event: error")):
        yield sse_data({"id": turn_id}, event="stopped")
