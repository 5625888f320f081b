"""Presets: services with an OpenAI-compatible endpoint, by the address that they are reached under."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A service that can be chosen by name."""

    name: str
    """For `YOUJU_MODEL`, before a slash: deepseek/deepseek-chat."""
    label: str
    base_url: str
    models: tuple[str, ...]
    """Some that it offered when this was written; any other name is passed on as it is."""
    needs_key: bool = True
    max_evidence_tokens: int | None = None
    """How much a model is shown where the service has little room and doesn't say when it runs out; None: as usual."""


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("deepseek", "DeepSeek", "https://api.deepseek.com/v1", ("deepseek-chat", "deepseek-reasoner")),
        Preset(
            "qwen",
            "通义千问（百炼 DashScope）",
            "https://dashscope.aliyuncs.com/compatible-mode/v1",
            ("qwen-plus", "qwen-max", "qwen-turbo"),
        ),
        Preset("glm", "智谱 GLM", "https://open.bigmodel.cn/api/paas/v4", ("glm-4.6", "glm-4.5-air")),
        Preset("kimi", "Kimi（月之暗面）", "https://api.moonshot.cn/v1", ("kimi-k2-0905-preview", "moonshot-v1-32k")),
        Preset("openai", "OpenAI", "https://api.openai.com/v1", ("gpt-4.1-mini", "gpt-4.1")),
        Preset(  # it has room for 4096 tokens unless told otherwise, and drops what is more without a word
            "ollama",
            "Ollama（本机）",
            "http://127.0.0.1:11434/v1",
            ("qwen3:8b",),
            needs_key=False,
            max_evidence_tokens=2000,
        ),
        Preset("vllm", "vLLM（本机）", "http://127.0.0.1:8000/v1", (), needs_key=False),
    )
}


def preset_at(base_url: str | None) -> Preset | None:
    """The preset with this address."""
    wanted = (base_url or "").rstrip("/")
    return next((preset for preset in PRESETS.values() if preset.base_url == wanted), None)


def split(model: str) -> tuple[Preset | None, str]:
    """The preset that a name of a model begins with, and the model's own name.

    >>> split("deepseek/deepseek-chat")[1]
    'deepseek-chat'
    """
    name, slash, rest = model.partition("/")
    preset = PRESETS.get(name) if slash else None
    return (preset, rest) if preset else (None, model)
