"""The replies of the routes about conversations, shares and feedback, as clients get them

Times are seconds since 1970.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer

from assistant.answers import Answer
from assistant.conversations.records import Conversation, Feedback, Rating, Share, SharedConversation, StoredTurn

# A lambda, whose type nobody reads: so the schema goes on being an answer's.
AnswerReply = Annotated[Answer, PlainSerializer(lambda answer: answer.to_json())]
"""An answer as from /v1/ask."""


class _Reply(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ConversationReply(_Reply):
    """A conversation, without its turns."""

    id: str
    title: str
    created: float
    updated: float
    pinned: bool
    archived: bool
    turns: int


class ConversationsReply(_Reply):
    """A page of them; `next` is what `before` has to be for the next page."""

    conversations: list[ConversationReply]
    next: str | None


class RatingReply(_Reply):
    """What was said of an answer."""

    good: bool
    reason: str
    right_answer: str
    tags: list[str]


class SharedTurnReply(_Reply):
    """A question with what came of it; `answer` is null where there is none that can be read, and `text` is shown."""

    id: str
    question: str
    state: Literal["asking", "answered", "stopped", "failed"]
    text: str
    created: float
    answer: AnswerReply | None


class TurnReply(SharedTurnReply):
    """The same, with its owner's feedback."""

    feedback: RatingReply | None

    @classmethod
    def of(cls, turn: StoredTurn) -> TurnReply:
        """Of a turn."""
        return cls.model_validate(turn)


class WholeConversationReply(_Reply):
    """A conversation with its turns, the oldest first."""

    conversation: ConversationReply
    turns: list[TurnReply]

    @classmethod
    def of(cls, kept: Conversation) -> WholeConversationReply:
        """Of a conversation."""
        return cls.model_validate({"conversation": kept.info, "turns": kept.turns}, from_attributes=True)


class ShareReply(_Reply):
    """A link, to be opened at `path`, and who may open it: "link" is whoever has it and may reach the server."""

    token: str
    path: str
    conversation_id: str
    title: str
    turns: int
    created: float
    access: Literal["link"]

    @classmethod
    def of(cls, share: Share) -> ShareReply:
        """Of a share. The path is below that of a reverse proxy."""
        values = {name: getattr(share, name) for name in cls.model_fields if name != "path"}
        return cls(path=f"/s/{share.token}", **values)


class SharesReply(_Reply):
    """Links, the newest first."""

    shares: list[ShareReply]


class SharedReply(_Reply):
    """What a link shows."""

    title: str
    created: float
    turns: list[SharedTurnReply]

    @classmethod
    def of(cls, shared: SharedConversation) -> SharedReply:
        """Of what is shared."""
        return cls.model_validate(shared)


class CountReply(_Reply):
    """How many there were."""

    count: int


class StopReply(_Reply):
    """Whether the turn was still being written."""

    stopped: bool


class FeedbackReply(RatingReply):
    """What somebody said of an answer, with what they had asked and got."""

    turn_id: str
    owner: str
    conversation_id: str | None
    question: str
    standalone_question: str
    history: list[str]
    text: str
    answer: AnswerReply | None
    versions: dict[str, str]
    created: float
    updated: float

    @classmethod
    def of(cls, said: Feedback) -> FeedbackReply:
        """Of what was said."""
        own: dict[str, Any] = {name: getattr(said.rating, name) for name in Rating.__slots__}
        return cls(**own, **{name: getattr(said, name) for name in cls.model_fields if name not in own})


class FeedbackPageReply(_Reply):
    """Some of it, the newest first; `total` counts all that was asked for."""

    feedback: list[FeedbackReply]
    total: int


class FileStateReply(_Reply):
    """How far a file has come; see `assistant.uploads.states.FileState`."""

    state: Literal["waiting", "reading", "indexed", "failed", "cancelled"]
    why: str = ""
    document_id: str | None = None
    documents: int = 0
    page: int = 0
    pages: int = 0


class UploadReply(FileStateReply):
    """What became of a file that was brought; `id` is what its document is called once it is read."""

    name: str
    id: str | None
    outcome: Literal["new", "same", "version", "refused"]
    replaced: str | None
    """The id of the document whose place it took."""
    renamed_from: str
    """What it was called, where that could not be kept."""


class UploadsReply(_Reply):
    """Files that were brought."""

    files: list[UploadReply]


class RemovedReply(_Reply):
    """What was removed."""

    deleted: int
    """Files that were brought, and are gone for good."""
    left_out: list[str]
    """Paths of files that stay where they are, and can be restored."""
    is_done: bool
    """Whether it is done; else it comes after what is being read now."""


class QueuedReply(_Reply):
    """What is going to be done, by which job."""

    job: int
    files: int


class TagsReply(_Reply):
    """The tags of a document."""

    tags: list[str]
    from_folders: list[str]
    """Those that it has because they are of its folder."""


class SourceReply(_Reply):
    """What is registered."""

    path: str
    documents: int
    unreachable_since: float | None


class SourcesReply(_Reply):
    """All of it."""

    sources: list[SourceReply]
