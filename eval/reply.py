"""What a system gives back for one question, as it is kept in `answers.jsonl`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from assistant.answers import Answer


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage that a system retrieved, best first."""

    document: str
    """File name without suffix."""
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What a model was sent and wrote, in its own tokens."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """One question's result. An answer that never came leaves `answer` None and says why in `error`."""

    case_id: str
    answer: Answer | None
    found: tuple[Retrieved, ...] | None = None
    """Best first; None where no search was asked for, or the system shows none."""
    confidence: float | None = None
    """0 to 1; None where the system claims none."""
    seconds: float = 0.0
    """From the question to the whole answer, without the separate search."""
    usage: Usage | None = None
    """None where no model was asked, or its tokens aren't counted."""
    error: str | None = None

    @property
    def status(self) -> str:
        """answered, not_found, clarify; missing where no answer came."""
        return self.answer.status if self.answer else "missing"

    def to_json(self) -> dict[str, Any]:
        """JSON-ready data that `from_json` reads back."""
        return {
            "case": self.case_id,
            "answer": self.answer.to_json() if self.answer else None,
            "found": None if self.found is None else [asdict(f) for f in self.found],
            "confidence": self.confidence,
            "seconds": round(self.seconds, 6),
            "usage": asdict(self.usage) if self.usage else None,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reply:
        """Raises KeyError or ValueError where it isn't such data."""
        return cls(
            case_id=data["case"],
            answer=Answer.from_json(data["answer"]) if data["answer"] else None,
            found=None if data["found"] is None else tuple(Retrieved(**f) for f in data["found"]),
            confidence=data["confidence"],
            seconds=data["seconds"],
            usage=Usage(**data["usage"]) if data["usage"] else None,
            error=data["error"],
        )
