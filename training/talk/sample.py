"""A sample of a conversation: what was asked before, in full words, what is asked now, and what that means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Relation = Literal["alone", "leans", "goes on"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One question within a conversation."""

    before: tuple[str, ...]
    """The questions before it, complete, oldest first."""
    asked: str
    completed: str
    """What it asks, in full."""
    relation: Relation
    answer: str = ""
    """To the question that is leaned on."""
    papers: tuple[str, ...] = ()
    back: int = 0
    """The question that it leans on, how many questions ago."""
    leans_on: Literal["question", "pair", "item", "paper", "reply"] = "question"
    weight: float = 1.0
    origin: str = ""

    @property
    def answers(self) -> list[str]:
        """The answers to the questions before, as far as they are known."""
        own = len(self.before) - 1 - self.back
        return [self.answer if at == own else "" for at in range(len(self.before))]
