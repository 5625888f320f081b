"""What the contextual embedder learns from, as texts: items that are embedded, pairs that belong together, cases.

An item is a question or a passage with its title. Items and texts that repeat are held once, so a pair is two numbers.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sources.documents import Document
from sources.passages import split
from training.encoder.kinds import Kind, Source

NO_ITEM = -1


@dataclass(frozen=True)
class Item:
    """A question, or a passage with its title ("" where it has none)."""

    kind: Kind
    title: str
    text: str


@dataclass(frozen=True)
class Pair:
    """Two items that belong together."""

    asked: int
    answers: int
    source: Source
    bare: bool = False
    """Whether passages are read without their titles, which would give the answer away."""
    against: int = NO_ITEM
    """An item that looks alike and doesn't belong."""


@dataclass
class Case:
    """Questions kept aside, over all the items that are searched for them."""

    pool: list[int]
    gold: list[tuple[int, list[int]]] = field(default_factory=list)
    """A question's item, and the items that answer it."""
    bare: bool = False


@dataclass
class Collection:
    """All items, pairs and cases."""

    items: dict[Item, int] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    cases: dict[str, Case] = field(default_factory=dict)
    mixed: list[int] = field(default_factory=list)
    """Items in another language than most, which are to stay as the base sees them."""

    def query(self, text: str) -> int:
        """The item's number."""
        return self._number(Item(Kind.QUERY, "", " ".join(text.split())))

    def passage(self, text: str, title: str = "") -> int:
        """The item's number."""
        return self._number(Item(Kind.PASSAGE, " ".join(title.split()), " ".join(text.split())))

    def pair(self, asked: str, answers: int, source: Source, *, bare: bool = False, against: int = NO_ITEM) -> None:
        """Add a question, or what stands for one, and the item that answers; not where either has no words."""
        if len(asked.strip()) > 1:
            self.pairs.append(Pair(self.query(asked), answers, source, bare, against))

    def _number(self, item: Item) -> int:
        return self.items.setdefault(item, len(self.items))


def cut(text: str) -> list[str]:
    """The passages that the index would hold of a plain text."""
    document = Document("", "", text, "", "")
    return [passage.text for passage in split(document)]


def aside(name: str, *, one_in: int) -> bool:
    """Whether what bears this name is kept for measuring: one in so many, the same in every run."""
    return hashlib.sha256(f"embedder {name}".encode()).digest()[2] % one_in == 0


def answering(question: str, answer: str, passages: Sequence[str]) -> int | None:
    """Which passage holds the answer and shares most with the question; of a longer answer, which holds most of it."""
    wanted = "".join(answer.split())
    if not wanted or not passages:
        return None
    squeezed = ["".join(passage.split()) for passage in passages]
    holding = [number for number, text in enumerate(squeezed) if wanted in text]
    if holding:
        return max(holding, key=lambda number: shared(question, squeezed[number]))
    if len(wanted) < 8:
        return None
    best = max(range(len(passages)), key=lambda number: shared(wanted, squeezed[number]))
    return best if shared(wanted, squeezed[best]) > 0.25 else None


def shared(text: str, other: str) -> float:
    """The share of the first text's pairs of characters that stand in the other."""
    own = _pairs(text)
    return sum((own & _pairs(other)).values()) / max(1, sum(own.values()))


def _pairs(text: str) -> Counter[str]:
    return Counter(text[at : at + 2] for at in range(len(text) - 1))


def unique(texts: Iterable[str]) -> list[str]:
    """In order, each once."""
    return list(dict.fromkeys(texts))
