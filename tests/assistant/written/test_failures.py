"""What services say when they don't answer, and what is understood of it"""

from __future__ import annotations

import httpx
import openai
import pytest

from assistant.written.calls import _refused
from assistant.written.failures import ModelError


def error(status: int, message: str, **headers: str) -> openai.APIStatusError:
    request = httpx.Request("POST", "http://127.0.0.1/v1/chat/completions")
    response = httpx.Response(status, headers=headers, request=request)
    return openai.APIStatusError(message, response=response, body={"message": message})


@pytest.mark.parametrize(
    ("status", "message", "numbers"),
    [
        (
            400,
            "This model's maximum context length is 4097 tokens. Your messages resulted in 5012 tokens.",
            {4097, 5012},
        ),
        (400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096.", {5000, 4096}),
        (400, "the request exceeds the available context size (4096 tokens), try increasing it", {4096}),
        (400, "Range of input length should be [1, 30720]", {30720}),
        (400, "Invalid request: Your request exceeded model token limit: 8192", {8192}),
        (400, "Prompt exceeds max length", set()),
        (400, "The input (5000 tokens) is longer than the model's context length (4096 tokens).", {5000, 4096}),
        (500, "context window exceeded", set()),
        (413, "Request Entity Too Large", set()),
    ],
)
def test_a_prompt_that_is_too_long_is_known_by_what_services_say(status: int, message: str, numbers: set[int]) -> None:
    failure = ModelError.of(error(status, message), started=False)
    assert failure.kind == "context"
    assert set(failure.numbers) == numbers


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "Unsupported parameter: temperature"), (429, "Rate limit: 4096 tokens"), (500, "internal error")],
)
def test_other_failures_are_not(status: int, message: str) -> None:
    assert ModelError.of(error(status, message), started=False).kind != "context"


@pytest.mark.parametrize(
    ("message", "option"),
    [
        ("Unsupported value: 'temperature' does not support 0 with this model.", "temperature"),
        ("invalid temperature: only 1 is allowed for this model", "temperature"),
        ("Extra inputs are not permitted: stream_options", "stream_options"),
        ("Unsupported value: 'messages[0].role' does not support 'system' with this model.", "system"),
        ("System role not supported", "system"),
        ("Only user and assistant roles are supported; got role system", "system"),
        ("streaming is not supported", "stream"),
    ],
)
def test_what_is_refused_is_known_by_its_name(message: str, option: str) -> None:
    refused = error(400, message)
    failure = ModelError.of(refused, started=False)
    assert _refused(refused, failure, frozenset()) == {option}
    assert option not in _refused(refused, failure, frozenset([option]))  # type: ignore[list-item]  # one of them


def test_a_refusal_without_a_word_on_why_costs_what_is_only_nice_to_have() -> None:
    refused = error(422, "Unprocessable")
    assert _refused(refused, ModelError.of(refused, started=False), frozenset()) == {"temperature", "stream_options"}
    denied = error(401, "Unsupported parameter: temperature")
    assert not _refused(denied, ModelError.of(denied, started=False), frozenset())


def test_the_wait_that_a_service_wants_is_told() -> None:
    busy = ModelError.of(error(429, "busy", **{"retry-after": "12.5"}), started=False)
    assert (busy.kind, busy.wait_s) == ("busy", 12.5)
    assert busy.detail("zh") == "429，13 秒后再试"
    assert ModelError.of(error(429, "busy", **{"retry-after": "soon"}), started=False).wait_s is None
