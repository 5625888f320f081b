"""Calls: what a chat model writes, as it comes, in the way that its service takes and within bounds of time

Caller ── asks for what is best, without what the service refuses; again where that helps ──▶ its service
   │  (in one event loop for the process, so that a call can be given up at once, and its connection with it)
   └─▶ pieces, each within the time that somebody waits
"""

from __future__ import annotations

import asyncio
import queue
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from langchain_core.language_models import BaseChatModel

from assistant.answers import Usage
from assistant.leaving import LeftError, is_left
from assistant.written.failures import ModelError, words_of
from assistant.written.prompts import Message
from assistant.written.providers import Option, usage_of

_LOOK_S = 0.1
"""How often it is seen whether anybody still waits."""
_FIRST_WAIT_S = 0.5
_MOST_WAIT_S = 5.0
"""A service that wants to be left alone for longer isn't waited for: the documents are quoted meanwhile."""
_SAYS: dict[Option, re.Pattern[str]] = {
    "stream_options": re.compile(r"stream_options|include_usage"),
    "temperature": re.compile(r"temperature"),
    "system": re.compile(
        r"(?:system|developer)['\"` ]+(?:role|messages?|prompts?)|roles?\b.{0,60}\b(?:system|developer)\b", re.DOTALL
    ),
    "stream": re.compile(r"\bstream(?:ing|ed)?\b"),
}
"""How the words of a refusal name what is refused, the first that fits."""
_NICE_TO_HAVE: tuple[Option, ...] = ("temperature", "stream_options")
"""What is left out where a request is refused without a word on why."""
_OUT_OF_ROOM = frozenset(["length", "max_tokens", "model_length"])
_BREAKS_OFF = _OUT_OF_ROOM | {"content_filter", "safety", "recitation"}
"""Why providers end a reply before the model does; half a sentence may check out, and still lack its 但."""


class Caller:
    """A chat model, asked in the way that its service takes: what that is, it learns from refusals and remembers.

    Safe to use from several threads.
    """

    def __init__(self, make: Callable[[frozenset[Option]], BaseChatModel], *, max_retries: int) -> None:
        """`make` gives the model without some options; it is called here first, and raises what is wrong with it."""
        self._make = make
        self._max_retries = max_retries
        self._without: frozenset[Option] = frozenset()
        self._model = make(self._without)
        self._busy_until_s = 0.0

    def pieces(self, prompt: Sequence[Message], *, until_s: float, silence_s: float) -> Generator[str | Usage]:
        """The model's text as it comes, and what it took where the service tells; "" is a sign of life, as of a model
        that thinks.

        Raises ModelError where they don't all come until then (by `time.monotonic`), or nothing for `silence_s`;
        LeftError when nobody waits any more. However it ends, the call ends with it.
        """
        if (wait_s := self._busy_until_s - time.monotonic()) > 0:
            raise ModelError("busy", 429, wait_s=wait_s)
        arrived: queue.SimpleQueue[str | Usage | Future[None]] = queue.SimpleQueue()
        call = asyncio.run_coroutine_threadsafe(self._call(prompt, arrived.put), _loop())
        call.add_done_callback(arrived.put)
        heard_s = time.monotonic()
        try:
            while True:
                if is_left():
                    raise LeftError
                now_s = time.monotonic()
                if now_s >= until_s:
                    raise ModelError("timeout")
                if now_s - heard_s >= silence_s:
                    raise ModelError("silent", wait_s=silence_s)
                try:
                    item = arrived.get(timeout=min(_LOOK_S, until_s - now_s, silence_s - (now_s - heard_s)))
                except queue.Empty:
                    continue
                heard_s = time.monotonic()
                if isinstance(item, Future):
                    item.result()
                    return
                yield item
        finally:
            call.cancel()

    async def _call(self, prompt: Sequence[Message], put: Callable[[str | Usage], None]) -> None:
        """Asks, and asks again where that may help; raises ModelError only."""
        retries, wait_s = self._max_retries, _FIRST_WAIT_S
        while True:
            without, started = self._without, False
            try:
                async for item in self._read(prompt, without):
                    started = True
                    put(item)
                return
            except ModelError:
                raise
            except Exception as error:  # noqa: BLE001  any model of any provider, with exceptions of its own
                failure = ModelError.of(error, started=started)
                refused = _refused(error, failure, without) if not started else frozenset()
            # Without the cause: what providers say may repeat the key, and tracebacks end up in logs.
            if refused:
                self._without = self._without | refused
                self._model = self._make(self._without)
                continue
            if failure.wait_s is not None and failure.wait_s > _MOST_WAIT_S:
                self._busy_until_s = time.monotonic() + min(failure.wait_s, 60.0)
                raise failure
            if started or not failure.passes or retries == 0:
                raise failure
            await asyncio.sleep(wait_s if failure.wait_s is None else failure.wait_s)
            retries, wait_s = retries - 1, wait_s * 2

    async def _read(self, prompt: Sequence[Message], without: frozenset[Option]) -> AsyncIterator[str | Usage]:
        model, sent = self._model, _folded(prompt) if "system" in without else list(prompt)
        finished = openai = False
        reason = ""
        whole = "stream" in without
        async for chunk in _once(model, sent) if whole else model.astream(sent):
            for usage in usage_of(chunk):
                yield usage
            about = chunk.response_metadata
            openai = openai or about.get("model_provider") == "openai"
            reason = str(about.get("finish_reason") or about.get("stop_reason") or reason)
            finished = finished or bool(reason)
            yield str(chunk.text)
        if reason.lower() in _BREAKS_OFF:
            raise ModelError("full" if reason.lower() in _OUT_OF_ROOM else "cut")
        if openai and not whole and not finished:
            raise ModelError("cut")  # the connection was closed in order, but in the middle of the reply


async def _once(model: BaseChatModel, prompt: list[Message]) -> AsyncIterator[Any]:
    yield await model.ainvoke(prompt)


def _folded(prompt: Sequence[Message]) -> list[Message]:
    """The prompt for a model that knows no rules apart: they begin what it is asked first."""
    rules = "\n\n".join(words for role, words in prompt if role == "system")
    (role, words), *rest = [message for message in prompt if message[0] != "system"]
    return [(role, f"{rules}\n\n{words}"), *rest]


def _refused(error: Exception, failure: ModelError, without: frozenset[Option]) -> frozenset[Option]:
    """What of a request its service refuses, as far as it was asked for."""
    status = failure.status
    if failure.kind == "context" or not isinstance(status, int) or status not in (400, 404, 422, 500, 501):
        return frozenset()
    words = words_of(error).lower()
    for option, says in _SAYS.items():
        if option not in without and says.search(words):
            return frozenset([option])
    return frozenset(_NICE_TO_HAVE) - without if status in (400, 422) else frozenset()


# --- where calls run ----------------------------------------------------------------------------------------------

_starting = threading.Lock()
_running: list[asyncio.AbstractEventLoop] = []


def _loop() -> asyncio.AbstractEventLoop:
    """The loop that models are asked in: one for the process, since a client's connections belong to one."""
    with _starting:
        if not _running:
            loop = asyncio.new_event_loop()
            loop.set_default_executor(_Forsaken())
            threading.Thread(target=loop.run_forever, name="youju-models", daemon=True).start()
            _running.append(loop)
        return _running[0]


class _Forsaken(ThreadPoolExecutor):
    """Runs what can't be awaited, a model without an async client, in threads that the process doesn't wait for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A thread for each."""
        future: Future[Any] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001  it is whoever waits for the result that gets it
                future.set_exception(error)

        threading.Thread(target=run, name="youju-model", daemon=True).start()
        return future
