"""Blocks to a Document: its text, its sections, and the title, publisher and date that the text shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sources.cleaning.block import Block
from sources.cleaning.blocks import NAVIGATION, blocks
from sources.cleaning.grids import lay_out, moved, read_written
from sources.cleaning.headers import NOTE
from sources.documents import Document, Place, Section, SourceError
from sources.mentions.regions import main_regions
from sources.parts import Line, Parsed
from sources.tables import Table

_SOURCE = re.compile(
    r"(?:来源|稿源|信息来源|发布机构|发文机关|发布单位)\s*[:：]\s*"
    r"(?P<name>《[^》]{2,20}》(?:杂志)?|[^\s,，。;；|]{2,30})"
)
_REPORTER = re.compile(
    r"^[■◎]?(?:本报讯\s*)?(?P<name>[一-鿿]{2,10}(?:报|社|网|杂志|周刊|电视台))(?:首席|特约|见习)?记者"
)
_ISSUER = re.compile(r"^(?:[一-鿿]{2,30}(?:委员会|省委|市委|县委|区委|人民政府|办公厅|办公室|厅|局|部|总局)\s*){1,4}$")
_DATE = r"(?P<y>(?:19|20)\d{2})\s*[-年/.]\s*(?P<m>\d{1,2})\s*[-月/.]\s*(?P<d>\d{1,2})\s*日?"
_DATE_LABEL = r"(?:发布时间|发布日期|成文日期|发文日期|印发日期|日期|时间)\s*[:：]\s*"
_DATED_LINE = re.compile(rf"^[（(]?\s*(?:{_DATE_LABEL})?{_DATE}\s*[）)]?(?:\s|$|\d|来源)")
_DATED_LABEL = re.compile(_DATE_LABEL + _DATE)
_HEAD_BLOCKS = 12
_MAX_TITLE_CHARS = 120
_REGION_CHARS = 20_000
_MOST_REGIONS = 3
_LINES_OVER = 8
_LINES_UNDER = 12
_LINE_CHARS = 160
"""A line over a table that is longer is no title of it."""
_GAP_CHARS = 8
"""More than cleaning takes out in one place of a line."""


def document(parsed: Parsed, *, uri: str, sha256: str, override: Mapping[str, str] | None = None) -> Document:
    """The Document of what a reader took out of a file, cleaned.

    What `override` says (title, publisher, published, number) goes before all else; what the file states of itself goes
    before its text where that is trusted, and after it otherwise. Raises SourceError when nothing is left to read.
    """
    found, repeated = blocks(parsed.parts)
    if not found:
        raise SourceError(uri, "文件是空的，没有可读的文字", "请确认文件内容，或把它移出文件夹")
    text, tables, places, pages, found = _put_together(found, parsed.pages)
    shown = {"title": _title(found), "publisher": _publisher(found), "published": _published(found)}
    stated = (parsed.stated, parsed.stated_by)
    ranked: list[tuple[Mapping[str, str | None], str]] = [(override or {}, "metadata.csv"), (shown, "正文")]
    ranked.insert(1 if parsed.trusted else 2, stated)
    ranked.append((parsed.otherwise, parsed.stated_by))
    facts: dict[str, str] = {}
    found_by: dict[str, str] = {}
    for values, origin in ranked:
        for key, value in values.items():
            if value and key not in facts:
                facts[key], found_by[key] = value, origin
    title = facts.get("title", "")
    return Document(
        id=sha256[:16],
        title=title or Path(uri).stem,
        text=text,
        uri=uri,
        sha256=sha256,
        publisher=facts.get("publisher"),
        published=facts.get("published"),
        regions=main_regions(text[:_REGION_CHARS], title=title, most=_MOST_REGIONS),
        sections=_sections(found, len(text)),
        pages=pages,
        number=facts.get("number"),
        kind=facts.get("kind"),
        in_force=facts.get("in_force"),
        expires=facts.get("expires"),
        tables=tables,
        places=places,
        dropped=(*parsed.dropped, *repeated),
        notices=parsed.notices,
        found_by=found_by,
    )


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
        if each.kind == "table" and each.grid is None:
            if (written := read_written(each.text, before=before, after=after)) is not None:
                tables.append(moved(written, at))
        if each.grid is not None:
            layout = lay_out(each.grid, before=before, after=after)
            block = replace(each, text=layout.text)
            tables.append(moved(layout.table, at))
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
        name = f"{path[-1][1]} {heading}" if continued else heading
        path = [(above, other) for above, other in path if above < level] + [(level, name)]
        end = opened[number + 1][2] - 1 if number + 1 < len(opened) else length
        sections.append(Section(heading, level, start, end, tuple(each for _, each in path)))
    return tuple(sections)


def _title(found: Sequence[Block]) -> str:
    head = [block for block in found[:_HEAD_BLOCKS] if not NAVIGATION.match(block.text) and len(block.text) > 4]
    for level_one in (True, False):
        for at, block in enumerate(head):
            if block.kind != "heading" or (level_one and block.level > 1):
                continue
            follower = head[at + 1] if at + 1 < len(head) else None
            if follower and follower.kind == "heading" and follower.text.startswith(("——", "--")):
                return block.text + follower.text
            return block.text.rstrip("—")
    first = head[0].text.split("\n")[0] if head else ""
    return first if len(first) <= _MAX_TITLE_CHARS else first[: first.find("。") + 1][:_MAX_TITLE_CHARS]


def _publisher(found: Sequence[Block]) -> str | None:
    for block in [*found[:_HEAD_BLOCKS], *found[-3:]]:
        if named := _SOURCE.search(block.text):
            return named["name"]
        if reported := _REPORTER.match(block.text):
            return reported["name"]
    for at, block in enumerate(found):  # the bodies that sign a policy stand right above its date
        if _DATED_LINE.match(block.text):
            signed: list[str] = []
            for above in reversed(found[max(0, at - 4) : at]):
                if not _ISSUER.match(above.text):
                    break
                signed.insert(0, above.text)
            if signed:
                return " ".join(signed)
    return None


def _published(found: Sequence[Block]) -> str | None:
    for block in found:
        if len(block.text) > 200:
            continue
        if dated := _DATED_LINE.match(block.text) or _DATED_LABEL.search(block.text):
            month, day = int(dated["m"]), int(dated["d"])
            if 1 <= month <= 12 and 1 <= day <= 31:
                return f"{dated['y']}-{month:02}-{day:02}"
    return None
