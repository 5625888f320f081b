"""The index as its users see it: what was told is found, what was taken away isn't, whatever happens in between."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index.catalog.schema import CatalogError, IndexBusyError
from index.hits import Hit
from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep import updates as updates_module
from index.upkeep.progress import Progress
from index.upkeep.updates import Update
from sources.documents import Document, SourceError
from sources.passages import Passage
from tests.fakes.embedder import INTAKE, BigramEmbedder, read_text

GRAPH_FROM = 3
"""An `exact_limit` low enough that a handful of passages goes through Chroma."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "files")


def write_files(made: Path) -> Path:
    made.mkdir()
    for name, text in {
        "收入.txt": "嘉兴收入公报\n2025年农村居民人均可支配收入54939元。\n城乡收入比为1.53。",
        "交通.txt": "交通规划\n高速公路里程将达到6000公里。\n机场旅客吞吐量超过一亿人次。",
        "教育.txt": "教育现代化\n学前教育普及率达到百分之九十九。",
    }.items():
        (made / name).write_text(text, encoding="utf8")
    return made


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with open_index(tmp_path) as opened:
        yield opened


def open_index(
    tmp_path: Path, *, embedder: BigramEmbedder | None = None, exact_limit: int = 1000, read: object = read_text
) -> Index:
    # By what the engines say alone: the ranker has tests of its own.
    return Index.open(
        tmp_path / "data",
        embedder=embedder or BigramEmbedder(),
        ranker=Unranked(),
        exact_limit=exact_limit,
        intake=replace(INTAKE, read=read),
    )


def texts(hits: list[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


def names(paths: tuple[str, ...]) -> list[str]:
    return [Path(path).name for path in paths]


# -- updating ----------------------------------------------------------------------------------------------------------


def test_finds_what_it_was_told(index: Index, folder: Path) -> None:
    done = index.update([folder])
    assert sorted(names(done.added)) == ["交通.txt", "收入.txt", "教育.txt"]
    hits = index.search("农村居民人均可支配收入是多少", k=2)
    assert hits[0].passage.text == "2025年农村居民人均可支配收入54939元。"
    assert hits[0].score > hits[1].score
    assert hits[0].lexical > 0
    assert 0 < hits[0].dense <= 1.0001
    document = index.document(hits[0].passage.document_id)
    assert document.text[hits[0].passage.start : hits[0].passage.end] == hits[0].passage.text
    assert index.passages(document.id)[1] == hits[0].passage
    assert [info.title for info in index.documents()] == ["交通规划", "嘉兴收入公报", "教育现代化"]


def test_an_empty_index_answers_with_nothing(index: Index, tmp_path: Path) -> None:
    assert index.search("收入") == []
    assert index.documents() == []
    assert index.figures() == []
    (tmp_path / "empty").mkdir()
    assert index.update([tmp_path / "empty"]) == Update(empty=(str(tmp_path / "empty"),))
    assert index.search("收入") == []
    with pytest.raises(KeyError):
        index.document("0" * 16)
    with pytest.raises(KeyError):
        index.passages("0" * 16)
    with pytest.raises(ValueError, match="k is 0"):
        index.search("收入", k=0)


@pytest.mark.parametrize("query", ["", "？！", "\0", "的", "a" * 10_000, "收入" * 5_000, "AND OR ( \" ' * :"])
def test_any_question_may_be_asked(index: Index, folder: Path, query: str) -> None:
    index.update([folder])
    assert all(isinstance(hit, Hit) for hit in index.search(query))


def test_reads_only_what_has_changed(tmp_path: Path, folder: Path) -> None:
    read: list[str] = []

    def reads(path: Path) -> Document:
        read.append(path.name)
        return read_text(path)

    embedder = BigramEmbedder()
    with open_index(tmp_path, embedder=embedder, read=reads) as index:
        for path in folder.iterdir():
            os.utime(path, ns=(0, 10**18))
        index.update([folder])
        assert len(read) == 3
        read.clear()
        encoded = embedder.encoded
        assert sorted(names(index.update([folder]).unchanged)) == ["交通.txt", "收入.txt", "教育.txt"]
        os.utime(folder / "交通.txt", ns=(0, 10**18 + 1))
        assert len(index.update([folder]).unchanged) == 3
        assert read == []
        (folder / "教育.txt").write_text("教育现代化\n高等教育毛入学率达到百分之七十。", encoding="utf8")
        done = index.update([folder])
        assert names(done.updated) == ["教育.txt"] == read
        assert embedder.encoded == encoded + 1  # the title's passage was known
        assert texts(index.search("学前教育普及率", k=1)) != ["学前教育普及率达到百分之九十九。"]


def test_a_file_changed_right_after_it_was_read_is_noticed_though_its_time_and_size_are_the_same(
    index: Index, folder: Path
) -> None:
    path = folder / "收入.txt"
    index.update([folder])
    stat = path.stat()
    path.write_text(path.read_text(encoding="utf8").replace("54939", "54940"), encoding="utf8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert names(index.update([folder]).updated) == ["收入.txt"]
    assert texts(index.search("农村居民人均可支配收入", k=1)) == ["2025年农村居民人均可支配收入54940元。"]


def test_what_is_gone_from_under_a_root_is_removed_and_other_roots_are_left_alone(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "水利.txt").write_text("水利\n水库除险加固完成一百座。", encoding="utf8")
    index.update([folder, other])
    (folder / "交通.txt").unlink()
    (other / "水利.txt").unlink()
    done = index.update([folder])
    assert names(done.removed) == ["交通.txt"]
    assert "高速公路里程将达到6000公里。" not in texts(index.search("高速公路里程"))
    assert texts(index.search("水库除险加固", k=1)) == ["水库除险加固完成一百座。"]
    assert names(index.update().removed) == ["水利.txt"]  # no path: every root


def test_a_registered_folder_that_is_gone_leaves_its_documents(index: Index, folder: Path) -> None:
    index.update([folder])
    shutil.rmtree(folder)
    done = index.update([folder])
    assert (done.removed, done.failed) == ((), {})
    assert done.unreachable == {str(folder): "现在不在那里"}
    assert texts(index.search("城乡收入比", k=1)) == ["城乡收入比为1.53。"]


def test_the_same_text_at_two_paths_is_one_document(index: Index, folder: Path) -> None:
    shutil.copy(folder / "收入.txt", folder / "收入副本.txt")
    assert len(index.update([folder]).added) == 4
    assert len(index.documents()) == 3
    (folder / "收入.txt").unlink()
    assert names(index.update([folder]).removed) == ["收入.txt"]
    (info,) = (info for info in index.documents() if info.title == "嘉兴收入公报")
    assert info.uri == str(folder / "收入副本.txt")
    assert texts(index.search("城乡收入比", k=1)) == ["城乡收入比为1.53。"]


def test_removing_by_hand(index: Index, folder: Path) -> None:
    index.update([folder])
    assert names(index.remove([folder / "交通.txt"])) == ["交通.txt"]
    assert len(index.documents()) == 2
    assert len(index.remove([folder])) == 2
    assert index.search("收入") == []
    assert index.status().roots == ()


def test_bad_files_are_named_and_the_others_indexed(index: Index, folder: Path, tmp_path: Path) -> None:
    (folder / "空.txt").write_bytes(b"")
    (folder / "图.txt").write_bytes(b"\x89PNG\0\0")
    done = index.update([folder, tmp_path / "没有"])
    assert len(done.added) == 3
    assert sorted(Path(path).name for path in done.failed) == ["图.txt", "没有", "空.txt"]
    assert all(path in why for path, why in done.failed.items())
    assert sorted(Path(path).name for path in index.status().failures) == ["图.txt", "空.txt"]
    (folder / "空.txt").write_text("补上\n现在有内容了。", encoding="utf8")
    assert names(index.update([folder]).added) == ["空.txt"]


def test_any_error_of_a_reader_is_that_files_own(tmp_path: Path, folder: Path) -> None:
    def reads(path: Path) -> Document:
        if path.name == "交通.txt":
            raise RecursionError("too deep")
        return read_text(path)

    with open_index(tmp_path, read=reads) as index:
        done = index.update([folder])
        assert len(done.added) == 2
        assert "RecursionError: too deep" in done.failed[str(folder / "交通.txt")]


def test_a_file_that_vanishes_while_it_is_read(tmp_path: Path, folder: Path) -> None:
    def reads(path: Path) -> Document:
        if path.name == "交通.txt" and vanish:
            path.unlink()
        return read_text(path)

    vanish = False
    with open_index(tmp_path, read=reads) as index:
        index.update([folder])
        (folder / "交通.txt").write_text("交通规划\n新的内容。", encoding="utf8")
        vanish = True
        done = index.update([folder])
        assert "消失" in done.failed[str(folder / "交通.txt")]
        assert names(done.removed) == ["交通.txt"]
        assert len(index.documents()) == 2


def test_a_file_that_became_unreadable_answers_no_more_from_what_it_held(index: Index, folder: Path) -> None:
    index.update([folder])
    (folder / "交通.txt").write_bytes(b"\0\0")
    done = index.update([folder])
    assert list(done.failed) == [str(folder / "交通.txt")]
    assert names(done.removed) == ["交通.txt"]
    assert "高速公路里程将达到6000公里。" not in texts(index.search("高速公路里程"))


def test_a_file_that_fails_though_nothing_changed_keeps_answering(tmp_path: Path, folder: Path) -> None:
    def reads(path: Path) -> Document:
        if broken:
            raise SourceError(str(path), "读取超时", "请重试")
        return read_text(path)

    broken = False
    with open_index(tmp_path, read=reads) as index:
        index.update([folder])
        broken = True
        before = updates_module.READING
        try:
            updates_module.READING = before + 1  # a new version reads everything again
            assert len(index.update([folder]).failed) == 3
        finally:
            updates_module.READING = before
        assert texts(index.search("高速公路里程", k=1)) == ["高速公路里程将达到6000公里。"]


def test_passages_that_do_not_stand_in_their_document_are_refused(tmp_path: Path, folder: Path) -> None:
    def splits(document: Document) -> list[Passage]:
        return [Passage("x:0-2", document.id, "别的", 0, 2, "")]

    intake = replace(INTAKE, split=splits)
    with Index.open(tmp_path / "data", embedder=BigramEmbedder(), intake=intake) as index:
        done = index.update([folder])
        assert all("'别的' does not stand at 0-2" in why for why in done.failed.values())
        assert index.documents() == []


def test_a_new_version_reads_again_and_embeds_only_what_is_new(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = BigramEmbedder()
    with open_index(tmp_path, embedder=embedder) as index:
        index.update([folder])
        before, encoded = index.search("高速公路里程"), embedder.encoded
        monkeypatch.setattr(updates_module, "READING", updates_module.READING + 1)
        assert len(index.update([folder]).unchanged) == 3
        assert embedder.encoded == encoded
        assert [hit.passage for hit in index.search("高速公路里程")] == [hit.passage for hit in before]


def test_progress_is_told_file_by_file(index: Index, folder: Path) -> None:
    told: list[Progress] = []
    index.update([folder], progress=told.append)
    reading = [p for p in told if p.stage == "reading"]
    assert [(p.done, p.total) for p in reading] == [(1, 3), (2, 3), (3, 3)]
    assert {Path(p.path).name for p in reading} == {"交通.txt", "收入.txt", "教育.txt"}


def test_an_interrupted_update_keeps_what_it_has_committed(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates_module, "_BATCH_PASSAGES", 1)  # commit after each file

    def reads(path: Path) -> Document:
        if path.name == "教育.txt" and interrupt:
            raise KeyboardInterrupt
        return read_text(path)

    interrupt = True
    with open_index(tmp_path, read=reads) as index:
        with pytest.raises(KeyboardInterrupt):
            index.update([folder])
        assert len(index.documents()) == 2
        interrupt = False
        assert names(index.update([folder]).added) == ["教育.txt"]


def test_two_updates_at_once_take_turns(index: Index, folder: Path) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            index.update([folder])
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(index.documents()) == 3


def test_a_second_update_that_will_not_wait_says_so(index: Index, folder: Path, tmp_path: Path) -> None:
    def tries(_: Progress) -> None:
        with open_index(tmp_path) as other, pytest.raises(IndexBusyError, match="正在写入这个索引"):
            other.update([folder], wait_s=0)
        tried.append(True)

    tried: list[bool] = []
    index.update([folder], progress=tries)
    assert tried


def test_a_full_disk_ends_the_update_and_keeps_what_was_committed(index: Index, folder: Path) -> None:
    index.update([folder])
    (folder / "长.txt").write_text("\n".join(f"很长的文件里的第{i}句话。" for i in range(3000)), encoding="utf8")
    with index._catalog._write.begin() as connection:
        connection.exec_driver_sql(
            f"PRAGMA max_page_count = {connection.exec_driver_sql('PRAGMA page_count').scalar()}"
        )
    with pytest.raises(CatalogError, match="磁盘已满，已提交的内容完好"):
        index.update([folder])
    assert len(index.documents()) == 3
    assert texts(index.search("城乡收入比", k=1)) == ["城乡收入比为1.53。"]


# -- generations -------------------------------------------------------------------------------------------------------


QUESTIONS = ["农村居民人均可支配收入", "高速公路里程", "旅客", "教育普及率", "城乡收入比 2025"]


@pytest.fixture(scope="module", params=["words only", "with a graph"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, int, list[list[Hit]]]:
    """A directory with files/ and data/ that holds a generation, its `exact_limit`, and its answers to QUESTIONS."""
    where = tmp_path_factory.mktemp("built")
    exact_limit = GRAPH_FROM if request.param == "with a graph" else 1000
    with open_index(where, exact_limit=exact_limit) as index:
        index.update([write_files(where / "files")])
        answers = [index.search(question) for question in QUESTIONS]
        assert index.build()
        assert index.status().generation is not None
        assert index.status().fresh == 0
        return where, exact_limit, answers


def test_what_comes_after_a_generation_is_found_and_what_goes_is_not(
    built: tuple[Path, int, list[list[Hit]]], tmp_path: Path
) -> None:
    where, exact_limit, _ = built
    shutil.copytree(where / "data", tmp_path / "data")
    new = tmp_path / "新.txt"
    new.write_text("新增\n湖羊存栏量达到三百万只。", encoding="utf8")
    with open_index(tmp_path, exact_limit=exact_limit) as index, open_index(tmp_path, exact_limit=exact_limit) as late:
        index.search("收入")
        index.update([new])
        index.remove([where / "files" / "交通.txt"])
        assert index.status().fresh == 2
        for asked in (index, late):
            assert texts(asked.search("湖羊存栏量", k=1)) == ["湖羊存栏量达到三百万只。"]
            assert not any("公路" in text for text in texts(asked.search("高速公路里程", k=20)))


def test_a_removed_majority_does_not_crowd_out_the_rest(index: Index, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for i in range(60):
        lines = [f"收入收入第{i}号收入{j}。" for j in range(6)]
        (many / f"{i}.txt").write_text("\n".join(lines), encoding="utf8")
    (many / "留.txt").write_text("留下的一份说到其他许多事情，也顺带说到收入。", encoding="utf8")
    index.update([many])
    index.build()
    for i in range(60):
        (many / f"{i}.txt").unlink()
    index.update([many], build=False)
    assert texts(index.search("收入")) == ["留下的一份说到其他许多事情，也顺带说到收入。"]


@pytest.mark.parametrize("damage", ["none", "truncated", "overwritten", "missing", "manifest", "database"])
def test_a_damaged_generation_is_not_used(
    built: tuple[Path, int, list[list[Hit]]], tmp_path: Path, damage: str
) -> None:
    where, exact_limit, expected = built
    shutil.copytree(where, tmp_path, dirs_exist_ok=True)
    (live,) = (path for path in (tmp_path / "data" / "generations").iterdir() if path.is_dir())
    for victim in [path for path in live.rglob("*") if path.is_file() and path.stat().st_size]:
        if victim.suffix == ".sqlite3":
            if damage == "database":
                victim.write_bytes(b"not a database" * 1000)
        elif victim.name == "manifest.json":
            if damage == "manifest":
                victim.write_text("{", encoding="utf8")
        else:
            harm(victim, damage)
    with open_index(tmp_path, exact_limit=exact_limit) as index:
        assert_same_answers([index.search(question) for question in QUESTIONS], expected)
        used = index._snapshots.current().generation is not None
        assert used == (damage in {"none", "database"})


def test_an_update_builds_anew_what_is_damaged(built: tuple[Path, int, list[list[Hit]]], tmp_path: Path) -> None:
    where, exact_limit, expected = built
    shutil.copytree(where, tmp_path, dirs_exist_ok=True)
    (live,) = (path for path in (tmp_path / "data" / "generations").iterdir() if path.is_dir())
    (live / "manifest.json").unlink()
    with open_index(tmp_path, exact_limit=exact_limit) as index:
        index.update()
        assert index.status().generation not in (None, live.name)
        assert not live.exists()
        assert_same_answers([index.search(question) for question in QUESTIONS], expected)


def test_the_previous_generation_steps_in(folder: Path, tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.update([folder])
        index.build()
        previous = index.status().generation
        (folder / "新.txt").write_text("新增\n湖羊存栏量达到三百万只。", encoding="utf8")
        index.update([folder])
        index.build()
        live = index.status().generation
        expected = [index.search(question) for question in QUESTIONS]
    shutil.rmtree(tmp_path / "data" / "generations" / str(live))
    with open_index(tmp_path) as index:
        # Lengths are measured against the mean of the part that a passage is in, hence the tolerance.
        assert_same_answers([index.search(question) for question in QUESTIONS], expected, tolerance=0.01)
        generation = index._snapshots.current().generation
        assert generation is not None
        assert generation.id == previous
        assert texts(index.search("湖羊存栏量", k=1)) == ["湖羊存栏量达到三百万只。"]


def test_only_the_live_and_the_previous_generation_are_kept(folder: Path, tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.update([folder])
        for _ in range(3):
            index.build()
        stray = tmp_path / "data" / "generations" / "20200101-000000-dead.building"
        stray.mkdir()
        index.build()
        kept = [path for path in (tmp_path / "data" / "generations").iterdir() if path.is_dir()]
        assert len(kept) == 2
        assert index.status().generation in {path.name for path in kept}


def test_a_generation_is_built_when_enough_is_fresh(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.upkeep.generations.FRESH", 5)
    with open_index(tmp_path) as index:
        index.update([folder / "交通.txt"])
        assert index.status().generation is None
        told: list[Progress] = []
        index.update([folder], progress=told.append)
        assert index.status().generation is not None
        assert [(p.done, p.total) for p in told if p.stage == "building"][-1] == (8, 8)
        again: list[Progress] = []
        index.update([folder], progress=again.append)
        assert not [p for p in again if p.stage == "building"]


def test_a_build_that_fails_leaves_the_index_as_it_was(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with open_index(tmp_path) as index:
        index.update([folder])
        (tmp_path / "data" / "generations").write_text("in the way", encoding="utf8")
        with pytest.raises(OSError, match="generations"):
            index.build()
        monkeypatch.setattr("index.upkeep.generations.FRESH", 1)
        index.update([folder])
        assert "索引引擎未能重建" in caplog.text
        assert texts(index.search("高速公路里程", k=1)) == ["高速公路里程将达到6000公里。"]


# -- several readers ---------------------------------------------------------------------------------------------------


def test_sees_what_another_process_commits(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from tests.fakes.embedder import INTAKE, BigramEmbedder; from index import Index\n"
        "with Index.open(Path(sys.argv[2]), embedder=BigramEmbedder(), intake=INTAKE) as index:\n"
        "    index.update([Path(sys.argv[3])])\n"
    )

    def elsewhere() -> None:
        command = [sys.executable, "-c", code, str(Path(__file__).parents[2]), str(tmp_path / "data"), str(folder)]
        subprocess.run(command, check=True)

    with open_index(tmp_path) as index:
        assert index.search("高速公路里程") == []
        elsewhere()
        assert texts(index.search("高速公路里程", k=1)) == ["高速公路里程将达到6000公里。"]
        (folder / "交通.txt").unlink()
        elsewhere()
        assert "高速公路里程将达到6000公里。" not in texts(index.search("高速公路里程"))


def test_threads_may_search_while_files_come_and_go(index: Index, folder: Path) -> None:
    index.update([folder])
    failures: list[BaseException] = []
    stop = threading.Event()

    def asks() -> None:
        while not stop.is_set():
            try:
                assert texts(index.search("城乡收入比", k=1)) == ["城乡收入比为1.53。"]
            except BaseException as error:  # noqa: BLE001
                failures.append(error)
                return

    threads = [threading.Thread(target=asks) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for i in range(12):
            path = folder / f"{i % 3}.txt"
            if path.exists():
                path.unlink()
            else:
                path.write_text(f"第{i}份\n这里说的是第{i}件别的事情。", encoding="utf8")
            index.update([folder])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_a_small_index_is_searched_without_heavy_libraries(folder: Path, tmp_path: Path) -> None:
    """Importing chromadb or torch takes longer than everything else that a cold question needs."""
    with open_index(tmp_path) as index:
        index.update([folder])
        index.build()
    code = (
        "import sys; from pathlib import Path; from index import Index\n"
        "with Index.open(Path(sys.argv[1])) as index: print(index.search('高速公路里程', k=1)[0].passage.text)\n"
        "print({'chromadb', 'torch', 'sentence_transformers', 'langchain_core'} & sys.modules.keys())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "data")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said == "高速公路里程将达到6000公里。\nset()\n"


# -- repeated text -----------------------------------------------------------------------------------------------------


def test_repeated_text_is_shown_once(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "repeats"
    folder.mkdir()
    sentence = "到二〇二五年全市农村居民人均可支配收入达到五万元以上，城乡居民收入倍差缩小到一点五五以内。"
    for i in range(5):
        (folder / f"{i}.txt").write_text(f"文件{i}\n{sentence}\n另外一段说的是第{i}个地方。", encoding="utf8")
    index.update([folder])
    found = texts(index.search("农村居民人均可支配收入达到多少", k=10))
    assert found.count(sentence) == 1
    assert len(found) == len(set(found))


def test_last_years_figure_is_no_repetition_of_this_years(index: Index, tmp_path: Path) -> None:
    report = "{}年全市农村居民人均可支配收入达到五万元以上，城乡居民收入倍差继续缩小，各项民生指标持续向好，总体平稳。"
    for year in (2024, 2025):
        (tmp_path / f"{year}.txt").write_text(report.format(year), encoding="utf8")
    index.update([tmp_path / "2024.txt", tmp_path / "2025.txt"])
    assert len(index.search("农村居民人均可支配收入")) == 2


# -- any sequence of changes -------------------------------------------------------------------------------------------


class Changes(RuleBasedStateMachine):
    """Files come, change, go and break; after each update the index holds what the folder does, no more and no less."""

    @initialize(exact_limit=st.sampled_from([1000]))
    def start(self, exact_limit: int) -> None:
        self.tmp = Path(os.path.realpath(os.environ["YOUJU_TEST_TMP"])) / os.urandom(6).hex()
        self.files = self.tmp / "files"
        self.files.mkdir(parents=True)
        self.index = open_index(self.tmp, exact_limit=exact_limit)
        self.expected: dict[str, str] = {}

    @rule(name=st.sampled_from("甲乙丙丁"), text=st.text("嘉兴收入公路。\n", min_size=1, max_size=30))
    def write(self, name: str, text: str) -> None:
        (self.files / f"{name}.txt").write_text(text, encoding="utf8")

    @rule(name=st.sampled_from("甲乙丙丁"))
    def spoil(self, name: str) -> None:
        (self.files / f"{name}.txt").write_bytes(b"\0")

    @rule(name=st.sampled_from("甲乙丙丁"))
    def delete(self, name: str) -> None:
        (self.files / f"{name}.txt").unlink(missing_ok=True)

    @rule(one=st.sampled_from("甲乙丙丁"), other=st.sampled_from("甲乙丙丁"))
    def rename(self, one: str, other: str) -> None:
        if (self.files / f"{one}.txt").exists():
            (self.files / f"{one}.txt").rename(self.files / f"{other}.txt")

    @rule()
    def update(self) -> None:
        self.index.update([self.files])
        self.expected = {
            str(path): read_text(path).text for path in self.files.iterdir() if path.read_bytes() not in (b"", b"\0")
        }

    @rule()
    def reopen(self) -> None:
        self.index.close()
        self.index = open_index(self.tmp)

    @invariant()
    def holds_what_the_folder_held(self) -> None:
        documents = [self.index.document(info.id) for info in self.index.documents()]
        assert sorted(document.text for document in documents) == sorted(set(self.expected.values()))
        assert all(self.expected[document.uri] == document.text for document in documents)

    @invariant()
    def finds_every_passage_and_nothing_else(self) -> None:
        wanted = {
            (passage.id, passage.text) for info in self.index.documents() for passage in self.index.passages(info.id)
        }
        hits = self.index.search("嘉兴收入公路", k=100)
        assert {(hit.passage.id, hit.passage.text) for hit in hits} <= wanted
        shown = {"".join(hit.passage.text.split()) for hit in hits}
        exact = {"".join(text.split()) for _, text in wanted}
        assert bool(shown) == bool(exact)
        for _, text in wanted:
            own = self.index.search(text, k=100)
            assert any("".join(hit.passage.text.split()) == "".join(text.split()) for hit in own) or not text.strip()

    def teardown(self) -> None:
        if hasattr(self, "index"):
            self.index.close()


def test_any_sequence_of_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_TEST_TMP", str(tmp_path))
    Changes.TestCase.settings = settings(
        max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    Changes.TestCase("runTest").runTest()


def harm(path: Path, damage: str) -> None:
    match damage:
        case "missing":
            path.unlink()
        case "overwritten":
            path.write_bytes(b"\xff" * path.stat().st_size)
        case "truncated":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def assert_same_answers(found: list[list[Hit]], expected: list[list[Hit]], *, tolerance: float = 1e-4) -> None:
    assert [texts(hits) for hits in found] == [texts(hits) for hits in expected]
    for hits, wanted in zip(found, expected, strict=True):
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in wanted], abs=tolerance)


def test_a_catalog_error_reaches_the_caller(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "catalog.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(CatalogError, match="已损坏"):
        open_index(tmp_path)
