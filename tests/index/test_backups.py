"""Backups: what was taken is put back whole, also under a process that answers; a damaged one changes nothing."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from index.catalog.locks import locked
from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep import space
from index.upkeep.backups import BackupError, back_up, restore
from index.upkeep.space import SpaceError
from tests.fakes.embedder import INTAKE, BigramEmbedder


def opened(data: Path, *, exact_limit: int = 1000) -> Index:
    return Index.open(data, embedder=BigramEmbedder(), ranker=Unranked(), intake=INTAKE, exact_limit=exact_limit)


def write(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf8")
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return write(tmp_path / "files", {f"{n}.txt": f"第{n}号通知\n第{n}号通知说补助{n * 7}元。" for n in range(1, 9)})


def first(index: Index, question: str) -> str:
    return index.search(question)[0].passage.text


def test_what_was_backed_up_is_put_back_in_another_place(tmp_path: Path, files: Path) -> None:
    file = tmp_path / "备份.zip"
    with opened(tmp_path / "data", exact_limit=3) as index:
        index.update([files])
        assert index.build()
        before = [document.id for document in index.documents()]
        entered = {each.info.id: each.entered for each in index.overview().documents}
        made = back_up(tmp_path / "data", file)  # while it is open
    assert (made.documents, made.passages) == (8, 16)
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []
    restore(file, tmp_path / "other")
    with opened(tmp_path / "other", exact_limit=3) as index:
        assert [document.id for document in index.documents()] == before
        assert {each.info.id: each.entered for each in index.overview().documents} == entered
        assert "补助35元" in first(index, "第5号通知说补助多少元")
        assert index.status().generation is None
        assert index.build()
        assert "补助35元" in first(index, "第5号通知说补助多少元")
        assert index.update().unchanged  # nothing is read anew


def test_a_process_that_has_the_index_open_goes_on_with_what_was_restored(tmp_path: Path, files: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "b.zip"
    with opened(data) as serving:
        serving.update([files])
        back_up(data, file)
        assert "补助14元" in first(serving, "第2号通知说补助多少元")
        write(files, {f"{n}.txt": f"第{n}号通知\n第{n}号通知说补助{n * 1000}元。" for n in range(1, 9)})
        with opened(data) as other:
            other.update()
        assert "补助2000元" in first(serving, "第2号通知说补助多少元")
        with pytest.raises(BackupError, match="已有索引（8 篇文档"):
            restore(file, data)
        restore(file, data, force=True)
        assert "补助14元" in first(serving, "第2号通知说补助多少元")
        assert not any("000元" in hit.passage.text for hit in serving.search("第2号通知说补助2000元"))
        serving.update()
        assert "补助2000元" in first(serving, "第2号通知说补助多少元")


@pytest.mark.parametrize("damage", ["cut short", "flipped", "not a backup", "without its catalog"])
def test_a_damaged_backup_changes_nothing(tmp_path: Path, files: Path, damage: str) -> None:
    data, file = tmp_path / "data", tmp_path / "b.zip"
    with opened(data) as index:
        index.update([files])
    back_up(data, file)
    content = bytearray(file.read_bytes())
    if damage == "cut short":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        middle = len(content) // 3
        content[middle : middle + 50] = bytes(byte ^ 0xFF for byte in content[middle : middle + 50])
        file.write_bytes(content)
    elif damage == "not a backup":
        file.write_bytes(b"hello" * 100)
    else:
        with zipfile.ZipFile(file) as whole, zipfile.ZipFile(tmp_path / "c.zip", "w") as part:
            part.writestr("manifest.json", whole.read("manifest.json"))
        file = tmp_path / "c.zip"
    write(files, {"1.txt": "第1号通知\n第1号通知说补助99元。"})
    with opened(data) as index:
        index.update()
    with pytest.raises(BackupError):
        restore(file, data, force=True)
    with opened(data) as index:
        assert "补助99元" in first(index, "第1号通知说补助多少元")
    assert not list(data.glob("restoring-*"))


def test_a_damaged_index_is_replaced_and_kept_beside(tmp_path: Path, files: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "b.zip"
    with opened(data) as index:
        index.update([files])
    back_up(data, file)
    (data / "catalog.sqlite3").write_bytes(b"damaged " * 1000)
    with pytest.raises(BackupError, match="已损坏"):
        back_up(data, tmp_path / "c.zip")
    with pytest.raises(BackupError, match="--force"):
        restore(file, data)
    restore(file, data, force=True)
    with opened(data) as index:
        assert "补助21元" in first(index, "第3号通知说补助多少元")
    assert list(data.glob("catalog.sqlite3.*.damaged"))
    assert "catalog.sqlite3" in back_up(data, file).files
    assert not [name for name in back_up(data, file).files if "damaged" in name]


def test_a_backup_that_leads_out_of_its_folder_is_refused(tmp_path: Path, files: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "b.zip"
    with opened(data) as index:
        index.update([files])
    back_up(data, file)
    with zipfile.ZipFile(file) as whole:
        manifest = whole.read("manifest.json").replace(b'"files": {', b'"files": {"../out.txt": [1, "x"],')
    with zipfile.ZipFile(file, "w") as bad:
        bad.writestr("manifest.json", manifest)
    with pytest.raises(BackupError):
        restore(file, tmp_path / "other")
    assert not (tmp_path / "out.txt").exists()


def test_no_backup_without_an_index_inside_it_or_on_a_full_disk(
    tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    with pytest.raises(BackupError, match="没有索引"):
        back_up(data, tmp_path / "b.zip")
    with opened(data) as index:
        index.update([files])
    with pytest.raises(BackupError, match="不能放在"):
        back_up(data, data / "b.zip")
    little = shutil.disk_usage(data)._replace(free=10_000)
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: little)
    with pytest.raises(SpaceError, match=r"备份约需 .* MB，磁盘只剩 0 MB"):
        back_up(data, tmp_path / "b.zip")
    assert not list(tmp_path.glob("b.zip*"))


def test_what_a_killed_backup_left_goes_with_the_next_and_one_under_way_stays(tmp_path: Path, files: Path) -> None:
    with opened(tmp_path / "data") as index:
        index.update([files])
    left = [tmp_path / name for name in ("b.zip.77.part", "b.zip.77.sqlite3.part")]
    under_way = [tmp_path / name for name in ("b.zip.78.part", "b.zip.78.sqlite3.part", "c.zip.77.part")]
    for path in (*left, *under_way):
        path.write_bytes(b"PK")
    with locked(under_way[0], wait_s=0):
        back_up(tmp_path / "data", tmp_path / "b.zip")
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in under_way)


def test_what_is_no_backup_is_told_before_what_is_there(tmp_path: Path, files: Path) -> None:
    with opened(tmp_path / "data") as index:
        index.update([files])
    with pytest.raises(BackupError, match="没有这个文件"):
        restore(tmp_path / "b.zip", tmp_path / "data")
    (tmp_path / "b.zip").write_bytes(b"no backup")
    with pytest.raises(BackupError, match="不是 youju 的备份"):
        restore(tmp_path / "b.zip", tmp_path / "data")
    with pytest.raises(BackupError, match="不是 youju 的备份"):
        restore(tmp_path / "b.zip", tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_restoring_again_and_again_counts_rows_on_and_leaves_no_engines(tmp_path: Path, files: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "b.zip"
    with opened(data) as index:
        index.update([files])
        assert index.build()
        for _ in range(8):
            back_up(data, file)
            restore(file, data, force=True)
        assert "补助14元" in first(index, "第2号通知说补助多少元")
        with index._catalog.reading() as connection:
            assert index._catalog.last_rows(connection)[0] < 8 * 2 * 16
    assert [path.name for path in (data / "generations").iterdir()] == ["building.lock"]


@pytest.mark.parametrize(("name", "why"), [("missing/b.zip", "它的文件夹不存在"), ("", "是文件夹")])
def test_a_backup_needs_the_name_of_a_file(tmp_path: Path, files: Path, name: str, why: str) -> None:
    with opened(tmp_path / "data") as index:
        index.update([files])
    (tmp_path / "to").mkdir()
    with pytest.raises(BackupError, match=why):
        back_up(tmp_path / "data", tmp_path / "to" / name)


def test_an_index_of_the_version_before_is_backed_up(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    dump = (Path(__file__).parent / "earlier" / "schema-2.sql").read_text(encoding="utf8")
    with closing(sqlite3.connect(data / "catalog.sqlite3")) as connection:
        connection.executescript(dump.replace("@FILES@", str(tmp_path / "files")))
    made = back_up(data, tmp_path / "b.zip")
    assert restore(tmp_path / "b.zip", tmp_path / "other").documents == made.documents > 0
