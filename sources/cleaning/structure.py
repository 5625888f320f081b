"""Blocks to a Document: its text, its sections, and the title, publisher and date that the text shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sources.cleaning.block import Block
from sources.cleaning.blocks import MARKDOWN_HEADING, NAVIGATION, blocks, lines_in
from sources.cleaning.facts import FILE_NAME, Fact, HeadLine, facts, kind_of
from sources.cleaning.grids import lay_out, moved, read_written
from sources.cleaning.headers import NOTE
from sources.cleaning.validity import DATE, date_of, validity
from sources.documents import Document, Place, Section, SourceError
from sources.mentions.gazetteer import reading
from sources.mentions.regions import main_regions
from sources.mentions.unlisted import titled
from sources.parts import Line, Parsed
from sources.tables import Table

_FACTS = ("title", "publisher", "published", "number", "kind", "in_force", "expires")
_FORM_CELLS = 40
_HEAD_LINE_CHARS = 400
"""What a line says of its document stands at its beginning."""
_REGION_CHARS = 20_000
_MOST_REGIONS = 3
_LINES_OVER = 8
_LINES_UNDER = 12
_LINE_CHARS = 160
"""A line over a table that is longer is no title of it."""
_GAP_CHARS = 8
"""More than cleaning takes out in one place of a line."""


_HEADING_CHARS = 100
"""No heading goes on after as many: thousands of short lines that look like headings are no single one."""
_DATES = frozenset({"published", "in_force", "expires"})
_ISO_DATE = re.compile(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")


def document(parsed: Parsed, *, uri: str, sha256: str, override: Mapping[str, str] | None = None) -> Document:
    """The Document of what a reader took out of a file, cleaned.

    What `override` says (title, publisher, published, number) goes before all else; what the file states of itself goes
    before its text where that is trusted, and after it otherwise. Raises SourceError when nothing is left to read.
    """
    found, repeated = blocks(parsed.parts)
    if not found:
        raise SourceError(uri, "文件是空的，没有可读的文字", "请确认文件内容，或把它移出文件夹")
    text, tables, places, pages, found = _put_together(found, parsed.pages)
    shown = facts(_head_lines(parsed), uri=uri, headings=[each.text for each in found if each.kind == "heading"])
    by_name = {"title": shown.pop("title")} if shown["title"][1] == FILE_NAME else {}
    stated = {name: (value, parsed.stated_by) for name, value in parsed.stated.items()}
    otherwise = {name: (value, parsed.stated_by) for name, value in parsed.otherwise.items()}
    told = {name: (value, "metadata.csv") for name, value in (override or {}).items()}
    known: dict[str, Fact] = {}
    for each in (told, *((stated, shown) if parsed.trusted else (shown, stated)), otherwise, by_name):
        for name, (said, origin) in each.items():
            value = _date(said) if name in _DATES else said
            if value and name in _FACTS:
                known.setdefault(name, (value, origin))
    title = known["title"][0]
    if kind := kind_of(title, text, tables="".join(each.text for each in found if each.kind == "table")):
        known.setdefault("kind", kind)
    for name, value in validity(text, published=known.get("published", ("", ""))[0]).items():
        known.setdefault(name, (value, "正文"))
    found_by = {name: origin for name, (_, origin) in known.items()}
    values = {name: value for name, (value, _) in known.items()}
    place = titled(title, values.get("publisher"), text[:_REGION_CHARS])
    with reading({place: ""} if place else {}):
        regions = main_regions(text[:_REGION_CHARS], title=title, most=_MOST_REGIONS)
    return Document(
        id=sha256[:16],
        title=title,
        text=text,
        uri=uri,
        sha256=sha256,
        publisher=values.get("publisher"),
        published=values.get("published"),
        regions=regions,
        sections=_sections(found, len(text)),
        pages=pages,
        number=values.get("number"),
        kind=values.get("kind"),
        in_force=values.get("in_force"),
        expires=values.get("expires"),
        tables=tables,
        places=places,
        dropped=(*parsed.dropped, *repeated),
        notices=parsed.notices,
        found_by=found_by,
    )


def _date(said: str) -> str:
    """YYYY, YYYY-MM or YYYY-MM-DD; "" for what is no date: files may state anything of themselves."""
    if _ISO_DATE.fullmatch(said):
        return said
    found = re.search(DATE, said)
    return date_of(found) if found else ""


def _put_together(
    found: Sequence[Block], count: int | None
) -> tuple[str, tuple[Table, ...], tuple[Place, ...], tuple[int, ...], list[Block]]:
    """The text of the blocks, its tables, where it stands on pages, where each of `count` pages begins, and the blocks
    with the text of their tables."""
    texts: list[str] = []
    tables: list[Table] = []
    places: list[Place] = []
    filled: list[Block] = []
    begins: dict[int, int] = {}
    at = 0
    for position, each in enumerate(found):
        block = each
        if each.kind == "table":
            before, after = _around(found, position)
            written = read_written(each.text, before=before, after=after) if each.grid is None else None
            if written is not None:
                tables.append(moved(written, at))
        if each.grid is not None:
            layout = lay_out(each.grid, at=at, before=before, after=after)
            block = replace(each, text=layout.text)
            tables.append(layout.table)
            places += [Place(at + start, at + end, box) for start, end, box in layout.boxes]
            if each.grid.page is not None:
                begins.setdefault(each.grid.page, at)
            for start, _, box in layout.boxes:  # a table may go on over pages
                begins.setdefault(box.page, at + start)
        for start, end, line in _places_of(block):
            begins.setdefault(line.page or 1, at + start)
            if line.box is not None:
                places.append(Place(at + start, at + end, line.box))
        filled.append(block)
        texts.append(block.text)
        at += len(block.text) + 1
    pages: list[int] = []
    for number in range(count or 0, 0, -1):  # an empty page begins where the next one does
        pages.append(min(begins.get(number, at), pages[-1] if pages else at))
    text = "\n".join(texts)
    starts = tuple(min(start, len(text)) for start in reversed(pages))
    return text, tuple(tables), tuple(places), ((0, *starts[1:]) if starts else ()), filled


def _around(found: Sequence[Block], at: int) -> tuple[list[str], list[str]]:
    """The lines over a table, in which its title may be, and its notes under it."""
    before: list[str] = []
    for block in reversed(found[max(0, at - _LINES_OVER) : at]):
        if block.kind == "table" or len(block.text) > _LINE_CHARS:
            break
        before.insert(0, block.text)
    after: list[str] = []
    for block in found[at + 1 : at + 1 + _LINES_UNDER]:
        if block.kind in {"table", "heading"} or not NOTE.match(block.text):
            break
        after.append(block.text)
    return before, after


def _places_of(block: Block) -> Iterator[tuple[int, int, Line]]:
    """Where each of the lines that a block was made of stands in its text: its characters in order, whatever white
    space and marks were taken out."""
    at = 0
    for line in block.lines:
        start, end = -1, at
        for character in line.text:
            if character.isspace():
                continue
            if (found := block.text.find(character, end, end + _GAP_CHARS)) >= 0:
                start, end = (found if start < 0 else start), found + 1
        if start >= 0:
            yield start, end, line
            at = end


def _sections(found: Sequence[Block], length: int) -> tuple[Section, ...]:
    opened: list[tuple[str, int, int]] = []
    at = 0
    deepest = 1
    for block in found:
        if block.kind == "heading":
            opened.append((block.text, block.level, at))
            deepest = block.level
        elif block.lead:
            opened.append((block.lead, deepest + 1, at))
        at += len(block.text) + 1
    sections: list[Section] = []
    path: list[tuple[int, str]] = []
    for number, (heading, level, start) in enumerate(opened):
        # A heading over two lines is one: 深化“千万工程” / 打开全新空间.
        continued = sections and path[-1][0] == level and start == sections[-1].start + len(sections[-1].heading) + 1
        continued = continued and len(path[-1][1]) < _HEADING_CHARS
        name = f"{path[-1][1]} {heading}" if continued else heading
        path = [(above, other) for above, other in path if above < level] + [(level, name)]
        end = opened[number + 1][2] - 1 if number + 1 < len(opened) else length
        sections.append(Section(heading, level, start, end, tuple(each for _, each in path)))
    return tuple(sections)


def _head_lines(parsed: Parsed) -> list[HeadLine]:
    """The lines as the file has them, with rows of tables that may hold a number, a date or a source."""
    lines: list[HeadLine] = []
    for part in parsed.parts:
        if isinstance(part, Line):
            for text in lines_in(part.text):
                marked = MARKDOWN_HEADING.match(text) if not part.level else None
                level = len(marked[1]) if marked else part.level
                plain = marked[2].rstrip("# ") if marked else text
                lines.append(HeadLine(plain[:_HEAD_LINE_CHARS], level, bool(NAVIGATION.match(text))))
        else:
            rows: dict[int, list[str]] = {}
            for cell in part.cells:
                rows.setdefault(cell.row, []).append(" ".join(cell.text.split()))
            for row in rows.values():
                filled = [text for text in row if text]
                if len(part.cells) <= _FORM_CELLS or len(filled) == 1:  # 数据来源：国家统计局
                    lines.append(HeadLine(" ".join(filled)[:_HEAD_LINE_CHARS], navigation=True))
    return lines
