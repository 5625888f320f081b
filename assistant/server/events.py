"""Server-sent events: an answer as it is written."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, TypeVar

from anyio import to_thread
from fastapi.responses import StreamingResponse

from assistant.answers import Answer
from assistant.server.errors import error_body, logger

_END = object()
T = TypeVar("T")


async def ask_events(items: Iterator[str | Answer]) -> AsyncIterator[str]:
    """An answer's checked pieces as `delta` events, which together are its text, then the `answer`, or an `error`."""
    try:
        async for item in in_threads(items):
            if isinstance(item, str):
                yield sse_data({"text": item}, event="delta")
            else:
                yield sse_data(item.to_json(), event="answer")
    except Exception:  # noqa: BLE001  a client gets an error it can read, whatever went wrong
        logger.exception("a streamed answer failed")
        yield sse_data(error_body("the answer could not be finished", kind="server_error"), event="error")


async def in_threads(items: Iterator[T]) -> AsyncIterator[T]:
    """The items, each awaited in a worker thread; when the client leaves, the iterator is closed after its next one."""
    try:
        while (item := await to_thread.run_sync(next, items, _END)) is not _END:
            yield item  # type: ignore[misc]  # next() gives T or _END
    finally:
        if close := getattr(items, "close", None):
            close()


def chat_events(lines: AsyncIterator[str]) -> StreamingResponse:
    """A response that sends the events as they come, through proxies too."""
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


def sse_data(payload: Mapping[str, Any], *, event: str = "") -> str:
    """One event, named or not, as it goes over the wire."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(payload, ensure_ascii=False)}\n\n"
