"""Roots: where in the catalog's file each table begins, noted beside it, so that what its first page held can be lost

SQLite says so in the first pages of the file alone; with these gone all the others hold rows that nothing leads to. A
table is read all the same through a first page made anew, on which it stands alone.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from index.catalog.schema import BUSY_S, TABLES

Opened = Callable[[str], AbstractContextManager[sqlite3.Connection]]
"""Opens the file to read the table of this name."""
_WAL = b"\x02\x02"
"""At the offsets 18 and 19 of a file whose latest pages may stand in a log beside it."""


def noted_at(catalog: Path) -> Path:
    """The file that they are noted in."""
    return catalog.with_suffix(".roots.json")


def note(connection: sa.Connection, catalog: Path) -> None:
    """Note where the tables begin now. A folder that can't be written to has them as they were."""
    rows = connection.exec_driver_sql("SELECT name, rootpage, sql FROM sqlite_schema WHERE type = 'table' AND rootpage")
    size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    text = json.dumps({"page_size": size, "tables": {name: [root, sql] for name, root, sql in rows}})
    at = noted_at(catalog)
    with contextlib.suppress(OSError):
        if at.is_file() and at.read_bytes() == text.encode():  # bytes, whatever they have become
            return
        with tempfile.NamedTemporaryFile("w", dir=at.parent, prefix=at.name, delete=False, encoding="utf8") as made:
            made.write(text)
        Path(made.name).replace(at)


@contextlib.contextmanager
def opening(catalog: Path) -> Iterator[Opened]:
    """What opens a damaged file: as it is, or where its first pages can't be read, a copy of it."""
    noted = _noted(catalog)
    if _leads_to_all(catalog) or noted is None:
        yield lambda _: contextlib.closing(_connected(catalog))
        return
    with tempfile.TemporaryDirectory(dir=catalog.parent, prefix="repairing-") as folder:
        copy = Path(folder) / catalog.name
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{catalog}{suffix}", f"{copy}{suffix}")

        @contextlib.contextmanager
        def opened(table: str) -> Iterator[sqlite3.Connection]:
            with copy.open("r+b") as file:
                file.write(_first_page(Path(folder), noted["page_size"], table, *noted["tables"][table]))
            with contextlib.closing(_connected(copy)) as connection:
                yield connection

        yield opened


def _noted(catalog: Path) -> dict[str, Any] | None:
    """What is noted; None where nothing is, or what can't be read."""
    with contextlib.suppress(OSError, ValueError):
        noted: dict[str, Any] = json.loads(noted_at(catalog).read_bytes())
        return noted
    return None


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S)
    connection.text_factory = lambda text: text.decode("utf8", "replace")
    connection.execute("PRAGMA writable_schema = ON")  # a table can be read beside a trigger that can't
    return connection


def _leads_to_all(path: Path) -> bool:
    try:
        with contextlib.closing(_connected(path)) as connection:
            found = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            for table in found & set(TABLES.tables):
                connection.execute(f"SELECT 1 FROM {table} LIMIT 0")
    except sqlite3.Error:
        return False
    return found >= set(TABLES.tables)


def _first_page(folder: Path, size: int, table: str, root: int, sql: str) -> bytes:
    """A file's first page that leads to this table alone."""
    with tempfile.NamedTemporaryFile(dir=folder) as made:
        with contextlib.closing(sqlite3.connect(made.name)) as connection:
            connection.execute(f"PRAGMA page_size = {size}")
            connection.execute("CREATE TABLE first (n)")
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(
                "UPDATE sqlite_schema SET name = ?1, tbl_name = ?1, rootpage = ?2, sql = ?3", (table, root, sql)
            )
            connection.commit()
        page = bytearray(made.read(size))
    page[18:20] = _WAL
    page[92:96] = b"\x00\x00\x00\x00"  # so that the file's own size tells how many pages there are
    return bytes(page)
