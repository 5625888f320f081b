"""What a user sees of models as they are, streamed and not, through the whole server and OpenAI's client"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx
import pytest

from assistant.answers import Answer
from assistant.checks.verify import verify
from assistant.integrations.langchain import as_runnable
from eval.scripted import Reply
from tests.fakes.models import BEHAVIOURS, QUESTION, RIGHT, WITHHELD, Behaviour, Stand, asked, says
from tests.fakes.report import MARKDOWN


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with Stand(tmp_path_factory.mktemp("models")) as stand:
        yield stand


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda each: each.name)
def test_each_ends_in_a_checked_answer_or_a_quoted_one(stand: Stand, behaviour: Behaviour) -> None:
    stand.behave(behaviour)
    streamed = asked(stand.url, stream=True)
    stand.behave(behaviour)
    whole = asked(stand.url, stream=False)

    for seen in (streamed, whole):
        assert seen.engine == ("extractive" if behaviour.sees == "quoted" else "scripted"), seen
        assert "54321" in seen.text
        assert seen.text.count("54321") == 1, "the answer was sent twice"
        assert not any(words in seen.text.split("\n> ")[0] for words in WITHHELD), seen.text
        assert behaviour.line in seen.notice, seen.notice
        assert bool(seen.notice) == bool(behaviour.line)
        assert ("\n\n> 说明：" in seen.text) == bool(behaviour.line), "the user isn't told"
        assert seen.whole_s < behaviour.within_s, seen
    assert streamed.text == whole.text


def test_what_a_service_refuses_is_asked_for_once(stand: Stand) -> None:
    stand.behave(next(each for each in BEHAVIOURS if "temperature" in each.name))
    asked(stand.url, stream=True)
    assert len(stand.model.requests) == 4
    asked(stand.url, stream=True)
    assert len(stand.model.requests) == 5
    rules, *_ = stand.model.requests[-1].json["messages"]
    assert rules["role"] == "user"
    assert rules["content"].startswith("你是“有据”")


def test_a_small_window_is_remembered(stand: Stand) -> None:
    stand.behave(next(each for each in BEHAVIOURS if "4k" in each.name))
    asked(stand.url, stream=False)
    assert len(stand.model.requests) == 2
    asked(stand.url, stream=False)
    assert len(stand.model.requests) == 3
    first, second, _ = (request.prompt for request in stand.model.requests)
    assert len(second) < len(first)
    assert "54321" in second


def test_a_busy_service_is_left_alone_as_long_as_it_wants(stand: Stand) -> None:
    stand.behave(next(each for each in BEHAVIOURS if each.name.endswith("30")))
    first, again = asked(stand.url, stream=False), asked(stand.url, stream=True)
    assert len(stand.model.requests) == 1
    assert "30 秒后再试" in first.notice
    assert "秒后再试" in again.notice


def test_a_thought_that_nothing_opens_is_waited_for_from_then_on(stand: Stand) -> None:
    # The thought's sentence is true and marked: only what was seen before tells that it is none of the answer.
    aloud = Behaviour("", says(f"2020年湖州市农村居民人均可支配收入为39876元。[1]然后呢？</think>{RIGHT}"))
    stand.behave(aloud)
    asked(stand.url, stream=True)
    assert "39876" not in asked(stand.url, stream=True).text


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/chat/completions"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_ends_the_call_within_a_second(stand: Stand, path: str, stream: bool) -> None:
    slow = Behaviour("", lambda *_: Reply("一" * 4000, piece_wait_s=0.05), timeout_s=60.0)
    body = {"question": QUESTION, "messages": [{"role": "user", "content": QUESTION}], "stream": stream}
    stand.behave(slow)
    with suppress(httpx.TimeoutException), httpx.stream("POST", f"{stand.url}{path}", json=body, timeout=1) as response:
        while not stand.model.requests:  # a stream has begun, a whole reply has waited for a second
            time.sleep(0.02)
        assert response.status_code == 200
    assert stand.model.requests, "the model wasn't asked"
    started_s = time.monotonic()
    assert stand.model.hung_up.wait(2), "the model writes on for nobody"
    assert time.monotonic() - started_s < 1


def test_a_model_writes_in_the_language_that_is_wished(stand: Stand) -> None:
    english = "In 2025 the per capita disposable income of rural residents was 54,321 yuan (农村居民人均可支配收入).[1]"
    stand.behave(Behaviour("", says(english)))
    messages = [{"role": "system", "content": "Answer in English."}, {"role": "user", "content": QUESTION}]
    sent = httpx.post(f"{stand.url}/v1/chat/completions", json={"messages": messages}, timeout=60).json()
    assert sent["choices"][0]["message"]["content"] == english
    assert f"Question: {QUESTION}" in stand.model.requests[0].prompt


@contextmanager
def silent(stand: Stand) -> Iterator[socket.socket]:
    """A model that never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        stand.behave(BEHAVIOURS[0], timeout_s=60.0, base_url=f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
        yield listening


def hangs_up(connection: socket.socket) -> bool:
    """Whether whoever called ends the call within a second."""
    started_s = time.monotonic()
    connection.settimeout(2)
    while connection.recv(65536):
        pass
    return time.monotonic() - started_s < 1


@pytest.mark.parametrize("stream", [True, False])
def test_a_call_that_hangs_ends_with_its_client(stand: Stand, stream: bool) -> None:
    with silent(stand) as model:
        body = {"question": QUESTION, "stream": stream}
        with suppress(httpx.TimeoutException):
            httpx.post(f"{stand.url}/v1/ask", json=body, timeout=1)
        connection, _ = model.accept()
        with connection:
            assert hangs_up(connection)


@pytest.mark.parametrize("how", ["stopped", "cut", "deleted", "stopped when its reader has left"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_call_that_hangs_ends_with_its_turn(stand: Stand, how: str, stream: bool) -> None:
    with silent(stand) as model, ThreadPoolExecutor(1) as asking, httpx.Client(base_url=stand.url, timeout=60) as http:
        path = f"/v1/conversations/{http.post('/v1/conversations', json={}).json()['id']}"
        leaves_s = 0.5 if how.endswith("left") else 60
        body = {"question": QUESTION, "stream": stream}
        asked = asking.submit(httpx.post, f"{stand.url}{path}/turns", json=body, timeout=leaves_s)
        connection, _ = model.accept()
        with connection:
            [turn] = http.get(path).json()["turns"]
            if how.endswith("left"):
                with pytest.raises(httpx.TimeoutException):
                    asked.result()
                assert http.get(path).json()["turns"][0]["state"] == "asking", "it isn't written any longer"
            if how.startswith("stopped"):
                assert http.post(f"/v1/turns/{turn['id']}/stop").json() == {"stopped": True}
            else:
                http.delete(f"{path}/turns/{turn['id']}" if how == "cut" else path).raise_for_status()
            assert hangs_up(connection)
        if how == "stopped":
            told = asked.result()
            assert ("event: stopped" in told.text) if stream else (told.json()["state"] == "stopped")
            [turn] = http.get(path).json()["turns"]
            assert (turn["state"], turn["text"], turn["answer"]) == ("stopped", "", None)


@pytest.mark.parametrize("awaited", ["astream", "ainvoke"])
async def test_a_call_that_hangs_ends_with_langchains_listener(stand: Stand, awaited: str) -> None:
    async def listen() -> None:
        if awaited == "ainvoke":
            await as_runnable(stand.assistant).ainvoke(QUESTION)
        async for _ in as_runnable(stand.assistant).astream(QUESTION):
            raise AssertionError("the model says nothing")

    with silent(stand) as model:
        listening = asyncio.ensure_future(listen())
        connection, _ = await asyncio.to_thread(model.accept)
        with connection:
            listening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await listening
            assert await asyncio.to_thread(hangs_up, connection)


def test_a_streamed_mark_is_final_and_its_quote_verbatim(stand: Stand) -> None:
    stand.behave(BEHAVIOURS[0])
    answer = Answer.from_json(httpx.post(f"{stand.url}/v1/ask", json={"question": QUESTION}, timeout=60).json())
    assert [citation.number for citation in answer.citations] == [1]
    assert answer.citations[0].quote in MARKDOWN
    assert verify(answer.answer, answer.citations).ok
