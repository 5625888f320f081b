"""The same text in several files is one document, and another version of it is another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep import copies
from index.upkeep.copies import is_copy
from sources.documents import Document
from tests.fakes.embedder import BigramEmbedder

TITLE = "某市2025年住房租赁管理办法实施细则"
ARTICLES = [
    f"第{number}条 为规范第{number}类住房的租赁，租金每平方米不超过{number * 7}元，押金不超过{number}个月。"
    for number in range(11, 40)
]
BODY = "\n".join(ARTICLES)
HEAD = "某市人民政府门户网站 索引号 0012 发布时间 2025-03-02"


def document(text: str, *, title: str = TITLE, number: str | None = None) -> Document:
    return Document("a" * 16, title, text, "/files/a.txt", "a" * 64, number=number)


WHOLE = document(f"{TITLE}\n{BODY}")


@pytest.mark.parametrize(
    "text",
    [
        f"{TITLE}\n{BODY}",
        f"{TITLE}\n\n{BODY}".replace("，", ", "),
        f"{HEAD}\n{TITLE}\n{BODY}\n打印 关闭",
        f"{TITLE}\n{BODY}\n某市人民政府办公室 2025年3月2日印发",
        "\n".join([TITLE, *ARTICLES[1:], ARTICLES[0]]),  # a footnote that another format puts at the end
    ],
)
def test_the_same_in_another_format_is_a_copy(text: str) -> None:
    assert is_copy(WHOLE, document(text))
    assert is_copy(document(text), WHOLE)


@pytest.mark.parametrize(
    "text",
    [
        f"{TITLE}\n{BODY}".replace("2025", "2024"),
        f"{TITLE}\n{BODY}".replace("140元", "141元"),
        f"{TITLE}\n{BODY}".replace("140元", "1400元"),
        f"{TITLE}\n{BODY}".replace("租赁，租金每平方米不超过140元", "租赁，租金每平方米可超过140元"),
        "\n".join([TITLE, *ARTICLES[:9], *ARTICLES[10:]]),
        f"{TITLE}\n{BODY}\n{BODY.replace('租金', '月租')}",
        f"{HEAD}\n{TITLE}\n{BODY}".replace("某市2025年", "某市2024年"),
    ],
)
def test_another_version_is_none(text: str) -> None:
    assert not is_copy(WHOLE, document(text))
    assert not is_copy(document(text), WHOLE)


def test_the_same_words_under_another_number_or_date_are_another_paper() -> None:
    assert not is_copy(replace(WHOLE, number="某政〔2024〕1号"), document(WHOLE.text, number="某政〔2025〕1号"))
    dated = [document(f"{TITLE}\n{BODY}\n某市人民政府\n{year}年3月2日") for year in (2024, 2025)]
    assert not is_copy(*dated)


def test_short_texts_are_copies_only_word_for_word() -> None:
    assert is_copy(document("会议改期。"), document("会议 改期"))
    assert not is_copy(document("会议改期。"), document("会议改期吗"))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "data", embedder=BigramEmbedder(), ranker=Unranked()) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "文件"
    made.mkdir()
    (made / "甲.txt").write_text(f"{TITLE}\n{BODY}", encoding="utf8")
    (made / "甲副本.txt").write_text(f"{TITLE}\n{BODY}", encoding="utf8")
    (made / "乙.txt").write_text(f"{TITLE}\n{BODY}\n某市人民政府办公室 2025年3月2日印发", encoding="gb18030")
    (made / "旧.txt").write_text(f"{TITLE}\n{BODY}".replace("2025", "2024"), encoding="utf8")
    return made


def names(paths: object) -> list[str]:
    return sorted(Path(path).name for path in paths)  # type: ignore[attr-defined]


def test_one_stands_for_all_and_the_others_are_told(index: Index, folder: Path) -> None:
    done = index.update([folder])
    assert (len(done.added), index.status().files, index.status().documents) == (4, 4, 2)
    (found,) = done.copies
    assert names([found.path, *found.others]) == ["乙.txt", "甲.txt", "甲副本.txt"]
    hits = index.search("第20类住房租金每平方米不超过多少元", k=50)
    held = {hit.passage.document_id for hit in hits}
    assert held == {info.id for info in index.documents()}
    stands = next(info for info in index.documents() if info.copies)
    assert index.document(stands.id).copies == stands.copies == found.others
    assert {figure.document_id for figure in index.figures()} <= held
    assert index.update().copies == done.copies  # the second finds nothing to do


def test_when_the_one_that_stands_goes_another_takes_its_place_at_once(index: Index, folder: Path) -> None:
    index.update([folder])
    (stands,) = (Path(info.uri) for info in index.documents() if info.copies)
    index.remove([stands])
    (heir,) = (info for info in index.documents() if TITLE in info.title)
    assert heir.uri != str(stands)
    assert any(hit.passage.document_id == heir.id for hit in index.search("第20类住房租金", k=50))
    stands.unlink()
    for path in map(Path, (heir.uri, *heir.copies)):
        path.unlink(missing_ok=True)
    index.update()
    assert [Path(info.uri).name for info in index.documents()] == ["旧.txt"]


def test_a_copy_that_is_changed_stands_for_itself(index: Index, folder: Path) -> None:
    index.update([folder])
    (folder / "乙.txt").write_text(f"{TITLE}\n{BODY}".replace("140元", "150元"), encoding="utf8")
    done = index.update()
    assert names(done.updated) == ["乙.txt"]
    assert index.status().documents == 3
    assert [names([each.path, *each.others]) for each in done.copies] == [["甲.txt", "甲副本.txt"]]


def test_a_document_is_compared_with_few_however_many_are_alike(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[Document, Document]] = []
    monkeypatch.setattr(copies, "is_copy", lambda one, other: bool(compared.append((one, other))))
    monkeypatch.setattr(copies, "_MOST_COMPARED", 3)
    for number in range(30):
        (folder / f"表{number}.txt").write_text(f"{TITLE}\n{BODY}".replace("140元", f"{number}元"), encoding="utf8")
    index.update([folder])
    assert 30 <= len(compared) <= 3 * 33


def test_a_copy_is_found_in_a_crowd_of_texts_that_are_alike(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_CROWD", 2)
    folder = tmp_path / "表"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.txt").write_text(f"{TITLE}\n{BODY}\n第{number + 50}号，{number * 3}元。", encoding="utf8")
    (folder / "七.md").write_text(f"{TITLE}\n\n{BODY}\n\n第57号，21元。", encoding="utf8")
    (found,) = index.update([folder]).copies
    assert {found.path, *found.others} == {str(folder / "7.txt"), str(folder / "七.md")}


def test_a_copy_that_comes_later_is_found_whatever_was_compared_before(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_AT_ONCE", 1)
    index.update([folder])
    (folder / "丙.txt").write_text(f"{HEAD}\n{TITLE}\n{BODY}\n打印 关闭", encoding="utf8")
    (found,) = index.update().copies
    assert names([found.path, *found.others]) == ["丙.txt", "乙.txt", "甲.txt", "甲副本.txt"]


def test_documents_that_are_gone_are_found_by_no_band(index: Index, folder: Path) -> None:
    index.update([folder])
    index.remove([folder])
    (folder / "旧.txt").unlink()
    assert [names([each.path, *each.others]) for each in index.update([folder]).copies] == [
        ["乙.txt", "甲.txt", "甲副本.txt"]
    ]
