"""An application on a real port, for tests with real clients."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import uvicorn

from assistant.server.access import LOCAL, Access
from assistant.server.app import create_app


def app_with_page(assistant: Any, access: Access = LOCAL, **more: Any) -> Any:
    """The whole application, made inside an event loop: outside of one, Gradio opens some that it never closes."""

    async def made() -> Any:
        return create_app(assistant, access=access, **more)

    return asyncio.run(made())


class _Prompt(uvicorn.Server):
    """Ends as soon as it should: uvicorn looks ten times a second, and waits a tenth of one for connections that it may
    not have, after each of some hundred tests."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        await self.lifespan.shutdown()


class Server:
    """An application served on a free port of loopback, in a thread."""

    def __init__(self, app: Any) -> None:
        self._server = _Prompt(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
