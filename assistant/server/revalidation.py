"""ETags: what is read of the library may be kept by a client, which asks only whether it is still so (RFC 9110, 13.1)

An ETag is the digest of a reply's bytes: whatever a reply depends on, it is the same exactly as long as the reply is.
"""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.rights import route_of

KEPT = frozenset(
    {
        "/v1/documents",
        "/v1/documents/{document_id}",
        "/v1/documents/{document_id}/find",
        "/v1/documents/{document_id}/pages/{page}",
        "/v1/documents/{document_id}/tags",
        "/v1/documents/{document_id}/versions",
        "/v1/citations/{citation_id}",
        "/v1/facets",
        "/v1/figures",
        "/v1/figures/{document_id}/{place}",
        "/v1/metrics",
        "/v1/metrics/table",
        "/v1/tables",
        "/v1/tables/{table_id}",
        "/v1/tables/{table_id}/csv",
        "/openapi.json",
    }
)
"""The routes whose replies have one."""


class Revalidated:
    """ASGI middleware: gives a reply its ETag, and answers 304 where the client has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A reply that comes in several pieces is passed on as it is."""
        is_read = scope["type"] == "http" and scope["method"] == "GET"
        if not is_read or route_of(scope["path"].removeprefix(scope.get("root_path", ""))) not in KEPT:
            return await self._app(scope, receive, send)
        wanted = Headers(scope=scope).get("if-none-match", "")
        start: Message | None = None

        async def tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == 200:
                start = message
                return
            if start is not None:
                own, start = start, None
                if not message.get("more_body"):
                    headers = MutableHeaders(scope=own)
                    if "etag" not in headers:
                        headers["ETag"] = f'"{hashlib.sha256(message.get("body", b"")).hexdigest()[:32]}"'
                    headers.setdefault("Cache-Control", "private, no-cache")
                    headers.add_vary_header("Accept")
                    if _fits(wanted, headers["ETag"]):
                        del headers["content-length"]
                        own, message = {**own, "status": 304}, {**message, "body": b""}
                await send(own)
            await send(message)

        return await self._app(scope, receive, tagged)


def _fits(wanted: str, tag: str) -> bool:
    return wanted.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in wanted.split(",")]
