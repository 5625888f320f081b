"""A chat model behind any OpenAI-compatible endpoint, with what it used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.reply import Usage
from eval.systems import SystemSpec


class Chat:
    """Thread-safe; temperature 0, so that a run can be repeated as far as the model allows."""

    def __init__(self, spec: SystemSpec) -> None:
        from openai import OpenAI

        if not spec.model:
            raise ValueError(f"系统 {spec.name}：请指明模型（model = …，或 --model）")
        self.model = spec.model
        # A local server needs no key, but the client insists on one.
        self._client = OpenAI(
            api_key=spec.api_key or "none", base_url=spec.base_url or None, timeout=spec.timeout_s, max_retries=3
        )

    def complete(self, messages: Sequence[Mapping[str, str]]) -> tuple[str, Usage | None]:
        """The reply's text, and the tokens used, where the endpoint counts them. Raises openai.OpenAIError."""
        reply: Any = self._client.chat.completions.create(
            model=self.model,
            messages=[dict(m) for m in messages],  # type: ignore[misc]
            temperature=0,
        )
        text = (reply.choices[0].message.content or "") if reply.choices else ""
        used = reply.usage
        return text, Usage(used.prompt_tokens, used.completion_tokens) if used else None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
