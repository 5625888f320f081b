"""A model's answer through the whole server: what fails the checks is never sent, what is sent is sent once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from assistant.ask import build
from assistant.config import Config
from assistant.server.app import create_app
from eval.scripted import OpenAIServer, Reply, Request
from tests.fakes.report import MARKDOWN
from tests.fakes.server import Server

QUESTION = "2025年湖州市农村居民人均可支配收入是多少？"
RIGHT = "2025年湖州市农村居民人均可支配收入为54321元。[1]"
WRONG = "2025年湖州市农村居民人均可支配收入为64321元。[1]"
EARLIER = "2020年湖州市农村居民人均可支配收入为39876元。[1]"
REPLIES = {
    "right": (RIGHT + EARLIER, RIGHT),
    "mended": (RIGHT + WRONG, EARLIER),
    "half": (RIGHT + WRONG, WRONG),
    "replaced": (WRONG + EARLIER, WRONG),
}
"""What the model writes at first, and when it is asked to mend it."""


@pytest.fixture(params=REPLIES)
def http(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[httpx.Client]:
    first, mended = REPLIES[request.param]

    def reply(asked: Request) -> Reply:
        evidence = next(message["content"] for message in asked.json["messages"] if "\n<<<" in message["content"])
        number = next(at for at, block in enumerate(evidence.split("\n<<<")) if "54321" in block)
        return Reply((mended if "没有通过核对" in asked.prompt else first).replace("[1]", f"[{number}]"))

    (tmp_path / "report.md").write_text(MARKDOWN, encoding="utf8")
    with OpenAIServer(reply) as model:
        config = Config(tmp_path / "data", model="scripted", base_url=model.base_url, api_key="unused")
        assistant = build(config, sources=[tmp_path / "report.md"])
        with Server(create_app(assistant, web=False)) as url, httpx.Client(base_url=url, timeout=30) as client:
            yield client
        assistant.close()


def test_pieces_of_our_own_route_are_the_answer(http: httpx.Client) -> None:
    response = http.post("/v1/ask", json={"question": QUESTION, "stream": True})

    blocks = [block.split("\n") for block in response.text.split("\n\n") if block]
    *deltas, (event, data) = blocks
    answer = json.loads(data.removeprefix("data: "))
    assert event == "event: answer"
    assert {event for event, _ in deltas} == {"event: delta"}
    assert "".join(json.loads(data.removeprefix("data: "))["text"] for _, data in deltas) == answer["answer"]
    assert "64321" not in response.text.replace(answer["notice"] or "", "")
    assert http.post("/v1/ask", json={"question": QUESTION}).json()["answer"] == answer["answer"]


def test_chunks_through_openais_client_are_the_answer(http: httpx.Client) -> None:
    with openai.OpenAI(base_url=f"{http.base_url}/v1", api_key="any", max_retries=0) as client:
        chunks = list(
            client.chat.completions.create(model="youju", messages=[{"role": "user", "content": QUESTION}], stream=True)
        )

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    answer = chunks[-1].model_extra["youju"]  # type: ignore[index]
    said = f"\n\n> 说明：{answer['notice']}" if answer["notice"] else ""
    assert text == answer["answer"] + said
    assert "64321" not in text
