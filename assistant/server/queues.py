"""Turns: so many questions are answered at once, so many wait, and one more is told when to come again

Each kind of work has a lane of its own, so that what is light (`/v1/models`, `/healthz`) never waits behind questions.
Who leaves while waiting gives the place up.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import ceil

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.errors import error_body, error_response
from assistant.server.load import Load
from assistant.server.requests import record, said
from assistant.server.rights import right_of

_LIGHT = ("/v1/models", "/v1/me")
_MOST_WAIT_S = 60


class FullError(Exception):
    """There is no room to wait, or the wait took too long: again after `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s

    def __str__(self) -> str:
        """For whoever asked."""
        return said(
            f"现在提问的人太多，这里排不下了：请在 {self.wait_s} 秒后再试",
            f"Too many requests are waiting: please try again in {self.wait_s} s",
        )


class Lane:
    """So many at once, in the order in which they come; for one event loop."""

    def __init__(self, at_once: Callable[[], int], *, waiting: int, wait_s: float) -> None:
        self._at_once = at_once
        self._most = waiting
        self._wait_s = wait_s
        self._took_s = 0.5
        """How long one takes, about."""
        self._line: deque[asyncio.Future[None]] = deque()
        self.running = 0
        self.refused = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    def is_free(self) -> bool:
        """Whether the next one needn't wait."""
        return self.running < self._at_once() and not self._line

    async def enter(self) -> None:
        """Comes back when it is one's turn; `leave` has to follow. Raises FullError."""
        if self.is_free():
            self.running += 1
            return
        if len(self._line) >= self._most:
            raise self._full()
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            async with asyncio.timeout(self._wait_s):
                await turn
        except TimeoutError:
            self._withdraw(turn)
            raise self._full() from None
        except asyncio.CancelledError:
            self._withdraw(turn)
            raise

    def leave(self, took_s: float) -> None:
        """Lets the next one in."""
        self._took_s += (took_s - self._took_s) / 20
        self.running -= 1
        while self._line and self.running < self._at_once():
            turn = self._line.popleft()
            if not turn.done():
                self.running += 1
                turn.set_result(None)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Inside, it is one's turn. Raises FullError."""
        began = time.perf_counter()
        await self.enter()
        entered = time.perf_counter()
        if known := record():
            known.waited_s = entered - began
        try:
            yield
        finally:
            self.leave(time.perf_counter() - entered)

    def _withdraw(self, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():  # it was let in at the same moment
            self.leave(self._took_s)
        elif turn in self._line:
            self._line.remove(turn)

    def _full(self) -> FullError:
        self.refused += 1
        wait = (len(self._line) + self.running) * self._took_s / self._at_once()
        return FullError(min(_MOST_WAIT_S, max(1, ceil(wait))))


class Lanes:
    """The lanes of one server."""

    def __init__(self, load: Load, *, has_model: Callable[[], bool]) -> None:
        self.load = load
        self.answers = Lane(
            lambda: load.answers_at_once(has_model=has_model()), waiting=load.waiting, wait_s=load.wait_s
        )
        self.others = Lane(lambda: load.others, waiting=10 * load.others, wait_s=load.wait_s)
        self.uploads = Lane(lambda: load.uploads, waiting=load.uploads, wait_s=load.wait_s)
        self.is_closing = False
        """Whether the server has been told to stop."""

    def lane_of(self, method: str, path: str) -> Lane | None:
        """The one for a request; None where it is light, or the chat page's, which has a queue of its own."""
        if right_of(method, path).is_asking:
            return self.answers
        if not path.startswith("/v1/") or path.startswith(_LIGHT):
            return None
        is_upload = method in ("POST", "PUT") and path.startswith("/v1/documents") and path.count("/") <= 3
        return self.uploads if is_upload else self.others


class Queued:
    """ASGI middleware: waits until it is the request's turn. The whole body has to be at hand (`BodyLimit`), but for an
    upload."""

    def __init__(self, app: ASGIApp, *, lanes: Lanes) -> None:
        self._app = app
        self._lanes = lanes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 503 with Retry-After where there is no room."""
        path = scope["path"].removeprefix(scope.get("root_path", "")) if scope["type"] == "http" else ""
        lane = self._lanes.lane_of(scope["method"], path) if path else None
        if lane is None:
            return await self._app(scope, receive, send)
        began = time.perf_counter()
        try:
            if lane.is_free():
                await lane.enter()
                again: Receive | None = receive
            else:
                again = await _entered(lane, receive)
        except FullError as error:
            reply = refusal(scope, 503, str(error), error.wait_s, code="overloaded", kind="server_error")
            return await reply(scope, receive, send)
        if again is None:
            return None  # nobody waits for it any more
        entered = time.perf_counter()
        if known := record():
            known.waited_s = entered - began
        try:
            return await self._app(scope, again, send)
        finally:
            lane.leave(time.perf_counter() - entered)


async def _entered(lane: Lane, receive: Receive) -> Receive | None:
    """What the request is read from once it is its turn; None where the client has left before."""
    first = await receive()
    if first["type"] == "http.disconnect":
        return None
    entering = asyncio.ensure_future(lane.enter())
    # A body that isn't whole is an upload's: it is read later, and that its client has left is seen then.
    leaving = None if first.get("more_body") else asyncio.ensure_future(receive())
    try:
        await asyncio.wait({entering, *filter(None, [leaving])}, return_when=asyncio.FIRST_COMPLETED)
        if not entering.done():
            return None
        entering.result()
    except BaseException:
        if leaving is not None:
            leaving.cancel()
        raise
    finally:
        if not entering.done():
            entering.cancel()
    kept: list[Message] = [first]

    async def again() -> Message:
        if kept:
            return kept.pop()
        return await (leaving if leaving is not None and not leaving.cancelled() else receive())

    return again


def refusal(scope: Scope, status: int, message: str, wait_s: int, *, code: str, kind: str) -> Response:
    """Why there is no reply now, with Retry-After; as an event for a client that reads only those."""
    headers = {"Retry-After": str(wait_s), "Cache-Control": "no-store"}
    if "text/event-stream" in Headers(scope=scope).get("accept", ""):
        told = json.dumps(error_body(message, code=code, kind=kind), ensure_ascii=False)
        event = f"retry: {wait_s * 1000}\nevent: error\ndata: {told}\n\n"
        return Response(event, status, headers, media_type="text/event-stream")
    reply = error_response(status, message, code=code, kind=kind)
    reply.headers.update(headers)
    return reply
