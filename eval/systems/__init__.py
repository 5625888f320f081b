"""Systems to compare, all behind one small Protocol; a new one is a file here and a line in SYSTEMS.

A system is opened on one library, asked from several threads at once, and closed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from assistant.answers import Answer
from eval.libraries import Library
from eval.metrics.spending import Price
from eval.reply import Retrieved, Usage

__all__ = ["SYSTEMS", "MissingExtraError", "Response", "System", "SystemSpec", "needed", "open_system"]


@dataclass(frozen=True, slots=True)
class Response:
    """A system's answer to one question."""

    answer: Answer
    confidence: float | None = None
    """0 to 1; None where the system claims none."""
    usage: Usage | None = None


class System(Protocol):
    """Anything that answers questions about a library."""

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        """The answer; `history` holds the earlier questions, oldest first. Called from several threads at once."""

    def search(self, question: str, *, k: int) -> list[Retrieved]:
        """The `k` passages that fit best, best first; none where the system has no search."""

    def close(self) -> None:
        """Give back what was opened."""

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the results must know: documents that it couldn't read, say."""


class SystemSpec(BaseModel):
    """Which system, and its settings, as a suite or the command line names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """In tables; any name, each once."""
    kind: str
    """A key of SYSTEMS."""
    model: str = ""
    """The chat model, where the system uses one."""
    base_url: str = ""
    """Of the OpenAI-compatible endpoint, or of a running Youju server."""
    api_key_env: str = "YOUJU_API_KEY"
    """The environment variable that holds the key; the key itself is never kept."""
    embedder: str = ""
    """Ours: see assistant.config. Baselines: a sentence-transformers model's name or folder; empty for MiniLM."""
    k: int = Field(default=4, ge=1)
    """Passages that a baseline reads."""
    chunk_chars: int = Field(default=1000, ge=50)
    overlap_chars: int = Field(default=200, ge=0)
    timeout_s: float = Field(default=60, gt=0)
    documents: str = "none"
    """kind openai: `none` (the endpoint knows its own documents) or `all` (the whole library goes into the prompt)."""
    per_million_prompt: float = 0.0
    per_million_completion: float = 0.0

    @property
    def price(self) -> Price:
        """What its model costs."""
        return Price(self.per_million_prompt, self.per_million_completion)

    @property
    def api_key(self) -> str | None:
        """From the environment."""
        return os.environ.get(self.api_key_env) or None


class MissingExtraError(RuntimeError):
    """A library that is not installed; `str(error)` holds the line that installs it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f'没有安装 {package}。请运行：pip install "youju[{extra}]"')


def needed(module: str, *, extra: str) -> Any:
    """The module of an optional library. Raises MissingExtraError with the line that installs it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or module, extra) from error


def _from(module: str) -> Callable[[Library, SystemSpec], System]:
    def construct(library: Library, spec: SystemSpec) -> System:
        opened: System = import_module(f"eval.systems.{module}").open_system(library, spec)
        return opened

    return construct


SYSTEMS: dict[str, Callable[[Library, SystemSpec], System]] = {
    "youju": _from("youju"),
    "youju-http": _from("youju_http"),
    "openai": _from("openai_endpoint"),
    "bm25": _from("bm25"),
    "langchain": _from("langchain_rag"),
    "llamaindex": _from("llamaindex_rag"),
    "haystack": _from("haystack_rag"),
}


def open_system(library: Library, spec: SystemSpec) -> System:
    """The system, ready to be asked about the library. Raises ValueError for an unknown kind, MissingExtraError."""
    if spec.kind not in SYSTEMS:
        raise ValueError(f"系统 {spec.name}：没有 {spec.kind!r} 这一种，有的是 {'、'.join(SYSTEMS)}")
    return SYSTEMS[spec.kind](library, spec)
