"""Objects of an OFD page: where the characters of a text stand, and which straight lines a drawing has"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from sources.readers.pages.lattice import Rule, Word

_ASCENT = 0.88
"""Of a character's height, above the line that it stands on."""
_WIDTHS = {**dict.fromkeys("MWmw@%&", 0.85), **dict.fromkeys("iIjltf.,:;'|!()[]{}/ ", 0.3)}
_CAPITAL = 0.7
_NARROW = 0.55
"""In sizes of the text; of characters that aren't Chinese."""
_APART = 0.3
"""In sizes of the text: a gap wider than this parts words."""
_LEVEL = 0.02
"""Tangent of the angle to which a line counts as level."""
_THIN = 4.0
"""In points: a filled box thinner than this is a line."""
_LINE_ENDS = dict.fromkeys(map(ord, "\r\n\t"))
"""Of the XML, not of the text."""
_MAX_STEPS = 20_000
"""Of a drawing: what has more is a picture."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """x' = a·x + c·y + e, y' = b·x + d·y + f"""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    @classmethod
    def of(cls, element: Any) -> Matrix:
        """From what stands in an object to what it stands in: its own matrix, then the corner of its boundary."""
        values = numbers(element.get("CTM", ""), 6) or (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        corner = numbers(element.get("Boundary", ""), 4) or (0.0, 0.0, 0.0, 0.0)
        a, b, c, d, e, f = values
        return cls(a, b, c, d, e + corner[0], f + corner[1])

    def then(self, after: Matrix) -> Matrix:
        """This one first, `after` next."""
        x, y = after.point(self.e, self.f)
        return Matrix(
            self.a * after.a + self.b * after.c,
            self.a * after.b + self.b * after.d,
            self.c * after.a + self.d * after.c,
            self.c * after.b + self.d * after.d,
            x,
            y,
        )

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point comes to lie."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


def numbers(text: str, count: int) -> tuple[float, ...]:
    """The first `count` numbers of an attribute; () where it has fewer, or anything else."""
    try:
        found = tuple(float(each) for each in text.split()[:count])
    except ValueError:
        return ()
    return found if len(found) == count and all(map(math.isfinite, found)) else ()


def words_of(element: Any, at: Matrix) -> tuple[list[Word], bool]:
    """The words of a text object, and whether they are slanted, as those of a watermark are."""
    matrix = Matrix.of(element).then(at)
    size = (numbers(element.get("Size", ""), 1) or (0.0,))[0]
    if size <= 0:
        return [], False
    scale = (numbers(element.get("HScale", ""), 1) or (1.0,))[0]
    words: list[Word] = []
    x = y = 0.0
    for code in element.iterfind("{*}TextCode"):
        x = (numbers(code.get("X", ""), 1) or (x,))[0]
        y = (numbers(code.get("Y", ""), 1) or (y,))[0]
        text = (code.text or "").translate(_LINE_ENDS)
        right, down = _steps(code.get("DeltaX", "")), _steps(code.get("DeltaY", ""))
        words += _words(text, x, y, _by_character(right, element, len(text)), down, size, scale, matrix)
    run, rise = abs(matrix.a) + abs(matrix.d), abs(matrix.b) + abs(matrix.c)
    return words, min(run, rise) > 0.1 * max(run, rise)


def _words(
    text: str, x: float, y: float, right: Iterator[float], down: Iterator[float], size: float, scale: float, at: Matrix
) -> list[Word]:
    found: list[Word] = []
    run = ""
    begin = (x, y)
    end = x
    spaced = after_space = False

    def close() -> None:
        nonlocal run
        if run:
            corners = [at.point(*begin), at.point(begin[0], begin[1] - _ASCENT * size),
                       at.point(end, begin[1] + (1 - _ASCENT) * size)]  # fmt: skip
            xs, ys = [corner[0] for corner in corners], [corner[1] for corner in corners]
            found.append(Word(run, min(xs), min(ys), max(xs), max(ys), spaced))
        run = ""

    for character in text:
        width = size * scale * _width(character)
        blank = character.isspace()
        if blank or (run and (x - end > _APART * size or end - x > size or abs(y - begin[1]) > _APART * size)):
            close()
        if not blank:
            if not run:
                begin, spaced = (x, y), after_space
            run += character
        after_space = blank
        step = next(right, None)
        end = x + (min(width, step) if step is not None and step > 0 else width)
        x += width if step is None else step
        y += next(down, 0.0)
    close()
    return found


def _width(character: str) -> float:
    if character > "\u2e7f" or character in "“”‘’…—":
        return 1.0
    return _WIDTHS.get(character, _CAPITAL if character.isupper() else _NARROW)


def _by_character(steps: Iterator[float], element: Any, count: int) -> Iterator[float]:
    """The distances after each of `count` characters: some are drawn as one glyph, or one as several."""
    glyphs: dict[int, tuple[int, int]] = {}
    for transform in element.iterfind("{*}CGTransform"):
        place, codes, shapes = (
            int((numbers(transform.get(name, ""), 1) or (default,))[0])
            for name, default in (("CodePosition", 0), ("CodeCount", 1), ("GlyphCount", 1))
        )
        if codes > 0 and 0 < shapes < _MAX_STEPS:
            glyphs[place] = (codes, shapes)
    at = 0
    while at < count:
        codes, shapes = glyphs.get(at, (1, 1))
        taken = list(islice(steps, shapes))
        if not taken:
            return
        yield sum(taken)
        for _ in range(min(codes, count - at) - 1):
            yield 0.0
        at += codes


def _steps(text: str) -> Iterator[float]:
    """The distances that `DeltaX` gives: `g 3 5.57` stands for 5.57 three times."""
    parts = iter(text.split())
    for part in parts:
        try:
            if part != "g":
                yield float(part)
                continue
            count, step = int(next(parts, "0")), float(next(parts, "0"))
        except ValueError:
            return
        for _ in range(min(count, _MAX_STEPS)):
            yield step


def rules_of(element: Any, at: Matrix) -> list[Rule]:
    """The level and upright lines of a drawing; none of one that fills an area."""
    matrix = Matrix.of(element).then(at)
    points: list[tuple[float, float] | None] = []
    for code in element.iterfind("{*}AbbreviatedData"):
        points += islice(_outline(code.text or ""), _MAX_STEPS)
    placed = [matrix.point(*point) if point else None for point in points]
    corners = [point for point in placed if point]
    if not corners:
        return []
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    if min(right - left, bottom - top) <= _THIN:
        if max(right - left, bottom - top) <= _THIN:
            return []  # a dot
        x, y = (left + right) / 2, (top + bottom) / 2
        return [Rule(left, y, right, y) if right - left > bottom - top else Rule(x, top, x, bottom)]
    if element.get("Stroke", "true").lower() in ("false", "0"):
        return []
    found: list[Rule] = []
    for one, two in pairwise(placed):
        if one and two:
            across, along = abs(one[0] - two[0]), abs(one[1] - two[1])
            if max(across, along) > _THIN and min(across, along) <= _LEVEL * max(across, along):
                xs, ys = sorted((one[0], two[0])), sorted((one[1], two[1]))
                found.append(Rule(xs[0], ys[0], xs[1], ys[1]))
    return found


def _outline(text: str) -> Iterator[tuple[float, float] | None]:
    """The corners of an outline in order; None where the pen is lifted, or a curve follows."""
    skipped = {"Q": 4, "B": 6, "A": 7}
    start: tuple[float, float] | None = None
    parts = iter(text.split())
    for step in parts:
        if step == "C":
            yield start
            yield None
            continue
        values = numbers(" ".join(islice(parts, skipped.get(step, 2))), skipped.get(step, 2))
        if not values:
            return
        if step in ("M", "S"):
            start = (values[0], values[1])
            yield None
        if step in skipped:
            yield None
        yield values[-2], values[-1]
