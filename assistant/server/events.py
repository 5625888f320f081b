"""Server-sent events: an answer as it is written."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, suppress
from typing import Any, TypeVar

from anyio import create_task_group, sleep, to_thread
from fastapi.responses import StreamingResponse

from assistant.answers import Answer
from assistant.conversations.citations import Citations
from assistant.leaving import LeftError, left_when
from assistant.server.errors import error_body, logger
from assistant.server.load import LOAD
from assistant.server.paths import outward
from assistant.server.requests import note_outcome, said

_END = object()
_LOOK_S = 0.25
"""How often it is seen whether a client that gets its reply as a whole is still there."""
T = TypeVar("T")


async def ask_events(items: Iterator[str | Answer], *, seconds: float = LOAD.answer_s) -> AsyncIterator[str]:
    """An answer's checked pieces as `delta` events, which together are its text, then the `answer`, or an `error`, also
    where it takes longer than `seconds`."""
    try:
        async for item in not_beyond(in_threads(items), seconds):
            if isinstance(item, str):
                yield sse_data({"text": item}, event="delta")
            else:
                note_outcome(item.status)
                yield sse_data(item.to_json(), event="answer")
    except TooLongError:
        yield sse_data(too_long(), event="error")
    except Exception:  # noqa: BLE001  a client gets an error it can read, whatever went wrong
        logger.exception("a streamed answer failed")
        message = said(
            "回答没能写完，请再试一次；原因记在服务器日志里", "the answer could not be finished; see the log"
        )
        yield sse_data(error_body(message, kind="server_error"), event="error")


class TooLongError(Exception):
    """An answer took longer than it may."""


def too_long() -> dict[str, Any]:
    """That error, as clients get it."""
    message = said(
        "回答用的时间太长，已经停下：请把问题拆小，或稍后再试", "the answer took too long and was broken off"
    )
    return error_body(message, code="timeout", kind="server_error")


async def within(items: AsyncIterator[T], seconds: float) -> T | None:
    """The last of the items; None where there is none. Raises TooLongError: what computes one can't be broken off, so
    that is seen after each."""
    last: T | None = None
    async with aclosing(not_beyond(items, seconds)) as coming:
        async for item in coming:
            last = item
    return last


async def not_beyond(items: AsyncIterator[T], seconds: float) -> AsyncGenerator[T]:
    """The items, as long as they come in time. Raises TooLongError."""
    deadline = time.monotonic() + seconds
    try:
        async for item in items:
            yield item
            if time.monotonic() > deadline:
                raise TooLongError
    finally:
        if close := getattr(items, "aclose", None):
            await close()


def keeping(items: Iterator[str | Answer], citations: Citations, owner: str) -> Iterator[str | Answer]:
    """The items; what the answer quotes is kept before it is told."""
    try:
        for item in items:
            if isinstance(item, Answer):
                citations.keep(owner, item)
            yield item
    finally:
        if close := getattr(items, "close", None):
            close()


async def in_threads(items: Iterator[T], *, left: Callable[[], Awaitable[bool]] | None = None) -> AsyncIterator[T]:
    """The items, each awaited in a worker thread. When the client leaves (which a stream is told by being cancelled, a
    whole reply only where it asks, by `left`), what makes the next one is told (`assistant.leaving`), the iterator is
    closed, and there are no more."""
    gone = threading.Event()

    def step() -> object:
        with left_when(gone):
            return next(items, _END)

    try:
        while (item := await _watched(step, gone, left)) is not _END and not gone.is_set():
            yield item  # type: ignore[misc]  # next() gives T or _END
    except LeftError:
        return
    finally:
        gone.set()
        if close := getattr(items, "close", None):
            with suppress(ValueError):  # still at its next item, where the server itself is stopped
                close()


async def _watched(
    step: Callable[[], object], gone: threading.Event, left: Callable[[], Awaitable[bool]] | None
) -> object:
    """What `step` gives back, in a thread, which can't be broken off: `gone` is set where nobody waits for it."""
    outcome: list[object] = []
    failure: list[Exception] = []

    async def watch() -> None:
        try:
            while left is None or not await left():
                await sleep(_LOOK_S)
        finally:
            if not outcome and not failure:
                gone.set()

    async with create_task_group() as group:
        group.start_soon(watch)
        try:
            outcome.append(await to_thread.run_sync(step))
        except Exception as error:  # noqa: BLE001  raised below: the group would wrap it up
            failure.append(error)
        group.cancel_scope.cancel()
    if failure:
        raise failure[0]
    return outcome[0]


def chat_events(lines: AsyncIterator[str]) -> StreamingResponse:
    """A response that sends the events as they come, through proxies too."""
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


def sse_data(payload: Mapping[str, Any], *, event: str = "") -> str:
    """One event, named or not, as it goes over the wire."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(outward(payload), ensure_ascii=False)}\n\n"
