"""Questions in, checked answers out: the answerers, the checks, the command line, the web chat and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.answers import Answer, AnswerFigure, Citation, Clarification, Evidence, Nearest, Turn
from index.filters import Filter

if TYPE_CHECKING:
    from assistant.ask import Assistant

__all__ = [
    "Answer",
    "AnswerFigure",
    "Assistant",
    "Citation",
    "Clarification",
    "Evidence",
    "Filter",
    "Nearest",
    "Turn",
]


def __getattr__(name: str) -> Any:
    """`Assistant` comes with all that answers, and is imported where somebody asks for it."""
    if name != "Assistant":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from assistant.ask import Assistant

    return Assistant
