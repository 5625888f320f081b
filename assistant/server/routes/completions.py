"""OpenAI's routes: chat completions, and the list of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from assistant.config import MAX_QUESTION_CHARS
from assistant.server.bodies import ChatBody
from assistant.server.errors import CHAT_PATH, error_response
from assistant.server.events import chat_events
from assistant.server.routes.openai import MODEL, ChatReply, model_entry

if TYPE_CHECKING:
    from assistant.ask import Assistant


def completion_routes(assistant: Assistant) -> APIRouter:
    """POST /v1/chat/completions, GET /v1/models and GET /v1/models/{model}."""
    router = APIRouter()

    @router.post(CHAT_PATH)
    async def chat(body: ChatBody, request: Request) -> Any:
        """OpenAI's chat completion. The user's messages are the conversation, the last of them the question."""
        turns = body.turns()
        question = turns[-1].question if turns else ""
        if not question:
            return error_response(400, "messages: the last user message must hold the question as text", "messages")
        if len(question) > MAX_QUESTION_CHARS:
            reason = f"the question has {len(question)} characters, the limit is {MAX_QUESTION_CHARS}"
            return error_response(400, f"messages: {reason}", "messages", "context_length_exceeded")
        through = body.through()
        reply = ChatReply(body, base_url=str(request.base_url))
        if body.stream:
            return chat_events(reply.events(assistant.stream(question, history=turns[:-1], through=through)))
        answer = await to_thread.run_sync(lambda: assistant.ask(question, history=turns[:-1], through=through))
        return JSONResponse(reply.completion(answer))

    @router.get("/v1/models")
    def models() -> Any:
        """The one model there is."""
        return {"object": "list", "data": [model_entry()]}

    @router.get("/v1/models/{model}")
    def model(model: str) -> Any:
        """The one model there is."""
        return (
            model_entry()
            if model == MODEL
            else error_response(404, f"the only model is {MODEL!r}", "model", "model_not_found")
        )

    return router
