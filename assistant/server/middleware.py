"""Middleware: how large a request may be, and what a crash answers"""

from __future__ import annotations

import asyncio
import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.errors import error_response, logger
from assistant.server.load import LOAD
from assistant.server.requests import said

MAX_BODY_BYTES = 4_000_000
"""Of any request but an upload; the chat page sends its whole conversation along."""
_UPLOAD = re.compile(r".*/v1/documents(/[^/]+)?")


class BodyLimit:
    """ASGI middleware: a request with a longer body gets status 413, however the length is declared."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, within_s: float = LOAD.body_s) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the body, at most one chunk past the limit, and hands it on; 408 where it doesn't come in time."""
        if scope["type"] != "http" or _is_upload(scope):
            return await self._app(scope, receive, send)  # it is written to the disk as it comes, see `multipart`
        body = bytearray()
        try:
            async with asyncio.timeout(self._within_s):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > self._max_bytes:
                        return await _too_long(self._max_bytes)(scope, receive, send)
        except TimeoutError:
            why = said(
                f"请求的内容 {self._within_s:g} 秒内没有传完：请检查网络后再试",
                f"the body didn't come within {self._within_s:g} s: please try again",
            )
            slow = error_response(408, why, code="body_timeout")
            slow.headers["Connection"] = "close"
            return await slow(scope, receive, send)
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        return await self._app(scope, replay, send)


def _too_long(most: int) -> ASGIApp:
    why = said(
        f"请求超过 {most / 1e6:g} MB 的上限：请缩短，文件请用 multipart/form-data 上传",
        f"the request is longer than {most} bytes; bring files as multipart/form-data",
    )
    return error_response(413, why, code="too_large")


def _is_upload(scope: Scope) -> bool:
    is_form = Headers(scope=scope).get("content-type", "").lower().startswith("multipart/form-data")
    return is_form and scope["method"] in ("POST", "PUT") and _UPLOAD.fullmatch(scope["path"]) is not None


class CrashAnswer:
    """ASGI middleware: what goes wrong unforeseen is answered with status 500 and stands in the server's log only.

    Starlette's own handler raises the error once more, on which uvicorn drops the connection under the next request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything through; an error in the middle of a reply ends the connection."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            logger.exception("%s %s failed", scope["method"], scope["path"])
            answer = error_response(
                500,
                said("服务器出错了，没能回答：原因记在它的日志里", "the server failed to answer; see its log"),
                code="internal_error",
                kind="server_error",
            )
            await answer(scope, receive, send)
