"""The catalog: all or nothing, never a number twice, and plain words when something is wrong."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from index.catalog import whole
from index.catalog.catalog import Catalog
from index.catalog.moments import Moment
from index.catalog.rows import Content, FileRow, GenerationRow
from index.catalog.schema import CatalogError, IndexBusyError
from index.catalog.writer import Writer
from sources.documents import Document, Section, Unread
from sources.figures.figure import Figure
from sources.passages import Passage


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "data" / "catalog.sqlite3")
    yield opened
    opened.close()


def content(name: str, *, passages: int = 2, reading: int = 1) -> Content:
    text = "".join(f"{name}第{i}句话。" for i in range(passages))
    step = len(text) // passages
    document = Document(
        id=name * 4,
        title=f"题目{name}",
        text=text,
        uri=f"/files/{name}.txt",
        sha256=name * 16,
        publisher="某市统计局",
        published="2025-03",
        regions=("嘉兴市", "浙江省"),
        sections=(Section("总述", 1, 0, step, ("总述",)), Section("其余", 2, step, len(text), ("总述", "其余"))),
        pages=(0, step),
    )
    parts = tuple(
        Passage(f"{document.id}:{i * step}-{(i + 1) * step}", document.id, text[i * step : (i + 1) * step], i * step,
                (i + 1) * step, "总述")
        for i in range(passages)
    )  # fmt: skip
    figures = (
        Figure(document.id, 0, 1, "人均收入", Decimal("54939.50"), "元", "超", "嘉兴市", "2025", "actual", text[0:1]),
        Figure(document.id, 1, 2, "收入增速", Decimal("5.2"), "%", "", "浙江省", "2024", "target", text[1:2]),
    )
    keys = tuple(f"{name}{i}".encode() for i in range(passages))
    return Content(document, parts, keys, figures, reading)


def row(path: str, held: Content | None, *, error: str | None = None) -> FileRow:
    document_id = held.document.id if held else None
    return FileRow(path, 10, 20, held.document.sha256 if held else None, 1, document_id, error)


def put(writer: Writer, *files: tuple[str, Content]) -> None:
    keys = {key for _, held in files for key in held.vector_keys}
    vectors = {key: np.full(3, len(key), np.float32) for key in keys}
    writer.put([(row(path, held), held) for path, held in files], vectors=vectors, embedder="e")


def last_row(catalog: Catalog) -> int:
    with catalog.reading() as connection:
        return catalog.last_rows(connection)[0]


def test_gives_back_what_was_put(catalog: Catalog) -> None:
    held = content("甲")
    with catalog.writing() as writer:
        put(writer, ("/files/甲.txt", held))
    assert catalog.document(held.document.id) == held.document
    assert catalog.passages(held.document.id) == list(held.passages)
    assert catalog.figures() == list(held.figures)
    (info,) = catalog.documents()
    assert (info.id, info.title, info.characters, info.passages) == (
        held.document.id,
        "题目甲",
        len(held.document.text),
        2,
    )
    assert catalog.counts() == (1, 2, 2)
    with pytest.raises(KeyError):
        catalog.document("no such")


def test_figures_meet_every_condition(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        put(writer, ("a", content("甲")), ("b", content("乙")))
    assert len(catalog.figures(metric="收入")) == 4
    assert len(catalog.figures(metric="人均")) == 2
    assert [f.period for f in catalog.figures(region="浙江省", document_id="甲" * 4)] == ["2024"]
    assert catalog.figures(metric="收入", status="plan") == []
    assert catalog.figures(metric="%") == []


def test_same_bytes_at_two_paths_are_one_document_until_both_are_gone(catalog: Catalog) -> None:
    held = content("甲")
    with catalog.writing() as writer:
        put(writer, ("/files/甲.txt", held))
        put(writer, ("/copy/甲.txt", held))
        assert catalog.counts()[0] == 1
        writer.drop_files(["/files/甲.txt"])
        assert catalog.document(held.document.id).uri == "/copy/甲.txt"
        writer.drop_files(["/copy/甲.txt"])
    assert catalog.counts() == (0, 0, 0)


def test_a_changed_file_replaces_its_document(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        put(writer, ("/files/a.txt", content("甲")))
        put(writer, ("/files/a.txt", content("乙")))
    assert [info.title for info in catalog.documents()] == ["题目乙"]


def test_a_document_may_move_to_another_file_in_the_batch_that_drops_it(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        put(writer, ("a", content("甲")))
        put(writer, ("a", content("乙")), ("b", content("甲")))
    assert {info.title for info in catalog.documents()} == {"题目甲", "题目乙"}


def test_a_newer_reading_replaces_the_document_but_the_same_leaves_it(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        put(writer, ("a", content("甲", passages=2)))
        before = last_row(catalog)
        put(writer, ("b", content("甲", passages=3)))  # the same reading can't give something else
        assert len(catalog.passages("甲" * 4)) == 2
        put(writer, ("a", content("甲", passages=3, reading=2)))
    assert len(catalog.passages("甲" * 4)) == 3
    assert catalog.counts()[0] == 1
    assert last_row(catalog) == before + 3


def test_row_numbers_are_never_used_twice(catalog: Catalog) -> None:
    seen: set[int] = set()
    for _ in range(3):
        with catalog.writing() as writer:
            put(writer, ("a", content("甲")))
            with catalog.reading() as connection:
                rows = {found.row for found in catalog.passage_rows(connection)}
            assert not rows & seen
            seen |= rows
            writer.drop_files(["a"])
    assert catalog.passages_at(sorted(seen)) == {}
    assert catalog.owners(sorted(seen)) == {}


def test_all_or_nothing(catalog: Catalog) -> None:
    good = content("甲")
    bad = replace(content("乙"), passages=(content("乙").passages[0],) * 2)  # the same id twice
    with catalog.writing() as writer, pytest.raises(CatalogError, match="UNIQUE"):
        put(writer, ("a", good), ("b", bad))
    assert catalog.counts() == (0, 0, 0)
    assert catalog.files() == {}
    assert catalog.known_keys(good.vector_keys, embedder="e") == set()


def test_a_document_that_nobody_put_is_refused(catalog: Catalog) -> None:
    with catalog.writing() as writer, pytest.raises(CatalogError, match="FOREIGN KEY"):
        writer.put([(row("a", content("甲")), None)], vectors={}, embedder="e")
    assert catalog.files() == {}


def test_vectors_are_kept_by_text_and_embedder(catalog: Catalog) -> None:
    held = content("甲")
    with catalog.writing() as writer:
        put(writer, ("a", held))
        assert catalog.known_keys(held.vector_keys, embedder="e") == set(held.vector_keys)
        assert catalog.known_keys(held.vector_keys, embedder="other") == set()
        assert len(catalog.without_vector("other", limit=9)) == 2
        writer.drop_files(["a"])
        assert catalog.known_keys(held.vector_keys, embedder="e") == set(held.vector_keys)  # should it come back
    with catalog.reading() as connection:
        rows, vectors = catalog.vectors(connection, embedder="e", dimension=3)
    assert rows.shape == (0,)
    assert vectors.shape == (0, 3)


def test_that_every_passage_has_a_vector_is_remembered_until_it_isnt_so(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.catalog.whole.STEP", 1)

    def missing(*, anew: bool = False) -> int:
        with catalog.reading() as connection:
            return catalog.count_without_vector(connection, "e", anew=anew)

    def noted() -> int:
        with catalog.reading() as connection:
            return whole.upto(connection, "e")

    held, late = content("甲"), content("乙")
    with catalog.writing() as writer:
        put(writer, ("a", held))
        catalog.note_whole("e")
        assert noted() == last_row(catalog)
        writer.put([(row("b", late), late)], vectors={}, embedder="e")  # the embedder had failed
    before = noted()
    catalog.note_whole("e")
    assert (noted(), missing(), len(catalog.without_vector("e", limit=9))) == (before, 2, 2)
    catalog.add_vectors({key: np.ones(3, np.float32) for key in late.vector_keys}, embedder="e")
    catalog.note_whole("e")
    assert (noted(), missing()) == (last_row(catalog), 0)
    with catalog.noting() as connection:  # as damage would
        connection.exec_driver_sql("DELETE FROM vectors")
    assert (missing(), missing(anew=True)) == (0, 4)
    catalog.forget_vectors("e")
    assert (noted(), missing()) == (0, 4)


def test_files_of_a_folder_are_not_those_of_its_neighbours(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        put(writer, ("/a/x.txt", content("甲")), ("/a_b/x.txt", content("乙")), ("/A/x.txt", content("丙")))
    assert list(catalog.files("/a")) == ["/a/x.txt"]
    assert list(catalog.files("/a/x.txt")) == ["/a/x.txt"]
    assert list(catalog.files("/a%")) == []
    assert len(catalog.files("/")) == 3


def test_generations_flip(catalog: Catalog) -> None:
    for name in "123":
        catalog.make_live(GenerationRow(name, "live", 5, "e", float(name)))
    assert [(found.id, found.state) for found in catalog.generations()] == [("3", "live"), ("2", "previous")]
    catalog.forget_generation("3")
    assert [found.id for found in catalog.generations()] == ["2"]


def test_what_is_passed_over_is_kept_by_root(catalog: Catalog) -> None:
    def unread(path: str) -> Unread:
        return Unread(path, ".pdf", "还不能读取")

    with catalog.writing() as writer:
        writer.add_root("/a")
        writer.pass_over("/a", [unread("/a/2.pdf"), unread("/a/1.pdf"), unread("/a/b/3.pdf")])
        writer.pass_over("/a_b", [unread("/a_b/4.pdf")])
        with catalog.reading() as connection:
            before = catalog.revision(connection)
        writer.pass_over("/a/b", [])  # a folder in it that is registered, too
        assert [each.path for each in catalog.passed_over()] == ["/a/1.pdf", "/a/2.pdf", "/a_b/4.pdf"]
        writer.pass_over("/a", [unread("/a/2.pdf")])
        assert [each.path for each in catalog.passed_over()] == ["/a/2.pdf", "/a_b/4.pdf"]
        with catalog.reading() as connection:
            assert catalog.revision(connection) == before
        writer.remove_root("/a")
    assert catalog.passed_over() == [unread("/a_b/4.pdf")]


def test_every_change_raises_the_revision(catalog: Catalog) -> None:
    def revision() -> int:
        with catalog.reading() as connection:
            return catalog.revision(connection)

    seen = [revision()]
    with catalog.writing() as writer:
        for change in (
            lambda: put(writer, ("a", content("甲"))),
            lambda: catalog.add_vectors({b"k": np.ones(3, np.float32)}, embedder="e"),
            lambda: writer.drop_files(["a"]),
            lambda: catalog.make_live(GenerationRow("g", "live", 1, "e", 0.0)),
        ):
            change()
            seen.append(revision())
    assert seen == sorted(set(seen))


# -- several at once ---------------------------------------------------------------------------------------------------


def test_a_second_writer_waits_and_then_says_who_is_writing(catalog: Catalog) -> None:
    waited: list[bool] = []
    second = catalog.writing(wait_s=0.2, on_wait=lambda: waited.append(True))
    with catalog.writing(), pytest.raises(IndexBusyError, match=r"另一个 youju（进程 \d+）正在写入"), second:
        pass
    assert waited == [True]
    with catalog.writing(wait_s=0):
        pass


def test_a_second_writer_goes_on_when_the_first_is_done(catalog: Catalog) -> None:
    order: list[str] = []
    inside = threading.Event()

    def first() -> None:
        with catalog.writing():
            inside.set()
            waiting.wait(5)
            order.append("first")

    waiting = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(5)
    with catalog.writing(wait_s=5, on_wait=waiting.set):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_the_lock_dies_with_its_holder(catalog: Catalog) -> None:
    code = (
        "import os, sys; from pathlib import Path; from index.catalog import Catalog\n"
        "with Catalog(Path(sys.argv[1])).writing():\n  print('in', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(catalog.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in\n"
        with pytest.raises(IndexBusyError), catalog.writing(wait_s=0):
            pass
        child.kill()
        child.wait()
    with catalog.writing(wait_s=5):
        pass


def test_reading_goes_on_while_another_writes_and_sees_one_state(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        put(writer, ("a", content("甲")))
        with catalog.reading() as connection:
            assert catalog.count_passages(connection) == 2
            put(writer, ("b", content("乙")))
            assert catalog.count_passages(connection) == 2  # what this connection began with
        with catalog.reading() as connection:
            assert catalog.count_passages(connection) == 4


def test_many_may_create_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    failures: list[Exception] = []

    def create() -> None:
        try:
            Catalog(path).close()
        except CatalogError as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# -- what can be wrong with it -----------------------------------------------------------------------------------------


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    path.write_text("这不是数据库" * 100, encoding="utf8")
    with pytest.raises(CatalogError, match=r"索引文件已损坏。请运行 youju doctor --repair"):
        Catalog(path)


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x", encoding="utf8")
    with pytest.raises(CatalogError, match="换一个 --data-dir"):
        Catalog(tmp_path / "data" / "catalog.sqlite3")


def test_a_full_disk_keeps_what_was_committed(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        put(writer, ("a", content("甲")))
        limit_pages(catalog, extra=4)
        with pytest.raises(CatalogError, match="磁盘已满，已提交的内容完好"):
            put(writer, ("b", content("乙", passages=5000)))
        assert [info.title for info in catalog.documents()] == ["题目甲"]
        limit_pages(catalog, extra=100_000)
        put(writer, ("b", content("乙", passages=5000)))
    assert catalog.counts()[1] == 5002


def limit_pages(catalog: Catalog, *, extra: int) -> None:
    """As a disk with room for `extra` more pages; holds for the connection that the pool then gives to the writer."""
    with catalog._write.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + extra}")


def test_a_search_looks_up_what_it_found_and_no_more(catalog: Catalog) -> None:
    asked: list[str] = []
    with catalog.reading() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        with moment(catalog, connection):
            catalog.owners([1])
            catalog.mentioning([1], "甲")
            catalog.settings_at([1])
            catalog.vectors_at([1], embedder="e")
        looks = [line for line in asked if line.startswith("SELECT")]
        for query in looks:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("[1]", "e")[: query.count("?")]).all()
            assert not [row for row in plan if "copy_of" in row[3] or row[3].startswith("SCAN p")], query
    assert len(looks) == 4


def moment(catalog: Catalog, connection: sa.Connection) -> Moment[None]:
    return Moment(catalog.path, connection, 0, None, is_owner=False)
