"""Rows of conversations: whose they are, their order, how words are found in them, and how a turn ends"""

from __future__ import annotations

import time
import unicodedata

import sqlalchemy as sa

from assistant.conversations.beats import SILENT_S
from assistant.conversations.records import ConversationInfo, NotKeptError, TurnState
from assistant.conversations.schema import CONVERSATIONS, FEEDBACK, SOUGHT, TURNS

MAX_TITLE_CHARS = 200
_FIRST_TITLE_CHARS = 40
"""Of the question that names a conversation."""
_MAX_WORDS = 8
"""Of a search; each further one could only make it narrower."""
_COUNTED = (
    sa.select(sa.func.count(TURNS.c.id))
    .where(TURNS.c.conversation_id == CONVERSATIONS.c.id)
    .correlate(CONVERSATIONS)
    .scalar_subquery()
)
INFO = (
    CONVERSATIONS.c.id,
    CONVERSATIONS.c.title,
    CONVERSATIONS.c.created,
    CONVERSATIONS.c.updated,
    CONVERSATIONS.c.pinned,
    CONVERSATIONS.c.archived,
    _COUNTED.label("turns"),
)
"""What a ConversationInfo is made of."""
ORDER = (CONVERSATIONS.c.pinned.desc(), CONVERSATIONS.c.updated.desc(), CONVERSATIONS.c.id.desc())


def plain(text: str) -> str:
    """The text as every database can hold it: Unicode, and without the character that PostgreSQL has no place for."""
    return text.encode("utf8", "replace").decode("utf8").replace("\0", "")


def folded(text: str) -> str:
    """The text as a search compares it: wide letters as narrow ones, capitals as small ones."""
    return unicodedata.normalize("NFKC", plain(text)).casefold()


def words_of(query: str) -> list[str]:
    """What must all stand in what is looked for."""
    return folded(query).split()[:_MAX_WORDS]


def has(column: sa.ColumnElement[str], word: str) -> sa.ColumnElement[bool]:
    """Whether the folded text in a column has the word in it, however it is written there.

    A scan and no index: words of two characters, which most are, are too short for SQLite's index of trigrams, its
    index keeps what is deleted, and PostgreSQL would need another.
    """
    return column.contains(word, autoescape=True)


def checked_title(title: str) -> str:
    """The title on one line. Raises ValueError for one that is empty or too long."""
    title = " ".join(plain(title).split())
    if not title or len(title) > MAX_TITLE_CHARS:
        raise ValueError(f"标题有 {len(title)} 个字：请写 1 到 {MAX_TITLE_CHARS} 个字")
    return title


def first_title(question: str) -> str:
    """What a conversation is called after its first question."""
    title = " ".join(question.split())
    return title if len(title) <= _FIRST_TITLE_CHARS else f"{title[: _FIRST_TITLE_CHARS - 1]}…"


def cursor(info: ConversationInfo) -> str:
    """Where a page ended, for the next one."""
    return f"{int(info.pinned)}~{info.updated!r}~{info.id}"


def after(text: str) -> sa.ColumnElement[bool]:
    """What comes after a cursor in ORDER. Raises ValueError for one that is none."""
    c = CONVERSATIONS.c
    try:
        pinned, updated, conversation_id = text.split("~")
        is_pinned, moment = bool(int(pinned)), float(updated)
    except ValueError:
        raise ValueError(f"{text[:80]!r} 不是翻页的位置：请用上一页给的 next") from None
    earlier = (c.updated < moment) | ((c.updated == moment) & (c.id < plain(conversation_id)))
    among = (c.pinned == is_pinned) & earlier
    return among | (c.pinned == sa.false()) if is_pinned else among


def own(connection: sa.Connection, owner: str, conversation_id: str, *, lock: bool = False) -> str:
    """The title of the owner's conversation; with `lock`, nobody else changes it in this transaction. Raises
    NotKeptError."""
    mine = (CONVERSATIONS.c.id == plain(conversation_id)) & (CONVERSATIONS.c.owner == owner)
    query = sa.select(CONVERSATIONS.c.title).where(mine)
    title = connection.execute(query.with_for_update() if lock else query).scalar()
    if title is None:
        raise NotKeptError("conversation")
    return str(title)


def delete(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    """Deletes conversations with all that hangs on them but what was said of their answers; gives back how many."""
    gone = sa.select(CONVERSATIONS.c.id).where(which)
    connection.execute(gone.with_for_update()).all()
    connection.execute(FEEDBACK.update().where(FEEDBACK.c.conversation_id.in_(gone)).values(conversation_id=""))
    return connection.execute(CONVERSATIONS.delete().where(which)).rowcount


def end(connection: sa.Connection, turn_id: str, state: TurnState, text: str | None, **values: str) -> bool:
    """Ends a turn that is being written; false where none is. `text` None leaves what there is."""
    its_turn = TURNS.c.id == plain(turn_id)
    # Whoever changes a conversation holds its row first, or two would wait for one another for ever.
    inside = sa.select(TURNS.c.conversation_id).where(its_turn).scalar_subquery()
    connection.execute(sa.select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == inside).with_for_update())
    query = sa.select(TURNS.c.conversation_id, TURNS.c.text).where(its_turn, TURNS.c.state == "asking")
    found = connection.execute(query.with_for_update()).first()
    if found is None:
        return False
    text = found.text if text is None else text
    connection.execute(TURNS.update().where(its_turn).values({"state": state, "text": text} | values))
    add_sought(connection, found.conversation_id, text)
    its = CONVERSATIONS.c.id == found.conversation_id
    connection.execute(CONVERSATIONS.update().where(its).values(updated=time.time()))
    return True


def add_sought(connection: sa.Connection, conversation_id: str, text: str) -> None:
    """From now on the conversation is found by the words of the text, too."""
    its = SOUGHT.c.conversation_id == conversation_id
    connection.execute(SOUGHT.update().where(its).values(text=SOUGHT.c.text + f"\n{folded(text)}"))


def seek_anew(connection: sa.Connection, conversation_id: str) -> None:
    """The conversation is found by what its turns say, and by nothing else."""
    its = TURNS.c.conversation_id == conversation_id
    turns = connection.execute(sa.select(TURNS.c.question, TURNS.c.text).where(its).order_by(TURNS.c.n))
    text = "".join(f"\n{folded(turn.question)}\n{folded(turn.text)}" for turn in turns)
    connection.execute(SOUGHT.update().where(SOUGHT.c.conversation_id == conversation_id).values(text=text))


def told_state(state: TurnState, alive: float) -> TurnState:
    """The state of a turn, "stopped" where it is to be written and nobody does."""
    return "stopped" if state == "asking" and time.time() - alive > SILENT_S else state
