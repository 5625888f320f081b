"""PDFs: the text layer of each page by where its characters stand; pages without one that can be trusted, by OCR"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sources.documents import SourceError
from sources.parts import Box, Dropped, Grid, Line, Parsed, Part
from sources.readers.pages.layout import lines_and_grids
from sources.readers.pages.pdfium import Sheet, opened, picture, sheet, stated_title
from sources.readers.pages.running import put_together
from sources.readers.steps import step

_SCAN_DPI = 200
_MOST_WIDTH = 2400
_PAGES_AT_ONCE = 200
_UNKNOWN = 0.1
"""With a greater share of characters that say nothing, a layer isn't trusted."""
_ODD = 0.5
_FEW = 60
"""Characters: what a scanner's program or a watermark writes onto a picture of a page."""
_COVERED = 0.5
_LATIN = re.compile(r"[\u00a1-\u00ff]")
_HAN = re.compile(r"[一-鿿]")
_LARGER = 1.18
"""Times the size of the text: type from which a line may be a heading for its size alone."""
_HEADING_CHARS = 40
_TITLE_CHARS = 80
_TITLE_LINES = 4
_MOST_HEADINGS = 0.2
"""Of the lines: where more are large, size says nothing."""
_NO_TITLE = re.compile(r".*(?:文件|标准|公报|[〕\]]\s*\d+\s*号)|[\W\d年月日]*")
_SAYS = re.compile(r"[：:。]")
_NO_HEADING = re.compile(r".*[。；;，,、：:]|[\W\d年月日]*|第?[一二三四五六七八九十\d（(].*")


def read_pdf(raw: bytes, *, uri: str) -> Parsed:
    """The lines and tables of a PDF. Raises SourceError for one that is locked, damaged or empty, and for a scan where
    OCR isn't installed."""
    pages: list[list[Part]] = []
    dropped: list[Dropped] = []
    unread: list[int] = []
    heights: list[float] = []
    count, title, first = 1, "", 1
    while first <= count:
        with opened(raw, uri=uri) as document:  # anew after some pages, since pdfium keeps what it has unpacked
            count, title = len(document), stated_title(document)
            for number in range(first, min(first + _PAGES_AT_ONCE, count + 1)):
                shown = sheet(document, number)
                heights.append(shown.height)
                parts, doubt = _trusted(shown)
                if doubt:
                    seen = _seen(document, shown)
                    if seen is None:
                        unread.append(number)
                    elif doubt == "garbled" or _length(seen[0]) > _length(parts):
                        parts, gone = seen
                        dropped += gone
                pages.append(parts)
                step(number, count)
        first += _PAGES_AT_ONCE
    if unread and not any(pages):
        raise SourceError(uri, "是扫描件，没有文字层", "请安装 youju[ocr]（pip install 'youju[ocr]'）后重新索引")
    parts, running = put_together(pages)
    front = "".join(re.sub(r"\s", "", part.text) for page in pages[:1] for part in page if isinstance(part, Line))
    shows = len(title) > 5 and re.sub(r"\s", "", title) in front
    return Parsed(
        tuple(_headed(parts, heights)),
        stated={"title": title} if shows else {},
        stated_by="文件属性" if shows else "",
        trusted=shows,
        pages=count,
        dropped=(*running, *dropped),
        notices=(_unread(unread),) if unread else (),
    )


def _unread(numbers: Sequence[int]) -> str:
    named = "、".join(map(str, numbers[:10])) + (" 等" if len(numbers) > 10 else "")
    return f"第 {named} 页（共 {len(numbers)} 页）是图片或文字层不可用，没有读取；安装 youju[ocr] 后重新索引即可读取"


def _length(parts: Iterable[Part]) -> int:
    return sum(
        len(part.text) if isinstance(part, Line) else sum(len(cell.text) for cell in part.cells) for part in parts
    )


def _trusted(page: Sheet) -> tuple[list[Part], str]:
    """The parts of a page's text layer, and why they may not be what the page shows; "" where they are.

    garbled: characters without a meaning, or the wrong ones; bare: next to nothing where a picture covers the page.
    """
    text = "".join(word.text for words in page.words for word in words)
    if not page.characters:
        return [], "bare" if page.drawn else ""
    if page.unknown > _UNKNOWN * page.characters:
        return [], "garbled"
    repaired = page
    if len(_LATIN.findall(text)) * 3 > len(text):
        words = tuple(tuple(replace(word, text=_as_gbk(word.text)) for word in group) for group in page.words)
        repaired = replace(page, words=words)
        text = "".join(word.text for group in words for word in group)
        if len(_LATIN.findall(text)) * 10 > len(text):
            return [], "garbled"
    han = _HAN.findall(text)
    if len(han) > _FEW and sum(map(_is_odd, han)) > _ODD * len(han):
        return [], "garbled"
    return parts_of(repaired), "bare" if page.covered > _COVERED and len(text) < _FEW else ""


def _as_gbk(text: str) -> str:
    """What a font without a map to Unicode wrote in GBK, read byte by byte until now."""
    try:
        return text.encode("latin-1").decode("gbk")
    except UnicodeError:
        return text


def _is_odd(character: str) -> bool:
    """Is this none of the characters that Chinese is written in, simplified or traditional?"""
    for name, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        code = character.encode(name, "ignore")
        if code and first <= code[0] <= last:
            return False
    return True


def _seen(document: Any, page: Sheet) -> tuple[list[Part], list[Dropped]] | None:
    """What OCR reads on the page, and what it leaves out; None where it isn't installed."""
    from sources.readers.ocr import recognised
    from sources.readers.pictures.engine import MissingOcrError

    image = picture(document, page.number, width=min(_MOST_WIDTH, round(page.width / 72 * _SCAN_DPI) or _MOST_WIDTH))
    try:
        reading = recognised(image, page=page.number)
    except MissingOcrError:
        return None
    return list(reading.parts), list(reading.dropped)


def parts_of(page: Sheet) -> list[Part]:
    """The lines and tables of a page, what is written in the direction of most characters first."""
    parts: list[Part] = []
    for quarter in sorted(range(len(page.words)), key=lambda q: -sum(len(word.text) for word in page.words[q])):
        width, height = (page.width, page.height) if quarter % 2 == 0 else (page.height, page.width)
        found = lines_and_grids(page.words[quarter], page.rules[quarter], page=page.number, width=width, height=height)
        parts += [_turned(part, quarter) for part in found]
    return parts


def _turned(part: Part, quarter: int) -> Part:
    if isinstance(part, Grid):
        return replace(part, cells=tuple(replace(cell, box=_box(cell.box, quarter)) for cell in part.cells))
    return replace(part, box=_box(part.box, quarter))


def _box(box: Box | None, quarter: int) -> Box | None:
    """The place on the page as it is shown, of one on the page turned back by quarter turns."""
    if box is None or quarter == 0:
        return box
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    if quarter == 1:
        return Box(box.page, 1 - bottom, left, 1 - top, right)
    if quarter == 2:
        return Box(box.page, 1 - right, 1 - bottom, 1 - left, 1 - top)
    return Box(box.page, top, 1 - right, bottom, 1 - left)


def _headed(parts: Sequence[Part], heights: Sequence[float]) -> Iterator[Part]:
    """The parts with the title and the headings that are told by their size, where it is clear; a title over several
    lines as one."""
    sizes = [_size(part, heights) for part in parts]
    counted: Counter[float] = Counter()
    for part, size in zip(parts, sizes, strict=True):
        if isinstance(part, Line) and size:
            counted[size] += len(part.text)
    body = counted.most_common(1)[0][0] if counted else 0.0
    title = _title(parts, sizes, body)
    large = [
        at
        for at, part in enumerate(parts)
        if isinstance(part, Line)
        and at not in title
        and sizes[at] >= _LARGER * body > 0
        and sizes[at] not in (sizes[at - 1 : at] + sizes[at + 1 : at + 2])  # several lines are text
        and 2 <= len(part.text) <= _HEADING_CHARS
        and not _NO_HEADING.fullmatch(part.text)
    ]
    if len(large) > _MOST_HEADINGS * len(parts):
        large = []
    headings = set(large) if title else set()
    largest = max((sizes[at] for at in headings), default=0.0)
    for at, part in enumerate(parts):
        if isinstance(part, Line) and at in headings:
            yield replace(part, level=2 if sizes[at] >= 0.95 * largest else 3)
        elif at == title.start and title:
            lines = [each for each in parts[title.start : title.stop] if isinstance(each, Line)]
            yield replace(lines[0], text=_run_on(lines), box=_around(lines), level=1)
        elif at not in title:
            yield part


def _size(part: Part, heights: Sequence[float]) -> float:
    """Of the type of a line, in points, to the half."""
    if not isinstance(part, Line) or part.box is None:
        return 0.0
    across, down = part.box.right - part.box.left, part.box.bottom - part.box.top
    # A line that is written upwards is higher than long, and long enough not to be a single character.
    return round(down * heights[part.box.page - 1] * 2) / 2 if across > down or len(part.text) < 3 else 0.0


def _title(parts: Sequence[Part], sizes: Sequence[float], body: float) -> range:
    """The lines of the first page that are larger than all others there, heads of paper apart; empty where unclear."""
    begin = next((at for at, part in enumerate(parts) if isinstance(part, Line)), 0)
    first = [at for at in range(begin, len(parts)) if parts[at].page == parts[begin].page]
    able = [
        at
        for at in first
        if isinstance(part := parts[at], Line) and len(part.text) > 3 and not _NO_TITLE.fullmatch(part.text)
    ]
    largest = max((sizes[at] for at in able), default=0.0)
    if largest < _LARGER * body or not body:
        return range(0)
    start = next(at for at in able if sizes[at] == largest)
    stop = start + 1
    while stop in able and sizes[stop] >= max(0.75 * largest, _LARGER * body) and not _SAYS.search(_words(parts[stop])):
        stop += 1
    length = sum(len(part.text) for part in parts[start:stop] if isinstance(part, Line))
    return range(start, stop) if stop - start <= _TITLE_LINES and 4 <= length <= _TITLE_CHARS else range(0)


def _words(part: Part) -> str:
    return part.text if isinstance(part, Line) else ""


def _run_on(lines: Sequence[Line]) -> str:
    text = lines[0].text
    for line in lines[1:]:
        text += (" " if text[-1].isascii() and line.text[0].isascii() else "") + line.text
    return text


def _around(lines: Sequence[Line]) -> Box | None:
    boxes = [line.box for line in lines if line.box is not None]
    return Box(
        boxes[0].page,
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
