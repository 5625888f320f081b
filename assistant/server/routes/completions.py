"""OpenAI's routes: chat completions, and the list of models

A model is the library, or a folder of it where several are registered: `youju`, `youju/预算`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from assistant.answers import Answer, Turn
from assistant.conversations.citations import Citations
from assistant.server.chat.bodies import ChatBody
from assistant.server.chat.chores import chore_of, done
from assistant.server.chat.replies import MODEL, ChatReply, model_entry
from assistant.server.chat.wishes import WishError, wish_of
from assistant.server.errors import CHAT_PATH, error_response
from assistant.server.events import TooLongError, chat_events, in_threads, keeping, too_long, within
from assistant.server.load import Load
from assistant.server.owners import owner_of
from assistant.server.requests import note_outcome, note_question
from assistant.suggestions import follow_ups
from index.filters import OPEN

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from index.filters import Filter


def completion_routes(assistant: Assistant, citations: Citations, load: Load) -> APIRouter:
    """POST /v1/chat/completions, GET /v1/models and GET /v1/models/{model}."""
    router = APIRouter()

    def ask_next(talk: Sequence[Turn]) -> Sequence[str]:
        *before, last = talk
        return follow_ups(assistant.ask(last.question, history=before, **_quoted(assistant)), assistant)

    @router.post(CHAT_PATH)
    async def chat(body: ChatBody, request: Request) -> Any:
        """OpenAI's chat completion. The user's messages are the conversation, the last of them the question.

        Of the fields of OpenAI's, `stream`, `stream_options`, `stop`, `max_tokens`, `max_completion_tokens`,
        `response_format`, `tools` and `tool_choice` have an effect; `filter` and `youju` say of which documents and in
        which language, as do plain words of the system message. Citations are the message's `annotations`; the whole
        answer is `youju`."""
        try:
            made = partial(ChatReply, body, base_url=str(request.base_url), by_model=bool(assistant.config.model))
            reply = await to_thread.run_sync(made)  # it reads a client's schema
            if chore := chore_of(body):
                text = await to_thread.run_sync(done, chore, ask_next)
                return _sent(reply.plain_events(text)) if body.stream else JSONResponse(reply.plain(text))
            folder = await to_thread.run_sync(_library, assistant, body.model)
            through = body.through()
            if own := body.youju and body.youju.filter:
                if body.filter:
                    raise WishError("filter: given twice, also in youju.filter", "filter")
                through = own.made()
            wish = await to_thread.run_sync(wish_of, body, assistant, _both(through, folder))
        except WishError as error:
            return error_response(error.status, str(error), error.param, error.code)
        more: dict[str, Any] = {"language": wish.language} if wish.language else {}
        note_question(wish.question)
        asked = assistant.stream(wish.question, history=wish.history, through=wish.through, **more)
        items = keeping(asked, citations, owner_of(request))
        if body.stream and not reply.is_structured:
            return chat_events(reply.events(items, seconds=load.answer_s))
        try:
            answer = await within(in_threads(items, left=request.is_disconnected), load.answer_s)
        except TooLongError:
            return JSONResponse(too_long(), 504)
        if not isinstance(answer, Answer):
            return Response(status_code=499)  # nobody reads it
        note_outcome(answer.status)
        try:
            if body.stream:
                return _sent(await to_thread.run_sync(reply.at_once, answer))
            return JSONResponse(await to_thread.run_sync(reply.completion, answer))
        except WishError as error:
            return error_response(error.status, str(error), error.param, error.code)

    @router.get("/v1/models")
    def models() -> Any:
        """The library, and each of its folders where several are registered."""
        return {"object": "list", "data": [model_entry(), *map(model_entry, libraries(assistant))]}

    @router.get("/v1/models/{model:path}")
    def model(model: str) -> Any:
        """One of them."""
        known = [MODEL, *libraries(assistant)]
        if model in known:
            return model_entry(model)
        return error_response(404, _no_model(model, known), "model", "model_not_found")

    return router


def libraries(assistant: Assistant) -> Mapping[str, str]:
    """The folders that are registered, where there are several with documents that whoever asks may read, by the names
    of their models."""
    with assistant.index.seen(OPEN):
        paths = [PurePath(source.path) for source in assistant.index.sources() if source.documents]
    if len(paths) < 2:
        return {}
    often = Counter(path.name for path in paths)
    names = (path.name if often[path.name] == 1 else f"{path.parent.name}/{path.name}" for path in paths)
    return {f"{MODEL}/{name}": str(path) for name, path in zip(names, paths, strict=True)}


def _library(assistant: Assistant, model: str) -> str | None:
    """The folder that a model is; None for the whole library, which any name but ours stands for, since clients have
    one of their own set. Raises WishError."""
    if not model.startswith(f"{MODEL}/"):
        return None
    known = libraries(assistant)
    if model not in known:
        raise WishError(_no_model(model, [MODEL, *known]), "model", "model_not_found")
    return known[model]


def _no_model(model: str, known: Sequence[str]) -> str:
    if len(known) == 1:
        return f"the only model is {MODEL!r}"
    return f"there is no model {model!r}; there are {', '.join(known)}"


def _both(through: Filter, folder: str | None) -> Filter:
    if folder is None:
        return through
    if through.folders is not None:
        raise WishError("filter.folders: can't be limited any more where the model is a folder already", "filter")
    return replace(through, folders=frozenset([folder]))


def _quoted(assistant: Assistant) -> dict[str, Any]:
    """For what isn't shown, no model is asked."""
    return {"quoted": True} if assistant.config.model else {}


def _sent(events: Sequence[str]) -> StreamingResponse:
    async def one_by_one() -> Any:
        for event in events:
            yield event

    return chat_events(one_by_one())
