"""OFD, the format of Chinese official documents (GB/T 33190): a ZIP file of XML that says where each text stands.

OFD.xml names the documents in it; Document.xml their pages; a page holds <TextObject Boundary="x y w h" Size="5.6">
<TextCode X="0" Y="4.9" DeltaX="g 4 5.57">关于同意…</TextCode>, in millimetres from the top left corner.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sources.documents import SourceError
from sources.parts import Dropped, Line, Parsed, Part
from sources.readers.packages.xml import parse_xml
from sources.readers.packages.zips import Zip, open_zip
from sources.readers.pages.lattice import Rule, Word
from sources.readers.pages.layout import lines_and_grids
from sources.readers.pages.ofd_objects import Matrix, numbers, rules_of, words_of

_POINTS = 72 / 25.4
"""In a millimetre."""
_A4 = (0.0, 0.0, 210.0, 297.0)
_MAX_PAGES = 5_000
_MAX_DEPTH = 4
"""Of graphics made of other graphics."""
_MAX_OBJECTS = 200_000
"""Of a page, with those of the graphics that it shows."""
_FAINT_ALPHA = 128
_SHOWN_CHARS = 200
_ASK_AGAIN = "请从原处重新取得，或用 OFD 阅读器另存为 PDF"


def read_ofd(raw: bytes, *, uri: str) -> Parsed:
    """The lines and tables of an OFD file, page by page. Raises SourceError for one that is encrypted or damaged."""
    archive = open_zip(raw, uri=uri)
    package = _Package(archive)
    if any(name.lower().endswith("encryptions.xml") for name in archive.names):
        raise SourceError(uri, "OFD 文件加了密", "请先在 OFD 阅读器里打开，另存为不加密的文件")
    root = package.xml("OFD.xml")
    parts: list[Part] = []
    dropped: list[Dropped] = []
    empty: list[int] = []
    titles: list[str] = []
    count = 0
    for body in root.iterfind("{*}DocBody"):
        titles.append((body.findtext("{*}DocInfo/{*}Title") or "").strip())
        location = (body.findtext("{*}DocRoot") or "").strip()
        if not location:
            continue
        document = _document(package, location)
        for page in document.pages:
            if (count := count + 1) > _MAX_PAGES:
                raise SourceError(uri, f"页数超过 {_MAX_PAGES} 页的上限", "请拆成几个文件")
            found = _page(package, document, page, count, dropped)
            parts += found
            empty += [] if found else [count]
    if not count:
        raise SourceError(uri, "OFD 文件里没有页", _ASK_AGAIN)
    if not parts:
        raise SourceError(uri, "OFD 文件里只有图片，没有文字", "请用 OFD 阅读器另存为 PDF，会用文字识别来读")
    notices = tuple([f"第 {'、'.join(map(str, empty))} 页没有文字，可能是图片或空白页"] if empty else [])
    title = next(filter(None, titles), "")
    return Parsed(
        tuple(parts),
        {"title": title} if title else {},
        "文件属性",
        pages=count,
        dropped=tuple(dropped),
        notices=notices,
    )


@dataclass(slots=True)
class _Package:
    """The files of an OFD file."""

    archive: Zip
    lower: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.lower = {name.lower(): name for name in self.archive.names}

    def path(self, location: str, *, beside: str) -> str:
        """The name of the file that `location` means in the file `beside`."""
        location = location.strip().replace("\\", "/")
        near = posixpath.normpath(posixpath.join(posixpath.dirname(beside), location)).lstrip("/")
        whole = posixpath.normpath(location.lstrip("/"))
        wanted = (whole, near) if location.startswith("/") else (near, whole)
        # Some write paths of the file's root without the slash, or in other capitals.
        return next((self.lower[name.lower()] for name in wanted if name.lower() in self.lower), wanted[0])

    def xml(self, name: str) -> Any:
        return parse_xml(self.archive.read(self.lower.get(name.lower(), name)), uri=self.archive.uri, part=name)


@dataclass(slots=True)
class _Document:
    """A document of the file: OFD may hold several."""

    box: tuple[float, ...]
    pages: list[str]
    templates: Mapping[str, str]
    """ID of a template → its file."""
    graphics: Mapping[str, Any]
    """ID of a graphic that is shown in several places → its element."""
    shown: dict[str, int] = field(default_factory=dict)
    """Template → the first page that it stands on."""


def _document(package: _Package, location: str) -> _Document:
    name = package.path(location, beside="OFD.xml")
    root = package.xml(name)
    graphics: dict[str, Any] = {}
    for resources in root.iterfind("{*}CommonData/{*}DocumentRes"):
        place = package.path(resources.text or "", beside=name)
        if place in package.archive:
            for unit in package.xml(place).iterfind(".//{*}CompositeGraphicUnit"):
                graphics[unit.get("ID", "")] = unit
    return _Document(
        numbers(root.findtext("{*}CommonData/{*}PageArea/{*}PhysicalBox") or "", 4) or _A4,
        [package.path(page.get("BaseLoc", ""), beside=name) for page in root.iterfind("{*}Pages/{*}Page")],
        {
            each.get("ID", ""): package.path(each.get("BaseLoc", ""), beside=name)
            for each in root.iterfind("{*}CommonData/{*}TemplatePage")
        },
        graphics,
    )


def _page(package: _Package, document: _Document, name: str, number: int, dropped: list[Dropped]) -> list[Part]:
    root = package.xml(name)
    box = numbers(root.findtext("{*}Area/{*}PhysicalBox") or "", 4) or document.box
    left, top, width, height = (each * _POINTS for each in box)
    words: list[Word] = []
    rules: list[Rule] = []
    marks: list[str] = []
    hidden: list[str] = []
    contents = [root]
    for template in root.iterfind("{*}Template"):
        place = document.templates.get(template.get("TemplateID", ""), "")
        if place in package.archive:
            first = document.shown.setdefault(place, number)
            if first == number:
                contents.insert(0, package.xml(place))
            else:
                dropped.append(
                    Dropped(posixpath.basename(posixpath.dirname(place)), f"与第 {first} 页相同的底版", number)
                )
    matrix = Matrix(_POINTS, 0.0, 0.0, _POINTS, -left, -top)
    for each in contents:
        for element, at in _objects(each, matrix, document.graphics, package.archive.uri):
            kind = element.tag.rpartition("}")[2]
            if kind == "PathObject":
                rules += rules_of(element, at)
                continue
            found, slanted = words_of(element, at)
            text = "".join(word.text for word in found)
            if element.get("Visible", "true").lower() in ("false", "0"):
                hidden.append(text)
            elif slanted or _is_faint(element):
                marks.append(text)
            else:
                words += found
    for texts, reason in ((marks, "水印"), (hidden, "隐藏的内容")):
        if text := " ".join(filter(None, texts)):
            dropped.append(Dropped(text[:_SHOWN_CHARS], reason, number))
    return [
        part
        for part in lines_and_grids(words, rules, page=number, width=width, height=height)
        if not isinstance(part, Line) or part.text.strip()
    ]


def _objects(root: Any, matrix: Matrix, graphics: Mapping[str, Any], uri: str) -> Iterator[tuple[Any, Matrix]]:
    """The texts and drawings of a page, in the order in which they are drawn, each with what places it there."""
    count = 0
    stack: list[tuple[Iterator[Any], Matrix, int]] = [(_drawn(root), matrix, 0)]
    while stack:
        objects, at, depth = stack[-1]
        element = next(objects, None)
        if element is None:
            stack.pop()
            continue
        if (count := count + 1) > _MAX_OBJECTS:
            raise SourceError(uri, f"一页上有超过 {_MAX_OBJECTS} 个图形", _ASK_AGAIN)
        if not element.tag.endswith("}CompositeObject"):
            yield element, at
        elif depth < _MAX_DEPTH and (unit := graphics.get(element.get("ResourceID", ""))) is not None:
            stack.append((_drawn(unit), Matrix.of(element).then(at), depth + 1))


def _drawn(root: Any) -> Iterator[Any]:
    contents = root.iterfind("{*}Content")
    for content in contents:
        yield from content.iter("{*}TextObject", "{*}PathObject", "{*}CompositeObject")


def _is_faint(element: Any) -> bool:
    """Whether what lies under it shows through: a watermark."""
    alpha = numbers(element.get("Alpha", ""), 1) or numbers(
        next((color.get("Alpha", "") for color in element.iterfind("{*}FillColor")), ""), 1
    )
    return bool(alpha) and alpha[0] < _FAINT_ALPHA
