"""Existing clients by the address alone: OpenAI's for Python and Node, LangChain's, curl; and what front ends send"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.server.app import create_app
from sources import tokens
from tests.fakes.report import MARKDOWN
from tests.fakes.server import Server

QUESTION = "2025年湖州市农村居民人均可支配收入是多少？"
PLAN = """# 衢州市2026年民政工作计划

2026年，衢州市计划新建社区食堂15个，由市民政局负责。
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("documents")
    for name, text in (("统计", MARKDOWN), ("民政", PLAN)):
        (folder / name).mkdir()
        (folder / name / "文件.md").write_text(text, encoding="utf8")
    assistant = build(Config(tmp_path_factory.mktemp("data")), sources=[folder / "统计", folder / "民政"])
    yield assistant
    assistant.close()


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    with Server(create_app(assistant, web=False)) as url:
        yield f"{url}/v1"


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=url, api_key="any", max_retries=0) as client:
        yield client


def said(client: openai.OpenAI, *messages: tuple[str, str], **more: Any) -> str:
    sent: Any = [{"role": role, "content": content} for role, content in messages]
    found = client.chat.completions.create(model=more.pop("model", "youju"), messages=sent, **more)
    return found.choices[0].message.content or ""


def youju(client: openai.OpenAI, *messages: tuple[str, str], **more: Any) -> dict[str, Any]:
    sent: Any = [{"role": role, "content": content} for role, content in messages]
    found = client.chat.completions.create(model=more.pop("model", "youju"), messages=sent, **more)
    return dict((found.model_extra or {})["youju"])


# --- clients ------------------------------------------------------------------------------------------------------


def test_openais_async_client(url: str) -> None:
    async def asked() -> tuple[str, str]:
        async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client:
            sent: Any = [{"role": "user", "content": QUESTION}]
            whole = await client.chat.completions.create(model="youju", messages=sent)
            chunks = await client.chat.completions.create(model="youju", messages=sent, stream=True)
            return whole.choices[0].message.content or "", "".join(
                [chunk.choices[0].delta.content or "" async for chunk in chunks]
            )

    whole, streamed = asyncio.run(asked())
    assert "54321元" in whole
    assert streamed == whole


def test_langchains_chat_model(url: str) -> None:
    model = ChatOpenAI(base_url=url, api_key=SecretStr("any"), model="youju", max_retries=0)
    whole = model.invoke(QUESTION)
    assert "54321元" in str(whole.content)
    assert "".join(str(chunk.content) for chunk in model.stream(QUESTION)) == whole.content

    async def awaited() -> str:
        try:
            return str((await model.ainvoke(QUESTION)).content)
        finally:
            await model.root_async_client.close()  # LangChain keeps it, and its sockets, for ever

    assert "54321元" in asyncio.run(awaited())


class Source(BaseModel):
    title: str
    quote: str


class Income(BaseModel):
    """What the documents say."""

    answer: str
    value: float
    unit: str
    year: int
    sources: list[Source]
    page: int | None = None


class Weather(BaseModel):
    """What no document says."""

    answer: str
    wind_direction: str


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_langchains_structured_output_works_or_says_why(url: str, method: Any) -> None:
    model = ChatOpenAI(base_url=url, api_key=SecretStr("any"), model="youju", max_retries=0)
    found = model.with_structured_output(Income, method=method).invoke(QUESTION)
    assert isinstance(found, Income)
    assert (found.value, found.unit, found.year) == (54321, "元", 2025)
    assert found.sources[0].title == "湖州市2025年城乡融合发展报告"
    assert found.sources[0].quote in MARKDOWN
    with pytest.raises(openai.BadRequestError, match="wind_direction"):
        model.with_structured_output(Weather, method=method).invoke(QUESTION)


def test_what_an_answer_lacks_is_refused_and_never_made_up(client: openai.OpenAI) -> None:
    schema = {"type": "object", "properties": {"value": {"type": "number"}}, "required": ["value"]}
    form: Any = {"type": "json_schema", "json_schema": {"name": "income", "schema": schema}}
    message = (
        client.chat.completions.create(
            model="youju", messages=[{"role": "user", "content": "湖州市有多少架直升机？"}], response_format=form
        )
        .choices[0]
        .message
    )
    assert message.content is None
    assert message.refusal
    assert "value" in message.refusal
    parsed = client.chat.completions.parse(
        model="youju", messages=[{"role": "user", "content": QUESTION}], response_format=Income
    )
    assert parsed.choices[0].message.parsed is not None
    assert parsed.choices[0].message.parsed.value == 54321


def test_json_without_a_schema_is_ours(client: openai.OpenAI) -> None:
    found = json.loads(said(client, ("user", QUESTION), response_format={"type": "json_object"}))
    assert "54321元" in found["answer"]
    assert found["sources"][0]["title"] == "湖州市2025年城乡融合发展报告"
    assert found["figures"][0]["value"] == "54321"


def test_a_tool_that_may_be_called_is_not_and_one_that_must_be_is_said_to_be_unfit(client: openai.OpenAI) -> None:
    parameters = {"type": "object", "properties": {"airport": {"type": "string"}}, "required": ["airport"]}
    tool: Any = {"type": "function", "function": {"name": "fly", "parameters": parameters}}
    assert "54321元" in said(client, ("user", QUESTION), tools=[tool], tool_choice="auto")
    with pytest.raises(openai.BadRequestError, match="airport"):
        said(client, ("user", QUESTION), tools=[tool], tool_choice="required")
    with pytest.raises(openai.BadRequestError, match="no such function"):
        said(client, ("user", QUESTION), tools=[tool], tool_choice={"type": "function", "function": {"name": "swim"}})


def test_curl(url: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    body = json.dumps({"model": "youju", "stream": True, "messages": [{"role": "user", "content": QUESTION}]})
    sent = ["curl", "-sN", f"{url}/chat/completions", "-H", "Content-Type: application/json", "-d", body]
    lines = [line for line in subprocess.run(sent, capture_output=True, check=True).stdout.decode().split("\n") if line]
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert "54321元" in "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)


_NODE = """
const { default: OpenAI } = await import(process.env.OPENAI_NODE);
const client = new OpenAI({ baseURL: process.argv[1], apiKey: "any", maxRetries: 0 });
const messages = [{ role: "user", content: process.argv[2] }];
const whole = await client.chat.completions.create({ model: "youju", messages });
let text = "";
for await (const chunk of await client.chat.completions.create({ model: "youju", messages, stream: true }))
  text += chunk.choices[0]?.delta?.content ?? "";
console.log(JSON.stringify([whole.choices[0].message.content, text, (await client.models.list()).data.length]));
"""


def test_openais_node_client(url: str) -> None:
    module = Path(os.environ.get("NODE_PATH", "node_modules")) / "openai" / "index.mjs"
    if shutil.which("node") is None or not module.exists():
        pytest.skip("OpenAI's client for Node is not installed: npm install openai, and set NODE_PATH to node_modules")
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", _NODE, url, QUESTION],
        capture_output=True,
        check=True,
        env={**os.environ, "OPENAI_NODE": str(module.resolve())},
    )
    whole, streamed, models = json.loads(ran.stdout)
    assert "54321元" in whole
    assert streamed == whole
    assert models == 3


# --- scope and wishes ---------------------------------------------------------------------------------------------


def test_folders_are_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["youju", "youju/民政", "youju/统计"]
    assert client.models.retrieve("youju/统计").id == "youju/统计"
    assert "54321元" in said(client, ("user", QUESTION), model="youju/统计")
    assert "54321元" not in said(client, ("user", QUESTION), model="youju/民政")
    with pytest.raises(openai.NotFoundError, match="there are youju, youju/民政, youju/统计"):
        said(client, ("user", QUESTION), model="youju/人事")


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ("你是助手。只依据《衢州市2026年民政工作计划》回答。", False),
        ("Answer only from 《湖州市2025年城乡融合发展报告》.", True),
        ("你是《衢州市2026年民政工作计划》的作者。", True),
        ("只看2026年2月以后的文件？只用2027年以来的文件。", False),
    ],
)
def test_a_system_message_says_where_to_look(client: openai.OpenAI, rules: str, found: bool) -> None:
    assert ("54321元" in said(client, ("system", rules), ("user", QUESTION))) == found


def test_our_own_wishes_stand_in_a_field(client: openai.OpenAI) -> None:
    only = {"youju": {"documents": ["衢州市2026年民政工作计划"]}}
    assert "54321元" not in said(client, ("user", QUESTION), extra_body=only)
    since = {"youju": {"filter": {"since": "2026-01-21"}}}
    assert "54321元" not in said(client, ("user", QUESTION), extra_body=since)
    english = youju(client, ("user", QUESTION), extra_body={"youju": {"language": "en"}})
    assert "keeps the language of the documents" in english["notice"]
    assert youju(client, ("system", "Always answer in English."), ("user", QUESTION))["notice"] == english["notice"]
    for wrong, message in (
        ({"documents": ["没有这份"]}, "no document is called '没有这份'"),
        ({"langauge": "en"}, "youju.langauge: Extra inputs"),
    ):
        with pytest.raises(openai.BadRequestError, match=message):
            said(client, ("user", QUESTION), extra_body={"youju": wrong})


# --- front ends ---------------------------------------------------------------------------------------------------

PASTED = "这里是从别处粘贴的材料，讲的是别的事情。" * 150


@pytest.mark.parametrize(
    "prompt",
    [
        f"### Task:\nUse the context.\n<context>\n{PASTED}\n</context>\n<user_query>\n{QUESTION}\n</user_query>",
        f"Use the following pieces of context.\n\n{PASTED}\n\nQuestion: {QUESTION}\nHelpful Answer:",
        f"Context information is below.\n-----\n短的材料\n-----\nQuery: {QUESTION}\nAnswer: ",
        f"{PASTED}\n\n{QUESTION}",
        f"{QUESTION}\n\n{PASTED}",
    ],
    ids=["tagged", "labelled", "short", "last", "first"],
)
def test_the_question_is_found_in_a_stuffed_prompt(client: openai.OpenAI, prompt: str) -> None:
    own = youju(client, ("user", prompt))
    assert own["question"] == QUESTION
    assert "54321元" in own["answer"]


def test_a_prompt_with_no_question_in_it_is_told_what_to_do(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Send the question alone") as refused:
        said(client, ("user", PASTED))
    assert refused.value.code == "context_length_exceeded"


TALK = f"USER: {QUESTION}\nASSISTANT: 54321元。[1]"


def chore(asked: str, shape: str) -> str:
    """As Open WebUI writes them."""
    return (
        f"### Task:\n{asked}\n### Guidelines:\n- Be brief.\n### Output:\nJSON format: {shape}\n"
        f"### Chat History:\n<chat_history>\n{TALK}\n</chat_history>"
    )


@pytest.mark.parametrize(
    ("shape", "key"),
    [
        ('{ "title": "your concise title here" }', "title"),
        ('{ "tags": ["tag1", "tag2"] }', "tags"),
        ('{ "follow_ups": ["Question 1?", "Question 2?"] }', "follow_ups"),
        ('{ "queries": ["query1", "query2"] }', "queries"),
    ],
)
def test_what_a_front_end_asks_for_itself_is_no_question(client: openai.OpenAI, shape: str, key: str) -> None:
    found = json.loads(said(client, ("user", chore("Do what is needed.", shape))))
    assert list(found) == [key]
    if key == "title":
        assert found[key] == "2025年湖州市农村居民人均可支配收入"
    else:
        assert all(each and "Task" not in each for each in found[key])
    if key == "tags":
        assert found[key] == ["湖州市", "农村居民人均可支配收入"]
    if key == "queries":
        assert found[key] == [QUESTION]


def test_a_front_end_that_offers_its_tools_is_told_to_call_none(client: openai.OpenAI) -> None:
    order = (
        'Available Tools: [{"name": "get_weather", "parameters": {}}]\n\nReturn only the JSON object: '
        '{ "tool_calls": [ { "name": "toolName1", "parameters": { "key1": "value1" } } ] }'
    )
    query = f'Query: History:\nUSER: """{QUESTION}"""\nQuery: {QUESTION}'
    assert json.loads(said(client, ("system", order), ("user", query))) == {"tool_calls": []}


@pytest.mark.parametrize(
    "order",
    [
        "使用四到五个字直接返回这句话的简要主题，不要解释、不要标点、不要语气词、不要多余文本，不要加粗",
        "Please generate a four to five word title summarizing our conversation without any lead-in or punctuation.",
    ],
)
def test_a_title_in_plain_text(client: openai.OpenAI, order: str) -> None:
    talk = [("user", QUESTION), ("assistant", "54321元。[1]"), ("user", order)]
    assert said(client, *talk) == "2025年湖州市农村居民人均可支配收入"
    assert said(client, ("user", f"{order}\n\nConversation:\n{TALK}")) == "2025年湖州市农村居民人均可支配收入"


def test_a_person_who_asks_for_a_title_asks_the_documents(client: openai.OpenAI) -> None:
    own = youju(client, ("user", "衢州市民政工作计划的标题是什么？"))
    assert own["status"] in ("answered", "not_found", "clarify")


def test_a_stream_of_a_chore_ends_like_any_other(url: str) -> None:
    body = {"stream": True, "messages": [{"role": "user", "content": chore("x", '{ "title": "…" }')}]}
    lines = [line for line in httpx.post(f"{url}/chat/completions", json=body, timeout=60).text.split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    assert json.loads(lines[-2].removeprefix("data: "))["choices"][0]["finish_reason"] == "stop"


def streamed(client: openai.OpenAI, question: str, **more: Any) -> tuple[str, str | None, int, list[Any]]:
    """The text, why it ended, its tokens and its annotations."""
    sent: Any = [{"role": "user", "content": question}]
    options: Any = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model="youju", messages=sent, stream=True, stream_options=options, **more)
    )
    text = "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)
    last, usage = chunks[-2].choices[0], chunks[-1].usage
    assert usage
    annotations = last.delta.to_dict().get("annotations")
    assert isinstance(annotations, list)
    return text, last.finish_reason, usage.completion_tokens, annotations


@pytest.mark.parametrize(
    "change", [{"stop": ["不在里面", "个"]}, {"stop": "12个"}, {"max_tokens": 1}, {"stop": "]"}, {}]
)
def test_a_reply_ends_where_the_client_says(client: openai.OpenAI, change: dict[str, Any]) -> None:
    question = "吴兴区建成了多少个“十五分钟养老服务圈”？"
    sent: Any = [{"role": "user", "content": question}]
    whole = said(client, ("user", question))
    stops = [change["stop"]] if isinstance(change.get("stop"), str) else change.get("stop", [])
    expected = whole[: min((whole.index(stop) for stop in stops if stop in whole), default=len(whole))]
    assert expected.startswith(whole) is (not stops)
    reply = client.chat.completions.create(model="youju", messages=sent, **change)
    assert reply.choices[0].message.content == expected
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage
    text, reason, count, annotations = streamed(client, question, **change)
    assert (text, reason, count) == (expected, "stop", reply.usage.completion_tokens)
    assert count == tokens.count(expected)
    assert len(annotations) == len(re.findall(r"\[\d+\]", expected))


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_no_room_for_any_sentence_is_told(client: openai.OpenAI, name: str) -> None:
    sent: Any = [{"role": "user", "content": QUESTION}]
    with pytest.raises(openai.BadRequestError, match=name):
        client.chat.completions.create(model="youju", messages=sent, extra_body={name: 0})
