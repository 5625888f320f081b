"""What a workspace hands out: conversations, their turns, shares and feedback

Times are seconds since 1970.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.answers import Answer

TurnState = Literal["asking", "answered", "stopped", "failed"]
ShareAccess = Literal["link"]
"""Who may open a share. "link": whoever has its link and may reach the server."""


class NotKeptError(LookupError):
    """There is no such conversation, turn or share, or it is somebody else's: which of the two is never told."""


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """A conversation, without its turns."""

    id: str
    title: str
    """Empty while nothing has been asked and no title was given."""
    created: float
    updated: float
    """When something was last asked or answered in it."""
    pinned: bool
    archived: bool
    turns: int
    """How many there are."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the conversations, in their order."""

    conversations: tuple[ConversationInfo, ...]
    next: str | None
    """The cursor to give as `before` for those after them; None where there are no more."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What somebody says of an answer."""

    good: bool
    reason: str = ""
    right_answer: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A question with what came of it."""

    id: str
    question: str
    answer: Answer | None
    """None unless it was answered; also None where this version can't read what an earlier or a later one kept."""
    state: TurnState
    """A turn whose writer is gone is told as "stopped"."""
    text: str
    """The answer's text, or as far as it had come when it stopped; so far, of one that is being written."""
    created: float
    feedback: Rating | None = None
    """Its owner's."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all its turns, the oldest first."""

    info: ConversationInfo
    turns: tuple[StoredTurn, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A link to a conversation, or to one answer of it, as it was when it was made."""

    token: str
    """Ends the link; 192 random bits."""
    conversation_id: str
    title: str
    turns: int
    created: float
    access: ShareAccess = "link"


@dataclass(frozen=True, slots=True)
class SharedConversation:
    """What a link shows: nothing of whose it is, and no feedback."""

    title: str
    created: float
    """When the link was made."""
    turns: tuple[StoredTurn, ...]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said of an answer, with all that is needed to look into it later."""

    turn_id: str
    owner: str
    conversation_id: str | None
    """None once the conversation is deleted."""
    rating: Rating
    question: str
    standalone_question: str
    history: tuple[str, ...]
    """The questions asked before it in the conversation, oldest first."""
    text: str
    """The answer's text."""
    answer: Answer | None
    """With its citations, which are the evidence; None where there was none, or this version can't read it."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of what answered: "youju", "revision", "generation" and "embedder" of the index, "engine", as far as known."""
    created: float = 0.0
    updated: float = 0.0


@dataclass(frozen=True, slots=True)
class FeedbackPage:
    """Some of the feedback, the newest first."""

    feedback: tuple[Feedback, ...]
    total: int
    """How much there is in all that was asked for."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a workspace holds."""

    conversations: int
    turns: int
    shares: int
    feedback: int
    bytes: int | None
    """On the disk; None of a database elsewhere."""


def pack(data: Any) -> bytes:
    """JSON-ready data as it is kept; `unpack` reads it back."""
    return zlib.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf8", "replace"), 6)


def unpack(packed: bytes) -> Any:
    """What was packed. Raises ValueError for what is damaged."""
    try:
        return json.loads(zlib.decompress(packed))
    except zlib.error as error:
        raise ValueError(f"damaged: {error}") from error


def read_answer(packed: bytes | None) -> Answer | None:
    """The answer, or None where there is none, or none that this version can read."""
    if packed is None:
        return None
    try:
        return Answer.from_json(unpack(packed))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # its question and its text are shown


def pack_turns(turns: Iterable[StoredTurn]) -> bytes:
    """Turns as a share keeps them: without what their owner said of them."""
    kept = [
        {
            "id": turn.id,
            "question": turn.question,
            "state": turn.state,
            "text": turn.text,
            "created": turn.created,
            "answer": turn.answer.to_json() if turn.answer else None,
        }
        for turn in turns
    ]
    return pack({"turns": kept})


def unpack_turns(packed: bytes) -> tuple[StoredTurn, ...]:
    """The turns of a share."""
    return tuple(
        StoredTurn(**{**turn, "answer": read_answer(pack(turn["answer"]))}) for turn in unpack(packed)["turns"]
    )
