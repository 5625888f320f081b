"""Migrations: the steps that bring an older catalog's tables up to date, each in one transaction.

A step is for good: it is written in SQL against the tables as they were then, not against `schema`, which goes on.
What readers make of files is not its matter: a newer `updates.READING` has them read again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from index.catalog import texts, touched
from index.catalog.locks import locked
from index.catalog.schema import BUSY_S, META, CatalogError, sqlite_engine
from sources.figures.wording import wordings

Migration = Callable[[sa.Connection], None]


def keep_passed_over(connection: sa.Connection) -> None:
    """2 to 3: the files that are passed over are kept."""
    connection.exec_driver_sql(
        "CREATE TABLE passed_over (path TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, reason TEXT NOT NULL)"
    )


def keep_details(connection: sa.Connection) -> None:
    """3 to 4: what else is known of documents, which of them are copies, and which sources can't be reached.

    The table of documents is made anew, so that its text stays last.
    """
    connection.exec_driver_sql(
        "CREATE TABLE documents_new (n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, "
        "title TEXT NOT NULL, uri TEXT NOT NULL, sha256 TEXT NOT NULL, publisher TEXT, published TEXT, "
        "regions TEXT NOT NULL, pages TEXT NOT NULL, reading INTEGER NOT NULL, characters INTEGER NOT NULL, "
        "number TEXT, kind TEXT, in_force TEXT, expires TEXT, copy_of TEXT, text TEXT NOT NULL, UNIQUE (id))"
    )
    kept = "n, id, title, uri, sha256, publisher, published, regions, pages, reading, characters, text"
    connection.exec_driver_sql(f"INSERT INTO documents_new ({kept}) SELECT {kept} FROM documents")
    # A row that was given once is never given again: engines may still hold it.
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'documents'").scalar()
    connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'documents_new'")
    if last is not None:
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('documents_new', ?)", (last,))
    connection.exec_driver_sql("DROP TABLE documents")
    connection.exec_driver_sql("ALTER TABLE documents_new RENAME TO documents")
    connection.exec_driver_sql("CREATE INDEX ix_documents_copy_of ON documents (copy_of)")
    connection.exec_driver_sql(
        "CREATE TABLE details (document_id TEXT NOT NULL PRIMARY KEY, found_by TEXT NOT NULL, notices TEXT NOT NULL, "
        "gist BLOB, tables BLOB NOT NULL, places BLOB NOT NULL, dropped BLOB NOT NULL, "
        "FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE)"
    )
    connection.exec_driver_sql("ALTER TABLE files ADD COLUMN stated TEXT NOT NULL DEFAULT ''")
    connection.exec_driver_sql("ALTER TABLE sources ADD COLUMN unreachable_since FLOAT")
    connection.exec_driver_sql("ALTER TABLE sources ADD COLUMN identity TEXT")
    connection.exec_driver_sql("ALTER TABLE sources ADD COLUMN follow_links BOOLEAN NOT NULL DEFAULT 0")


def keep_subjects(connection: sa.Connection) -> None:
    """4 to 5: what figures are about is kept, with what their tables say of them, and what documents say of the
    standing of others."""
    connection.exec_driver_sql("ALTER TABLE figures ADD COLUMN subject TEXT NOT NULL DEFAULT ''")
    connection.exec_driver_sql("ALTER TABLE figures ADD COLUMN dimensions TEXT NOT NULL DEFAULT ''")
    connection.exec_driver_sql("ALTER TABLE figures ADD COLUMN direction TEXT NOT NULL DEFAULT ''")
    connection.exec_driver_sql(
        "CREATE TABLE relations (document_id TEXT NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, "
        'title TEXT NOT NULL, number TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, '
        "since TEXT NOT NULL, until TEXT NOT NULL, PRIMARY KEY (document_id, position), "
        "FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE)"
    )


def keep_bands(connection: sa.Connection) -> None:
    """5 to 6: vectors take a byte a dimension, and which documents have wording in common is kept."""
    # The largest value of each becomes 127; those of length 0 stay zeros.
    connection.connection.create_function("in_bytes", 1, _in_bytes, deterministic=True)
    connection.exec_driver_sql("UPDATE vectors SET vector = in_bytes(vector)")
    connection.exec_driver_sql(
        "CREATE TABLE bands (band INTEGER NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (band, document)) "
        "WITHOUT ROWID"
    )


def _in_bytes(vector: bytes) -> bytes:
    values = np.frombuffer(vector, np.float32)
    most = float(np.abs(values).max(initial=0.0)) or 1.0
    return bytes(np.rint(values * (127 / most)).astype(np.int8).tobytes())


def keep_jobs(connection: sa.Connection) -> None:
    """6 to 7: long work waits in the catalog."""
    connection.exec_driver_sql(
        "CREATE TABLE jobs (n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, asked TEXT NOT NULL, "
        "state TEXT NOT NULL, progress TEXT NOT NULL, created FLOAT NOT NULL, started FLOAT, ended FLOAT, "
        "attempts INTEGER NOT NULL, stopping BOOLEAN NOT NULL, reason TEXT, outcome BLOB)"
    )
    connection.exec_driver_sql("CREATE INDEX ix_jobs_state ON jobs (state)")


def keep_texts_once(connection: sa.Connection) -> None:
    """7 to 8: of a document's text only that is kept with it which stands in none of its passages."""
    ids = [row[0] for row in connection.exec_driver_sql("SELECT id FROM documents")]
    for document_id in ids:
        text = connection.exec_driver_sql("SELECT text FROM documents WHERE id = ?", (document_id,)).scalar_one()
        query = "SELECT start, text FROM passages WHERE document_id = ? ORDER BY n"
        rest, at = "", 0
        for start, own in connection.exec_driver_sql(query, (document_id,)):
            rest += text[at:start]
            at = max(at, start + len(own))
        values = (rest + text[at:], document_id)
        connection.exec_driver_sql("UPDATE documents SET text = ? WHERE id = ?", values)
    connection.exec_driver_sql("ALTER TABLE documents RENAME COLUMN text TO rest")


def keep_labels(connection: sa.Connection) -> None:
    """8 to 9: tags, and the groups of readers that may read a file or a folder."""
    connection.exec_driver_sql(
        "CREATE TABLE labels (kind TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, document_id TEXT NOT NULL, "
        "PRIMARY KEY (kind, name, path))"
    )
    connection.exec_driver_sql("CREATE INDEX ix_labels_path ON labels (path)")


def keep_touched(connection: sa.Connection) -> None:
    """9 to 10: which documents were changed, in order."""
    connection.exec_driver_sql(
        "CREATE TABLE touched (n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL)"
    )
    for trigger in touched.TRIGGERS:
        connection.exec_driver_sql(trigger)


def keep_wording(connection: sa.Connection) -> None:
    """10 to 11: of each figure is kept what the sentence around it tells, so that no text is opened to look for it."""
    connection.exec_driver_sql("ALTER TABLE figures ADD COLUMN is_order BOOLEAN NOT NULL DEFAULT '0'")
    connection.exec_driver_sql("ALTER TABLE figures ADD COLUMN frame INTEGER")
    holding = connection.exec_driver_sql("SELECT id, rest FROM documents WHERE id IN (SELECT document_id FROM figures)")
    for document_id, rest in holding.all():
        own = (document_id,)
        passages = connection.exec_driver_sql(
            'SELECT start, "end", text FROM passages WHERE document_id = ? ORDER BY n', own
        ).all()
        text = texts.whole_of(rest, ((row[0], row[2]) for row in passages))
        figures = connection.exec_driver_sql(
            'SELECT start, "end", position FROM figures WHERE document_id = ? ORDER BY start', own
        ).all()
        marks = wordings([(row[0], row[1]) for row in figures], text, [(row[0], row[1]) for row in passages])
        connection.exec_driver_sql(
            "UPDATE figures SET is_order = ?, frame = ? WHERE document_id = ? AND position = ?",
            [(*mark, document_id, row[2]) for mark, row in zip(marks, figures, strict=True)],
        )
    connection.exec_driver_sql("CREATE INDEX ix_figures_frame ON figures (frame)")
    connection.exec_driver_sql("DROP INDEX ix_figures_key")
    connection.exec_driver_sql('CREATE INDEX ix_figures_key ON figures ("key", region, period)')


def keep_entries(connection: sa.Connection) -> None:
    """11 to 12: of each file is kept when it entered the library, and an index tells more of a metric's figures.

    Of those that are there nobody has noted it: they came no earlier than they were last written, as far as that is
    known, nor than the folder that they lie in was registered.
    """
    connection.exec_driver_sql("ALTER TABLE files ADD COLUMN entered FLOAT")
    connection.exec_driver_sql(
        "UPDATE files SET entered = nullif(max(coalesce(mtime_ns / 1e9, 0), coalesce((SELECT min(s.added) "
        "FROM sources s WHERE files.path = s.path OR substr(files.path, 1, length(s.path) + 1) = s.path || ?), 0)), 0)",
        (os.sep,),
    )
    connection.exec_driver_sql("DROP INDEX ix_files_document_id")
    connection.exec_driver_sql("CREATE INDEX ix_files_document_id ON files (document_id, entered)")
    connection.exec_driver_sql("DROP INDEX ix_figures_key")
    connection.exec_driver_sql(
        'CREATE INDEX ix_figures_key ON figures ("key", region, period, unit, subject, document_id, status, position)'
    )


def keep_listed(connection: sa.Connection) -> None:
    """12 to 13: the listing of a large library is kept."""
    connection.exec_driver_sql(
        "CREATE TABLE listed (n INTEGER NOT NULL PRIMARY KEY, upto INTEGER NOT NULL, content BLOB NOT NULL)"
    )


OLDEST = 2
"""The oldest version that can be brought up to date; the first step starts from it."""
MIGRATIONS: tuple[Migration, ...] = (
    keep_passed_over,
    keep_details,
    keep_subjects,
    keep_bands,
    keep_jobs,
    keep_texts_once,
    keep_labels,
    keep_touched,
    keep_wording,
    keep_entries,
    keep_listed,
)
"""In order; each leads from one version to the next."""


def version(connection: sa.Connection) -> str | None:
    """The version that a catalog says it has; None for a file without tables."""
    if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'meta'").scalar():
        return None
    return connection.execute(sa.select(META.c.value).where(META.c.key == "schema")).scalar() or "?"


def migrate(path: Path, found: str, *, lock: Path, steps: Sequence[Migration] = MIGRATIONS) -> None:
    """Brings the catalog at `path`, which has version `found`, up to the last step's.

    A step and the version that it leads to are written together: killed in between, the next call goes on there. Waits
    for a writer to finish, and raises IndexBusyError when it doesn't; raises CatalogError for a version that no step
    starts from, and leaves the file alone.
    """
    newest = OLDEST + len(steps)
    if found == str(newest):
        return
    if not found.isdecimal() or int(found) > newest:
        raise CatalogError(
            f"{path}: 索引的格式是 {found}，本版本只认得到 {newest}，它多半由更新的 youju 建立。"
            "请升级 youju，或换一个 --data-dir 重新索引"
        )
    if int(found) < OLDEST:
        raise CatalogError(
            f"{path}: 索引的格式是 {found}，太早了，本版本能接着用的是 {OLDEST} 到 {newest}。"
            f"请把 {path.parent} 移走，或换一个 --data-dir，再重新索引；原来的文件不受影响"
        )
    # Keys are checked at the end of a step: a table that is made anew would otherwise take along what refers to it.
    engine = sqlite_engine(path, begin="BEGIN IMMEDIATE", foreign_keys=False)
    try:
        with locked(lock, wait_s=BUSY_S):
            for number, step in enumerate(steps, OLDEST):
                with engine.begin() as connection:
                    if version(connection) != str(number):
                        continue  # done before, or by another process meanwhile
                    step(connection)
                    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                        raise CatalogError(
                            f"{path}: 从格式 {number} 升级到 {number + 1} 时，表 {broken[0]} 对不上，已放弃，"
                            "索引没有改动。请换一个 --data-dir 重新索引，并报告这个问题"
                        )
                    connection.execute(sa.update(META).where(META.c.key == "schema").values(value=str(number + 1)))
    finally:
        engine.dispose()
