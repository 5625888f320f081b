"""Backups: one file with all that can't be made anew, taken from an index and put back while others go on using it

    catalog.sqlite3 and other databases   as they were at one instant, by SQLite's online backup
    other files of the data directory     as they are; not the engines, which the catalog rebuilds, nor locks
    manifest.json                         the last one, so that a file cut short has none: size and SHA-256 of each

A ZIP file. Restoring verifies all of it before anything is replaced, and replaces the catalog in one transaction.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import shutil
import sqlite3
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index.catalog.catalog import Catalog
from index.catalog.locks import locked
from index.catalog.schema import BUSY_S, SCHEMA, CatalogError, IndexBusyError, clearly
from index.upkeep import space

_FORMAT = 1
_CATALOG, _MANIFEST = "catalog.sqlite3", "manifest.json"
_LEFT_OUT = ("generations", "sources")
"""Folders: engines, and indexes of `--sources`, all of which are made anew when they are needed."""
_UNKEPT = (".lock", ".part", ".damaged", "-wal", "-shm", "-journal")
_COPY = ".sqlite3.part"
_BLOCK = 1 << 20


class BackupError(CatalogError):
    """A backup can't be made or put back: `str(error)` says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    made: float
    """Seconds since 1970."""
    documents: int
    passages: int
    files: dict[str, tuple[int, str]]
    """Name → size in bytes, SHA-256."""


def back_up(data_dir: Path, file: Path, *, progress: Callable[[str], None] = lambda _: None) -> Backup:
    """Writes a backup of the index in `data_dir` to `file`, in the place of one that is there. Others may read and
    write the index meanwhile. `progress` gets the name of each part.

    Raises BackupError when there is no index, SpaceError when the disk is too small, OSError when it can't be written.
    """
    if not (data_dir / _CATALOG).is_file():
        raise BackupError(f"{data_dir}: 这里没有索引，没有什么可备份")
    if not _is_database(data_dir / _CATALOG):
        raise BackupError(f"{data_dir / _CATALOG}: 已损坏，这样的备份没有用。请先运行 youju doctor --repair")
    if data_dir.resolve() in file.resolve().parents:
        raise BackupError(f"{file}: 备份不能放在索引自己的文件夹里，请放到别处，最好是另一块磁盘")
    if file.is_dir() or not file.parent.is_dir():
        raise BackupError(
            f"{file}: {'是文件夹' if file.is_dir() else '它的文件夹不存在'}。请写出备份文件的名字，如 备份.zip"
        )
    Catalog(data_dir / _CATALOG).close()  # an older version's is brought up to date
    kept = list(_kept(data_dir))
    total = sum(path.stat().st_size for path in kept)
    space.check(file.parent, 2 * total, what="备份")  # the databases' copies, and the backup itself
    _clear(file)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    copy = part.with_suffix(_COPY)
    files: dict[str, tuple[int, str]] = {}
    counts = (0, 0)
    try:
        with (
            space.told(file.parent, what="备份"),
            locked(part, wait_s=0.0),  # by which others see that it isn't left over
            part.open("wb") as written,
            zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as into,
        ):
            for path in kept:
                name = path.relative_to(data_dir).as_posix()
                progress(name)
                if _is_database(path):
                    with clearly(path):
                        _copy(path, copy)
                        if name == _CATALOG:
                            counts = _trimmed(copy)
                    files[name] = _pack(into, copy, name)
                    copy.unlink()
                else:
                    files[name] = _pack(into, path, name)
            made = Backup(time.time(), *counts, files)
            manifest = {"format": _FORMAT, "schema": SCHEMA, "made": made.made, "documents": made.documents}
            about = {**manifest, "passages": made.passages, "files": files}
            into.writestr(_MANIFEST, json.dumps(about, ensure_ascii=False, indent=1))
        _sync(part)
        part.replace(file)
        _sync(file.parent)
    finally:
        for left in (part, copy):
            left.unlink(missing_ok=True)
    return made


def restore(file: Path, data_dir: Path, *, force: bool = False, wait_s: float = 60.0) -> Backup:
    """Puts a backup back into `data_dir`; what is answered from there changes in one step, in running processes too.

    Raises BackupError, before anything is changed, for a file that isn't whole or is of a newer version, and without
    `force` where an index that holds something would be replaced; IndexBusyError while another process writes there.
    """
    _about(file)
    data_dir.mkdir(parents=True, exist_ok=True)
    if not force and (there := _held(data_dir / _CATALOG)):
        raise BackupError(
            f"{data_dir}: 这里已有索引（{there}）。确定要换掉它，请加 --force；或用 --data-dir 换一个位置"
        )
    making = data_dir / f"restoring-{uuid.uuid4().hex[:8]}.part"
    try:
        with space.told(data_dir, what="恢复"):
            found = _unpacked(file, making)
        engines = data_dir / "generations"
        engines.mkdir(exist_ok=True)
        with (
            locked(data_dir / "jobs.lock", wait_s=wait_s),  # in the order in which a job takes them
            locked(data_dir / "catalog.lock", wait_s=wait_s),
            locked(engines / "building.lock", wait_s=wait_s),
        ):
            for left in data_dir.glob("restoring-*.part"):
                if left != making:
                    shutil.rmtree(left, ignore_errors=True)  # a kill in the middle leaves it
            for name in sorted(found.files, key=lambda each: each == _CATALOG):  # what it names is there before it is
                target = data_dir / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if _is_database(making / name):
                    with clearly(target):
                        _put_back(making / name, target, is_catalog=name == _CATALOG)
                else:
                    (making / name).replace(target)
            for left in filter(Path.is_dir, engines.iterdir()):  # of what was replaced; whoever has one open keeps it
                shutil.rmtree(left, ignore_errors=True)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return found


def _clear(file: Path) -> None:
    """Removes what a backup to this file left that was killed; one that is under way holds its lock."""
    for left in file.parent.glob(f"{glob.escape(file.name)}.*.part"):
        if left.suffixes[-2][1:].isdecimal():
            with contextlib.suppress(OSError, IndexBusyError), locked(left, wait_s=0.0):
                left.with_suffix(_COPY).unlink(missing_ok=True)
                left.unlink()


def _kept(data_dir: Path) -> Iterator[Path]:
    for path in sorted(data_dir.rglob("*")):
        inside = path.relative_to(data_dir)
        is_left_out = inside.parts[0] in _LEFT_OUT or any(part.endswith(_UNKEPT) for part in inside.parts)
        if path.is_file() and not path.is_symlink() and not is_left_out:
            yield path


def _is_database(path: Path) -> bool:
    """Asked of SQLite itself: whoever opens and closes a database's file past it lets go of all locks that this process
    has on it (see "How To Corrupt An SQLite Database File", 2.2), and an index that is open here reads torn pages."""
    if not path.stat().st_size:
        return False
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        return True  # it is in use
    except sqlite3.DatabaseError:
        return False
    return True


def _copy(path: Path, to: Path) -> None:
    """The database as it is now: in WAL mode a copy made in one step sees one state and keeps nobody waiting."""
    to.unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(path, timeout=BUSY_S)) as source,
        contextlib.closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # all in one file
        (found,) = target.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise BackupError(f"{path}: 索引文件已损坏（{found}），这样的备份没有用。请先运行 youju doctor --repair")


def _trimmed(catalog: Path) -> tuple[int, int]:
    """Takes out of a copy what holds only where it was made; gives back how many documents and passages it has."""
    with contextlib.closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("DELETE FROM generations")
        connection.execute("DELETE FROM jobs")
        return tuple(
            int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in ("documents", "passages")
        )  # type: ignore[return-value]  # two of them


def _pack(into: zipfile.ZipFile, path: Path, name: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, into.open(name, "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
            target.write(block)
    return size, digest.hexdigest()


def _about(file: Path) -> Backup:
    """What a backup's manifest says. Raises BackupError where it has none that this version can read."""
    with _read(file) as packed:
        about = json.loads(packed.read(_MANIFEST))
        if about["format"] != _FORMAT or about["schema"] > SCHEMA:
            raise BackupError(f"{file}: 由更新的版本写成。请先更新 youju，再恢复")
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in about["files"].items()}
        found = Backup(float(about["made"]), int(about["documents"]), int(about["passages"]), files)
        if _CATALOG not in files or any(not _is_inside(name) for name in files):
            raise ValueError("清单不对")
        return found


def _unpacked(file: Path, to: Path) -> Backup:
    """What a backup holds, verified and unpacked into the folder `to`, which is made."""
    found = _about(file)
    with _read(file) as packed:
        space.check(to.parent, 2 * sum(size for size, _ in found.files.values()), what="恢复")
        for name, (size, digest) in found.files.items():
            _unpack(packed, name, to / name, most=size)
            if _digest(to / name) != digest:
                raise ValueError(f"{name} 与清单不符")
        if not all(_is_sound(to / name) for name in found.files if _is_database(to / name)):
            raise ValueError("其中的数据库")
    Catalog(to / _CATALOG).close()  # an older version's is brought up to date
    return found


@contextlib.contextmanager
def _read(file: Path) -> Iterator[zipfile.ZipFile]:
    """A backup to be read; whatever is wrong with it is told as BackupError."""
    try:
        with zipfile.ZipFile(file) as packed:
            yield packed
    except FileNotFoundError as error:
        raise BackupError(f"{file}: 没有这个文件。请检查拼写") from error
    except (CatalogError, OSError):
        raise
    except Exception as error:  # zipfile, zlib, lzma and json each have their own
        raise BackupError(f"{file}: 不是 youju 的备份，或已经损坏（{error}）。什么都没有改动") from error


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and path.parts != ()


def _unpack(packed: zipfile.ZipFile, name: str, to: Path, *, most: int) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(name) as source, to.open("wb") as target:
        written = 0
        while block := source.read(_BLOCK):
            written += len(block)
            if written > most:  # a bomb, or anything else that isn't what the manifest says
                return
            target.write(block)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _held(catalog: Path) -> str:
    """What would be lost if the catalog were replaced; empty where nothing would."""
    if not catalog.exists():
        return ""
    try:
        with contextlib.closing(sqlite3.connect(catalog, timeout=BUSY_S)) as connection:
            documents, sources = (
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("documents", "sources")
            )
    except sqlite3.Error as error:
        return f"读不出来：{error}"
    return f"{documents} 篇文档，{sources} 处来源" if documents or sources else ""


def _put_back(source: Path, target: Path, *, is_catalog: bool) -> None:
    """Replaces a database in one transaction, so that whoever has it open goes on with what it holds then."""
    if target.exists() and not _is_sound(target):
        _move_aside(target)
    if is_catalog and target.exists():
        _number_anew(source, target)
    with (
        contextlib.closing(sqlite3.connect(source)) as restored,
        contextlib.closing(sqlite3.connect(target, timeout=BUSY_S)) as live,
    ):
        live.execute("PRAGMA journal_mode = WAL")
        live.execute("PRAGMA synchronous = FULL")
        restored.backup(live)
    with contextlib.closing(sqlite3.connect(target, timeout=BUSY_S)) as live:
        live.execute("PRAGMA journal_mode = WAL")


def _is_sound(database: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=BUSY_S)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise
        return False


def _move_aside(database: Path) -> None:
    """Damaged databases are kept, for whoever may get something out of them."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for suffix in ("", "-wal", "-shm"):
        own = database.with_name(database.name + suffix)
        if own.exists():
            own.replace(database.with_name(f"{database.name}.{stamp}.damaged{suffix}"))


def _number_anew(source: Path, live: Path) -> None:
    """Rows and revisions that the live catalog has used are never used again, or running processes would take what they
    remember of them for what is restored."""
    with contextlib.closing(sqlite3.connect(live, timeout=BUSY_S)) as connection:
        try:
            (revision,) = connection.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
            used = dict(connection.execute("SELECT name, seq FROM sqlite_sequence"))
        except (sqlite3.OperationalError, TypeError):
            return  # an empty database
    with contextlib.closing(sqlite3.connect(source)) as connection, connection:
        for table in ("passages", "documents"):
            least, most = connection.execute(f"SELECT coalesce(min(n), 1), coalesce(max(n), 0) FROM {table}").fetchone()
            # Above those in the backup, too, so that no number is met on the way; from the least one on, or numbers
            # would double with each restore.
            offset = max(int(used.get(table, 0)), most) + 1 - least
            connection.execute(f"UPDATE {table} SET n = n + ?", (offset,))
            connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (most + offset, table))
        connection.execute("DELETE FROM meta WHERE key = 'compared'")  # copies are looked for anew, by the new rows
        connection.execute("DELETE FROM bands")
        query = "UPDATE meta SET value = max(CAST(value AS INTEGER), ?) + 1 WHERE key = 'revision'"
        connection.execute(query, (int(revision),))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
