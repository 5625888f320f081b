"""Electronic books (.epub): the chapters in the order of the spine, without the pages that only lead to them"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from sources.documents import SourceError
from sources.parts import Dropped, Parsed, Part
from sources.readers.html import decoded, parts_of_page, tree_of
from sources.readers.packages.xml import parse_xml
from sources.readers.packages.zips import Zip, open_zip

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_LEAST_LINKS = 3
_LINKED_SHARE = 0.6
"""Of a page's characters that lead to other pages; where there are more, it is a table of contents."""


def read_epub(raw: bytes, *, uri: str) -> Parsed:
    """The chapters of a book, and its title, author and date as the book states them.

    Raises SourceError for a book that is locked to a reader's account, and for a damaged one.
    """
    archive = open_zip(raw, uri=uri)
    name = _package_name(archive)
    package = _xml(archive, name)
    names = _spine(package, posixpath.dirname(name), archive)
    locked = _locked(archive)
    parts: list[Part] = []
    dropped: list[Dropped] = []
    for each in names:
        if each in locked:
            raise SourceError(uri, "电子书有版权保护（DRM）", "请换用没有加密的版本")
        text = decoded(archive.read(each), uri=uri)
        if _leads_elsewhere(text):
            dropped.append(Dropped("\n".join(_text_of(text)), "目录"))
        else:
            parts += parts_of_page(text)
    return Parsed(tuple(parts), _stated(package), stated_by="电子书的书目信息", trusted=True, dropped=tuple(dropped))


def _package_name(archive: Zip) -> str:
    """The member that lists all others."""
    if _CONTAINER in archive:
        for each in _xml(archive, _CONTAINER).iter("{*}rootfile"):
            if (name := unquote(each.get("full-path", ""))) in archive:
                return name
    found = next((name for name in archive if name.lower().endswith(".opf")), None)
    if found is None:
        raise SourceError(archive.uri, "电子书不完整，里面没有目录文件（.opf）", "请从原处重新取得这个文件")
    return found


def _spine(package: Any, folder: str, archive: Zip) -> Sequence[str]:
    """The members that are read, one after the other; the navigation page of EPUB 3 apart."""
    items = {
        each.get("id", ""): posixpath.normpath(posixpath.join(folder, unquote(each.get("href", ""))))
        for each in package.iter("{*}item")
        if "nav" not in each.get("properties", "").split()
    }
    named = [items.get(each.get("idref", ""), "") for each in package.iter("{*}itemref")]
    return [name for name in dict.fromkeys(named) if name in archive]


def _xml(archive: Zip, name: str) -> Any:
    return parse_xml(archive.read(name), uri=archive.uri, part=name)


def _locked(archive: Zip) -> frozenset[str]:
    """The members that are encrypted; fonts often are, of which nothing is read."""
    if _ENCRYPTION not in archive:
        return frozenset()
    references = _xml(archive, _ENCRYPTION).iter("{*}CipherReference")
    return frozenset(unquote(each.get("URI", "")) for each in references)


def _leads_elsewhere(text: str) -> bool:
    """Whether a page is mostly links to other pages."""
    root = tree_of(text)
    if root is None:
        return False
    links = [each for each in root.iter("a") if each.get("href")]
    linked = sum(len("".join(each.itertext()).strip()) for each in links)
    body = next(root.iter("body"), root)
    length = sum(len(piece.strip()) for piece in body.itertext())
    return len(links) >= _LEAST_LINKS and linked >= length * _LINKED_SHARE


def _text_of(text: str) -> list[str]:
    root = tree_of(text)
    body = root if root is None else next(root.iter("body"), root)
    return [] if body is None else [stripped for piece in body.itertext() if (stripped := piece.strip())]


def _stated(package: Any) -> dict[str, str]:
    """What the book says of itself: the publisher, and where it names none the author, stands for both."""
    found: dict[str, str] = {}
    for key, names in (("title", ("title",)), ("publisher", ("publisher", "creator")), ("published", ("date",))):
        texts = [text for name in names for each in package.iter(f"{{*}}{name}") if (text := (each.text or "").strip())]
        if texts:
            found[key] = texts[0][:10] if key == "published" else texts[0]
    return found
