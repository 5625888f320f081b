"""Feedback: what people say of answers, as rows that stay when their conversation goes"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from assistant.conversations.records import Feedback, FeedbackPage, NotKeptError, Rating, read_answer
from assistant.conversations.rows import has, plain, told_state
from assistant.conversations.schema import ANSWERS, CONVERSATIONS, FEEDBACK, TURNS

_C = FEEDBACK.c


def keep(connection: sa.Connection, owner: str, turn_id: str, rating: Rating) -> Feedback:
    """What the owner says of an answer, in the place of what was said before.

    Raises NotKeptError where there is neither such a turn of the owner's nor anything said of it, ValueError for a turn
    that is still being written.
    """
    turn_id, now = plain(turn_id), time.time()
    mine = (_C.owner == owner) & (_C.turn_id == turn_id)
    said = {
        "good": rating.good,
        "reason": rating.reason,
        "right_answer": rating.right_answer,
        "tags": json.dumps(rating.tags, ensure_ascii=False),
        "updated": now,
    }
    t = TURNS.c
    query = (
        sa.select(t.conversation_id, t.n, t.question, t.state, t.alive, t.text, t.versions, ANSWERS.c.answer)
        .select_from(TURNS.join(CONVERSATIONS).outerjoin(ANSWERS, ANSWERS.c.turn_id == t.id))
        .where(t.id == turn_id, CONVERSATIONS.c.owner == owner)
    )
    turn = connection.execute(query.with_for_update(of=CONVERSATIONS)).first()
    if turn is not None and told_state(turn.state, turn.alive) == "asking":
        raise ValueError("这个回答还在写，写完才能评价")
    if not connection.execute(FEEDBACK.update().where(mine).values(said)).rowcount:
        if turn is None:
            raise NotKeptError("turn")
        before = sa.select(t.question).where(t.conversation_id == turn.conversation_id, t.n < turn.n).order_by(t.n)
        answer = read_answer(turn.answer)
        about = {
            "owner": owner,
            "turn_id": turn_id,
            "conversation_id": turn.conversation_id,
            "question": turn.question,
            "standalone_question": answer.standalone_question if answer else turn.question,
            "history": json.dumps(connection.execute(before).scalars().all(), ensure_ascii=False),
            "versions": turn.versions,
            "created": now,
            "text": turn.text,
            "answer": turn.answer,
        }
        connection.execute(FEEDBACK.insert().values(said | about))
    return _feedback(connection.execute(sa.select(FEEDBACK).where(mine)).one())


def forget(connection: sa.Connection, owner: str, turn_id: str) -> None:
    """Deletes what the owner said of an answer. Raises NotKeptError where that is nothing."""
    mine = (_C.owner == owner) & (_C.turn_id == plain(turn_id))
    if not connection.execute(FEEDBACK.delete().where(mine)).rowcount:
        raise NotKeptError("feedback")


def ratings(connection: sa.Connection, owner: str, conversation_id: str) -> dict[str, Rating]:
    """What the owner said of the answers of a conversation, by turn."""
    query = sa.select(FEEDBACK).where(_C.owner == owner, _C.conversation_id == conversation_id)
    return {row.turn_id: _rating(row) for row in connection.execute(query)}


def listed(
    connection: sa.Connection,
    *,
    owner: str | None,
    good: bool | None,
    words: Sequence[str],
    tag: str | None,
    since: float | None,
    limit: int,
    offset: int,
) -> FeedbackPage:
    """What was said of answers, the newest first; see `Workspace.feedback`."""
    asked: list[sa.ColumnElement[bool]] = []
    if owner is not None:
        asked.append(_C.owner == owner)
    if good is not None:
        asked.append(_C.good == good)
    if tag is not None:
        asked.append(_C.tags.contains(json.dumps(plain(tag), ensure_ascii=False), autoescape=True))
    if since is not None:
        asked.append(_C.updated >= since)
    texts = (_C.question, _C.standalone_question, _C.text, _C.reason, _C.right_answer)
    asked += [sa.or_(*(has(sa.func.lower(column), word) for column in texts)) for word in words]
    total = connection.execute(sa.select(sa.func.count()).select_from(FEEDBACK).where(*asked)).scalar_one()
    newest = sa.select(FEEDBACK).where(*asked).order_by(_C.created.desc(), _C.turn_id, _C.owner)
    found = connection.execute(newest.limit(limit).offset(offset))
    return FeedbackPage(tuple(map(_feedback, found)), total)


def _feedback(row: sa.Row[Any]) -> Feedback:
    return Feedback(
        turn_id=row.turn_id,
        owner=row.owner,
        conversation_id=row.conversation_id or None,
        rating=_rating(row),
        question=row.question,
        standalone_question=row.standalone_question,
        history=tuple(json.loads(row.history)),
        text=row.text,
        answer=read_answer(row.answer),
        versions=json.loads(row.versions),
        created=row.created,
        updated=row.updated,
    )


def _rating(row: sa.Row[Any]) -> Rating:
    return Rating(row.good, row.reason, row.right_answer, tuple(json.loads(row.tags)))
