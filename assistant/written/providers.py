"""Providers: chat models by name, and their token counts"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from assistant.answers import Usage
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


Option = Literal["temperature", "stream_options", "system", "stream"]
"""What we ask for and can do without: the most likely words, the tokens that a reply took, rules apart from the
question, the reply as it is written."""


def chat_model(config: Config, without: Collection[Option] = ()) -> BaseChatModel:
    """The model that `config` names, asked for nothing of what its service refuses.

    Raises ValueError where it can't be used, saying what to set.
    """
    if not config.base_url and re.match(r"(?!ft:)[a-z_]+:", config.model):
        return _model_of_provider(config, without)
    from langchain_openai import ChatOpenAI

    # A local server needs no key, but the client wants one; and OPENAI_API_KEY is not for any endpoint but OpenAI's.
    key = config.api_key or ("unused" if config.base_url else None)
    chosen: dict[str, Any] = {"api_key": key} if key else {}
    try:
        return ChatOpenAI(
            model=config.model,
            base_url=config.base_url,
            timeout=config.timeout_s,
            max_retries=0,  # see `calls.Caller`, which knows how long somebody waits
            temperature=None if "temperature" in without else 0,
            stream_usage="stream_options" not in without,
            use_responses_api=False,
            default_headers={"Connection": "close"},  # a connection kept for later would outlive whoever asked
            **chosen,
        )
    except Exception as error:  # noqa: BLE001  pydantic's or openai's, both of which may quote what they were given
        raise ValueError(
            f"模型 {config.model!r} 无法使用（{type(error).__name__}）："
            "请设置 YOUJU_API_KEY，或用 YOUJU_BASE_URL 指定服务地址"
        ) from None


def _model_of_provider(config: Config, without: Collection[Option]) -> BaseChatModel:
    """The model that LangChain reaches under `anthropic:claude-sonnet-4-5`, `google_genai:gemini-2.5-flash` …

    Without YOUJU_API_KEY, the provider's own variable (ANTHROPIC_API_KEY …) counts.
    """
    from langchain.chat_models import init_chat_model

    chosen: dict[str, Any] = {"api_key": config.api_key} if config.api_key else {}
    try:
        if "temperature" not in without:
            chosen["temperature"] = 0
        model: BaseChatModel = init_chat_model(config.model, timeout=config.timeout_s, max_retries=0, **chosen)
    except ImportError as error:
        name = re.search(r"langchain[-_]\w+(?:-\w+)*", str(error))
        package = name[0].replace("_", "-") if name else "langchain-…"
        raise ValueError(f"模型 {config.model!r} 要用 {package}：请先 pip install {package}") from None
    except Exception as error:  # noqa: BLE001  the provider's own, which may quote what it was given
        raise ValueError(
            f"模型 {config.model!r} 无法使用（{type(error).__name__}）：请检查名称（提供商:模型）和 YOUJU_API_KEY"
        ) from None
    return model
