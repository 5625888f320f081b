"""Stopping: a server that is told to stop (SIGTERM, Ctrl+C) takes nothing new, finishes what it has begun, and ends

It waits so long as `Load.stop_s` says. The chat page's heartbeats, which never end by themselves, aren't waited for.
"""

from __future__ import annotations

import asyncio
import signal
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.server.queues import Lanes

_ENDLESS = "/gradio_api/heartbeat/"


class Stopping(uvicorn.Server):
    """uvicorn's server, which says in `lanes` that it is told to stop."""

    def __init__(self, config: uvicorn.Config, lanes: Lanes) -> None:
        super().__init__(config)
        self._lanes = lanes

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Once is to finish; twice, as uvicorn has it for Ctrl+C, is to end at once, with any signal."""
        if self.should_exit and sig in (signal.SIGINT, signal.SIGTERM):
            self.force_exit = True
        self._lanes.is_closing = True
        super().handle_exit(sig, frame)


class EndlessOnes:
    """ASGI middleware: ends what never ends by itself, once the server is told to stop."""

    def __init__(self, app: ASGIApp, *, lanes: Lanes) -> None:
        self._app = app
        self._lanes = lanes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything else through."""
        path = scope["path"].removeprefix(scope.get("root_path", "")) if scope["type"] == "http" else ""
        if not path.startswith(_ENDLESS):
            return await self._app(scope, receive, send)
        serving = asyncio.ensure_future(self._app(scope, receive, send))
        try:
            while not serving.done() and not self._lanes.is_closing:
                await asyncio.wait({serving}, timeout=0.5)
        finally:
            serving.cancel()
        try:
            await serving
        except asyncio.CancelledError:
            return None
