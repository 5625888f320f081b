"""metadata.csv says what files are, whatever they show of themselves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index.index import Index
from index.ranking.ranker import Unranked
from sources.readers.files import find_files, read
from sources.readers.metadata import facts_of
from tests.fakes.embedder import BigramEmbedder

TEXT = "某县2024年统计公报\n发布机构：某县统计局\n2024年，某县粮食总产量9.8万吨。\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "公报.txt").write_text(TEXT, encoding="utf8")
    return tmp_path


def write(folder: Path, text: str, *, encoding: str = "utf8") -> None:
    (folder / "metadata.csv").write_bytes(text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_it_goes_before_what_the_file_shows(folder: Path, encoding: str, delimiter: str) -> None:
    rows = [
        ["文件", "标题", "发布机构", "发布日期", "文号"],
        ["公报.txt", "某县2024年国民经济和社会发展统计公报", "某县人民政府办公室", "2025/3/2", "某统〔2025〕2号"],
    ]
    write(folder, "\r\n".join(delimiter.join(row) for row in rows), encoding=encoding)
    found = read(folder / "公报.txt")
    assert found.title == "某县2024年国民经济和社会发展统计公报"
    assert (found.publisher, found.published, found.number) == ("某县人民政府办公室", "2025-03-02", "某统〔2025〕2号")
    assert {found.found_by[key] for key in ("title", "publisher", "published", "number")} == {"metadata.csv"}


def test_an_empty_cell_leaves_what_the_file_shows(folder: Path) -> None:
    write(folder, "file,title,publisher\n公报.txt,,某局\n")
    found = read(folder / "公报.txt")
    assert (found.title, found.publisher) == ("某县2024年统计公报", "某局")


def test_it_is_no_document_and_its_bad_rows_are_named(folder: Path) -> None:
    rows = [
        "文件,标题,发布日期,页码",
        "公报.txt,公报,去年,",
        "没有.txt,无,,",
        ",无名,,",
        "公报.txt,公报,2025年3月,",
        "公报.txt,又,,",
    ]
    write(folder, "\n".join(rows))
    found = find_files([folder])
    assert [path.name for path in found.files] == ["公报.txt"]
    (wrong,) = found.passed_over
    assert wrong.kind == "metadata.csv"
    assert wrong.reason == (
        "不认得“页码”这一列；第 2 行的日期“去年”看不懂，请写成 2025-03-12；第 3 行的 没有.txt 在文件夹里没有；"
        "第 4 行没有写是哪个文件；第 6 行又写了一次 公报.txt，只用了前一行。请改正后重新索引"
    )
    assert facts_of(folder / "公报.txt") == {"title": "公报", "published": "2025-03"}


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\x00\x01\x02\x03", ""), (b"", "“文件”"), ("标题\n公报\n".encode(), "“文件”")]
)
def test_one_that_cannot_be_used_is_named(folder: Path, content: bytes, reason: str) -> None:
    (folder / "metadata.csv").write_bytes(content)
    (wrong,) = find_files([folder]).passed_over
    assert reason in wrong.reason
    assert read(folder / "公报.txt").title == "某县2024年统计公报"


def test_when_it_changes_its_files_are_read_again(folder: Path) -> None:
    (folder / "另一份.txt").write_text("另外的一份材料\n说的是别的事。\n", encoding="utf8")
    with Index.open(folder / "data", embedder=BigramEmbedder(), ranker=Unranked()) as index:

        def titles() -> list[str]:
            index.update([folder / "公报.txt", folder / "另一份.txt"])
            return sorted(info.title for info in index.documents())

        assert titles() == ["另外的一份材料", "某县2024年统计公报"]
        write(folder, "文件,标题\n公报.txt,甲\n")
        assert titles() == ["另外的一份材料", "甲"]
        write(folder, "文件,标题\n公报.txt,乙\n")
        os.utime(folder / "metadata.csv", ns=(10**18, 10**18))
        assert titles() == ["乙", "另外的一份材料"]
        (folder / "metadata.csv").unlink()
        assert titles() == ["另外的一份材料", "某县2024年统计公报"]


def test_what_it_says_of_one_of_two_same_files_holds(folder: Path) -> None:
    (folder / "副本.txt").write_text(TEXT, encoding="utf8")
    (folder / "再一份.txt").write_text(TEXT, encoding="utf8")
    write(folder, "文件,标题\n副本.txt,某县2024年公报\n")
    with Index.open(folder / "data", embedder=BigramEmbedder(), ranker=Unranked()) as index:
        for _ in range(2):
            index.update([folder / name for name in ("公报.txt", "副本.txt", "再一份.txt")])
            assert [info.title for info in index.documents()] == ["某县2024年公报"]
