"""Paths as they are told: whole to whoever sits at the machine or manages it, to others from what is registered on

What lies in /srv/文件/政策/2024/办法.pdf, where /srv/文件/政策 is registered, is 政策/2024/办法.pdf to a reader; a
filter by folders is understood in either form.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.owners import PRINCIPAL, Visitor

if TYPE_CHECKING:
    from assistant.ask import Assistant

_PATHS = frozenset({"uri", "path", "copies", "paths", "left_out", "folders", "outcome"})
"""Fields of our JSON in which paths stand, however deep."""
_TEXTS = frozenset({"reason", "why"})
"""Fields with sentences that may name one."""
_MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Roots:
    """What is registered, as others are told of it: path → its name, as long as it takes to tell it from the rest."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, paths: Iterable[str]) -> Roots:
        """Those of paths, absolute ones."""
        parts = {path: PurePath(path).parts for path in dict.fromkeys(paths)}
        names: dict[str, str] = {}
        for length in range(1, max(map(len, parts.values()), default=0) + 1):
            left = {path: own for path, own in parts.items() if path not in names}
            counted = Counter(own[-length:] for own in parts.values())
            names |= {path: "/".join(own[-length:]) for path, own in left.items() if counted[own[-length:]] == 1}
        return cls(names)

    def told(self, path: str) -> str:
        """A path below one of them by its name; another absolute one by the file's name alone."""
        own = PurePath(path)
        for above in (own, *own.parents):
            if (name := self.names.get(str(above))) is not None:
                rest = own.relative_to(above)
                return name if rest == PurePath() else f"{name}/{rest.as_posix()}"
        return own.name if own.is_absolute() else path

    def within(self, text: str) -> str:
        """A sentence with every path below one of them by its name."""
        for path, name in self.names.items():
            text = text.replace(path, name)
        return text

    def meant(self, told: str) -> str:
        """The path that is told so; itself where none is."""
        for path, name in self.names.items():
            if told == name or told.startswith(f"{name}/"):
                return path + told[len(name) :]
        return told


_ROOTS: ContextVar[Roots | None] = ContextVar("roots", default=None)


def meant(paths: Sequence[str]) -> list[str]:
    """The paths that whoever asks means."""
    roots = _ROOTS.get()
    return [roots.meant(path) for path in paths] if roots is not None else list(paths)


def outward(data: Any, *, is_path: bool = False) -> Any:
    """JSON-ready data with its paths as whoever asks is told of them."""
    roots = _ROOTS.get()
    if roots is None:
        return data
    if isinstance(data, dict):
        return {
            key: roots.within(value)
            if key in _TEXTS and isinstance(value, str)
            else outward(value, is_path=is_path or key in _PATHS)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [outward(each, is_path=is_path) for each in data]
    return roots.told(data) if is_path and isinstance(data, str) else data


class Discreet:
    """ASGI middleware, behind the door: has paths told as they may be to whoever asks."""

    def __init__(self, app: ASGIApp, *, assistant: Assistant) -> None:
        self._app = app
        self._assistant = assistant
        self._known: tuple[int, Roots] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Looks up what is registered where somebody isn't to be told of whole paths."""
        visitor = scope.get(PRINCIPAL)
        if scope["type"] != "http" or not isinstance(visitor, Visitor) or visitor.who.is_admin:
            return await self._app(scope, receive, send)
        before = _ROOTS.set(self._roots())
        try:
            return await self._app(scope, receive, _discreetly(send))
        finally:
            _ROOTS.reset(before)

    def _roots(self) -> Roots:
        index = self._assistant.index
        state = index.revision()
        if self._known is None or self._known[0] != state:
            self._known = state, Roots.of(source.path for source in index.sources())
        return self._known[1]


def _discreetly(send: Send) -> Send:
    """Sends JSON with its paths as they may be told; a stream's events are made so where they are written."""
    start: Message | None = None

    async def sent(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("application/json"):
                start = message
                return
        elif start is not None:
            own, start = start, None
            body = message.get("body", b"")
            if not message.get("more_body") and b'"/' in body and len(body) <= _MOST_BYTES:
                body = json.dumps(outward(json.loads(body)), ensure_ascii=False, separators=(",", ":")).encode()
                MutableHeaders(scope=own)["content-length"] = str(len(body))
                message = {**message, "body": body}
            await send(own)
        await send(message)

    return sent
