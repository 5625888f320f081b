"""What the server lets be asked of Gradio, and the headers that keep a page to itself.

Gradio serves far more than our page uses: files, uploads that nobody takes, proxies to other hosts, links that write.
So what the page uses is listed, and the rest is not there.
"""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.door import is_page_request
from assistant.server.errors import error_response
from assistant.server.requests import said
from assistant.web.login_page import lost_page
from assistant.web.shell import THEME_FIRST, words_of

_OWN = re.compile(
    r"/(?:$|v1/|page/|s/|library(?:/|$)|figures(?:/|$)|settings$|feedback$|login(?:/|$)|logout$|audit$"
    r"|healthz$|readyz$|metrics$|mcp$|widget\.js$|openapi\.json$)"
)
_FILE = r"[A-Za-z0-9_.@+-]{1,255}(?:/[A-Za-z0-9_.@+-]{1,255})*"
"""No disk has a longer name, and to look for one is an error."""
_GRADIO = re.compile(
    rf"/(?:(?:assets|static|svelte)/{_FILE}|theme\.css|favicon\.ico|config|manifest\.json"
    r"|gradio_api/(?:queue/(?:join|data)|cancel|reset|heartbeat/.*|startup-events|app_id|info))"
)
"""What its page and its client ask for."""
_COMMON = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
    "script-src 'self'"
)
_THEME = base64.b64encode(hashlib.sha256(THEME_FIRST.encode()).digest()).decode()
_OF_PAGES = f"{_COMMON} 'sha256-{_THEME}'"
# Gradio starts from scripts in its page, and makes functions of the ones that its components come with.
_OF_GRADIO = f"{_COMMON} 'unsafe-inline' 'unsafe-eval'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class OwnPathsOnly:
    """ASGI middleware: answers only to paths of ours and to those of Gradio's that the chat page uses, with the
    headers of a page that loads nothing from elsewhere and stands in no other site's frame."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 404 to any other path."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        is_own = _OWN.match(path)
        is_page = path != "/" and bool(is_own)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", _OF_PAGES if is_page else _OF_GRADIO)
            await send(message)

        if not is_own and not _GRADIO.fullmatch(path):
            headers = Headers(scope=scope)
            if is_page_request(scope, headers):
                is_page = True
                words = words_of(Request(scope).cookies)
                page = lost_page(words, up="../" * min(path.count("/") - 1, 50) or "./")
                return await HTMLResponse(page, 404)(scope, receive, guarded)
            why = said(f"这里没有 {path[:200]}：请检查地址", f"there is nothing at {path[:200]}")
            return await error_response(404, why, code="not_found")(scope, receive, guarded)
        return await self._app(scope, receive, guarded)
