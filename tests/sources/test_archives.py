from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from sources.documents import SourceError
from sources.readers.archives import sha256_of, stat_of
from sources.readers.files import find_files, read

TEXT = "甲县的居民收入增长了百分之八。\n"


def packed(files: dict[str, bytes | str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def test_an_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    inner = packed({"通知.md": "# 关于补贴的通知\n\n每人每月一百元。\n", "更里.zip": packed({"甲.txt": TEXT})})
    files = {"报告/甲.txt": TEXT, "内.zip": inner, "片.mp4": b"....", "__MACOSX/甲.txt": "x", "报告/.x.md": "x"}
    (tmp_path / "归档.zip").write_bytes(packed(files))
    (tmp_path / "乙.txt").write_text(TEXT, encoding="utf8")
    found = find_files([tmp_path])
    at = tmp_path / "归档.zip"
    assert found.files == (tmp_path / "乙.txt", at / "内.zip" / "通知.md", at / "报告" / "甲.txt")
    told = {Path(each.path).name: each.reason for each in found.passed_over}
    assert told["更里.zip"].startswith("压缩包里的压缩包里还有压缩包")
    assert told["片.mp4"].startswith("还不能读取")
    assert found.hidden == 2
    assert read(at / "内.zip" / "通知.md").title == "关于补贴的通知"
    document = read(at / "报告" / "甲.txt")
    assert (document.uri, document.text) == (str(at / "报告" / "甲.txt"), TEXT.strip())


def test_a_part_of_an_archive_can_be_named(tmp_path: Path) -> None:
    at = tmp_path / "归档.zip"
    at.write_bytes(packed({"报告/甲.txt": TEXT, "其他/乙.txt": TEXT}))
    assert find_files([at]).files == (at / "其他" / "乙.txt", at / "报告" / "甲.txt")
    assert find_files([at / "报告"]).files == find_files([at / "报告" / "甲.txt"]).files == (at / "报告" / "甲.txt",)
    with pytest.raises(SourceError, match="压缩包里没有这个文件"):
        find_files([at / "丙.txt"])
    with pytest.raises(SourceError, match=r"丙\.txt.*不见了"):
        read(at / "丙.txt")


def test_names_of_chinese_windows_and_paths_that_lead_out(tmp_path: Path) -> None:
    name = "通知.txt".encode("gbk").decode("cp437")
    raw = packed({"AAAA.txt": TEXT, "../../外.txt": TEXT, "/根.txt": TEXT})
    raw = raw.replace(b"AAAA.txt", name.encode("cp437"))
    (tmp_path / "归档.zip").write_bytes(raw)
    found = find_files([tmp_path])
    assert {str(path.relative_to(tmp_path)) for path in found.files} == {
        "归档.zip/通知.txt",
        "归档.zip/外.txt",
        "归档.zip/根.txt",
    }
    assert all(read(path).text == TEXT.strip() for path in found.files)


def test_a_change_inside_is_seen(tmp_path: Path) -> None:
    at = tmp_path / "归档.zip"
    at.write_bytes(packed({"甲.txt": TEXT}))
    before, digest = stat_of(at / "甲.txt"), sha256_of(at / "甲.txt")
    assert before.size == len(TEXT.encode())
    assert stat_of(at / "甲.txt") == before
    assert read(at / "甲.txt").sha256 == digest
    at.write_bytes(packed({"甲.txt": TEXT.replace("八", "九")}))
    os.utime(at, ns=(0, before.mtime_ns + 10))
    assert stat_of(at / "甲.txt") != before
    assert "百分之九" in read(at / "甲.txt").text
    assert stat_of(at).size == at.stat().st_size
    with pytest.raises(OSError, match="没有这个文件"):
        stat_of(at / "乙.txt")


def test_locked_damaged_and_huge_ones_are_told_in_a_line_each(tmp_path: Path) -> None:
    locked = bytearray(packed({"甲.txt": TEXT}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    (tmp_path / "锁.zip").write_bytes(locked)
    (tmp_path / "坏.zip").write_bytes(packed({"甲.txt": TEXT})[:-30])
    (tmp_path / "弹.zip").write_bytes(packed({"甲.txt": b"0" * 30_000_000}))
    found = find_files([tmp_path])
    assert found.files == ()
    told = {Path(each.path).name: each.reason for each in found.passed_over}
    assert told["锁.zip"].startswith("压缩包有密码，请")
    assert told["坏.zip"].startswith("文件损坏")
    assert "压缩炸弹" in told["弹.zip"]


def test_what_a_file_is_shows_in_its_bytes_where_its_name_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "公报").write_bytes(b"%PDF-1.4\n")
    (tmp_path / "网页.dat").write_bytes(b"<!DOCTYPE html><html><body><p>\xe7\x94\xb2</p></body></html>")
    (tmp_path / "说明.dat").write_text(TEXT, encoding="utf8")
    (tmp_path / "包").write_bytes(packed({"OFD.xml": "<a/>"}))
    (tmp_path / "归档.zip").write_bytes(packed({"公报": b"%PDF-1.4\n", "程序": b"\x7fELF"}))
    found = find_files([tmp_path])
    assert {path.name for path in found.files} == {"公报", "网页.dat", "包"}
    assert len(found.files) == 4
    assert {Path(each.path).name: each.kind for each in found.passed_over} == {
        "说明.dat": ".dat",
        "程序": "没有扩展名的文件",
    }


def test_a_linked_folder_is_walked_once_where_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "外").mkdir()
    (tmp_path / "外" / "甲.txt").write_text(TEXT, encoding="utf8")
    (tmp_path / "内").mkdir()
    (tmp_path / "内" / "链接").symlink_to(tmp_path / "外")
    (tmp_path / "外" / "回").symlink_to(tmp_path / "内")
    assert [each.kind for each in find_files([tmp_path / "内"]).passed_over] == ["文件夹的链接"]
    assert [path.name for path in find_files([tmp_path / "内"], follow_links=True).files] == ["甲.txt"]
