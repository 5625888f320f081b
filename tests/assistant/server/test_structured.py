"""Schemas of clients: what can't be used is told, and nothing that stands in one keeps the server from others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest

from assistant.ask import Assistant
from assistant.server.app import create_app
from tests.fakes.assistant import RURAL, FakeAssistant
from tests.fakes.server import Server

HANGS = "^(([^x])+)+x$"
AT = "response_format.json_schema.schema"


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with (
        Server(create_app(cast(Assistant, FakeAssistant()), web=False)) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def wanted(schema: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}}


def called(schema: Any) -> dict[str, Any]:
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    return {"tools": [tool], "tool_choice": "required"}


def reply(http: httpx.Client, wish: dict[str, Any]) -> httpx.Response:
    messages = [{"role": "user", "content": RURAL.question}]
    return http.post("/v1/chat/completions", json={"messages": messages, **wish})


def made(http: httpx.Client, schema: Any) -> Any:
    found = reply(http, wanted(schema))
    assert found.status_code == 200, found.text
    return json.loads(found.json()["choices"][0]["message"]["content"])


def refused(http: httpx.Client, schema: Any) -> str:
    found = reply(http, wanted(schema))
    assert found.status_code == 400, found.text
    error = found.json()["error"]
    assert (error["param"], error["code"]) == (AT, "schema_does_not_fit")
    assert error["message"].count(AT) == 1
    return str(error["message"])


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


# Patterns


@pytest.mark.parametrize("wish", [wanted, called])
def test_a_pattern_that_backtracks_without_end_holds_nobody_up(http: httpx.Client, wish: Any) -> None:
    found = reply(http, wish(of(answer={"type": "string", "pattern": HANGS})))
    assert found.status_code in (200, 400)  # the answer has no x at its end
    assert HANGS not in found.text
    assert http.get("/healthz").status_code == 200


def test_a_value_meets_the_pattern_or_is_not_given(http: httpx.Client) -> None:
    found = made(http, of(answer={"type": "string", "pattern": r"\d+"}))
    assert re.search(r"\d+", found["answer"])
    optional = of(answer={"type": "string"}) | {"required": ["answer"]}
    optional["properties"] |= {"title": {"type": "string", "pattern": "^x{3}$"}}
    assert set(made(http, optional)) == {"answer"}
    lacking = reply(http, wanted(of(answer={"type": "string", "pattern": "^x{3}$"}))).json()["choices"][0]["message"]
    assert lacking["content"] is None
    assert "answer" in lacking["refusal"]


@pytest.mark.parametrize("pattern", ["[", "(?=a)b", "(a)\\1", "a" * 201, "(?:(?:.?){100}){50}x"])
def test_a_pattern_that_can_not_be_used_is_told(http: httpx.Client, pattern: str) -> None:
    assert "pattern" in refused(http, of(answer={"type": "string", "pattern": pattern}))


@pytest.mark.parametrize("key", [{"format": "date"}, {"format": "email"}, {"minLength": 1000}, {"maxLength": 2}])
def test_a_value_of_another_form_is_not_given(http: httpx.Client, key: dict[str, Any]) -> None:
    schema = of(answer={"type": "string", **key})
    assert reply(http, wanted(schema)).json()["choices"][0]["message"]["content"] is None


def test_of_several_values_the_clients_own_is_given(http: httpx.Client) -> None:
    marks = of(mark={"type": "integer", "enum": [1, 2]})
    assert made(http, of(sources={"type": "array", "items": marks})) == {"sources": [{"mark": 1}, {"mark": 2}]}


# How large


def chain(levels: int) -> dict[str, Any]:
    """Each refers twice to the next: 2^levels values."""
    each = {f"A{n}": of(**{key: {"$ref": f"#/$defs/A{n + 1}"} for key in "xy"}) for n in range(levels)}
    return {"$ref": "#/$defs/A0", "$defs": each | {f"A{levels}": of(answer={"type": "string"})}}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = of(answer=schema)
    return schema


def test_references_are_followed_so_far(http: httpx.Client) -> None:
    assert made(http, chain(2))["x"]["y"]["answer"]
    assert "1000" in refused(http, chain(16))
    assert "32" in refused(http, nested(400))
    assert "10000" in refused(http, of(answer={"enum": ["多"] * 10_001}))
    options = {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "string"}]}
    assert made(http, {"$defs": {"A": of(x={"type": "string"})}, **of(answer=options)})["answer"]


def test_a_schema_that_leads_back_to_itself_ends_where_it_may(http: httpx.Client) -> None:
    itself = {"$ref": "#/$defs/A"}
    answer = {"type": "string"}

    def with_next(following: Any, **more: Any) -> dict[str, Any]:
        return {"$defs": {"A": of(answer=answer, next=following) | more}, **itself}

    assert made(http, with_next({"anyOf": [itself, {"type": "null"}]}))["next"] is None
    assert set(made(http, with_next(itself, required=["answer"]))) == {"answer"}
    assert made(http, of(answer=answer, items={"type": "array", "items": {"$ref": "#"}}))["items"] == []
    assert "$ref" in refused(http, with_next(itself))
    assert "$ref" in refused(http, {"$defs": {"A": {"$ref": "#/$defs/B"}, "B": itself}, **itself})


# What is none


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": ["a"]},
        {"type": "object", "properties": {"answer": {"enum": "x"}}, "required": "answer"},
        {"type": "wat"},
        {"type": []},
        {"type": {"a": 1}},
        of(answer=5),
        of(answer={"type": "string", "minLength": "3"}),
        of(answer={"type": "string", "pattern": 5}),
        of(answer={"type": "string", "enum": []}),
        of(answer={"anyOf": "x"}),
        of(answer={"anyOf": [3]}),
        of(answer={"allOf": [3]}),
        of(answer={"$ref": 5}),
        of(answer={"$ref": "#/$defs/none"}),
        of(answer={"$ref": "https://example.org/schema"}),
        of(sources={"type": "array", "items": ["x"]}),
        of(sources={"type": "array", "maxItems": "x"}),
        of(answer={"type": "string", "maxLength": 10**400}),
        of(answer={"type": "string"}) | {"patternProperties": {HANGS: {"type": "null"}}},
    ],
)
def test_what_is_no_schema_is_told(http: httpx.Client, schema: Any) -> None:
    refused(http, schema)
    tool = reply(http, called(schema))
    assert (tool.status_code, tool.json()["error"]["param"]) == (400, "tool_choice")


def test_a_wrong_schema_is_told_in_the_readers_language(http: httpx.Client) -> None:
    schema = of(answer={"type": "string", "pattern": "["})
    messages = [{"role": "user", "content": RURAL.question}]
    body = {"messages": messages, **wanted(schema)}
    told = http.post("/v1/chat/completions", json=body, headers={"accept-language": "zh"}).json()["error"]["message"]
    assert told.startswith(f"{AT}.answer: 这个 pattern 用不了")
