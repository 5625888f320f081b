"""What goes along with a request: its id, the language of whoever reads the reply, and what is noted of it at its end

The id stands in the header X-Request-ID of every reply, in errors and in every line of the log. A client may give its
own; else one is made.
"""

from __future__ import annotations

import re
import secrets
import string
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.answers import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,80}")
_OPENAI = re.compile(r".*/v1/(?:chat/completions|models)(?:/[^/]*)?")
"""Its clients name no language, and what they show is read by programmers."""
_MOST_WEIGHED = 20


@dataclass(slots=True)
class Record:
    """A request as it is told to the log and to what measures. Whoever knows something writes it down here."""

    id: str
    method: str
    began: float = field(default_factory=time.perf_counter)
    route: str = "other"
    """Its path as `rights.ROUTES` writes it: no id of anybody's, and few of them."""
    who: str = ""
    """The kind of principal, with the name of a key or a person."""
    status: int = 499
    """Nginx's number, as long as no reply has begun: the client has left."""
    waited_s: float = 0.0
    first_s: float | None = None
    """Until the first byte of the reply's body."""
    took_s: float = 0.0
    question: str = ""
    outcome: str = ""
    """Of an answer: answered, not_found, clarify."""


class Told(Protocol):
    """Something that is told of every request when it is over."""

    def __call__(self, record: Record) -> None:
        """Takes note."""
        ...


_RECORD: ContextVar[Record | None] = ContextVar("request", default=None)
_LANGUAGE: ContextVar[Language] = ContextVar("language", default="zh")


def record() -> Record | None:
    """The request that is being answered; None outside of one."""
    return _RECORD.get()


def request_id() -> str:
    """Its id; empty outside of one."""
    found = _RECORD.get()
    return found.id if found else ""


def is_openais() -> bool:
    """Whether it is one of OpenAI's routes, whose errors have OpenAI's fields and no others."""
    found = _RECORD.get()
    return found is not None and found.route.startswith(("/v1/chat/", "/v1/models"))


def said(chinese: str, english: str) -> str:
    """The one of the two that whoever asked reads."""
    return english if _LANGUAGE.get() == "en" else chinese


def note_question(text: str) -> None:
    """Has the log know the question, where it was told to keep questions."""
    if found := _RECORD.get():
        found.question = text


def note_outcome(outcome: str) -> None:
    """Has what measures know how a question ended."""
    if found := _RECORD.get():
        found.outcome = outcome


def language_of(headers: Headers, path: str) -> Language:
    """The language that a reply's words are in, by Accept-Language: Chinese where it names neither."""
    weighed: list[tuple[float, Language]] = []
    for part in headers.get("accept-language", "").split(",")[:_MOST_WEIGHED]:
        tag, _, parameter = part.strip().lower().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if tag.split("-")[0] in ("zh", "en") and weight > 0:
            weighed.append((weight, "en" if tag.startswith("en") else "zh"))
    if weighed:
        return max(weighed, key=lambda pair: pair[0])[1]
    return "en" if _OPENAI.fullmatch(path) else "zh"


class Accompanied:
    """ASGI middleware, the outermost: gives the request its id, and tells everybody of `tell` when it is over."""

    def __init__(self, app: ASGIApp, *, tell: Sequence[Told] = ()) -> None:
        self._app = app
        self._tell = tuple(tell)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Puts the id into the reply's headers."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        given = headers.get(HEADER, "")
        own = Record(given if _GIVEN.fullmatch(given) else _new(), scope["method"])
        known, language = _RECORD.set(own), _LANGUAGE.set(language_of(headers, scope["path"]))

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                own.status = message["status"]
                MutableHeaders(scope=message)[HEADER] = own.id
            elif own.first_s is None and message.get("body"):
                own.first_s = time.perf_counter() - own.began
            await send(message)

        try:
            return await self._app(scope, receive, named)
        except BaseException:
            if own.status < 400:
                own.status = 499  # it broke off in the middle
            raise
        finally:
            own.took_s = time.perf_counter() - own.began
            for each in self._tell:
                each(own)
            _RECORD.reset(known)
            _LANGUAGE.reset(language)


def _new() -> str:
    """Letters only, so that it can be told on the telephone."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(20))


def as_fields(of: Record) -> dict[str, Any]:
    """The record as the log has it, without the question."""
    told: dict[str, Any] = {
        "request_id": of.id,
        "method": of.method,
        "route": of.route,
        "status": of.status,
        "ms": round(of.took_s * 1000, 1),
    }
    if of.who:
        told["who"] = of.who
    if of.waited_s >= 0.001:
        told["waited_ms"] = round(of.waited_s * 1000, 1)
    if of.outcome:
        told["outcome"] = of.outcome
    return told
