"""Word documents (.docx): what a reader of the printed paper sees, in its order

Read from the XML itself: python-docx passes over text boxes, footnotes, fields, tracked changes, content controls and
the parts of other formats that programs put whole bodies into, and knows no list numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sources.documents import SourceError
from sources.parts import Dropped, Grid, GridCell, Line, Parsed, Part, Reader
from sources.readers.eml import content_of, leaves, message_of
from sources.readers.html import decoded, parts_of_page
from sources.readers.kinds import kind_of
from sources.readers.packages.ole import refuse_locked
from sources.readers.packages.zips import Zip, open_zip
from sources.readers.pictures.embedded import Pictures
from sources.readers.word.charts import chart_grid
from sources.readers.word.numbers import numbering_of
from sources.readers.word.runs import MC, Inline, Runs, chosen_of
from sources.readers.word.styles import Style, outline_level, styles_of
from sources.readers.word.titles import title_by_looks
from sources.readers.word.xml import R, W, child, children, is_on, part_of, related, value

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_HEADING_CHARS = 120
"""A heading longer than this is a paragraph that somebody gave the wrong style."""
_MOST_DEPTH = 3
"""Of documents within documents."""
_MOST_COLUMNS = 1_000
_FURNITURE = {"header": "页眉", "footer": "页脚", "comments": "批注"}
_GONE = frozenset({W + "del", W + "moveFrom"})


def read_docx(raw: bytes, *, uri: str, readers: Mapping[str, Reader] = MappingProxyType({})) -> Parsed:
    """What stands in a Word document, tracked changes accepted; headers, footers, comments and the table of contents
    are dropped; `readers`, by kind, read what is embedded whole. Raises SourceError for one with a password, and for a
    damaged one."""
    return _read(raw, uri, readers, 1)


def _read(raw: bytes, uri: str, readers: Mapping[str, Reader], depth: int) -> Parsed:
    refuse_locked(raw, uri=uri)
    archive = open_zip(raw, uri=uri)
    body = _Body(archive, readers, depth)
    parts = body.parts()
    return Parsed(
        tuple(parts),
        stated=_properties(archive),
        stated_by="文件属性",
        dropped=(*body.runs.gone(), *body.furniture()),
        notices=(*body.notices, *body.pictures.notices()),
    )


class _Body:
    """The text of one document, gathered from its first paragraph to the last."""

    def __init__(self, archive: Zip, readers: Mapping[str, Reader], depth: int) -> None:
        self._archive = archive
        self._readers = readers
        self._depth = depth
        offices = [each.target for each in related(archive, "").values() if each.kind == "officeDocument"]
        self._name = next((name for name in offices if name in archive), "word/document.xml")
        self._root = part_of(archive, self._name)
        self._related = related(archive, self._name)
        self._styles = styles_of(self._part("styles"))
        self._numbering = numbering_of(self._part("numbering"))
        self._notes = {
            (kind, each.get(W + "id", "")): each
            for kind in ("footnote", "endnote")
            if (root := self._part(f"{kind}s")) is not None
            for each in children(root, kind)
        }
        self._noted = 0
        self._carried: Inline | None = None
        """What stands before a paragraph whose end was deleted: it goes on in the next one."""
        kinds = [each.get(W + "fldCharType") for each in self._root.iter(W + "fldChar")]
        self.runs = Runs(self._styles, drop_contents=kinds.count("begin") == kinds.count("end"))
        body = child(self._root, "body")
        styled = any(self._style(each).title for each in self._root.iter(W + "p"))
        self._title = [] if styled or body is None else [*title_by_looks(body, self._styles)]
        """The paragraphs of a title that no style marks, until they are read."""
        self._title_lines: list[str] = []
        self._below_title = int(styled or bool(self._title))
        self.pictures = Pictures()
        self.notices: list[str] = []

    def parts(self) -> list[Part]:
        """Its lines and grids in reading order."""
        body = child(self._root, "body")
        found = [] if body is None else self._blocks(body)
        if self._carried is not None:
            found += self._lines(self._carried, 0)
        return found

    def furniture(self) -> list[Dropped]:
        """Headers, footers and comments, each text once."""
        found: dict[tuple[str, str], None] = {}
        for each in self._related.values():
            if each.kind in _FURNITURE and each.target in self._archive:
                root = part_of(self._archive, each.target)
                runs = Runs(self._styles, drop_contents=False)
                texts = [runs.inline(paragraph).text.strip() for paragraph in root.iter(W + "p")]
                found[("\n".join(filter(None, texts)), _FURNITURE[each.kind])] = None
        return [Dropped(text, reason) for text, reason in found if text]

    def _part(self, kind: str) -> Any | None:
        """The root of the part that the document refers to as `kind`; None where it has none."""
        names = [each.target for each in self._related.values() if each.kind == kind]
        return next((part_of(self._archive, name) for name in names if name in self._archive), None)

    def _blocks(self, container: Any) -> list[Part]:
        found: list[Part] = []
        for element in container:
            tag = element.tag
            if tag == W + "p":
                found += self._paragraph(element)
            elif tag == W + "tbl":
                found += self._table(element)
            elif tag == W + "altChunk":
                found += self._chunk(element)
            elif tag in _GONE:
                self._drop(element, "删去的修订" if tag == W + "del" else "")
            elif tag == W + "sdt" and _is_contents(element):
                self._drop(element, "目录")
            elif tag == MC + "AlternateContent":
                chosen = chosen_of(element)
                found += [] if chosen is None else self._blocks(chosen)
            elif tag not in {W + "sectPr", W + "sdtPr"}:
                found += self._blocks(element)
        return found

    def _drop(self, element: Any, reason: str) -> None:
        """Leave out all that stands in the element, telling it where a reason is given."""
        for paragraph in element.iter(W + "p") if reason else ():
            self.runs.drop("".join(text.text or "" for text in paragraph.iter(W + "t", W + "delText")) + "\n", reason)

    def _style(self, paragraph: Any) -> Style:
        return self._styles.get(value(child(child(paragraph, "pPr"), "pStyle"))) or self._styles[""]

    def _paragraph(self, paragraph: Any, *, in_cell: bool = False) -> list[Part]:
        properties = child(paragraph, "pPr")
        style = self._style(paragraph)
        in_contents = style.contents or self.runs.in_contents()
        inline = self.runs.inline(paragraph, into=self._carried)
        self._carried = None
        mark = child(properties, "rPr")
        if child(mark, "del") is not None and not in_cell:  # its end was deleted: it goes on in the next one
            self._carried = inline
            return []
        if in_contents and not inline.placed:
            self.runs.drop(f"{inline.text}\n", "目录")
            return []
        number, item = self._number(properties, style)
        if number and (inline.text.strip() or in_cell):
            inline.texts.insert(0, number)
        if self._title and paragraph is self._title[0]:
            self._title.pop(0)
            self._title_lines += [piece for piece in map(_closed_up, inline.text.split("\n")) if piece]
            inline.texts = [] if self._title else [_joined(self._title_lines)]
            return self._lines(inline, 0, title=True)
        level = outline_level(properties)
        return self._lines(inline, style.level if level is None else level, item=item, title=style.title)

    def _number(self, properties: Any | None, style: Style) -> tuple[str, bool]:
        """What its list prints before a paragraph, and whether that is a mere bullet."""
        counted = child(properties, "numPr")
        own, depth = value(child(counted, "numId")), value(child(counted, "ilvl"))
        number = own or style.number
        if number in {"", "0"}:
            return "", False
        if depth.isdecimal():
            return self._numbering.printed(number, int(depth))
        if own or style.depth is None:
            named = value(child(properties, "pStyle"))
            return self._numbering.printed(number, self._numbering.level_of_style(number, named))
        return self._numbering.printed(number, style.depth)

    def _lines(self, inline: Inline, level: int, *, item: bool = False, title: bool = False) -> list[Part]:
        """A paragraph, and what is anchored in it, after it."""
        pieces = [piece for piece in map(str.strip, inline.text.split("\n")) if piece]
        text = _joined(pieces)
        found: list[Part] = []
        if pieces and (level or title) and len(text) <= _HEADING_CHARS and not text.endswith(("。", "；", ";")):
            found.append(Line(text, level=1 if title else level + self._below_title))
        elif len(pieces) == 1:
            found.append(Line(text, whole=True, item=item))
        else:  # lines ended by hand: paragraphs, as pages of the web bring them, or lines broken to fit
            found += [Line(piece, item=item and not at) for at, piece in enumerate(pieces)]
        for kind, what in inline.placed:
            if kind == "box":
                found += self._blocks(what)
            elif kind in {"footnote", "endnote"}:
                found += self._note(kind, what)
            else:
                found += self._drawn(kind, what)
        return found

    def _note(self, kind: str, name: str) -> list[Part]:
        note = self._notes.pop((kind, name), None)  # taken out: a note that refers to itself would never end
        if note is None:
            return []
        self._noted += 1
        mark = f"注{self._noted}："
        inside = self._blocks(note)
        text = "\n".join(part.text for part in inside if isinstance(part, Line))
        return [Line(mark + text.strip(), whole=True)] if text.strip() else []

    def _drawn(self, kind: str, reference: str) -> list[Part]:
        target = self._related.get(reference)
        if target is None or target.target not in self._archive:
            return []
        if kind == "picture":
            return [Line(text) for text in self.pictures.text(self._archive.read(target.target))]
        root = part_of(self._archive, target.target)
        if kind == "chart":
            grid = chart_grid(root)
            return [] if grid is None else [grid]
        points = (("".join(text.text or "" for text in each.iter(_A + "t"))) for each in root.iter(_DGM + "pt"))
        return [Line(text, whole=True) for text in points if text.strip()]

    def _chunk(self, element: Any) -> list[Part]:
        """A file of another format that stands in the body: some programs put the whole body there."""
        target = self._related.get(element.get(R + "id", ""))
        if target is None or self._depth >= _MOST_DEPTH:
            return []
        raw = self._archive.read(target.target)
        kind = kind_of(raw, suffix=f".{target.target.rpartition('.')[2]}")
        uri = f"{self._archive.uri}（{target.target}）"
        if kind == "docx":
            parsed = _read(raw, uri, self._readers, self._depth + 1)
        elif kind == "mhtml":
            parsed = Parsed(tuple(_page_in(raw, uri)))
        elif kind == "html":
            parsed = Parsed(tuple(parts_of_page(decoded(raw, uri=uri))))
        elif kind in {"txt", "doc"} and kind in self._readers:
            parsed = self._readers[kind](raw, uri=uri)
        else:
            self.notices.append(f"其中嵌入的 {target.target} 没有读，因为还不能读这种格式。")
            return []
        for each in parsed.dropped:
            self.runs.drop(f"{each.text}\n", each.reason)
        self.notices += parsed.notices
        return list(parsed.parts)

    def _table(self, table: Any) -> list[Part]:
        """A grid, then the grids that stand in its cells; what stands in a table of one cell is set in a frame only."""
        places = [(row, column, width, cell) for row, column, width, cell in _places(table)]
        real = [place for place in places if not _goes_on(place[3])]
        if len(real) == 1:
            return self._blocks(real[0][3])
        inner: list[Part] = []
        cells: dict[tuple[int, int], GridCell] = {}
        above: dict[int, tuple[int, int]] = {}
        """Of each column, the cell that a cell merged with the one above goes on with."""
        heads = _head_rows(table)
        for row, column, width, element in places:
            text, nested = self._cell(element)
            inner += nested
            start = above.get(column)
            if _goes_on(element) and start in cells:
                cell = cells[start]
                joined = f"{cell.text}\n{text}" if text else cell.text
                cells[start] = GridCell(
                    cell.row, cell.column, joined, row - cell.row + 1, cell.columns, heads=cell.heads
                )
                continue
            cells[row, column] = GridCell(row, column, text, columns=width, heads=row < heads)
            for at in range(column, column + width):
                above[at] = (row, column)
        if any(cell.text for cell in cells.values()):
            inner.insert(0, Grid(tuple(cells.values())))
        return inner

    def _cell(self, cell: Any) -> tuple[str, list[Part]]:
        """The text of a cell, and the grids that stand in it."""
        texts: list[str] = []
        grids: list[Part] = []
        for element in _flat(cell):
            if element.tag == W + "p":
                inside = self._paragraph(element, in_cell=True)
            elif element.tag == W + "tbl":
                inside = self._table(element)
            else:
                inside = self._chunk(element)
            texts += [part.text for part in inside if isinstance(part, Line)]
            grids += [part for part in inside if isinstance(part, Grid)]
        return "\n".join(texts), grids


def _joined(pieces: Sequence[str]) -> str:
    """The lines of a heading as one, with a space between words of English only."""
    text = ""
    for piece in pieces:
        apart = text and text[-1].isascii() and piece[0].isascii()
        text += f" {piece}" if apart else piece
    return text


def _closed_up(text: str) -> str:
    """A line of a title whose characters were set apart, 通　知, with them together again."""
    words = text.split()
    return "".join(words) if all(len(word) == 1 and not word.isascii() for word in words) else text.strip()


def _flat(container: Any) -> Iterator[Any]:
    """The paragraphs, tables and chunks of a cell, out of what wraps them."""
    for element in container:
        if element.tag in {W + "p", W + "tbl", W + "altChunk"}:
            yield element
        elif element.tag == MC + "AlternateContent":
            chosen = chosen_of(element)
            yield from () if chosen is None else _flat(chosen)
        elif element.tag not in _GONE and element.tag not in {W + "tcPr", W + "sdtPr"}:
            yield from _flat(element)


def _named(container: Any, name: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, out of what wraps them."""
    for element in container:
        if element.tag == W + name:
            yield element
        elif element.tag in {W + "sdt", W + "sdtContent", W + "customXml", W + "ins", W + "moveTo"}:
            yield from _named(element, name)


def _rows(table: Any) -> Sequence[Any]:
    """The rows that are still there once changes are accepted."""
    return [row for row in _named(table, "tr") if child(child(row, "trPr"), "del") is None]


def _head_rows(table: Any) -> int:
    """How many rows at the top are printed again on each page."""
    count = 0
    for row in _rows(table):
        if not is_on(child(row, "trPr"), "tblHeader"):
            break
        count += 1
    return count


def _places(table: Any) -> Iterator[tuple[int, int, int, Any]]:
    """Row, column, columns that it spans and element of each cell, from the top."""
    for number, row in enumerate(_rows(table)):
        column = _count(child(child(row, "trPr"), "gridBefore"), 0)
        for cell in _named(row, "tc"):
            width = _count(child(child(cell, "tcPr"), "gridSpan"), 1)
            if column + width > _MOST_COLUMNS:
                break
            yield number, column, width, cell
            column += width


def _count(element: Any | None, default: int) -> int:
    text = value(element)
    return min(int(text), _MOST_COLUMNS) if text.isdecimal() else default


def _goes_on(cell: Any) -> bool:
    """Whether it is merged with the cell above."""
    merged = child(child(cell, "tcPr"), "vMerge")
    return merged is not None and value(merged) != "restart"


def _is_contents(control: Any) -> bool:
    """Whether a content control holds a table of contents, its heading too."""
    gallery = child(child(child(control, "sdtPr"), "docPartObj"), "docPartGallery")
    return value(gallery) == "Table of Contents"


def _page_in(raw: bytes, uri: str) -> list[Part]:
    """All of the page that was saved as MHTML: as part of a document it has no menus to be left out."""
    for part in leaves(message_of(raw, uri=uri)):
        if part.get_content_type() in {"text/html", "application/xhtml+xml"}:
            return parts_of_page(decoded(content_of(part), uri=uri, charset=str(part.get_content_charset() or "")))
    return []


def _properties(archive: Zip) -> dict[str, str]:
    """The title that the file's properties give, often that of the document it was made from."""
    names = [each.target for each in related(archive, "").values() if each.kind == "core-properties"]
    for name in names:
        try:
            title = part_of(archive, name).findtext(_DC + "title") if name in archive else ""
        except SourceError:
            continue  # no reason to lose the text
        if title and title.strip():
            return {"title": title.strip()}
    return {}
