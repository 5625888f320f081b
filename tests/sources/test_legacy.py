"""Older Office files: read where LibreOffice is, refused with the way out where it isn't or a password keeps it shut"""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from docx import Document as Word

from sources.documents import SourceError
from sources.parts import Line
from sources.readers import legacy
from sources.readers.kinds import kind_of
from sources.readers.legacy import office, read_doc

_SECTOR = 512
_RTF = rb"{\rtf1\ansi{\b \u36890?\u30693?}\par \u21508?\u21306?\u21439?\u65288?\u24066?\u65289?\u65306?\par}"
_needs_office = pytest.mark.skipif(office() is None, reason="LibreOffice isn't installed")


def _ole(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams, each of 4,096 bytes or more so that none is a mini stream."""
    contents = {name: data.ljust(4096, b"\x00") for name, data in streams.items()}
    sectors: list[bytes] = [b"", b""]  # the allocation table and the directory
    table = [0xFFFFFFFD, 0xFFFFFFFE]
    entries = [_entry("Root Entry", 5, 1 if streams else 0xFFFFFFFF, 0xFFFFFFFE, 0)]
    for number, (name, data) in enumerate(contents.items(), 1):
        start = len(sectors)
        count = -(-len(data) // _SECTOR)
        sectors += [data[at * _SECTOR : (at + 1) * _SECTOR].ljust(_SECTOR, b"\x00") for at in range(count)]
        table += [*range(start + 1, start + count), 0xFFFFFFFE]
        right = number + 1 if number < len(contents) else 0xFFFFFFFF
        entries.append(_entry(name, 2, 0xFFFFFFFF, start, len(data), right))
    sectors[0] = b"".join(each.to_bytes(4, "little") for each in table).ljust(_SECTOR, b"\xff")
    sectors[1] = b"".join(entries).ljust(_SECTOR, b"\x00")
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    for number, size in ((0x3E, 2), (3, 2), (0xFFFE, 2), (9, 2), (6, 2), (0, 6), (0, 4), (1, 4), (1, 4), (0, 4)):
        head += number.to_bytes(size, "little")
    for number in (4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0):
        head += number.to_bytes(4, "little")
    return head.ljust(_SECTOR, b"\xff") + b"".join(sectors)


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = 0xFFFFFFFF) -> bytes:
    packed = (name + "\x00").encode("utf-16-le")
    links = b"".join(each.to_bytes(4, "little") for each in (0xFFFFFFFF, right, child))
    written = packed.ljust(64, b"\x00") + len(packed).to_bytes(2, "little") + bytes([kind, 1]) + links + bytes(36)
    return written + start.to_bytes(4, "little") + size.to_bytes(8, "little")


@pytest.mark.parametrize(
    "streams",
    [
        {"EncryptedPackage": b"", "EncryptionInfo": b""},
        {"WordDocument": bytes.fromhex("eca5c100000000000000") + b"\x00\x01"},
    ],
)
def test_a_password_is_named_before_anything_is_started(streams: dict[str, bytes]) -> None:
    with pytest.raises(SourceError, match=r"x\.doc: 有密码。请先用密码打开"):
        read_doc(_ole(streams), uri="x.doc")


def test_the_kind_is_told_by_the_streams_of_the_file_itself() -> None:
    assert kind_of(_ole({"WordDocument": "Workbook".encode("utf-16-le")}), suffix=".wps") == "doc"
    assert kind_of(_ole({"PowerPoint Document": b""}), suffix=".bin") == "ppt"


def test_without_libreoffice_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(legacy, "_PLACES", ())
    with pytest.raises(SourceError, match=r"x\.rtf: .*LibreOffice.*(?:apt install|brew install|download)"):
        read_doc(_RTF, uri="x.rtf")


def test_a_text_that_calls_itself_doc_is_read_as_text() -> None:
    (line,) = read_doc("关于供水的通知".encode("gb18030"), uri="x.doc").parts
    assert isinstance(line, Line)
    assert line.text == "关于供水的通知"


def test_one_that_takes_too_long_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    slow = tmp_path / "soffice"
    slow.write_text(f"#!/bin/sh\nsh -c 'sleep 2; echo late > {mark}' & wait\n")
    slow.chmod(0o755)
    monkeypatch.setattr(legacy, "office", lambda: str(slow))
    monkeypatch.setattr(legacy, "_TIMEOUT_S", 0.3)
    with pytest.raises(SourceError, match="没有读完"):
        read_doc(_RTF, uri="x.rtf")
    time.sleep(2.2)
    assert not mark.exists()


@_needs_office
def test_rich_text_is_read() -> None:
    assert [part.text for part in read_doc(_RTF, uri="x.rtf").parts if isinstance(part, Line)] == [
        "通知",
        "各区县（市）：",
    ]


def test_a_word_document_under_another_name_is_read_by_its_content() -> None:
    word = Word()
    word.add_paragraph("其实是新格式。")
    raw = io.BytesIO()
    word.save(raw)
    assert kind_of(raw.getvalue(), suffix=".wps") == "docx"


@_needs_office
def test_what_libreoffice_cannot_open_is_one_clear_line() -> None:
    with pytest.raises(SourceError, match="文件损坏"):
        read_doc(_ole({"WordDocument": b"no such thing"}), uri="x.doc")
