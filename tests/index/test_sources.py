"""A source that is away keeps its documents; only what was deleted from a folder that is there goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep.intake import Intake
from sources.documents import SourceError
from tests.fakes.embedder import INTAKE, BigramEmbedder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "data", embedder=BigramEmbedder(), ranker=Unranked(), intake=INTAKE) as opened:
        yield opened


@pytest.fixture
def share(tmp_path: Path) -> Path:
    made = tmp_path / "共享"
    (made / "内层").mkdir(parents=True)
    (made / "收入.txt").write_text("收入公报\n农村居民人均可支配收入54939元。", encoding="utf8")
    (made / "内层" / "交通.txt").write_text("交通规划\n高速公路里程将达到6000公里。", encoding="utf8")
    return made


def answers(index: Index) -> bool:
    return "54939元" in index.search("农村居民人均可支配收入", k=1)[0].passage.text


def test_a_share_that_blinks_loses_nothing(index: Index, share: Path) -> None:
    index.update([share])
    away = share.rename(share.parent / "别处")
    before = time.time()
    for _ in range(2):
        done = index.update()
        assert (done.removed, done.failed) == ((), {})
        assert list(done.unreachable) == [str(share)]
        assert answers(index)
    (source,) = index.sources()
    assert source.documents == 2
    assert source.unreachable_since is not None
    assert before <= source.unreachable_since <= time.time()
    assert {info.unreachable_since for info in index.documents()} == {source.unreachable_since}
    assert index.status().unreachable == {str(share): source.unreachable_since}
    away.rename(share)
    done = index.update()
    assert (done.unreachable, len(done.unchanged)) == ({}, 2)
    assert index.sources()[0].unreachable_since is None
    assert {info.unreachable_since for info in index.documents()} == {None}


def test_the_empty_mount_point_of_a_share_is_no_emptied_folder(index: Index, share: Path) -> None:
    index.update([share])
    share.rename(share.parent / "别处")
    share.mkdir()
    done = index.update()
    assert done.removed == ()
    assert "现在是空的" in done.unreachable[str(share)]
    assert answers(index)


def test_a_folder_that_was_emptied_by_hand_is_empty(index: Index, share: Path) -> None:
    index.update([share])
    for path in [*share.rglob("*.txt")]:
        path.unlink()
    (share / "内层").rmdir()
    done = index.update()
    assert (len(done.removed), done.unreachable) == (2, {})
    assert index.documents() == []


def test_many_files_that_are_gone_at_once_are_kept(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "很多"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.txt").write_text(f"第{number}份\n说的是第{number}件事。", encoding="utf8")
    index.update([folder])
    for path in folder.iterdir():
        path.unlink()
    assert index.update().unreachable == {str(folder): "现在是空的"}
    assert len(index.remove([folder])) == 12
    assert index.documents() == []


def test_a_folder_inside_one_that_is_away_is_away_too(index: Index, share: Path) -> None:
    index.update([share])
    share.rename(share.parent / "别处")
    done = index.update([share / "内层"])
    assert (done.removed, list(done.unreachable)) == ((), [str(share)])
    assert len(index.documents()) == 2


def test_a_share_that_is_away_inside_a_folder_that_is_there_is_kept(index: Index, share: Path) -> None:
    index.update([share, share / "内层"])
    (share / "内层").rename(share.parent / "别处")
    done = index.update()
    assert (done.removed, list(done.unreachable)) == ((), [str(share / "内层")])
    assert index.update([share]).removed == ()
    away = {Path(info.uri).name: info.unreachable_since is not None for info in index.documents()}
    assert away == {"收入.txt": False, "交通.txt": True}


def test_a_single_file_that_was_deleted_goes_and_one_whose_folder_is_away_stays(index: Index, share: Path) -> None:
    index.update([share / "收入.txt", share / "内层" / "交通.txt"])
    (share / "收入.txt").unlink()
    (share / "内层").rename(share.parent / "别处")
    done = index.update()
    assert [Path(path).name for path in done.removed] == ["收入.txt"]
    assert list(done.unreachable) == [str(share / "内层" / "交通.txt")]
    assert [source.path for source in index.sources()] == [str(share / "内层" / "交通.txt")]


def test_what_never_was_there_is_an_error(index: Index, tmp_path: Path) -> None:
    assert "没有这个文件" in index.update([tmp_path / "没有"]).failed[str(tmp_path / "没有")]
    with pytest.raises(SourceError, match="索引里没有它"):
        index.remove([tmp_path / "没有"])
    with pytest.raises(SourceError, match="路径不存在"):
        index.register([tmp_path / "没有"])


def test_what_is_registered_is_read_by_the_next_update(index: Index, share: Path) -> None:
    index.register([share])
    assert index.documents() == []
    assert len(index.update().added) == 2


def test_links_out_of_a_folder_are_followed_once_they_were_asked_for(tmp_path: Path) -> None:
    folder, other = tmp_path / "文档", tmp_path / "别处.txt"
    folder.mkdir()
    other.write_text("乙县的收入增长了百分之八。\n", encoding="utf8")
    (folder / "链接.txt").symlink_to(other)
    intake = replace(Intake.of_sources(), sandbox=None)
    with Index.open(tmp_path / "data", embedder=BigramEmbedder(), ranker=Unranked(), intake=intake) as index:
        assert not index.update([folder]).added
        assert index.update([folder], follow_links=True).added == (str(folder / "链接.txt"),)
        assert index.update().unchanged == (str(folder / "链接.txt"),)
