"""The workspace: conversations kept in a database, with their turns, shares and feedback, each owner's for itself

    with Workspace.open(data_dir / "workspace.sqlite3") as workspace:
        info = workspace.create("local")
        turn_id = workspace.begin_turn("local", info.id, "2025年最低工资是多少？")
        workspace.finish_turn(turn_id, assistant.ask("2025年最低工资是多少？"))

An answer is kept whole, with the passages that it cites: it can be shown when its documents are gone.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import sqlalchemy as sa

from assistant.answers import Answer, Turn, new_id
from assistant.config import Config
from assistant.conversations import feedback as reports
from assistant.conversations.beats import Beats
from assistant.conversations.records import (
    Conversation,
    ConversationInfo,
    Counts,
    Feedback,
    FeedbackPage,
    NotKeptError,
    Page,
    Rating,
    Share,
    SharedConversation,
    StoredTurn,
    pack,
    pack_turns,
    read_answer,
    unpack_turns,
)
from assistant.conversations.rows import (
    INFO,
    ORDER,
    add_sought,
    after,
    checked_title,
    cursor,
    delete,
    end,
    first_title,
    folded,
    has,
    own,
    plain,
    seek_anew,
    told_state,
    words_of,
)
from assistant.conversations.schema import ANSWERS, CONVERSATIONS, FEEDBACK, SHARES, SOUGHT, TURNS, open_database

FILE = "workspace.sqlite3"
"""Its name in the data directory, where no other database is chosen."""
MEMORY = "memory"
"""The address of a workspace that is gone when it is closed."""
_SHARE = (SHARES.c.token, SHARES.c.conversation_id, SHARES.c.title, SHARES.c.turns, SHARES.c.created, SHARES.c.access)


def address_of(config: Config) -> Path | str:
    """Where a configuration has conversations kept."""
    return config.database or config.data_dir / FILE


class Workspace:
    """What people keep. Safe to use from several threads, and the database from several processes.

    Every method that takes an owner sees that owner's alone, and raises NotKeptError for anything else.
    """

    def __init__(self, engine: sa.Engine, *, folder: Path | None = None) -> None:
        """`folder` is deleted with the workspace."""
        self._reading = engine
        self._writing = engine.execution_options(writes=True)
        self._beats = Beats(self._writing)
        self._folder = folder

    @classmethod
    def open(cls, address: Path | str) -> Workspace:
        """The workspace in an SQLite file, made if it isn't there, or in the database at a URL; or MEMORY.

        Raises WorkspaceError, saying what to do, where that can't be opened.
        """
        if address == MEMORY:
            # A file, so that its threads see what those of a real one see.
            folder = Path(tempfile.mkdtemp(prefix="youju-"))
            return cls(open_database(folder / FILE), folder=folder)
        return cls(open_database(address))

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections; what is still being written here is stopped."""
        for turn_id in self._beats.close():
            with suppress(sa.exc.SQLAlchemyError):
                self.end_turn(turn_id, "stopped")
        self._reading.dispose()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def engine(self) -> sa.Engine:
        """Connections to the database that it is kept in, for what else is kept there."""
        return self._reading

    @property
    def bytes(self) -> int | None:
        """How much room it takes on the disk; None of a database elsewhere."""
        if self._reading.dialect.name != "sqlite":
            return None
        file = Path(str(self._reading.url.database))
        return sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))

    def counts(self) -> Counts:
        """How much there is, of all owners together."""
        tables = {"conversations": CONVERSATIONS, "turns": TURNS, "shares": SHARES, "feedback": FEEDBACK}
        with self._reading.begin() as connection:
            found = {
                name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for name, table in tables.items()
            }
        return Counts(**found, bytes=self.bytes)

    # --- conversations ---------------------------------------------------------------------------------------------

    def conversations(
        self, owner: str, *, query: str = "", archived: bool = False, limit: int = 50, before: str | None = None
    ) -> Page:
        """Those that are pinned first, then the newest; with `query`, those in whose title, questions or answers every
        word of it stands. `before` is the `next` of the page before.

        Raises ValueError for a cursor that is none.
        """
        c = CONVERSATIONS.c
        asked = sa.select(*INFO).where(c.owner == owner, c.archived == archived)
        for word in words_of(query):
            said = sa.select(SOUGHT.c.text).where(SOUGHT.c.conversation_id == c.id).scalar_subquery()
            asked = asked.where(has(c.searched, word) | has(said, word))
        if before is not None:
            asked = asked.where(after(before))
        asked = asked.order_by(*ORDER).limit(limit + 1)
        with self._reading.begin() as connection:
            found = [ConversationInfo(**row) for row in connection.execute(asked).mappings()]
        shown = tuple(found[:limit])
        return Page(shown, cursor(shown[-1]) if len(found) > limit else None)

    def create(self, owner: str, title: str = "") -> ConversationInfo:
        """A new conversation, without turns. Raises ValueError for a title that is too long."""
        title = checked_title(title) if title else ""
        now = time.time()
        info = ConversationInfo(new_id(), title, now, now, pinned=False, archived=False, turns=0)
        row = {"id": info.id, "owner": owner, "title": title, "searched": folded(title), "created": now, "updated": now}
        with self._writing.begin() as connection:
            connection.execute(CONVERSATIONS.insert().values(row | {"pinned": False, "archived": False}))
            connection.execute(SOUGHT.insert().values(conversation_id=info.id, text=""))
        return info

    def conversation(self, owner: str, conversation_id: str) -> Conversation:
        """One, with its turns."""
        with self._reading.begin() as connection:
            return self._conversation(connection, owner, conversation_id)

    def info(self, owner: str, conversation_id: str) -> ConversationInfo:
        """One, without its turns."""
        with self._reading.begin() as connection:
            return self._info(connection, owner, conversation_id)

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Gives it a title. Raises ValueError for one that is empty or longer than MAX_TITLE_CHARS."""
        title = checked_title(title)
        self._change(owner, conversation_id, title=title, searched=folded(title))

    def pin(self, owner: str, conversation_id: str, pinned: bool = True) -> None:
        """Puts it before the others, or no longer."""
        self._change(owner, conversation_id, pinned=pinned)

    def archive(self, owner: str, conversation_id: str, archived: bool = True) -> None:
        """Takes it out of what is listed, or puts it back."""
        self._change(owner, conversation_id, archived=archived)

    def delete(self, owner: str, conversation_id: str) -> None:
        """Deletes it for good, with its shares. What was said of its answers stays as it was reported."""
        with self._writing.begin() as connection:
            own(connection, owner, conversation_id, lock=True)
            delete(connection, CONVERSATIONS.c.id == conversation_id)
        self._wipe()

    def delete_all(self, owner: str) -> int:
        """Deletes all of the owner's, the archived ones too; gives back how many."""
        with self._writing.begin() as connection:
            count = delete(connection, CONVERSATIONS.c.owner == owner)
        self._wipe()
        return count

    def hand_over(self, owner: str, to: str) -> None:
        """Makes everything that was one owner's another's: conversations, links and what was said of answers."""
        with self._writing.begin() as connection:
            for table in (CONVERSATIONS, SHARES, FEEDBACK):
                connection.execute(table.update().where(table.c.owner == owner).values(owner=to))

    # --- turns -----------------------------------------------------------------------------------------------------

    def begin_turn(self, owner: str, conversation_id: str, question: str) -> str:
        """The id of a new turn, told to be written until it is ended, or this process is. The first question names a
        conversation that has no title."""
        question, now, turn_id = plain(question), time.time(), new_id()
        with self._writing.begin() as connection:
            title = own(connection, owner, conversation_id, lock=True)
            last = sa.select(sa.func.coalesce(sa.func.max(TURNS.c.n), 0) + 1).where(
                TURNS.c.conversation_id == conversation_id
            )
            row = {"id": turn_id, "conversation_id": conversation_id, "n": connection.execute(last).scalar_one()}
            told = {"state": "asking", "created": now, "alive": now, "question": question, "text": "", "versions": "{}"}
            connection.execute(TURNS.insert().values(row | told))
            add_sought(connection, conversation_id, question)
            named = {} if title else {"title": first_title(question), "searched": folded(first_title(question))}
            connection.execute(
                CONVERSATIONS.update().where(CONVERSATIONS.c.id == conversation_id).values(updated=now, **named)
            )
        self._beats.begin(turn_id)
        return turn_id

    def add_text(self, turn_id: str, text: str) -> bool:
        """Keeps the answer's text as far as it has come, for others to see. False where nobody waits for more: the
        turn was stopped or cut meanwhile."""
        mine = (TURNS.c.id == turn_id) & (TURNS.c.state == "asking")
        with self._writing.begin() as connection:
            done = connection.execute(TURNS.update().where(mine).values(text=plain(text), alive=time.time()))
        return bool(done.rowcount)

    def over(self, turn_id: str) -> threading.Event:
        """Set as soon as the turn is stopped, cut or deleted, by whatever process, or has ended."""
        return self._beats.over(turn_id)

    def finish_turn(self, turn_id: str, answer: Answer, *, versions: Mapping[str, str] | None = None) -> bool:
        """Keeps the answer, and what made it. False where the turn was stopped or cut meanwhile, and nothing is."""
        self._beats.end(turn_id)
        known = json.dumps(dict(versions or {}), ensure_ascii=False)
        with self._writing.begin() as connection:
            if not end(connection, turn_id, "answered", plain(answer.answer), versions=known):
                return False
            connection.execute(ANSWERS.insert().values(turn_id=turn_id, answer=pack(answer.to_json())))
        return True

    def end_turn(self, turn_id: str, state: Literal["stopped", "failed"], text: str | None = None) -> bool:
        """Ends a turn without an answer, with as much of its text as there is; None leaves what `add_text` kept. False
        where it had ended before, and stays as it is."""
        self._beats.end(turn_id)
        with self._writing.begin() as connection:
            return end(connection, turn_id, state, None if text is None else plain(text))

    def stop(self, owner: str, turn_id: str) -> bool:
        """Has whoever writes the turn stop, in whichever process; false where it had ended before."""
        mine = (TURNS.c.id == plain(turn_id)) & (CONVERSATIONS.c.owner == owner)
        with self._reading.begin() as connection:
            if connection.execute(sa.select(TURNS.c.id).join(CONVERSATIONS).where(mine)).first() is None:
                raise NotKeptError("turn")
        return self.end_turn(turn_id, "stopped")

    def turn(self, owner: str, conversation_id: str, turn_id: str) -> StoredTurn:
        """One turn of a conversation."""
        with self._reading.begin() as connection:
            self._info(connection, owner, conversation_id)
            found = self._turns(connection, owner, conversation_id, TURNS.c.id == plain(turn_id))
        if not found:
            raise NotKeptError("turn")
        return found[0]

    def history(self, owner: str, conversation_id: str, *, before: str | None = None) -> list[Turn]:
        """What was asked and answered, oldest first, before the turn `before`: what the next question may go on."""
        turns: list[Turn] = []
        for turn in self.conversation(owner, conversation_id).turns:
            if turn.id == before:
                break
            if turn.state == "answered":
                turns.append(Turn(turn.question, turn.text, turn.answer.titles if turn.answer else ()))
        return turns

    def cut(self, owner: str, conversation_id: str, turn_id: str) -> int:
        """Takes out a turn and those after it, for the question to be asked otherwise; gives back how many."""
        with self._writing.begin() as connection:
            title = own(connection, owner, conversation_id, lock=True)
            mine = TURNS.c.conversation_id == conversation_id
            found = connection.execute(
                sa.select(TURNS.c.n, TURNS.c.question).where(mine, TURNS.c.id == turn_id)
            ).first()
            if found is None:
                raise NotKeptError("turn")
            count = connection.execute(TURNS.delete().where(mine, TURNS.c.n >= found.n)).rowcount
            seek_anew(connection, conversation_id)
            is_empty = connection.execute(sa.select(TURNS.c.id).where(mine).limit(1)).first() is None
            if is_empty and title == first_title(found.question):
                nameless = CONVERSATIONS.update().where(CONVERSATIONS.c.id == conversation_id)
                connection.execute(nameless.values(title="", searched=""))
        self._wipe()
        return count

    # --- shares ----------------------------------------------------------------------------------------------------

    def share(self, owner: str, conversation_id: str, turn_id: str | None = None, *, alone: bool = False) -> Share:
        """A link to the conversation as it is now, up to the turn `turn_id` where one is named, or with `alone` to that
        turn only. What is asked, cut or renamed later isn't seen there; what is deleted is gone there, too.

        Raises ValueError where there is nothing to show yet.
        """
        with self._writing.begin() as connection:
            own(connection, owner, conversation_id, lock=True)
            kept = self._conversation(connection, owner, conversation_id)
            turns = list(kept.turns)
            if turn_id is not None:
                ids = [turn.id for turn in turns]
                if turn_id not in ids:
                    raise NotKeptError("turn")
                at = ids.index(turn_id)
                turns = turns[at if alone else 0 : at + 1]
            turns = [turn for turn in turns if turn.state != "asking"]
            if not turns:
                raise ValueError("这个对话还没有回答，没有什么可分享")
            title = first_title(turns[0].question) if alone and turn_id is not None else kept.info.title
            # The token stays as it is, so that its owner can be shown the link again: whoever reads the file reads
            # what the link opens beside it.
            share = Share(secrets.token_urlsafe(24), conversation_id, title, len(turns), time.time())
            row = {"token": share.token, "conversation_id": conversation_id, "title": title, "turns": len(turns)}
            connection.execute(
                SHARES.insert().values(
                    row
                    | {"owner": owner, "access": share.access, "created": share.created, "content": pack_turns(turns)}
                )
            )
        return share

    def shared(self, token: str) -> SharedConversation:
        """What a link shows. Raises NotKeptError for one that was taken back or never was."""
        query = sa.select(SHARES.c.title, SHARES.c.created, SHARES.c.content).where(
            SHARES.c.token == plain(token), SHARES.c.access == "link"
        )
        with self._reading.begin() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise NotKeptError("share")
        return SharedConversation(found.title, found.created, unpack_turns(found.content))

    def shares(self, owner: str, conversation_id: str | None = None) -> list[Share]:
        """The owner's links, of all conversations or of one, the newest first."""
        query = sa.select(*_SHARE).where(SHARES.c.owner == owner)
        if conversation_id is not None:
            query = query.where(SHARES.c.conversation_id == conversation_id)
        with self._reading.begin() as connection:
            if conversation_id is not None:
                own(connection, owner, conversation_id)
            return [Share(**row) for row in connection.execute(query.order_by(SHARES.c.created.desc())).mappings()]

    def unshare(self, owner: str, conversation_id: str, token: str | None = None) -> int:
        """Takes a link to a conversation back, or all of them; gives back how many."""
        which = SHARES.c.conversation_id == plain(conversation_id)
        if token is not None:
            which &= SHARES.c.token == plain(token)
        with self._writing.begin() as connection:
            own(connection, owner, conversation_id)
            count = connection.execute(SHARES.delete().where(which)).rowcount
            if token is not None and not count:
                raise NotKeptError("share")
        self._wipe()
        return count

    # --- feedback --------------------------------------------------------------------------------------------------

    def give_feedback(
        self, owner: str, turn_id: str, good: bool, reason: str = "", right_answer: str = "", tags: Sequence[str] = ()
    ) -> Feedback:
        """What the owner says of an answer, in the place of what was said before; kept with question, answer, evidence
        and versions. Raises ValueError for a turn that is still being written."""
        rating = Rating(good, plain(reason), plain(right_answer), tuple(map(plain, tags)))
        with self._writing.begin() as connection:
            return reports.keep(connection, owner, turn_id, rating)

    def take_feedback_back(self, owner: str, turn_id: str) -> None:
        """Deletes what the owner said of an answer."""
        with self._writing.begin() as connection:
            reports.forget(connection, owner, turn_id)
        self._wipe()

    def feedback(
        self,
        *,
        owner: str | None = None,
        good: bool | None = None,
        query: str = "",
        tag: str | None = None,
        since: float | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> FeedbackPage:
        """What was said of answers, by everybody or one owner, the newest first; only the good or the bad, what has the
        words of `query`, that tag, or was said since a time in seconds since 1970."""
        with self._reading.begin() as connection:
            return reports.listed(
                connection,
                owner=owner,
                good=good,
                words=words_of(query),
                tag=tag,
                since=since,
                limit=limit,
                offset=offset,
            )

    def each_feedback(self, **asked: Any) -> Iterator[Feedback]:
        """All of it that is asked for, as by `feedback`, some at a time."""
        offset = 0
        while found := self.feedback(**asked, limit=200, offset=offset).feedback:
            yield from found
            offset += len(found)

    def each_conversation(self) -> Iterator[Conversation]:
        """All that are kept, whoever's, the oldest first: for whoever sits at the machine."""
        wanted = sa.select(CONVERSATIONS.c.owner, CONVERSATIONS.c.id).order_by(CONVERSATIONS.c.created)
        with self._reading.begin() as connection:
            known = connection.execute(wanted).all()
        for owner, conversation_id in known:
            with suppress(NotKeptError):  # deleted meanwhile
                yield self.conversation(owner, conversation_id)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _conversation(self, connection: sa.Connection, owner: str, conversation_id: str) -> Conversation:
        info = self._info(connection, owner, conversation_id)
        return Conversation(info, self._turns(connection, owner, info.id))

    @staticmethod
    def _info(connection: sa.Connection, owner: str, conversation_id: str) -> ConversationInfo:
        mine = (CONVERSATIONS.c.id == plain(conversation_id)) & (CONVERSATIONS.c.owner == owner)
        row = connection.execute(sa.select(*INFO).where(mine)).mappings().first()
        if row is None:
            raise NotKeptError("conversation")
        return ConversationInfo(**row)

    @staticmethod
    def _turns(
        connection: sa.Connection, owner: str, conversation_id: str, *which: sa.ColumnElement[bool]
    ) -> tuple[StoredTurn, ...]:
        said = reports.ratings(connection, owner, conversation_id)
        t = TURNS.c
        query = (
            sa.select(t.id, t.question, t.state, t.text, t.created, t.alive, ANSWERS.c.answer)
            .select_from(TURNS.outerjoin(ANSWERS))
            .where(t.conversation_id == conversation_id, *which)
            .order_by(t.n)
        )
        return tuple(
            StoredTurn(
                turn.id,
                turn.question,
                read_answer(turn.answer),
                told_state(turn.state, turn.alive),
                turn.text,
                turn.created,
                said.get(turn.id),
            )
            for turn in connection.execute(query)
        )

    def _change(self, owner: str, conversation_id: str, **values: object) -> None:
        mine = (CONVERSATIONS.c.id == plain(conversation_id)) & (CONVERSATIONS.c.owner == owner)
        with self._writing.begin() as connection:
            if not connection.execute(CONVERSATIONS.update().where(mine).values(values)).rowcount:
                raise NotKeptError("conversation")

    def _wipe(self) -> None:
        """What was deleted is written no further, and goes out of SQLite's log, unless somebody is just reading it."""
        self._beats.look()
        if self._reading.dialect.name != "sqlite":
            return
        raw = self._reading.raw_connection()
        try:
            with suppress(sqlite3.Error):
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            raw.close()
