"""Catalogs of earlier versions are brought up to date, whatever happens meanwhile; those of unknown ones left alone.

`earlier/schema-2.sql` is what version 2 made of the texts in `earlier/files`, with @FILES@ for where they lay.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from index.catalog.catalog import Catalog
from index.catalog.migrations import MIGRATIONS, OLDEST
from index.catalog.schema import SCHEMA, CatalogError, IndexBusyError
from index.index import Index
from index.ranking.ranker import Unranked
from sources.documents import Unread
from tests.fakes.embedder import BigramEmbedder

EARLIER = Path(__file__).parent / "earlier"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory as version 2 left it, with its texts beside it."""
    shutil.copytree(EARLIER / "files", tmp_path / "files")
    data = tmp_path / "data"
    data.mkdir()
    dump = (EARLIER / "schema-2.sql").read_text(encoding="utf8").replace("@FILES@", str(tmp_path / "files"))
    with closing(sqlite3.connect(data / "catalog.sqlite3")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(dump)
    return data


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table's columns, keys and indexes."""
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in sorted(names):
            columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
            keys = connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()
            indexes = sorted(row[1:] for row in connection.execute(f"PRAGMA index_list({name})"))  # less their number
            found[name] = [*columns, *keys, *indexes]
    return found


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()[0])


def add_note(connection: sa.Connection) -> None:
    """A step that is yet to come: each document gets a note."""
    connection.exec_driver_sql("ALTER TABLE documents ADD COLUMN note TEXT NOT NULL DEFAULT ''")
    connection.exec_driver_sql("UPDATE documents SET note = title")


def die(connection: sa.Connection) -> None:
    """The same, killed when its work is done and not yet committed."""
    add_note(connection)
    os.kill(os.getpid(), signal.SIGKILL)


def test_the_steps_lead_to_the_schema_of_today() -> None:
    assert OLDEST + len(MIGRATIONS) == SCHEMA


def test_a_data_directory_of_version_2_opens_and_goes_on(data: Path) -> None:
    files = data.parent / "files"
    (files / "年报.dwg").write_bytes(b"AC1032")
    with Index.open(data, embedder=BigramEmbedder(), ranker=Unranked()) as index:
        assert [info.title for info in index.documents()] == ["云溪县2024年经济运行公报", "云溪县乡村振兴规划"]
        assert (index.status().documents, index.status().passages, index.status().figures) == (2, 3, 10)
        before = {passage.id for info in index.documents() for passage in index.passages(info.id)}
        (hit,) = index.search("2024年农村居民人均可支配收入是多少", k=1)
        document = index.document(hit.passage.document_id)
        assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert "38620元" in hit.passage.text
        assert index.status().passed_over == ()
        done = index.update()
        assert sorted(Path(path).name for path in done.unchanged) == ["公报.md", "规划.txt", "规划副本.txt"]
        assert list(done.failed) == [str(files / "空.txt")]
        assert {passage.id for info in index.documents() for passage in index.passages(info.id)} == before
        assert index.status().passed_over == done.passed_over == (
            Unread(str(files / "年报.dwg"), ".dwg", done.passed_over[0].reason),
        )  # fmt: skip
        assert done.passed_over[0].reason.startswith("还不能读取，请转成能读的格式")


def test_what_is_brought_up_to_date_is_as_what_is_made_anew(data: Path, tmp_path: Path) -> None:
    Catalog(data / "catalog.sqlite3").close()
    Catalog(tmp_path / "new.sqlite3").close()
    assert version(data / "catalog.sqlite3") == SCHEMA
    assert tables(data / "catalog.sqlite3") == tables(tmp_path / "new.sqlite3")


def test_figures_of_an_earlier_version_are_told_by_their_wording(data: Path, tmp_path: Path) -> None:
    with Index.open(data, embedder=BigramEmbedder(), ranker=Unranked()) as earlier:
        before = {(each.start, each.text): (each.is_order, each.frame) for each in earlier.figures()}
    with Index.open(tmp_path / "anew", embedder=BigramEmbedder(), ranker=Unranked()) as index:
        index.update([data.parent / "files"])
        anew = {(each.start, each.text): (each.is_order, each.frame) for each in index.figures()}
    assert before == anew
    assert any(frame is not None for _, frame in before.values())


def test_files_of_an_earlier_version_entered_when_they_were_last_written_or_their_folder_was_registered(
    data: Path,
) -> None:
    with closing(sqlite3.connect(data / "catalog.sqlite3")) as connection:
        ((registered,),) = connection.execute("SELECT added FROM sources")
    with Index.open(data, embedder=BigramEmbedder(), ranker=Unranked()) as index:
        entered = {each.info.uri: each.entered for each in index.overview().documents}
        assert set(entered.values()) == {max(1e9, registered or 0)}
        index.update()
        assert {each.info.uri: each.entered for each in index.overview().documents} == entered


def test_vectors_of_an_earlier_version_point_where_they_did(data: Path) -> None:
    path = data / "catalog.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        ((embedder, dimension),) = connection.execute("SELECT DISTINCT embedder, length(vector) / 4 FROM vectors")
        query = "SELECT p.n, v.vector FROM passages p JOIN vectors v ON v.key = p.vector"
        before = {row: np.frombuffer(vector, np.float32) for row, vector in connection.execute(query)}
    catalog = Catalog(path)
    with closing(catalog), catalog.reading() as connection:
        rows, vectors = catalog.vectors(connection, embedder=embedder, dimension=dimension)
    assert set(rows.tolist()) == set(before)
    assert all(float(vector @ before[row]) > 0.999 for row, vector in zip(rows.tolist(), vectors, strict=True))


def test_a_later_step_is_one_more_function(data: Path) -> None:
    path = data / "catalog.sqlite3"
    steps = (*MIGRATIONS, add_note)
    for _ in range(2):  # the second finds nothing to do
        Catalog(path, steps=steps).close()
        with closing(sqlite3.connect(path)) as connection:
            notes = [note for (note,) in connection.execute("SELECT note FROM documents ORDER BY n")]
        assert notes == ["云溪县2024年经济运行公报", "云溪县乡村振兴规划"]
        assert version(path) == SCHEMA + 1
    with pytest.raises(CatalogError, match=f"{path}: 索引的格式是 {SCHEMA + 1}，本版本只认得到 {SCHEMA}.*请升级"):
        Catalog(path)


def test_a_new_catalog_takes_the_later_steps_too(tmp_path: Path) -> None:
    Catalog(tmp_path / "new.sqlite3", steps=(*MIGRATIONS, add_note)).close()
    assert version(tmp_path / "new.sqlite3") == SCHEMA + 1


def test_killed_in_the_middle_it_goes_on_at_the_next_open(data: Path) -> None:
    path = data / "catalog.sqlite3"
    script = (
        "import sys; from pathlib import Path; from index.catalog.catalog import Catalog\n"
        "from index.catalog.migrations import MIGRATIONS; from tests.index.test_migrations import die\n"
        "Catalog(Path(sys.argv[1]), steps=(*MIGRATIONS, die))"
    )
    root = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", script, str(path)], check=False, cwd=root, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert version(path) == SCHEMA  # the step before holds, of the one that was killed nothing
    assert "note" not in str(tables(path)["documents"])
    Catalog(path, steps=(*MIGRATIONS, add_note)).close()
    assert version(path) == SCHEMA + 1


def test_a_step_that_fails_or_breaks_a_reference_changes_nothing(data: Path) -> None:
    path = data / "catalog.sqlite3"

    def fails(connection: sa.Connection) -> None:
        connection.exec_driver_sql("DROP TABLE figures")
        connection.exec_driver_sql("SELECT * FROM no_such_table")

    def breaks(connection: sa.Connection) -> None:
        connection.exec_driver_sql("DELETE FROM documents")

    Catalog(path).close()
    before = tables(path)
    with pytest.raises(CatalogError, match="no such table"):
        Catalog(path, steps=(*MIGRATIONS, fails))
    with pytest.raises(CatalogError, match=rf"从格式 {SCHEMA} 升级到 {SCHEMA + 1} 时，表 \w+ 对不上.*索引没有改动"):
        Catalog(path, steps=(*MIGRATIONS, breaks))
    assert tables(path) == before
    catalog = Catalog(path)
    assert catalog.counts() == (2, 3, 10)
    catalog.close()


def test_many_may_open_an_earlier_one_at_once(data: Path) -> None:
    failures: list[Exception] = []

    def opens() -> None:
        try:
            Catalog(data / "catalog.sqlite3", steps=(*MIGRATIONS, add_note)).close()
        except CatalogError as error:
            failures.append(error)

    threads = [threading.Thread(target=opens) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert version(data / "catalog.sqlite3") == SCHEMA + 1


def test_a_writer_of_the_earlier_version_is_waited_for(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.catalog.migrations.BUSY_S", 0.1)
    path = data / "catalog.sqlite3"
    script = (
        "import sys; from pathlib import Path; from index.catalog.locks import locked\n"
        "with locked(Path(sys.argv[1]), wait_s=5):\n  print('in', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path.with_suffix(".lock"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    ) as writer:  # fmt: skip
        assert writer.stdout is not None
        assert writer.stdout.readline() == "in\n"
        with pytest.raises(IndexBusyError):
            Catalog(path)
        writer.kill()
    assert version(path) == OLDEST
    Catalog(path).close()
    assert version(path) == SCHEMA


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (str(SCHEMA + 1), f"索引的格式是 {SCHEMA + 1}，本版本只认得到 {SCHEMA}，.*请升级 youju，或换一个 --data-dir"),
        ("1", f"索引的格式是 1，太早了，本版本能接着用的是 {OLDEST} 到 {SCHEMA}。请把 .* 移走，或换一个 --data-dir"),
        ("seven", f"索引的格式是 seven，本版本只认得到 {SCHEMA}，.*请升级 youju"),
        (None, rf"索引的格式是 \?，本版本只认得到 {SCHEMA}，"),
    ],
)
def test_an_unknown_version_is_refused_and_left_alone(data: Path, kept: str | None, message: str) -> None:
    path = data / "catalog.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM meta WHERE key = 'schema'")
        if kept is not None:
            connection.execute("INSERT INTO meta VALUES ('schema', ?)", (kept,))
    before = path.read_bytes()
    with pytest.raises(CatalogError, match=message) as caught:
        Catalog(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
