"""Many at once: turns and who waits for them, bounds of time, stopping in order, and what is told of it all."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import uvicorn

from assistant.server import logs
from assistant.server.app import create_app
from assistant.server.load import Load
from assistant.server.measures import Measures
from assistant.server.queues import FullError, Lane
from assistant.server.requests import Record
from assistant.server.stopping import Stopping
from assistant.server.telemetry import is_wanted, provider_of
from tests.fakes.assistant import RURAL, FakeAssistant
from tests.fakes.server import Server

ASKED = {"question": RURAL.question}


@pytest.fixture
def slow() -> FakeAssistant:
    assistant = FakeAssistant()
    assistant.piece_s = 0.12  # about a second an answer
    return assistant


@pytest.fixture
def narrow(slow: FakeAssistant, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A server that answers one question at once and lets one wait; its parameter, how long an answer may take in s."""
    load = Load(answers=1, waiting=1, wait_s=60, body_s=1, answer_s=getattr(request, "param", 60))
    with (
        Server(create_app(slow, web=False, load=load, environment={})) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


# Turns


async def test_a_lane_lets_so_many_in_in_their_order() -> None:
    lane, order = Lane(lambda: 2, waiting=3, wait_s=5), []

    async def one(name: int) -> None:
        await lane.enter()
        order.append(name)
        await asyncio.sleep(0.01)
        lane.leave(0.01)

    tasks = [asyncio.ensure_future(one(name)) for name in range(5)]
    await asyncio.sleep(0.005)
    assert (lane.running, lane.waiting) == (2, 3)
    with pytest.raises(FullError) as full:
        await lane.enter()
    assert 1 <= full.value.wait_s <= 60
    await asyncio.gather(*tasks)
    assert (order, lane.running, lane.waiting, lane.refused) == ([0, 1, 2, 3, 4], 0, 0, 1)


async def test_who_waits_too_long_or_leaves_gives_the_place_up() -> None:
    lane = Lane(lambda: 1, waiting=5, wait_s=0.02)
    await lane.enter()
    with pytest.raises(FullError):
        await lane.enter()
    leaving = asyncio.ensure_future(lane.enter())
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert lane.waiting == 0
    lane.leave(0.1)
    await lane.enter()
    assert lane.running == 1


def test_one_too_many_is_told_when_to_come_again(narrow: httpx.Client) -> None:
    with ThreadPoolExecutor(6) as people:
        asked = [people.submit(narrow.post, "/v1/ask", json=ASKED) for _ in range(5)]
        time.sleep(0.2)
        assert narrow.get("/v1/models").status_code == 200
        assert narrow.get("/healthz").status_code == 200
        assert not all(each.done() for each in asked), "what is light doesn't wait"
        assert narrow.get("/readyz").status_code == 503
        streamed = narrow.post("/v1/ask", json=ASKED | {"stream": True}, headers={"accept": "text/event-stream"})
    replies = [each.result() for each in asked]
    refused = [each for each in replies if each.status_code == 503]
    assert sorted(each.status_code for each in replies) == [200, 200, 503, 503, 503]
    for each in refused:
        assert 1 <= int(each.headers["retry-after"]) <= 60
        assert each.json()["error"]["code"] == "overloaded"
        assert each.headers["retry-after"] in each.json()["error"]["message"]
    assert (streamed.status_code, streamed.headers["content-type"]) == (503, "text/event-stream; charset=utf-8")
    assert streamed.text.startswith("retry: ")
    assert "event: error" in streamed.text
    assert narrow.get("/readyz").json() == {"ready": True, "documents": 2, "answering": 0, "waiting": 0}


def test_who_leaves_while_waiting_is_not_answered(narrow: httpx.Client, slow: FakeAssistant) -> None:
    with ThreadPoolExecutor(2) as people:
        first = people.submit(narrow.post, "/v1/ask", json=ASKED)
        time.sleep(0.15)
        with pytest.raises(httpx.ReadTimeout):
            narrow.post("/v1/ask", json={"question": "走了的人问的？"}, timeout=0.1)
        assert first.result().status_code == 200
    assert narrow.post("/v1/ask", json=ASKED).status_code == 200
    assert [question for question, _ in slow.asked] == [RURAL.question] * 2


def test_who_leaves_in_the_middle_ends_the_work(narrow: httpx.Client, slow: FakeAssistant) -> None:
    slow.drafts[RURAL.question] = RURAL.answer * 50  # a minute
    with pytest.raises(httpx.ReadTimeout):
        narrow.post("/v1/ask", json=ASKED, timeout=1)
    assert slow.ended.wait(20), "half an answer is not worked out to its end"


@pytest.mark.parametrize("narrow", [0.5], indirect=True)
def test_an_answer_that_takes_too_long_is_broken_off(narrow: httpx.Client, slow: FakeAssistant) -> None:
    whole = narrow.post("/v1/ask", json=ASKED)
    assert (whole.status_code, whole.json()["error"]["code"]) == (504, "timeout")
    streamed = narrow.post("/v1/ask", json=ASKED | {"stream": True}).text
    assert '"code": "timeout"' in streamed.rsplit("event: error", 1)[1]


def test_a_body_that_does_not_come_is_not_waited_for(narrow: httpx.Client) -> None:
    with socket.create_connection((str(narrow.base_url.host), int(narrow.base_url.port or 0))) as open_one:
        head = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        open_one.sendall(head + b"Content-Length: 99\r\n\r\n{")
        open_one.settimeout(5)
        assert b" 408 " in open_one.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("variable", "value"), [("YOUJU_WAITING", "viele"), ("YOUJU_ANSWERS_AT_ONCE", "0"), ("YOUJU_STOP_S", "-1")]
)
def test_a_bound_that_can_not_be_is_named(variable: str, value: str) -> None:
    assert Load.of({"YOUJU_WAITING": "7", "YOUJU_WAIT_S": " "}) == Load(waiting=7)
    with pytest.raises(ValueError, match=variable):
        Load.of({variable: value})


# Stopping


@pytest.mark.parametrize(("piece_s", "ends"), [(0.1, True), (1.2, False)])
def test_a_server_that_is_stopped_finishes_its_answers_in_bounded_time(piece_s: float, ends: bool) -> None:
    assistant = FakeAssistant()
    assistant.piece_s = piece_s
    app = create_app(assistant, web=False, environment={})
    config = uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=2)
    server = Stopping(config, app.state.lanes)
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    text = ""
    with httpx.stream("POST", f"{url}/v1/ask", json=ASKED | {"stream": True}, timeout=20) as reply:
        server.handle_exit(signal.SIGTERM, None)
        stopped = time.monotonic()
        assert app.state.lanes.is_closing
        try:
            for piece in reply.iter_text():
                text += piece
        except httpx.RemoteProtocolError:
            assert not ends
    running.join(10)
    assert not running.is_alive()
    assert time.monotonic() - stopped < 5
    assert ("event: answer" in text) == ends
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/healthz", timeout=60)


# The log


def lines(environment: dict[str, str], *records: Record) -> list[str]:
    stream = io.StringIO()
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.set_up(environment, stream)
        told = logs.RequestLog(environment)
        for each in records:
            told(each)
        logging.getLogger("assistant").warning("与 https://me:hunter2@host 和 Bearer abc.def 的 password=geheim 不通")
    finally:
        root.handlers[:], root.level = handlers, level
        logging.getLogger("assistant.server.requests").setLevel(logging.NOTSET)
    return stream.getvalue().splitlines()


def test_the_log_has_a_line_a_request_and_neither_secrets_nor_questions() -> None:
    asked = Record("abc", "POST", route="/v1/ask", status=200, who="key:门户", question="我的 yj_geheimgeheim 是什么？")
    request, warning = (json.loads(line) for line in lines({"YOUJU_LOG": "json"}, asked))
    assert (request["route"], request["status"], request["request_id"]) == ("/v1/ask", 200, "abc")
    assert "question" not in request
    assert not re.search("hunter2|abc.def|geheim", warning["message"])
    told = lines({"YOUJU_LOG": "json", "YOUJU_LOG_QUESTIONS": "on"}, asked)
    assert json.loads(told[0])["question"] == "我的 *** 是什么？"
    assert len(lines({}, asked)) == 1, "only what goes wrong"
    assert "status=200" in lines({"YOUJU_LOG": "text"}, asked)[0]
    with pytest.raises(logs.LogError, match="YOUJU_LOG"):
        lines({"YOUJU_LOG": "xml"})


def test_what_is_measured_has_few_labels(narrow: httpx.Client) -> None:
    narrow.post("/v1/ask", json=ASKED)
    narrow.get("/v1/documents/secret-id")
    narrow.get("/nowhere/at/all")
    told = narrow.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=")
    assert 'youju_requests_total{method="POST",route="/v1/ask",status="200"} 1.0' in told.text
    assert 'route="/v1/documents/{document_id}",status="404"' in told.text
    assert 'youju_answers_total{outcome="answered"} 1.0' in told.text
    assert "youju_answers_waiting 0.0" in told.text
    for secret in ("secret-id", "nowhere", RURAL.question):
        assert secret not in told.text
    measures = Measures()
    measures(Record("x", "EVIL" * 50, status=405))
    assert b"EVIL" not in measures.told()


def test_traces_are_made_where_the_environment_asks_for_them() -> None:
    assert provider_of({}) is None
    assert not is_wanted({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"})
    assert is_wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317"})
    assert not is_wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"})
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from starlette.testclient import TestClient

    from assistant.server.requests import Accompanied
    from assistant.server.telemetry import Traced

    provider: Any = provider_of({"OTEL_TRACES_EXPORTER": "console", "OTEL_SERVICE_NAME": "probe"})
    kept = InMemorySpanExporter()
    provider._active_span_processor._span_processors = ()  # nothing on the console
    provider.add_span_processor(SimpleSpanProcessor(kept))
    app = create_app(FakeAssistant(), web=False, environment={})
    client = TestClient(Accompanied(Traced(app, provider=provider)), base_url="http://localhost")
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.post("/v1/ask", json=ASKED, headers={"traceparent": caller})
    [span] = kept.get_finished_spans()
    assert span.context.trace_id == int("0af7651916cd43dd8448eb211c80319c", 16)
    assert span.attributes["http.response.status_code"] == 200
    assert RURAL.question not in json.dumps(dict(span.attributes), ensure_ascii=False)
    provider.shutdown()
