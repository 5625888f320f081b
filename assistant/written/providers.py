"""Providers: chat models by name, with their errors and their token counts."""

from __future__ import annotations

import contextlib
import contextvars
import queue
import re
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from assistant.answers import Language, Usage
from assistant.config import Config
from assistant.written.prompts import Message
from sources.tokens import count


def usage_of(message: BaseMessage) -> Iterator[Usage]:
    """What a call took, where the service tells."""
    if counts := getattr(message, "usage_metadata", None):
        yield Usage(counts["input_tokens"], counts["output_tokens"])


def counted_tokens(prompt: Sequence[Message], text: str, model: str) -> Usage:
    """What a call took, by our own count: endpoints don't tell it while they stream."""
    return Usage(sum(count(words, model=model) for _, words in prompt), count(text, model=model))


def total_usage(spent: Sequence[Usage]) -> Usage | None:
    """What all calls took together; None where there was none."""
    if not spent:
        return None
    return Usage(sum(each.prompt_tokens for each in spent), sum(each.completion_tokens for each in spent))


# --- what can go wrong with a model -------------------------------------------------------------------------------

_CAUSES: Mapping[str, Mapping[Language, str]] = {
    "denied": {
        "zh": "模型服务拒绝了访问（{}），请检查 YOUJU_API_KEY",
        "en": "The model service denied access ({}): check YOUJU_API_KEY.",
    },
    "missing": {
        "zh": "模型服务没有这个模型或地址（{}），请检查 YOUJU_MODEL 和 YOUJU_BASE_URL",
        "en": "The model service has no such model or address ({}): check YOUJU_MODEL and YOUJU_BASE_URL.",
    },
    "busy": {
        "zh": "模型服务繁忙或额度用完（{}）",
        "en": "The model service is busy or its quota is used up ({}).",
    },
    "failed": {
        "zh": "模型服务出错（{}）",
        "en": "The model service failed ({}).",
    },
    "timeout": {
        "zh": "模型没有在限定时间内答完",
        "en": "The model did not finish in time.",
    },
    "unreachable": {
        "zh": "连不上模型服务，请检查 YOUJU_BASE_URL 和网络",
        "en": "The model service can't be reached: check YOUJU_BASE_URL and the network.",
    },
    "cut": {
        "zh": "模型的回答中途断了",
        "en": "The model's answer broke off.",
    },
    "unreadable": {
        "zh": "模型服务的回复无法读取",
        "en": "The model service's reply can't be read.",
    },
    "empty": {
        "zh": "模型没有给出内容",
        "en": "The model's answer was empty.",
    },
    "too_long": {
        "zh": "模型的回答过长",
        "en": "The model's answer was too long.",
    },
    "unchecked": {
        "zh": "模型写的回答没有通过核对（{}）",
        "en": "The model's answer failed the checks ({}).",
    },
    "altered": {
        "zh": "模型的回答前后不一致",
        "en": "The model's answer does not continue as it began.",
    },
}
_QUOTED_INSTEAD = {"zh": "；已改用原文摘录。", "en": " This answer quotes the documents instead."}
_REST_LEFT_OUT = {"zh": "；以上是已核对的部分，其余略去。", "en": " What is shown was checked; the rest is left out."}
REFUSED: Mapping[Language, str] = {
    "zh": "模型认为资料不足以回答；以下为原文摘录，请自行判断。",
    "en": "The model found the documents insufficient. This answer quotes what comes closest; judge for yourself.",
}


def notice(cause: str, language: Language, *, detail: str = "", is_partial: bool = False) -> str:
    """One line for the user: why the answer is not the model's, or, where it is partial, not the whole of it."""
    return _CAUSES[cause][language].format(detail) + (_REST_LEFT_OUT if is_partial else _QUOTED_INSTEAD)[language]


_BY_STATUS = {401: "denied", 403: "denied", 404: "missing", 408: "timeout", 429: "busy"}


class ModelError(Exception):
    """Why the model gave no answer. It carries no words of the provider's, which may repeat the key."""

    def __init__(self, kind: str, status: int | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status = status

    @classmethod
    def of(cls, error: Exception, *, started: bool) -> ModelError:
        """The kind of any provider's exception, told by its HTTP status and its class names."""
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            return cls(_BY_STATUS.get(status, "failed"), status)
        names = " ".join(kind.__name__ for kind in type(error).__mro__)
        if re.search("Timeout|TimedOut", names):
            return cls("timeout")
        if re.search("Connect|Network|Protocol", names):
            return cls("cut" if started else "unreachable")
        return cls("unreadable")


def until(pieces: Generator[str | Usage], *, timeout_s: float) -> Iterator[str | Usage]:
    """The pieces that come within `timeout_s` from now, retries included. Raises ModelError when they are not all.

    A client's own time-out counts the silence between two bytes, so a server that drips one now and then would hold the
    user for ever: the model is read in a thread of its own, which is left behind when its time is up.
    """
    arrived: queue.Queue[str | Usage | ModelError | None] = queue.Queue()
    abandoned = threading.Event()

    def read() -> None:
        try:
            with contextlib.closing(pieces):
                for piece in pieces:
                    if abandoned.is_set():
                        return
                    arrived.put(piece)
        except ModelError as error:
            arrived.put(error)
        else:
            arrived.put(None)

    deadline = time.monotonic() + timeout_s
    context = contextvars.copy_context()  # LangChain hands its callbacks down in context variables
    threading.Thread(target=context.run, args=(read,), name="youju-model", daemon=True).start()
    try:
        while True:
            try:
                item = arrived.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise ModelError("timeout") from None
            if item is None:
                return
            if isinstance(item, ModelError):
                raise item
            yield item
    finally:
        abandoned.set()


def chat_model(config: Config, max_retries: int) -> BaseChatModel:
    """The model that `config` names. Raises ValueError where it can't be used, saying what to set."""
    if not config.base_url and re.match(r"(?!ft:)[a-z_]+:", config.model):
        return _model_of_provider(config, max_retries)
    from langchain_openai import ChatOpenAI

    # A local server needs no key, but the client wants one; and OPENAI_API_KEY is not for any endpoint but OpenAI's.
    key = config.api_key or ("unused" if config.base_url else None)
    chosen: dict[str, Any] = {"api_key": key} if key else {}
    try:
        return ChatOpenAI(
            model=config.model,
            base_url=config.base_url,
            timeout=config.timeout_s,
            max_retries=max_retries,
            temperature=0,
            stream_usage=False,  # endpoints that don't know stream_options refuse the request
            use_responses_api=False,
            **chosen,
        )
    except Exception as error:  # noqa: BLE001  pydantic's or openai's, both of which may quote what they were given
        raise ValueError(
            f"模型 {config.model!r} 无法使用（{type(error).__name__}）："
            "请设置 YOUJU_API_KEY，或用 YOUJU_BASE_URL 指定服务地址"
        ) from None


def _model_of_provider(config: Config, max_retries: int) -> BaseChatModel:
    """The model that LangChain reaches under `anthropic:claude-sonnet-4-5`, `google_genai:gemini-2.5-flash` …

    Without YOUJU_API_KEY, the provider's own variable (ANTHROPIC_API_KEY …) counts.
    """
    from langchain.chat_models import init_chat_model

    chosen: dict[str, Any] = {"api_key": config.api_key} if config.api_key else {}
    try:
        model: BaseChatModel = init_chat_model(
            config.model, temperature=0, timeout=config.timeout_s, max_retries=max_retries, **chosen
        )
    except ImportError as error:
        name = re.search(r"langchain[-_]\w+(?:-\w+)*", str(error))
        package = name[0].replace("_", "-") if name else "langchain-…"
        raise ValueError(f"模型 {config.model!r} 要用 {package}：请先 pip install {package}") from None
    except Exception as error:  # noqa: BLE001  the provider's own, which may quote what it was given
        raise ValueError(
            f"模型 {config.model!r} 无法使用（{type(error).__name__}）：请检查名称（提供商:模型）和 YOUJU_API_KEY"
        ) from None
    return model
