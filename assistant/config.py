"""Configuration: what can be chosen, read once from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from assistant import settings
from assistant.presets import split

MAX_TURNS = 20
"""How many earlier exchanges are looked at, counted from the last."""
MAX_QUESTION_CHARS = 2000
_ENVIRONMENT = {
    "data_dir": "YOUJU_DATA_DIR",
    "database": "YOUJU_DATABASE",
    "embedder": "YOUJU_EMBEDDER",
    "contextual_passages": "YOUJU_CONTEXTUAL_PASSAGES",
    "embedder_base_url": "YOUJU_EMBEDDER_BASE_URL",
    "embedder_api_key": "YOUJU_EMBEDDER_API_KEY",
    "reranker": "YOUJU_RERANKER",
    "model": "YOUJU_MODEL",
    "base_url": "YOUJU_BASE_URL",
    "api_key": "YOUJU_API_KEY",
    "timeout_s": "YOUJU_TIMEOUT_S",
    "uploads": "YOUJU_UPLOADS",
    "origins": "YOUJU_ALLOW_ORIGIN",
}
_SWITCHES = {"on": True, "1": True, "true": True, "yes": True, "off": False, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be chosen. `build(config)` makes an assistant of it."""

    data_dir: Path
    """Where indexes are kept."""
    database: str = field(default="", repr=False)
    """Where conversations are kept, as SQLAlchemy writes addresses (postgresql+psycopg://…), or a file; empty: beside
    the index."""
    embedder: str = ""
    """Empty: the shipped ones, the static and then the contextual one. "static:" or "contextual:" is one of them alone;
    else the name or path of a sentence-transformers model, or openai:MODEL."""
    contextual_passages: int = 100_000
    """Up to so many passages the contextual embedder takes over from the static one."""
    embedder_base_url: str | None = None
    """Of the OpenAI-compatible endpoint that serves an openai:… embedder, where it isn't `base_url`."""
    embedder_api_key: str | None = field(default=None, repr=False)
    """For it; empty: `api_key`, if the address is the same."""
    reranker: str = ""
    """Empty: the shipped ranking. Else the name or path of a sentence-transformers cross-encoder."""
    model: str = ""
    """The chat model that writes answers, after a slash where it is one of a preset's (deepseek/deepseek-chat, see
    `assistant.presets`); empty: answers are made of quotes, with no model."""
    base_url: str | None = None
    """Of the OpenAI-compatible endpoint that serves the model (and the embedder, if it is openai:…)."""
    api_key: str | None = field(default=None, repr=False)
    timeout_s: float = 60.0
    """For one call of the model."""
    max_evidence_tokens: int = 3000
    """How much of the documents a model is shown for one question."""
    passages: int = 20
    """How many passages are searched for an answer."""
    uploads: bool | None = None
    """False: the library can't be changed from the page and the API by anybody. Else by whoever may: on this machine
    alone everybody, else accounts and keys with the right to."""
    origins: tuple[str, ...] = ()
    """Of the sites whose pages may ask (https://www.example.cn), where `youju serve` isn't told others; in the
    environment with spaces or commas between them."""


def kept_in(data_dir: Path, said: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of the settings page's choices, but for what is `said` elsewhere. A model said elsewhere comes with
    its own address and key: a kept key goes nowhere but to the address that it was kept with."""
    kept = settings.read(data_dir)
    if "model" in said or "base_url" in said:
        for name in ("model", "base_url", "api_key"):
            kept.pop(name, None)
    return {name: value for name, value in kept.items() if name in {f.name for f in fields(Config)}}


def load(environment: Mapping[str, str] = os.environ, **chosen: Any) -> Config:
    """The configuration that the environment (YOUJU_…) gives, with `chosen` values before it; None chooses nothing.

    What was chosen on the settings page counts where neither says anything. Raises ValueError naming the variable
    whose value can't be used.
    """
    values: dict[str, Any] = {
        name: environment[variable] for name, variable in _ENVIRONMENT.items() if environment.get(variable, "").strip()
    }
    values.update({name: value for name, value in chosen.items() if value is not None})
    values["data_dir"] = Path(values.get("data_dir") or user_data_path("youju", appauthor=False)).expanduser()
    values = {**kept_in(values["data_dir"], values), **values}
    if values.get("model"):
        preset, name = split(values["model"])
        if preset is not None:
            values["model"] = name
            values.setdefault("base_url", preset.base_url)
            if preset.max_evidence_tokens is not None:
                values.setdefault("max_evidence_tokens", preset.max_evidence_tokens)
    if "timeout_s" in values:
        try:
            values["timeout_s"] = float(values["timeout_s"])
        except ValueError:
            raise ValueError(f"YOUJU_TIMEOUT_S={values['timeout_s']!r} 不是秒数：请写成 60 这样的数字") from None
    if "contextual_passages" in values:
        try:
            values["contextual_passages"] = int(values["contextual_passages"])
        except ValueError:
            raise ValueError(
                f"YOUJU_CONTEXTUAL_PASSAGES={values['contextual_passages']!r} 不是整数：请写成 100000 这样的数字"
            ) from None
    if isinstance(values.get("uploads"), str):
        given = values["uploads"]
        if (switched := _SWITCHES.get(given.strip().lower())) is None:
            raise ValueError(f"YOUJU_UPLOADS={given!r} 不是开关：请写 on 或 off")
        values["uploads"] = switched
    if isinstance(values.get("origins"), str):
        values["origins"] = tuple(filter(None, re.split(r"[\s,，]+", values["origins"])))
    return Config(**values)
