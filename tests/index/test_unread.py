"""What an index says of files that it didn't read: right after an update, after a restart, and when they are gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep.intake import Intake
from sources.documents import Document
from sources.parts import Line, Parsed
from sources.readers.files import READERS, find_files, read
from tests.fakes.embedder import BigramEmbedder

TEXT = "某县2024年公报\n2024年，某县粮食总产量9.8万吨。\n"


def open_index(tmp_path: Path, *, intake: Intake | None = None) -> Index:
    return Index.open(tmp_path / "data", embedder=BigramEmbedder(), ranker=Unranked(), intake=intake)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "文件"
    (made / "内层").mkdir(parents=True)
    (made / "公报.txt").write_text(TEXT, encoding="utf8")
    (made / "空.txt").write_text("", encoding="utf8")
    (made / "年报.dwg").write_bytes(b"AC1032")
    (made / "内层" / "表.mdb").write_bytes(b"\0\1")
    return made


def names(index: Index) -> list[tuple[str, str]]:
    return [(Path(each.path).name, each.kind) for each in index.unread()]


EVERYTHING = [("表.mdb", ".mdb"), ("年报.dwg", ".dwg"), ("空.txt", "未能读取")]


def test_it_is_told_by_the_update_and_after_a_restart(tmp_path: Path, folder: Path) -> None:
    with open_index(tmp_path) as index:
        done = index.update([folder])
        assert [Path(each.path).name for each in done.passed_over] == ["年报.dwg", "表.mdb"]
        assert list(done.failed) == [str(folder / "空.txt")]
        assert done.empty == ()
        assert names(index) == EVERYTHING
    with open_index(tmp_path) as index:
        assert names(index) == EVERYTHING
        assert index.unread()[-1].reason.startswith("文件是空的")
        assert [Path(each.path).name for each in index.status().passed_over] == ["表.mdb", "年报.dwg"]
        index.update()
        assert names(index) == EVERYTHING


def test_it_follows_what_happens_to_the_files(tmp_path: Path, folder: Path) -> None:
    with open_index(tmp_path) as index:
        index.update([folder])
        (folder / "年报.dwg").rename(folder / "年报.txt")
        (folder / "年报.txt").write_text("年报\n收入增长了百分之五。\n", encoding="utf8")
        (folder / "空.txt").unlink()
        index.update()
        assert names(index) == [("表.mdb", ".mdb")]
        (folder / "公报.txt").rename(folder / "公报.vsd")
        done = index.update()
        assert [Path(path).name for path in done.removed] == ["公报.txt"]
        assert names(index) == [("公报.vsd", ".vsd"), ("表.mdb", ".mdb")]
        index.remove([folder / "内层"])
        assert names(index) == [("公报.vsd", ".vsd")]
        index.remove([folder])
        assert names(index) == []


def test_a_folder_registered_twice_tells_of_each_file_once(tmp_path: Path, folder: Path) -> None:
    with open_index(tmp_path) as index:
        done = index.update([folder, folder / "内层"])
        assert [Path(each.path).name for each in done.passed_over] == ["年报.dwg", "表.mdb"]
        assert done.empty == (str(folder / "内层"),)
        assert len(index.unread()) == 3


def test_a_text_whose_place_a_pipe_has_taken_is_not_found_any_more(tmp_path: Path, folder: Path) -> None:
    with open_index(tmp_path) as index:
        index.update([folder])
        assert index.search("粮食总产量")
        (folder / "公报.txt").unlink()
        os.mkfifo(folder / "公报.txt")
        done = index.update()
        assert [Path(path).name for path in done.removed] == ["公报.txt"]
        assert index.search("粮食总产量") == []
        assert ("公报.txt", "管道") in names(index)


def test_a_pipe_that_takes_a_texts_place_during_the_update_stops_nothing(tmp_path: Path, folder: Path) -> None:
    def reads(path: Path) -> Document:
        if path.name == "公报.txt" and not path.is_fifo():
            path.unlink()
            os.mkfifo(path)
        return read(path)

    (folder / "后.txt").write_text("后来的一份\n收入增长了百分之五。\n", encoding="utf8")
    with open_index(tmp_path, intake=replace(Intake.of_sources(), read=reads, sandbox=None)) as index:
        done = index.update([folder])
        assert "是管道，不是普通文件" in done.failed[str(folder / "公报.txt")]
        assert [Path(path).name for path in done.added] == ["后.txt"]


@pytest.mark.parametrize("make", [lambda path: path.symlink_to(path), lambda path: path.symlink_to(path.parent / "无")])
def test_a_link_to_nowhere_given_by_name_is_a_failure(tmp_path: Path, make) -> None:
    make(tmp_path / "链.txt")
    with open_index(tmp_path) as index:
        done = index.update([tmp_path / "链.txt"])
        assert list(done.failed) == [str(tmp_path / "链.txt")]
        assert "的链接" in done.failed[str(tmp_path / "链.txt")]
        assert index.status().roots == ()


def test_one_more_reader_is_enough_for_a_kind_to_be_read(tmp_path: Path, folder: Path) -> None:
    def read_base(raw: bytes, *, uri: str) -> Parsed:
        """What a fake database says."""
        return Parsed((Line("某县棉花总产量3吨。"),))

    readers = {**READERS, "mdb": read_base}
    intake = replace(
        Intake.of_sources(),
        find_files=lambda paths: find_files(paths, readers=readers),
        read=lambda path: read(path, readers=readers),
        sandbox=None,  # such functions can't be handed over
    )
    with open_index(tmp_path) as index:
        index.update([folder])
        assert ("表.mdb", ".mdb") in names(index)
    with open_index(tmp_path, intake=intake) as index:
        done = index.update()
        assert [Path(path).name for path in done.added] == ["表.mdb"]
        assert names(index) == [("年报.dwg", ".dwg"), ("空.txt", "未能读取")]
        assert "棉花" in index.search("棉花总产量", k=1)[0].passage.text
