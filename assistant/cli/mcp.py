"""The command `youju mcp`: the tools over standard input and output, for a program that starts it"""

from __future__ import annotations

from assistant.cli.keeping import DataDir
from assistant.cli.opening import Sources, assistant_on


def mcp(sources: Sources = None, data_dir: DataDir = None) -> None:
    """给会用 MCP 的程序（Claude、Cursor 等）当工具：由它启动，经标准输入输出提问和查阅。"""
    import anyio

    from assistant.integrations.mcp.server import over_stdio

    with assistant_on(sources, data_dir) as assistant:
        anyio.run(over_stdio, assistant)
