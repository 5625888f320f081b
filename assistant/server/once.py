"""Idempotency keys: a write that is sent again with the same key is not done again; its reply is told once more

A client that doesn't know whether a request got through sends it again with the same header Idempotency-Key. For a day
the reply of the first is kept beside the conversations, so also across a restart. The same key with another request is
told so (409), and one that is still being done, too. Replies with a secret, streams and files aren't kept: of
those only that they were done.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from typing import Any

import sqlalchemy as sa
from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.conversations.schema import bring_up_to_date
from assistant.server.errors import error_response
from assistant.server.multipart import FormDigest, pieces
from assistant.server.owners import owner_of
from assistant.server.requests import said
from assistant.uploads.store import UploadError

HEADER = "Idempotency-Key"
_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ONLY_ASK = frozenset({"/v1/ask", "/v1/search", "/v1/figures", "/v1/export", "/v1/chat/completions"})
"""Those that change nothing, and may be sent as often as one likes."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_S = 24 * 3600.0
_DOING_S = 600.0
"""A request that is still being done after so long was cut off, with the server: it may be done again."""
_MOST_BYTES = 1_000_000
_TOLD_AGAIN = ("content-type", "location", "etag")

TABLES = sa.MetaData()
REPLIES = sa.Table(
    "replies",
    TABLES,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request", sa.Text, nullable=False),  # its digest; empty as long as a form is still coming
    sa.Column("created", sa.Double, nullable=False, index=True),
    sa.Column("status", sa.Integer),  # null while it is being done
    sa.Column("headers", sa.Text, nullable=False),  # JSON; empty where the reply isn't kept
    sa.Column("body", sa.LargeBinary, nullable=False),
)


class Replies:
    """What was replied to whom, under their keys."""

    def __init__(self, engine: sa.Engine) -> None:
        self._writing = engine.execution_options(writes=True)
        with self._writing.begin() as connection:
            shown = engine.url.database or engine.url.render_as_string(hide_password=True)
            bring_up_to_date(connection, shown, tables=TABLES, name="replies", steps=())

    def begin(self, owner: str, key: str, request: str) -> dict[str, Any] | None:
        """None where it is to be done now; else what is known of the one before."""
        r, now = REPLIES.c, time.time()
        own = (r.owner == owner) & (r.key == key)
        with self._writing.begin() as connection:
            connection.execute(REPLIES.delete().where(r.created < now - _KEPT_S))
            connection.execute(REPLIES.delete().where(own & r.status.is_(None) & (r.created < now - _DOING_S)))
            found = connection.execute(sa.select(REPLIES).where(own)).mappings().one_or_none()
            if found is not None:
                return dict(found)
            row = {"owner": owner, "key": key, "request": request, "created": now, "headers": "", "body": b""}
            connection.execute(REPLIES.insert().values(row))
        return None

    def end(self, owner: str, key: str, request: str, status: int, headers: dict[str, str] | None, body: bytes) -> None:
        """Keeps the reply; None for headers where only its status is kept."""
        own = (REPLIES.c.owner == owner) & (REPLIES.c.key == key)
        told = "" if headers is None else json.dumps(headers)
        with self._writing.begin() as connection:
            connection.execute(
                REPLIES.update().where(own).values(request=request, status=status, headers=told, body=body)
            )

    def forget(self, owner: str, key: str) -> None:
        """Of one that wasn't done, so that it may be tried again."""
        with self._writing.begin() as connection:
            connection.execute(REPLIES.delete().where((REPLIES.c.owner == owner) & (REPLIES.c.key == key)))


class Once:
    """ASGI middleware: does a write with an Idempotency-Key once. A request is known by its whole body, which has to be
    at hand (`BodyLimit`); a form by its parts, which are hashed as they come."""

    def __init__(self, app: ASGIApp, *, replies: Replies) -> None:
        self._app = app
        self._replies = replies
        self._threads: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers from what is kept where the key is known."""
        if scope["type"] != "http" or scope["method"] not in _WRITING:
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if (key := headers.get(HEADER)) is None or not path.startswith("/v1/") or path in ONLY_ASK:
            return await self._app(scope, receive, send)
        if not _KEY.fullmatch(key):
            why = said(
                "Idempotency-Key 要是 1 到 200 个可见的 ASCII 字符", "has to be 1 to 200 visible ASCII characters"
            )
            return await error_response(422, why, HEADER, "bad_idempotency_key")(scope, receive, send)
        owner = owner_of(HTTPConnection(scope))
        try:
            form = FormDigest(headers.get("content-type", ""))
        except ValueError:
            coming = _Coming(receive, await receive())
            if coming.is_gone:
                return None
        else:
            coming = _Coming(receive, None, form)
        known = await self._run(self._replies.begin, owner, key, coming.digest(scope))
        if known is not None:
            try:
                if known["status"] is not None:
                    await coming.rest(scope)
            except ClientDisconnect:
                return None
            except UploadError as error:
                return await error_response(error.status, str(error), code=error.code)(scope, receive, send)
            return await _again(known, coming.digest(scope))(scope, receive, send)

        heard = _Heard(send)
        try:
            await self._app(scope, coming, heard)
        except BaseException:
            await self._run(self._replies.forget, owner, key)
            raise
        # What failed here, had no turn, or wasn't read to its end, is to be tried again; what was wrong with it stays
        # wrong. The reply's end is sent when that is kept: who has it may send the request again at once.
        request = coming.digest(scope)
        if not request or heard.status >= 500 or heard.status in (0, 401, 408, 409, 429):
            await self._run(self._replies.forget, owner, key)
        else:
            await self._run(self._replies.end, owner, key, request, heard.status, heard.headers(), bytes(heard.body))
        return await heard.finish()

    async def _run(self, work: Any, *arguments: Any) -> Any:
        if self._threads is None:
            self._threads = CapacityLimiter(8)
        return await to_thread.run_sync(work, *arguments, limiter=self._threads)


class _Coming:
    """The body of a request, which the application takes as its `receive`, and what it is known by."""

    def __init__(self, receive: Receive, first: Message | None, form: FormDigest | None = None) -> None:
        self._receive = receive
        self._first = first
        self._body = first.get("body", b"") if first else b""
        self._form = form
        self.is_gone = first is not None and first["type"] == "http.disconnect"
        """Whether the client has left."""

    async def __call__(self) -> Message:
        message, self._first = self._first or await self._receive(), None
        if self._form is not None and message["type"] == "http.request":
            await to_thread.run_sync(self._form.write, message.get("body", b""))
        return message

    async def rest(self, scope: Scope) -> None:
        """Reads a form that nobody else does. Raises UploadError and ClientDisconnect, see `pieces`."""
        if self._form is not None:
            async for _ in pieces(Request(scope, self)):
                pass

    def digest(self, scope: Scope) -> str:
        """What tells the request from others; empty as long as a form hasn't come whole."""
        body = self._form.whole() if self._form is not None else self._body
        if body is None:
            return ""
        told = (scope["method"], scope["path"], scope.get("query_string", b"").decode("latin-1"))
        return hashlib.sha256("\n".join(told).encode() + b"\n" + body).hexdigest()


class _Heard:
    """Passes a reply on but for its end, and knows it afterwards."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._headers = Headers()
        self.status = 0
        self.body = bytearray()
        self._is_long = False
        self._last: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self._headers = message["status"], Headers(raw=list(message.get("headers", ())))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if len(self.body) > _MOST_BYTES or self._is_long:
                self._is_long = True
                self.body.clear()
            if not message.get("more_body"):
                self._last = message
                return
        await self._send(message)

    async def finish(self) -> None:
        """Sends the end."""
        if self._last is not None:
            await self._send(self._last)

    def headers(self) -> dict[str, str] | None:
        """Those that are told again; None where the reply mustn't or can't be kept."""
        is_json = self._headers.get("content-type", "application/json").startswith("application/json")
        if self._is_long or not is_json or "no-store" in self._headers.get("cache-control", ""):
            self.body.clear()
            return None
        return {name: self._headers[name] for name in _TOLD_AGAIN if name in self._headers}


def _again(known: dict[str, Any], request: str) -> Response:
    # As long as the first, a form, is still coming, nobody knows whether it is the same.
    if known["request"] and known["request"] != request:
        why = said(
            "这个 Idempotency-Key 已用于另一个请求：请换一个新的",
            "this Idempotency-Key was used for another request: take a new one",
        )
        return error_response(409, why, HEADER, "idempotency_key_reused")
    if known["status"] is None:
        why = said("同一个请求还在处理：请稍后再试", "the same request is still being done: try again in a moment")
        reply: Response = error_response(409, why, HEADER, "still_being_done")
        reply.headers["Retry-After"] = "1"
        return reply
    if not known["headers"]:
        why = said(
            f"这个请求已经做过（当时的状态是 {known['status']}），它的回复没有保留",
            f"this request was done before, with status {known['status']}; its reply is not kept",
        )
        return error_response(409, why, HEADER, "done_before")
    headers = json.loads(known["headers"]) | {"Idempotent-Replayed": "true"}
    return Response(known["body"], known["status"], headers)
