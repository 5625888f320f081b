"""What all routes share: ids, languages, methods, ETags, idempotency keys, paging, and the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from assistant.server.app import create_app
from assistant.server.paths import Roots
from assistant.server.requests import language_of
from assistant.server.rights import ROUTES
from tests.fakes.assistant import BULLETIN, RURAL, FakeAssistant
from tests.fakes.server import Server


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with (
        Server(create_app(FakeAssistant(), web=False, environment={})) as url,
        httpx.Client(base_url=url, timeout=10) as client,
    ):
        yield client


def error_of(response: httpx.Response) -> dict[str, Any]:
    return dict(response.json()["error"])


# Ids and languages


def test_each_reply_has_an_id_and_keeps_a_clients_own(http: httpx.Client) -> None:
    one, other = http.get("/healthz"), http.get("/healthz")
    assert one.headers["x-request-id"] != other.headers["x-request-id"]
    assert http.get("/healthz", headers={"x-request-id": "my-own.1"}).headers["x-request-id"] == "my-own.1"
    for bad in ("x" * 81, "a b", "<script>"):
        assert http.get("/healthz", headers={"x-request-id": bad}).headers["x-request-id"] != bad


@pytest.mark.parametrize(
    ("accepted", "message"),
    [
        ("", "question: 没有写，请补上"),
        ("en", "question: Field required"),
        ("en-GB,en;q=0.9,zh;q=0.1", "question: Field required"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "question: 没有写，请补上"),
        ("fr, en;q=0.2", "question: Field required"),
        ("en;q=0, fr", "question: 没有写，请补上"),
        ("en;q=x,;,", "question: 没有写，请补上"),
    ],
)
def test_errors_are_in_the_readers_language(http: httpx.Client, accepted: str, message: str) -> None:
    response = http.post("/v1/ask", json={}, headers={"accept-language": accepted})
    assert error_of(response)["message"] == message
    assert error_of(response)["code"] == "missing"


def test_openais_clients_are_answered_in_english_and_in_openais_form(http: httpx.Client) -> None:
    response = http.post("/v1/chat/completions", json={})
    assert error_of(response)["message"] == "messages: Field required"
    assert set(error_of(response)) == {"message", "type", "param", "code"}
    assert response.headers["x-request-id"]
    assert language_of(httpx.Headers({"accept-language": "zh"}), "/v1/models") == "zh"  # type: ignore[arg-type]


def test_a_field_that_a_check_names_is_the_one(http: httpx.Client) -> None:
    error = error_of(http.post("/v1/search", json={"query": "好", "filter": {"since": "2024-13"}}))
    assert error["param"] == "filter.since"
    assert error["message"].startswith("filter.since: '2024-13' 不是日期")


# Methods


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/ask", "OPTIONS, POST"),
        ("/v1/documents", "GET, HEAD, OPTIONS, PATCH, POST"),
        ("/v1/documents/remove", "OPTIONS, POST"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(http: httpx.Client, path: str, allowed: str) -> None:
    options = http.request("OPTIONS", path)
    assert (options.status_code, options.headers["allow"]) == (204, allowed)
    for method in ("TRACE", "PROPFIND", "DELETE"):
        wrong = http.request(method, path)
        assert (wrong.status_code, wrong.headers["allow"]) == (405, allowed)
        assert error_of(wrong)["code"] == "method_not_allowed"


def test_head_is_get_without_its_body(http: httpx.Client) -> None:
    for path in ("/v1/documents", f"/v1/documents/{BULLETIN.id}", "/healthz", "/v1/documents/none"):
        head, get = http.head(path), http.get(path)
        assert head.status_code == get.status_code
        assert head.content == b""
        if get.status_code == 200:
            assert head.headers["content-length"] == get.headers["content-length"]
            assert head.headers.get("etag") == get.headers.get("etag")


# What is kept by clients, and sent again by them


def test_what_has_not_changed_is_not_sent_again(http: httpx.Client) -> None:
    for path in ("/v1/documents", f"/v1/documents/{BULLETIN.id}", "/openapi.json"):
        tag = http.get(path).headers["etag"]
        for wanted in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            same = http.get(path, headers={"if-none-match": wanted})
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        assert http.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    assert "etag" not in http.get("/v1/documents/none").headers


def test_a_write_with_a_key_is_done_once(http: httpx.Client) -> None:
    before = len(http.get("/v1/conversations").json()["conversations"])
    key = {"idempotency-key": "first-1"}
    made = [http.post("/v1/conversations", json={"title": "一次"}, headers=key) for _ in range(3)]
    assert [each.status_code for each in made] == [201, 201, 201]
    assert len({each.json()["id"] for each in made}) == 1
    assert [each.headers.get("idempotent-replayed") for each in made] == [None, "true", "true"]
    assert len(http.get("/v1/conversations").json()["conversations"]) == before + 1
    other = http.post("/v1/conversations", json={"title": "另一个"}, headers=key)
    assert (other.status_code, error_of(other)["code"]) == (409, "idempotency_key_reused")
    for bad in (b"", "两个 字".encode(), b"x" * 201):
        wrong = http.post("/v1/conversations", json={}, headers={b"idempotency-key": bad})
        assert (wrong.status_code, error_of(wrong)["param"]) == (422, "Idempotency-Key")


def test_a_stream_with_a_key_is_done_once_and_not_told_again(http: httpx.Client) -> None:
    conversation = http.post("/v1/conversations", json={}).json()["id"]
    path, key = f"/v1/conversations/{conversation}/turns", {"idempotency-key": "stream-1"}
    asked = {"question": RURAL.question, "stream": True}
    assert "event: answer" in http.post(path, json=asked, headers=key).text
    again = http.post(path, json=asked, headers=key)
    assert (again.status_code, error_of(again)["code"]) == (409, "done_before")
    assert len(http.get(f"/v1/conversations/{conversation}").json()["turns"]) == 1


def test_what_failed_may_be_tried_again_with_its_key(http: httpx.Client) -> None:
    path, key = "/v1/conversations/none/turns", {"idempotency-key": "gone-1"}
    assert http.post(path, json={"question": "好"}, headers=key).status_code == 404
    again = http.post(path, json={"question": "好"}, headers=key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (404, "true")  # what was wrong stays wrong


HALF = "浙\ud83d江"
USER = {"role": "user", "content": "收入？"}


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": HALF}]}, "messages.0.content"),
        ("/v1/chat/completions", {"messages": [USER | {"content": HALF}], "stream": True}, "messages.0.content"),
        ("/v1/chat/completions", {"messages": [USER | {"name": HALF}]}, "messages.0.name"),
        ("/v1/chat/completions", {"messages": [{"role": "system", "content": HALF}, USER]}, "messages.0.content"),
        (
            "/v1/chat/completions",
            {"messages": [USER | {"content": [{"type": "text", "text": HALF}]}]},
            "messages.0.content.0.text",
        ),
        ("/v1/chat/completions", {"messages": [USER], "model": f"youju/{HALF}"}, "model"),
        ("/v1/ask", {"question": HALF}, "question"),
        ("/v1/ask", {"question": "收入？", "history": [HALF]}, "history.0"),
        ("/v1/ask", {"question": "收入？", "history": [{"question": "甲", "answer": HALF}]}, "history.0.answer"),
        ("/v1/search", {"query": "收入", "filter": {"documents": [HALF]}}, "filter.documents.0"),
        ("/v1/documents/remove", {"documents": [HALF]}, "documents.0"),
    ],
)
def test_half_a_character_is_told(http: httpx.Client, path: str, body: Any, param: str) -> None:
    headers = {"accept-language": "zh", "content-type": "application/json"}
    response = http.post(path, content=json.dumps(body), headers=headers)
    assert response.status_code == (400 if "chat" in path else 422)
    error = response.json()["error"]
    assert (error["param"], error["code"]) == (param, "string_unicode")
    assert error["message"] == f"{param}: 不是 UTF-8 的文字"


# Paths


def test_paths_are_told_from_what_is_registered_on() -> None:
    roots = Roots.of(["/srv/文件/政策", "/home/甲/政策", "/data/a.pdf"])
    assert roots.told("/srv/文件/政策/2024/办法.pdf") == "文件/政策/2024/办法.pdf"
    assert roots.told("/home/甲/政策") == "甲/政策"
    assert roots.told("/data/a.pdf") == "a.pdf"
    assert roots.told("/etc/passwd") == "passwd"
    assert roots.told("https://example.cn/a") == "https://example.cn/a"
    for path in ("/srv/文件/政策/2024/办法.pdf", "/home/甲/政策"):
        assert roots.meant(roots.told(path)) == path
    assert roots.meant("别的") == "别的"


# The OpenAPI document


def test_every_reply_has_a_schema_and_every_route_its_errors(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    theirs = ("/v1/chat/completions", "/v1/models", "/v1/models/{model}")
    listed = {(method, path.replace(":path}", "}")) for method, path, _ in ROUTES if path.startswith("/v1/")}
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert listed <= told
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["description"], where
            responses = operation["responses"]
            assert {"401", "403", "422", "429", "500", "503"} <= set(responses), where
            for status, response in responses.items():
                contents = response.get("content", {})
                assert "X-Request-ID" in response["headers"], where
                if status == "204" or path in theirs:
                    continue
                assert contents, (where, status)
                for kind, content in contents.items():
                    schema = content.get("schema", {})
                    assert set(schema) - {"title"} or kind.startswith("text/plain"), (where, status, kind)
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    assert {"post_ask", "get_documents", "get_documents_by_document_id"} <= set(names)
    for reference in set(json.dumps(document).split('"#/components/schemas/')[1:]):
        assert reference.split('"')[0] in schemas


def test_figures_come_in_pages(http: httpx.Client) -> None:
    for wrong in ("limit=0", "limit=x", "offset=-1", "offset=99999999999999999999"):
        assert http.get(f"/v1/figures?metric=收入&{wrong}").status_code == 422
