"""OpenAI's chat protocol: an answer as its completion, whole or in chunks"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from assistant.answers import Answer, Citation, new_id
from assistant.citations import marks
from assistant.server.chat.bodies import NOTE, ChatBody, NamedTool
from assistant.server.chat.cutting import Cut
from assistant.server.chat.schemas import NotFittingError, Schema
from assistant.server.chat.structured import check, filled, plain_object
from assistant.server.chat.wishes import WishError
from assistant.server.errors import error_body, logger
from assistant.server.events import TooLongError, in_threads, not_beyond, sse_data, too_long
from assistant.server.load import LOAD
from assistant.server.requests import note_outcome, said
from index.queries.queries import is_english
from sources import tokens

MODEL = "youju"
"""The model that is the whole library; one folder of it is `youju/NAME`."""
_SCHEMA_AT = "response_format.json_schema.schema"


class ChatReply:
    """Answers in OpenAI's words: one completion, or its chunks."""

    def __init__(self, body: ChatBody, *, base_url: str, by_model: bool = False) -> None:
        """With `by_model`, a model writes answers: where it didn't, or not all, a last line says why.

        Raises WishError where the reply is wanted in a form that none can be given in.
        """
        self._prompt = "\n".join(message.text() for message in body.messages)
        self._base_url = base_url
        self._model = body.model if body.model.startswith(f"{MODEL}/") else MODEL
        self._include_usage = bool(body.stream_options and body.stream_options.include_usage)
        self._cut = Cut(body.stops(), body.most_tokens())
        self._by_model = by_model
        self._created = int(time.time())
        self._form = _form_of(body)

    @property
    def is_structured(self) -> bool:
        """Whether it is wanted in another form than text, which comes when all of the answer is there."""
        return self._form is not None

    def completion(self, answer: Answer) -> dict[str, Any]:
        """The whole reply; `youju` is our answer JSON. Raises WishError where the answer doesn't fit what is wanted."""
        message, reason = self._message(answer)
        return {
            **self._head(answer.id, "chat.completion"),
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
            "usage": self._usage(answer, self._told(answer)),
            "youju": answer.to_json(),
        }

    async def events(self, items: Iterator[str | Answer], *, seconds: float = LOAD.answer_s) -> AsyncIterator[str]:
        """The reply in pieces, each checked before it is sent; the one with the `finish_reason` carries `youju`. An
        error takes its place where it takes longer than `seconds`."""
        head = self._head(new_id(), "chat.completion.chunk")
        yield sse_data(self._chunk(head, {"role": "assistant", "content": ""}))
        text = sent = ""
        try:
            async for item in not_beyond(in_threads(items), seconds):
                if isinstance(item, str):
                    text += item
                    upto, reason = self._cut.so_far(text), ""
                else:
                    upto, reason = self._cut.told(text)
                if upto.startswith(sent) and (more := upto[len(sent) :]):
                    sent = upto
                    yield sse_data(self._chunk(head, {"content": more}))
                if isinstance(item, str):
                    continue
                note_outcome(item.status)
                if self._by_model and sent == text and (line := note_of(item)):
                    yield sse_data(self._chunk(head, {"content": line}))
                last = self._chunk(head, {"annotations": self._links(item, sent)}, finish_reason=reason)
                yield sse_data(last | {"youju": item.to_json()})
                if self._include_usage:
                    yield sse_data(head | {"choices": [], "usage": self._usage(item, sent)})
        except TooLongError:
            yield sse_data(too_long())
        except Exception:  # noqa: BLE001  a client gets an error it can read, whatever went wrong
            logger.exception("a streamed answer failed")
            yield sse_data(error_body("the answer could not be finished; see the server's log", kind="server_error"))
        yield "data: [DONE]\n\n"

    def at_once(self, answer: Answer) -> list[str]:
        """The events of a reply that is made of the whole answer. Raises WishError."""
        message, reason = self._message(answer)
        delta = {key: value for key, value in message.items() if value is not None or key == "role"}
        if calls := delta.get("tool_calls"):
            delta["tool_calls"] = [{"index": at, **call} for at, call in enumerate(calls)]
        events = self._said(delta, reason, answer)
        if self._include_usage:
            head = self._head(answer.id, "chat.completion.chunk")
            events.insert(-1, sse_data(head | {"choices": [], "usage": self._usage(answer, answer.answer)}))
        return events

    def plain(self, text: str) -> dict[str, Any]:
        """A reply that is no answer, such as the title of a chat."""
        message = {"role": "assistant", "content": text, "refusal": None}
        return {
            **self._head(new_id(), "chat.completion"),
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": self._counted(text),
        }

    def plain_events(self, text: str) -> list[str]:
        """The same in chunks."""
        return self._said({"role": "assistant", "content": text}, "stop", None)

    def _said(self, delta: dict[str, Any], reason: str, answer: Answer | None) -> list[str]:
        head = self._head(answer.id if answer else new_id(), "chat.completion.chunk")
        own = {"youju": answer.to_json()} if answer else {}
        return [
            sse_data(self._chunk(head, delta)),
            sse_data(self._chunk(head, {}, finish_reason=reason) | own),
            "data: [DONE]\n\n",
        ]

    def _message(self, answer: Answer) -> tuple[dict[str, Any], str]:
        if self._form is None:
            text, ended = self._cut.told(answer.answer)
            note = note_of(answer) if self._by_model and text == answer.answer else ""
            links = self._links(answer, text)
            return {"role": "assistant", "content": text + note, "refusal": None, "annotations": links}, ended
        name, schema, at = self._form
        try:
            made = plain_object(answer, self._link) if schema is None else filled(schema, answer, self._link)
        except NotFittingError as error:
            why = said("答案不能写成这个形式", "the answer can't be given in this form")
            reason = f"{why}: {error}. {said('答案是', 'It is')}: {answer.answer}"
            if not name and not error.is_of_schema:
                return {"role": "assistant", "content": None, "refusal": reason, "annotations": []}, "stop"
            raise WishError(f"{at}: {reason}", at, "answer_does_not_fit") from None
        written = json.dumps(made, ensure_ascii=False)
        if not name:
            return {"role": "assistant", "content": written, "refusal": None, "annotations": []}, "stop"
        call = {"id": f"call_{answer.id}", "type": "function", "function": {"name": name, "arguments": written}}
        return {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}, "tool_calls"

    def _head(self, answer_id: str, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{answer_id}", "object": kind, "created": self._created, "model": self._model}

    def _chunk(self, head: dict[str, Any], delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return head | {"choices": [choice]} | ({"usage": None} if self._include_usage else {})

    def _told(self, answer: Answer) -> str:
        return self._cut.told(answer.answer)[0] if self._form is None else answer.answer

    def _usage(self, answer: Answer, told: str) -> dict[str, int]:
        """The model's, where there is one; of an answer that was cut off, what was told of it."""
        if answer.usage is None:
            return self._counted(told)
        prompt, completion = answer.usage.prompt_tokens, answer.usage.completion_tokens
        if told != answer.answer:
            completion = min(completion, tokens.count(told))
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}

    def _counted(self, text: str) -> dict[str, int]:
        prompt, completion = tokens.count(self._prompt), tokens.count(text)
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}

    def _link(self, citation: Citation) -> str:
        return f"{self._base_url}v1/documents/{citation.document_id}"

    def _links(self, answer: Answer, text: str) -> list[dict[str, Any]]:
        """The marks as OpenAI's URL citations; an address opens the document at the quote, through this API."""
        citations = {citation.number: citation for citation in answer.citations}
        return [
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": start,
                    "end_index": end,
                    "title": citations[number].title,
                    "url": self._link(citations[number]),
                },
            }
            for number, start, end in marks(text, citations)
        ]


def note_of(answer: Answer) -> str:
    """The line after an answer that says what was done differently, as a quotation in Markdown; "" where there is
    nothing to say."""
    if not answer.notice:
        return ""
    return f"\n\n> {NOTE['en' if is_english(answer.notice) else 'zh']}{answer.notice}"


def model_entry(name: str = MODEL) -> dict[str, Any]:
    """A model as `/v1/models` lists it."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "youju"}


def _form_of(body: ChatBody) -> tuple[str, Schema | None, str] | None:
    """In what form the reply is wanted: the function that has to be called or "", the schema or None for any JSON, and
    the field that says so. Raises WishError for one that no answer can be given in."""
    choice = body.tool_choice
    if isinstance(choice, NamedTool) or choice == "required":
        functions = [tool.function for tool in body.tools or [] if tool.function]
        wanted = [f for f in functions if not isinstance(choice, NamedTool) or f.name == choice.function.name]
        if not wanted:
            raise WishError("tool_choice: `tools` has no such function", "tool_choice")
        errors = []
        for function in wanted:
            at = f"tools.{function.name}.parameters"
            try:
                check(function.parameters or {})
                return function.name, function.parameters or {}, at
            except NotFittingError as error:
                errors.append(error.under(at))
        raise WishError(f"{errors[0]}. With tool_choice auto the answer is given as text", "tool_choice")
    if body.response_format is None or body.response_format.type == "text":
        return None
    if body.response_format.type == "json_object":
        return "", None, "response_format"
    if body.response_format.json_schema is None:
        raise WishError("response_format.json_schema: Field required", "response_format.json_schema")
    schema = body.response_format.json_schema.schema_
    try:
        check(schema)
    except NotFittingError as error:
        raise WishError(error.under(_SCHEMA_AT), _SCHEMA_AT, "schema_does_not_fit") from None
    return "", schema, _SCHEMA_AT
