"""A real HTTP server on loopback that speaks the OpenAI chat-completions protocol with scripted replies.

with OpenAIServer([Reply("2025年收入为54939元。[1]")]) as server:
    ChatOpenAI(model="scripted", base_url=server.base_url, api_key="…").invoke("…")
server.requests[0].json["messages"]
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One scripted reply."""

    text: str = ""
    pieces: Sequence[str] | None = None
    """How `text` is cut when it is streamed; None: two characters at a time."""
    thoughts: Sequence[str] = ()
    """Streamed before the text in a field of their own, `reasoning_content`."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent as it is instead of the protocol's JSON or events."""
    wait_s: float = 0
    """Before the first byte."""
    piece_wait_s: float = 0
    """Before each streamed piece."""
    cut_after: int | None = None
    """Close the connection after this many streamed pieces, or, unstreamed, after this many bytes of the body."""
    finish: bool = True
    """Whether the stream ends properly (a last event with its reason, and [DONE]) rather than just ending."""
    usage: tuple[int, int] | None = None
    """The tokens of prompt and reply that are told at the end of a stream, where the request wants that."""
    reason: str = "stop"
    """Why the reply ends: stop, length, content_filter …"""
    drop: bool = False
    """Close the connection without a byte."""

    @property
    def streamed(self) -> Sequence[str]:
        """The pieces of the text as they are streamed."""
        return self.pieces or [self.text[at : at + 2] for at in range(0, len(self.text), 2)]


@dataclass(frozen=True)
class Request:
    """What the client sent."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    json: Any

    @property
    def prompt(self) -> str:
        """All messages' text."""
        return "\n".join(message["content"] for message in self.json["messages"])


Script = Sequence[Reply] | Callable[[Request], Reply]


class OpenAIServer:
    """Serves `script` in order, its last reply for good; a function is asked each time. Use it as a context manager."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        """Set when a client has left before its reply was written."""
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http = _HTTP(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def base_url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def next(self, request: Request) -> Reply:
        """The reply to a request, which is kept."""
        with self._lock:
            self.requests.append(request)
            if callable(self.script):
                return self.script(request)
            return self.script[min(len(self.requests), len(self.script)) - 1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
                pass

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                reply = server.next(
                    Request(self.path, {name.lower(): value for name, value in self.headers.items()}, sent)
                )
                server._closing.wait(reply.wait_s)
                try:
                    if reply.drop:
                        self._hang_up()
                    elif reply.status == 200 and reply.body is None and sent.get("stream"):
                        self._stream(reply, sent)
                    else:
                        self._whole(reply, sent["model"])
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the client has given up, as some tests want
                    server.hung_up.set()

            def _whole(self, reply: Reply, model: str) -> None:
                body = reply.body if reply.body is not None else _completion(reply, model)
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: reply.cut_after])
                if reply.cut_after is not None:
                    self._hang_up()

            def _stream(self, reply: Reply, sent: Mapping[str, Any]) -> None:
                model = sent["model"]
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self._event(_chunk(model, {"role": "assistant", "content": ""}))
                for thought in reply.thoughts:
                    server._closing.wait(reply.piece_wait_s)
                    self._event(_chunk(model, {"reasoning_content": thought}))
                for number, piece in enumerate(reply.streamed):
                    if number == reply.cut_after:
                        self._hang_up()
                        return
                    server._closing.wait(reply.piece_wait_s)
                    self._event(_chunk(model, {"content": piece}))
                if reply.finish:
                    self._event(_chunk(model, {}, finish=reply.reason))
                    if reply.usage and (sent.get("stream_options") or {}).get("include_usage"):
                        self._event(_chunk(model, {}) | {"choices": [], "usage": _usage(*reply.usage)})
                    self._chunked(b"data: [DONE]\n\n")
                self._chunked(b"")

            def _event(self, data: Mapping[str, Any]) -> None:
                self._chunked(f"data: {json.dumps(data)}\n\n".encode())

            def _chunked(self, raw: bytes) -> None:
                self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
                self.wfile.flush()

            def _hang_up(self) -> None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

        return Handler


class _HTTP(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is part of the tests."""


def _completion(reply: Reply, model: str) -> bytes:
    message = {"role": "assistant", "content": reply.text}
    choice = {"index": 0, "message": message, "finish_reason": reply.reason, "logprobs": None}
    data = {"id": "chatcmpl-1", "object": "chat.completion", "created": int(time.time()), "model": model}
    return json.dumps({**data, "choices": [choice], "usage": _usage(1, 1)}, ensure_ascii=False).encode()


def _chunk(model: str, delta: Mapping[str, Any], *, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    data = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": int(time.time()), "model": model}
    return {**data, "choices": [choice]}


def _usage(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def texts(replies: Iterable[str]) -> list[Reply]:
    """Plain replies, one after another."""
    return [Reply(text) for text in replies]
