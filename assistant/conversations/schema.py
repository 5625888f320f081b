"""The tables of conversations, shares and feedback, in SQLite or any other database that SQLAlchemy speaks to

`open_database` makes them, or brings those of an earlier version up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

BUSY_S = 30
_CACHE_KB = 32 * 1024
"""Of pages at hand: a search reads all that an owner asked and was answered."""
_MIGRATING = 0x796F756A75
"""The number of PostgreSQL's lock that one process holds while it makes or changes tables."""

TABLES = sa.MetaData()
META = sa.Table(
    "meta", TABLES, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
CONVERSATIONS = sa.Table(
    "conversations",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("searched", sa.Text, nullable=False),  # the title as a search sees it
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("updated", sa.Double, nullable=False),
    sa.Column("pinned", sa.Boolean, nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False),
)
sa.Index(
    "ix_conversations_listed",
    CONVERSATIONS.c.owner,
    CONVERSATIONS.c.archived,
    CONVERSATIONS.c.pinned.desc(),
    CONVERSATIONS.c.updated.desc(),
    CONVERSATIONS.c.id.desc(),
)
_conversation = ("conversations.id",)
SOUGHT = sa.Table(  # what a search looks through: in one row, since the words of a query may stand in several turns
    "sought",
    TABLES,
    sa.Column("conversation_id", sa.Text, sa.ForeignKey(*_conversation, ondelete="CASCADE"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),  # its questions and answers, folded
)
TURNS = sa.Table(
    "turns",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("conversation_id", sa.Text, sa.ForeignKey(*_conversation, ondelete="CASCADE"), nullable=False),
    sa.Column("n", sa.Integer, nullable=False),  # their order; not their number, since some may be cut
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("alive", sa.Double, nullable=False),  # when its writer last said that it is at it
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("versions", sa.Text, nullable=False),  # JSON
    sa.UniqueConstraint("conversation_id", "n"),
)
ANSWERS = sa.Table(
    "answers",
    TABLES,
    sa.Column("turn_id", sa.Text, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("answer", sa.LargeBinary, nullable=False),  # JSON, packed
)
SHARES = sa.Table(
    "shares",
    TABLES,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False, index=True),
    sa.Column(
        "conversation_id", sa.Text, sa.ForeignKey(*_conversation, ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("access", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # JSON, packed
)
FEEDBACK = sa.Table(  # refers to nothing: what was reported stays when its conversation goes
    "feedback",
    TABLES,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("turn_id", sa.Text, primary_key=True),
    sa.Column("conversation_id", sa.Text, nullable=False, index=True),  # empty once it is gone
    sa.Column("good", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("right_answer", sa.Text, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),  # JSON
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("standalone_question", sa.Text, nullable=False),
    sa.Column("history", sa.Text, nullable=False),  # JSON
    sa.Column("versions", sa.Text, nullable=False),  # JSON
    sa.Column("created", sa.Double, nullable=False, index=True),
    sa.Column("updated", sa.Double, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("answer", sa.LargeBinary),  # JSON, packed
)

Migration = Callable[[sa.Connection], None]
MIGRATIONS: tuple[Migration, ...] = ()
"""In order; each leads from one version to the next, the first from 1. A step is for good: it is written in SQL against
the tables as they were then, not against those above, which go on."""


class WorkspaceError(RuntimeError):
    """Conversations can't be kept or read: `str(error)` says why, and what to do."""


def open_database(address: Path | str, *, steps: Sequence[Migration] = MIGRATIONS) -> sa.Engine:
    """Connections to the database, its tables made or brought up to date.

    An SQLite file's path, or a URL as SQLAlchemy reads them. A transaction of an SQLite file that writes waits for the
    one before it, and is on the disk once it is committed. Raises WorkspaceError.
    """
    url = _url(address)
    shown = str(url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True))
    with _clearly(shown):
        engine = _sqlite(url) if url.get_backend_name() == "sqlite" else sa.create_engine(url, pool_pre_ping=True)
        try:
            with engine.execution_options(writes=True).begin() as connection:
                _bring_up_to_date(connection, shown, steps)
        except BaseException:
            engine.dispose()
            raise
    return engine


@contextmanager
def _clearly(shown: str) -> Iterator[None]:
    try:
        yield
    except sa.exc.NoSuchModuleError:
        raise WorkspaceError(f"{shown}: 不认识这种数据库。请写成 postgresql+psycopg://… 这样的地址") from None
    except ModuleNotFoundError as error:
        raise WorkspaceError(f"{shown}: 缺少它的驱动 {error.name}。请安装：pip install '{error.name}'") from None
    except (sa.exc.DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        raise WorkspaceError(
            f"{shown}: 保存对话的数据库打不开（{str(cause).strip()}）。请检查它的地址和权限"
        ) from error


def _url(address: Path | str) -> sa.URL:
    if isinstance(address, str) and "://" in address:
        try:
            return sa.make_url(address)
        except sa.exc.ArgumentError:
            raise WorkspaceError("YOUJU_DATABASE 不是数据库的地址：请写成 postgresql+psycopg://用户@主机/库") from None
    path = Path(address)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"{path.parent}: 建不了文件夹（{error.strerror}）。请换一个 --data-dir") from error
    return sa.URL.create("sqlite", database=str(path))


def _sqlite(url: sa.URL) -> sa.Engine:
    # A file each process opens for itself; in WAL mode readers wait for nobody.
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_S, "check_same_thread": False}, pool_size=16, max_overflow=-1
    )

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the sqlite3 module would begin its own transactions, too late
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")

    def began(connection: sa.Connection) -> None:
        # One that reads first and then writes would be refused where another has written in between.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", began)
    return engine


def _bring_up_to_date(connection: sa.Connection, shown: str, steps: Sequence[Migration]) -> None:
    newest = 1 + len(steps)
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
    found = None
    if sa.inspect(connection).has_table(META.name):
        found = connection.execute(sa.select(META.c.value).where(META.c.key == "workspace")).scalar()
    if found is None:
        TABLES.create_all(connection)
        connection.execute(META.insert().values(key="workspace", value=str(newest)))
        return
    if not found.isdecimal() or not 1 <= int(found) <= newest:
        raise WorkspaceError(
            f"{shown}: 对话的格式是 {found}，本版本只认得到 {newest}，它多半由更新的 youju 建立。请升级 youju"
        )
    for number in range(int(found), newest):
        steps[number - 1](connection)
    if int(found) < newest:
        connection.execute(META.update().where(META.c.key == "workspace").values(value=str(newest)))
