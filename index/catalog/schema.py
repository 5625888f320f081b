"""The catalog's tables, in SQLite"""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

SCHEMA = 13
"""Raise when a table changes, and write the step in `migrations` that brings an older catalog up to date."""
BUSY_S = 30
_SHARED_BYTES = 64 * 1024
"""Of the disk that has to be free for the first process that opens a catalog, though it only reads."""
_CACHE_KB = 32 * 1024
"""Of pages at hand: keys come in no order, and with SQLite's own 2 MB a large index would read most pages anew."""
TABLES = sa.MetaData()
META = sa.Table(
    "meta", TABLES, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
SOURCES = sa.Table(
    "sources",
    TABLES,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("added", sa.Float),
    sa.Column("unreachable_since", sa.Float),
    sa.Column("identity", sa.Text),
    sa.Column("follow_links", sa.Boolean, nullable=False, server_default=sa.text("0")),
)
DOCUMENTS = sa.Table(
    "documents",
    TABLES,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("uri", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("publisher", sa.Text),
    sa.Column("published", sa.Text),
    sa.Column("regions", sa.Text, nullable=False),
    sa.Column("pages", sa.Text, nullable=False),
    sa.Column("reading", sa.Integer, nullable=False),
    sa.Column("characters", sa.Integer, nullable=False),
    sa.Column("number", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("in_force", sa.Text),
    sa.Column("expires", sa.Text),
    sa.Column("copy_of", sa.Text, index=True),
    sa.Column("rest", sa.Text, nullable=False),  # of its text what stands in no passage, see `texts`
    sqlite_autoincrement=True,
)
_owner = ("documents.id",)
FILES = sa.Table(
    "files",
    TABLES,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("size", sa.Integer),
    sa.Column("mtime_ns", sa.Integer),
    sa.Column("sha256", sa.Text),
    sa.Column("reading", sa.Integer, nullable=False),
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, deferrable=True, initially="DEFERRED")),
    sa.Column("error", sa.Text),
    sa.Column("stated", sa.Text, nullable=False, server_default=""),
    sa.Column("entered", sa.Float),
    sa.Index("ix_files_document_id", "document_id", "entered"),
)
DETAILS = sa.Table(  # apart from `documents`: neither a listing nor an answer reads it
    "details",
    TABLES,
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, ondelete="CASCADE"), primary_key=True),
    sa.Column("found_by", sa.Text, nullable=False),
    sa.Column("notices", sa.Text, nullable=False),
    sa.Column("gist", sa.LargeBinary),
    sa.Column("tables", sa.LargeBinary, nullable=False),
    sa.Column("places", sa.LargeBinary, nullable=False),
    sa.Column("dropped", sa.LargeBinary, nullable=False),
)
PASSED_OVER = sa.Table(
    "passed_over",
    TABLES,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
SECTIONS = sa.Table(
    "sections",
    TABLES,
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("heading", sa.Text, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
)
PASSAGES = sa.Table(
    "passages",
    TABLES,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("heading", sa.Text, nullable=False),
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
VECTORS = sa.Table(
    "vectors",
    TABLES,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("embedder", sa.Text, primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),  # see `vectors`
)
FIGURES = sa.Table(
    "figures",
    TABLES,
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("qualifier", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False, index=True),
    sa.Column("period", sa.Text, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("upper", sa.Text),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("sure", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, server_default=""),
    sa.Column("dimensions", sa.Text, nullable=False, server_default=""),
    sa.Column("direction", sa.Text, nullable=False, server_default=""),
    sa.Column("is_order", sa.Boolean, nullable=False, server_default="0"),
    sa.Column("frame", sa.Integer, index=True),
    # With all by which the figures of a metric are counted: 10,000s of them are counted without looking at one.
    sa.Index("ix_figures_key", "key", "region", "period", "unit", "subject", "document_id", "status", "position"),
)
RELATIONS = sa.Table(
    "relations",
    TABLES,
    sa.Column("document_id", sa.Text, sa.ForeignKey(*_owner, ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
    sa.Column("until", sa.Text, nullable=False),
)
BANDS = (
    sa.Table(  # which documents have wording in common, see `upkeep.copies`; rows of documents that are gone may stay
        "bands",
        TABLES,
        sa.Column("band", sa.Integer, primary_key=True),
        sa.Column("document", sa.Integer, primary_key=True),
        sqlite_with_rowid=False,
    )
)
LABELS = sa.Table(  # see `labels`; a file that changes becomes another document, one that moves has another path
    "labels",
    TABLES,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True, index=True),
    sa.Column("document_id", sa.Text, nullable=False),
)
TOUCHED = sa.Table(  # see `touched`
    "touched",
    TABLES,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("document_id", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
LISTED = sa.Table(  # see `listed`; one row
    "listed",
    TABLES,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("upto", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
JOBS = sa.Table(
    "jobs",
    TABLES,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("asked", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("ended", sa.Float),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("stopping", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("outcome", sa.LargeBinary),
    sqlite_autoincrement=True,
)
GENERATIONS = sa.Table(
    "generations",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("passages", sa.Integer, nullable=False),
    sa.Column("embedder", sa.Text, nullable=False),
    sa.Column("built", sa.Float, nullable=False),
)


class CatalogError(RuntimeError):
    """The catalog can't be used: `str(error)` says what is wrong with which file, and what to do."""


class IndexBusyError(CatalogError):
    """Another process is writing to the same index and didn't finish in time."""


def sqlite_engine(path: Path, *, begin: str, foreign_keys: bool = True) -> sa.Engine:
    """Connections to the SQLite file, each transaction opened by `begin` and, once committed, on the disk."""
    engine = sa.create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": BUSY_S, "check_same_thread": False},
        pool_size=16,
        max_overflow=-1,
    )

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the sqlite3 module would begin its own transactions, too late
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        connection.execute("PRAGMA synchronous = FULL")
        if begin != "BEGIN":
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")

    def began(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", began)
    return engine


@contextlib.contextmanager
def clearly(path: Path) -> Iterator[None]:
    """Turns what the database says into CatalogError with what to do about it."""
    try:
        yield
    except (sa.exc.DBAPIError, sqlite3.Error, OSError) as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        message = str(cause)
        if "disk is full" in message or getattr(cause, "errno", None) == errno.ENOSPC or _is_full(path, message):
            remedy = "磁盘已满，已提交的内容完好。请腾出空间后重新运行 youju index"
        elif "locked" in message or "busy" in message:
            remedy = "另一个程序正占用索引。请稍后再试"
        elif any(sign in message for sign in ("malformed", "not a database", "Could not decode", "corrupt")):
            remedy = "索引文件已损坏。请运行 youju doctor --repair，或从备份恢复：youju restore"
        elif "readonly" in message or isinstance(cause, PermissionError):
            remedy = "没有写入权限。请换一个 --data-dir，或修改目录权限"
        else:
            remedy = "请检查该路径，或换一个 --data-dir"
        raise CatalogError(f"{path}: {message}。{remedy}") from error


def _is_full(path: Path, message: str) -> bool:
    """Whether the disk is full where SQLite says only that it failed, as when it opens its shared memory."""
    with contextlib.suppress(OSError):
        return "disk I/O error" in message and shutil.disk_usage(path.parent).free < _SHARED_BYTES
    return False
