"""The XML of a Word document: its names, in the older and the strict form of the standard, and its parts"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sources.readers.packages.xml import parse_xml
from sources.readers.packages.zips import Zip

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT = tuple(
    (f"http://purl.oclc.org/ooxml/{strict}".encode(), f"http://schemas.openxmlformats.org/{usual}".encode())
    for strict, usual in (
        ("wordprocessingml/main", "wordprocessingml/2006/main"),
        ("officeDocument/relationships", "officeDocument/2006/relationships"),
        ("officeDocument/math", "officeDocument/2006/math"),
        ("drawingml/", "drawingml/2006/"),
    )
)


@dataclass(frozen=True, slots=True)
class Related:
    """What a part of the file refers to."""

    kind: str
    """The last word of its type: header, image, aFChunk."""
    target: str
    """The name of the member that it is."""


def part_of(archive: Zip, name: str) -> Any:
    """The root element of a member. Raises SourceError where it is missing or damaged."""
    raw = archive.read(name)
    for strict, usual in _STRICT:
        raw = raw.replace(strict, usual)
    return parse_xml(raw, uri=archive.uri, part=name)


def related(archive: Zip, name: str) -> Mapping[str, Related]:
    """What the member `name` refers to inside of the file, by the id of the reference; "" stands for the file."""
    folder, base = posixpath.split(name)
    list_name = posixpath.join(folder, "_rels", f"{base}.rels")
    if list_name not in archive:
        return {}
    found: dict[str, Related] = {}
    for each in part_of(archive, list_name):
        if each.get("TargetMode") == "External" or not each.get("Target"):
            continue
        target = posixpath.normpath(posixpath.join("/", folder, each.get("Target"))).lstrip("/")
        found[each.get("Id", "")] = Related(each.get("Type", "").rpartition("/")[2], target)
    return found


def child(element: Any, name: str) -> Any | None:
    """The first child of this name in Word's own vocabulary."""
    return None if element is None else element.find(W + name)


def children(element: Any, name: str) -> Iterator[Any]:
    """All children of this name in Word's own vocabulary."""
    yield from element.iterfind(W + name)


def value(element: Any | None) -> str:
    """The element's w:val; "" where there is no such element."""
    return "" if element is None else element.get(f"{W}val", "")


def is_on(properties: Any | None, name: str) -> bool:
    """Whether a property that is either on or off is there and on."""
    found = child(properties, name)
    return found is not None and value(found) not in {"0", "false", "off"}
