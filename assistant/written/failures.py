"""Failures: why a chat model gave no answer, told by its service's errors, and in words for the user"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil
from typing import Any

from assistant.answers import Language

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
    "silent": {
        "zh": "模型 {} 秒内没有动静",
        "en": "Nothing came from the model for {} seconds.",
    },
    "context": {
        "zh": "模型的上下文太小，装不下资料",
        "en": "The model's context is too small for the excerpts.",
    },
    "unreachable": {
        "zh": "连不上模型服务，请检查 YOUJU_BASE_URL 和网络",
        "en": "The model service can't be reached: check YOUJU_BASE_URL and the network.",
    },
    "cut": {
        "zh": "模型的回答中途断了",
        "en": "The model's answer broke off.",
    },
    "full": {
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
_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|window|size)|max\w*[ _](?:model|prompt|input|context|sequence)?[ _]?len"
    r"|token limit|too many tokens"
    r"|(?:prompt|input|messages?|request)\W.{0,60}?(?:too long|too large|longer than|exceed)"
    r"|exceed.{0,40}(?:token|length)|range of input length|n_ctx",
    re.IGNORECASE | re.DOTALL,
)
"""How services say that a prompt doesn't fit: OpenAI, vLLM, SGLang, llama.cpp, DashScope, Moonshot, Zhipu."""
_TOKENS = re.compile(r"(?<![\w.])\d{3,7}(?![\d.]\d)")
_MOST_TOLD_S = 3600


class ModelError(Exception):
    """Why the model gave no answer. It carries no words of the provider's, which may repeat the key."""

    def __init__(
        self, kind: str, status: int | None = None, *, wait_s: float | None = None, numbers: tuple[int, ...] = ()
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status = status
        self.wait_s = wait_s
        """After how many seconds the service wants to be asked again, where it says so."""
        self.numbers = numbers
        """Of a "context": the numbers of tokens that the service names, such as its limit and what it was sent."""

    @classmethod
    def of(cls, error: Exception, *, started: bool) -> ModelError:
        """The kind of any provider's exception, told by its HTTP status, its words and its class names."""
        status = getattr(error, "status_code", None)
        words = words_of(error)
        if status in (None, 400, 413, 422, 500) and (status == 413 or _TOO_LONG.search(words)):
            return cls(
                "context", status, numbers=tuple(int(n) for n in re.findall(r"(?<![\d.])\d{3,7}(?![\d.]\d)", words))
            )
        if isinstance(status, int):
            return cls(_BY_STATUS.get(status, "failed"), status, wait_s=_wait_of(error))
        names = [kind.__name__ for kind in type(error).__mro__]
        if re.search("Timeout|TimedOut", " ".join(names)):
            return cls("timeout")
        if re.search("Connect|Network|Protocol", " ".join(names)):
            return cls("cut" if started else "unreachable")
        # An error in the middle of a stream has no status of its own.
        return cls("failed" if names[0] == "APIError" else "unreadable")

    @property
    def passes(self) -> bool:
        """Whether it may be gone in a moment."""
        return self.kind in ("busy", "unreachable") or (self.kind == "failed" and (self.status or 0) >= 500)

    def detail(self, language: Language) -> str:
        """What a notice says beside the kind."""
        if self.kind == "silent":
            return str(ceil(self.wait_s or 0))
        if self.wait_s is None:
            return str(self.status or "")
        wait = f"，{ceil(self.wait_s)} 秒后再试" if language == "zh" else f", try again in {ceil(self.wait_s)} s"
        return f"{self.status}{wait}"


def words_of(error: Exception) -> str:
    """What an exception says, with the body of the service's reply where it has one. Not for people, nor for a log."""
    body: Any = getattr(error, "body", None)
    return f"{error} {body or ''}"


def _wait_of(error: Exception) -> float | None:
    """What the service's Retry-After says, in seconds; a date isn't read."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    try:
        return min(float(headers["retry-after"]), _MOST_TOLD_S) if headers is not None else None
    except (KeyError, ValueError):
        return None
