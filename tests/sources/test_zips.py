"""ZIP files and the XML in them: bounds, damage and passwords end as one clear line each"""

from __future__ import annotations

import io
import zipfile

import pytest

from sources.documents import SourceError
from sources.readers.packages.xml import parse_xml
from sources.readers.packages.zips import MAX_RATIO, open_zip


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return raw.getvalue()


def test_members_are_read_by_their_names() -> None:
    archive = open_zip(_zip({"word/a.xml": b"<a/>", "b.txt": b"b"}), uri="x.zip")
    assert archive.names == ["word/a.xml", "b.txt"]
    assert archive.read("b.txt") == b"b"
    assert "word/a.xml" in archive


def test_a_name_in_gbk_reads_as_it_was_written() -> None:
    raw = _zip({"AAAA.txt": "内容".encode()}).replace(b"AAAA", "通知".encode("gb18030"))
    assert open_zip(raw, uri="x.zip").names == ["通知.txt"]


def test_a_bomb_is_refused_by_what_it_would_unpack_to() -> None:
    raw = _zip({"a.xml": b"0" * 40_000_000})
    assert len(raw) * MAX_RATIO < 40_000_000
    with pytest.raises(SourceError, match=r"x\.docx: .*压缩炸弹"):
        open_zip(raw, uri="x.docx")


def test_a_member_never_gives_more_than_it_declares() -> None:
    raw = _zip({"a.xml": b"0" * 100_000})
    lied = raw.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(SourceError, match="损坏"):
        open_zip(lied, uri="x.docx").read("a.xml")


@pytest.mark.parametrize("cut", [30, 200])
def test_a_truncated_file_says_so(cut: int) -> None:
    with pytest.raises(SourceError, match="损坏或不完整"):
        open_zip(_zip({"a.xml": b"<a/>", "b.xml": b"<b/>"})[:cut], uri="x.docx")


def test_damaged_and_missing_members_are_named() -> None:
    raw = _zip({"a.xml": b"<a>some text</a>"}, zipfile.ZIP_STORED).replace(b"some", b"xxxx")
    archive = open_zip(raw, uri="x.docx")
    with pytest.raises(SourceError, match=r"a\.xml"):
        archive.read("a.xml")
    with pytest.raises(SourceError, match=r"缺少 b\.xml"):
        archive.read("b.xml")


def test_entities_are_neither_grown_nor_fetched() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "lol"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><r>z&b;&x;</r>'
    root = parse_xml(bomb, uri="x")
    assert "lol" not in "".join(root.itertext())
    assert "root" not in "".join(root.itertext())


def test_a_stray_control_character_costs_nothing_else() -> None:
    assert "".join(parse_xml("<r>前\x01后</r>".encode(), uri="x").itertext()) == "前后"


@pytest.mark.parametrize("raw", [b"", b"plain words", b"<a>" * 1000, b"<a>" + b"x" * 10_500_000 + b"</a>"])
def test_what_is_no_xml_or_without_end_is_an_error(raw: bytes) -> None:
    with pytest.raises(SourceError, match=r"里面的 part\.xml 读不出来"):
        parse_xml(raw, uri="x", part="part.xml")
