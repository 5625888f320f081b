"""Electronic books, made by hand: chapters in the order of the spine"""

from __future__ import annotations

import io
import zipfile

import pytest

from sources.documents import SourceError
from sources.parts import Line
from sources.readers.epub import read_epub

_CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/a.opf"/></rootfiles></container>'
_PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
<dc:title>节水读本</dc:title><dc:creator>水利局</dc:creator><dc:date>2024-05-01T00:00:00Z</dc:date></metadata><manifest>
<item id="two" href="Text/2%20b.html"/><item id="one" href="Text/1.html"/><item id="list" href="Text/list.html"/>
<item id="nav" href="nav.html" properties="nav"/></manifest>
<spine><itemref idref="nav"/><itemref idref="list"/><itemref idref="one"/><itemref idref="two"/></spine></package>"""
_LIST = "".join(f'<p><a href="{number}.html">第{number}章</a></p>' for number in range(4))


def _book(**more: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": _CONTAINER,
            "OEBPS/a.opf": _PACKAGE,
            "OEBPS/nav.html": "<html><body><p>导航</p></body></html>",
            "OEBPS/Text/list.html": f"<html><body>{_LIST}</body></html>",
            "OEBPS/Text/2 b.html": "<html><body><h1>第二章</h1><p>用水要计量。</p></body></html>",
            "OEBPS/Text/1.html": "<html><body><h1>第一章</h1><p>节约每一滴水。</p></body></html>",
            **{name.replace("__", "/"): text for name, text in more.items()},
        }.items():
            archive.writestr(name, text)
    return raw.getvalue()


def test_chapters_come_in_the_order_of_the_spine_without_lists_of_them() -> None:
    parsed = read_epub(_book(), uri="x.epub")
    assert [part.text for part in parsed.parts if isinstance(part, Line)] == [
        "第一章", "节约每一滴水。", "第二章", "用水要计量。",
    ]  # fmt: skip
    assert [each.reason for each in parsed.dropped] == ["目录"]


def test_the_book_states_what_it_is() -> None:
    parsed = read_epub(_book(), uri="x.epub")
    assert parsed.stated == {"title": "节水读本", "publisher": "水利局", "published": "2024-05-01"}
    assert parsed.trusted


def test_a_locked_book_says_so() -> None:
    locked = "<encryption><CipherReference URI='OEBPS/Text/1.html'/></encryption>"
    with pytest.raises(SourceError, match="DRM"):
        read_epub(_book(**{"META-INF__encryption.xml": locked}), uri="x.epub")


def test_a_book_without_its_list_says_so() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    with pytest.raises(SourceError, match="不完整"):
        read_epub(raw.getvalue(), uri="x.epub")
