"""Slides (.pptx): each slide a page, read as one looks at it, from the top, and in a row from the left"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sources.documents import SourceError
from sources.parts import Box, Dropped, Grid, GridCell, Line, Parsed, Part
from sources.readers.packages.ole import refuse_locked
from sources.readers.packages.zips import open_zip
from sources.readers.pictures.embedded import Pictures
from sources.readers.steps import step
from sources.readers.word.charts import chart_grid

_ROW_SHARE = 0.5
"""Shapes stand in one row where they share this much of the height of the lower one."""
_LEAST_SLIDES = 3
"""A line that stands at one place of at least this many slides, and of a third of all, is a running head."""
_PLACE_STEPS = 50
"""Places are compared in steps of this part of the slide's height and width."""
_LEAST_TITLE_CHARS = 4
_MOST_TITLE_LINES = 3
_MOST_TITLE_CHARS = 80
_MOST_GROUPS = 20
"""Groups within groups."""
_DGM_DATA = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """What stands in one shape of a slide, and where, in shares of the slide."""

    parts: tuple[Part, ...]
    left: float
    top: float
    right: float
    bottom: float
    title: bool = False
    furniture: bool = False
    """Whether it is a placeholder for a date, a footer or the slide's number."""
    size: int = 0
    """Of its largest characters, in hundredths of a point, as far as the shape itself says it."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """How the coordinates in a group become shares of the slide: x * across + left, y * down + top."""

    across: float
    left: float
    down: float
    top: float


def read_pptx(raw: bytes, *, uri: str) -> Parsed:
    """The slides with their tables, the values of their charts, the text of their pictures and their notes; what
    repeats on the slides is dropped. Raises SourceError for a file with a password, and for a damaged one."""
    from lxml.etree import LxmlError
    from pptx.exc import PythonPptxError

    refuse_locked(raw, uri=uri)
    open_zip(raw, uri=uri)  # python-pptx would unpack whatever there is
    try:
        return _deck(raw)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        PythonPptxError,
        LxmlError,
        LookupError,
        ValueError,
        AttributeError,
        OSError,
        TypeError,
    ) as error:
        # python-pptx looks at a part when it is asked for, and takes for granted what it should hold.
        raise SourceError(uri, "幻灯片文件损坏，读不完", "请用 PowerPoint 或 WPS 打开后另存一份") from error


def _deck(raw: bytes) -> Parsed:
    from pptx import Presentation

    deck = Presentation(io.BytesIO(raw))
    width, height = int(deck.slide_width or 0) or 1, int(deck.slide_height or 0) or 1
    pictures = Pictures()
    slides: list[list[_Item]] = []
    notes: list[list[Part]] = []
    hidden = 0
    for page, slide in enumerate(deck.slides, 1):
        frame = _Frame(1 / width, 0.0, 1 / height, 0.0)
        items = [*_items(slide.shapes, frame, page, pictures, 0)]
        slides.append(_in_order(_with_title(items) if page == 1 else items))
        notes.append([*_notes(slide, page)])
        hidden += slide._element.get("show") in {"0", "false"}
        step(page, len(deck.slides))  # pictures on it may have taken seconds each
    parts: list[Part] = []
    dropped: list[Dropped] = []
    running = _running(slides)
    for items, noted in zip(slides, notes, strict=True):
        for item in items:
            for part in item.parts:
                if isinstance(part, Line) and (item.furniture or _key(item, part) in running):
                    dropped.append(Dropped(part.text, "每页重复的页眉或页脚", part.page))
                else:
                    parts.append(part)
        parts += noted
    properties = deck.core_properties
    title = (properties.title or "").strip()
    return Parsed(
        tuple(parts),
        stated={"title": title} if title else {},
        stated_by="文件属性",
        pages=len(slides),
        dropped=tuple(dropped),
        notices=(*([f"有 {hidden} 张幻灯片放映时是隐藏的，也读了。"] if hidden else []), *pictures.notices()),
    )


def _items(shapes: Iterable[Any], frame: _Frame, page: int, pictures: Pictures, depth: int) -> Iterator[_Item]:
    for shape in shapes:
        if shape.shape_type is not None and shape.shape_type == 6 and depth < _MOST_GROUPS:  # a group
            yield from _items(shape.shapes, _inner(shape, frame), page, pictures, depth + 1)
            continue
        left, top = float(shape.left or 0), float(shape.top or 0)
        right, bottom = left + float(shape.width or 0), top + float(shape.height or 0)
        placed = _Item(
            (),
            left * frame.across + frame.left,
            top * frame.down + frame.top,
            right * frame.across + frame.left,
            bottom * frame.down + frame.top,
        )
        role = _role(shape)
        box = _box(placed, page)
        parts = tuple(_parts(shape, page, box, pictures, title=role == "title"))
        if parts:
            sizes = (each.get("sz", "") for each in shape._element.iter(f"{_A}rPr"))
            size = max((int(size) for size in sizes if size.isdecimal()), default=0)
            yield replace(placed, parts=parts, title=role == "title", furniture=role == "furniture", size=size)


def _inner(group: Any, frame: _Frame) -> _Frame:
    """The frame of what stands in a group, which has coordinates of its own."""
    transform = group._element.grpSpPr.find(f"{_A}xfrm")
    inside = None if transform is None else transform.find(f"{_A}chOff")
    extent = None if transform is None else transform.find(f"{_A}chExt")
    if inside is None or extent is None:
        return frame
    wide, high = float(extent.get("cx", 0)) or 1.0, float(extent.get("cy", 0)) or 1.0
    across, down = float(group.width or wide) / wide, float(group.height or high) / high
    left = float(group.left or 0) - float(inside.get("x", 0)) * across
    top = float(group.top or 0) - float(inside.get("y", 0)) * down
    return _Frame(
        across * frame.across, left * frame.across + frame.left, down * frame.down, top * frame.down + frame.top
    )


def _role(shape: Any) -> str:
    """Whether a shape holds the slide's title, its date, footer or number, or something else."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    if not shape.is_placeholder:
        return ""
    kind = shape.placeholder_format.type
    if kind in {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE}:
        return "title"
    if kind in {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER, PP_PLACEHOLDER.SLIDE_NUMBER}:
        return "furniture"
    return ""


def _parts(shape: Any, page: int, box: Box | None, pictures: Pictures, *, title: bool) -> Iterator[Part]:
    if getattr(shape, "has_table", False):
        yield from _table(shape.table, page)
    elif getattr(shape, "has_chart", False):
        grid = chart_grid(shape.chart._chartSpace, page=page)
        if grid is not None:
            yield grid
    elif getattr(shape, "has_text_frame", False) and shape.text_frame.text.strip():
        paragraphs = [text for each in shape.text_frame.paragraphs if (text := _text(each))]
        if title:
            yield Line(_joined(paragraphs), page=page, box=box, level=1 if page == 1 else 2)
            return
        for text in paragraphs:
            yield Line(text, page=page, box=box, whole=True)
    elif (raw := _picture(shape)) is not None:
        for text in pictures.text(raw):
            yield Line(text, page=page, box=box)
    else:
        for text in _diagram(shape):
            yield Line(text, page=page, box=box, whole=True)


def _text(paragraph: Any) -> str:
    """A paragraph of a shape, with a space where its line was broken by hand between words, and none within Chinese."""
    return _joined([piece for piece in map(str.strip, paragraph.text.replace("\v", "\n").split("\n")) if piece])


def _joined(pieces: Sequence[str]) -> str:
    text = pieces[0] if pieces else ""
    for piece in pieces[1:]:
        text += f" {piece}" if text[-1].isascii() or piece[0].isascii() else piece
    return text


def _table(table: Any, page: int) -> Iterator[Part]:
    cells: list[GridCell] = []
    for row in range(len(table.rows)):
        for column in range(len(table.columns)):
            try:
                cell = table.cell(row, column)
            except IndexError:
                continue  # the row is short
            if cell.is_spanned:
                continue
            rows, columns = (cell.span_height, cell.span_width) if cell.is_merge_origin else (1, 1)
            rows, columns = min(rows, len(table.rows) - row), min(columns, len(table.columns) - column)
            heads = bool(table.first_row) and row == 0
            text = "\n".join(filter(None, map(_text, cell.text_frame.paragraphs)))
            cells.append(GridCell(row, column, text, rows, columns, heads=heads))
    if any(cell.text for cell in cells):
        yield Grid(tuple(cells), page=page)


def _picture(shape: Any) -> bytes | None:
    try:
        return bytes(shape.image.blob)
    except (AttributeError, KeyError, ValueError):
        return None  # no picture, or one that lies outside of the file


def _diagram(shape: Any) -> list[str]:
    """The texts of a SmartArt diagram, point by point."""
    from lxml.etree import LxmlError
    from pptx.exc import PythonPptxError

    from sources.readers.packages.xml import parse_xml

    found = next(shape._element.iter(f"{_DGM}relIds"), None)
    if found is None:
        return []
    reference = found.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm", "")
    try:
        root = parse_xml(shape.part.related_part(reference).blob, uri="")
    except (KeyError, SourceError, PythonPptxError, LxmlError):
        return []
    texts = ("".join(text.text or "" for text in point.iter(f"{_A}t")).strip() for point in root.iter(f"{_DGM}pt"))
    return [text for text in texts if text]


def _notes(slide: Any, page: int) -> Iterator[Part]:
    if not slide.has_notes_slide or slide.notes_slide.notes_text_frame is None:
        return
    lines = [text for each in slide.notes_slide.notes_text_frame.paragraphs if (text := _text(each))]
    for at, text in enumerate(lines):
        yield Line(f"备注：{text}" if at == 0 else text, page=page, whole=True)


def _box(item: _Item, page: int) -> Box | None:
    left, top, right, bottom = (min(1.0, max(0.0, edge)) for edge in (item.left, item.top, item.right, item.bottom))
    return Box(page, left, top, right, bottom) if left < right and top < bottom else None


def _with_title(items: list[_Item]) -> list[_Item]:
    """The items of the first slide, the one in the largest letters as its title where no placeholder is for it."""
    largest = max(items, key=lambda item: (item.size, -item.top), default=None)
    if largest is None or any(item.title for item in items):
        return items
    lines = [part for part in largest.parts if isinstance(part, Line)]
    text = _joined([line.text for line in lines])
    if len(lines) > _MOST_TITLE_LINES or not _LEAST_TITLE_CHARS <= len(text) <= _MOST_TITLE_CHARS:
        return items
    if sum(item.size == largest.size for item in items) * 2 > len(items):  # nothing stands out
        return items
    title = replace(largest, parts=(replace(lines[0], text=text, level=1, whole=False),))
    return [title if item is largest else item for item in items]


def _in_order(items: Sequence[_Item]) -> list[_Item]:
    """Titles, then cards and single shapes in rows from the top, each row from the left."""
    titles = [item for item in items if item.title]
    units = _cards([item for item in items if not item.title])
    return titles + [item for unit in _in_rows([*units]) for item in units[unit]]


def _cards(items: Sequence[_Item]) -> dict[_Item, list[_Item]]:
    """What is read in one go, by the item that stands for all of it in the order of rows.

    A card is a stack of shapes of one width that touch, with another such stack of its width beside it. Where columns
    differ in width they are those of labels and their values, which are read row by row.
    """
    columns: dict[tuple[int, int], list[_Item]] = {}
    for item in sorted(items, key=lambda item: item.top):
        place = (round(item.left * _PLACE_STEPS), round((item.right - item.left) * _PLACE_STEPS))
        columns.setdefault(place, []).append(item)
    stacks: dict[tuple[int, int], list[list[_Item]]] = {}
    units: dict[_Item, list[_Item]] = {}
    for (_, width), column in columns.items():
        stack: list[_Item] = []
        for item in column:
            if stack and item.top - stack[-1].bottom > item.bottom - item.top:
                stacks.setdefault((width, round(stack[0].top * _PLACE_STEPS)), []).append(stack)
                stack = []
            stack.append(item)
        stacks.setdefault((width, round(stack[0].top * _PLACE_STEPS)), []).append(stack)
    for beside in stacks.values():
        for stack in beside:
            if len(beside) > 1 and len(stack) > 1:
                whole = replace(stack[0], bottom=max(item.bottom for item in stack))
                units[whole] = stack
            else:
                units.update({item: [item] for item in stack})
    return units


def _in_rows(items: Sequence[_Item]) -> list[_Item]:
    """Rows from the top, each from the left. What reaches over several rows stands at its top."""
    found: list[_Item] = []
    row: list[_Item] = []
    for item in sorted(items, key=lambda item: (item.top, item.left)):
        # Held against the first of the row: a staircase of shapes is no row.
        if row and not _beside(row[0], item):
            found += sorted(row, key=lambda each: each.left)
            row = []
        row.append(item)
    return found + sorted(row, key=lambda each: each.left)


def _beside(first: _Item, other: _Item) -> bool:
    shared = min(first.bottom, other.bottom) - max(first.top, other.top)
    least = min(first.bottom - first.top, other.bottom - other.top)
    return shared > 0 and shared >= least * _ROW_SHARE


def _key(item: _Item, line: Line) -> tuple[str, int, int]:
    return line.text, round(item.left * _PLACE_STEPS), round(item.top * _PLACE_STEPS)


def _running(slides: Sequence[Sequence[_Item]]) -> set[tuple[str, int, int]]:
    """The lines that stand at the same place of many slides."""
    counts: Counter[tuple[str, int, int]] = Counter()
    for items in slides:
        counts.update({_key(item, part) for item in items for part in item.parts if isinstance(part, Line)})
    return {key for key, count in counts.items() if count >= max(_LEAST_SLIDES, len(slides) / 3)}
