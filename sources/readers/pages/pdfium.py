"""pdfium: what stands on the pages of a PDF, as words, rules and pictures, and how a page looks.

The only file that knows pypdfium2. pdfium isn't safe for threads: one lock guards every call that goes into it.
"""

from __future__ import annotations

import ctypes
import math
import threading
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sources.documents import SourceError
from sources.readers.pages.lattice import Rule, Word

_THIN = 3.0
"""Points: a filled box no wider than this is a rule."""
_MAX_SEGMENTS = 30_000
"""Of the paths of a page; with more it is a drawing."""
_MAX_FORM_DEPTH = 5
_ASCENT = 0.86
"""Of the size of the type, above the base line."""
_BREAK = 0.15
"""In sizes of the type: a gap between characters at which a word ends."""
_LOCK = threading.RLock()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a page as it is shown, lengths in points from its top left corner."""

    number: int
    width: float
    height: float
    words: tuple[tuple[Word, ...], ...]
    """By the direction they are written in, by quarter turns clockwise; places are those on a page that is turned back
    so that they stand upright."""
    rules: tuple[tuple[Rule, ...], ...]
    """For each direction."""
    characters: int = 0
    """Of the text layer, without white space."""
    unknown: int = 0
    """How many of these say nothing: without a meaning, private, control characters."""
    covered: float = 0.0
    """Which share of the page pictures cover."""
    drawn: int = 0
    """How many things are drawn on it, text apart."""


@contextmanager
def opened(raw: bytes, *, uri: str) -> Iterator[Any]:
    """The document in `raw`, closed afterwards. Raises SourceError where it is locked or can't be repaired."""
    import pypdfium2

    if not raw.strip(b"\0\r\n\t "):
        raise SourceError(uri, "文件是空的", "请确认文件内容，或把它移出文件夹")
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(raw)
        except pypdfium2.PdfiumError as error:
            if "assword" in str(error) or "ecurity" in str(error):
                raise SourceError(uri, "PDF 有密码，打不开", "请先用密码打开，另存为没有密码的 PDF") from error
            raise SourceError(uri, "PDF 已损坏，打不开", "请重新下载，或用阅读器打开后另存一份") from error
        try:
            yield document
        except pypdfium2.PdfiumError as error:
            raise SourceError(uri, "PDF 已损坏，读不下去", "请重新下载，或用阅读器打开后另存一份") from error
        finally:
            document.close()


def sheet(document: Any, number: int) -> Sheet:
    """What stands on page `number`, from 1. A page that can't be loaded is empty."""
    import pypdfium2

    with _LOCK:
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError:
            return Sheet(number, 0.0, 0.0, (), ())
        try:
            return _sheet(page, number)
        finally:
            page.close()


def stated_title(document: Any) -> str:
    """The title among the document's properties; "" without one."""
    with _LOCK:
        try:
            return str(document.get_metadata_value("Title")).strip("\0 \t\r\n")
        except UnicodeDecodeError:
            return ""


def picture(document: Any, number: int, *, width: int) -> Any:
    """Page `number`, from 1, as a PIL image `width` pixels wide. Raises ValueError for a page that isn't there."""
    import pypdfium2

    with _LOCK:
        if not 1 <= number <= len(document):
            raise ValueError(f"there is no page {number}: the file has {len(document)}")
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError as error:
            raise ValueError(f"page {number} can't be loaded: {error}") from error
        try:
            across, down = page.get_size()
            # A page may be a thousand times as high as wide; its picture isn't.
            scale = min(width / max(across, 1.0), 4 * width / max(down, 1.0))
            return page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        finally:
            page.close()


def _sheet(page: Any, number: int) -> Sheet:
    width, height = page.get_size()
    turns = [_turned(_shown(page, width, height), width, height, quarter) for quarter in range(4)]
    drawing = _Drawing(width * height)
    _draw(drawing, page, turns[0])
    text = page.get_textpage()
    try:
        strokes = [_rules(drawing.rules, width, height, quarter) for quarter in range(4)]
        reading = _Reading(turns, [_uprights(rules) for rules in strokes])
        reading.read(text)
    finally:
        text.close()
    return Sheet(
        number,
        width,
        height,
        tuple(tuple(words) for words in reading.words),
        tuple(tuple(rules) for rules in strokes),
        reading.characters,
        reading.unknown,
        min(drawing.covered, 1.0),
        drawing.things,
    )


_Turn = tuple[float, float, float, float, float, float]
"""x' = a·x + c·y + e, y' = b·x + d·y + f."""


def _shown(page: Any, width: float, height: float) -> _Turn:
    """From the page's own space to points from the top left corner as it is shown, turned and cropped."""
    from pypdfium2 import raw

    fine = 64  # device space is whole numbers
    found: list[tuple[float, float]] = []
    x, y = ctypes.c_int(), ctypes.c_int()
    span = 1000.0
    for place in ((0.0, 0.0), (span, 0.0), (0.0, span)):
        raw.FPDF_PageToDevice(page, 0, 0, int(width * fine), int(height * fine), 0, *place, x, y)
        found.append((x.value / fine, y.value / fine))
    (e, f), (ax, bx), (cx, dx) = found
    return tuple(
        map(float, (_whole(ax - e, span), _whole(bx - f, span), _whole(cx - e, span), _whole(dx - f, span), e, f))
    )  # type: ignore[return-value]


def _whole(difference: float, span: float) -> float:
    """Pages are shown upright: a step along one axis is a step along one axis, of the same length."""
    return float(round(difference / span, 2))


def _turned(shown: _Turn, width: float, height: float, quarter: int) -> _Turn:
    """The same, on a page turned back by quarter turns."""
    a, b, c, d, e, f = shown
    if quarter == 0:
        return shown
    if quarter == 1:  # written from the top down
        return b, -a, d, -c, f, width - e
    if quarter == 2:
        return -a, -b, -c, -d, width - e, height - f
    return -b, a, -d, c, height - f, e


def _rules(rules: Sequence[Rule], width: float, height: float, quarter: int) -> list[Rule]:
    if quarter == 0:
        return list(rules)
    if quarter == 1:
        return [Rule(r.top, width - r.right, r.bottom, width - r.left) for r in rules]
    if quarter == 2:
        return [Rule(width - r.right, height - r.bottom, width - r.left, height - r.top) for r in rules]
    return [Rule(height - r.bottom, r.left, height - r.top, r.right) for r in rules]


def _uprights(rules: Sequence[Rule]) -> list[tuple[float, float, float]]:
    return sorted(((r.left + r.right) / 2, r.top, r.bottom) for r in rules if r.bottom - r.top > r.right - r.left)


@dataclass(slots=True)
class _Drawing:
    area: float
    rules: list[Rule] = field(default_factory=list)
    segments: int = 0
    covered: float = 0.0
    things: int = 0


def _through(turn: _Turn, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = turn
    return a * x + c * y + e, b * x + d * y + f


def _after(first: _Turn, then: _Turn) -> _Turn:
    a, b, c, d, e, f = first
    (p, q), (r, s), (u, v) = _through(then, a, b), _through(then, c, d), _through(then, e, f)
    return p - then[4], q - then[5], r - then[4], s - then[5], u, v


def _draw(drawing: _Drawing, page: Any, shown: _Turn) -> None:
    from pypdfium2 import raw

    def walk(count: int, get: Any, turn: _Turn, depth: int) -> None:
        for at in range(count):
            thing = get(at)
            kind = raw.FPDFPageObj_GetType(thing)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                continue
            drawing.things += 1
            if kind == raw.FPDF_PAGEOBJ_PATH and drawing.segments < _MAX_SEGMENTS:
                _path(drawing, thing, _after(_matrix(thing), turn))
            elif kind == raw.FPDF_PAGEOBJ_IMAGE:
                (left, top), (right, bottom) = (_through(_after(_matrix(thing), turn), *p) for p in ((0, 0), (1, 1)))
                if drawing.area:
                    drawing.covered += abs(right - left) * abs(bottom - top) / drawing.area
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _MAX_FORM_DEPTH:
                inner = raw.FPDFFormObj_CountObjects(thing)
                walk(
                    inner,
                    lambda n, form=thing: raw.FPDFFormObj_GetObject(form, n),
                    _after(_matrix(thing), turn),
                    depth + 1,
                )

    walk(raw.FPDFPage_CountObjects(page), lambda n: raw.FPDFPage_GetObject(page, n), shown, 0)
    if drawing.segments >= _MAX_SEGMENTS:
        drawing.rules.clear()


def _matrix(thing: Any) -> _Turn:
    from pypdfium2 import raw

    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(thing, found):
        return 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
    return found.a, found.b, found.c, found.d, found.e, found.f


def _path(drawing: _Drawing, path: Any, turn: _Turn) -> None:
    """Add what is a rule in the path: a thin box, or a straight line that is drawn."""
    from pypdfium2 import raw

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    if not fill.value and not stroke.value:
        return
    count = raw.FPDFPath_CountSegments(path)
    drawing.segments += count
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for at in range(min(count, _MAX_SEGMENTS)):
        segment = raw.FPDFPath_GetPathSegment(path, at)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            _outline(drawing, points, bool(stroke.value))
            points = []
        elif kind == raw.FPDF_SEGMENT_BEZIERTO:
            _outline(drawing, points, bool(stroke.value))
            points = []
            continue
        points.append(_through(turn, x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment) and points:
            points.append(points[0])
    _outline(drawing, points, bool(stroke.value))


def _outline(drawing: _Drawing, points: Sequence[tuple[float, float]], stroke: bool) -> None:
    if len(points) < 2:
        return
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    if min(right - left, bottom - top) <= _THIN:
        if (stroke or len(points) > 2) and max(right - left, bottom - top) > _THIN:
            drawing.rules.append(Rule(left, top, right, bottom))
    elif stroke:
        for (x0, y0), (x1, y1) in pairwise(points):
            if min(abs(x1 - x0), abs(y1 - y0)) <= 0.5 and max(abs(x1 - x0), abs(y1 - y0)) > _THIN:
                drawing.rules.append(Rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))


class _Reading:
    """Takes the characters of a page in the order of its text layer, and makes words of those that stand together."""

    def __init__(self, turns: Sequence[_Turn], uprights: Sequence[Sequence[tuple[float, float, float]]]) -> None:
        self.words: list[list[Word]] = [[], [], [], []]
        self.characters = 0
        self.unknown = 0
        self._turns = turns
        self._uprights = uprights
        self._text: list[str] = []
        self._spaced = self._blank = False
        self._quarter = 0
        self._left = self._top = self._right = self._bottom = 0.0

    def read(self, page: Any) -> None:
        """Read a pdfium text page to its end."""
        from pypdfium2 import raw

        box, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
        x, y = ctypes.c_double(), ctypes.c_double()
        holder = None
        quarter, size, base = 0, 0.0, 0.0
        sized = True  # whether the size that is told is that of what is drawn
        for at in range(raw.FPDFText_CountChars(page)):
            code = raw.FPDFText_GetUnicode(page, at)
            if code in _BLANKS and raw.FPDFText_HasUnicodeMapError(page, at) != 1:
                self._end()
                self._blank = True
                continue
            character = "" if raw.FPDFText_HasUnicodeMapError(page, at) == 1 else _meant(code)
            self.characters += 1
            if not character:
                self.unknown += 1
                continue
            raw.FPDFText_GetLooseCharBox(page, at, box)
            thing = raw.FPDFText_GetTextObject(page, at)
            key = ctypes.addressof(thing.contents) if thing else None
            if key is None or key != holder:
                holder = key
                raw.FPDFText_GetMatrix(page, at, matrix)
                raw.FPDFText_GetCharOrigin(page, at, x, y)
                quarter = _quarter(self._turns[0], matrix.a, matrix.b)
                size = raw.FPDFText_GetFontSize(page, at) * math.hypot(matrix.c, matrix.d)
                base = _through(self._turns[quarter], x.value, y.value)[1]
            turn = self._turns[quarter]
            (x0, y0), (x1, y1) = _through(turn, box.left, box.top), _through(turn, box.right, box.bottom)
            top, bottom = min(y0, y1), max(y0, y1)
            if character.isalnum() and character != "一":
                sized = bottom - top > 0.3 * size > 0
            if sized and _on_line(top, bottom, base, size):
                top, bottom = base - _ASCENT * size, base + (1 - _ASCENT) * size
            self._add(character, quarter, min(x0, x1), top, max(x0, x1), bottom)
        self._end()

    def _add(self, character: str, quarter: int, left: float, top: float, right: float, bottom: float) -> None:
        size = bottom - top
        if self._text:
            if character == self._text[-1] and abs(top - self._top) < 1 and left < self._right - 0.7 * (right - left):
                return  # printed twice to make it bold
            level = abs(bottom - self._bottom) < 0.15 * size and abs(top - self._top) < 0.15 * size
            near = -0.5 * size < left - self._right < _BREAK * size
            if quarter != self._quarter or not level or not near or self._ruled_off(left, right, top, bottom):
                self._end()
        if not self._text:
            self._quarter, self._left, self._top, self._bottom = quarter, left, top, bottom
            self._spaced = self._blank
        self._blank = False
        self._text.append(character)
        self._right = right

    def _ruled_off(self, left: float, right: float, top: float, bottom: float) -> bool:
        """Is a rule drawn between the last character and the next?"""
        uprights = self._uprights[self._quarter]
        if not uprights:
            return False
        middle, end = (top + bottom) / 2, (left + right) / 2
        for x, begin, finish in uprights[bisect_left(uprights, (self._right - (bottom - top) / 4,)) :]:
            if x > end:
                return False
            if begin <= middle <= finish:
                return True
        return False

    def _end(self) -> None:
        if self._text:
            word = Word("".join(self._text), self._left, self._top, self._right, self._bottom, self._spaced)
            self.words[self._quarter].append(word)
            self._text = []


def _on_line(top: float, bottom: float, base: float, size: float) -> bool:
    """Does a character stand on its base line, or over it as a dash does? Of some fonts only what is drawn is known."""
    if bottom - top > 0.3 * size:
        return top - 1 <= base <= bottom + 1
    return base - size - 1 <= top and bottom <= base + size / 2 + 1


def _quarter(shown: _Turn, a: float, b: float) -> int:
    """In which of the four directions a text is written on the page as shown, clockwise from left to right."""
    x, y = shown[0] * a + shown[2] * b, shown[1] * a + shown[3] * b
    return round(math.atan2(y, x) / (math.pi / 2)) % 4


_BLANKS = frozenset((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0xA0, 0x3000, *range(0x2000, 0x2010), 0x202F, 0x205F, 0xFEFF))


def _meant(code: int) -> str:
    """The character of a code; "" for one that says nothing."""
    if 0x4E00 <= code <= 0x9FFF or 0x20 < code < 0x7F:
        return chr(code)
    if code in {0x02, 0xAD, 0xFFFE}:  # as pdfium marks hyphens
        return "-"
    if 0xF020 <= code <= 0xF0FF:  # signs of symbol fonts, bullets nearly always
        return "•"
    if code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code <= 0xF8FF or code in {0xFFFD, 0xFFFF} or code > 0x10FFFF:
        return ""
    if 0x2F00 <= code <= 0x2FDF or 0xF900 <= code <= 0xFB06:  # radicals and ligatures for the characters they look like
        return unicodedata.normalize("NFKC", chr(code))
    return chr(code)
