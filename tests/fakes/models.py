"""Chat models as they are: how a scripted one behaves, and what a user then has to see; and the table of docs/models.md

python -m tests.fakes.models     asks each of them, streamed and not, with the time that is usual, and prints it
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import httpx
import openai

from assistant.ask import build
from assistant.config import Config
from assistant.server.app import create_app
from eval.scripted import OpenAIServer, Reply, Request
from sources.tokens import count
from tests.fakes.report import MARKDOWN
from tests.fakes.server import Server

QUESTION = "2025年湖州市农村居民人均可支配收入是多少？"
RIGHT = "2025年湖州市农村居民人均可支配收入为54321元。[1]"
WRONG = "2025年湖州市农村居民人均可支配收入为64321元。[1]"
EARLIER = "2020年湖州市农村居民人均可支配收入为39876元。[1]"
WITHHELD = ("64321", "99", "用户", "对不起", "is 54321", "<think", "think>", "资料里")
"""What no user may ever see of all of these."""
FILLER = "".join(
    f"\n\n{name}县2025年农村居民人均可支配收入情况：全县持续推进农民增收工作，发展特色产业{at}个，培训农民{at}00人次，"
    f"{name}县农村居民收入稳步增长，城乡居民收入差距继续缩小，村集体经济不断壮大，各乡镇收入水平均有提高。"
    for at, name in enumerate("东西南北中上下前后左右内外青红蓝绿黄白黑金木水火土山河湖海江林田", 11)
)
"""About the same: what fills a model's window."""


@dataclass(frozen=True)
class Behaviour:
    """How a model, or its service, behaves."""

    name: str
    reply: Callable[[Request, int], Reply]
    """To the n-th request, from 1; [1] stands for the excerpt that answers."""
    sees: Literal["written", "part", "quoted"] = "written"
    """What the user gets: the model's answer, the part of it that holds, or the documents quoted."""
    line: str = ""
    """In the line that says why."""
    timeout_s: float = 10.0
    within_s: float = 5.0
    """How long it may take at most, beside what the server itself needs, with that time-out."""


def says(*texts: str) -> Callable[[Request, int], Reply]:
    """One text after the other, the last for good."""
    return lambda _, n: Reply(texts[min(n, len(texts)) - 1])


def _refusing(request: Request, _: int) -> Reply:
    sent = request.json
    for name in ("stream_options", "temperature"):
        if name in sent:
            return _error(400, f"Unsupported parameter: '{name}' is not supported with this model.")
    if any(message["role"] == "system" for message in sent["messages"]):
        return _error(400, "System role not supported")
    return Reply(RIGHT)


def _small(request: Request, _: int) -> Reply:
    tokens = int(1.3 * count(request.prompt))
    if tokens > 4096:
        return _error(
            400,
            f"This model's maximum context length is 4096 tokens. However, your messages resulted in {tokens} tokens.",
        )
    return Reply(RIGHT)


def _error(status: int, message: str, **headers: str) -> Reply:
    body = f'{{"error": {{"message": "{message}", "type": "invalid_request_error"}}}}'
    return Reply(status=status, body=body.encode(), headers=headers)


_TABLE = "| 年份 | 收入 |\n|---|---|\n| **2025年** | 54321元 [1] |\n| 2020年 | {} [1] |\n"
_ALOUD = "用户问收入。资料里有[1]。\n</think>\n"
BEHAVIOURS = (
    Behaviour("follows the rules", says(RIGHT)),
    Behaviour("thinks in `<think>…</think>`", says(f"<think>用户问收入，资料里有。</think>\n{RIGHT}")),
    # In one piece: of a thought that comes slowly, what is marked is told the first time, as nothing says what it is.
    Behaviour(
        "thinks aloud, with a closing `</think>` alone",
        lambda *_: Reply(f"{_ALOUD}{RIGHT}", pieces=[_ALOUD, *RIGHT]),
    ),
    Behaviour("never closes `<thinking>`", says(f"<thinking>用户问收入，{RIGHT}"), "quoted", "没有给出内容"),
    Behaviour("thinks in the field `reasoning_content`", lambda *_: Reply(RIGHT, thoughts=["用户问", "收入"])),
    Behaviour("a wrong number, right when asked again", says(WRONG, RIGHT)),
    Behaviour("a wrong number, twice", says(WRONG), "quoted", "没有通过核对"),
    Behaviour("a right sentence, then a wrong one, twice", says(RIGHT + WRONG, WRONG), "part", "以上是已核对的部分"),
    Behaviour("cites what isn't there", says(RIGHT.replace("[1]", "[99]")), "quoted", "没有通过核对"),
    Behaviour("cites nothing", says(RIGHT.removesuffix("[1]"))),
    Behaviour(
        "a Markdown table with a wrong row, right when asked again",
        says(_TABLE.format("99999元"), _TABLE.format("39876元")),
    ),
    Behaviour("says that it can't answer", says("对不起，我无法回答这个问题。"), "quoted", "没有通过核对"),
    Behaviour(
        "answers in another language",
        says("The rural income of Huzhou in 2025 is 54321 yuan.[1]"),
        "quoted",
        "没有通过核对",
    ),
    Behaviour("breaks off in mid-stream", lambda *_: Reply(RIGHT + EARLIER, finish=False), "part", "中途断了"),
    Behaviour("hangs", lambda *_: Reply(RIGHT, wait_s=100), "quoted", "没有动静", 1.6, 2.5),
    Behaviour("writes too slowly", lambda *_: Reply(RIGHT * 9, piece_wait_s=0.5), "quoted", "限定时间", 1.6, 4.0),
    Behaviour(
        "429 with Retry-After: 1, then well",
        lambda _, n: _error(429, "busy", **{"Retry-After": "1"}) if n == 1 else Reply(RIGHT),
    ),
    Behaviour(
        "429 with Retry-After: 30", lambda *_: _error(429, "busy", **{"Retry-After": "30"}), "quoted", "30 秒后再试"
    ),
    Behaviour("503", lambda *_: _error(503, "overloaded"), "quoted", "出错（503）"),
    Behaviour("a window of 4k", _small),
    Behaviour("refuses `temperature`, `stream_options` and a system message", _refusing),
)


class Stand:
    """A whole server, whose model behaves as it is told."""

    def __init__(self, folder: Path) -> None:
        self._behaviour = BEHAVIOURS[0]
        self.model = OpenAIServer(self._reply)
        self._config = Config(folder / "data", model="scripted", base_url=self.model.base_url, api_key="unused")
        self.assistant = build(self._config, sources=[library(folder)])
        self._server = Server(create_app(self.assistant, web=False))
        self.url = ""

    def __enter__(self) -> Stand:
        self.model.__enter__()
        self.url = self._server.__enter__()
        httpx.post(f"{self.url}/v1/search", json={"query": QUESTION}, timeout=60)  # from here on it is warm
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()
        self.model.__exit__(None, None, None)
        self.assistant.close()

    def behave(self, behaviour: Behaviour, *, timeout_s: float | None = None, base_url: str = "") -> None:
        """From now on, as a model that was never asked before; with `base_url`, one of another service."""
        self._behaviour = behaviour
        self.model.requests.clear()
        self.model.hung_up.clear()
        address = base_url or self.model.base_url
        timeout_s = timeout_s or behaviour.timeout_s
        self.assistant.reconfigure(replace(self._config, timeout_s=timeout_s, base_url=address))

    def _reply(self, asked: Request) -> Reply:
        made = self._behaviour.reply(asked, len(self.model.requests))
        evidence = next(message["content"] for message in asked.json["messages"] if "\n<<<" in message["content"])
        number = next((at for at, block in enumerate(evidence.split("\n<<<")) if "54321" in block), 1)
        return replace(made, text=made.text.replace("[1]", f"[{number}]"))


def library(folder: Path) -> Path:
    """The report, among much about the same."""
    documents = folder / "documents"
    documents.mkdir(exist_ok=True)
    (documents / "report.md").write_text(MARKDOWN, encoding="utf8")
    (documents / "filler.md").write_text(f"# 各县农民增收情况{FILLER}", encoding="utf8")
    return documents


@dataclass(frozen=True)
class Seen:
    """What came of a question."""

    text: str
    first_s: float
    """Until the first words could be read."""
    whole_s: float
    engine: str
    notice: str


def asked(url: str, *, stream: bool) -> Seen:
    """What OpenAI's client gets."""
    started_s = time.monotonic()
    with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0, timeout=httpx.Timeout(150)) as client:
        messages: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]
        if not stream:
            whole = client.chat.completions.create(model="youju", messages=messages)
            took_s = time.monotonic() - started_s
            own = (whole.model_extra or {})["youju"]
            return Seen(whole.choices[0].message.content or "", took_s, took_s, own["engine"], own["notice"] or "")
        text, first_s = "", 0.0
        for chunk in client.chat.completions.create(model="youju", messages=messages, stream=True):
            text += chunk.choices[0].delta.content or ""
            first_s = first_s or (time.monotonic() - started_s if text else 0.0)
        own = (chunk.model_extra or {})["youju"]
        return Seen(text, first_s, time.monotonic() - started_s, own["engine"], own["notice"] or "")


def main() -> None:
    """Prints the table of docs/models.md."""
    out = sys.stdout
    out.write(
        "| the model | the user gets | with the line | streamed: first words, all | whole |\n|---|---|---|---|---|\n"
    )
    with tempfile.TemporaryDirectory() as folder, Stand(Path(folder)) as stand:
        for behaviour in BEHAVIOURS:
            stand.behave(behaviour, timeout_s=60.0)
            streamed = asked(stand.url, stream=True)
            stand.behave(behaviour, timeout_s=60.0)
            whole = asked(stand.url, stream=False)
            quoted, part = streamed.engine == "extractive", "以上是已核对的部分" in streamed.notice
            sees = "the documents, quoted" if quoted else "what of it holds" if part else "its answer, checked"
            times = f"{streamed.first_s:.1f} s, {streamed.whole_s:.1f} s | {whole.whole_s:.1f} s"
            out.write(f"| {behaviour.name} | {sees} | {streamed.notice or '—'} | {times} |\n")
            out.flush()


if __name__ == "__main__":
    main()
