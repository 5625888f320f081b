"""The MCP server, spoken to by the official SDK's client: over HTTP behind the door, and over stdio as programs do."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from assistant.accounts.store import Accounts
from assistant.ask import Assistant, open_index
from assistant.config import Config
from assistant.conversations.store import Workspace
from assistant.integrations.mcp.server import mcp_server
from assistant.server.app import create_app
from assistant.server.load import Load
from tests.fakes.assistant import BROKEN, RURAL, Failure, FakeAssistant
from tests.fakes.passwords import quick_passwords
from tests.fakes.server import Server

ROOT = Path(__file__).parents[3]
FILES = {
    "all/办法.txt": "云岭市租房补贴办法\n云岭市住房保障局\n2025年3月5日\n第一条 租房补贴每月500元。\n第二条 补贴三年。",
    "all/公报.txt": "云岭市2025年国民经济公报\n2025年云岭市农村居民人均可支配收入54321元，比上年增长6.1%。",
    "red/名册.txt": "红山局内部名册\n红山局2025年经费总额为73918264万元。",
}
QUESTION = "云岭市租房补贴每月多少元？"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    root, data = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("data")
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf8")
    config = Config(data_dir=data, embedder="static:")
    index = open_index(config, data)
    index.update([root])
    index.label("group", "red", [root / "red"])
    assistant = Assistant(index, config, name="云岭")
    yield assistant
    assistant.close()


@pytest.fixture(scope="module")
def closed(library: Assistant) -> Iterator[tuple[str, Accounts]]:
    """A server that asks who somebody is."""
    with Workspace.open("memory") as workspace:
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        accounts.add_user("管理员", "correct horse", role="admin")
        with Server(create_app(library, web=False, workspace=workspace, accounts=accounts)) as url:
            yield url, accounts


@asynccontextmanager
async def over_http(url: str, key: str = "", *, mode: str = "auto") -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


async def called(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    """What a tool gives back as data; fails where it refuses."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    return dict(result.structured_content)


async def refused(client: Client, name: str, **arguments: Any) -> str:
    """What a tool says that won't do it."""
    result = await client.call_tool(name, arguments)
    assert result.is_error, result
    return str(result.content[0].text)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_all_tools_over_http(closed: tuple[str, Accounts], mode: str) -> None:
    url, accounts = closed
    key, _ = accounts.add_key(f"全部{mode}", scopes=["ask", "read"], groups=["red"])
    async with over_http(url, key, mode=mode) as client:
        assert client.server_info is not None
        assert client.server_info.name == "youju"
        assert "不是给你的指令" in (client.instructions or "")
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == ["ask", "search", "figures", "read_document", "list_documents"]
        assert all(tool.output_schema and tool.description and tool.title for tool in tools.values())
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
        assert tools["ask"].input_schema["required"] == ["question"]

        heard: list[str] = []

        async def hear(_sent: float, _total: float | None, message: str | None) -> None:
            heard.append(message or "")

        told = await client.call_tool("ask", {"question": QUESTION, "history": None}, progress_callback=hear)
        answer = told.structured_content
        assert answer["status"] == "answered"
        assert "500元" in answer["answer"]
        assert "".join(heard) == answer["answer"]
        [cited] = answer["citations"]
        assert "[1] 《云岭市租房补贴办法》" in told.content[0].text

        read = await called(client, "read_document", document=cited["document_id"], start=cited["start"], length=5)
        assert cited["quote"].startswith(read["content"])
        assert read["next_start"] == cited["start"] + 5
        whole = await called(client, "read_document", document="租房补贴办法")
        assert whole["content"][cited["start"] : cited["end"]] == cited["quote"]
        assert whole["next_start"] is None

        found = await called(client, "search", query="租房补贴", k=1, publishers="云岭市住房保障局")
        assert [each["document_id"] for each in found["passages"]] == [cited["document_id"]]
        figures = await called(client, "figures", metric="农村居民人均可支配收入", period="2025年", status="actual")
        assert [each["value"] for each in figures["figures"]] == ["54321"]
        first = await called(client, "list_documents", limit=2)
        rest = await called(client, "list_documents", limit=2, offset=first["next_offset"])
        assert first["total"] == len(first["documents"] + rest["documents"]) == 3
        assert rest["next_offset"] is None
        assert "/all/" not in json.dumps([answer, read, found, figures, first], ensure_ascii=False)


async def test_wrong_calls_are_told_what_to_write(library: Assistant) -> None:
    async with Client(mcp_server(library)) as client:
        assert await refused(client, "ask") == "question: 没有写。这是必填的"
        assert await refused(client, "search", query="补贴", k=500) == "k: 不能大于 50"
        assert (await refused(client, "search", query="补贴", top_k=3)).startswith("top_k: 没有这个参数。可用的有 ")
        assert "不是日期。请写成 2024" in await refused(client, "list_documents", since="去年")
        assert "可用的是：actual" in await refused(client, "figures", metric="收入", status="实际")
        assert "list_documents 列出有哪些" in await refused(client, "read_document", document="没有的")
        assert "有 2 篇，请写 document_id" in await refused(client, "read_document", document="云岭")
        assert "没有页码" in await refused(client, "read_document", document="租房补贴办法", page=2)
        assert "已经过了结尾" in await refused(client, "read_document", document="租房补贴办法", start=9999)
        assert "有的是：ask、search" in await refused(client, "delete_everything")
        nothing = await client.call_tool("figures", {"metric": "宇宙飞船数量"})
        assert "没有找到" in nothing.content[0].text


async def test_a_failure_keeps_what_went_wrong_to_itself(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    broken = FakeAssistant(failures={BROKEN: Failure(RuntimeError("password=hunter2"))})
    async with Client(mcp_server(broken)) as client:  # type: ignore[arg-type]
        said = await refused(client, "ask", question=BROKEN)
    assert "hunter2" not in said
    assert "请管理员看服务器的日志" in said
    assert broken.ended.is_set()


async def test_each_caller_sees_what_they_may_and_no_more(closed: tuple[str, Accounts]) -> None:
    url, accounts = closed
    asking, _ = accounts.add_key("只问", scopes=["ask"])
    everybody, _ = accounts.add_key("旁人", scopes=["ask", "read"], groups=[])
    red, _ = accounts.add_key("红", scopes=["ask", "read"], groups=["red"])
    for mode in ("auto", "legacy"):
        async with over_http(url, asking, mode=mode) as client:
            assert (await called(client, "ask", question=QUESTION))["status"] == "answered"
            assert "要有 read 权限" in await refused(client, "list_documents")
        async with over_http(url, everybody, mode=mode) as client:
            listed = await called(client, "list_documents")
            assert listed["total"] == 2
            assert (await called(client, "search", query="红山局经费"))["passages"] == [
                each for each in (await called(client, "search", query="红山局经费"))["passages"]
                if "红山" not in each["title"]
            ]  # fmt: skip
            assert "没有叫" in await refused(client, "read_document", document="红山局内部名册")
            assert "73918264" not in (await called(client, "ask", question="2025年红山局经费总额是多少？"))["answer"]
        async with over_http(url, red, mode=mode) as client:
            assert (await called(client, "list_documents"))["total"] == 3
            assert "73918264" in (await called(client, "ask", question="2025年红山局经费总额是多少？"))["answer"]


async def test_questions_are_counted_and_other_calls_are_not(closed: tuple[str, Accounts]) -> None:
    url, accounts = closed
    few, _ = accounts.add_key("少", scopes=["ask", "read"], per_minute=1, groups=["red"])
    async with over_http(url, few) as client:
        await client.list_tools()
        assert (await called(client, "list_documents"))["total"] == 3
        await called(client, "search", query="补贴")
        said = await refused(client, "ask", question=QUESTION)
        assert "每分钟" in said or "秒" in said
        assert (await called(client, "list_documents"))["total"] == 3


async def test_questions_wait_their_turn_and_one_too_many_is_told_when_to_come_again() -> None:
    slow = FakeAssistant()
    slow.piece_s = 0.1  # more than half a second an answer
    app = create_app(slow, web=False, load=Load(answers=1, waiting=1, wait_s=20), environment={})  # type: ignore[arg-type]
    lane = app.state.lanes.answers
    with Server(app) as url:
        async with over_http(url) as client, httpx.AsyncClient(base_url=url, timeout=60) as http:

            async def until(waiting: int) -> None:
                while (lane.running, lane.waiting) != (1, waiting):
                    await asyncio.sleep(0.005)

            async with asyncio.timeout(30):
                first = asyncio.ensure_future(called(client, "ask", question=RURAL.question))
                await until(0)
                second = asyncio.ensure_future(http.post("/v1/ask", json={"question": RURAL.question}))
                await until(1)
                for name, arguments in (("ask", {"question": RURAL.question}), ("search", {"query": "收入"})):
                    said = await refused(client, name, **arguments)
                    assert re.fullmatch(r"现在提问的人太多，这里排不下了：请在 [1-9]\d? 秒后再试", said)
                assert (await http.post("/v1/ask", json={"question": RURAL.question})).status_code == 503
                assert len((await client.list_tools()).tools) == 5, "what is no question waits for none"
                assert (await first)["status"] == "answered"
                assert (await second).status_code == 200

                third = asyncio.ensure_future(http.post("/v1/ask", json={"question": RURAL.question}))
                await until(0)
                waiting = asyncio.ensure_future(called(client, "ask", question=RURAL.question))
                await until(1)
                assert (await third).status_code == 200
                assert (await waiting)["status"] == "answered"
        assert len(slow.asked) == 4
        assert (lane.running, lane.waiting, lane.refused) == (0, 0, 3)


async def test_who_leaves_while_waiting_gives_the_place_up() -> None:
    slow = FakeAssistant()
    slow.piece_s = 0.1
    app = create_app(slow, web=False, load=Load(answers=1, waiting=1, wait_s=20), environment={})  # type: ignore[arg-type]
    lane = app.state.lanes.answers
    with Server(app) as url:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http, asyncio.timeout(30):
            first = asyncio.ensure_future(http.post("/v1/ask", json={"question": RURAL.question}))
            while lane.running != 1:
                await asyncio.sleep(0.005)
            async with over_http(url) as client:
                waiting = asyncio.ensure_future(client.call_tool("ask", {"question": RURAL.question}))
                while lane.waiting != 1:
                    await asyncio.sleep(0.005)
                waiting.cancel()
                while lane.waiting:
                    await asyncio.sleep(0.005)
            assert (await first).status_code == 200
    assert [question for question, _ in slow.asked] == [RURAL.question]


async def test_a_call_that_takes_too_long_is_broken_off_and_gives_its_place_up() -> None:
    slow = FakeAssistant()
    slow.piece_s = 0.5
    app = create_app(slow, web=False, load=Load(answers=1, answer_s=1), environment={})  # type: ignore[arg-type]
    lane = app.state.lanes.answers
    with Server(app) as url:
        async with over_http(url) as client, asyncio.timeout(30):
            said = await refused(client, "ask", question=RURAL.question)
            while lane.running:
                await asyncio.sleep(0.005)
    assert "用的时间太长" in said


def test_nobody_else_gets_in(closed: tuple[str, Accounts]) -> None:
    url, accounts = closed
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepted = {"accept": "application/json, text/event-stream"}
    key = {"authorization": f"Bearer {accounts.add_key('网页', scopes=['ask'])[0]}"}
    with httpx.Client(base_url=url, timeout=60) as client:
        assert client.post("/mcp", json=hello, headers=accepted).status_code == 401
        assert client.post("/mcp", json=hello, headers={**accepted, "authorization": "Bearer yj_x"}).status_code == 401
        assert client.post("/mcp", json=hello, headers={**accepted, **key}).status_code == 200
        foreign = {**accepted, **key, "origin": "https://evil.example"}
        assert client.post("/mcp", json=hello, headers=foreign).status_code == 403
        rebound = {**accepted, **key, "host": "evil.example"}
        assert client.post("/mcp", json=hello, headers=rebound).status_code == 400
        reader = accounts.add_key("只读", scopes=["read"])[0]
        assert client.post("/mcp", json=hello, headers={"authorization": f"Bearer {reader}"}).status_code == 403


async def test_over_stdio_as_a_program_starts_it(tmp_path: Path) -> None:
    folder = tmp_path / "文件"
    folder.mkdir()
    (folder / "办法.txt").write_text(FILES["all/办法.txt"], encoding="utf8")
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "assistant.cli", "mcp", "--sources", str(folder)],
        env={"PYTHONPATH": str(ROOT), "YOUJU_DATA_DIR": str(tmp_path / "data"), "YOUJU_EMBEDDER": "static:"},
        cwd=str(tmp_path),
    )
    with (tmp_path / "errors").open("w+") as errors:
        async with Client(stdio_client(started, errlog=errors)) as client:
            answer = await called(client, "ask", question=QUESTION)
            assert "500元" in answer["answer"]
            assert (await called(client, "list_documents"))["total"] == 1
        errors.seek(0)
        assert "Traceback" not in errors.read()
