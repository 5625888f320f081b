"""OpenAI's chat protocol: an answer as its completion, whole or in chunks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from assistant.answers import Answer, new_id
from assistant.citations import marks
from assistant.server.bodies import ChatBody
from assistant.server.errors import error_body, logger
from assistant.server.events import in_threads, sse_data
from sources import tokens

MODEL = "youju"
"""The one model that `/v1/models` lists."""


class ChatReply:
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
        """The reply in pieces, each checked before it is sent; the one with the `finish_reason` carries `youju`."""
        head = self._head(new_id(), "chat.completion.chunk")
        yield sse_data(self._chunk(head, {"role": "assistant", "content": ""}))
        try:
            async for item in in_threads(items):
                if isinstance(item, str):
                    yield sse_data(self._chunk(head, {"content": item}))
                    continue
                last = self._chunk(head, {"annotations": self._links(item)}, finish_reason="stop")
                yield sse_data(last | {"youju": item.to_json()})
                if self._include_usage:
                    yield sse_data(head | {"choices": [], "usage": self._usage(item)})
        except Exception:  # noqa: BLE001  a client gets an error it can read, whatever went wrong
            logger.exception("a streamed answer failed")
            yield sse_data(error_body("the answer could not be finished; see the server's log", kind="server_error"))
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


def model_entry() -> dict[str, Any]:
    """The one model as `/v1/models` lists it."""
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "youju"}
