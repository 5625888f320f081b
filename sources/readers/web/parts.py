"""Elements of HTML to parts, in the order in which a browser shows them: paragraphs, headings, items, tables"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from sources.parts import Grid, GridCell, Line, Part

if TYPE_CHECKING:
    from lxml.etree import _Element

BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
"""What begins and ends a paragraph."""
LISTS = frozenset({"ol", "ul", "menu", "dir"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HEADING_CHARS = 120
"""A heading longer than this is a paragraph that somebody wanted large."""
_MAX_COLUMNS = 2_000
_MAX_PLACES = 500_000
"""Places of a table, merged ones filled in. What more it claims by merging isn't believed."""
_HAN = "\u3000-〿㐀-鿿＀-￯"
_SOURCE_BREAK = re.compile(rf"(?<=[{_HAN}])[ \t\f]*[\r\n][ \t\r\n\f]*(?=[{_HAN}])")
"""Where only the file's own line ends, which a browser would show as a space."""
_SPACE = re.compile(r"[ \t\r\n\f\xa0]+")
_OWN_MARK = re.compile(
    r"[（(]?(?:\d+|[一二三四五六七八九十百]+|[a-zA-Z])[)）.．、]|[①-⑳]|第[一二三四五六七八九十百\d]+[条章节款项]"
)
_RAISED = str.maketrans("0123456789+-−n()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ⁽⁾")
_LOWERED = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")
_CHINESE = "〇一二三四五六七八九"


def parts_of(
    root: _Element,
    *,
    gone: Container[_Element] = (),
    as_text: Container[_Element] = (),
    title: _Element | None = None,
) -> list[Part]:
    """What stands in `root` but not in the elements of `gone`.

    Tables of `as_text` only arrange text and become no grids; `title` is a heading of level 1, whatever its tag.
    """
    from lxml.etree import iterwalk

    writer = _Writer(title)
    closed: set[_Element] = set()  # what was passed by, or stands as a grid
    walker = iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            if element in gone:
                closed.add(element)
            elif element.tag == "table" and element not in as_text:
                closed.add(element)
                writer.flush()
                writer.parts += _table_parts(element, gone)
            if element in closed:
                walker.skip_subtree()
                continue
            writer.open(element)
            writer.add(element.text)
        else:
            if element not in closed:
                writer.close(element)
            closed.discard(element)
            if element is not root:
                writer.add(element.tail)
    writer.flush()
    return writer.parts


def text_of(element: _Element) -> str:
    """All the text in an element, in one line."""
    return tidy("".join(element.itertext()))


def tidy(text: str) -> str:
    """As a browser shows it: white space is one space, and none where the source breaks off between Chinese."""
    return _SPACE.sub(" ", _SOURCE_BREAK.sub("", text)).strip()


class _Writer:
    """Puts text together until its paragraph ends."""

    def __init__(self, title: _Element | None) -> None:
        self.parts: list[Part] = []
        self._title = title
        self._text: list[str] = []
        self._breaks = False  # whether the paragraph so far had a <br>
        self._levels: list[int] = []
        self._preformatted = 0
        self._lists: list[Iterator[str]] = []
        self._mark: str | None = None  # of the item that begins here
        self._script: list[dict[int, int]] = []  # for what is raised or lowered here

    def add(self, text: str | None) -> None:
        """More text of the paragraph."""
        if text:
            raised = self._script and len(text.strip()) <= 3 and text.strip().translate(_SCRIPT_MARKS) == ""
            self._text.append(text.translate(self._script[-1]) if raised else text)

    def open(self, element: _Element) -> None:
        """An element begins."""
        tag = str(element.tag)
        if tag == "br":
            if self._levels:
                self._text.append(" " if (self._text and self._text[-1][-1:].isascii()) else "")
            else:
                self.flush(at_break=True)
            return
        if tag in BLOCKS or element is self._title:
            self.flush()
        if element is self._title:
            self._levels.append(1)
        elif tag in _HEADINGS:
            self._levels.append(_HEADINGS[tag])
        elif tag in ("sup", "sub"):
            self._script.append(_RAISED if tag == "sup" else _LOWERED)
        elif tag == "pre":
            self._preformatted += 1
        elif tag in LISTS:
            self._lists.append(_marks(element))
        elif tag == "li":
            self._mark = next(self._lists[-1]) if self._lists else ""
            value = element.get("value") or ""
            if self._mark and value.isdecimal() and len(value) < 6:
                self._lists[-1] = _numbers(int(value) + 1, "1")
                self._mark = f"{value}. "

    def close(self, element: _Element) -> None:
        """An element ends."""
        tag = str(element.tag)
        if tag in BLOCKS or element is self._title:
            self.flush()
        if element is self._title or tag in _HEADINGS:
            self._levels.pop()
        elif tag in ("sup", "sub"):
            self._script.pop()
        elif tag == "pre":
            self._preformatted -= 1
        elif tag in LISTS:
            self._lists.pop()
            self._mark = None
        elif tag == "li":
            self._mark = None

    def flush(self, *, at_break: bool = False) -> None:
        """The paragraph ends here, or breaks to its next line."""
        raw, self._text = "".join(self._text), []
        broken, self._breaks = self._breaks or at_break, at_break
        if self._preformatted:
            self.parts += [Line(line.rstrip()) for line in raw.splitlines() if line.strip()]
            return
        if not (text := tidy(raw)):
            return
        if self._levels and len(text) <= _HEADING_CHARS:
            self.parts.append(Line(text, level=self._levels[-1], whole=True))
            return
        item = self._mark is not None
        if self._mark and not _OWN_MARK.match(text):
            text = self._mark + text
        self._mark = None
        indented = raw.lstrip("\r\n\t ").startswith(("\u3000", "\xa0\xa0"))
        self.parts.append(Line(f"\u3000{text}" if broken and indented else text, whole=not broken, item=item))


_SCRIPT_MARKS = dict.fromkeys((*_RAISED, *_LOWERED))


def _marks(element: _Element) -> Iterator[str]:
    """What a browser writes before each item: numbers before those of an ordered list, unless its style hides them."""
    style = "".join((element.get("style") or "").lower().split())
    if element.tag != "ol" or "list-style:none" in style or "list-style-type:none" in style:
        return _numbers(0, "")
    start = element.get("start") or ""
    form = "一" if re.search(r"list-style(?:-type)?:(?:cjk|simp-chinese|trad-chinese)", style) else element.get("type")
    return _numbers(int(start) if start.isdecimal() and len(start) < 6 else 1, form or "1")


def _numbers(start: int, form: str) -> Iterator[str]:
    number = start
    while True:
        if not form:
            yield ""
        elif form == "一" and 0 < number < 100:
            tens, ones = divmod(number, 10)
            text = ("" if tens < 2 else _CHINESE[tens]) + ("十" if tens else "") + (_CHINESE[ones] if ones else "")
            yield f"{text}、"
        elif form in "aA" and 0 < number <= 26:
            yield f"{chr(ord(form) + number - 1)}. "
        else:
            yield f"{number}. "
        number += 1


def _table_parts(table: _Element, gone: Container[_Element]) -> list[Part]:
    """The table as a grid; its caption, where it has one, is the grid's."""
    caption = ""
    cells: list[GridCell] = []
    taken: dict[int, int] = {}  # column → the row, from which on it is free again
    rows = list(_rows(table))
    height = sum(row.tag == "tr" for row, _ in rows)
    places = 0
    at = 0
    for row, in_head in rows:
        if row.tag == "caption":
            caption = text_of(row)
            continue
        column = 0
        for each in row:
            if each.tag not in ("td", "th") or each in gone:
                continue
            while taken.get(column, 0) > at:
                column += 1
            across, down = _span(each, "colspan"), _span(each, "rowspan") or height - at
            across, down = min(max(across, 1), _MAX_COLUMNS), min(down, height - at)
            places += across * down
            if places > _MAX_PLACES:
                across = down = 1
            text = "\n".join(
                part.text for part in parts_of(each, gone=gone, as_text=_Everything()) if isinstance(part, Line)
            )
            cells.append(GridCell(at, column, text, down, across, heads=in_head or each.tag == "th"))
            for covered in range(column, column + across):
                taken[covered] = at + down
            column += across
        at += 1
    if not any(cell.text for cell in cells):
        return []
    return [Grid(tuple(cells), caption)]


class _Everything:
    """Holds whatever is asked for."""

    def __contains__(self, element: object) -> bool:
        return True


def _rows(table: _Element) -> Iterator[tuple[_Element, bool]]:
    """The rows and the caption of a table, not those of tables inside it, and whether they stand in its head."""
    for child in table:
        if child.tag in ("tr", "caption"):
            yield child, False
        elif child.tag in ("thead", "tbody", "tfoot"):
            for row in child:
                if row.tag == "tr":
                    yield row, child.tag == "thead"


def _span(cell: _Element, name: str) -> int:
    """How many rows or columns a cell says that it covers; 0 means all that are left, 1 whatever makes no sense."""
    found = re.match(r"\s*(\d{1,5})", cell.get(name) or "")
    return int(found[1]) if found else 1
