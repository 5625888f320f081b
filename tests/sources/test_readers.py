from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.index import Index
from sources.documents import SourceError
from sources.parts import Line, Parsed
from sources.readers.files import READERS, find_files, read

TEXT = "# 某县低收入农户增收情况\n\n2024年，某县低收入农户人均可支配收入21500元，比上年增长12.5%。\n"


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("gb18030"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.replace("\n", "\r\n").encode(),
    ],
    ids=["utf-8", "utf-8-bom", "gb18030", "utf-16-le", "utf-16-be", "utf-16-without-bom", "crlf"],
)
def test_any_usual_encoding_is_read(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "报告.txt"
    path.write_bytes(raw)
    document = read(path)
    assert document.title == "某县低收入农户增收情况"
    assert "人均可支配收入21500元" in document.text


@pytest.mark.parametrize(("most", "pasted"), [("utf8", "gbk"), ("gbk", "utf8"), ("utf8", "big5"), ("utf-8-sig", "gbk")])
def test_a_paragraph_pasted_from_a_file_in_another_encoding_is_read(tmp_path: Path, most: str, pasted: str) -> None:
    path = tmp_path / "混合.txt"
    first, second = (
        "第一段說某縣的茶葉產業發展情況，收入增長百分之五。",
        "第二段是從別的文件所粘貼的，說老年食堂的運營情況。",
    )
    path.write_bytes(
        f"{first * 3}\n".encode(most)
        + f"{second}\n".encode(pasted)
        + f"{first * 3}\n".encode(most.removesuffix("-sig"))
    )
    assert read(path).text.count(second) == 1
    assert read(path).text.count(first) >= 3


def test_traditional_characters_in_big5_are_read(tmp_path: Path) -> None:
    path = tmp_path / "報告.txt"
    path.write_bytes("這份報告說明農村居民的收入與就業情況，並且提出三項建議。\n".encode("big5"))
    assert "農村居民的收入" in read(path).text


def test_a_damaged_byte_does_not_turn_utf8_into_something_else(tmp_path: Path) -> None:
    path = tmp_path / "坏.txt"
    path.write_bytes(TEXT.encode() * 20 + b"\xff" + TEXT.encode())
    assert "人均可支配收入21500元" in read(path).text


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("空.txt", b"", "文件是空的"),
        ("空白.md", "　\n \n".encode(), "文件是空的"),
        ("照片.txt", bytes(range(256)) * 40, "二进制"),
    ],
)
def test_bad_input_names_the_file_and_says_what_to_do(tmp_path: Path, name: str, raw: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(SourceError, match=reason) as caught:
        read(path)
    assert name in str(caught.value)
    assert caught.value.remedy


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="不见了") as caught:
        read(tmp_path / "走了.txt")
    assert "走了.txt" in str(caught.value)


def test_folders_are_walked_unknown_kinds_told_of_and_hidden_files_counted(tmp_path: Path) -> None:
    (tmp_path / "内层").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("乙.md", "内层/甲.txt", ".git/x.md", "片.MP4", "内层/说明", "~$临时.md", "Thumbs.db", ".DS_Store"):
        (tmp_path / name).write_text("字", encoding="utf8")
    listing = find_files([tmp_path, tmp_path / "乙.md"])
    assert [str(path.relative_to(tmp_path)) for path in listing.files] == ["乙.md", "内层/甲.txt"]
    told = [(Path(each.path).name, each.kind, each.reason[:15]) for each in listing.passed_over]
    assert told == [
        ("片.MP4", ".mp4", "还不能读取，请转成能读的格式（"),
        ("说明", "没有扩展名的文件", "还不能读取，请转成能读的格式（"),
    ]
    assert all(f" {suffix} " in listing.passed_over[0].reason for suffix in (".md", ".pdf", ".docx", ".ofd"))
    assert listing.hidden == 4


def test_a_name_that_is_not_utf8_is_told_of_as_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb1\xa8\xb8\xe6.mp4")).write_bytes(b"....")
    (unread,) = find_files([tmp_path]).passed_over
    assert unread.path == f"{tmp_path}/\\xb1\\xa8\\xb8\\xe6.mp4"


def test_another_reader_is_a_function_and_a_line(tmp_path: Path) -> None:
    def read_upper(raw: bytes, *, uri: str) -> Parsed:
        """What a file of capitals says."""
        return Parsed((Line(raw.decode().upper()),))

    readers = {**READERS, "caps": read_upper}
    path = tmp_path / "a.caps"
    path.write_text("gdp", encoding="utf8")
    assert [each.kind for each in find_files([tmp_path]).passed_over] == [".caps"]
    assert find_files([tmp_path], readers=readers).files == (path,)
    assert read(path, readers=readers).text == "GDP"
    with pytest.raises(SourceError, match=r"还不能读 \.caps"):
        read(path)


def test_a_folder_that_cannot_be_listed_is_told_of_and_what_it_holds_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "文档"
    (folder / "锁着").mkdir(parents=True)
    (folder / "甲.txt").write_text("甲县的收入增长了。\n", encoding="utf8")
    (folder / "锁着" / "乙.txt").write_text("乙县的收入下降了。\n", encoding="utf8")
    (folder / "锁着" / "丙.txt").write_text("丙县的收入没有变化。\n", encoding="utf8")
    locked = True

    def guarded(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def listed(path: Any = ".") -> Any:
            if locked and not isinstance(path, int) and Path(path).name == "锁着":  # the mode wouldn't stop root
                raise PermissionError(13, "Permission denied", str(path))
            return call(path)

        return listed

    monkeypatch.setattr(os, "scandir", guarded(os.scandir))
    monkeypatch.setattr(os, "listdir", guarded(os.listdir))
    assert [path.name for path in find_files([folder]).files] == ["甲.txt", "锁着"]
    assert [path.name for path in find_files([folder / "锁着"]).files] == ["锁着"]
    with pytest.raises(SourceError, match=r"锁着.*没有读取权限"):
        read(folder / "锁着")
    with Index.open(tmp_path / "data") as index:
        locked = False
        assert len(index.update([folder]).added) == 3
        locked = True
        done = index.update()
        assert list(done.failed) == [str(folder / "锁着")] == list(index.status().failures)
        assert done.removed == ()
        assert len(index.documents()) == 3
        locked = False
        (folder / "锁着" / "丙.txt").unlink()
        done = index.update()
        assert [Path(path).name for path in done.removed] == ["丙.txt"]
        assert done.failed == index.status().failures == {}


def test_a_missing_path_and_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="路径不存在"):
        find_files([tmp_path / "没有"])
    film = tmp_path / "片.mp4"
    film.write_bytes(b"....")
    with pytest.raises(SourceError, match=r"片\.mp4: 还不能读取。请转成能读的格式（\.txt \.md "):
        find_files([film])


def test_front_matter_gives_title_publisher_and_date(tmp_path: Path) -> None:
    path = tmp_path / "某文.md"
    path.write_text(
        "---\ntitle: 某县观察\npublisher: 某报\npublished: 2025-12-15\n---\n# 另一个标题\n正文第一句。\n",
        encoding="utf8",
    )
    document = read(path)
    assert (document.title, document.publisher, document.published) == ("某县观察", "某报", "2025-12-15")
    assert document.text == "另一个标题\n正文第一句。"


@pytest.mark.parametrize(
    ("front", "title", "text"),
    [
        ("title: 某县观察: 收入篇\npublisher: '某报'", "某县观察: 收入篇", "正文第一句。"),
        ("title: [", "某文", "正文第一句。"),
        ("published: !!timestamp 前天\ntitle: 某县观察", "某县观察", "正文第一句。"),
        ("title: 某县观察\nn: " + "9" * 5000, "某县观察", "正文第一句。"),
        ("title: 某县观察\nx: " + "[" * 5000, "某县观察", "正文第一句。"),
        ("", "某文", "正文第一句。"),
        ("# 只有注释", "某文", "正文第一句。"),
        ("两条线之间的这一句也是正文。", "某文", "---\n两条线之间的这一句也是正文。\n---\n正文第一句。"),
        ("这里写了 [半个：正文。", "某文", "---\n这里写了 [半个：正文。\n---\n正文第一句。"),
    ],
    ids=["colon", "half", "no-date", "huge-number", "deep", "empty", "comment", "text", "half-text"],
)
def test_bad_front_matter_does_not_lose_the_document(tmp_path: Path, front: str, title: str, text: str) -> None:
    path = tmp_path / "某文.md"
    path.write_text(f"---\n{front}\n---\n正文第一句。\n", encoding="utf8")
    document = read(path)
    assert document.text == text
    assert title in (document.title, path.stem)


def test_title_publisher_and_date_are_found_where_a_page_prints_them(tmp_path: Path) -> None:
    path = tmp_path / "网页.txt"
    path.write_text(
        "当前位置: 首页\n>栏目>2025年第三期\n山海之间的新路\n——某省县域发展综述\n\n"
        "2025-11-02 09:30 来源:《某省月刊》杂志 作者:张三\n\n今年以来,各县推进产业合作。\n",
        encoding="utf8",
    )
    document = read(path)
    assert document.title == "山海之间的新路——某省县域发展综述"
    assert document.publisher == "《某省月刊》杂志"
    assert document.published == "2025-11-02"


def test_a_policy_is_published_by_the_bodies_that_sign_it(tmp_path: Path) -> None:
    path = tmp_path / "通知.txt"
    path.write_text(
        "关于做好2026年春耕备耕工作的通知\n各县（市、区）人民政府：\n现就有关事项通知如下。\n"
        "一、保障农资供应\n各地要提前调运化肥。\n某市农业农村局\n某市财政局\n2026年1月8日\n",
        encoding="utf8",
    )
    document = read(path)
    assert document.title == "关于做好2026年春耕备耕工作的通知"
    assert document.publisher == "某市农业农村局 某市财政局"
    assert document.published == "2026-01-08"


def test_the_same_bytes_are_the_same_document_wherever_they_lie(tmp_path: Path) -> None:
    one, two = tmp_path / "一.txt", tmp_path / "二.txt"
    one.write_text(TEXT, encoding="utf8")
    two.write_text(TEXT, encoding="utf8")
    assert read(one).id == read(two).id
    assert len(read(one).id) == 16
