"""The command `youju mcp`: the tools over standard input and output, for a program that starts it"""

from __future__ import annotations

import sys

import typer

from assistant.cli.keeping import DataDir
from assistant.cli.opening import Sources, assistant_on


def mcp(sources: Sources = None, data_dir: DataDir = None) -> None:
    """给会用 MCP 的程序（Claude、Cursor 等）当工具：由它启动，经标准输入输出提问和查阅。"""
    import anyio

    from assistant.integrations.mcp.server import over_stdio

    with assistant_on(sources, data_dir) as assistant:
        if sys.stdin.isatty():
            typer.echo("（等着 MCP 客户端说话：这条命令由它来启动，写法见 docs/python.md；按 Ctrl+C 结束）", err=True)
        anyio.run(over_stdio, assistant)
