"""The HTTP API, over real sockets: our own routes, and OpenAI's protocol through OpenAI's own client."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from assistant.answers import Answer, Turn
from assistant.config import MAX_QUESTION_CHARS
from assistant.server.app import create_app
from assistant.server.middleware import MAX_BODY_BYTES
from index.filters import OPEN, Filter
from sources import tokens
from tests.fakes.assistant import BULLETIN, CLARIFY, NOT_FOUND, RURAL, Failure, FakeAssistant
from tests.fakes.server import Server

BROKEN = "会出错的问题"


@pytest.fixture
def assistant() -> FakeAssistant:
    failure = Failure(RuntimeError("password=hunter2"), after="开了头")
    return FakeAssistant(failures={BROKEN: failure})


@pytest.fixture
def http(assistant: FakeAssistant) -> Iterator[httpx.Client]:
    with Server(create_app(assistant, web=False)) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield client


@pytest.fixture
def client(http: httpx.Client) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{http.base_url}/v1", api_key="any", max_retries=0) as client:
        yield client


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events as (event, data)."""
    found = []
    for block in filter(None, text.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((fields.get("event", ""), json.loads(fields["data"])))
    return found


def message_of(response: httpx.Response) -> str:
    """The message of an error, whose shape is the same everywhere."""
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code", "request_id"}
    assert error["request_id"] == response.headers["x-request-id"]
    return str(error["message"])


# Our own routes


def test_ask_gives_the_answer_as_json(http: httpx.Client) -> None:
    response = http.post("/v1/ask", json={"question": f"  {RURAL.question}\n"})
    assert response.status_code == 200
    assert Answer.from_json(response.json()) == RURAL


def test_a_citation_of_an_answer_can_be_opened(http: httpx.Client) -> None:
    citation = http.post("/v1/ask", json={"question": RURAL.question}).json()["citations"][0]
    document = http.get(f"/v1/documents/{citation['document_id']}").json()
    assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert document["publisher"] == "云栖市统计局"


def test_history_is_exchanges_or_only_questions(http: httpx.Client, assistant: FakeAssistant) -> None:
    http.post("/v1/ask", json={"question": "那农村呢？", "history": [{"question": "城镇收入？", "answer": "81200元"}]})
    http.post("/v1/ask", json={"question": "那农村呢？", "history": ["城镇收入？", "去年呢？"]})
    assert assistant.asked == [
        ("那农村呢？", (Turn("城镇收入？", "81200元"),)),
        ("那农村呢？", (Turn("城镇收入？"), Turn("去年呢？"))),
    ]


def test_only_the_last_turns_of_a_long_conversation_are_looked_at(http: httpx.Client, assistant: FakeAssistant) -> None:
    http.post("/v1/ask", json={"question": "最后一问", "history": [f"第{n}问" for n in range(300)]})
    (_, history) = assistant.asked[0]
    assert [turn.question for turn in history] == [f"第{n}问" for n in range(280, 300)]


def test_a_streamed_answer_comes_in_pieces_and_ends_with_the_whole(http: httpx.Client) -> None:
    response = http.post("/v1/ask", json={"question": RURAL.question, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    *deltas, last = events(response.text)
    assert len(deltas) > 2
    assert {event for event, _ in deltas} == {"delta"}
    assert "".join(data["text"] for _, data in deltas) == RURAL.answer
    assert last[0] == "answer"
    assert Answer.from_json(last[1]) == RURAL


def test_pieces_are_sent_as_they_come(http: httpx.Client, assistant: FakeAssistant) -> None:
    assistant.piece_s = 0.05
    with http.stream("POST", "/v1/ask", json={"question": RURAL.question, "stream": True}) as response:
        lines = response.iter_lines()
        assert next(line for line in lines if line.startswith("data")) == 'data: {"text": "2025年云"}'
        assert not assistant.ended.is_set()
        assert sum(line == "event: answer" for line in lines) == 1
    assert assistant.ended.is_set()


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/chat/completions"])
def test_a_client_that_leaves_ends_the_stream(http: httpx.Client, assistant: FakeAssistant, path: str) -> None:
    assistant.drafts["慢问题"] = "很长的答案" * 2000
    assistant.piece_s = 0.02
    body = {"question": "慢问题", "messages": [{"role": "user", "content": "慢问题"}], "stream": True}
    with http.stream("POST", path, json=body) as response:
        next(response.iter_lines())
    assert assistant.ended.wait(5), "the answer went on being written for nobody"


def test_a_slow_answer_holds_nobody_up(http: httpx.Client, assistant: FakeAssistant) -> None:
    assistant.drafts["慢问题"] = "很长的答案" * 30
    assistant.piece_s = 0.05
    slow = threading.Thread(target=http.post, args=("/v1/ask",), kwargs={"json": {"question": "慢问题"}})
    slow.start()
    while not assistant.asked:
        time.sleep(0.01)
    start = time.monotonic()
    assert http.get("/healthz").json() == {"status": "ok", "documents": 2}
    assert time.monotonic() - start < 1.0
    assert slow.is_alive()
    slow.join()


def test_search(http: httpx.Client) -> None:
    hits = http.post("/v1/search", json={"query": "经济", "k": 3}).json()["hits"]
    assert [set(hit) for hit in hits] == [{"document_id", "title", "uri", "section", "text", "start", "end", "score"}]
    assert hits[0]["text"] == BULLETIN.text[hits[0]["start"] : hits[0]["end"]]
    assert hits[0]["title"] == BULLETIN.title


def test_documents(http: httpx.Client) -> None:
    listed = http.get("/v1/documents").json()["documents"]
    assert [document["id"] for document in listed] == ["aaaa1111", "bbbb2222"]
    assert "text" not in listed[0]
    missing = http.get("/v1/documents/cccc3333")
    assert missing.status_code == 404
    assert message_of(missing) == "没有 id 是 'cccc3333' 的文档，或已从文库移出：GET /v1/documents 列出现有的"


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/v1/ask", {}, "question: 没有写，请补上"),
        ("/v1/ask", {"question": " \n"}, "question: 至少要有 1 个字"),
        ("/v1/ask", {"question": "长" * 2001}, "question: 最多 2000 个字，请缩短"),
        ("/v1/ask", {"question": "好", "history": [{"answer": "无问"}]}, "history.0.question: 没有写，请补上"),
        ("/v1/search", {"query": "好", "k": 0}, "k: 不能小于 1"),
        ("/v1/search", {"query": "好", "k": 1000}, "k: 不能大于 100"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(http: httpx.Client, path: str, body: object, message: str) -> None:
    response = http.post(path, json=body)
    assert response.status_code == 422
    assert message_of(response) == message


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'"text"', b'{"question": "\\ud800"}', b"[" * 900_000])
def test_a_body_that_is_no_request_is_refused(http: httpx.Client, body: bytes) -> None:
    response = http.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert response.status_code in {400, 422}
    assert message_of(response)


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_over_the_limit_is_refused_however_it_is_sent(http: httpx.Client, declared: bool) -> None:
    body = b'{"question": "' + b"x" * MAX_BODY_BYTES
    sent: Any = body if declared else iter([body[:1000], body[1000:]])
    response = http.post("/v1/ask", content=sent, headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert message_of(response).startswith(f"请求超过 {MAX_BODY_BYTES // 1_000_000} MB 的上限")


def test_an_error_shows_no_insides(http: httpx.Client) -> None:
    response = http.post("/v1/ask", json={"question": BROKEN})
    assert response.status_code == 500
    assert message_of(response) == "服务器出错了，没能回答：原因记在它的日志里"
    streamed = http.post("/v1/ask", json={"question": BROKEN, "stream": True}).text
    assert events(streamed)[0] == ("delta", {"text": "开了头"})
    assert events(streamed)[-1][0] == "error"
    for text in (response.text, streamed):
        assert "hunter2" not in text
        assert "Traceback" not in text


def test_an_index_that_cannot_be_read_is_not_healthy(http: httpx.Client, assistant: FakeAssistant) -> None:
    assistant.index.held = None  # type: ignore[assignment]
    assert http.get("/healthz").status_code == 503


def test_a_body_that_needs_no_leave_of_the_browser_is_not_read(http: httpx.Client) -> None:
    # What a page can send elsewhere without asking first is a form or plain text.
    plain = http.post("/v1/ask", content=b'{"question": "x"}', headers={"content-type": "text/plain"})
    assert plain.status_code == 422


def test_an_unknown_route_is_named(http: httpx.Client) -> None:
    response = http.get("/v1/x")
    assert response.status_code == 404
    assert message_of(response) == "没有 GET /v1/x：GET /openapi.json 列出都有什么"


def test_the_schema_is_served_and_no_page_that_loads_from_elsewhere(http: httpx.Client) -> None:
    assert "/v1/ask" in http.get("/openapi.json").json()["paths"]
    assert http.get("/docs").status_code == 404
    assert http.get("/redoc").status_code == 404


# OpenAI's protocol


def test_a_completion_through_the_openai_client(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model="youju", messages=[{"role": "user", "content": RURAL.question}])
    choice = completion.choices[0]
    assert choice.message.content == RURAL.answer
    assert choice.message.role == "assistant"
    assert choice.finish_reason == "stop"
    assert completion.object == "chat.completion"
    assert Answer.from_json(completion.model_extra["youju"]) == RURAL  # type: ignore[index]
    assert completion.usage is not None
    assert completion.usage.prompt_tokens == tokens.count(RURAL.question)
    assert completion.usage.completion_tokens == tokens.count(RURAL.answer)


def test_marks_are_annotated_with_where_they_lead(client: openai.OpenAI, http: httpx.Client) -> None:
    completion = client.chat.completions.create(model="youju", messages=[{"role": "user", "content": RURAL.question}])
    first, second = (annotation.url_citation for annotation in completion.choices[0].message.annotations or [])
    assert RURAL.answer[first.start_index : first.end_index] == "[1]"
    assert RURAL.answer[second.start_index : second.end_index] == "[2]"
    assert first.title == BULLETIN.title
    assert http.get(first.url).json()["id"] == BULLETIN.id


@pytest.mark.parametrize("include_usage", [False, True])
def test_a_streamed_completion_through_the_openai_client(client: openai.OpenAI, include_usage: bool) -> None:
    chunks = list(
        client.chat.completions.create(
            model="youju",
            messages=[{"role": "user", "content": RURAL.question}],
            stream=True,
            stream_options={"include_usage": include_usage},
        )
    )
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == RURAL.answer
    assert len({chunk.id for chunk in chunks}) == 1
    (finished,) = (chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason == "stop")
    assert Answer.from_json(finished.model_extra["youju"]) == RURAL  # type: ignore[index]
    if include_usage:
        assert chunks[-1].choices == []
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.completion_tokens == tokens.count(RURAL.answer)
        assert all(chunk.usage is None for chunk in chunks[:-1])
    else:
        assert chunks[-1] == finished


EMPTY = dict.fromkeys(("annotations", "refusal", "audio", "function_call", "tool_calls", "reasoning"))
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"content": "81200元。[1]", **EMPTY, "x_next_year": {"a": 1}}, "81200元。[1]"),
        ({"content": [{"type": "text", "text": "81200元。", "annotations": None}], **EMPTY}, "81200元。"),
        ({"content": [{"type": "refusal", "refusal": "不知道"}]}, "不知道"),
        ({"content": [{"type": "refusal", "refusal": "不知道", "text": None}]}, "不知道"),
        ({"content": "甲", "annotations": [{"type": "url_citation", "url_citation": {"title": None}}]}, "甲"),
        ({"content": "甲", "annotations": [{"type": "file_citation", "url_citation": None}]}, "甲"),
        ({"content": None, "tool_calls": [{"id": "1"}]}, ""),
    ],
)
def test_openais_own_messages_are_taken_back(
    http: httpx.Client, assistant: FakeAssistant, said: dict[str, Any], answer: str
) -> None:
    messages = [
        {"role": "user", "content": [PICTURE], "name": None},
        {"role": "assistant", "content": "我看不了图。"},
        {"role": "user", "content": [PICTURE, {"type": "text", "text": "城镇居民收入是多少？"}]},
        {"role": "assistant", **said},
        {"role": "user", "content": [{"type": "text", "text": RURAL.question}, PICTURE]},
    ]
    asked = {
        "messages": messages,
        "stream": None,
        "stream_options": {"include_usage": None},
        "n": None,
        "model": None,
        "tools": [{"type": "function", "function": {"name": "f", "parameters": None}}],
        "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}},
    }
    reply = http.post("/v1/chat/completions", json=asked)
    assert reply.status_code == 200, reply.text
    assert reply.json()["choices"][0]["message"]["content"] == RURAL.answer
    assert assistant.asked == [(RURAL.question, (Turn("城镇居民收入是多少？", answer),))]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 2}, "n: 只有一个答案"),
        ({"logprobs": True}, "logprobs: 没有逐词的概率"),
        ({"messages": [{"role": "user", "content": [PICTURE]}]}, "messages: 只能读文字，读不了 image_url"),
    ],
)
def test_what_can_not_be_is_told_in_chinese_too(http: httpx.Client, change: dict[str, Any], message: str) -> None:
    body = {"messages": [{"role": "user", "content": "问"}]} | change
    reply = http.post("/v1/chat/completions", json=body, headers={"accept-language": "zh"})
    assert reply.status_code == 400
    assert reply.json()["error"]["message"].startswith(message)
    assert reply.json()["error"]["param"] == message.partition(":")[0]


def test_the_users_messages_are_the_conversation(client: openai.OpenAI, assistant: FakeAssistant) -> None:
    client.chat.completions.create(
        model="gpt-anything",
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": "城镇居民收入是多少？"},
            {"role": "assistant", "content": "81200元。[1]"},
            {
                "role": "user",
                "content": [{"type": "text", "text": "那农村呢，"}, {"type": "text", "text": "2025年的？"}],
            },
        ],
        temperature=0.2,
        max_tokens=50,
        n=1,
        seed=7,
        user="someone",
        extra_body={"a_parameter_of_next_year": True},
    )
    assert assistant.asked == [("那农村呢，\n2025年的？", (Turn("城镇居民收入是多少？", "81200元。[1]"),))]


@pytest.mark.parametrize("answer", [NOT_FOUND, CLARIFY], ids=lambda answer: answer.status)
def test_a_completion_that_is_no_finding_says_so_in_words(client: openai.OpenAI, answer: Answer) -> None:
    completion = client.chat.completions.create(model="youju", messages=[{"role": "user", "content": answer.question}])
    assert completion.choices[0].message.content == answer.answer
    assert completion.model_extra["youju"]["status"] == answer.status  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"messages": []}, "messages: List should have at least 1 item after validation, not 0"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages: the last user message must hold the question"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages: the last user message must hold the question"),
        (
            {"messages": [{"role": "user", "content": "长" * (MAX_QUESTION_CHARS + 1)}]},
            "messages: the question has 2001 characters, the limit is 2000",
        ),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages.0.role: Input should be 'system'"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]},
            "messages: only text can be read, not image_url",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0.text: Field required"),
        ({"n": 2}, "n: there is one answer only"),
        ({"response_format": {"type": "xml"}}, "response_format.type: Input should be 'text'"),
        ({"logprobs": True}, "logprobs: there are none"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_in_openais_words(
    client: openai.OpenAI, change: dict[str, Any], message: str
) -> None:
    request: dict[str, Any] = {"model": "youju", "messages": [{"role": "user", "content": "问"}]} | change
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(**request)
    assert refused.value.body["message"].startswith(message)  # type: ignore[index]
    assert refused.value.body["type"] == "invalid_request_error"  # type: ignore[index]


def test_a_failed_completion_raises_in_the_client(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="the server failed to answer"):
        client.chat.completions.create(model="youju", messages=[{"role": "user", "content": BROKEN}])
    stream = client.chat.completions.create(model="youju", messages=[{"role": "user", "content": BROKEN}], stream=True)
    with pytest.raises(openai.APIError, match="could not be finished"):
        list(stream)


def test_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["youju"]
    assert client.models.retrieve("youju").owned_by == "youju"
    with pytest.raises(openai.NotFoundError, match="the only model is 'youju'"):
        client.models.retrieve("gpt")


def test_a_filter_limits_what_is_asked_and_searched(http: httpx.Client, assistant: FakeAssistant) -> None:
    chosen = {"tags": ["预算"], "since": "2024", "standing": "today", "groups": []}
    http.post("/v1/ask", json={"question": RURAL.question, "filter": chosen})
    http.post("/v1/search", json={"query": "收入", "filter": {"folders": ["/资料"]}})
    messages = [{"role": "user", "content": RURAL.question}]
    http.post("/v1/chat/completions", json={"model": "youju", "messages": messages, "filter": {"groups": ["甲"]}})
    http.post("/v1/ask", json={"question": RURAL.question, "filter": None})
    assert assistant.filters == [
        Filter.of(tags=["预算"], since="2024", standing="today", groups=[]),
        Filter.of(folders=["/资料"]),
        Filter.of(groups=["甲"]),
        OPEN,
    ]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"since": "去年"}, "since: '去年' 不是日期"),
        ({"standing": "2024"}, "standing: '2024' 应是 today"),
        ({"group": ["甲"]}, "filter.group: 没有这个字段"),
        ({"tags": "预算"}, "filter.tags: 要是列表"),
        ("预算", "filter: 要是 JSON 对象"),
    ],
)
def test_a_filter_that_can_not_be_meant_is_refused(http: httpx.Client, wrong: Any, where: str) -> None:
    asked = {"question": "收入？", "filter": wrong}
    response = http.post("/v1/ask", json=asked)
    assert response.status_code == 422
    assert where in message_of(response)
    chat = {"model": "youju", "messages": [{"role": "user", "content": "收入？"}], "filter": wrong}
    assert http.post("/v1/chat/completions", json=chat).status_code == 400


def test_documents_are_listed_and_opened_through_a_filter(http: httpx.Client) -> None:
    listed = http.get("/v1/documents", params={"documents": [BULLETIN.id]}).json()["documents"]
    assert [each["id"] for each in listed] == [BULLETIN.id]
    assert http.get(f"/v1/documents/{BULLETIN.id}", params={"documents": ["bbbb2222"]}).status_code == 404
    assert http.get("/v1/documents", params={"until": "明年"}).status_code == 422
    fields = http.get("/openapi.json").json()["components"]["schemas"]["FilterBody"]["properties"]
    assert all("description" in field for field in fields.values())
