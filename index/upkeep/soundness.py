"""Soundness: whether an index keeps its promises, and what is wrong put right from the catalog

The catalog's pages; rows without what they belong to; texts, passages and figures that fit together; a vector for every
passage; engines that are what was built, and find all that the catalog has; nothing left over.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from index.catalog import labels, roots, whole
from index.catalog.catalog import Catalog
from index.catalog.locks import locked
from index.catalog.rows import Answering
from index.catalog.schema import BUSY_S, SCHEMA, TABLES, CatalogError, IndexBusyError, clearly
from index.catalog.writer import raise_revision
from index.engines.protocols import EngineError
from index.upkeep import generations
from index.upkeep.embedding import embedded_text, vector_key
from sources.documents import Document

State = Literal["well", "hint", "broken", "repaired"]
_MOST_NAMED = 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise, and whether it is kept."""

    what: str
    """In a word, for people."""
    state: State
    text: str
    """What was found, what was done about it, or what would help."""


@dataclass(frozen=True, slots=True)
class Repairs:
    """What puts an index right that isn't done in its rows."""

    embed: Callable[[], object]
    """Gives every passage a vector of the embedder that answers."""
    build: Callable[[], object]
    """Builds the engines anew."""
    reread: Callable[[], object]
    """Has the files read that are to be read again."""


def mend_catalog(path: Path, *, repair: bool) -> Finding | None:
    """Looks at the catalog's file page by page, before anything opens it; None where nothing was ever indexed.

    What can't be mended is read out as far as it goes, into a new catalog; the damaged one stays beside it.
    """
    if not path.is_file() or (not path.stat().st_size and roots.noted_at(path).is_file()):
        if not (path.is_file() or any(each.is_dir() for each in path.parent.glob("generations/*"))):
            return None
        if not repair:
            return Finding(
                "目录库",
                "broken",
                f"{path} 不见了，或成了空文件，只剩检索引擎。请恢复备份（youju restore），或重新 youju index",
            )
        roots.noted_at(path).unlink(missing_ok=True)
        Catalog(path).close()
        return Finding("目录库", "repaired", "不见了，已另建空的。请恢复备份（youju restore），或重新 youju index")
    found = _integrity(path)
    if found == "ok":
        return Finding("目录库", "well", f"{path.stat().st_size / 1e6:.1f} MB，逐页核对无误")
    if not repair:
        return Finding("目录库", "broken", f"{path} 已损坏（{found}）。youju doctor --repair 会尽量救出内容")
    with locked(path.with_suffix(".lock"), wait_s=BUSY_S):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("REINDEX")
        if _integrity(path) == "ok":
            return Finding("目录库", "repaired", f"重建了目录库的查找表（原来：{found}）")
    kept, lost = _salvage(path)
    told = "、".join(f"{table} {count} 行" for table, count in kept.items() if count)
    part = f"；读不出来的在 {'、'.join(lost)} 里，下一次 youju index 会把文件都重读一遍" if lost else ""
    return Finding(
        "目录库", "repaired", f"已损坏（{found}）。救出 {told or '0 行'}{part}；原来的文件留在旁边（.damaged）"
    )


def examine(
    catalog: Catalog, directory: Path, answering: Answering | None, repairs: Repairs | None
) -> Iterator[Finding]:
    """Looks at every promise in turn, and with `repairs` puts right what isn't kept. `directory` holds the generations.

    Raises IndexBusyError when another process is writing, as then nothing can be told.
    """
    yield _rows(catalog, repairs)
    yield _labels(catalog)
    yield _texts(catalog, repairs)
    if answering is not None:
        yield _vectors(catalog, answering, repairs)
        yield _engines(catalog, directory, answering, repairs)
    yield _left_over(catalog, directory, repairs)


def _integrity(path: Path) -> str:
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
            found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
            return found.removeprefix("*** in database main ***").strip()
    except sqlite3.Error as error:
        return str(error)


def _in_source(path: str) -> str:
    """SQL for whether a path lies in what is registered."""
    folder = "rtrim(sources.path, '/') || '/'"
    inside = f"substr({path}, 1, length({folder})) = {folder}"
    return f"EXISTS (SELECT 1 FROM sources WHERE {path} = sources.path OR {inside})"


_STRAYS = {
    # What a name becomes whose bytes were flipped: the file itself is read again beside it.
    "不在来源里的同文": (
        f"files WHERE document_id IS NOT NULL AND NOT {_in_source('files.path')} AND EXISTS (SELECT 1 FROM files other "
        f"WHERE other.document_id = files.document_id AND {_in_source('other.path')})"
    ),
    "没有文件的文档": "documents WHERE id NOT IN (SELECT document_id FROM files WHERE document_id IS NOT NULL)",
    "没有文档的文件": "files WHERE document_id IS NOT NULL AND document_id NOT IN (SELECT id FROM documents)",
    **{
        f"没有文档的{name}": f"{table} WHERE document_id NOT IN (SELECT id FROM documents)"
        for table, name in {
            "passages": "段落", "figures": "数据", "sections": "章节", "details": "详情", "relations": "关系",
        }.items()
    },
}  # fmt: skip
"""Rows that belong to nothing: in which order they go. A file that is forgotten is read as a new one."""
_LOST_COPIES = "documents WHERE copy_of IS NOT NULL AND copy_of NOT IN (SELECT id FROM documents WHERE copy_of IS NULL)"


def _rows(catalog: Catalog, repairs: Repairs | None) -> Finding:
    def strays(connection: sa.Connection) -> dict[str, int]:
        wanted = {**_STRAYS, "没有正本的副本": _LOST_COPIES}
        counted = {
            name: int(connection.exec_driver_sql(f"SELECT count(*) FROM {rows}").scalar_one())
            for name, rows in wanted.items()
        }
        return {name: count for name, count in counted.items() if count}

    with catalog.reading() as connection:
        found = strays(connection)
    if not found:
        return Finding("记录", "well", "文件、文档、段落、数据各有归属")
    told = "，".join(f"{count} 个{name}" for name, count in found.items())
    if repairs is None:
        return Finding("记录", "broken", f"{told}。youju doctor --repair 会去掉它们")
    with catalog.writing(), catalog.noting() as connection:
        for rows in _STRAYS.values():
            connection.exec_driver_sql(f"DELETE FROM {rows}")
        connection.exec_driver_sql(f"UPDATE {_LOST_COPIES.replace(' WHERE', ' SET copy_of = NULL WHERE', 1)}")
        raise_revision(connection)
    repairs.reread()
    return Finding("记录", "repaired", f"去掉了{told}；涉及的文件会重新读")


def _labels(catalog: Catalog) -> Finding:
    """Labels at which nothing lies are kept: what comes back there must not be open to everybody for a while."""
    with catalog.reading() as connection:
        found = labels.astray(connection)
        count = int(connection.exec_driver_sql("SELECT count(*) FROM labels").scalar_one())
    if not found:
        return Finding("标签", "well", f"{count} 处标签和读者组都在登记过的文件夹里")
    named = "、".join(found[:_MOST_NAMED])
    return Finding(
        "标签",
        "hint",
        f"{len(found)} 处标签或读者组那里没有登记过的文件：{named}。不再用的可用 youju tag、group remove 去掉",
    )


_FACTS = ("title", "publisher", "published", "number", "kind", "in_force", "expires")


def _without_what_no_text_is(connection: sa.Connection, document_id: str) -> None:
    """Empties the facts of a document that flipped bytes made no text of: nothing could read its row to mend it."""
    raw = ", ".join(f"CAST({name} AS BLOB)" for name in _FACTS)
    row = connection.exec_driver_sql(f"SELECT {raw} FROM documents WHERE id = ?", (document_id,)).one()
    for name, value in zip(_FACTS, row, strict=True):
        try:
            bytes(value or b"").decode()
        except UnicodeDecodeError:
            connection.exec_driver_sql(f"UPDATE documents SET {name} = '' WHERE id = ?", (document_id,))


def _texts(catalog: Catalog, repairs: Repairs | None) -> Finding:
    with catalog.reading() as connection:
        broken = list(_unfitting(catalog, connection))
        count = int(connection.exec_driver_sql("SELECT count(*) FROM documents").scalar_one())
    if not broken:
        return Finding("原文", "well", f"{count} 篇文档的全文、段落和数据的位置都对得上")
    named = "、".join(f"《{title}》" for _, title in broken[:_MOST_NAMED])
    told = f"{len(broken)} 篇文档的段落或数据与全文对不上，如{named}"
    if repairs is None:
        return Finding("原文", "broken", f"{told}。youju doctor --repair 会重新读这些文件")
    with catalog.writing(), catalog.noting() as connection:
        for document_id, _ in broken:
            connection.exec_driver_sql("UPDATE documents SET reading = 0 WHERE id = ?", (document_id,))
            connection.exec_driver_sql("UPDATE files SET reading = 0 WHERE document_id = ?", (document_id,))
            _without_what_no_text_is(connection, document_id)
    repairs.reread()
    with catalog.reading() as connection:
        left = list(_unfitting(catalog, connection))
    if left:
        named = "、".join(f"《{title}》" for _, title in left[:_MOST_NAMED])
        return Finding("原文", "broken", f"{told}；重新读过，还有 {len(left)} 篇读不到原来的文件：{named}")
    return Finding("原文", "repaired", f"{told}；已重新读过")


def _unfitting(catalog: Catalog, connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Ids and titles of documents whose parts don't stand in them, aren't what they were, or can't be read at all."""
    for document_id in list(connection.exec_driver_sql("SELECT id FROM documents ORDER BY n").scalars()):
        title = document_id
        try:
            document = catalog.document(document_id, whole=True)
            title = document.title
            if _fits(catalog, connection, document):
                continue
        except Exception:  # noqa: BLE001 (what was packed may be broken in any way; only this document is)
            _log.debug("document %s can't be read", document_id, exc_info=True)
        yield document_id, title


def _fits(catalog: Catalog, connection: sa.Connection, document: Document) -> bool:
    """Whether a document's parts stand in it, its files are its own, and its passages those that have the vectors."""
    text, own = document.text, (document.id,)
    (characters,) = connection.exec_driver_sql("SELECT characters FROM documents WHERE id = ?", own).scalars()
    passages = catalog.passages(document.id)
    query = 'SELECT vector FROM passages WHERE document_id = ? ORDER BY start, "end"'
    keys = connection.exec_driver_sql(query, own).scalars().all()
    figures = connection.exec_driver_sql('SELECT start, "end", text FROM figures WHERE document_id = ?', own).all()
    files = connection.exec_driver_sql("SELECT path, sha256 FROM files WHERE document_id = ?", own).all()
    return (
        len(text) == characters
        and any(document.uri == path for path, _ in files)
        and all(sha256 == document.sha256 for _, sha256 in files)
        and bool(passages or not text.strip())
        and all(text[each.start : each.end] == each.text for each in passages)
        and all(0 <= start < end <= len(text) and text[start:end] == printed for start, end, printed in figures)
        and all(0 <= each.start <= each.end <= len(text) for each in document.sections)
        # The key is the digest of title, heading and text.
        and all(
            vector_key(embedded_text(title=document.title, heading=each.heading, text=each.text)) == bytes(key)
            for each, key in zip(passages, keys, strict=True)
        )
    )


def _vectors(catalog: Catalog, answering: Answering, repairs: Repairs | None) -> Finding:
    wrong = "vectors WHERE embedder = ? AND length(vector) != ?"
    unused = "vectors WHERE key NOT IN (SELECT vector FROM passages)"
    own = (answering.name, answering.dimension)
    with catalog.reading() as connection:
        total = catalog.count_passages(connection)
        missing = catalog.count_without_vector(connection, answering.name, anew=True)
        misshapen = int(connection.exec_driver_sql(f"SELECT count(*) FROM {wrong}", own).scalar_one())
        spare = int(connection.exec_driver_sql(f"SELECT count(*) FROM {unused}").scalar_one())
    well = f"{total} 个段落各有 {answering.name} 的向量"
    if not (missing or misshapen or spare):
        return Finding("向量", "well", well)
    lacking = f"{missing} 个段落没有向量，{misshapen} 个向量长度不对" if missing or misshapen else ""
    if repairs is None:
        if lacking:
            return Finding("向量", "broken", f"{lacking}。youju doctor --repair 会补算")
        return Finding("向量", "hint", f"{well}；另有 {spare} 个没有段落用的，youju doctor --repair 会清掉")
    with catalog.noting() as connection:
        connection.exec_driver_sql(f"DELETE FROM {wrong}", own)
        connection.exec_driver_sql(f"DELETE FROM {unused}")
        whole.doubt(connection, answering.name)
        raise_revision(connection)
    if lacking:
        repairs.embed()
    done = "，".join(
        part for part in (f"{lacking}，已补算" if lacking else "", f"清掉 {spare} 个没用的" if spare else "") if part
    )
    return Finding("向量", "repaired", done)


def _engines(catalog: Catalog, directory: Path, answering: Answering, repairs: Repairs | None) -> Finding:
    rows = catalog.generations()
    if not rows:
        return Finding("检索引擎", "well", "段落不多，逐段查找，不用引擎")
    problems = {}
    for row in rows:
        try:
            manifest = generations.check_whole(catalog, directory / row.id, dimension=answering.dimension)
            if manifest.embedder != row.embedder or manifest.passages != row.passages:
                raise EngineError(f"{row.id}: 与目录库记的不是同一个")
        except (EngineError, OSError) as error:
            problems[row.id] = str(error)
    live = next((row for row in rows if row.state == "live"), None)
    if not problems and live:
        return Finding("检索引擎", "well", f"{live.id}：校验和无误，{live.passages} 个段落都找得到")
    told = "；".join(problems.values()) or "没有在用的"
    if repairs is None:
        return Finding("检索引擎", "broken", f"{told}。照常回答，只是较慢；youju doctor --repair 会重建")
    for name in problems:
        catalog.forget_generation(name)
    if live is None or live.id in problems:
        repairs.build()
        return Finding("检索引擎", "repaired", f"{told}；已由目录库重建")
    return Finding("检索引擎", "repaired", f"{told}；那是上一代，已去掉")


def _left_over(catalog: Catalog, directory: Path, repairs: Repairs | None) -> Finding:
    try:
        found = generations.sweep(catalog, directory, keep=repairs is None)
    except IndexBusyError:
        return Finding("余物", "hint", "正在建立检索引擎，这次没有看")
    if not found:
        return Finding("余物", "well", "没有多余的文件夹")
    if repairs is None:
        return Finding("余物", "hint", f"{len(found)} 个没用的文件夹，如 {found[0]}；youju doctor --repair 会删去")
    return Finding("余物", "repaired", f"删去 {len(found)} 个没用的文件夹")


def _salvage(path: Path) -> tuple[Counter[str], list[str]]:
    """Reads what can be read into a new catalog that takes the place of the damaged one. Gives back how many rows of
    each table it holds, and the tables that couldn't be read to their end.

    Raises CatalogError when it is of another version.
    """
    making = path.with_name(f"{path.name}.part")
    for left in (making, making.with_name(f"{making.name}-wal"), making.with_name(f"{making.name}-shm")):
        left.unlink(missing_ok=True)
    Catalog(making).close()
    kept: Counter[str] = Counter()
    lost: list[str] = []
    with clearly(path), roots.opening(path) as opened, contextlib.closing(sqlite3.connect(making)) as new:
        with contextlib.suppress(sqlite3.Error), opened("meta") as old:
            version = old.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
            if version and version[0] != str(SCHEMA):
                raise CatalogError(f"{path}: 由另一个版本写成，救不出来。请把它移走后重新运行 youju index")
        for table in TABLES.sorted_tables:
            if table.name in ("bands", "generations", "jobs", "listed", "touched"):
                continue  # made anew
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            marks = ", ".join("?" * len(table.columns))
            for order in ("", " ORDER BY rowid DESC"):  # from both ends towards what can't be read
                try:
                    with opened(table.name) as old:
                        for row in old.execute(f"SELECT {columns} FROM {table.name} NOT INDEXED{order}"):
                            with contextlib.suppress(sqlite3.IntegrityError):
                                how = "REPLACE" if table.name == "meta" else "IGNORE"
                                added = new.execute(f"INSERT OR {how} INTO {table.name} VALUES ({marks})", row)
                                kept[table.name] += added.rowcount
                    break
                except sqlite3.DatabaseError:
                    lost = list(dict.fromkeys([*lost, table.name]))
        for rows in _STRAYS.values():  # what is lost is still named; files that are forgotten are read as new ones
            new.execute(f"DELETE FROM {rows}")
        new.execute(f"UPDATE {_LOST_COPIES.replace(' WHERE', ' SET copy_of = NULL WHERE', 1)}")
        if lost:  # how many figures or sections a document should have is told nowhere
            for of_reading in ("files", "documents"):
                new.execute(f"UPDATE {of_reading} SET reading = 0")
        new.execute("DELETE FROM meta WHERE key = 'compared' OR key LIKE 'whole: %'")
        new.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")
        new.commit()
    del kept["meta"]
    stamp = time.strftime("%Y%m%d-%H%M%S")
    with locked(path.with_suffix(".lock"), wait_s=BUSY_S):
        for suffix in ("", "-wal", "-shm"):
            own = path.with_name(path.name + suffix)
            if own.exists():
                own.replace(path.with_name(f"{path.name}.{stamp}.damaged{suffix}"))
        making.replace(path)
        roots.noted_at(making).unlink(missing_ok=True)
    return kept, lost
