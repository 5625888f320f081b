"""The assistant from Python: the examples of docs/python.md, and what they promise."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

from assistant import Answer, Assistant, Turn
from assistant.config import Config
from assistant.integrations.langchain import as_retriever, as_runnable
from assistant.threads import each
from tests.fakes.assistant import CLARIFY, RURAL, FakeAssistant

ROOT = Path(__file__).parents[3]
TEXTS = {
    "租房.txt": "云岭市租房补贴办法\n云岭市住房保障局\n2025年3月5日\n第一条 云岭市租房补贴每月500元。",
    "养老.txt": "云岭市养老补贴办法\n云岭市民政局\n2025年4月1日\n第一条 云岭市养老补贴每月300元。",
    "公报.txt": "云岭市2025年国民经济公报\n2025年云岭市农村居民人均可支配收入54321元，比上年增长6.1%。",
}
PARTS = (ROOT / "docs" / "python.md").read_text("utf8").split("\n## ")[1:]
EXAMPLES = [
    (part.partition("\n")[0], code) for part in PARTS for code in re.findall(r"```python\n(.*?)```", part, re.DOTALL)
]
SAYS = {
    "Ask": "500元",
    "Go on asking": "300元",
    "As it is written": "1 条引文",
    "From an event loop": "500元",
    "Passages and figures": "54321",
    "LangChain": "云岭市租房补贴办法",
    "MCP": "500元",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("python")
    (folder / "我的文件夹").mkdir()
    for name, text in TEXTS.items():
        (folder / "我的文件夹" / name).write_text(text, encoding="utf8")
    (folder / "bin").mkdir()
    command = folder / "bin" / "youju"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m assistant.cli "$@"\n')
    command.chmod(0o755)
    return folder


def test_all_examples_are_seen() -> None:
    assert [title for title, _ in EXAMPLES] == list(SAYS)
    assert all(len([line for line in code.splitlines() if line.strip()]) <= 8 for _, code in EXAMPLES)


def test_the_examples_do_what_they_say(folder: Path) -> None:
    """One process for all but the last, which starts another: what starts takes longer than what it shows."""
    environment = {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "YOUJU_DATA_DIR": str(folder / "data"),
        "YOUJU_EMBEDDER": "static:",
        "HOME": str(folder),
    }
    # A server that is started over stdio is given nothing of the environment but what is said.
    where = f"StdioServerParameters(env={environment!r}, "
    told = [(title, code.replace("StdioServerParameters(", where)) for title, code in EXAMPLES]
    code = "\n".join(f"print('\\n## {title}')\nexec({code!r}, {{}})" for title, code in told)
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", done.stdout, re.MULTILINE))
    assert {title: said in shown[title] for title, said in SAYS.items()} == dict.fromkeys(SAYS, True), done.stdout


@pytest.fixture(scope="module")
def youju(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    config = Config(data_dir=tmp_path_factory.mktemp("data"), embedder="static:")
    with Assistant.open(str(folder / "我的文件夹"), config=config) as opened:
        yield opened


def test_a_setting_said_twice_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="config 已经写明"):
        Assistant.open(folder, config=Config(data_dir=tmp_path), model="x")


def test_an_answer_is_history_as_a_turn_is(youju: Assistant) -> None:
    first = youju.ask("云岭市租房补贴每月多少元？")
    followed = [youju.ask("那养老补贴呢？", history=[before]) for before in (first, Turn(first.question, first.answer))]
    assert [answer.answer for answer in followed] == [followed[0].answer] * 2
    assert "300元" in followed[0].answer


async def test_awaited_answers_are_the_same(youju: Assistant) -> None:
    question = "云岭市租房补贴每月多少元？"
    told = [piece async for piece in youju.astream(question)]
    assert isinstance(told[-1], Answer)
    assert "".join(piece for piece in told[:-1] if isinstance(piece, str)) == told[-1].answer
    answers = await asyncio.gather(*(youju.aask(question) for _ in range(5)))
    assert {answer.answer for answer in answers} == {told[-1].answer}
    assert await youju.asearch("租房补贴", k=2) == youju.search("租房补贴", k=2)
    figures = youju.figures("租房补贴", unit="元")
    assert figures
    assert await youju.afigures("租房补贴", unit="元") == figures


async def test_who_is_cancelled_is_let_go_at_once_and_the_work_is_ended() -> None:
    going, closed = threading.Event(), threading.Event()

    def slow() -> Iterator[int]:
        try:
            yield 1
            going.wait(20)
            yield 2
        finally:
            closed.set()

    heard = []
    started = time.monotonic()

    async def listen() -> None:
        async for piece in each(slow()):
            heard.append(piece)  # noqa: PERF401

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(listen(), 0.2)
    assert heard == [1]
    assert time.monotonic() - started < 10
    assert not closed.is_set()
    going.set()
    assert closed.wait(10)


async def test_who_stops_listening_ends_the_work() -> None:
    fake = FakeAssistant()
    pieces = as_runnable(fake).astream(RURAL.question)  # type: ignore[arg-type]
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    assert fake.ended.wait(10)


async def test_the_runnable_takes_what_chains_hand_on() -> None:
    fake = FakeAssistant()
    chain = as_runnable(fake)  # type: ignore[arg-type]
    assert (
        chain.invoke(
            [SystemMessage("简短"), HumanMessage(CLARIFY.question), AIMessage("哪一种？"), HumanMessage(RURAL.question)]
        )
        == RURAL
    )
    assert fake.asked[-1] == (RURAL.question, (Turn(CLARIFY.question, "哪一种？"),))
    prompted = (
        ChatPromptTemplate.from_messages([("human", "{asked}")]) | chain | RunnableLambda(lambda answer: answer.answer)
    )
    assert await prompted.ainvoke({"asked": RURAL.question}) == RURAL.answer
    assert [piece async for piece in prompted.astream({"asked": RURAL.question})] == [RURAL.answer]
    assert await chain.abatch([RURAL.question, CLARIFY.question]) == [RURAL, CLARIFY]
    *pieces, answer = [piece async for piece in chain.astream({"question": RURAL.question, "history": [CLARIFY]})]
    assert ("".join(pieces), answer) == (RURAL.answer, RURAL)
    assert fake.asked[-1][1] == (CLARIFY.turn(),)
    with pytest.raises(ValueError, match="hold no question"):
        chain.invoke([SystemMessage("简短")])


async def test_the_retriever_awaited(youju: Assistant) -> None:
    retriever = as_retriever(youju, k=2)
    found = await retriever.ainvoke("租房补贴")
    assert found == retriever.invoke("租房补贴")
    assert found[0].metadata["title"] == "云岭市租房补贴办法"
