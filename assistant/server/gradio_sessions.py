"""Gradio's sessions: each is of whoever it was first used by

A page of Gradio's gives itself a random name and fetches under it what its events answer. Whoever knew the name could
fetch them, too, or end them: so the name is held to the owner that it came with first.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.errors import error_response
from assistant.server.owners import owner_of

_MOST = 50_000
_PREFIX = "/gradio_api/"
_IN_BODY = re.compile(r"/gradio_api/(?:queue/join|cancel|reset)/?")
_HEARTBEAT = re.compile(r"/gradio_api/heartbeat/(?P<session>.*)")


class OwnSessions:
    """ASGI middleware: answers 404 to who comes with the name of another owner's session."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is nobody's yet, or the same owner's; reads the body where the name stands there."""
        path = scope["path"].removeprefix(scope.get("root_path", "")) if scope["type"] == "http" else ""
        if not path.startswith(_PREFIX):
            return await self._app(scope, receive, send)
        named = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [])
        if found := _HEARTBEAT.fullmatch(path):
            named.append(found["session"])
        again = receive
        if _IN_BODY.fullmatch(path):
            kept = await _whole(receive)
            named += _named_in(kept)
            body: list[Message] = [{"type": "http.request", "body": kept, "more_body": False}]

            async def replay() -> Message:
                return body.pop() if body else await receive()

            again = replay
        owner = owner_of(HTTPConnection(scope))
        if not all(self._is_of(session, owner) for session in named):
            return await error_response(404, "there is no such session")(scope, receive, send)
        return await self._app(scope, again, send)

    def _is_of(self, session: str, owner: str) -> bool:
        with self._lock:
            known = self._owners.setdefault(session, owner)
            self._owners.move_to_end(session)
            if len(self._owners) > _MOST:
                self._owners.popitem(last=False)
            return known == owner


async def _whole(receive: Receive) -> bytes:
    """The body; how long it may be has been seen to."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _named_in(body: bytes) -> list[str]:
    try:
        session = json.loads(body).get("session_hash")
    except (ValueError, AttributeError):
        return []  # Gradio refuses it
    return [session] if isinstance(session, str) else []
