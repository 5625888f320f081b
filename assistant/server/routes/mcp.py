"""MCP over HTTP: the tools at /mcp, behind the same door as all routes

A key or an account that may ask may call `ask` and `search`; the other tools need that it may read, too.
What counts as a question waits its turn among those of the other routes, and may take as long as there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

import anyio
from starlette.requests import Request
from starlette.routing import Route

from assistant.accounts.limits import Counts, LimitedError
from assistant.integrations.mcp.server import OverHttp, mcp_server
from assistant.integrations.mcp.tools import Tool, ToolError
from assistant.server.door import address_of, count_question
from assistant.server.load import LOAD
from assistant.server.owners import principal_of
from assistant.server.queues import FullError, Lanes
from index.catalog.moments import read_by

if TYPE_CHECKING:
    from assistant.ask import Assistant

MCP_PATH = "/mcp"


def mcp_route(
    assistant: Assistant, counts: Counts, lanes: Lanes, *, seconds: float = LOAD.answer_s
) -> tuple[Route, OverHttp]:
    """POST /mcp, and what has to be running while it is answered. With no sessions there is neither a stream to GET nor
    one to DELETE. A call is broken off after `seconds`."""

    @asynccontextmanager
    async def gate(request: Request | None, tool: Tool) -> AsyncIterator[None]:
        assert request is not None
        who = principal_of(request)
        if not who.may(tool.need):
            raise ToolError(f"这个密钥或账号不能用 {tool.name}：要有 {tool.need} 权限。请管理员另发一个")
        if tool.is_asking:
            try:
                count_question(counts, who, address_of(request.scope))
            except LimitedError as error:
                raise ToolError(str(error)) from None
        try:
            async with lanes.answers.turn() if tool.is_asking else nullcontext():
                with read_by(who.groups), anyio.fail_after(seconds):
                    yield
        except FullError as error:
            raise ToolError(str(error)) from None
        except TimeoutError:
            raise ToolError(f"{tool.name} 用的时间太长，已经停下：请把问题拆小，或稍后再试") from None

    served = OverHttp(mcp_server(assistant, gate=gate))
    return Route(MCP_PATH, served, methods=["POST"], include_in_schema=False), served
