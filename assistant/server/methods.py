"""Methods: OPTIONS says which there are, HEAD is GET without its body, and a wrong one is told the right ones"""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.errors import error_response
from assistant.server.requests import record, said
from assistant.server.rights import methods_of, route_of


class Methods:
    """ASGI middleware: lets a request through whose method its path has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 405 with Allow to another one; a path that isn't known is left to others."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path, method = scope["path"].removeprefix(scope.get("root_path", "")), scope["method"]
        allowed = methods_of(path)
        if known := record():
            known.route = route_of(path)
        if method in allowed or not allowed:
            return await self._app(scope, receive, send)
        if method == "HEAD" and "GET" in allowed and not path.startswith("/gradio_api/"):
            return await self._app({**scope, "method": "GET"}, receive, _without_body(send))
        allow = {"Allow": ", ".join(sorted({*allowed, "OPTIONS", *(["HEAD"] if "GET" in allowed else [])}))}
        if method == "OPTIONS":
            return await Response(status_code=204, headers=allow)(scope, receive, send)
        shown = method[:20]
        reply = error_response(
            405,
            said(
                f"{path[:200]} 不接受 {shown}：请用 {allow['Allow']}",
                f"{path[:200]} takes {allow['Allow']}, not {shown}",
            ),
            code="method_not_allowed",
        )
        reply.headers.update(allow)
        return await reply(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def silent(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return silent
